# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Baidu Cloud Assistant: every parameter and constraint of its document, as requests and records."""

from __future__ import annotations

import pytest
from fake_wire import NOW

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.endpoints import SOURCE

KEYS = {"access_key": "AK", "secret_key": "SK"}
HOST = "http://ca.bj.baidubce.com"
RUN = "r-N0UrpENajU7kQ2xB"


def page(*rows, total=None):
    return {"requestId": "q", "code": "success",
            "result": {"pageNo": 1, "pageSize": 100, "totalCount": len(rows) if total is None else total, "data": list(rows)}}


def run(name, kind="COMMAND", state="SUCCESS"):
    return {"id": name, "state": state, "action": {"type": kind}, "createdTimestamp": 1711100286503}


def empty(sent):
    return page()


def test_everything_is_two_listings(wire):
    wire.answer = lambda sent: page(run("r-" + sent.body["action"]["type"]))
    result = wire.result(SOURCE, **KEYS, concurrency=1)
    assert [(sent.method, sent.url) for sent in wire.sent] == [("POST", HOST + "/v1/ca/actionRun/list")] * 2
    assert [sent.body for sent in wire.sent] == [
        {"action": {"type": kind}, "ascending": False, "pageNo": 1, "pageSize": 100, "endTime": NOW}
        for kind in ("COMMAND", "FILE_UPLOAD")
    ]
    assert all(sent.headers["Content-Type"] == "application/json" for sent in wire.sent)
    assert [record["id"] for record in result["action_runs"]] == ["r-COMMAND", "r-FILE_UPLOAD"]
    assert (result["count"], result["total"]) == (2, 2)


def test_times_are_integers_in_milliseconds(wire):
    wire.answer = empty
    wire.result(SOURCE, **KEYS, type=["COMMAND"], start_time="1711100283", end_time="2024-03-22T09:38:06.503Z")
    assert wire.sent[0].body["startTime"] == 1711100283000
    assert wire.sent[0].body["endTime"] == 1711100286503


@pytest.mark.parametrize("options, action, kinds", [
    ({"action_id": "c-1"}, {"id": "c-1"}, ["COMMAND"]),
    ({"name": "backup"}, {"name": "backup"}, ["COMMAND"]),
    ({"filename": "a.txt"}, {"fileUpload": {"filename": "a.txt"}}, ["FILE_UPLOAD"]),
    ({"name": "backup", "type": ["COMMAND"]}, {"name": "backup"}, ["COMMAND"]),
    ({"type": ["FILE_UPLOAD"]}, {}, ["FILE_UPLOAD"]),
    ({"type": ["FILE_UPLOAD", "COMMAND", "COMMAND"]}, {}, ["COMMAND", "FILE_UPLOAD"]),
])
def test_filters_of_one_type_leave_out_the_other(wire, options, action, kinds):
    wire.answer = empty
    wire.result(SOURCE, **KEYS, **options, concurrency=1)
    assert [sent.body["action"] for sent in wire.sent if sent.body["pageSize"] > 1] == [{"type": kind, **action} for kind in kinds]


@pytest.mark.parametrize("options", [
    {"name": "x", "filename": "y"}, {"filename": "y", "type": ["COMMAND"]}, {"action_id": "c-1", "type": ["FILE_UPLOAD"]},
])
def test_filters_that_leave_nothing_are_reported(wire, options):
    assert "exclude each other" in wire.refusal(SOURCE, **KEYS, **options)


@pytest.mark.parametrize("states, sent_state", [
    (["FAILED"], "FAILED"), (["RUNNING"], "RUNNING"), (["SUCCESS"], "SUCCESS"), (["PARTIAL_FAILED"], None),
    (["PENDING"], None), (["FAILED", "RUNNING"], None), ([], None), (["FAILED", "FAILED"], "FAILED"),
])
def test_the_source_filters_one_state_and_the_rest_is_filtered_here(wire, states, sent_state):
    every = [run("r-%s" % state, state=state) for state in ("FAILED", "RUNNING", "SUCCESS", "PARTIAL_FAILED", "PENDING", "NEW")]

    def answer(sent):
        asked = sent.body.get("state")
        return page(*[each for each in every if asked in (None, each["state"])])

    wire.answer = answer
    result = wire.result(SOURCE, **KEYS, type=["COMMAND"], state=states)
    assert wire.sent[0].body.get("state") == sent_state
    expected = list(dict.fromkeys(states)) or [each["state"] for each in every]
    assert sorted(record["state"] for record in result["action_runs"]) == sorted(expected)


