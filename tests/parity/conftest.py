# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from ansible_collections.opsaudit.sessions.tests.emulator.client import Emulator

# A loaded machine is no failure.
settings.register_profile("parity", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("parity")


@pytest.fixture(scope="session")
def running():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(running):
    running.reset()
    # The vendor's client sends nulls for whatever was not asked for.
    running.config(lenient_body=True)
    return running
