# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings that an archive task kept: converted without a gateway, by the module and by the filters, or refused in one line."""

from __future__ import annotations

import base64
import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.opsaudit.sessions.plugins.filter.decode_event_stream import decode_event_stream
from ansible_collections.opsaudit.sessions.plugins.filter.to_asciicast import to_asciicast
from ansible_collections.opsaudit.sessions.plugins.module_utils import _download
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.tests.tables import csv_rows

ID = "4ea8f841-e7a2-5275-b70e-85e3cf35ee71"
SESSION = {
    "id": ID, "connection": "web-03", "connection_subtype": "ssh", "type": "application", "verb": "connect", "user": "ana@example.com",
    "start_date": "2026-03-02T10:00:00Z", "end_date": "2026-03-02T11:00:00Z",
}


def event(seconds, kind, text):
    return [seconds, kind, base64.b64encode(text.encode()).decode()]


EVENTS = [event(0.5, "i", "ls\r"), event(1, "o", "=cmd|' /C calc'!A0\n"), event(2.25, "o", "né"), event(3, "e", "closed")]


def kept(tmp_path, events=None, header=None, **session):
    path = tmp_path / (ID + ".recording.jsonl")
    first = {"format": "opsaudit-recording/1", "session": {**SESSION, **session}, "truncated": False, **(header or {})}
    path.write_text("".join(json.dumps(each, separators=(",", ":")) + "\n" for each in [first, *(EVENTS if events is None else events)]))
    return path


def outcome(path, tmp_path, check=False, **given):
    declared = _download.DownloadTask.options
    params = {name: declaration.get("default") for name, declaration in declared.items()}
    return run_task(_download.DownloadTask(), {**params, "attachment": str(path), "dest": str(tmp_path / "out"), **given}, {}, check=check)


def converted(path, tmp_path, **given):
    result = outcome(path, tmp_path, **given).result
    assert not result.get("failed"), result
    return (tmp_path / "out").read_bytes()


def refusal(path, tmp_path, **given):
    result = outcome(path, tmp_path, **given).result
    assert result["failed"] and not (tmp_path / "out").exists()
    return result["msg"]


def test_formats(tmp_path):
    path = kept(tmp_path)
    assert converted(path, tmp_path) == "=cmd|' /C calc'!A0\nnéclosed".encode()
    assert converted(path, tmp_path, format="txt", events=["i"]) == b"ls\r"
    lines = [json.loads(line) for line in converted(path, tmp_path, format="jsonl", events=["i", "o", "e"]).splitlines()]
    assert [(line["time"], line["type"]) for line in lines] == [(0.5, "i"), (1, "o"), (2.25, "o"), (3, "e")]
    header = json.loads(converted(path, tmp_path, format="cast", width=100).splitlines()[0])
    assert header == {"version": 2, "width": 100, "height": 24, "timestamp": 1772445600, "title": "web-03"}
    page = converted(path, tmp_path, format="html").decode()
    assert ID in page and "ana@example.com" in page


def test_no_cell_is_a_formula(tmp_path):
    converted(kept(tmp_path), tmp_path, format="csv")
    with (tmp_path / "out").open(encoding="utf-8", newline="") as file:
        rows = list(csv_rows(file))
    assert rows[0]["text"].startswith("'=cmd") and base64.b64decode(rows[0]["base64"]) == b"=cmd|' /C calc'!A0\n"


