# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that somebody deletes from the store by hand, and clocks that are wrong: nothing is called complete that is not there."""

from __future__ import annotations

import pytest
from archive_checks import DAY
from archive_scene import HOUR, NOW, ORG, RUNS, Scene, at, reasons
from sim_sources import HOOP


@pytest.fixture
def scene():
    scene = Scene()
    yield scene
    scene.close()


def during(scene, number, work):
    """Do something before the answer to a list's request of this number."""
    answer, asked = scene.sources._sessions, []

    def sessions(sent):
        asked.append(sent)
        if len(asked) == number:
            work()
        return answer(sent)

    scene.sources._sessions = sessions


@pytest.fixture
def lacking(scene):
    """A store that lacks a record that its source still has."""
    lost, *_others = (scene.has(number, age * DAY) for number, age in ((1, 20), (2, 12), (3, 13)))
    scene.hoop()
    scene.now += HOUR
    scene.remove(lost)
    assert reasons(scene.judged(last=NOW)) == ["records_missing"]
    return scene


def whole_run(scene, fault=None):
    given = {"endpoint": "http://gw", "token": "t0ken-auditor-a", "start_time": at(NOW - 60 * DAY), "page_size": 2, "concurrency": 1}
    return scene.run(HOOP, given, fault)


@pytest.mark.parametrize("late, run", [
    ({"age": 10 * DAY, "target": "users"}, lambda scene: scene.hoop(connection="users", start_time=at(NOW - 30 * DAY), reread=True)),
    ({"age": 10 * DAY}, lambda scene: whole_run(scene, ("killed", 2))),
    ({"age": 10 * DAY}, lambda scene: whole_run(scene, ("fail", 2))),
    ({"age": 25 * DAY}, lambda scene: scene.hoop(end_time=at(NOW - 22 * DAY))),
    ({"age": 10 * DAY, "user": "bob"}, lambda scene: scene.hoop("bob")),
], ids=["filtered", "killed", "failed", "ends before", "limited viewer"])
def test_another_record_does_not_stand_for_one_that_was_not_read_again(lacking, late, run):
    lacking.has(4, **late)
    run(lacking)
    assert len(lacking.ids()) == 3
    assert reasons(lacking.judged(last=NOW)) == ["records_missing"]
    lacking.now += HOUR
    result = lacking.hoop()
    assert result["complete"] and len(lacking.ids()) == 4 and lacking.judged()["complete"]


def test_what_the_source_has_no_more_stays_a_gap_also_when_other_records_come_later(lacking):
    lacking.sources.records[ORG].pop(next(iter(lacking.sources.records[ORG])))
    for _time in range(2):
        assert reasons(lacking.hoop()) == ["records_missing"]
        lacking.now += HOUR
    lacking.has(4, 10 * DAY, target="users")
    assert lacking.hoop(connection="users", reread=True)["added"] == 1
    assert reasons(lacking.judged(last=NOW)) == ["records_missing"]


@pytest.mark.parametrize("again", [False, True], ids=["stays", "deleted again"])
def test_one_collector_repairs_what_another_saw_missing(lacking, again):
    results = []

    def other():
        results.append(whole_run(lacking))
        lacking.has(4, 15 * DAY)
        if again:
            lacking.remove(next(iter(lacking.sources.records[ORG].values())))

    during(lacking, 1, other)
    results.append(whole_run(lacking))
    assert results[0]["complete"] and len(lacking.ids()) == 4
    if again:
        # The first one is there again: the second collector read it, too.
        lacking.remove(next(iter(lacking.sources.records[ORG].values())))
        assert reasons(lacking.judged(last=NOW)) == ["records_missing"]
    lacking.now += HOUR
    assert lacking.hoop()["complete"] and len(lacking.ids()) == 4 and lacking.judged()["complete"]


@pytest.mark.parametrize("reread", [False, True], ids=["first", "again"])
def test_a_record_that_is_deleted_while_its_window_is_read(scene, reread):
    first, *_others = (scene.has(number, 20 * DAY + number * HOUR) for number in range(1, 6))
    if reread:
        scene.hoop()
        scene.now += HOUR
    during(scene, 3, lambda: scene.remove(first, *scene.sources.records[ORG].values()))
    result = scene.hoop(page_size=2, concurrency=1, reread=True)
    assert len(scene.ids()) < 5 and result["complete"] is False and result["incomplete_reasons"] == ["records_missing"] == reasons(result)
    assert not scene.judged()["complete"]
    scene.now += HOUR
    assert scene.hoop()["complete"] and len(scene.ids()) == 5 and scene.judged()["complete"]


def test_what_another_collector_read_later_is_not_gone(scene):
    for number in range(1, 4):
        scene.has(number, number * HOUR)
    scene.hoop()
    scene.now += HOUR
    now = scene.now

    def earlier():
        scene.now = now - 60_000
        assert scene.hoop(reread=True)["unchanged"] == 3
        scene.now = now

    during(scene, 2, earlier)
    assert scene.hoop(reread=True, page_size=2, concurrency=1)["gone"] == 0
    assert scene.store_info()["gone"] == 0


def test_what_is_listed_again_is_not_gone_whatever_the_clocks_said(scene):
    record = scene.has(1, HOUR)
    scene.has(2, 2 * HOUR)
    scene.hoop()
    del scene.sources.records[ORG][record.id]
    scene.now += 30 * DAY
    assert scene.hoop(reread=True)["gone"] == scene.store_info()["gone"] == 1
    scene.now -= 29 * DAY
    scene.sources.add(record)
    scene.hoop(reread=True)
    assert scene.store_info()["gone"] == 0


