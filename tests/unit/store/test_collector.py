# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The garbage collector rests only while scopes are loaded, and only for whoever had it at work."""

from __future__ import annotations

import gc

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.collector import pause_collector

pytestmark = pytest.mark.any_core


@pytest.fixture(autouse=True)
def collector():
    yield
    gc.enable()


@pytest.mark.parametrize("was_enabled", [True, False])
@pytest.mark.parametrize("fails", [True, False])
def test_the_collector_is_afterwards_as_it_was(was_enabled, fails):
    (gc.enable if was_enabled else gc.disable)()
    try:
        with pause_collector(), pause_collector():
            assert not gc.isenabled()
            if fails:
                raise ValueError
    except ValueError:
        pass
    assert gc.isenabled() is was_enabled
