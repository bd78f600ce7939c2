# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""hoop: what a session is and how it went, which no single field says; and the analysis that lists leave out."""

from __future__ import annotations

import pytest
from fake_wire import refused

from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.endpoints import SOURCE
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.session_state import (
    has_guardrail_match,
    judge_state,
    may_be_ai_block,
    outcome_of,
)

NOW = times.parse_iso("2026-03-02T12:00:00Z")
EXEC = {"verb": "exec", "status": "done", "exit_code": 0, "end_date": "2026-03-02T11:00:00Z"}
OPEN = {"verb": "exec", "status": "open", "exit_code": None, "end_date": None, "metrics": None, "event_size": 0, "review": None}
CREDENTIAL = {**OPEN, "verb": "connect", "status": "done", "metadata": {"credentials_expire_at": "2026-03-04T00:00:00Z"}}
BLOCKED = {"action": "block_execution", "risk_level": "high"}
RULE = [{"rule_name": "r", "direction": "input"}]


def review(status):
    return {"review": {"status": status}}


#: A session, its state, its outcome.
CASES = [
    (EXEC, "finished", "success"),
    ({**EXEC, "exit_code": 3}, "finished", "failure"),
    ({**EXEC, "exit_code": 254, "metrics": {}}, "finished", "failure"),
    ({**EXEC, "exit_code": None}, "finished", "unknown"),
    ({**EXEC, "verb": "connect", "exit_code": 254}, "finished", "unknown"),
    ({**EXEC, "verb": "connect"}, "finished", "success"),
    ({**EXEC, **review("EXECUTED")}, "finished", "success"),
    # Open: a crash of the gateway, an agent that is away, or really under way.
    (OPEN, "running", "running"),
    ({}, "running", "running"),
    ({**OPEN, **review("PROCESSING")}, "running", "running"),
    ({**OPEN, **review("APPROVED")}, "running", "running"),
    ({**OPEN, "end_date": "2026-03-02T11:00:00Z"}, "finished", "unknown"),
    # Not begun.
    ({**OPEN, **review("PENDING")}, "waiting_for_review", "waiting"),
    ({**OPEN, **review("PENDING"), "ai_analysis": {"action": "require_access_request"}}, "waiting_for_review", "waiting"),
    ({**OPEN, "status": "ready", **review("APPROVED")}, "ready", "waiting"),
    ({**OPEN, "status": "ready"}, "ready", "waiting"),
    # Stopped by a reviewer: with somebody who waited, and with nobody.
    ({**EXEC, "exit_code": 254, "event_size": 48, **review("REJECTED")}, "rejected", "blocked"),
    ({**OPEN, "status": "done", **review("REJECTED")}, "rejected", "blocked"),
    ({**OPEN, **review("REJECTED")}, "rejected", "blocked"),
    ({**OPEN, "status": "done", **review("REVOKED")}, "rejected", "blocked"),
    ({**EXEC, "event_size": 9, **review("REVOKED")}, "finished", "success"),
    ({**EXEC, "event_size": 0, **review("REVOKED")}, "finished", "success"),
    # Stopped by a rule or an analysis.
    ({**EXEC, "exit_code": 254, "guardrails_info": RULE}, "blocked", "blocked"),
    ({**EXEC, "exit_code": 254, "ai_analysis": BLOCKED}, "blocked", "blocked"),
    ({**EXEC, "exit_code": 1, "ai_analysis": {"action": "allow_execution"}}, "finished", "failure"),
    # A rule matched, and the session went on.
    ({**EXEC, "guardrails_info": RULE}, "finished", "success"),
    ({**EXEC, "verb": "connect", "metrics": {"ai_analyzer": {"blocked_count": 2}}}, "finished", "success"),
    ({**EXEC, "guardrails_info": []}, "finished", "success"),
    # Credentials: done from the beginning, over when nobody can use them any more.
    (CREDENTIAL, "running", "running"),
    ({**CREDENTIAL, "metadata": {"credentials_expire_at": "2026-03-02T12:00:00.001Z"}}, "running", "running"),
    ({**CREDENTIAL, "metadata": {"credentials_expire_at": "2026-03-02T12:00:00Z"}}, "finished", "unknown"),
    ({**CREDENTIAL, "metadata": {"credentials_expire_at": "some day"}}, "running", "running"),
    ({**CREDENTIAL, "metadata": {**CREDENTIAL["metadata"], "credentials_revoked_at": "2026-03-02T11:30:00Z"}}, "finished", "unknown"),
    ({**CREDENTIAL, "end_date": "2026-03-02T11:30:00Z"}, "finished", "unknown"),
    ({**CREDENTIAL, "metadata": None}, "finished", "unknown"),
    ({**CREDENTIAL, "metadata": "odd"}, "finished", "unknown"),
    ({**CREDENTIAL, **review("PENDING")}, "running", "running"),
]


@pytest.mark.parametrize("session, state, outcome", CASES)
def test_each_session(session, state, outcome):
    assert (judge_state(session, NOW), outcome_of(session, NOW)) == (state, outcome)