def test_in_a_folder_it_is_named_after_the_session(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    result = outcome(kept(tmp_path), tmp_path, dest=str(folder), format="cast").result
    assert result["dest"] == str(folder / (ID + ".cast")) and result["changed"]
    assert outcome(kept(tmp_path), tmp_path, dest=str(folder), format="cast").result["changed"] is False


def test_check_mode_writes_nothing(tmp_path):
    result = outcome(kept(tmp_path), tmp_path, check=True).result
    assert result["changed"] and not (tmp_path / "out").exists()


def test_the_recording_is_not_replaced(tmp_path):
    path = kept(tmp_path)
    before = path.read_bytes()
    line = outcome(path, tmp_path, dest=str(path)).result["msg"]
    assert line == "dest: %r is a recording of an archive, which is never replaced (give another path)" % str(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("given, line", [
    ({"id": ID}, "id: not with attachment, which is the file of one session"),
    ({"task_id": "1", "instance_id": "17b6bbb64d2f4c14a83a88f19da8dcc8in07"}, "instance_id, task_id: not with attachment, which is the file of one session"),
    ({"source": "taurusdb_killed_session"}, "source: 'taurusdb_killed_session' is not possible with attachment (write hoop_session, or leave it out)"),
    ({"content": "input"}, "content: 'input' is not possible with attachment (write recording)"),
    ({"attachment": "here"}, "attachment: 'here' is not an absolute path"),
    ({"attachment": "/no/such"}, "attachment: '/no/such' can't be read (No such file or directory)"),
    ({"attachment": "/"}, "attachment: '/' can't be read (Is a directory)"),
    ({"attachment": "/etc/passwd"}, "attachment: '/etc/passwd' is no recording that an archive task kept"),
    ({"attachment": "/dev/null"}, "attachment: '/dev/null' is no recording that an archive task kept"),
    ({"width": 0, "format": "cast"}, "width: 0 is out of range (1 to 1000)"),
    ({"dest": "there"}, "dest: 'there' is not an absolute path"),
    ({"attachment": None}, "source: missing (hoop_session or taurusdb_killed_session; or attachment instead)"),
])
def test_options_that_do_not_go_with_it(tmp_path, given, line):
    assert refusal(kept(tmp_path), tmp_path, **given) == line


@pytest.mark.parametrize("form", ["cast", "html"])
@pytest.mark.parametrize("session, reason", [
    ({"connection_subtype": "postgres"}, "the wire protocol of PostgreSQL"), ({"connection_subtype": "rdp"}, "a remote desktop"),
])
def test_what_no_terminal_can_play(tmp_path, form, session, reason):
    assert reason in refusal(kept(tmp_path, **session), tmp_path, format=form)
    assert converted(kept(tmp_path, **session), tmp_path, format="raw")


def test_pictures(tmp_path):
    assert "pictures" in refusal(kept(tmp_path, [*EVENTS, [4, "b", "AAAA"]]), tmp_path, format="cast")


@pytest.mark.parametrize("spoil, message", [
    (lambda content: content[:-9], "line 5 is no event, or cut"), (lambda content: content + b"\xff\n", "line 6 is no event, or cut"),
    (lambda content: content + b"[1] 2\n", "line 6 is no event, or cut"), (lambda content: content + b"[" * 100_000 + b"\n", "line 6 is no event, or cut"),
])
def test_a_damaged_recording(tmp_path, spoil, message):
    path = kept(tmp_path)
    path.write_bytes(spoil(path.read_bytes()))
    result = outcome(path, tmp_path).result
    assert result["failure"]["kind"] == "file" and message in result["msg"] and not (tmp_path / "out").exists()


def test_warnings(tmp_path):
    path = kept(tmp_path, [*EVENTS, ["odd"]], {"truncated": True})
    warnings = outcome(path, tmp_path).warnings
    assert any("stopped recording" in line for line in warnings) and any("1 events of session" in line for line in warnings)
    (warning,) = outcome(kept(tmp_path, EVENTS[:1]), tmp_path).warnings
    assert "has no events of the types o, e; it has 1 of type i" in warning


def test_filters_take_the_text(tmp_path):
    text = kept(tmp_path).read_text()
    for given in (text, text.rstrip("\n")):
        assert to_asciicast(given) == to_asciicast({**SESSION, "event_stream": EVENTS})
        assert decode_event_stream(given) == decode_event_stream({**SESSION, "event_stream": EVENTS})
    assert to_asciicast(text, width=100) == converted(kept(tmp_path), tmp_path, format="cast", width=100).decode()


@pytest.mark.parametrize("text", ["", "hello", "{}", '{"format": "opsaudit-recording/2", "session": {}}'])
def test_filters_refuse_other_texts(text):
    for take in (to_asciicast, decode_event_stream):
        with pytest.raises(AnsibleFilterError, match="is no recording that an archive task kept"):
            take(text)
