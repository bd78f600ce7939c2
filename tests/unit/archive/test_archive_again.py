# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Details, windows and records that are not over: how long a proof is believed; examples, one by one."""

from __future__ import annotations

import pytest
from archive_checks import DAY
from archive_scene import HOUR, NOW, ORG, RUNS, Scene, at, reasons
from sim_sources import HOOP

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive import details
from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times


@pytest.fixture
def scene():
    made = Scene()
    yield made
    made.close()


# Depth.

def test_children_are_read_of_runs_that_were_kept_without(scene):
    runs = [scene.has(number, 30 * DAY + number, RUNS) for number in range(3)]
    scene.baidu()
    scene.now += HOUR
    result = scene.baidu(children=True)
    assert (result["updated"], result["complete"], len(scene.details_asked())) == (3, True, 3)
    found = scene.query("SELECT detailed_at, raw FROM record")
    assert [each["detailed_at"] for each in found] == [scene.now] * len(runs)
    assert all('"children":[{' in each["raw"] for each in found)
    scene.baidu(children=True)
    assert not scene.details_asked()


def test_logs_are_read_of_runs_that_were_kept_with_children_but_without_logs(scene):
    for number in range(3):
        scene.has(number, 30 * DAY + number, RUNS)
    scene.baidu(children=True)
    assert not any('"log":' in each["raw"] for each in scene.query("SELECT raw FROM record"))
    scene.now += HOUR
    result = scene.baidu(children=True, with_log=True)
    assert (result["updated"], result["complete"], len(scene.details_asked())) == (3, True, 3)
    assert all('"log":"line 1"' in each["raw"] for each in scene.query("SELECT raw FROM record"))
    scene.baidu(children=True, with_log=True)
    assert not scene.details_asked()


def test_a_key_of_the_users_own_is_no_log(scene):
    scene.has(1, 30 * DAY, RUNS).params = {"log": "/var/log/backup"}
    scene.baidu(children=True)
    scene.now += HOUR
    assert scene.baidu(children=True, with_log=True)["updated"] == 1
    assert '"log":"line 1"' in scene.query("SELECT raw FROM record")[0]["raw"]
    scene.wire.sent.clear()
    scene.baidu(children=True, with_log=True)
    assert not scene.details_asked()


def test_details_without_logs_take_no_log_away(scene):
    run = scene.has(1, HOUR, RUNS, is_open=True)
    scene.baidu(children=True, with_log=True)
    scene.now += HOUR
    run.finish(scene.now - 1000)
    scene.baidu(children=True, reread=True)
    raw = scene.query("SELECT raw FROM record")[0]["raw"]
    assert '"log":"line 1","state":"SUCCESS","version":2}]' in raw, raw


def test_children_that_the_source_has_no_more_are_named(scene):
    scene.has(1, HOUR, RUNS)
    lost = scene.has(2, HOUR, RUNS)
    scene.baidu()
    del scene.sources.records[RUNS][lost.id]
    scene.now += HOUR
    assert scene.baidu(children=True)["gone"] == 1
    assert [each["detailed_at"] is None for each in scene.query("SELECT detailed_at FROM record ORDER BY record_id")] == [False, True]


@pytest.mark.parametrize("reread", [False, True])
def test_details_of_what_has_changed_since_are_read_again(scene, reread):
    run = scene.has(1, HOUR, RUNS, is_open=True)
    scene.baidu(children=True)
    scene.now += HOUR
    run.finish(scene.now - 1000)
    assert scene.baidu(children=True, reread=reread)["complete"] is True
    raw = scene.query("SELECT raw FROM record")[0]["raw"]
    assert '"state":"SUCCESS","version":2}]' in raw, raw


def test_a_look_for_an_analysis_is_not_the_details_of_a_session(scene):
    scene.has(1, HOUR, like_ai_block=True)
    scene.hoop()
    assert scene.query("SELECT outcome, detailed_at FROM record") == [{"outcome": "blocked", "detailed_at": None}]
    scene.hoop(details=True)
    found = scene.query("SELECT detailed_at, summary FROM record")
    assert found == [{"detailed_at": scene.now, "summary": "select 1"}]


