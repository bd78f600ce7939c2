# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The set that archiving remembers ids in, held against the usual one."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._paging import hash_set
from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.hash_set import HashSet


@pytest.fixture(params=[0, 3, 10**6], autouse=True)
def few(request, monkeypatch):
    """How many members it takes to become another set inside."""
    monkeypatch.setattr(hash_set.HashSet, "few", request.param)


KEYS = st.one_of(st.text(max_size=3), st.integers(-300, 2**70))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(KEYS, max_size=200), st.lists(KEYS, max_size=20))
def test_it_is_a_set(members, others):
    ours, usual = HashSet(), set()
    for member in members:
        ours.add(member)
        usual.add(member)
        assert len(ours) == len(usual)
    assert all((key in ours) is (key in usual) for key in [*members, *others])


def test_members_whose_hashes_meet(monkeypatch):
    monkeypatch.setattr(hash_set, "_number", lambda key: key << 32 | 1)
    ours = hash_set.HashSet()
    for number in range(1000):
        ours.add(number)
    assert len(ours) == 1000
    assert all(number in ours for number in range(1000)) and 1000 not in ours


def test_many():
    ours = HashSet()
    ids = [str(uuid.UUID(int=number)) for number in range(50_000)]
    for name in ids[::2]:
        ours.add(name)
    assert len(ours) == 25_000
    assert all(name in ours for name in ids[::2]) and not any(name in ours for name in ids[1::2])
