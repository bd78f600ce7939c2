# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What session_store_info says of a store: how far each scope reaches, what failed, and what is stale."""

from __future__ import annotations

import pytest
from exporting import BEGIN, DAY, GATEWAY, keep, note, scope_of, session
from sealing import sql

from ansible_collections.opsaudit.sessions.plugins.module_utils._records.canonical import canonical
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.schema import tables
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import coverage, runs
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.scopes import note_scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import opened_store
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.store_info import StoreInfoTask
from ansible_collections.opsaudit.sessions.tests.stores.look import rows
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
        note_scope(connection, where, canonical(GATEWAY if scope is None else scope), at)
        runs.begin(connection, name, where, view, at, (BEGIN, at))
        if proven:
            coverage.prove(connection, where, view, proven, name, at)
        if end:
            runs.note(connection, name, **{"ended_at": at + 1000, **end})

    with opened_store(store, lambda secret: None, writes=True) as opened:
        opened.transact(work)


GOOD = {"complete": True, "reasons": "[]"}
BAD = {"complete": False, "reasons": '["failed_targets"]', "error": "HTTP 401 Unauthorized"}


def test_a_scope_that_was_read_completely(any_store):
    keep(any_store, [session(number, BEGIN + number * DAY) for number in range(4)])
    run(any_store, "a", BEGIN + 4 * DAY, proven=(BEGIN, BEGIN + 4 * DAY), **GOOD)
    result = info(any_store, BEGIN + 4 * DAY + 2 * HOUR)
    (store,) = rows(any_store, "SELECT id, version FROM store")
    assert result == {
        "changed": False, "complete": True, "count": 1, "last_seal": None, "stale": [], "store_id": store["id"], "version": store["version"],
        "scopes": [{
            "source": "hoop_session", "scope": GATEWAY, "label": None, "state": "active", "retired_at": None, "count": 4,
            "covered_from": "2026-03-01T00:00:00.000Z", "covered_until": "2026-03-05T00:00:00.000Z", "listed_late": [], "views": [],
            "gaps": [], "gap_seconds": 0, "pruned": [], "seconds_behind": 7200, "last_run": "2026-03-05T00:00:01.000Z",
            "last_success": "2026-03-05T00:00:01.000Z", "last_error": None, "attachments_missing": 0,
        }],
    }


@pytest.fixture
def store(tmp_path):
    return str(tmp_path / "s.db")


def test_gaps_are_listed_with_their_reasons_and_make_it_incomplete(store):
    note(store, (BEGIN, BEGIN + 4 * DAY), [(BEGIN, BEGIN + DAY), (BEGIN + 2 * DAY, BEGIN + 4 * DAY)])
    run(store, "b", BEGIN + 4 * DAY, **BAD)
    result = info(store)
    (found,) = result["scopes"]
    assert found["gaps"] == [{"start": "2026-03-02T00:00:00.000Z", "end": "2026-03-03T00:00:00.000Z", "reasons": ["failed_targets"]}]
    assert (found["gap_seconds"], result["complete"]) == (86400, False)


def test_a_scope_of_which_nothing_is_proven_is_stale(store):
    run(store, "b", BEGIN, **BAD)
    result = info(store)
    (found,) = result["scopes"]
    assert (found["covered_from"], found["covered_until"], found["seconds_behind"], found["gap_seconds"]) == (None, None, None, None)
    assert result["stale"] == [{"source": "hoop_session", "scope": GATEWAY, "label": None, "seconds_behind": None}]
    assert result["complete"] is False


@pytest.mark.parametrize("stale_after, stale", [("6h", False), ("359m", True), ("2w", False)])
def test_what_is_further_behind_than_allowed_is_stale(store, stale_after, stale):
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    result = info(store, BEGIN + DAY + 6 * HOUR, stale_after=stale_after)
    assert [each["seconds_behind"] for each in result["stale"]] == ([6 * 3600] if stale else [])


def test_the_error_of_the_last_run_and_since_when(store):
    run(store, "a", BEGIN + HOUR, **GOOD)
    for number in (2, 3, 4):
        run(store, "b%d" % number, BEGIN + number * HOUR, **{**BAD, "error": "HTTP %d" % (400 + number)})
    found = scope(store)
    assert found["last_error"] == {"message": "HTTP 404", "reasons": ["failed_targets"], "since": "2026-03-01T02:00:00.000Z"}
    assert (found["last_run"], found["last_success"]) == ("2026-03-01T04:00:01.000Z", "2026-03-01T01:00:01.000Z")
    run(store, "c", BEGIN + 5 * HOUR, **GOOD)
    assert scope(store)["last_error"] is None


