# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What session_store_info says of a store: how far each scope reaches, what failed, and what is stale."""

from __future__ import annotations

import pytest
from exporting import BEGIN, DAY, GATEWAY, keep, note, scope_of, session
from sealing import sql
from watching import BAD, GOOD, HOUR, info, refused, run, scope

from ansible_collections.opsaudit.sessions.plugins.module_utils._store import open_records
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.schema import get_tables
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import pruned
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.stores.look import rows


def test_a_scope_that_was_read_completely(any_store):
    keep(any_store, [session(number, BEGIN + number * DAY) for number in range(4)])
    run(any_store, "a", BEGIN + 4 * DAY, proven=(BEGIN, BEGIN + 4 * DAY), **GOOD)
    result = info(any_store, BEGIN + 4 * DAY + 2 * HOUR)
    (store,) = rows(any_store, "SELECT id, version FROM store")
    assert result == {
        "changed": False, "complete": True, "count": 1, "last_seal": None, "stale": [], "store_id": store["id"], "version": store["version"],
        "scopes": [{
            "source": "hoop_session", "scope": GATEWAY, "label": None, "state": "active", "retired_at": None, "count": 4, "gone": 0,
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
            connection.execute(get_tables().attachment.insert().values(
                source="hoop_session", scope_key="org=o", record_id="s%04d" % number, name="recording", state=state,
            ))

    with open_store(store, lambda secret: None, writes=True) as opened:
        opened.transact(work)
    assert (scope(store)["attachments_missing"], info(store)["complete"]) == (1, False)
    # Those that no task has requested are missing, too: of records that have ended, in a scope that has such attachments.
    unended = {"status": "open", "end_date": None}
    keep(store, [session(3), session(4), session(5, **unended)])
    keep(store, [session(6)], scope={"org": "p"})
    with open_store(store, lambda secret: None, writes=True) as opened:
        opened.transact(lambda connection: open_records.give_up_old(connection, scope_of("hoop_session", GATEWAY), BEGIN + DAY, BEGIN))
    counts = {each["scope"]["org"]: each["attachments_missing"] for each in info(store)["scopes"]}
    assert counts == {"o": 3, "p": 0}


def test_prunes_are_shown(store):
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])

    def work(connection):
        connection.execute(get_tables().pruned.insert().values(
            source="hoop_session", scope_key="org=o", before_time=BEGIN, state="done", records=7, digest="0" * 64, pruned_at=BEGIN + DAY,
            reason="one year",
        ))

    with open_store(store, lambda secret: None, writes=True) as opened:
        opened.transact(work)
    assert scope(store)["pruned"] == [
        {"before": "2026-03-01T00:00:00.000Z", "records": 7, "pruned_at": "2026-03-02T00:00:00.000Z", "reason": "one year"},
    ]


def test_what_was_pruned_is_neither_a_gap_nor_complete(store):
    note(store, (BEGIN, BEGIN + 2 * DAY), [(BEGIN, BEGIN + 2 * DAY)])
    with open_store(store, lambda secret: None, writes=True) as opened:
        opened.transact(lambda connection: pruned.declare(
            connection, scope_of("hoop_session", GATEWAY), pruned.Choice(BEGIN + DAY, 0, "0" * 64), BEGIN + 2 * DAY, None,
        ))
    result = info(store)
    (found,) = result["scopes"]
    assert (result["complete"], found["gaps"], len(found["pruned"])) == (False, [], 1)
    assert found["covered_from"] == "2026-03-02T00:00:00.000Z"


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
    with open_store(store, lambda secret: None, writes=True):
        pass
    assert (info(store)["complete"], info(store)["scopes"], info(store)["stale"]) == (False, [], [])
    assert refused(store=store, sources=["hoop_session"]) == "sources: the store has no records of any source yet"


@pytest.mark.parametrize("given, line", [
    ({"stale_after": "6"}, "stale_after: '6' is not a duration such as 10m (a number and s, m, h, d or w)"),
    ({"sources": ["hop_session"]}, "sources: 'hop_session' is not one of hoop_session (did you mean hoop_session? This store has no other)"),
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
