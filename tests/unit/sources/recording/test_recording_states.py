# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings that are withheld, a part, lost, or not there: what is saved, and what is said about it."""

from __future__ import annotations

import base64
import json

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils import _download
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.state import judge_recording

ID = "11d337d0-1f45-5203-8630-eccd7c816bf8"
DONE = {"id": ID, "verb": "exec", "status": "done", "exit_code": 0, "end_date": "2026-03-02T09:14:08Z", "metrics": {"event_size": 9}, "event_size": 9}
RUNNING = {**DONE, "status": "open", "exit_code": None, "end_date": None, "metrics": None, "event_size": 0}
#: Of a gateway that was started anew over its data, or of a recording that never was.
UNSIZED = {**DONE, "event_size": 0}
LOST = {**DONE, "exit_code": 254, "metrics": {}, "event_size": 0}
FORBIDDEN = {"message": "user is not allowed to stream this session"}
ALL = ["raw", "txt", "jsonl", "csv", "cast"]
#: What a file holds in which there is no event.
NOTHING = {"csv": '"time","type","text","base64"\r\n', "cast": '{"version": 2, "width": 80, "height": 24}\n'}


def event(letter, text, when=0.0):
    return [when, letter, base64.b64encode(text.encode()).decode()]


PLACEHOLDER = event("e", "no log found on disk", 0)


@pytest.fixture
def gateway(server):
    """A gateway with one session, its events, and an answer to who wants the result stream."""

    class Gateway:
        def has(self, session, events=None, result=(200, b"")):
            self.session, self.stream, self.result = session, events, result
            server.replies = [self.reply]
            return self

        def reply(self, handler):
            path = handler.path
            if "/result/stream" in path:
                status, body = self.result
            elif "expand=event_stream" in path:
                status, body = 200, {**self.session, **({} if self.stream is None else {"event_stream": self.stream})}
            else:
                status, body = 200, self.session
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            handler.send_response_only(status)
            handler.send_header("Content-Length", str(len(data)))
            handler.send_header("Connection", "close")
            handler.end_headers()
            handler.wfile.write(data)

        def save(self, tmp_path, form, **more):
            options = _download.DownloadTask.options
            params = {name: each.get("default") for name, each in options.items()}
            return run_task(_download.DownloadTask(), {
                **params, "source": "hoop_session", "endpoint": server.url, "token": "t0ken", "id": ID, "format": form, "retries": 0,
                "dest": str(tmp_path / "saved"), **more,
            }, {})

    return Gateway()


def content(tmp_path):
    return (tmp_path / "saved").read_bytes().decode()


@pytest.mark.parametrize("form", ALL)
def test_a_lost_recording_is_not_its_placeholder(gateway, tmp_path, form):
    gateway.has(LOST, [PLACEHOLDER], (200, b"no log found on disk"))
    outcome = gateway.save(tmp_path, form)
    assert outcome.warnings == ["The recording of session %s is lost: the gateway keeps only a placeholder." % ID]
    assert content(tmp_path) == NOTHING.get(form, "")


@pytest.mark.parametrize("session, events", [
    ({**LOST, "metrics": {"event_size": 20}}, [PLACEHOLDER]),
    (LOST, [PLACEHOLDER, event("o", "more", 1)]), (LOST, [event("o", "first"), PLACEHOLDER]),
    (LOST, [event("o", "no log found on disk", 0)]), (LOST, [event("e", "no log found on disk", 0.5)]),
])
def test_what_only_looks_like_a_placeholder_is_saved(gateway, tmp_path, session, events):
    outcome = gateway.has(session, events).save(tmp_path, "jsonl")
    assert outcome.warnings == []
    rows = [json.loads(line) for line in content(tmp_path).splitlines()]
    assert [row["text"] for row in rows] == [base64.b64decode(each[2]).decode() for each in events]


