# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive that grows while its source does, by tasks that are killed and tasks that work side by side."""

from __future__ import annotations

import random
import time

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.archiving import (
    BEGIN,
    CASES,
    HOUR,
    Task,
    archive,
    duration,
    params,
)
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

#: What is asked and what is kept, whatever ansible-core runs the task.
pytestmark = pytest.mark.any_core

HOURS = 2
#: In each hour: of one source in SQLite, and of it on the servers and of the others.
KILLS, FEWER = 6, 3
MINUTE = 60_000
#: What each hour has, and what the source shows late of the hour before.
NEW, LATE = 150, 20


def grow(emulator, case, turn):
    """An hour's new rows, and some that the source shows late; what was under way an hour ago is over."""
    first = BEGIN + turn * HOUR
    before = emulator.ids(case.dialect, **case.scope) if turn else []
    if before and case.over:
        emulator.alter(case.dialect, before, case.over, **case.scope)
    scope = {"type": "COMMAND"} if case.dialect == "bcc" else case.scope
    emulator.seed(case.dialect, NEW, **scope, start=first, end=first + HOUR, seed=turn, keep=bool(turn))
    if turn:
        emulator.seed(case.dialect, LATE, **scope, start=first - 9 * MINUTE, end=first, seed=100 + turn, keep=True)
    fresh = sorted(set(emulator.ids(case.dialect, **case.scope)) - set(before))
    if case.over:
        emulator.alter(case.dialect, fresh, case.over, **case.scope)
        emulator.alter(case.dialect, fresh[::9], case.under_way, **case.scope)


def check_ledger(store, case, emulator, now):
    """Nothing twice, and whatever a run of this hour claims to cover is there."""
    records = rows(store, "SELECT * FROM record")
    assert len({row["record_id"] for row in records}) == len(records)
    there = emulator.ids(case.dialect, **case.scope)
    runs = {row["run_id"] for row in rows(store, "SELECT * FROM run") if row["started_at"] == now}
    windows = [row for row in rows(store, "SELECT * FROM coverage") if row["run_id"] in runs]
    if any(row["window_end"] == now for row in windows):
        assert {row["record_id"] for row in records} == set(there)
    for window in windows:
        inside = [row for row in records if window["window_start"] <= (row["started_at"] or 0) < window["window_end"]]
        assert len(inside) == window["records"]


@pytest.mark.parametrize("source", ["hoop"])
def test_killed_again_and_again(emulator, any_store, source):
    killed_again_and_again(emulator, any_store, source, FEWER if "://" in any_store else KILLS)


@pytest.mark.parametrize("source", ["taurusdb", "dataarts", "bcc"])
def test_killed_again_and_again_whatever_the_source(emulator, tmp_path, source):
    killed_again_and_again(emulator, str(tmp_path / "sessions.db"), source, FEWER)


def killed_again_and_again(emulator, store, source, wanted):
    case = CASES[source]
    rng = random.Random(source)
    given = params(case, emulator.urls, store, page_size=25, concurrency=3)
    kills = 0
    for turn in range(HOURS):
        grow(emulator, case, turn)
        now = BEGIN + (turn + 1) * HOUR
        longest = duration(case, given, now)
        in_time = 0
        while in_time < wanted and longest > 0.01:
            task = Task(case, given, now)
            time.sleep(rng.uniform(0, longest))
            if task.kill():
                in_time += 1
            else:
                # There is less to do each time.
                longest *= 0.9
            if rows_or_none(store):
                check_ledger(store, case, emulator, now)
        kills += in_time
        result = archive(case, given, now)
        assert result["complete"] is True and result["gaps"] == []
        check_ledger(store, case, emulator, now)
    assert kills >= HOURS * wanted - 1

    if case.over:
        emulator.alter(case.dialect, emulator.ids(case.dialect, **case.scope), case.over, **case.scope)
        assert archive(case, given, now + HOUR)["updated"] > 0
    idle = archive(case, given, now + 2 * HOUR)
    assert (idle["changed"], idle["added"], idle["updated"], idle["complete"]) == (False, 0, 0, True)
    windows = [window for each in idle["coverage"] for window in each["windows"]]
    if source == "dataarts":
        # It is read from the beginning: what is older than a week was listed so on the first day.
        late = windows.pop(0)
        assert late == {"start": "1970-01-01T00:00:00.000Z", "end": "2026-02-22T01:00:00.000Z", "listed_on": "2026-03-01T01:00:00.000Z"}
    start = "2026-02-22T01:00:00.000Z" if source == "dataarts" else "2026-03-01T00:00:00.000Z"
    assert windows == [{"start": start, "end": "2026-03-01T04:00:00.000Z", "listed_on": None}]
    records = rows(store, "SELECT * FROM record")
    assert sorted(row["record_id"] for row in records) == sorted(emulator.ids(case.dialect, **case.scope))
    assert len(records) == HOURS * NEW + (HOURS - 1) * LATE
    assert not [row for row in records if row["outcome"] in ("running", "unknown")]
    unended = [row for row in rows(store, "SELECT * FROM run") if row["ended_at"] is None]
    assert all(row["complete"] is None for row in unended)


def rows_or_none(store):
    try:
        return rows(store, "SELECT * FROM record")
    except Exception:
        # Killed before there were tables.
        return []


def test_two_at_once(emulator, any_store):
    case = CASES["hoop"]
    given = params(case, emulator.urls, any_store, page_size=20, concurrency=2)
    for turn in range(2):
        grow(emulator, case, turn)
        now = BEGIN + (turn + 1) * HOUR
        results = [task.result() for task in [Task(case, given, now + number) for number in range(3)]]
        assert [result.get("msg") for result in results] == [None] * 3
        assert all(result["complete"] and not result["gaps"] for result in results)
        assert sum(result["added"] for result in results) == NEW + (LATE if turn else 0)
        records = rows(any_store, "SELECT * FROM record")
        assert sorted(row["record_id"] for row in records) == sorted(emulator.ids(case.dialect))


def test_a_database_that_falls_is_waited_for(emulator, postgresql_server):
    postgresql_server.execute("CREATE DATABASE falls")
    store = postgresql_server.url("falls")
    case = CASES["hoop"]
    grow(emulator, case, 0)
    emulator.latency(0.05)
    given = params(case, emulator.urls, store, page_size=10, concurrency=1)
    task = Task(case, given, BEGIN + HOUR)
    deadline = time.monotonic() + 20
    while not rows_or_none(store) and time.monotonic() < deadline:
        time.sleep(0.02)
    postgresql_server.kill()
    postgresql_server.start()
    result = task.result()
    assert result.get("msg") is None and result["complete"]
    assert len(rows(store, "SELECT * FROM record")) == NEW
