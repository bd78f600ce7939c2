# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings as pages that play them: what is in the page, what no recording can do to it, and what the task refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from reporting import HOSTILE, Page
from tasks import result_of

from ansible_collections.opsaudit.sessions.plugins.module_utils import _download
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording import replay
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.asciicast import (
    Screen,
    screen_of,
    write_cast,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.events import (
    RecordingEvent,
    read_stream,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.formats import open_event_format

EXAMPLES = json.loads((Path(__file__).resolve().parents[2] / "data" / "hoop_sessions.json").read_text("utf-8"))["sessions"]
TERMINAL = EXAMPLES["connect_done_terminal"]["body"]
EXEC = EXAMPLES["exec_done_expanded_raw"]["body"]
#: Whatever the player must get as it is, and the page must not take for its own.
BYTES = [text.encode() for text in HOSTILE] + [
    b"\x00\xff\xc3", b"\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07", b"\x1b]0;title\x07", "\ufffe\U0010ffff\u0085".encode(), b"\r\n\n",
    b"<!--<script>", b"</SCRIPT >",
]


def page_of(events, screen=Screen()):  # noqa: B008
    out = bytearray()
    form = open_event_format("html", out.extend, screen)
    for event in events:
        form.event(event)
    form.end()
    return bytes(out).decode("utf-8")


def data_of(text, name):
    """What an element of the page holds, as it is written."""
    return re.search('<script type="application/json" id="%s">(.*?)</script>' % name, text, re.DOTALL)[1]


def lines_of(text):
    return [json.loads(line) for line in data_of(text, "recording").split("\n")[:-1]]


def cast_of(events, screen):
    return [json.loads(line) for line in "".join(write_cast(events, screen)).split("\n")[:-1]]


@pytest.mark.parametrize("session", [TERMINAL, EXEC], ids=["terminal", "exec"])
def test_it_holds_the_asciicast_and_whose_it_is(session):
    events = list(read_stream(session["event_stream"]))
    screen = screen_of(session, 120, 40)
    text = page_of(events, screen)
    assert lines_of(text) == cast_of(events, screen)
    assert json.loads(data_of(text, "session")) == {
        "id": session["id"], "user": session["user"], "connection": session["connection"], "began": screen.timestamp,
        "version": replay.VERSION,
    }
    assert page_of(events, screen) == text, "the same recording makes the same page"


def test_what_is_not_known():
    text = page_of([])
    assert lines_of(text) == [{"version": 2, "width": 80, "height": 24}]
    reported = json.loads(data_of(text, "session"))
    assert {reported[name] for name in ("id", "user", "connection", "began")} == {None}


def test_nothing_recorded_becomes_markup():
    events = [RecordingEvent(float(number), "o", data) for number, data in enumerate(BYTES)]
    screen = Screen(title=HOSTILE[0] + "\ud800", session_id=HOSTILE[1], user=HOSTILE[2] + "\udfff")
    text = page_of(events, screen)
    page = Page(text)
    assert [tag for tag, _attrs in page.elements] == [
        "html", "head", *["meta"] * 6, "title", "style", "body", "noscript", "main", "script", "script", "script",
    ]
    assert len(page.comments) == 1
    for name in ("session", "recording"):
        assert not re.search("[<>&\x00\u2028\u2029]", data_of(text, name))
    reported = json.loads(data_of(text, "session"))
    assert (reported["connection"], reported["id"], reported["user"]) == (screen.title, screen.session_id, screen.user)
    shown = "".join(line[2] for line in lines_of(text)[1:])
    assert shown == b"".join(BYTES).decode("utf-8", "replace")
    # Nobody could be asked for anything.
    assert not [attrs for _tag, attrs in page.elements if attrs.keys() & {"src", "href", "srcset", "action"} or any(name.startswith("on") for name in attrs)]


def test_the_policy_allows_the_player_and_nothing_else():
    page = Page(page_of([]))
    (script, script_hash), (style, style_hash) = page.inline("script"), page.inline("style")
    assert page.policy() == {
        "default-src": "'none'", "script-src": script_hash + " 'wasm-unsafe-eval'", "style-src": style_hash, "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert page.text.encode().index(b'charset="utf-8"') < 1024, "where browsers look for it"
    assert not re.search(r"\beval\(|new Function", script)
    assert "url(" not in style and "@import" not in style
    for word in ("asciinema-player", "Apache License", "solid-js", "MIT License", "avt"):
        assert word in page.comments[0]


def test_every_event_is_written_as_it_comes():
    parts = []
    form = open_event_format("html", parts.append, Screen())
    for number in range(3):
        before = len(parts)
        form.event(RecordingEvent(float(number), "o", b"x%d" % number))
        assert b'"x%d"' % number in b"".join(parts[before:])
    assert b"</html>" not in b"".join(parts)
    form.end()
    assert b"</html>" in parts[-1]


def gateway(server, session):
    """Answers as a gateway does: the session, and the session with its recording."""
    alone = json.dumps({name: value for name, value in session.items() if name != "event_stream"}).encode()
    server.replies = [(200, {}, alone), (200, {}, json.dumps(session).encode())]


def save(server, dest, **given):
    params = {"source": "hoop_session", "endpoint": server.url, "token": "t0ken", "id": TERMINAL["id"], "format": "html", "dest": str(dest), "retries": 0}
    return result_of(_download.DownloadTask(), {**params, **given.pop("options", {})}, **given)


def test_it_is_saved_once(server, tmp_path):
    path = tmp_path / (TERMINAL["id"] + ".html")
    gateway(server, TERMINAL)
    predicted = save(server, tmp_path, check=True)
    assert not path.exists()
    gateway(server, TERMINAL)
    assert save(server, tmp_path) == predicted
    assert (predicted["dest"], predicted["format"], predicted["size"], predicted["changed"]) == (str(path), "html", path.stat().st_size, True)
    assert path.stat().st_mode & 0o7777 == 0o600 and "warnings" not in predicted
    gateway(server, TERMINAL)
    assert save(server, tmp_path)["changed"] is False
    assert lines_of(path.read_text("utf-8"))[0]["title"] == TERMINAL["connection"]


def test_a_session_without_a_recording(server, tmp_path):
    gateway(server, {**TERMINAL, "event_stream": None, "event_size": 0, "metrics": None})
    outcome = run_task(_download.DownloadTask(), {
        **{name: each.get("default") for name, each in _download.DownloadTask.options.items()}, "source": "hoop_session", "endpoint": server.url,
        "token": "t0ken", "id": TERMINAL["id"], "format": "html", "dest": str(tmp_path),
    }, {})
    assert outcome.warnings == ["Nothing was recorded of session %s." % TERMINAL["id"]]
    assert outcome.result["changed"] is True


@pytest.mark.parametrize("session, options, line", [
    ({**TERMINAL, "connection_subtype": "postgres"}, {}, "the session went through the wire protocol of PostgreSQL, which no terminal can play"),
    ({**TERMINAL, "event_stream": [[0.5, "b", "e30="]]}, {}, "the recording has pictures, which no terminal can play"),
    (TERMINAL, {"max_bytes": 1000}, "the file would be larger than max_bytes, which is 1000"),
])
def test_what_can_not_be_a_page(server, tmp_path, session, options, line):
    gateway(server, session)
    result = save(server, tmp_path, options=options)
    assert result["failed"] is True and line in result["msg"] and result["failure"]["kind"] == "invalid_request"
    assert list(tmp_path.iterdir()) == []


def test_a_checkout_that_is_not_built(server, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, replay.__package__ + ".replay_asset", None)
    monkeypatch.delattr(sys.modules[replay.__package__], "replay_asset", raising=False)
    result = save(server, tmp_path)
    assert "run 'make report' in it first" in result["msg"] and server.count == 0
    gateway(server, TERMINAL)
    assert "failed" not in save(server, tmp_path, options={"format": "cast"})


def test_only_this_format_loads_the_player():
    code = (
        "import sys\n"
        "from ansible_collections.opsaudit.sessions.plugins.module_utils import _download\n"
        "from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording import replay\n"
        "from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.asciicast import Screen\n"
        "from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.formats import open_event_format\n"
        "for name in ('raw', 'txt', 'jsonl', 'csv', 'cast'): open_event_format(name, lambda data: None, Screen()).end()\n"
        "loaded = lambda: [name for name in sys.modules if name.endswith('replay_asset')]\n"
        "assert not loaded()\n"
        "open_event_format('html', lambda data: None, Screen())\n"
        "assert loaded()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
