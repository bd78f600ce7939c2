# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists too long to be remembered: read in parts of their window, each proven apart."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive import listing as archive_listing
from ansible_collections.opsaudit.sessions.tests.e2e.archiving import BEGIN, CASES, HOUR, archive, params
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

#: What is asked and what is kept, whatever ansible-core runs the task.
pytestmark = pytest.mark.any_core

NOW = BEGIN + 30 * 24 * HOUR
BY_TIME = ("taurusdb", "hoop", "bcc")


@pytest.fixture(autouse=True)
def short_parts(monkeypatch):
    monkeypatch.setattr(archive_listing, "LONGEST_LIST", 300)
    monkeypatch.setattr(archive_listing, "_PART", 100)


def seed(emulator, case, count, **more):
    scope = {"type": "COMMAND"} if case.dialect == "bcc" else case.scope
    emulator.seed(case.dialect, count, **scope, **{"start": BEGIN, "end": NOW, **more})


def kept(store):
    return sorted(row["record_id"] for row in rows(store, "SELECT record_id FROM record"))


@pytest.mark.parametrize("source", CASES)
def test_all_is_kept_and_counted_once(emulator, tmp_path, source):
    case, store = CASES[source], str(tmp_path / "s.db")
    seed(emulator, case, 1203)
    # Seconds with many rows, at the edges of parts too.
    seed(emulator, case, 450, start=BEGIN + HOUR, end=BEGIN + HOUR + (4000 if source != "taurusdb" else 900_000), seed=1, keep=True)
    if case.over:
        emulator.alter(case.dialect, emulator.ids(case.dialect, **case.scope), case.over, **case.scope)
    given = params(case, emulator.urls, store)
    forecast = archive(case, given, NOW, check=True)
    result = archive(case, given, NOW)
    assert (result["added"], result["unchanged"], result["complete"], result["gaps"]) == (1653, 0, True, [])
    assert (forecast["added"], forecast["coverage"]) == (1653, result["coverage"])
    assert kept(store) == sorted(emulator.ids(case.dialect, **case.scope))
    listed = [(window["start"], window["end"], window["listed_on"]) for window in result["coverage"][0]["windows"]]
    first = "1970-01-01T00:00:00.000Z" if source == "dataarts" else "2026-03-01T00:00:00.000Z"
    assert listed == [
        (first, "2026-03-24T00:00:00.000Z", "2026-03-31T00:00:00.000Z"), ("2026-03-24T00:00:00.000Z", "2026-03-31T00:00:00.000Z", None),
    ]
    parts = rows(store, "SELECT window_start, window_end, records FROM coverage ORDER BY window_start")
    assert sum(row["records"] for row in parts) == 1653
    assert all(one["window_end"] == other["window_start"] for one, other in zip(parts, parts[1:]))
    again = archive(case, given, NOW + HOUR)
    assert again["changed"] is False and again["complete"]


def test_beyond_the_gateways_offset(emulator, tmp_path):
    emulator.config(offset_cap=400)
    case, store = CASES["hoop"], str(tmp_path / "s.db")
    seed(emulator, case, 1500, per_second=7, end=BEGIN + 20 * HOUR)
    result = archive(case, params(case, emulator.urls, store), NOW)
    assert (result["added"], result["complete"]) == (1500, True)
    assert kept(store) == sorted(emulator.ids("hoop"))


@pytest.mark.parametrize("source", BY_TIME)
def test_rows_that_come_while_it_reads(emulator, tmp_path, source):
    case, store = CASES[source], str(tmp_path / "s.db")
    seed(emulator, case, 1500)
    emulator.mutate(case.dialect, scope={} if source == "hoop" else case.scope, every=3, at="head", insert=2, outside_window=True)
    before = set(emulator.ids(case.dialect, **case.scope))
    result = archive(case, params(case, emulator.urls, store), NOW)
    assert before <= set(kept(store))
    assert result["complete"] is True


@pytest.mark.parametrize("source", BY_TIME)
def test_rows_that_come_anywhere(emulator, tmp_path, source):
    """Whatever it says: what was there all the time is kept."""
    case, store = CASES[source], str(tmp_path / "s.db")
    seed(emulator, case, 1500)
    emulator.mutate(case.dialect, scope={} if source == "hoop" else case.scope, every=2, at="random", insert=1)
    before = set(emulator.ids(case.dialect, **case.scope))
    result = archive(case, params(case, emulator.urls, store), NOW)
    assert before <= set(kept(store)) or result["complete"] is False