def test_the_present_is_taken_where_no_instant_is_given():
    past = {**CREDENTIAL, "metadata": {"credentials_expire_at": "2020-01-01T00:00:00Z"}}
    future = {**CREDENTIAL, "metadata": {"credentials_expire_at": "2999-01-01T00:00:00Z"}}
    assert (judge_state(past), judge_state(future)) == ("finished", "running")


@pytest.mark.parametrize("session, matched", [
    (EXEC, False), ({**EXEC, "guardrails_info": RULE}, True), ({**EXEC, "guardrails_info": []}, False),
    ({**EXEC, "ai_analysis": BLOCKED}, True), ({**EXEC, "ai_analysis": {"action": "allow_execution"}}, False),
    ({**EXEC, "metrics": {"ai_analyzer": {"blocked_count": 2}}}, True),
    ({**EXEC, "metrics": {"ai_analyzer": {"blocked_count": 0}}}, False),
    ({**EXEC, "metrics": {"ai_analyzer": {"blocked_count": "2"}}}, False), ({**EXEC, "metrics": []}, False),
])
def test_a_guardrail_is_found_whatever_the_outcome(session, matched):
    assert has_guardrail_match(session) is matched


LISTED = {**EXEC, "exit_code": 254, "metrics": None, "event_size": 0, "ai_analysis": None, "review": None}


@pytest.mark.parametrize("more, possible", [
    ({}, True), ({"guardrails_info": []}, True), (review("EXECUTED"), True),
    ({"verb": "connect"}, False), ({"exit_code": 1}, False), ({"exit_code": 0}, False), ({"metrics": {}}, False),
    ({"event_size": 9}, False), ({"status": "open"}, False), ({"guardrails_info": RULE}, False), (review("REJECTED"), False),
])
def test_the_shape_of_an_ai_block_in_a_list(more, possible):
    assert may_be_ai_block({**LISTED, **more}) is possible


IDS = ["%d1d337d0-1f45-5203-8630-eccd7c816bf8" % place for place in range(4)]
BASE = {"endpoint": "https://hoop.example.com", "token": "t0ken"}


def gateway(details):
    """Lists four sessions, of which the third has the shape of an AI block."""
    rows = [
        {**(LISTED if place == 2 else EXEC), "id": name, "start_date": "2026-03-02T1%d:00:00Z" % (4 - place), "script": None}
        for place, name in enumerate(IDS)
    ]

    def answer(sent):
        if sent.path == "/api/sessions":
            return {"data": rows, "total": len(rows)}
        assert (sent.path, sent.query) == ("/api/sessions/" + IDS[2], {})
        return details

    return answer


def test_only_the_details_of_what_looks_like_an_ai_block_are_fetched(wire):
    """And only their analysis is taken; the list stays in its order."""
    wire.fixed["/api/userinfo"] = {"id": "a", "role": "admin", "org_id": "o"}
    wire.answer = gateway({**LISTED, "id": IDS[2], "script": {"data": "DROP TABLE orders"}, "ai_analysis": BLOCKED})
    result = wire.result(SOURCE, **BASE)
    assert len(wire.sent) == 2
    assert [record["id"] for record in result["sessions"]] == IDS
    assert [record["session_state"] for record in result["sessions"]] == ["finished", "finished", "blocked", "finished"]
    blocked = result["sessions"][2]
    assert (blocked["ai_analysis"], blocked["script"]) == (BLOCKED, None)


def test_what_no_analysis_blocked_failed_by_itself(wire):
    wire.fixed["/api/userinfo"] = {"id": "a", "role": "admin", "org_id": "o"}
    wire.answer = gateway({**LISTED, "id": IDS[2]})
    assert [record["session_state"] for record in wire.result(SOURCE, **BASE)["sessions"]] == ["finished"] * 4


def test_an_analysis_that_cannot_be_read_is_a_failure_of_its_session(wire):
    wire.fixed["/api/userinfo"] = {"id": "a", "role": "admin", "org_id": "o"}
    listed = gateway(None)
    wire.answer = lambda sent: listed(sent) if sent.path == "/api/sessions" else refused("server")(sent)
    result = wire.result(SOURCE, **BASE, on_error="continue")
    assert result["failed_targets"][0]["target"] == {"id": IDS[2]}
    assert [record["id"] for record in result["sessions"]] == IDS
    assert {record["session_state"] for record in result["sessions"]} == {"finished"}


def test_an_id_that_is_none_is_not_put_into_a_path(wire):
    wire.fixed["/api/userinfo"] = {"id": "a", "role": "admin", "org_id": "o"}
    wire.answer = lambda sent: {"data": [{**LISTED, "id": "../users"}], "total": 1}
    assert wire.result(SOURCE, **BASE)["count"] == 1 and len(wire.sent) == 1


@pytest.mark.parametrize("limit", [1, 2])
def test_a_limit_is_a_limit_of_the_page(wire, limit):
    wire.fixed["/api/userinfo"] = {"id": "a", "role": "admin", "org_id": "o"}
    wire.answer = lambda sent: {"data": [{**EXEC, "id": IDS[place]} for place in range(limit)], "total": 4}
    assert wire.result(SOURCE, **BASE, max_records=limit)["count"] == limit
    assert wire.sent[0].query["limit"] == str(limit)
