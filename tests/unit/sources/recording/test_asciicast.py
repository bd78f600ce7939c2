# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asciicasts: what they say, and that asciinema plays them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.filter.to_asciicast import to_asciicast
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.asciicast import (
    Screen,
    explain_not_playable,
    write_cast,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.events import RecordingEvent

EXAMPLES = json.loads((Path(__file__).resolve().parents[2] / "data" / "hoop_sessions.json").read_text("utf-8"))["sessions"]
TERMINAL = EXAMPLES["connect_done_terminal"]["body"]
EXEC = EXAMPLES["exec_done_expanded_raw"]["body"]


def lines_of(text):
    assert text.endswith("\n")
    header, *events = (json.loads(line) for line in text[:-1].split("\n"))
    return header, events


def made(*events, **screen):
    return lines_of("".join(write_cast(events, Screen(**screen))))


def test_the_header():
    header, _events = lines_of(to_asciicast(TERMINAL, width=120, height=40))
    assert header == {"version": 2, "width": 120, "height": 40, "timestamp": 1772445600, "title": "web-03-ssh"}
    assert lines_of(to_asciicast([]))[0] == {"version": 2, "width": 80, "height": 24}


def test_a_terminal():
    _header, events = lines_of(to_asciicast(TERMINAL))
    assert {code for _time, code, _text in events} == {"o"}
    text = "".join(text for _time, _code, text in events)
    assert "invoice-€.txt\r\n" in text and text.endswith("client disconnected")
    _header, typed = lines_of(to_asciicast(TERMINAL, events=["i"]))
    assert {code for _time, code, _text in typed} == {"i"}


def test_what_ran_without_a_terminal_gets_its_returns():
    text = "".join(text for _time, _code, text in lines_of(to_asciicast(EXEC))[1])
    assert "\r\n" in text and "\n" not in text.replace("\r\n", "")


@given(st.lists(st.text("\r\nx", max_size=4), max_size=6))
def test_returns_whatever_the_events_end_with(texts):
    events = [RecordingEvent(0.0, "o", text.encode()) for text in texts]
    played = "".join(text for _time, _code, text in made(*events, bare_lines=True)[1])
    whole = "".join(texts)
    assert played.replace("\r\n", "\n") == whole.replace("\r\n", "\n")
    assert "\n" not in played.replace("\r\n", "")


@given(st.lists(st.builds(RecordingEvent, st.floats(-5, 1e6), st.sampled_from("ioe"), st.binary(max_size=5)), max_size=10))
def test_time_never_goes_back(events):
    played = made(*events)[1]
    times = [time for time, _code, _text in played]
    assert times == sorted(times) and all(time >= 0 for time in times)
    for code, types in (("i", "i"), ("o", "oe")):
        whole = b"".join(event.data for event in events if event.type in types).decode("utf-8", "replace")
        assert "".join(text for _time, each, text in played if each == code) == whole


@pytest.mark.parametrize("session, reason", [
    ({"verb": "connect", "type": "database", "connection_subtype": "postgres"}, "PostgreSQL"),
    ({"verb": "connect", "type": "custom", "connection_subtype": "rdp"}, "desktop"),
    ({"verb": "connect", "type": "tcp"}, "TCP"),
    ({"event_stream": [[0.5, "b", "e30="]]}, "pictures"),
    ({"event_stream": "x"}, "list"),
    ("text", "list"),
])
def test_what_cannot_be_played_is_refused_in_one_line(session, reason):
    with pytest.raises(AnsibleFilterError, match=reason) as caught:
        to_asciicast(session)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("session", [
    {}, {"verb": "exec", "connection_subtype": "postgres"}, {"verb": "connect", "connection_subtype": "ssh", "type": "application"},
    {"verb": "connect", "connection_subtype": ["odd"]},
])
def test_what_can_be_played(session):
    assert explain_not_playable(session) is None


@pytest.mark.parametrize("command", [("cat",), ("play", "--speed", "1000", "--idle-time-limit", "0.01")])
@pytest.mark.parametrize("session", [TERMINAL, EXEC], ids=["terminal", "exec"])
def test_asciinema_shows_the_recording(tmp_path, command, session):
    path = tmp_path / "session.cast"
    path.write_text(to_asciicast(session), "utf-8")
    shown = subprocess.run(
        [sys.executable, "-m", "asciinema", *command, str(path)], stdin=subprocess.DEVNULL, capture_output=True, timeout=30,
        env={"LC_ALL": "C.UTF-8", "HOME": str(tmp_path), "TERM": "xterm"}, check=False,
    )
    assert shown.returncode == 0, shown.stderr
    expected = "".join(text for _time, _code, text in lines_of(path.read_text("utf-8"))[1]).encode()
    assert expected in shown.stdout
