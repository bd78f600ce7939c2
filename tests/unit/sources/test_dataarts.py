# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DataArts Fabric: every parameter and constraint of its document, as requests and records."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.dataarts.endpoints import SOURCE

WORKSPACE = "0470d220-aaaa-410e-a417-0d69a0215683"
ENDPOINT = "1b2c3d4e-aaaa-410e-a417-0d69a0215683"
BASE = {"region": "cn-north-4", "token": "t0ken"}
URL = "https://fabric-ep.cn-north-4.myhuaweicloud.com/v1/workspaces/%s/sessions" % WORKSPACE

EXAMPLE = {
    "sessions": [{
        "session_id": "d5d0c1a5-aaaa-4d10-8f6f-1d3c2b1a0f9e", "status": "RUINNG",
        "create_time": "2025-07-22T08:42:39.000+00:00", "endpoint_info": {"id": ENDPOINT, "name": "sql_endpoint"},
    }],
    "total": 1,
}
EMPTY = {"sessions": [], "total": 0}


def test_the_documents_example(wire):
    wire.answer = lambda sent: EXAMPLE
    result = wire.result(SOURCE, **BASE, workspace_id=[WORKSPACE])
    (sent,) = wire.sent
    assert (sent.method, sent.url) == ("GET", URL + "?limit=100&offset=0")
    assert sent.headers == {"X-Auth-Token": "t0ken"}
    assert result["sql_sessions"] == [{
        "session_id": "d5d0c1a5-aaaa-4d10-8f6f-1d3c2b1a0f9e", "status": "RUINNG",
        "create_time": "2025-07-22T08:42:39.000+00:00", "endpoint_info": {"id": ENDPOINT, "name": "sql_endpoint"},
        "workspace_id": WORKSPACE,
    }]


def test_every_filter(wire):
    wire.answer = lambda sent: EMPTY
    wire.result(
        SOURCE, **BASE, workspace_id=[WORKSPACE], endpoint_id=ENDPOINT, status=["RUNNING"], session_id="s-1", page_size=7
    )
    assert wire.sent[0].url == URL + "?endpoint_id=%s&limit=7&offset=0&session_id=s-1&status=RUNNING" % ENDPOINT


@pytest.mark.parametrize("filters", [{"endpoint_id": ""}, {"session_id": ""}, {"status": []}])
def test_an_empty_filter_is_none(wire, filters):
    wire.answer = lambda sent: EMPTY
    wire.result(SOURCE, **BASE, workspace_id=[WORKSPACE], **filters)
    assert wire.sent[0].query == {"limit": "100", "offset": "0"}


def test_one_listing_per_status_in_the_order_of_a_sessions_life(wire):
    """One after the other: who moves on meanwhile is seen twice and not missed, and reported once."""
    def answer(sent):
        assert wire.most_in_flight == 1
        status = sent.query["status"]
        rows = [{"session_id": "moves on", "status": status}] if status in ("WAITING", "CLOSED") else []
        return {"sessions": rows, "total": len(rows)}

    wire.answer = answer
    statuses = ["FAIL", "CLOSED", "RUNNING", "WAITING", "CREATING", "CLOSED"]
    result = wire.result(SOURCE, **BASE, workspace_id=[WORKSPACE], status=statuses)
    assert [sent.query["status"] for sent in wire.sent] == ["CREATING", "WAITING", "RUNNING", "CLOSED", "FAIL"]
    assert [record["status"] for record in result["sql_sessions"]] == ["CLOSED"]


def test_workspaces_are_distinguished(wire):
    wire.answer = lambda sent: EXAMPLE
    result = wire.result(SOURCE, **BASE, workspace_id=["w-1", "w-2"], status=["RUNNING", "CLOSED"])
    assert [record["workspace_id"] for record in result["sql_sessions"]] == ["w-1", "w-2"]
    assert result["requests"] == 4


@pytest.mark.parametrize("window, kept", [
    ({}, 3), ({"start_time": "2025-07-22T08:42:39Z"}, 2), ({"end_time": "2025-07-22T08:42:39Z"}, 1),
    ({"start_time": "2025-07-22T08:42:39Z", "end_time": "2025-07-22T08:42:40Z"}, 1),
    ({"start_time": "1753173759000", "end_time": "1753173760"}, 1),
])
def test_the_window_of_time_is_applied_here(wire, window, kept):
    rows = [
        {"session_id": "a", "create_time": "2025-07-22T08:42:38.999+00:00"},
        {"session_id": "b", "create_time": "2025-07-22T16:42:39.000+08:00"},
        {"session_id": "c", "create_time": "2025-07-22T09:42:39.000+00:00"},
    ]
    wire.answer = lambda sent: {"sessions": rows, "total": 3}
    result = wire.result(SOURCE, **BASE, workspace_id=[WORKSPACE], **window)
    assert result["count"] == kept
    assert wire.sent[0].query == {"limit": "100", "offset": "0"}


def test_many_sessions(wire):
    def answer(sent):
        first, limit = int(sent.query["offset"]), int(sent.query["limit"])
        assert first <= 1_000_000_000 and 1 <= limit <= 100
        return {"sessions": [{"session_id": str(each)} for each in range(first, min(2503, first + limit))], "total": 2503}

    wire.answer = answer
    result = wire.result(SOURCE, **BASE, workspace_id=[WORKSPACE])
    assert [record["session_id"] for record in result["sql_sessions"]] == [str(each) for each in range(2503)]
    assert (result["total"], result["complete"], result["requests"]) == (2503, True, 26)


@pytest.mark.parametrize("options, reported", [
    ({"workspace_id": ["w/x"]}, "workspace_id: 'w/x' is not 1 to 36 letters, digits and hyphens"),
    ({"workspace_id": ["w" * 37]}, "workspace_id"),
    ({"workspace_id": ["w\n"]}, "workspace_id"),
    ({"workspace_id": [".."]}, "workspace_id"),
    ({"endpoint_id": "a b"}, "endpoint_id"),
    ({"session_id": "a?b"}, "session_id"),
    ({"start_time": "2025-01-02", "end_time": "2025-01-01"}, "start_time"),
    ({"start_time": "-1h", "end_time": "-2h"}, "start_time"),
    ({"region": "eu-west-0"}, "region: 'eu-west-0' is not one of cn-north-4, cn-southwest-2 (for any other, set endpoint"),
])
def test_what_cannot_be_right_is_refused_before_any_request(wire, options, reported):
    assert wire.refusal(SOURCE, **{**BASE, "workspace_id": [WORKSPACE], **options}).startswith(reported)


def test_no_project_is_needed(wire):
    """There is none in the path; with a key pair it is a header if it was given."""
    wire.answer = lambda sent: EMPTY
    keys = {"region": "cn-north-4", "access_key": "AK", "secret_key": "SK"}
    wire.result(SOURCE, **keys, workspace_id=[WORKSPACE])
    wire.result(SOURCE, **keys, workspace_id=[WORKSPACE], project_id="0" * 32)
    assert [sent.headers.get("X-Project-Id") for sent in wire.sent] == [None, "0" * 32]
