# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the last runs of a scope ended, as session_store_info says it."""

from __future__ import annotations

import pytest
from exporting import BEGIN, DAY
from watching import BAD, GOOD, HOUR, LOOKUP, NODE, info, run, scope

from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.store_info import StoreInfoTask
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of


@pytest.fixture
def store(any_store):
    return any_store


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


def test_a_run_that_was_killed_is_not_taken_for_one_under_way(store):
    run(store, "a", BEGIN)
    assert scope(store, now=BEGIN + HOUR)["last_error"] is None
    killed = {"message": "the run did not end", "reasons": [], "since": "2026-03-01T00:00:00.000Z"}
    assert scope(store, now=BEGIN + 25 * HOUR)["last_error"] == killed
    run(store, "b", BEGIN + HOUR)
    assert scope(store, now=BEGIN + 2 * HOUR)["last_error"] == killed


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


def test_reasons_that_somebody_altered_are_a_failure_of_the_store(tmp_path):
    store = str(tmp_path / "s.db")
    run(store, "a", BEGIN, **GOOD)
    for altered in ("[", "7", '["a",7]'):
        run(store, "b" + altered, BEGIN + HOUR, complete=None, reasons=altered)
        result = result_of(StoreInfoTask(), {"store": store}, now=BEGIN + DAY)
        assert result["failed"] and result["failure"]["kind"] == "store", altered
        assert result["failure"]["message"] == "a run of hoop_session is not as it was written"
