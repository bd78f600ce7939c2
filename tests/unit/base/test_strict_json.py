# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one value can't hold is kept as text, and nothing else changes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._base import strict_json
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.strict_json import (
    KeptAsText,
    OddAnswer,
    parse_json,
    settle,
    to_json,
)

LONG = "7" * 5000


def read(text):
    """What an answer holds, and which fields of it were kept as text."""
    data = parse_json(text if isinstance(text, bytes) else text.encode())
    if not isinstance(data, OddAnswer):
        assert not list(kept_as_text(data))
        return data, []
    plain, fields = settle(data)
    assert fields
    return plain, fields


def kept_as_text(value):
    """What in a value is kept as text, however deep it is nested."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, KeptAsText):
            yield each
        elif isinstance(each, (dict, list)):
            waiting += [*each, *each.values()] if isinstance(each, dict) else each


@pytest.mark.parametrize("spelt", [
    "1e400", "-1e400", "1E+999", LONG, "-" + LONG, "1" * 401, "0." + "3" * 500, "1e-400", "9" * 309, "1" + "0" * 309, LONG + ".5",
])
def test_a_number_that_nothing_holds(spelt):
    assert read('{"id": "r", "deep": {"list": [1, %s]}}' % spelt) == ({"id": "r", "deep": {"list": [1, spelt]}}, ["deep.list"])


@pytest.mark.parametrize("number", ["1e308", "-0.0", "0e999", "0", "1" + "0" * 308, "12345678901234567890", "1e-300", "0." + "3" * 300])
def test_a_number_that_can_be_held_is_one(number):
    data = parse_json(b'{"n": %s}' % number.encode())
    assert isinstance(data, dict) and data["n"] == json.loads(number)


@pytest.mark.parametrize("body, value", [
    (b'{"a": "x\\ud83d"}', "x\\ud83d"), (b'{"a": "\\uDE00"}', "\\ude00"), (b'{"a": "x\xed\xa0\xbd"}', "x\\ud83d"),
])
def test_half_a_character(body, value):
    assert read(body) == ({"a": value}, ["a"])


def test_half_a_character_in_a_name():
    assert read(b'{"a": {"\\ud83d": 1}}') == ({"a": {"\\ud83d": 1}}, ["a name in a"])


def test_a_whole_character_in_halves_is_whole():
    assert read(rb'{"a": "\ud83d\ude00"}') == ({"a": "\U0001f600"}, [])


@pytest.mark.parametrize("levels", [101, 300, 999])
@pytest.mark.parametrize("brackets", [("[", "]"), ('{"a\\"]":', "}")])
def test_deep_nesting_is_read_or_kept_as_text(levels, brackets):
    """How deep Python itself goes depends on its version and on who calls."""
    opening, closing = brackets
    deep = opening * levels + "1" + closing * levels
    plain, _fields = read('{"first": [1], "deep": %s, "last": "]]"}' % deep)
    assert (plain["first"], plain["last"]) == ([1], "]]")
    whole = to_json(plain["deep"])
    assert whole == deep or whole.count("[" if opening == "[" else "{") >= 90


@pytest.mark.parametrize("odd", [LONG, '"x\\ud83d"'])
def test_what_is_odd_beside_deep_nesting_is_found(odd):
    plain, fields = read('{"odd": %s, "deep": %s}' % (odd, "[" * 900 + "1" + "]" * 900))
    assert fields[0] == "odd" and set(fields) <= {"odd", "deep"}
    assert plain["odd"] == odd.strip('"').replace("\\\\", "\\")


def test_what_is_cut_is_as_the_source_spelt_it(monkeypatch):
    """Where Python's own stack ends, values below a hundred levels become text."""
    deep = "[" * 5000 + ' {"n": 1.50} ' + "]" * 5000
    loads, refused = json.loads, []

    def ends_once(text, **more):
        if not refused:
            refused.append(text)
            raise RecursionError
        return loads(text, **more)

    # Some versions of Python read that deep.
    monkeypatch.setattr(json, "loads", ends_once)
    plain, fields = read('{"id": "r", "deep": %s, "other": [[2]]}' % deep)
    assert (plain["id"], plain["other"], fields) == ("r", [[2]], ["deep"])
    value = plain["deep"]
    for _level in range(99):
        (value,) = value
    assert value == deep[99:-99]


@pytest.mark.parametrize("body", [
    b"", b"NaN", b'{"a": NaN}', b"[Infinity]", b"[-Infinity]", b"\xff\xfe{}", '{"a": 1}'.encode("utf-16"), '{"a": 1}'.encode("utf-16-be"),
    '{"a": 1}'.encode("utf-32"), '{"a": "ü"}'.encode("latin-1"), b'{"a": "\xed\xa0"}', b"[" * 5000, b"]" * 5000, b'"' + b"[" * 5000, b"{} {}",
])
def test_what_is_no_json_in_utf_8(body):
    with pytest.raises(ValueError):
        parse_json(body)


def test_too_many_odd_numbers_are_a_failure(monkeypatch):
    monkeypatch.setattr(strict_json, "_MOST_KEPT", 3)
    assert parse_json(b'{"n": [1e400, 1e400, 1e400, 1.5, 1]}')["n"][:3] == ["1e400"] * 3
    with pytest.raises(SourceError) as caught:
        parse_json(b'{"n": [1e400, 1e400, 1e400, 1e400]}')
    assert (caught.value.kind, caught.value.message) == ("protocol", "the answer holds more than 3 numbers that only a text can hold")


def test_a_byte_order_mark_is_no_part_of_it():
    assert parse_json(b"\xef\xbb\xbf" + '{"a": "ü"}'.encode()) == {"a": "ü"}


def test_what_is_odd_in_a_list_is_plain_at_once():
    assert parse_json(b"[1e400, 1]") == ["1e400", 1] and isinstance(parse_json(b"1e400"), str)


def test_a_key_of_ansibles_own_takes_the_place_of_no_other():
    assert parse_json(b'{"__ansible_x": 1, "x__ansible_x": 2, "xx__ansible_x": 3}') == {
        "xxx__ansible_x": 1, "x__ansible_x": 2, "xx__ansible_x": 3,
    }


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20,
))
def test_any_value_is_written_as_json_writes_it(value):
    assert to_json(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
