# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events are read out of a session's JSON however it is cut into parts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording import stream_parser
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.stream_parser import (
    EventStreamParser,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), inner, max_size=3),
    max_leaves=6,
)
SESSION = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=6).filter(lambda name: name != "event_stream"), JSON, max_size=4)


def read(body, *cuts):
    items = []
    reader = EventStreamParser(items.append)
    places = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    for first, last in zip(places, places[1:]):
        reader.feed(body[first:last])
    reader.end()
    return items, reader


@given(SESSION, st.lists(JSON, max_size=6), SESSION, st.lists(st.integers(0, 10**6), max_size=12), st.sampled_from([None, 1]))
def test_any_session_in_any_parts(before, stream, after, cuts, indent):
    after = {name: value for name, value in after.items() if name not in before}
    body = json.dumps({**before, "event_stream": stream, **after}, ensure_ascii=False, indent=indent).encode()
    items, reader = read(body, *cuts)
    assert items == stream
    assert reader.others == {**before, **after}
    assert reader.found


def test_byte_by_byte():
    session = {"id": "x", "n": 1.5e3, "event_stream": [[0.25, "o", "YQ=="], [12, "e", ""], ["text é"]], "m": {"a": [1, None]}}
    body = json.dumps(session, ensure_ascii=False).encode()
    assert read(body, *range(len(body)))[0] == session["event_stream"]


@pytest.mark.parametrize("body, found", [
    (b"{}", False), (b' { "a" : 1 } \n', False), (b'{"event_stream": null}', True), (b'{"event_stream": []}', True),
    (b'{"event_stream": [ ]}', True), (b'{"event_stream": "a"}', True), (b'{"inner": {"event_stream": [1]}}', False),
])
def test_without_events(body, found):
    items, reader = read(body)
    assert (items, reader.found) == ([], found)


@pytest.mark.parametrize("body", [
    b"", b"{", b'{"a"', b'{"a":', b'{"a": 1', b'{"a": 1,', b'{"a": tru}', b'{"event_stream": [', b'{"event_stream": [[1, "o", "YQ=="]',
    b'{"event_stream": [[1, "o", "YQ=="]]', b'{"event_stream": [1,]}', b'{"a": 1} x', b"[]", b"null", b"<html>", b'{"a": NaN}',
    b'{"a": 1e999}', b'{"a": "\xff"}', b'{"a": 1.}', b'{"event_stream": ' + b"[" * 100_000, b'{"a": "\xc3',
])
def test_what_is_no_whole_session(body):
    for cuts in ((), range(min(len(body), 100))):
        with pytest.raises(ValueError):
            read(body, *cuts)


def test_one_value_has_a_limit(monkeypatch):
    monkeypatch.setattr(stream_parser, "LARGEST", 1000)
    assert read(b'{"a": "' + b"x" * 900 + b'"}')[1].others == {"a": "x" * 900}
    with pytest.raises(ValueError, match="too large"):
        read(b'{"a": "' + b"x" * 5000 + b'"}', *range(0, 5000, 50))


def test_a_large_value_is_not_read_again_with_every_part(monkeypatch):
    tries = []

    class Counting:
        def raw_decode(self, text, at):
            tries.append(len(text))
            return json.JSONDecoder().raw_decode(text, at)

    monkeypatch.setattr(stream_parser, "DECODER", Counting())
    body = b'{"event_stream": ["' + b"x" * 1_000_000 + b'"]}'
    assert read(body, *range(0, len(body), 1000))[0] == ["x" * 1_000_000]
    assert len(tries) < 40