def test_what_is_gone_is_counted_once_and_only_by_a_full_view(scene):
    lost = scene.has(1, 3 * DAY, RUNS)
    scene.has(2, 2 * DAY, RUNS)
    scene.baidu()
    del scene.sources.records[RUNS][lost.id]
    scene.now += HOUR
    assert scene.baidu(children=True, reread=True)["gone"] == scene.store_info()["gone"] == 1


@pytest.mark.parametrize("viewer, given", [("auditor-a", {"connection": "orders"}), ("ana", {})])
def test_what_a_narrower_view_does_not_find_is_not_gone(scene, viewer, given):
    record = scene.has(1, 3 * DAY, user="bob", is_open=True)
    scene.hoop()
    del scene.sources.records[ORG][record.id]
    scene.now += 2 * DAY
    assert scene.hoop(viewer, start_time="-1h", **given)["gone"] == scene.store_info()["gone"] == 0
    assert scene.outcome(record) == "running"


@pytest.mark.parametrize("skew, made_at", [(-86400.0, 1e12), (0.0, NOW / 1000 + 3600)], ids=["ahead", "set right before the answer"])
def test_nothing_is_proven_that_is_later_than_the_source(scene, skew, made_at):
    scene.has(1, HOUR)
    scene.now += HOUR + DAY
    scene.wire.set_clock(skew, made_at)
    result = scene.hoop()
    assert result["complete"] is False and result["coverage"][0]["windows"][-1]["end"] == at(NOW + HOUR)
    scene.wire.set_clock(0.0)
    scene.now = NOW + 3 * HOUR
    scene.has(2, HOUR)
    assert scene.hoop()["complete"] and len(scene.ids()) == 2


def test_what_was_proven_of_times_to_come_is_read_when_they_have_come(scene):
    scene.has(1, HOUR)
    scene.hoop()
    # A source without dates, and a clock that is a day ahead.
    scene.now += DAY
    assert scene.hoop()["complete"]
    scene.now = NOW + HOUR
    scene.hoop()
    scene.now = NOW + 3 * HOUR
    scene.has(2, HOUR)
    result = scene.hoop()
    assert result["added"] == 1 and result["coverage"][0]["windows"][-1]["end"] == at(scene.now)
    scene.now = NOW + 2 * DAY
    assert scene.hoop()["complete"] and scene.judged()["complete"] and len(scene.ids()) == 2


@pytest.mark.parametrize("source, place", [("hoop", ORG), ("baidu", RUNS)])
def test_a_record_without_a_start_is_missed_in_every_window(scene, source, place):
    archive = getattr(scene, source)
    scene.has(1, HOUR, place)
    undated = scene.has(2, HOUR, place)
    undated.has_start = False
    archive()
    scene.now += HOUR
    archive()
    assert scene.judged(place.source)["complete"]
    scene.remove(undated)
    assert reasons(scene.judged(place.source)) == reasons(scene.judged(place.source, first=NOW - 2 * HOUR)) == ["records_missing"]
    scene.now += HOUR
    assert archive()["complete"] and len(scene.ids()) == 2 and scene.judged(place.source)["complete"]


def test_a_record_without_a_start_that_is_deleted_while_it_is_read(scene):
    for number in range(1, 6):
        scene.has(number, DAY + number).has_start = number != 1
    during(scene, 3, lambda: scene.remove(*scene.sources.records[ORG].values()))
    assert scene.hoop(page_size=1, concurrency=1)["incomplete_reasons"] == ["records_missing"]
    scene.now += HOUR
    assert scene.hoop()["complete"] and len(scene.ids()) == 5


def test_a_gap_closes_also_before_what_the_source_keeps(scene):
    given = {"retention": "30d"}
    lost = scene.has(1, 10 * DAY)
    scene.has(2, 12 * DAY)
    scene.hoop(**given)
    scene.now += 2 * DAY
    scene.hoop(**given)
    scene.remove(lost)
    for _time in range(2):
        scene.now += HOUR
        result = scene.hoop(**given)
    assert result["incomplete_reasons"] == ["beyond_retention"] and len(scene.ids()) == 2


def test_a_gap_closes_whatever_the_clocks_of_two_collectors_say(lacking):
    now = lacking.now
    lacking.now = now + 5 * 60_000
    lacking.hoop(connection="users")
    lacking.now = now + 60_000
    assert lacking.hoop()["complete"] and len(lacking.ids()) == 3 and lacking.judged()["complete"]


@pytest.mark.parametrize("fault", [None, ("killed", 1)])
def test_a_gap_closes_that_nobody_saw_before_the_record_was_stored_again(scene, fault):
    lost = scene.has(1, 20 * DAY)
    scene.has(2, 12 * DAY)
    scene.hoop()
    scene.now += HOUR
    during(scene, 1, lambda: scene.remove(lost))
    scene.run(HOOP, {"endpoint": "http://gw", "token": "t0ken-auditor-a", "start_time": at(NOW - 60 * DAY), "reread": True, "page_size": 1}, fault)
    scene.now += HOUR
    assert scene.hoop()["complete"] and len(scene.ids()) == 2 and scene.judged()["complete"]