def test_ascending(wire):
    wire.answer = empty
    wire.result(SOURCE, **KEYS, type=["COMMAND"], ascending=True)
    assert wire.sent[0].body["ascending"] is True


def test_pages_by_number(wire):
    def answer(sent):
        first = (sent.body["pageNo"] - 1) * sent.body["pageSize"]
        return page(*[run("r-%d" % each) for each in range(first, min(first + sent.body["pageSize"], 250))], total=250)

    wire.answer = answer
    result = wire.result(SOURCE, **KEYS, type=["COMMAND"], concurrency=1)
    assert [(sent.body["pageNo"], sent.body["pageSize"]) for sent in wire.sent] == [(1, 100), (2, 100), (3, 100)]
    assert [record["id"] for record in result["action_runs"]] == ["r-%d" % each for each in range(250)]


def details(children=1, **more):
    rows = [{"id": "d-%d" % each, "state": "SUCCESS", "createdTimestamp": 1711100287000, "output": {"exitCode": 0}}
            for each in range(children)]

    def answer(sent):
        first = (int(sent.query["pageNo"]) - 1) * int(sent.query["pageSize"])
        return {"code": "success", "result": {
            "id": sent.query["id"], "state": "SUCCESS", "createdTimestamp": 1711100286503,
            "action": {"type": "COMMAND", "command": {"execParams": {"myKey": "A1", "other_key": "x"}}},
            "children": rows[first : first + int(sent.query["pageSize"])], "totalCount": children, **more,
        }}

    return answer


def test_details_with_all_children(wire):
    wire.answer = details(250)
    result = wire.result(SOURCE, **KEYS, id=[RUN], concurrency=1)
    assert [sent.url for sent in wire.sent] == [
        HOST + "/v1/ca/actionRun?id=%s&pageNo=%d&pageSize=100" % (RUN, number) for number in (1, 2, 3)
    ]
    assert all(sent.method == "GET" and sent.body is None for sent in wire.sent)
    (record,) = result["action_runs"]
    assert [child["id"] for child in record["children"]] == ["d-%d" % each for each in range(250)]
    assert record["created_timestamp_iso"] == "2024-03-22T09:38:06.503Z"
    assert record["children"][0]["created_timestamp_iso"] == "2024-03-22T09:38:07.000Z"
    assert record["children"][0]["output"] == {"exit_code": 0}
    assert record["total_count"] == 250
    assert (result["count"], result["total"], result["complete"]) == (1, None, True)


def test_the_users_own_keys_are_left_alone(wire):
    wire.answer = details()
    (record,) = wire.result(SOURCE, **KEYS, id=[RUN])["action_runs"]
    assert record["action"]["command"] == {"exec_params": {"myKey": "A1", "other_key": "x"}}


@pytest.mark.parametrize("options, more", [
    ({"child_state": "FAILED"}, "childRunState=FAILED&"), ({"with_log": True}, ""), ({"with_log": False}, ""), ({}, ""),
])
def test_options_of_the_details(wire, options, more):
    wire.answer = details()
    wire.result(SOURCE, **KEYS, id=[RUN], **options)
    log = "&withLog=true" if options.get("with_log") else ""
    assert wire.sent[0].url == HOST + "/v1/ca/actionRun?%sid=%s&pageNo=1&pageSize=100%s" % (more, RUN, log)


