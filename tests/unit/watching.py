# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores with runs that ended in some way, and what session_store_info says of them."""

from __future__ import annotations

from exporting import BEGIN, DAY, GATEWAY, scope_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._records.canonical import write_canonical
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import coverage, runs
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.scopes import note_scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.store_info import StoreInfoTask
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of

HOUR = 3_600_000
NODE = {"instance_id": "i", "node_id": "n"}
LOOKUP = {"instance_id": "i"}


def info(store, now=BEGIN + 4 * DAY, **given):
    """What a task returns that succeeds."""
    result = result_of(StoreInfoTask(), {"store": store, **given}, now=now)
    assert not result.get("failed"), result["msg"]
    assert result["changed"] is False
    return result


def refused(store, **given):
    """The one line of a task that fails."""
    result = result_of(StoreInfoTask(), {"store": store, **given}, now=BEGIN)
    assert result["failed"] and result["failure"]["kind"] == "invalid_request"
    return result["msg"]


def scope(store, **given):
    """The only scope of a store."""
    (found,) = info(store, **given)["scopes"]
    return found


def run(store, name, at, view="", scope=None, source="hoop_session", proven=None, **end):
    """One run, which ends a second after it began unless there is nothing about its end."""
    where = scope_of(source, GATEWAY if scope is None else scope)

    def work(connection):
        note_scope(connection, where, write_canonical(GATEWAY if scope is None else scope), at)
        runs.begin(connection, name, where, view, at, (BEGIN, at))
        if proven:
            coverage.prove(connection, where, view, proven, name, at)
        if end:
            runs.note(connection, name, **{"ended_at": at + 1000, **end})

    with open_store(store, lambda secret: None, writes=True) as opened:
        opened.transact(work)


GOOD = {"complete": True, "reasons": "[]"}
BAD = {"complete": False, "reasons": '["failed_targets"]', "error": "HTTP 401 Unauthorized"}
