# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""hoop: the list of sessions, its filters, and the way past its largest offset."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from fake_wire import NOW

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.endpoints import SOURCE

DATA = json.loads((Path(__file__).resolve().parents[1] / "data" / "hoop_sessions.json").read_text("utf-8"))
BASE = {"endpoint": "https://hoop.example.com", "token": "t0ken"}
#: The window that is sent if none was given: all there is, up to the last full second before the task began.
ALWAYS = {"start_date": "1970-01-01T00:00:00Z", "end_date": "2026-04-01T00:00:00Z", "count": "capped",
          "limit": "100", "offset": "0"}
ADMIN = {"id": "admin@example.com", "role": "admin", "org_id": "b79ff037-d0ed-5c31-84f8-95d42c0e5426"}
EMPTY = {"data": [], "total": 0, "total_is_capped": False, "has_next_page": False}


@pytest.fixture(autouse=True)
def viewer(wire):
    wire.fixed["/api/userinfo"] = ADMIN


def test_everything(wire):
    wire.answer = lambda sent: EMPTY
    wire.result(SOURCE, **BASE)
    (sent,) = wire.sent
    assert sent.url == (
        "https://hoop.example.com/api/sessions?count=capped&end_date=2026-04-01T00%3A00%3A00Z"
        "&limit=100&offset=0&start_date=1970-01-01T00%3A00%3A00Z"
    )
    assert (sent.method, sent.headers, sent.body) == ("GET", {"Authorization": "Bearer t0ken"}, None)


@pytest.mark.parametrize("options, query", [
    ({"user": "auth0|64f0"}, {"user": "auth0|64f0"}),
    ({"connection": "my_db"}, {"connection": "my_db"}),
    ({"type": "database"}, {"type": "database"}),
    ({"review_status": "PENDING"}, {"review.status": "PENDING"}),
    ({"review_approver": "a@example.com"}, {"review.approver": "a@example.com"}),
    ({"jira_issue_key": ["OPS-1", "OPS-2"]}, {"jira_issue_key": "OPS-1,OPS-2"}),
    ({"batch_id": "b-1"}, {"batch_id": "b-1"}),
    ({"correlation_id": "awx 7"}, {"correlation_id": "awx 7"}),
    ({"start_time": "2026-03-01T01:00:00+01:00"}, {"start_date": "2026-03-01T00:00:00Z"}),
    ({"end_time": "2026-03-02"}, {"end_date": "2026-03-02T00:00:00Z"}),
    ({"end_time": "2026-03-02T00:00:00.001Z"}, {"end_date": "2026-03-02T00:00:01Z"}),
    ({"start_time": "2026-03-02T00:00:00.999Z"}, {"start_date": "2026-03-02T00:00:00Z"}),
    ({"page_size": 7}, {"limit": "7"}),
    ({"user": "ana@example.com"}, {}),
    ({"user": "", "jira_issue_key": []}, {}),
])
def test_every_filter(wire, options, query):
    wire.answer = lambda sent: EMPTY
    wire.result(SOURCE, **BASE, **options)
    assert wire.sent[0].query == {**ALWAYS, **query}


@pytest.mark.parametrize("option, field", [("user", "user_id"), ("connection", "connection"), ("type", "type")])
def test_patterns_are_not_taken_for_names(wire, option, field):
    """The gateway takes _ for any character: here it is one."""
    rows = [{"id": str(place), field: value} for place, value in enumerate(("my_db", "my-db", "my_dbx", None, "MY_DB"))]
    wire.answer = lambda sent: {"data": rows, "total": 5}
    result = wire.result(SOURCE, **BASE, **{option: "my_db"})
    assert [record["id"] for record in result["sessions"]] == ["0"]


def test_the_review_status_is_compared_within_the_review(wire):
    rows = [{"id": "0", "review": None}, {"id": "1", "review": {"status": "PENDING"}}, {"id": "2", "review": {"status": "X"}}]
    wire.answer = lambda sent: {"data": rows, "total": 3}
    result = wire.result(SOURCE, **BASE, review_status="PENDING")
    assert [record["id"] for record in result["sessions"]] == ["1"]


def test_fractions_of_a_second_are_compared_here(wire):
    rows = [{"id": str(place), "start_date": at} for place, at in enumerate((
        "2026-03-02T00:00:01Z", "2026-03-02T00:00:00.5Z", "2026-03-02T00:00:00.499999Z", "2026-03-01T00:00:00Z",
    ))]
    wire.answer = lambda sent: {"data": rows, "total": 4}
    result = wire.result(SOURCE, **BASE, start_time="2026-03-02T00:00:00.5Z", end_time="2026-03-02T00:00:00.9Z")
    assert [record["id"] for record in result["sessions"]] == ["1"]


