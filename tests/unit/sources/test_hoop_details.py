# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""hoop: one session in any of its shapes, and the link to its download."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.endpoints import SOURCE

DATA = json.loads((Path(__file__).resolve().parents[1] / "data" / "hoop_sessions.json").read_text("utf-8"))
EXAMPLES = DATA["sessions"]
BASE = {"endpoint": "https://hoop.example.com", "token": "t0ken"}
ID = "11d337d0-1f45-5203-8630-eccd7c816bf8"

#: What each example is, beyond its status: the session, and its recording.
STATES = {
    "exec_done_plain": ("finished", "not_requested"),
    "exec_done_expanded_raw": ("finished", "present"),
    "exec_done_only_stream_expanded": ("finished", "present"),
    "connect_done_terminal": ("finished", "present"),
    "connect_done_terminal_utf8_undecodable": ("finished", "decoded_here"),
    "exec_running": ("running", "partial"),
    "exec_blocked_guardrails": ("blocked", "present"),
    "exec_waiting_review": ("waiting_for_review", "not_requested"),
    "connect_review_rejected": ("rejected", "not_requested"),
    "machine_identity_postgres_wire_binary": ("finished", "present"),
    "machine_identity_postgres_raw_queries": ("finished", "present"),
    "machine_identity_postgres_raw_queries_none": ("finished", "empty"),
    "exec_done_utf8": ("finished", "present"),
    "exec_done_base64": ("finished", "present"),
    "connect_big_metrics_truncated": ("finished", "not_requested"),
    "exec_error_exit_code": ("finished", "present"),
    "exec_recording_lost": ("finished", "lost"),
    "reviewer_without_stream_right": ("finished", "withheld"),
    "old_gateway_1_44": ("finished", "not_requested"),
}


def options_of(example):
    query = parse_qs(urlsplit(example["request"].partition(" ")[2]).query)
    options = {"id": [example["body"]["id"]]}
    if "expand" in query:
        options["expand"] = query["expand"][0].split(",")
    if "event_stream" in query:
        options["event_stream"] = query["event_stream"][0]
    return options


def test_no_example_is_left_out():
    assert STATES.keys() == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example(wire, name):
    """The request of the example, and the record: nothing added but the two states, nothing lost."""
    example = EXAMPLES[name]
    raw = EXAMPLES["connect_done_terminal"]["body"]

    def answer(sent):
        undecodable = name.endswith("undecodable") and "event_stream" not in sent.query
        return raw if undecodable else example["body"]

    wire.answer = answer
    result = wire.result(SOURCE, **BASE, **options_of(example))
    path, _mark, query = example["request"].partition(" ")[2].replace("{id}", example["body"]["id"]).partition("?")
    assert (wire.sent[0].method, wire.sent[0].path) == ("GET", path)
    assert wire.sent[0].query == {name: value for name, (value,) in parse_qs(query).items()}
    (record,) = result["sessions"]
    session_state, stream_state = STATES[name]
    assert (record.pop("session_state"), record.pop("event_stream_state")) == (session_state, stream_state)
    if stream_state == "decoded_here":
        assert {**record, "event_stream": None} == {**raw, "event_stream": None}
    else:
        assert record == example["body"]


def test_the_recording_is_decoded_here_where_the_gateway_cannot(wire):
    """Control characters, and a character that is cut in two by an event's end."""
    bodies = {name: EXAMPLES["connect_done_terminal" + name]["body"] for name in ("", "_utf8_undecodable")}
    wire.answer = lambda sent: bodies["_utf8_undecodable" if "event_stream" in sent.query else ""]
    outcome = wire.run(SOURCE, **BASE, id=[bodies[""]["id"]], event_stream="utf8")
    assert [sent.query for sent in wire.sent] == [
        {"expand": "event_stream", "event_stream": "utf8"}, {"expand": "event_stream"},
    ]
    (record,) = outcome.result["sessions"]
    (text,) = record["event_stream"]
    assert text == (
        "\x1b[?2004hdeploy@web-03:~$ ls\r\n\x1b[0m\x1b[01;34mreleases\x1b[0m  invoice-\u20ac.txt\r\n"
        "\x07logout\r\nclient disconnected"
    )
    assert outcome.result["count"] == 1
    assert len(outcome.warnings) == 1 and bodies[""]["id"] in outcome.warnings[0]


