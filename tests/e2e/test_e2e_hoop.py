# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""hoop: what a session's details tell apart, its recording in every rendering, links, filters."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import HOOP, PATHS
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

#: What is asked and what comes back, whatever ansible-core runs the task.
pytestmark = pytest.mark.any_core

DONE = "11d337d0-1f45-5203-8630-eccd7c816bf8"
BATCH = "d77c8aad-8141-541d-bb14-4ae97364580a"
TERMINAL = "4ea8f841-e7a2-5275-b70e-85e3cf35ee71"
RUNNING = "d5d95cef-2790-5f7d-89bc-b30f8b62b35e"
BLOCKED = "971bd689-670c-5afe-b995-9ea627faea25"
WAITING = "6adb9dcf-e868-5071-b56b-7576d2cb8a89"
REJECTED = "43b02559-be55-5ed0-a0b1-fe8b43962754"
READY = "2b6f7f86-7a4e-5c0e-8d57-3b1d6f0f9a21"
REVIEWED = "c3d929f1-3c57-5066-aa92-0651c9530902"
WIRE = "8c36643f-e176-5459-9696-706b782421e7"
WIRE_EMPTY = "8f729371-bdfc-57cb-9846-e8e26682164e"
LOST = "73098717-0ae3-51e9-bd02-b1ed03061bfa"
RECORDED = " count \n-------\n   318\n(1 row)\n\nTime: 11.402 ms\n"


def test_states_of_sessions_and_recordings(tasks):
    ids = [DONE, RUNNING, BLOCKED, WAITING, REJECTED, READY, TERMINAL, LOST]
    reviewer = {"token": credentials.HOOP_REVIEWER_TOKEN, "id": REVIEWED}
    scenes = {
        "plain": tasks.scene(HOOP, id=ids),
        "expanded": tasks.scene(HOOP, id=ids, expand="event_stream"),
        "reviewer": tasks.scene(HOOP, **reviewer, expand="event_stream"),
        "reviewer plain": tasks.scene(HOOP, **reviewer),
        "reviewer link": tasks.scene(HOOP, **reviewer, extension="txt"),
        "stranger": tasks.scene(HOOP, id=DONE, token=credentials.HOOP_STRANGER_TOKEN),
        "list": tasks.scene(HOOP),
    }
    run = tasks.both(scenes)
    for name in set(scenes) - {"expanded"}:
        run.same(name)
    states = {
        DONE: "finished", RUNNING: "running", BLOCKED: "blocked", WAITING: "waiting_for_review", REJECTED: "rejected",
        READY: "ready", TERMINAL: "finished", LOST: "finished",
    }
    plain = run["action/plain"].ok()["sessions"]
    assert {session["id"]: session["session_state"] for session in plain} == states
    assert [session["id"] for session in plain] == ids
    assert all("event_stream" not in session and session["event_stream_state"] == "not_requested" for session in plain)
    listed = {session["id"]: session["session_state"] for session in run["action/list"].ok()["sessions"]}
    assert {key: listed[key] for key in states} == states
    for path in PATHS:
        expanded = {session["id"]: session for session in run[path + "/expanded"].ok()["sessions"]}
        assert {key: session["event_stream_state"] for key, session in expanded.items()} == {
            DONE: "present", RUNNING: "partial", BLOCKED: "present", WAITING: "empty", REJECTED: "empty", READY: "empty",
            TERMINAL: "present", LOST: "lost",
        }
        # The gateway leaves the input out unless both are asked for.
        assert expanded[DONE]["script"] == {"data": ""}
        withheld = run[path + "/reviewer"].ok()
        assert withheld["sessions"][0]["event_stream_state"] == "withheld"
        assert len(withheld["warnings"]) == 1 and REVIEWED in withheld["warnings"][0]
        assert "warnings" not in run[path + "/reviewer plain"].ok()
        for name in ("reviewer link", "stranger"):
            assert run["%s/%s" % (path, name)].failure["kind"] == "permission"


def test_renderings(tasks):
    scenes = {
        "utf8": tasks.scene(HOOP, id=DONE, event_stream="utf8"),
        "base64": tasks.scene(HOOP, id=DONE, event_stream="base64"),
        "raw": tasks.scene(HOOP, id=DONE, expand=["event_stream"]),
        "queries": tasks.scene(HOOP, id=WIRE, event_stream="raw-queries"),
        "no query": tasks.scene(HOOP, id=WIRE_EMPTY, event_stream="raw-queries"),
        "input": tasks.scene(HOOP, id=BATCH, expand="session_input"),
        "both": tasks.scene(HOOP, id=BATCH, expand=["event_stream", "session_input"], event_stream="utf8"),
        "neither": tasks.scene(HOOP, id=BATCH),
        "undecodable": tasks.scene(HOOP, id=[DONE, TERMINAL], event_stream="utf8", expand="session_input"),
    }
    run = tasks.both(scenes)

    def session(name, place=0):
        return run.same(name).ok()["sessions"][place]

    assert session("utf8")["event_stream"] == [RECORDED]
    assert base64.b64decode(session("base64")["event_stream"][0]).decode() == RECORDED
    raw = session("raw")["event_stream"]
    assert [event[:2] for event in raw] == [[0.412907115, "o"], [0.413551902, "o"]]
    assert b"".join(base64.b64decode(event[2]) for event in raw).decode() == RECORDED
    queries = session("queries")["event_stream"]
    assert queries and all(kind == "i" for _time, kind, _payload in queries)
    assert session("no query")["event_stream"] is None
    assert session("no query")["event_stream_state"] == "empty"
    assert "orders" in session("input")["script"]["data"] and "event_stream" not in session("input")
    assert "orders" in session("both")["script"]["data"] and session("both")["event_stream"] == [RECORDED]
    assert session("neither")["script"] == session("input")["script"]

    # Without the options the request has no query; a rendering expands the stream; one parameter holds both.
    (plain,) = run["action/neither"].log
    assert plain["target"] == "/api/sessions/" + BATCH
    (rendered,) = run["action/utf8"].log
    assert sorted(rendered["target"].partition("?")[2].split("&")) == ["event_stream=utf8", "expand=event_stream"]
    (both,) = run["action/both"].log
    assert "expand=event_stream%2Csession_input" in both["target"] or "expand=event_stream,session_input" in both["target"]

    reported = run.same("undecodable").ok()
    first, second = reported["sessions"]
    assert (first["id"], first["event_stream_state"]) == (DONE, "present")
    assert (second["id"], second["event_stream_state"]) == (TERMINAL, "decoded_here")
    (text,) = second["event_stream"]
    assert "invoice-" in text
    assert "\x1b[" in text and "unable to decode" not in text and "client disconnected" in text
    assert len(reported["warnings"]) == 1 and TERMINAL in reported["warnings"][0]
    # The script was asked for as well, and is not lost on the way.
    assert "orders" in first["script"]["data"]