@pytest.mark.parametrize("name", ["list_page", "list_count_none", "list_old_gateway"])
def test_the_answers_of_old_and_new_gateways(wire, name):
    """Totals that are capped, null, or of a gateway that knows neither."""
    body = dict(DATA["other"][name]["body"])
    wire.answer = lambda sent: body if sent.query["offset"] == "0" else {**body, "data": []}
    result = wire.result(SOURCE, **BASE)
    assert [record["id"] for record in result["sessions"]] == [row["id"] for row in body["data"]]
    assert all(record["session_state"] for record in result["sessions"])
    assert "event_stream_state" not in result["sessions"][0]


class Gateway:
    """Sessions, newest first, so many per second; offsets above the largest are refused; totals are capped."""

    def __init__(self, count, per_second, largest=10_000):
        newest = datetime(2026, 3, 31, tzinfo=timezone.utc)
        self.rows = [
            {"id": "%05d" % each,
             "start_date": (newest - timedelta(seconds=each // per_second, microseconds=each % per_second))
             .isoformat().replace("+00:00", "Z")}
            for each in range(count)
        ]
        self.largest = largest
        self.ends = set()

    def __call__(self, sent):
        offset, limit, end = int(sent.query["offset"]), int(sent.query["limit"]), sent.query["end_date"]
        assert offset <= self.largest, "422"
        self.ends.add(end)
        rows = [row for row in self.rows if row["start_date"][:19] + "Z" <= end]
        capped = len(rows) > self.largest
        return {"data": rows[offset : offset + limit], "total": min(len(rows), self.largest), "total_is_capped": capped,
                "has_next_page": offset + limit < len(rows)}


@pytest.mark.parametrize("count, per_second, largest", [
    (12_000, 1, 10_000), (12_000, 3, 10_000), (1_200, 7, 1_000), (2_700, 60, 1_000), (10_000, 1, 10_000),
])
def test_past_the_largest_offset(wire, count, per_second, largest, monkeypatch):
    """The list is begun anew at the oldest session seen, to the second, and every session comes once."""
    from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import OffsetLimit
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop import endpoints as hoop

    gateway = Gateway(count, per_second, largest)
    wire.answer = gateway
    short = hoop.SESSIONS._replace(paging=OffsetLimit(max_offset=largest))
    result = wire.result(SOURCE._replace(endpoints=((None, short),)), **BASE)
    assert sorted(record["id"] for record in result["sessions"]) == sorted(row["id"] for row in gateway.rows)
    assert (result["complete"], result["incomplete_reasons"]) == (True, [])
    assert (len(gateway.ends) > 1) is (count > largest)


def test_too_many_sessions_in_one_second(wire):
    from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import OffsetLimit
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop import endpoints as hoop

    wire.answer = Gateway(1_000, 1_000, 500)
    short = hoop.SESSIONS._replace(paging=OffsetLimit(max_offset=500))
    result = wire.result(SOURCE._replace(endpoints=((None, short),)), **BASE)
    assert 500 <= result["count"] < 1_000
    assert result["incomplete_reasons"] == ["source_limit"]


@pytest.mark.parametrize("start", [None, "soon", 7])
def test_sessions_whose_start_cannot_be_read_lead_no_further(wire, start):
    from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import OffsetLimit
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop import endpoints as hoop

    gateway = Gateway(1_000, 1, 500)

    def answer(sent):
        body = gateway(sent)
        return {**body, "data": [{**row, "start_date": start} for row in body["data"]]}

    wire.answer = answer
    short = hoop.SESSIONS._replace(paging=OffsetLimit(max_offset=500))
    result = wire.result(SOURCE._replace(endpoints=((None, short),)), **BASE)
    assert result["incomplete_reasons"] == ["source_limit"]
    assert 500 <= result["count"] < 1_000


def test_the_list_is_pinned_to_the_start_of_the_task(wire):
    wire.answer = Gateway(250, 1)
    wire.result(SOURCE, **BASE, now=NOW)
    assert {sent.query["end_date"] for sent in wire.sent} == {"2026-04-01T00:00:00Z"}


@pytest.mark.parametrize("options, reported", [
    ({"jira_issue_key": ["A-1,A-2"]}, "jira_issue_key: 'A-1,A-2' is not a key without commas"),
    ({"expand": ["event_stream"]}, "expand: only with id"),
    ({"event_stream": "utf8"}, "event_stream: only with id"),
    ({"extension": "csv"}, "extension: only with id"),
    ({"newline": True}, "newline: only with extension"),
    ({"start_time": "2026-03-02", "end_time": "2026-03-01"}, "start_time"),
])
def test_what_cannot_be_right_is_refused_before_any_request(wire, options, reported):
    assert wire.refusal(SOURCE, **BASE, **options).startswith(reported)
