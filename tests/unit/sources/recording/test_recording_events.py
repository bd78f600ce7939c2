# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings, in any shape that comes."""

from __future__ import annotations

import base64

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.filter.decode_event_stream import decode_event_stream
from ansible_collections.opsaudit.sessions.plugins.filter.to_asciicast import to_asciicast
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.events import (
    decode_payload,
    is_undecodable,
    join_output,
    read_kind,
)

EXCUSE = "An internal error occurred: unable to decode the event stream due to invalid characters."


def event(data, letter="o", at=0.1):
    return [at, letter, base64.b64encode(data).decode()]


@pytest.mark.parametrize("stream, expected", [
    ([EXCUSE], True), ([EXCUSE + " Use base64."], True), ([EXCUSE, "x"], False), (["x " + EXCUSE], False), ([], False), (None, False),
    (EXCUSE, False), ([[0.1, "o", "eA=="]], False), ([None], False), ({}, False),
])
def test_the_gateways_excuse(stream, expected):
    assert is_undecodable(stream) is expected


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.lists(st.integers(0, 100), max_size=8))
def test_characters_that_are_cut_between_events(text, cuts):
    data = text.encode()
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    stream = [event(data[first:last]) for first, last in zip(places, places[1:])]
    assert join_output(stream) == text


def test_output_and_errors_but_no_input():
    assert join_output([event(b"a", "o"), event(b"typed", "i"), event(b"b", "e"), event(b"x", "b")]) == "ab"


def test_what_is_no_utf8():
    assert join_output([event(b"a\xff\x00\x07b")]) == "a\ufffd\x00\x07b"


@pytest.mark.parametrize("stream", [None, [], ["text"], [[]], [[0.1, "o"]], [[0.1, "o", None]], [[0.1, "o", "%%%"]], [[0.1, 7, "eA=="]], [{}], [None]])
def test_what_cannot_be_read_is_left_out(stream):
    assert join_output(stream) == ""


@pytest.mark.parametrize("given, expected", [([0.1, "o", "eA=="], "o"), ([0, "new", ""], "new"), ([0, 1, ""], None), ([0, "o"], None), ("abc", None)])
def test_the_kind_of_an_event(given, expected):
    assert read_kind(given) == expected


def test_the_bytes_of_an_event():
    assert decode_payload(event(b"\x00\xff")) == b"\x00\xff"
    assert decode_payload([0.1, "o", "not base64!"]) == b""


STREAM = [[0.1, "i", "YQ=="], [0.2, "o", "Yg=="]]


@pytest.mark.parametrize("options, problem", [
    ({"events": "ioe"}, "events: 'ioe' is not one of i, o, e (write a list, such as ['o', 'e'])"),
    ({"events": ["i,o"]}, "events: 'i,o' is not one of i, o, e (write a list, such as ['o', 'e'])"),
    ({"events": 7}, "events: 7 is not a list of types of events, such as ['o', 'e']"),
    ({"events": ["o", None]}, "events: ['o', None] is not a list of types of events, such as ['o', 'e']"),
    ({"rendering": "utf-8"}, "rendering: 'utf-8' is not one of utf8, base64"),
    ({"rendering": None}, "rendering: None is not one of utf8, base64"),
])
@pytest.mark.parametrize("filter_", [decode_event_stream, to_asciicast])
def test_a_filter_checks_its_options(filter_, options, problem):
    with pytest.raises(AnsibleFilterError) as refused:
        filter_(STREAM, **options)
    assert str(refused.value) == "%s: %s" % (filter_.__name__, problem)


@pytest.mark.parametrize("options, problem", [
    ({"events": ["b"]}, "events: 'b' is not one of i, o, e (write a list, such as ['o', 'e'])"),
    ({"width": "wide"}, "width: 'wide' is not a whole number"), ({"width": 80.5}, "width: 80.5 is not a whole number"),
    ({"height": True}, "height: True is not a whole number"), ({"height": None}, "height: None is not a whole number"),
    ({"width": 0}, "width: 0 is out of range (1 to 1000)"), ({"height": "1001"}, "height: 1001 is out of range (1 to 1000)"),
    ({"width": -1}, "width: -1 is not a whole number"),
])
def test_an_asciicast_has_a_size(options, problem):
    with pytest.raises(AnsibleFilterError) as refused:
        to_asciicast(STREAM, **options)
    assert str(refused.value) == "to_asciicast: " + problem


def test_options_as_templates_give_them():
    assert to_asciicast(STREAM, width="120", height=" 40", events="i") == to_asciicast(STREAM, width=120, height=40, events=["i"])
    assert [row["text"] for row in decode_event_stream(STREAM, events="i")] == ["a"]
    assert decode_event_stream(STREAM, events=["new"]) == [] and len(decode_event_stream(STREAM, events=())) == 0
