# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose records these are, who looked through what, and what somebody deleted: examples, one by one."""

from __future__ import annotations

import pytest
from archive_checks import DAY
from archive_scene import HOUR, ORG, RUNS, Scene, reasons
from sim_sources import BCC, HOOP, Place


@pytest.fixture
def scene():
    made = Scene()
    yield made
    made.close()


# Two accounts of Baidu.

def test_another_accounts_key_is_refused_before_any_request_and_takes_nothing_away(scene):
    run = scene.has(1, HOUR, RUNS, is_open=True)
    assert scene.baidu()["added"] == 1
    refused = scene.run(BCC, {"access_key": "AK-other-1", "secret_key": "s3cret-s3cret", "region": "bj"})
    assert refused["failed"] and "account: missing" in refused["msg"] and "account: default" in refused["msg"]
    assert not scene.wire.sent
    assert scene.outcome(run) == "running"


def test_another_account_has_a_scope_of_its_own_though_its_ids_are_the_same(scene):
    other = Place(BCC, "account=acme,region=bj,type=COMMAND")
    run = scene.has(1, HOUR, RUNS, is_open=True)
    scene.has(1, HOUR, other)
    assert scene.baidu()["added"] == 1
    result = scene.baidu("AK-other-1", account="acme")
    assert (result["added"], result["complete"]) == (1, True)
    assert scene.ids() == [(other.key, run.id), (RUNS.key, run.id)]
    assert {each["outcome"] for each in scene.query("SELECT outcome FROM record WHERE scope_key = '%s'" % RUNS.key)} == {"running"}


def test_a_rotated_key_goes_on_under_its_account(scene):
    scene.has(1, HOUR, RUNS)
    scene.baidu()
    scene.now += HOUR
    result = scene.baidu("AK-first-2", account="default")
    assert (result["added"], result["unchanged"], result["complete"]) == (0, 0, True)
    assert scene.baidu("AK-first-2")["complete"] is True


def test_a_key_is_refused_under_another_name(scene):
    scene.baidu()
    refused = scene.run(BCC, {"access_key": "AK-first-1", "secret_key": "s3cret-s3cret", "account": "acme", "region": "bj"})
    assert refused["failed"] and "write account: default" in refused["msg"]


def test_a_session_token_needs_an_account(scene):
    refused = scene.run(BCC, {"access_key": "AK-first-1", "secret_key": "s3cret-s3cret", "security_token": "t" * 20, "region": "bj"})
    assert refused["failed"] and refused["msg"].startswith("account: missing")
    assert not scene.wire.sent


# Viewers and organizations of hoop.

def test_what_a_limited_viewer_sees_is_a_part_and_an_auditor_adds_the_rest(scene):
    scene.has(1, HOUR, user="ana")
    scene.has(2, HOUR, user="bob")
    result = scene.hoop("ana")
    assert (result["added"], result["complete"]) == (1, True)
    assert result["coverage"][0]["view"] == {"viewer": "ana"}
    judged = scene.judged()
    assert (judged["complete"], reasons(judged)) == (False, ["partial_view"])
    result = scene.hoop()
    assert (result["added"], result["unchanged"], result["complete"]) == (1, 1, True)
    assert scene.judged()["complete"] is True


def test_a_limited_viewers_window_is_read_again_each_time(scene):
    scene.hoop("ana")
    scene.has(1, 20 * DAY, user="ana")
    assert scene.hoop("ana")["added"] == 1


def test_two_organizations_behind_one_url_are_two_scopes(scene):
    scene.has(1, HOUR)
    scene.has(1, HOUR, Place(HOOP, "org=org-b"))
    assert scene.hoop()["added"] == 1
    result = scene.hoop("auditor-b")
    assert (result["added"], result["complete"], result["coverage"][0]["scope"]) == (1, True, {"org": "org-b"})


# Deleted by hand.

@pytest.mark.parametrize("count", [1, 3])
def test_rows_that_are_deleted_are_missed_by_every_reader_and_come_back(scene, count):
    records = [scene.has(number, HOUR * number) for number in range(1, 5)]
    scene.hoop()
    assert scene.judged()["complete"] is True
    scene.remove(*records[:count])
    judged = scene.judged()
    assert (judged["complete"], reasons(judged)) == (False, ["records_missing"])
    scene.now += HOUR
    result = scene.hoop()
    assert (result["added"], result["complete"], result["gaps"]) == (count, True, [])
    assert scene.judged()["complete"] is True


def test_what_the_source_has_no_more_leaves_the_gap_open(scene):
    record = scene.has(1, HOUR)
    scene.hoop()
    scene.remove(record)
    del scene.sources.records[ORG][record.id]
    result = scene.hoop()
    assert (result["complete"], result["incomplete_reasons"], reasons(result)) == (False, ["records_missing"], ["records_missing"])
    assert scene.judged()["complete"] is False


# Views.

def test_filters_that_would_read_alike_are_two_views_of_one_scope(scene):
    scene.has(1, HOUR)
    scene.hoop(connection="orders,type=database")
    scene.hoop(connection="orders", type="database")
    views = {each["view"] for each in scene.query("SELECT view FROM coverage")}
    assert views == {"connection=orders%2Ctype%3Ddatabase", "connection=orders,type=database"}


def test_one_record_is_one_row_whoever_read_it_through_whatever(scene):
    record = scene.has(1, HOUR)
    scene.hoop(connection="orders")
    scene.hoop("ana")
    scene.hoop()
    assert scene.ids() == [(ORG.key, record.id)]
    assert scene.judged()["files"][0]["count"] == 1


@pytest.mark.parametrize("url", ["http://GW:80", "HTTP://gw/", "http://gw/api", "https://gw"])
def test_a_gateways_url_is_no_part_of_the_scope(scene, url):
    record = scene.has(1, HOUR)
    scene.hoop()
    result = scene.hoop(endpoint=url, reread=True)
    assert (result["added"], result["unchanged"]) == (0, 1)
    assert scene.ids() == [(ORG.key, record.id)]


# An answer of something on the way.

def test_a_list_that_is_empty_is_looked_at_twice(scene):
    scene.has(1, HOUR)
    scene.sources.emptied = 1
    result = scene.hoop()
    assert (result["added"], result["complete"]) == (1, True)


def test_a_filter_on_what_changes_later_misses_nothing(scene):
    """A run that did not match yet when its window was read."""
    scene.has(1, 2 * HOUR, RUNS)
    later = scene.has(2, HOUR, RUNS, is_open=True)
    assert scene.baidu(state=["SUCCESS"])["added"] == 1
    later.finish(scene.now)
    scene.now += HOUR
    result = scene.baidu(state=["SUCCESS"])
    assert result["complete"] and result["added"] == 1 and len(scene.ids()) == 2