# Windows.

def test_an_overlap_of_nothing_still_starts_at_a_whole_second(scene):
    scene.now = NOW + 400
    scene.hoop(overlap="0s")
    late = scene.has(1, 300)
    scene.now += HOUR
    result = scene.hoop(overlap="0s")
    assert (result["added"], scene.ids()) == (1, [(ORG.key, late.id)])


@pytest.mark.parametrize("later", [{"start_time": None}, {"start_time": at(NOW - 40 * DAY)}])
def test_an_earlier_stretch_is_read_when_it_is_asked_for(scene, later):
    scene.has(1, 30 * DAY)
    assert scene.hoop(start_time=at(NOW - 10 * DAY))["added"] == 0
    result = scene.hoop(**later)
    assert (result["added"], result["complete"], result["gaps"]) == (1, True, [])


def test_an_earlier_stretch_stays_a_gap_while_it_fails(scene):
    scene.hoop(start_time=at(NOW - 10 * DAY))
    failed = scene.run(HOOP, {"endpoint": "http://gw", "token": "t0ken-auditor-a", "start_time": at(NOW - 40 * DAY)}, ("refused", 1))
    assert failed["failed"]
    judged = scene.judged(first=NOW - 40 * DAY)
    assert [(gap["start"], gap["end"], gap["reasons"]) for gap in judged["gaps"]] == [
        (at(NOW - 40 * DAY), at(NOW - 10 * DAY), ["failed_targets"])
    ]


def test_what_is_read_long_after_is_complete_as_listed_then(scene):
    result = scene.hoop(start_time=at(NOW - 90 * DAY), end_time=at(NOW - 60 * DAY))
    assert result["complete"] is True
    assert result["coverage"][0]["windows"] == [{"start": at(NOW - 90 * DAY), "end": at(NOW - 60 * DAY), "listed_on": at(NOW)}]


def test_what_is_older_than_the_retention_is_read_and_not_proven(scene):
    scene.has(1, 50 * DAY)
    result = scene.hoop(retention="30d")
    assert (result["added"], result["complete"], reasons(result)) == (1, False, ["beyond_retention"])
    assert scene.judged()["complete"] is False


def test_what_was_never_read_is_read_even_where_it_is_older_than_the_retention(scene):
    scene.has(1, 50 * DAY)
    scene.hoop(retention="30d", end_time=at(NOW - 55 * DAY))
    given = {"endpoint": "http://gw", "token": "t0ken-auditor-a", "start_time": at(NOW - 60 * DAY), "retention": "30d"}
    assert scene.run(HOOP, given, ("refused", 1))["failed"]
    assert scene.hoop(retention="30d")["added"] == 1
    scene.now += HOUR
    scene.hoop(retention="30d")
    assert {sent.query["start_date"] for sent in scene.wire.sent} == {times.to_unit(NOW - 600_000, "rfc3339")}


# Open records.

def test_old_open_sessions_are_looked_up_one_by_one_and_ever_more_seldom(scene):
    opened = [scene.has(number, number * DAY + HOUR, is_open=True) for number in range(1, 6)]
    for number in range(10, 60):
        scene.has(number, HOUR * (number - 8))
    scene.hoop(page_size=10)
    scene.now += HOUR
    scene.hoop(page_size=10)
    assert not scene.details_asked()
    scene.now += DAY
    scene.hoop(page_size=10)
    assert sorted(sent.path.rsplit("/", 1)[1] for sent in scene.details_asked()) == [each.id for each in opened]


def test_an_open_session_is_abandoned_in_the_end(scene):
    record = scene.has(1, DAY, is_open=True)
    scene.hoop()
    scene.now += 30 * DAY
    assert scene.hoop()["abandoned"] == 1
    assert scene.outcome(record) == "unknown"
    assert scene.hoop()["abandoned"] == 0


def test_a_session_that_was_given_up_and_is_listed_again_says_what_it_says(scene):
    record = scene.has(1, HOUR, is_open=True)
    scene.hoop()
    del scene.sources.records[ORG][record.id]
    scene.now += HOUR
    assert (scene.hoop(reread=True)["gone"], scene.outcome(record)) == (1, "unknown")
    record.version += 1
    scene.sources.add(record)
    assert scene.hoop(reread=True)["updated"] == 1
    assert scene.outcome(record) == "running"


