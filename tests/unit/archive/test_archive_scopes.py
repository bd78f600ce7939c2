# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose records these are, who looked through what, and how long a proof is believed: examples, one by one."""

from __future__ import annotations

import pytest
from archive_model import DAY, Model
from fake_wire import NOW as BEGIN
from sim_sources import BCC, HOOP, VIEWERS, Place, Record
from tasks import result_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times
from ansible_collections.opsaudit.sessions.plugins.module_utils._export.task import ExportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.task import ReportTask
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

HOUR = DAY // 24
NOW = BEGIN // 1000 * 1000
ORG, RUNS = Place(HOOP, "org=org-a"), Place(BCC, "region=bj,type=COMMAND")


class Scene(Model):
    """Sources and a store, for one example."""

    def has(self, number, age, place=ORG, user="ana", target="orders", is_open=False, **more):
        """A record that began some time ago."""
        record = Record(place, number, self.now - age, user, target, is_open, **more)
        self.sources.add(record)
        return record

    def hoop(self, viewer="auditor-a", **given):
        self.sources.look_as(VIEWERS[viewer])
        return self._done(HOOP, {"endpoint": "http://gw", "token": "t0ken-" + viewer, **given})

    def baidu(self, key="AK-first-1", **given):
        return self._done(BCC, {"access_key": key, "secret_key": "s3cret-s3cret", "region": "bj", "type": ["COMMAND"], **given})

    def _done(self, source, given):
        result = self.run(source, {"start_time": at(NOW - 60 * DAY), **given})
        assert not result.get("failed"), result
        return result

    def judged(self, source=HOOP, first=NOW - 60 * DAY, last=None):
        """What export and report say of a window; both say the same."""
        given = {
            "store": self.store, "sources": [source], "start_time": at(first), "end_time": at(self.now if last is None else last),
        }
        exported = result_of(ExportTask(), {**given, "dest": str(self.folder / "export")}, now=self.now)
        reported = result_of(ReportTask(), {**given, "dest": str(self.folder / "report.html")}, now=self.now)
        assert (exported["complete"], exported["gaps"]) == (reported["complete"], reported["gaps"])
        return exported

    def query(self, statement):
        return rows(self.store, statement)

    def ids(self):
        return sorted((each["scope_key"], each["record_id"]) for each in self.query("SELECT scope_key, record_id FROM record"))

    def outcome(self, record):
        return self.query("SELECT outcome FROM record WHERE record_id = '%s'" % record.id)[0]["outcome"]

    def remove(self, *records):
        import sqlite3

        with sqlite3.connect(self.store) as connection:
            connection.executemany("DELETE FROM record WHERE record_id = ?", [(each.id,) for each in records])
        connection.close()

    def details_asked(self):
        return [sent for sent in self.wire.sent if sent.path.endswith("/actionRun") or "/api/sessions/" in sent.path]


def at(instant):
    return str(times.to_iso(instant, "ms"))


@pytest.fixture
def scene():
    made = Scene()
    made.now = NOW
    yield made
    made.close()


def reasons(result):
    return sorted({reason for gap in result["gaps"] for reason in gap["reasons"]})


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
    views = [each["view"] for each in scene.query("SELECT view FROM coverage")]
    assert sorted(views) == ["connection=orders%2Ctype%3Ddatabase", "connection=orders,type=database"]


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


def test_children_that_the_source_has_no_more_are_named(scene):
    scene.has(1, HOUR, RUNS)
    lost = scene.has(2, HOUR, RUNS)
    scene.baidu()
    del scene.sources.records[RUNS][lost.id]
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
    assert [sent.query["start_date"] for sent in scene.wire.sent] == [times.to_unit(NOW - 600_000, "rfc3339")]


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
    for number in range(5):
        scene.has(number, DAY + number)
    scene.hoop()
    scene.now += HOUR
    scene.sources.records.clear()
    result = scene.hoop(reread=True)
    assert (result["gone"], result["complete"], len(scene.ids())) == (5, True, 5)