def test_a_run_that_is_not_complete_is_no_success_unless_no_run_can_be(store):
    run(store, "a", BEGIN + HOUR, complete=False, reasons='["source_limit","total_changed"]')
    assert scope(store)["last_error"]["message"] == "not everything could be read: source_limit, total_changed"
    run(store, "b", BEGIN + 2 * HOUR, complete=False, reasons='["beyond_retention"]')
    assert scope(store)["last_error"] is None


def test_reasons_that_somebody_altered_are_a_failure_of_the_store(store):
    run(store, "a", BEGIN, **GOOD)
    for altered in ("[", "7", '["a",7]'):
        run(store, "b" + altered, BEGIN + HOUR, complete=None, reasons=altered)
        result = result_of(StoreInfoTask(), {"store": store}, now=BEGIN + DAY)
        assert result["failed"] and result["failure"]["kind"] == "store", altered
        assert result["failure"]["message"] == "a run of hoop_session is not as it was written"


def test_a_run_that_was_killed_is_told_from_one_under_way(store):
    run(store, "a", BEGIN)
    assert scope(store, now=BEGIN + HOUR)["last_error"] is None
    killed = {"message": "the run did not end", "reasons": [], "since": "2026-03-01T00:00:00.000Z"}
    assert scope(store, now=BEGIN + 25 * HOUR)["last_error"] == killed
    run(store, "b", BEGIN + HOUR)
    assert scope(store, now=BEGIN + 2 * HOUR)["last_error"] == killed


def test_a_part_of_a_scope_is_not_the_scope(store):
    view = "connection=orders-db"
    run(store, "a", BEGIN + DAY, view=view, proven=(BEGIN, BEGIN + DAY), **GOOD)
    result = info(store, BEGIN + DAY + HOUR)
    (found,) = result["scopes"]
    assert (found["covered_until"], found["seconds_behind"], result["complete"], result["stale"]) == (None, 3600, False, [])
    assert found["views"] == [{
        "view": {"connection": "orders-db"}, "covered_from": "2026-03-01T00:00:00.000Z", "covered_until": "2026-03-02T00:00:00.000Z",
    }]
    assert [each["reasons"] for each in found["gaps"]] == [["partial_view"]]
    # Once all of it was read, a part that goes on hides no standstill of the whole.
    run(store, "b", BEGIN + DAY, proven=(BEGIN, BEGIN + DAY), **GOOD)
    run(store, "c", BEGIN + 2 * DAY, view=view, proven=(BEGIN + DAY, BEGIN + 2 * DAY), **GOOD)
    assert scope(store, now=BEGIN + 2 * DAY)["seconds_behind"] == 86400


def test_the_failure_of_a_view_ends_with_a_success_of_the_whole_or_when_nobody_reads_it_any_more(store):
    run(store, "a", BEGIN, view="status=FAIL", **BAD)
    run(store, "b", BEGIN + HOUR, view="status=RUNNING", **GOOD)
    assert scope(store, now=BEGIN + 2 * HOUR)["last_error"]["message"] == BAD["error"]
    assert scope(store, now=BEGIN + 7 * HOUR)["last_error"] is None
    run(store, "c", BEGIN + 2 * HOUR, **GOOD)
    assert scope(store, now=BEGIN + 2 * HOUR)["last_error"] is None
    # Of one that is read alone, however long ago.
    other = {"org": "p"}
    run(store, "d", BEGIN, scope=other, **BAD)
    assert [each["last_error"] is not None for each in info(store, BEGIN + 30 * DAY)["scopes"]] == [False, True]


def test_a_lookup_that_fails_is_the_failure_of_what_it_looks_up(store):
    taurusdb = {"source": "taurusdb_killed_session"}
    run(store, "a", BEGIN + HOUR, scope=NODE, proven=(BEGIN, BEGIN + HOUR), **taurusdb, **GOOD)
    run(store, "b", BEGIN + 2 * HOUR, scope=LOOKUP, **taurusdb, **BAD)
    found = scope(store)
    assert (found["scope"], found["last_error"]["message"]) == (NODE, BAD["error"])
    run(store, "c", BEGIN + 3 * HOUR, scope=NODE, **taurusdb, **GOOD)
    assert scope(store)["last_error"] is None


def test_a_retired_scope_is_neither_stale_nor_failed(store):
    note(store, (BEGIN, BEGIN + 3 * DAY), [(BEGIN, BEGIN + DAY)])
    run(store, "b", BEGIN + 3 * DAY, **BAD)
    sql(store, "UPDATE scope SET retired_at = %d, label = 'old \"gateway\"'" % (BEGIN + 2 * DAY))
    result = info(store)
    (found,) = result["scopes"]
    assert result["stale"] == [] and found["last_error"] is found["seconds_behind"] is None
    assert (found["state"], found["retired_at"], found["label"]) == ("retired", "2026-03-03T00:00:00.000Z", 'old "gateway"')
    assert [(each["start"], each["end"]) for each in found["gaps"]] == [("2026-03-02T00:00:00.000Z", "2026-03-03T00:00:00.000Z")]
    sql(store, "UPDATE scope SET retired_at = %d" % (BEGIN + DAY))
    assert scope(store)["gaps"] == [] and info(store)["complete"] is True


