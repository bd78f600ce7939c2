# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chat services on loopback, for all tests of notifications."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.emulator.client import Emulator


@pytest.fixture(scope="package")
def process():
    with Emulator() as running:
        yield running


@pytest.fixture
def emulator(process):
    process.reset()
    return process


@pytest.fixture
def urls(emulator):
    """The webhook of each format."""
    return credentials.chat_urls(emulator.urls["chat"])