def test_a_total_that_lies_costs_little(emulator, tmp_path):
    case, store = CASES["taurusdb"], str(tmp_path / "s.db")
    seed(emulator, case, 500)
    emulator.fault("total", "taurusdb", value=10**9)
    result = archive(case, params(case, emulator.urls, store), NOW)
    assert result["complete"] is False and result["incomplete_reasons"] == ["total_changed"]
    assert kept(store) == sorted(emulator.ids("taurusdb", **case.scope))
    assert result["requests"] < 3000


def test_only_the_part_that_failed_is_read_again(emulator, tmp_path):
    case, store = CASES["hoop"], str(tmp_path / "s.db")
    seed(emulator, case, 2000)
    emulator.alter("hoop", emulator.ids("hoop"), case.over)
    emulator.fault("status", "hoop", status=500, after=10, times=1)
    given = params(case, emulator.urls, store, retries=0, on_error="continue")
    broken = archive(case, given, NOW)
    assert broken["complete"] is False and len(broken["failed_targets"]) == 1
    assert len(broken["gaps"]) == 1
    emulator.clear_faults()
    mended = archive(case, given, NOW)
    assert mended["complete"] is True and mended["gaps"] == []
    assert mended["requests"] < broken["requests"] / 3
    assert kept(store) == sorted(emulator.ids("hoop"))


def test_a_task_that_failed_goes_on_where_it_was(emulator, tmp_path):
    case, store = CASES["taurusdb"], str(tmp_path / "s.db")
    seed(emulator, case, 2000)
    emulator.fault("status", "taurusdb", status=500, after=10)
    given = params(case, emulator.urls, store, retries=0, concurrency=1)
    broken = archive(case, given, NOW)
    assert broken["failed"] is True and broken["changed"] is True
    there = len(kept(store))
    assert 0 < there < 2000
    emulator.clear_faults()
    mended = archive(case, given, NOW)
    assert mended["complete"] is True and mended["gaps"] == []
    assert there + mended["added"] == 2000
    assert kept(store) == sorted(emulator.ids("taurusdb", **case.scope))


def test_a_clock_that_is_behind_proves_less(emulator, tmp_path):
    case, store = CASES["hoop"], str(tmp_path / "s.db")
    emulator.config(clock_skew={"hoop": -120})
    result = archive(case, params(case, emulator.urls, store), NOW)
    (gap,) = result["gaps"]
    assert gap["end"] == "2026-03-31T00:00:00.000Z"
    # Two minutes, and what an answer takes.
    assert "2026-03-30T23:50:00" < gap["start"] < "2026-03-30T23:58:01"


def test_what_the_source_lists_no_more_is_not_looked_for_for_ever(emulator, tmp_path):
    case, store = CASES["hoop"], str(tmp_path / "s.db")
    seed(emulator, case, 20)
    session = emulator.ids("hoop")[3]
    emulator.alter("hoop", emulator.ids("hoop"), case.over)
    emulator.alter("hoop", [session], {**case.under_way, "start_date": "2026-03-30T22:00:00Z"})
    given = params(case, emulator.urls, store)
    archive(case, given, NOW)
    # The emulator starts anew, without that session.
    emulator.reset()
    result = archive(case, given, NOW + HOUR)
    assert (result["updated"], result["changed"], result["complete"]) == (1, True, True)
    assert [row["outcome"] for row in rows(store, "SELECT * FROM record WHERE record_id = '%s'" % session)] == ["unknown"]
    idle = archive(case, given, NOW + 2 * HOUR)
    assert idle["changed"] is False and idle["requests"] == 3


def test_an_earlier_start_is_read_and_a_later_one_changes_nothing(emulator, tmp_path):
    case, store = CASES["hoop"], str(tmp_path / "s.db")
    emulator.reset()
    seed(emulator, case, 240, end=BEGIN + 24 * HOUR)
    emulator.alter("hoop", emulator.ids("hoop"), case.over)
    given = params(case, emulator.urls, store)
    half = archive(case, {**given, "start_time": str(BEGIN + 12 * HOUR)}, BEGIN + 24 * HOUR)
    assert half["added"] == 120
    later = archive(case, {**given, "start_time": str(BEGIN + 23 * HOUR)}, BEGIN + 25 * HOUR)
    assert (later["added"], later["gaps"]) == (0, [])
    whole = archive(case, given, BEGIN + 26 * HOUR)
    assert (whole["added"], whole["gaps"], len(whole["coverage"][0]["windows"])) == (120, [], 1)
    # No start at all is the earliest.
    without = archive(case, {**given, "start_time": None}, BEGIN + 27 * HOUR)
    assert (without["gaps"], without["coverage"][0]["windows"][0]["start"]) == ([], "1970-01-01T00:00:00.000Z")
