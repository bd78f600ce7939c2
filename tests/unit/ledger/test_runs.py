# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in the store: idle ones add no rows, and those that found or lacked something do."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import coverage, runs
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.coverage import Scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

QUARTER = 15 * 60_000
SCOPE = Scope("hoop_session", "org=o")


@pytest.fixture
def store(any_store):
    with open_store(any_store, lambda secret: None, writes=True) as opened:
        opened.address = any_store
        yield opened


def run(connection, name, window, scope=SCOPE, view="", proves=True, **values):
    """One run, from its beginning to its end."""
    now = window[1] if window[1] is not None else values.pop("now")
    runs.begin(connection, name, scope, view, now, window)
    if proves and window[1] is not None:
        coverage.prove(connection, scope, view, window, name, now)
    runs.note(connection, name, **{"ended_at": now + 5, "complete": True, "reasons": "[]", "requests": 2, **values})
    runs.fold(connection, name)


def runs_of(store):
    return rows(store.address, "SELECT * FROM run ORDER BY started_at, run_id")


def test_an_idle_run_extends_the_idle_one_before_it(store):
    store.transact(lambda connection: run(connection, "a", (0, 100), added=3))
    store.transact(lambda connection: run(connection, "b", (90, 200)))
    store.transact(lambda connection: run(connection, "c", (190, 300)))
    first, second = runs_of(store)
    assert (first["run_id"], first["repeats"], first["window_end"]) == ("a", 0, 100)
    assert {name: second[name] for name in ("run_id", "started_at", "ended_at", "window_start", "window_end", "requests", "repeats")} == {
        "run_id": "b", "started_at": 200, "ended_at": 305, "window_start": 90, "window_end": 300, "requests": 4, "repeats": 1,
    }
    # What was proven names a run that is there.
    assert rows(store.address, "SELECT run_id, window_end FROM coverage") == [{"run_id": "b", "window_end": 300}]


def test_an_idle_run_that_had_nothing_to_read_adds_no_row_either(store):
    store.transact(lambda connection: run(connection, "a", (0, 100)))
    for number in range(3):
        store.transact(lambda connection, name="n%d" % number: run(connection, name, (None, None), now=200))
    assert [(row["run_id"], row["window_end"], row["repeats"]) for row in runs_of(store)] == [("a", 100, 3)]


@pytest.mark.parametrize("values", [
    {"added": 1}, {"updated": 1}, {"complete": False, "reasons": '["failed_targets"]', "error": "no"}, {"complete": None, "ended_at": None},
    {"complete": False, "reasons": '["total_changed"]'}, {"complete": False, "reasons": '["beyond_retention"]'}, {"version": "0.9.0"},
])
def test_a_run_that_differs_is_a_row_of_its_own(store, values):
    store.transact(lambda connection: run(connection, "a", (0, 100)))
    store.transact(lambda connection: run(connection, "b", (90, 200), **values))
    store.transact(lambda connection: run(connection, "c", (190, 300)))
    assert [row["run_id"] for row in runs_of(store)] == ["a", "b", "c"]


@pytest.mark.parametrize("reason", ["beyond_retention", "records_missing"])
def test_what_no_run_can_mend_adds_no_row_for_each(store, reason):
    for number in range(4):
        store.transact(lambda connection, at=number * 10: run(
            connection, "r%d" % at, (at, at + 20), complete=False, reasons='["%s"]' % reason
        ))
    assert [(row["run_id"], row["complete"], row["repeats"]) for row in runs_of(store)] == [("r0", False, 3)]


def test_a_run_that_read_elsewhere_is_a_row_of_its_own(store):
    store.transact(lambda connection: run(connection, "a", (100, 200)))
    for name, window in (("before", (0, 300)), ("after", (400, 500))):
        store.transact(lambda connection, name=name, window=window: run(connection, name, window))
    assert len(runs_of(store)) == 3


def test_what_was_read_but_can_not_be_proven(store):
    """A run that failed, or was killed, has read nothing for certain; one with what is beyond retention has."""
    def work(connection):
        run(connection, "whole", (0, 100), added=1)
        run(connection, "old", (100, 300), complete=False, reasons='["beyond_retention"]', added=1)
        run(connection, "failed", (300, 400), complete=False, reasons='["beyond_retention","failed_targets"]')
        run(connection, "killed", (400, 500), complete=None, reasons=None, ended_at=None)
        run(connection, "filtered", (500, 600), view="connection=orders")
        return [sorted(runs.read_by(connection, SCOPE, "", before)) for before in (1000, 100)]

    assert store.transact(work) == [[(0, 100), (100, 300)], [(0, 100)]]


def test_views_and_scopes_are_apart(store):
    def work(connection):
        run(connection, "a", (0, 100))
        run(connection, "b", (90, 200), view="viewer=u")
        run(connection, "c", (90, 200), scope=SCOPE._replace(key="org=other"))
        run(connection, "d", (90, 300))

    store.transact(work)
    assert [(row["run_id"], row["repeats"]) for row in runs_of(store)] == [("a", 1), ("b", 0), ("c", 0)]


def test_a_run_may_be_noted_twice(store):
    """As after a connection that was lost while the answer to a commit was under way."""
    for _each in range(2):
        store.transact(lambda connection: runs.begin(connection, "run", SCOPE, "", 1, (1, 2)))
    assert len(runs_of(store)) == 1


def test_idle_runs_add_no_row(tmp_path):
    """Twenty runs, three times, in two scopes: one row of each table for a scope, however long it goes on."""
    store = str(tmp_path / "s.db")
    scopes = [SCOPE._replace(key="org=%d" % number) for number in range(2)]

    def go_on(connection, first):
        for number in range(first, first + 20):
            for scope in scopes:
                run(connection, "%s-%d" % (scope.key, number), (max(0, number * QUARTER - 600_000), (number + 1) * QUARTER), scope)

    with open_store(store, lambda secret: None, writes=True) as opened:
        for first in (0, 20, 40):
            opened.transact(lambda connection, first=first: go_on(connection, first))
            end = (first + 20) * QUARTER
            assert opened.transact(lambda connection: runs.reach_of(connection, scopes[1], "")) == (0, end)
            found = rows(store, "SELECT window_start, window_end, repeats, requests FROM run")
            count = end // QUARTER
            assert found == [{"window_start": 0, "window_end": end, "repeats": count - 1, "requests": 2 * count}] * 2
            assert rows(store, "SELECT window_start, window_end FROM coverage") == [{"window_start": 0, "window_end": end}] * 2