def test_children_of_every_run_listed(wire):
    listed = {**run("r-1"), "statistics": {"totalTargetCount": 1}}

    def answer(sent):
        return page(listed, run("r-2")) if sent.method == "POST" else details(2)(sent)

    wire.answer = answer
    result = wire.result(SOURCE, **KEYS, type=["COMMAND"], children=True, child_state="FAILED", with_log=True)
    assert [record["id"] for record in result["action_runs"]] == ["r-1", "r-2"]
    assert [len(record["children"]) for record in result["action_runs"]] == [2, 2]
    assert result["action_runs"][0]["statistics"] == {"total_target_count": 1}
    assert wire.sent[1].query == {
        "id": "r-1", "pageNo": "1", "pageSize": "100", "childRunState": "FAILED", "withLog": "true",
    }
    assert (result["count"], result["total"], result["requests"]) == (2, 2, 3)


ENVELOPES = [
    ({"code": "success"}, True), ({"code": "Success"}, True), ({"code": "SUCCESS", "success": False}, True),
    ({"success": True}, True), ({"code": None, "success": True}, True), ({"code": "", "success": True}, True),
    ({"code": 0, "success": True}, True), ({}, False), ({"code": ""}, False), ({"success": "true"}, False),
    ({"success": False}, False), ({"code": 0}, False), ({"code": "OK"}, False), ({"code": "AccessDenied"}, False),
    ({"code": "Failed", "success": True}, False),
]


@pytest.mark.parametrize("envelope, good", ENVELOPES)
def test_only_a_success_is_one(wire, envelope, good):
    wire.answer = lambda sent: {"result": page()["result"], **envelope}
    outcome = wire.run(SOURCE, **KEYS, type=["COMMAND"]).result
    assert outcome.get("failed", False) is not good
    if not good:
        assert outcome["failure"]["code"] == (envelope.get("code") or None)


@pytest.mark.parametrize("code, kind", [
    ("AccessDenied", "permission"), ("OptInRequired", "permission"), ("InvalidAccessKeyId", "auth"),
    ("SignatureDoesNotMatch", "auth"), ("InternalError", "server"), ("Whatever", "protocol"),
])
def test_a_failure_in_a_good_answer_has_the_sources_words(wire, code, kind):
    wire.answer = lambda sent: {"requestId": "q-1", "code": code, "message": "because", "success": False}
    failure = wire.failure(SOURCE, **KEYS, type=["COMMAND"])["failure"]
    assert (failure["kind"], failure["code"], failure["message"]) == (kind, code, "because")


@pytest.mark.parametrize("answer", [None, [], "text", 1, {"code": "success"}, {"code": "success", "result": []},
                                    {"code": "success", "result": {"totalCount": 2}}])
def test_a_success_without_its_list(wire, answer):
    wire.answer = lambda sent: answer
    assert wire.failure(SOURCE, **KEYS, type=["COMMAND"])["failure"]["kind"] == "protocol"


@pytest.mark.parametrize("result", [None, [], {}, {"id": ""}, {"id": "r-Another", "children": []}])
def test_details_of_something_else(wire, result):
    wire.answer = lambda sent: {"code": "success", "result": result}
    assert wire.failure(SOURCE, **KEYS, id=[RUN])["failure"]["kind"] == "protocol"


@pytest.mark.parametrize("options, reported", [
    ({"id": ["x"]}, "id: 'x' is not an id that begins with r-"),
    ({"id": ["r-"]}, "id"), ({"id": ["r-a b"]}, "id"), ({"id": ["r-a\n"]}, "id"),
    ({"id": [RUN], "name": "x"}, "name: no filter goes with id"),
    ({"id": [RUN], "state": ["FAILED"], "filename": "x"}, "filename, state: no filter goes with id"),
    ({"child_state": "FAILED"}, "child_state"), ({"with_log": True}, "child_state, with_log: only with id or children"),
    ({"start_time": "now"}, "start_time"), ({"start_time": "-1h", "end_time": "-2h"}, "start_time"),
    ({"region": "b/j"}, "region"),
    ({"region": "bej"}, "region: 'bej' is not one of bd, bj, cd, fwh, gz, hkg, su, yq (did you mean bj? For any other, set endpoint)"),
])
def test_what_cannot_be_right_is_refused_before_any_request(wire, options, reported):
    assert wire.refusal(SOURCE, **KEYS, **options).startswith(reported)