@pytest.mark.parametrize("options, query", [
    ({}, {}),
    ({"expand": []}, {}),
    ({"expand": ["event_stream"]}, {"expand": "event_stream"}),
    ({"expand": ["session_input"]}, {"expand": "session_input"}),
    ({"expand": ["event_stream", "session_input"]}, {"expand": "event_stream,session_input"}),
    ({"expand": ["event_stream", "event_stream"]}, {"expand": "event_stream"}),
    ({"event_stream": "utf8"}, {"expand": "event_stream", "event_stream": "utf8"}),
    ({"event_stream": "base64"}, {"expand": "event_stream", "event_stream": "base64"}),
    ({"event_stream": "raw-queries"}, {"expand": "event_stream", "event_stream": "raw-queries"}),
    ({"event_stream": "base64", "expand": ["session_input"]},
     {"expand": "event_stream,session_input", "event_stream": "base64"}),
    ({"event_stream": "base64", "expand": ["event_stream"]}, {"expand": "event_stream", "event_stream": "base64"}),
])
def test_expansion_and_rendering(wire, options, query):
    """The gateway ignores a rendering without the expansion; lists are one parameter."""
    wire.answer = lambda sent: {"id": ID}
    wire.result(SOURCE, **BASE, id=[ID], **options)
    assert wire.sent[0].path == "/api/sessions/" + ID
    assert wire.sent[0].query == query
    assert wire.limits == [64 * 2**20]


def test_a_recording_that_one_may_not_see_is_reported(wire):
    wire.answer = lambda sent: {"id": ID, "event_size": 88, "status": "done"}
    outcome = wire.run(SOURCE, **BASE, id=[ID], expand=["event_stream"])
    assert outcome.warnings == ["Session %s has a recording, but these credentials may not see it." % ID]


@pytest.mark.parametrize("stream, size, state", [
    ([], 0, "empty"), ([""], 0, "empty"), (None, 0, "empty"), (None, 5, "empty"), ([[0.1, "o", "eA=="]], 1, "present"), (["x"], 1, "present"),
])
def test_every_shape_of_a_recording(wire, stream, size, state):
    wire.answer = lambda sent: {"id": ID, "status": "done", "event_stream": stream, "event_size": size}
    outcome = wire.run(SOURCE, **BASE, id=[ID], expand=["event_stream"])
    (record,) = outcome.result["sessions"]
    assert (record["event_stream_state"], record["event_stream"]) == (state, stream)
    assert outcome.warnings == []


@pytest.mark.parametrize("session, state", [
    ({"status": "open"}, "running"), ({"status": "ready"}, "ready"), ({"status": "done"}, "finished"),
    ({"status": "open", "review": {"status": "PENDING"}}, "waiting_for_review"),
    ({"status": "open", "review": {"status": "PROCESSING"}}, "running"),
    ({"status": "ready", "review": {"status": "APPROVED"}}, "ready"),
    ({"status": "open", "review": {"status": "REJECTED"}}, "rejected"),
    ({"status": "done", "review": {"status": "REVOKED"}, "event_size": 0}, "rejected"),
    ({"status": "done", "review": {"status": "REVOKED"}, "event_size": 9}, "finished"),
    ({"status": "open", "end_date": "2026-03-02T14:03:12Z"}, "finished"),
    ({"status": "done", "guardrails_info": [{}], "exit_code": 254}, "blocked"),
    ({"status": "done", "guardrails_info": [{}], "exit_code": 0}, "finished"), ({}, "running"),
])
def test_what_a_status_alone_does_not_tell(wire, session, state):
    wire.answer = lambda sent: {"id": ID, **session}
    assert wire.result(SOURCE, **BASE, id=[ID])["sessions"][0]["session_state"] == state


