# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that no source should have, and windows that are out of the ordinary."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.archiving import BEGIN, CASES, HOUR, archive, params
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

#: What is requested and what results from it, whatever ansible-core runs the task.
pytestmark = pytest.mark.any_core

NOW = BEGIN + 24 * HOUR


def nested(depth):
    value = {}
    for _each in range(depth):
        value = {"x": value}
    return value


def kept(store):
    return {row["record_id"]: row for row in rows(store, "SELECT * FROM record")}


@pytest.mark.parametrize("depth", [200, 400, 700, 850, 930])
def test_nested_records_are_kept_or_reported(emulator, tmp_path, depth):
    case, store = CASES["hoop"], str(tmp_path / "s.db")
    emulator.seed("hoop", 5, start=BEGIN, end=NOW)
    emulator.alter("hoop", emulator.ids("hoop"), case.under_way)
    deep = emulator.ids("hoop")[2]
    for turn, value in enumerate((nested(depth), nested(depth + 1), nested(depth))):
        emulator.alter("hoop", [deep], {"metadata": value, "event_size": turn})
        given = params(case, emulator.urls, store, retries=0)
        failed = archive(case, given, NOW + turn * HOUR)
        going_on = archive(case, {**given, "on_error": "continue"}, NOW + turn * HOUR)
        if failed.get("failed"):
            assert failed["failure"]["kind"] == "protocol"
            assert going_on["complete"] is False and going_on["incomplete_reasons"] == ["failed_targets"]
            assert [each["failure"]["kind"] for each in going_on["failed_targets"]] == ["protocol"]
            assert turn or going_on["gaps"]
        else:
            assert going_on["complete"] and len(kept(store)) == 5


@pytest.mark.parametrize("source, names", [("taurusdb", ("end_time",)), ("bcc", ("createdTimestamp", "finishedTimestamp")), ("hoop", ("end_date",))])
def test_times_that_are_none(emulator, tmp_path, source, names):
    values = [1e306, -1e306, 10**400, 2**62, 2**63, -1, 0, 1e15, True, "2026-03-01", None, {}, "9999-12-31T23:59:59Z"]
    case, store = CASES[source], str(tmp_path / (source + ".db"))
    scope = {"type": "COMMAND"} if source == "bcc" else case.scope
    emulator.seed(case.dialect, len(values) + 1, **scope, start=BEGIN, end=NOW)
    ids = emulator.ids(case.dialect, **case.scope)
    given = dict(zip(ids, values))
    for each, value in given.items():
        emulator.alter(case.dialect, [each], dict.fromkeys(names, value), **case.scope)
    result = archive(case, params(case, emulator.urls, store), NOW)
    assert result.get("msg") is None, result
    # A run that says it was created before all windows is in none of them; beyond all calendars it is no time.
    elsewhere = [value for value in values if source == "bcc" and value in (-1, 0)]
    assert [given[each] for each in given if each not in kept(store)] == elsewhere
    assert result["added"] == len(ids) - len(elsewhere) and ids[-1] in kept(store)


def test_records_without_an_id_are_all_kept(emulator, tmp_path):
    case, store = CASES["hoop"], str(tmp_path / "s.db")
    emulator.seed("hoop", 6, start=BEGIN, end=NOW)
    ids = emulator.ids("hoop")
    emulator.alter("hoop", ids, case.over)
    emulator.alter("hoop", ids[:2], {"id": None})
    emulator.alter("hoop", ids[2:4], {"id": ""})
    given = params(case, emulator.urls, store, return_new=10)
    result = archive(case, given, NOW)
    assert len(kept(store)) == result["added"] == len(result["new_records"])
    assert result["added"] == 6 or not result["complete"]
    again = archive(case, given, NOW)
    assert again["changed"] is False


def test_an_end_before_the_start_of_earlier_runs(emulator, tmp_path):
    case, store = CASES["hoop"], str(tmp_path / "s.db")
    emulator.seed("hoop", 10, start=BEGIN, end=NOW)
    emulator.alter("hoop", emulator.ids("hoop"), case.over)
    given = params(case, emulator.urls, store, start_time=None)
    archive(case, {**given, "start_time": str(BEGIN + 12 * HOUR)}, NOW)
    before = archive(case, {**given, "end_time": str(BEGIN + HOUR)}, NOW + HOUR)
    # Between the two nobody was to read anything yet.
    assert (before["complete"], before["gaps"]) == (True, [])
    assert [window["end"] for window in before["coverage"][0]["windows"]][-2:] == ["2026-03-01T01:00:00.000Z", "2026-03-02T00:00:00.000Z"]
    after = archive(case, given, NOW + HOUR)
    assert (after["complete"], after["gaps"]) == (True, [])
    assert sorted(kept(store)) == sorted(emulator.ids("hoop"))
    assert after["coverage"][0]["windows"][-1]["end"] == "2026-03-02T01:00:00.000Z"


def test_what_a_whole_list_lacks_is_given_up(emulator, tmp_path):
    case, store = CASES["dataarts"], str(tmp_path / "s.db")
    emulator.seed("fabric", 20, **case.scope, start=BEGIN, end=NOW)
    session = emulator.ids("fabric", **case.scope)[3]
    emulator.alter("fabric", emulator.ids("fabric", **case.scope), case.over, **case.scope)
    emulator.alter("fabric", [session], case.under_way, **case.scope)
    given = params(case, emulator.urls, store)
    archive(case, given, NOW)
    assert [name for name, row in kept(store).items() if row["outcome"] == "running"] == [session]
    emulator.seed("fabric", 3, **case.scope, start=BEGIN, end=NOW, seed=5)
    result = archive(case, given, NOW + HOUR)
    assert result["complete"] and session not in emulator.ids("fabric", **case.scope)
    assert kept(store)[session]["outcome"] == "unknown" and len(kept(store)) == 23
    assert archive(case, given, NOW + 2 * HOUR)["changed"] is False


@pytest.mark.parametrize("overlap", ["10", "m", "-10m", "10 m", "1.5h", "\u0661\u0660m", "1000000000m", "10m\n", "1e3s"])
def test_an_overlap_that_is_none(emulator, tmp_path, overlap):
    case, store = CASES["hoop"], str(tmp_path / "s.db")
    result = archive(case, params(case, emulator.urls, store, overlap=overlap), NOW)
    assert result["failure"]["kind"] == "invalid_request" and result["msg"].startswith("overlap: ")
    assert not (tmp_path / "s.db").exists()


def test_the_longest_overlap(emulator, tmp_path):
    case, store = CASES["hoop"], str(tmp_path / "s.db")
    for now in (NOW, NOW + HOUR):
        result = archive(case, params(case, emulator.urls, store, overlap="999999999w"), now)
        assert result["complete"] and result["gaps"] == []
