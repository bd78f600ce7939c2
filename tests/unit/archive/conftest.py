# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway to poll, and the time."""

from __future__ import annotations

import pytest
from exporting import BEGIN, DAY
from gateway import Gateway


@pytest.fixture
def gateway(wire):
    return Gateway(wire)


@pytest.fixture
def clock(monkeypatch):
    """The instant at which each task begins; it moves on by itself."""
    now = [BEGIN + 10 * DAY]

    def tick():
        now[0] += 60_000
        return now[0]

    monkeypatch.setattr("ansible_collections.opsaudit.sessions.plugins.module_utils._base.times.now_ms", tick)
    return now
