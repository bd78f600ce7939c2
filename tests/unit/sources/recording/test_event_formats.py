# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings in every form, and what each form must hold."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.filter.decode_event_stream import decode_event_stream
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.asciicast import Screen
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.events import (
    RecordingEvent,
    TextDecoder,
    read_event,
    read_stream,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.formats import (
    COLUMNS,
    open_event_format,
)
from ansible_collections.opsaudit.sessions.tests.tables import csv_rows

EXAMPLES = json.loads((Path(__file__).resolve().parents[2] / "data" / "hoop_sessions.json").read_text("utf-8"))["sessions"]
HOSTILE = "né € \U0001f600\x00\x1b[31m\x07\"quoted\",=HYPERLINK(\r\n\ttab\u2028".encode() + b"\xff\xc3"
EVENTS = st.lists(st.builds(RecordingEvent, st.floats(0, 1e6), st.sampled_from("ioe"), st.binary(max_size=6)), max_size=8)


def made(name, events, screen=Screen()):  # noqa: B008
    out = bytearray()
    form = open_event_format(name, out.extend, screen)
    for event in events:
        form.event(event)
    form.end()
    return bytes(out)


def bytes_of(row):
    """What was recorded, out of a row of JSON or of a table."""
    return base64.b64decode(row["base64"]) if row.get("base64") or "base64" in row and not row["text"] else row["text"].encode()


def recorded(row):
    """What was recorded, out of a row of a table: its text, or base64 where the text is not exactly that."""
    return base64.b64decode(row["base64"].removeprefix("'")) if row["base64"] else row["text"].encode()


def rows_of(table):
    return list(csv_rows(io.StringIO(table.decode(), newline="")))


def cut(data, places, letter="o"):
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [RecordingEvent(float(first), letter, data[first:last]) for first, last in zip(places, places[1:])]


@given(st.binary(max_size=40) | st.text(st.characters(codec="utf-8"), max_size=20).map(str.encode), st.lists(st.integers(0, 100), max_size=12))
def test_any_cut_gives_the_same_text(data, places):
    decoder = TextDecoder()
    text = "".join(decoder.feed(event) for event in cut(data, places))
    assert text + "".join(rest for _event, rest in decoder.rest()) == data.decode("utf-8", "replace")


@given(EVENTS)
def test_directions_are_decoded_apart(events):
    decoder = TextDecoder()
    reported = {"i": "", "o": ""}
    for event in events:
        reported["i" if event.type == "i" else "o"] += decoder.feed(event)
    for event, rest in decoder.rest():
        reported["i" if event.type == "i" else "o"] += rest
    for direction, types in (("i", "i"), ("o", "oe")):
        assert reported[direction] == b"".join(event.data for event in events if event.type in types).decode("utf-8", "replace")


@given(EVENTS)
def test_lines_and_tables_lose_nothing(events):
    lines = [json.loads(line) for line in made("jsonl", events).splitlines()]
    assert [(row["time"], row["type"]) for row in lines[: len(events)]] == [event[:2] for event in events]
    assert [base64.b64decode(row["base64"]) if "base64" in row else row["text"].encode() for row in lines[: len(events)]] == [
        event.data for event in events
    ]
    assert all(row["base64"] == "" for row in lines[len(events):])
    table = rows_of(made("csv", events))
    assert [(float(row["time"]), row["type"]) for row in table] == [(row["time"], row["type"]) for row in lines]
    assert [recorded(row) for row in table[: len(events)]] == [event.data for event in events]


@given(EVENTS)
def test_raw_and_text(events):
    assert made("raw", events) == b"".join(event.data for event in events)
    made("txt", events).decode("utf-8")


def test_what_is_hard_to_hold():
    events = cut(HOSTILE, range(0, 60, 3))
    assert made("raw", events) == HOSTILE
    assert made("txt", events).decode() == HOSTILE.decode("utf-8", "replace")
    table = made("csv", events)
    assert table.startswith(b'"time","type","text","base64"\r\n')
    assert b"".join(recorded(row) for row in rows_of(table)[: len(events)]) == HOSTILE
    lines = [json.loads(line) for line in made("jsonl", events).split(b"\n")[:-1]]
    assert "".join(row["text"] for row in lines) == HOSTILE.decode("utf-8", "replace")


@pytest.mark.parametrize("text", [
    "=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n", " =1", "\ufeff=1", "\uff1d1", "\x00=1", "\x1b[31m=1",
])
def test_no_cell_of_a_table_is_a_formula(text):
    (row,) = rows_of(made("csv", [RecordingEvent(0.5, "o", text.encode())]))
    # In place of what controls a terminal there is a mark, which is no formula's beginning either.
    shown = re.sub("[\x00\x1b]", "\ufffd", text)
    assert row["text"] == (shown if shown[0] == "\ufffd" else "'" + shown) and recorded(row) == text.encode()


def test_no_base64_is_a_formula():
    (row,) = rows_of(made("csv", [RecordingEvent(0.5, "o", b"\xfb\xff")]))
    assert row["base64"].startswith("'+") and recorded(row) == b"\xfb\xff"


@pytest.mark.parametrize("form, expected", [
    ("raw", b""), ("txt", b""), ("jsonl", b""), ("csv", b'"time","type","text","base64"\r\n'),
    ("cast", b'{"version": 2, "width": 80, "height": 24}\n'),
])
def test_nothing_in_every_form(form, expected):
    assert made(form, []) == expected


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_in_every_form(name):
    """The gateway's five shapes: absent, null, nothing, events, one text."""
    session = EXAMPLES[name]["body"]
    stream = session.get("event_stream")
    rendering = "base64" if "base64" in name else "utf8"
    if "undecodable" in name:
        with pytest.raises(ValueError, match="raw events"):
            list(read_stream(stream))
        return
    events = list(read_stream(stream, rendering))
    whole = b"".join(event.data for event in events)
    assert len(events) == len(stream or [])
    assert made("raw", events) == whole
    rows = [json.loads(line) for line in made("jsonl", events).splitlines()]
    assert rows == decode_event_stream(session, rendering=rendering) == decode_event_stream(stream, rendering=rendering)
    assert len(rows_of(made("csv", events))) == len(rows)
    assert made("cast", events).count(b"\n") <= 1 + len(rows)
    if rendering == "base64" or name == "exec_done_utf8":
        assert "naïve" in rows[0]["text"]


@pytest.mark.parametrize("stream", ["text", 7, {}.keys(), [["o"]], [[0.1, "o", "%"]], [["x", "o", "YQ=="]], [[True, "o", "YQ=="]], ["a", "b"]])
def test_no_recording(stream):
    with pytest.raises(ValueError):
        list(read_stream(stream))


@pytest.mark.parametrize("item", [None, [], [float("nan"), "o", ""], [float("inf"), "o", ""], [10**400, "o", ""], [0, "o", 5], [0, 5, ""]])
def test_no_event(item):
    assert read_event(item) is None


def test_events_of_types_that_are_not_known():
    rows = decode_event_stream({"event_stream": [[0.5, "b", "e30="], [1, "o", "YQ=="], [2, "new", "Yg=="]]})
    assert [row["type"] for row in rows] == ["b", "o", "new"]
    assert decode_event_stream([[0.5, "b", "e30="], [1, "o", "YQ=="]], events=["o"]) == [{"time": 1.0, "type": "o", "text": "a"}]


def test_columns_are_what_rows_have():
    assert COLUMNS == ("time", "type", "text", "base64")