@pytest.mark.parametrize("base_path", ["", "/gw"])
def test_downloads(tasks, emulator, base_path):
    before = [("config", {"base_path": base_path})]
    endpoint = tasks.urls["hoop"] + base_path
    keywords = {"endpoint": endpoint + "/", "id": [DONE, BATCH]}
    scenes = {
        "all": tasks.scene(
            HOOP, before, **keywords, extension="txt", newline=True, event_time=True, events=["i", "o"]
        ),
        "json": tasks.scene(HOOP, before, **keywords, extension="json", newline=False),
        "query": tasks.scene(HOOP, before, **keywords, extension="txt", query="[].id"),
    }
    run = tasks.scenes(scenes)
    result = run["all"].ok()
    assert result["sessions"] == [] and result["count"] == 2
    assert [set(each) for each in result["downloads"]] == [{"id", "download_url", "expire_at"}] * 2
    assert [each["id"] for each in result["downloads"]] == [DONE, BATCH]
    query = run["all"].log[0]["target"].partition("?")[2]
    assert sorted(query.replace("%2C", ",").split("&")) == ["event-time=1", "events=i,o", "extension=txt", "newline=1"]
    assert sorted(run["json"].log[0]["target"].partition("?")[2].split("&")) == ["extension=json", "newline=0"]
    assert run["query"].ok()["result"] == [DONE, BATCH]

    # A link of the last scene that returned some is gone: the reset forgets it. So ask again, and use it.
    emulator.reset()
    emulator.config(base_path=base_path)
    asked = tasks.command(
        tasks.bin / "ansible", "module", "-m", "opsaudit.sessions.hoop_session_info", "-o",
        "-a", json.dumps({"endpoint": endpoint, "token": credentials.HOOP_TOKEN, "id": DONE, "extension": "txt"}),
    )
    assert asked.code == 0, asked.output
    (link,) = json.loads(asked.stdout.partition("=> ")[2])["downloads"]
    assert link["download_url"].startswith("%s/api/sessions/%s/download?token=" % (endpoint, DONE))
    with urllib.request.urlopen(link["download_url"], timeout=10) as answer:
        assert answer.read().decode() == RECORDED
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(link["download_url"], timeout=10)


def test_filters(tasks, emulator):
    seed = [("seed", {"dialect": "hoop", "count": 1200, "keep": True})]
    user = "auth0|77aa01"
    filters = {
        "user": ({"user": user}, lambda s: s["user_id"] == user),
        "connection": ({"connection": "my_db"}, lambda s: s["connection"] == "my_db"),
        "type": ({"type": "database"}, lambda s: s["type"] == "database"),
        "review_status": ({"review_status": "PENDING"}, lambda s: (s["review"] or {}).get("status") == "PENDING"),
        "jira_issue_key": (
            {"jira_issue_key": ["OPS-4001", "ops-4002", "OPS-4003"]},
            lambda s: (s["integrations_metadata"] or {}).get("jira_issue_key") in ("OPS-4001", "OPS-4002", "OPS-4003"),
        ),
        "batch_id": ({"batch_id": "batch-003"}, lambda s: s.get("session_batch_id") == "batch-003"),
        "correlation_id": ({"correlation_id": "awx-job-90817"}, lambda s: s.get("correlation_id") == "awx-job-90817"),
        "window": (
            {"start_time": "2026-03-10T06:00:00Z", "end_time": "2026-03-11T06:00:00.5Z"},
            lambda s: "2026-03-10T06:00:00" <= s["start_date"] <= "2026-03-11T06:00:00.5Z",
        ),
        "end alone": ({"end_time": "2026-03-11"}, lambda s: s["start_date"] < "2026-03-11"),
        "review_approver": (
            {"review_approver": "sam.okoye@example.com"},
            lambda s: any(group["group"] == "security" for group in (s["review"] or {}).get("review_groups_data", ())),
        ),
    }
    scenes = {name: tasks.scene(HOOP, seed, **given) for name, (given, _test) in filters.items()}
    scenes["all"] = tasks.scene(HOOP, seed)
    run = tasks.scenes(scenes)
    sessions = run["all"].ok()["sessions"]
    assert len(sessions) == 1218
    for name, (_given, test) in filters.items():
        found = [session["id"] for session in run[name].ok()["sessions"]]
        assert found == [session["id"] for session in sessions if test(session)], name
        assert run[name].ok()["complete"] is True and found, name