def test_only_a_full_view_takes_an_open_session_for_gone(scene):
    record = scene.has(1, HOUR, user="bob", is_open=True)
    scene.hoop()
    scene.now += HOUR
    scene.hoop("ana", reread=True)
    scene.hoop(connection="users", reread=True)
    assert scene.outcome(record) == "running"
    del scene.sources.records[ORG][record.id]
    scene.hoop(connection="orders", reread=True)
    assert scene.outcome(record) == "running"
    scene.hoop(reread=True)
    assert scene.outcome(record) == "unknown"


def test_what_changes_after_its_end_is_found_by_a_recheck(scene):
    record = scene.has(1, 2 * DAY)
    scene.hoop()
    record.finish(scene.now)
    scene.now += DAY
    assert scene.hoop()["updated"] == 0
    assert scene.hoop(recheck="7d")["updated"] == 1
    found = scene.query("SELECT content_hash, raw FROM revision")
    assert len(found) == 1 and '"version":1' in found[0]["raw"]


def test_what_is_gone_from_the_source_is_counted_and_stays(scene):
    records = [scene.has(number, DAY + number) for number in range(5)]
    scene.hoop()
    scene.now += HOUR
    scene.sources.records.clear()
    result = scene.hoop(reread=True)
    assert (result["gone"], result["complete"], len(scene.ids())) == (5, True, 5)
    assert scene.store_info()["gone"] == 5
    # Each is counted once, and one that is listed again no more, until it is gone again.
    scene.now += HOUR
    assert (scene.hoop(reread=True)["gone"], scene.store_info()["gone"]) == (5, 5)
    scene.sources.add(records[2])
    scene.now += HOUR
    assert (scene.hoop(reread=True)["gone"], scene.store_info()["gone"]) == (4, 4)
    assert len(scene.query("SELECT * FROM unlisted")) == 4
    scene.sources.records.clear()
    scene.now += HOUR
    assert (scene.hoop(reread=True)["gone"], scene.store_info()["gone"]) == (5, 5)
    # A prune takes them, too.
    scene.prune(records[2].start)
    assert (scene.store_info()["gone"], len(scene.query("SELECT * FROM unlisted"))) == (3, 3)


def detailed(scene):
    return sorted(each["record_id"][-1] for each in scene.query("SELECT record_id FROM record WHERE detailed_at IS NOT NULL"))


def test_a_limited_viewer_reads_the_details_of_what_she_sees(scene):
    for number in (1, 2, 3):
        scene.has(number, number * HOUR, user="bob")
    scene.has(4, 4 * HOUR, user="ana")
    scene.hoop()
    scene.now += HOUR
    for _time in range(2):
        assert scene.hoop("ana", details=True)["complete"] and detailed(scene) == ["4"]
        assert not any("no longer has" in each for each in scene.warnings)


def test_details_are_looked_for_behind_records_that_are_gone(scene, monkeypatch):
    monkeypatch.setattr(details, "_BATCH", 2)
    lost = [scene.has(number, number * HOUR) for number in (1, 2, 3)]
    scene.has(4, 9 * HOUR)
    scene.hoop()
    for each in lost:
        del scene.sources.records[ORG][each.id]
    scene.now += DAY
    assert scene.hoop(details=True, overlap="0s")["gone"] == 3 and detailed(scene) == ["4"]
    # Nobody asks for them again.
    scene.wire.sent.clear()
    scene.now += DAY
    assert scene.hoop(details=True)["gone"] == 0 and scene.details_asked() == []


def test_records_without_a_start_get_details_too(scene, monkeypatch):
    monkeypatch.setattr(details, "_BATCH", 2)
    for number in range(1, 6):
        scene.has(number, number * HOUR).has_start = number < 3
    scene.hoop()
    scene.now += HOUR
    scene.hoop(details=True)
    assert detailed(scene) == ["1", "2", "3", "4", "5"]