def test_several_sessions_in_the_order_given(wire):
    ids = [ID, ID.upper(), "22d337d0-1f45-5203-8630-eccd7c816bf8"]
    wire.answer = lambda sent: {"id": sent.path.rpartition("/")[2].lower()}
    result = wire.result(SOURCE, **BASE, id=ids)
    assert [record["id"] for record in result["sessions"]] == [each.lower() for each in ids]
    assert (result["count"], result["total"], result["complete"]) == (3, None, True)


LINK = DATA["other"]["download_link"]["body"]


@pytest.mark.parametrize("endpoint", ["https://hoop.example.com", "https://example.com/hoop/", "http://10.0.0.1:8009/x/api"])
def test_a_link_is_rebuilt_on_the_endpoint_that_was_asked(wire, endpoint):
    wire.answer = lambda sent: LINK
    result = wire.result(
        SOURCE, endpoint=endpoint, token="t0ken", id=[ID], extension="csv", newline=True, event_time=False,
        events=["o", "e"],
    )
    base = endpoint.rstrip("/").removesuffix("/api")
    assert wire.sent[0].url == base + "/api/sessions/%s?event-time=0&events=o%%2Ce&extension=csv&newline=1" % ID
    assert result["downloads"] == [{
        "id": ID, "expire_at": "2026-03-02T09:19:08.904117331Z",
        "download_url": "%s/api/sessions/%s/download?%s" % (base, ID, urlsplit(LINK["download_url"]).query),
    }]
    assert (result["sessions"], result["count"]) == ([], 1)


@pytest.mark.parametrize("options, query", [
    ({}, {}), ({"newline": False}, {"newline": "0"}), ({"event_time": True}, {"event-time": "1"}),
    ({"events": ["i"]}, {"events": "i"}), ({"events": []}, {}),
])
def test_only_what_was_asked_for_is_sent(wire, options, query):
    wire.answer = lambda sent: LINK
    wire.result(SOURCE, **BASE, id=[ID], extension="txt", **options)
    assert wire.sent[0].query == {"extension": "txt", **query}


@pytest.mark.parametrize("answer", [
    {}, [], None, {"download_url": "", "expire_at": "x"}, {"download_url": "https://x/y?token=1"}, {"id": ID},
    {"download_url": "https://x/y", "expire_at": "x"}, {"download_url": 7, "expire_at": "x"},
])
def test_an_answer_without_a_link(wire, answer):
    wire.answer = lambda sent: answer
    assert wire.failure(SOURCE, **BASE, id=[ID], extension="txt")["failure"]["kind"] == "protocol"


@pytest.mark.parametrize("body", [
    {}, [], "x", None, {"id": ""}, {"id": None}, {"data": []}, {"id": "22d337d0-1f45-5203-8630-eccd7c816bf8"},
])
def test_an_answer_that_is_no_such_session(wire, body):
    wire.answer = lambda sent: body
    failure = wire.failure(SOURCE, **BASE, id=[ID])["failure"]
    assert (failure["kind"], failure["target"]) == ("protocol", {"id": ID})


@pytest.mark.parametrize("options, reported", [
    ({"id": ["x"]}, "id: 'x' is not a UUID"),
    ({"id": [ID + "/download"]}, "id"), ({"id": ["../users"]}, "id"), ({"id": [ID + "\n"]}, "id"), ({"id": [" " + ID]}, "id"),
    ({"id": [ID], "user": "u"}, "user: no filter goes with id"),
    ({"id": [ID], "extension": "a/b"}, "extension: 'a/b' is not 1 to 16 letters and digits"),
    ({"id": [ID], "extension": "x" * 17}, "extension"),
    ({"id": [ID], "extension": "csv", "expand": ["event_stream"]}, "extension: excludes expand"),
    ({"id": [ID], "extension": "csv", "event_stream": "utf8"}, "extension: excludes event_stream"),
    ({"id": [ID], "events": ["o"]}, "events: only with extension"),
    ({"id": [ID], "newline": False, "event_time": False}, "newline, event_time: only with extension"),
])
def test_what_cannot_be_right_is_refused_before_any_request(wire, options, reported):
    assert wire.refusal(SOURCE, **BASE, **options).startswith(reported)