def test_windows_that_were_listed_late_say_when(store):
    note(store, (BEGIN, BEGIN + 20 * DAY), [(BEGIN, BEGIN + 10 * DAY)], read_at=BEGIN + 20 * DAY)
    assert scope(store)["listed_late"] == [
        {"start": "2026-03-01T00:00:00.000Z", "end": "2026-03-11T00:00:00.000Z", "listed_on": "2026-03-21T00:00:00.000Z"},
    ]


def test_attachments_that_failed_are_missing_and_others_are_not(store):
    keep(store, [session(number) for number in range(3)])
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    assert info(store)["complete"] is True
    states = ("kept", "failed", "gone")

    def work(connection):
        for number, state in enumerate(states):
            connection.execute(tables().attachment.insert().values(
                source="hoop_session", scope_key="org=o", record_id="s%04d" % number, name="recording", state=state,
            ))

    with opened_store(store, lambda secret: None, writes=True) as opened:
        opened.transact(work)
    assert (scope(store)["attachments_missing"], info(store)["complete"]) == (1, False)


def test_prunes_are_shown(store):
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])

    def work(connection):
        connection.execute(tables().pruned.insert().values(
            source="hoop_session", scope_key="org=o", before_time=BEGIN, state="done", records=7, digest="0" * 64, pruned_at=BEGIN + DAY,
            reason="one year",
        ))

    with opened_store(store, lambda secret: None, writes=True) as opened:
        opened.transact(work)
    assert scope(store)["pruned"] == [
        {"before": "2026-03-01T00:00:00.000Z", "records": 7, "pruned_at": "2026-03-02T00:00:00.000Z", "reason": "one year"},
    ]


def test_a_query_returns_its_value_instead_of_the_list(store):
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    result = info(store, query="[].scope.org")
    assert result["result"] == ["o"] and "scopes" not in result and result["count"] == 1


def test_sources_are_those_that_were_asked_for(store):
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    note(store, (BEGIN, BEGIN + DAY), [], source="bcc_action_run", scope={"region": "bj", "type": "COMMAND"})
    assert [each["source"] for each in info(store)["scopes"]] == ["bcc_action_run", "hoop_session"]
    assert [each["source"] for each in info(store, sources=["hoop_session"])["scopes"]] == ["hoop_session"]
    assert info(store, sources=["hoop_session"])["complete"] is True


def test_a_store_without_scopes_is_not_complete(store):
    with opened_store(store, lambda secret: None, writes=True):
        pass
    assert (info(store)["complete"], info(store)["scopes"], info(store)["stale"]) == (False, [], [])
    assert refused(store=store, sources=["hoop_session"]) == "sources: the store has no records of any source yet"


@pytest.mark.parametrize("given, line", [
    ({"stale_after": "6"}, "stale_after: '6' is not a duration such as 10m (a number and s, m, h, d or w)"),
    ({"sources": ["hop_session"]}, "sources: 'hop_session' is not one of hoop_session (did you mean hoop_session?; this store has nothing of it)"),
    ({"query": "["}, "query: '[' is not a JMESPath expression over the list"),
    ({"store": None}, "store: missing (a path, or the URL of a database)"),
    ({"store": "/nowhere/s.db"}, "store: there can be no file at this path"),
])
def test_what_cannot_be_shown_is_one_line(store, given, line):
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    assert refused(**{"store": store, **given}).startswith(line)


def test_the_number_of_statements_does_not_depend_on_the_number_of_scopes(store, monkeypatch):
    """However many scopes: each would cost a round trip to a server otherwise."""
    counts = []
    for number in (1, 40):
        for each in range(number):
            run(store, "r%d-%d" % (number, each), BEGIN + HOUR, scope={"org": "o%03d" % each}, **(BAD if each % 2 else GOOD))
        executed = []
        monkeypatch.setattr("sqlalchemy.engine.Connection.execute", _counted(executed))
        assert len(info(store)["scopes"]) == number
        monkeypatch.undo()
        counts.append(len(executed))
    assert counts[0] == counts[1] > 5


def _counted(executed):
    from sqlalchemy.engine import Connection

    original = Connection.execute

    def execute_and_count(self, *args, **more):
        executed.append(args[0])
        return original(self, *args, **more)

    return execute_and_count