@pytest.mark.parametrize("form", ALL)
@pytest.mark.parametrize("session", [DONE, UNSIZED, RUNNING])
def test_a_recording_that_is_withheld_is_no_empty_one(gateway, tmp_path, form, session):
    gateway.has(session, None, (403, FORBIDDEN))
    failure = gateway.save(tmp_path, form).result["failure"]
    assert (failure["kind"], failure["status"]) == ("permission", 403)
    assert failure["message"] == "these credentials may see the session, but not its recording"
    assert not (tmp_path / "saved").exists()


@pytest.mark.parametrize("form", ALL)
def test_what_the_result_stream_lets_through_was_not_recorded(gateway, tmp_path, form):
    outcome = gateway.has(UNSIZED).save(tmp_path, form)
    assert outcome.warnings == ["Nothing was recorded of session %s." % ID]
    assert content(tmp_path) == NOTHING.get(form, "")


@pytest.mark.parametrize("size, kind", [(9, "permission"), (0, None)])
def test_an_old_gateway_says_it_by_the_size(gateway, tmp_path, size, kind):
    """Before 1.50 there is no result stream."""
    outcome = gateway.has({**DONE, "event_size": size}, None, (404, b"404 page not found")).save(tmp_path, "jsonl")
    assert (outcome.result["failure"]["kind"] if kind else outcome.warnings) == (kind or ["Nothing was recorded of session %s." % ID])


@pytest.mark.parametrize("form", ALL)
def test_a_gateway_that_was_started_anew_has_recordings_without_a_size(gateway, tmp_path, form):
    gateway.has(UNSIZED, [event("o", "kept\n")], (200, b"kept\n"))
    outcome = gateway.save(tmp_path, form)
    assert outcome.warnings == [] and "kept" in content(tmp_path)


def test_a_recording_without_a_size_that_has_other_events(gateway, tmp_path):
    outcome = gateway.has(UNSIZED, [event("i", "SELECT 1")]).save(tmp_path, "txt")
    assert outcome.warnings == ["The recording of session %s has no events of the types o, e; it has 1 of type i." % ID]


@pytest.mark.parametrize("form", ALL)
def test_a_session_that_runs_has_a_part(gateway, tmp_path, form):
    gateway.has(RUNNING, [event("o", "so far")], (200, b"so far"))
    outcome = gateway.save(tmp_path, form)
    assert outcome.warnings == ["Session %s is still running: this is its recording so far." % ID]
    assert "so far" in content(tmp_path)


@pytest.mark.parametrize("form", ALL)
def test_a_session_that_has_just_begun_has_nothing_yet(gateway, tmp_path, form):
    outcome = gateway.has(RUNNING, []).save(tmp_path, form)
    (warning,) = outcome.warnings
    assert warning.startswith("Nothing is stored of session %s so far" % ID)


@pytest.mark.parametrize("session", [{**RUNNING, "review": {"status": "PENDING"}}, {**RUNNING, "status": "ready"}])
def test_a_session_that_did_not_run_has_no_recording(gateway, tmp_path, session):
    assert gateway.has(session).save(tmp_path, "raw").warnings == ["Nothing was recorded of session %s: it did not run." % ID]


@pytest.mark.parametrize("session, state", [
    ({**DONE, "event_stream": [event("o", "x")]}, "present"), ({**DONE, "event_stream": ["x"]}, "present"),
    ({**RUNNING, "event_stream": [event("o", "x")]}, "partial"), ({**RUNNING, "event_stream": []}, "empty"),
    ({**LOST, "event_stream": [PLACEHOLDER]}, "lost"), ({**LOST, "event_stream": ["no log found on disk"]}, "lost"),
    ({**LOST, "event_stream": ["bm8gbG9nIGZvdW5kIG9uIGRpc2s="]}, "lost"),
    ({**DONE, "event_stream": ["no log found on disk"]}, "present"), ({**LOST, "event_stream": [7]}, "present"),
    ({**DONE, "event_stream": None}, "empty"), ({**DONE, "event_stream": [""]}, "empty"),
    (DONE, "withheld"), (UNSIZED, "unknown"), (RUNNING, "unknown"),
    ({**RUNNING, "status": "ready"}, "empty"), ({**UNSIZED, "review": {"status": "REJECTED"}}, "empty"),
])
def test_each_state(session, state):
    assert judge_recording(session) == state
