# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of records."""

from __future__ import annotations

import copy
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._records.shape import Shape, to_snake_case


@pytest.mark.parametrize("name, expected", [
    ("createdTimestamp", "created_timestamp"), ("instanceID", "instance_id"), ("IPAddress", "ip_address"), ("HTTPServerURL", "http_server_url"),
    ("task_id", "task_id"), ("id", "id"), ("Target", "target"), ("isTruncated", "is_truncated"), ("bosEtag", "bos_etag"),
    ("x-request-id", "x_request_id"), ("vpc2Id", "vpc2_id"), ("A", "a"), ("", ""), ("AB", "ab"), ("aB", "a_b"), ("größeÄnderung", "größeänderung"),
    ("with space", "with space"), ("already_Snake", "already_snake"),
])
def test_snake_case(name, expected):
    assert to_snake_case(name) == expected


@given(st.from_regex(r"[a-z][a-z0-9]*([A-Z][a-z0-9]+)*", fullmatch=True))
def test_names_in_camel_case(name):
    key = to_snake_case(name)
    assert re.fullmatch("[a-z0-9_]+", key)
    assert key.replace("_", "") == name.lower()
    assert to_snake_case(key) == key


def test_values_stay_and_unknown_fields_pass_through():
    row = {"aB": 1, "new-field": None, "list": [1, "x", None, [{"cD": 2}]], "deep": {"eF": {"gH": [{"iJ": 0.1}]}}, "empty": {}, "none": []}
    assert Shape().apply(row, {}) == {
        "a_b": 1, "new_field": None, "list": [1, "x", None, [{"c_d": 2}]], "deep": {"e_f": {"g_h": [{"i_j": 0.1}]}}, "empty": {}, "none": [],
    }


def test_the_row_is_not_changed():
    row = {"aB": {"cD": [1]}, "at": 1}
    before = copy.deepcopy(row)
    Shape({"at": "s"}).apply(row, {"scope": "x"})
    assert row == before


def test_times_have_readable_twins_at_any_depth():
    shape = Shape({"createdAt": "ms", "end": "s"})
    assert shape.apply({"createdAt": 1711100286503, "list": [{"end": 1774873478}], "deep": {"createdAt": 0}}, {}) == {
        "created_at": 1711100286503, "created_at_iso": "2024-03-22T09:38:06.503Z",
        "list": [{"end": 1774873478, "end_iso": "2026-03-30T12:24:38Z"}],
        "deep": {"created_at": 0, "created_at_iso": "1970-01-01T00:00:00.000Z"},
    }


@pytest.mark.parametrize("value", [None, "", "1774873478", True, False, [1774873478], {"x": 1}, 10**30, -(10**30), 253402300800])
def test_a_time_that_is_none_has_no_twin(value):
    assert Shape({"at": "s"}).apply({"at": value}, {}) == {"at": value}


def test_a_time_with_a_fraction():
    assert Shape({"at": "s"}).apply({"at": 1774873478.9}, {})["at_iso"] == "2026-03-30T12:24:38Z"


def test_maps_with_the_users_own_keys():
    row = {"execParams": {"myKey": {"innerKey": [{"deepKey": 1}]}}, "outer": {"execParams": {"B": 1}}, "tags": [{"tagKey": "x"}]}
    shaped = Shape({"at": "s"}, opaque=("execParams", "tags")).apply(row, {})
    assert shaped == {
        "exec_params": {"myKey": {"innerKey": [{"deepKey": 1}]}}, "outer": {"exec_params": {"B": 1}}, "tags": [{"tagKey": "x"}],
    }


@pytest.mark.parametrize("row, expected", [
    ({"fooBar": 1, "foo_bar": 2}, {"fooBar": 1, "foo_bar": 2}), ({"foo_bar": 2, "fooBar": 1}, {"fooBar": 1, "foo_bar": 2}),
    ({"at": 1, "at_iso": "own"}, {"at": 1, "at_iso": "own"}), ({"at_iso": None, "at": 1}, {"at": 1, "at_iso": None}),
])
def test_no_field_is_lost_to_another(row, expected):
    assert Shape({"at": "s"}).apply(row, {}) == expected


def test_fields_that_only_get_the_same_name():
    """fooBar and FooBar would both become foo_bar: each keeps its own spelling, whatever their order, at any depth."""
    fields = {"fooBar": 1, "FooBar": {"fooBar": 5, "foo-bar": 6}, "foo-bar": 3, "foo_bar": 4, "otherName": 7}
    expected = {"fooBar": 1, "FooBar": {"fooBar": 5, "foo-bar": 6}, "foo-bar": 3, "foo_bar": 4, "other_name": 7}
    for names in itertools.permutations(fields):
        assert Shape().apply({name: fields[name] for name in names}, {}) == expected
    assert Shape({"startAt": "s", "StartAt": "s"}).apply({"startAt": 0, "StartAt": 1}, {}) == {
        "startAt": 0, "startAt_iso": "1970-01-01T00:00:00Z", "StartAt": 1, "StartAt_iso": "1970-01-01T00:00:01Z",
    }
    assert Shape({"AT": "s"}).apply({"At": 2, "AT": 0, "AT_iso": "own"}, {}) == {"At": 2, "AT": 0, "at_iso": "own"}


def nested(levels, innermost="x"):
    """Lists within lists, so many levels deep."""
    value = innermost
    for _level in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("opaque", [(), ("deep",)])
def test_what_is_deeper_than_a_hundred_levels_is_kept_as_text(opaque):
    """The record itself is the first level."""
    shape = Shape(opaque=opaque)
    odd = []
    assert shape.apply({"deep": nested(99), "wide": [[], {}]}, {}, odd) == {"deep": nested(99), "wide": [[], {}]} and odd == []
    record = shape.apply({"deep": nested(100), "other": 1}, {}, odd)
    assert record == {"deep": nested(99, '["x"]'), "other": 1} and odd == ["deep"]
    deepest = nested(899, {"a\u00fc": [1, "two", None, True, 0.5], "b": {}})
    record = shape.apply({"deep": deepest}, {}, odd)
    value = record["deep"]
    for _level in range(99):
        (value,) = value
    assert value == "[" * 800 + '{"a\u00fc":[1,"two",null,true,0.5],"b":{}}' + "]" * 800


def test_the_scope_is_added_and_wins():
    assert Shape().apply({"instanceId": "x", "nodeId": None}, {"instance_id": "i", "node_id": "n"}) == {"instance_id": "i", "node_id": "n"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=6) | st.sampled_from(["at", "createdAt", "tags"]), json_values, max_size=5))
def test_whatever_comes_it_is_shaped(row):
    shape = Shape({"at": "s", "createdAt": "ms"}, opaque=("tags",))
    record = shape.apply(row, {})
    assert len(record) <= len(row) + 2
    if "tags" in row:
        assert repr(record["tags"]) == repr(row["tags"])


def test_a_source_that_makes_up_fields_does_not_fill_the_memory():
    shape = Shape()
    for each in range(6000):
        assert shape.apply({"field%dName" % each: each}, {}) == {"field%d_name" % each: each}
    wide = {"field%dName" % each: each for each in range(6000)}
    assert len(shape.apply(wide, {})) == 6000
    assert len(shape._keys) <= 4096 and len(shape._layouts) <= 256 and max(map(len, shape._layouts)) <= 100
