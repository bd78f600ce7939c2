# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that find nothing leave nothing behind, however long a schedule goes on; what changes when C(overlap) does."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from archive_checks import DAY
from archive_scene import HOUR, NOW, Scene, at
from exporting import BEGIN

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.schema import get_tables
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import coverage, runs
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.coverage import Scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.scopes import note_scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store

MINUTE = HOUR // 60
QUARTER = 15 * MINUTE
YEAR = 365 * DAY


@pytest.fixture
def scene():
    made = Scene()
    yield made
    made.close()


def sizes(store):
    """How many rows each table has, and how many bytes the file."""
    with closing(sqlite3.connect(store)) as connection:
        counts = {name: connection.execute("SELECT count(*) FROM " + name).fetchone()[0] for name in get_tables().record.metadata.tables}
        (pages,), (size,) = (connection.execute("PRAGMA " + name).fetchone() for name in ("page_count", "page_size"))
        return counts, pages * size


def test_idle_tasks_add_no_row_to_any_table(scene):
    for number in range(20):
        scene.has(number, 2 * DAY + number)
    scene.hoop(start_time=at(NOW - 3 * DAY))
    scene.now += QUARTER
    scene.hoop(start_time=at(NOW - 3 * DAY))
    before, size = sizes(scene.store)
    for _each in range(24):
        scene.now += QUARTER
        result = scene.hoop(start_time=at(NOW - 3 * DAY))
        assert result["complete"] is True and result["changed"] is False
    after, later = sizes(scene.store)
    assert after == before and later == size
    *_first, idle = scene.query("SELECT repeats, window_end FROM run ORDER BY started_at")
    assert idle == {"repeats": 24, "window_end": scene.now}
    assert scene.query("SELECT window_end FROM coverage") == [{"window_end": scene.now}]


def idle(connection, scope, number, window):
    """What an idle task does in the store with one scope."""
    name = "%032x" % number
    runs.begin(connection, name, scope, "", window[1], window)
    coverage.prove(connection, scope, "", window, name, window[1])
    runs.note(connection, name, ended_at=window[1] + 900, complete=True, reasons="[]", requests=1)
    runs.fold(connection, name)


def test_a_year_of_idle_runs_adds_no_row_and_hardly_a_byte(tmp_path):
    """A year for 6 nodes, in 60 steps: what a scope takes depends neither on how many steps there are, nor on other scopes.

    The numbers of the year's end are those of 96 runs a day: they are what may take more bytes than those of its beginning.
    """
    store = str(tmp_path / "s.db")
    nodes = [Scope("taurusdb_killed_session", "instance_id=%032x,node_id=%032x" % (number, number)) for number in range(6)]

    def begin(connection):
        for number, scope in enumerate(nodes):
            note_scope(connection, scope, '{"instance_id":"%032x","node_id":"%032x"}' % (number, number), BEGIN)
            idle(connection, scope, number, (BEGIN - DAY, BEGIN))

    def step(connection, number):
        for each, scope in enumerate(nodes):
            start = BEGIN + number * YEAR // 60
            idle(connection, scope, 1000 * (number + 1) + each, (start - 10 * MINUTE, start + YEAR // 60))

    with open_store(store, lambda secret: None, writes=True) as opened:
        opened.transact(begin)
    before, size = sizes(store)
    with open_store(store, lambda secret: None, writes=True) as opened:
        for number in range(60):
            opened.transact(lambda connection, number=number: step(connection, number))
        run = get_tables().run
        opened.transact(lambda connection: connection.execute(
            run.update().values(repeats=run.c.repeats + 365 * 96 - 60, requests=run.c.requests + 365 * 96 - 60)
        ))
    after, later = sizes(store)
    assert after == before and (before["run"], before["coverage"]) == (6, 6)
    assert later <= 1.1 * size
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT DISTINCT window_end FROM coverage").fetchall() == [(BEGIN + YEAR,)]
        assert connection.execute("SELECT DISTINCT repeats FROM run").fetchall() == [(365 * 96,)]


def test_a_longer_overlap_finds_what_was_listed_late_and_a_shorter_one_costs_less(scene):
    scene.hoop(start_time=at(NOW - DAY))
    scene.now += HOUR
    # Listed half an hour after it began, when its time was read already.
    scene.has(1, HOUR + 30 * MINUTE)
    assert scene.hoop(start_time=at(NOW - DAY))["added"] == 0
    assert scene.hoop(start_time=at(NOW - DAY), overlap="3h")["added"] == 1
    scene.now += HOUR
    # Back to a short one: no gap, nothing read twice, nothing lost.
    result = scene.hoop(start_time=at(NOW - DAY), overlap="1s")
    assert (result["added"], result["updated"], result["unchanged"], result["complete"], result["gaps"]) == (0, 0, 0, True, [])
    assert scene.query("SELECT window_start, window_end FROM coverage") == [{"window_start": NOW - DAY, "window_end": scene.now}]
    assert scene.judged(first=NOW - DAY)["complete"] is True


def test_a_window_that_is_read_again_finds_what_came_long_after_and_proves_nothing_new(scene):
    scene.has(1, 20 * DAY)
    scene.hoop()
    before = scene.query("SELECT source, scope_key, view, window_start, window_end, read_at FROM coverage")
    scene.has(2, 15 * DAY)
    assert scene.hoop()["added"] == 0
    result = scene.hoop(reread=True)
    assert (result["added"], result["unchanged"], result["complete"], result["gaps"]) == (1, 1, True, [])
    after = scene.query("SELECT source, scope_key, view, window_start, window_end, read_at FROM coverage")
    assert after == before
    assert sum(each["records"] for each in scene.query("SELECT records FROM coverage")) == 2
