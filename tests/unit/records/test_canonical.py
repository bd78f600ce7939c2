# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids and scopes as keys: what differs stays different."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.redaction import MASK
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.canonical import (
    LONGEST_KEY,
    clean,
    record_key,
    shorten_key,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.scope import read_scope, write_scope


def sha256(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@pytest.mark.parametrize("record_id, key", [
    ("RUN-1", "RUN-1"), ("run-1", "run-1"), ("1", "1"), (1, "json:1"), (1.0, "json:1.0"), (True, "json:true"), ("true", "true"), (0, "json:0"),
    ("a ", "a "), (" a", " a"), ([1, "a"], 'json:[1,"a"]'), ({"b": 1, "a": "ü"}, 'json:{"a":"ü","b":1}'), ("x" * 255, "x" * 255),
    ("x" * 256, "sha256:" + sha256("x" * 256)), ("a\0", "sha256:" + sha256("a\0")), ("json:1", "sha256:" + sha256("json:1")),
    ("sha256:ab", "sha256:" + sha256("sha256:ab")), (10**300, "json:sha256:" + sha256(str(10**300))), ("\ud800", "sha256:" + sha256("\ud800")),
])
def test_the_key_of_an_id(record_id, key):
    assert record_key(record_id) == key


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5,
)
ids = json_values | st.text(min_size=250, max_size=260) | st.integers(10**240, 10**270) | st.builds(
    lambda prefix, rest: prefix + rest, st.sampled_from(["json:", "sha256:", "json:sha256:"]), json_values.map(json.dumps) | st.text()
) | json_values.map(record_key) | st.integers(10**250, 10**300).map(record_key) | st.integers(10**250, 10**300).map(lambda n: "json:%d" % n)


@given(st.lists(ids, max_size=20))
@example([1, "1", True, "true", 1.0, "1.0", "json:1", "json:true", "json:1.0", "json:\"1\"", None, "null", "json:null"])
@example([10**300, "json:%d" % 10**300, record_key(10**300), record_key("json:%d" % 10**300), "json:" + record_key("%d" % 10**300)])
@example(["x" * 256, record_key("x" * 256), record_key(record_key("x" * 256)), "a\0", "a", "a\0\0", "RUN-1", "run-1", "a ", "a"])
def test_distinct_ids_never_fall_together(found):
    distinct = {(isinstance(each, str), each if isinstance(each, str) else json.dumps(each, sort_keys=True)) for each in found}
    keys = {record_key(each) for each in found}
    assert len(keys) == len(distinct)
    assert all(len(key) <= LONGEST_KEY and "\0" not in key for key in keys)
    "".join(keys).encode("utf-8")


@pytest.mark.parametrize("scope, text", [
    ({"region": "bj", "type": "COMMAND"}, "region=bj,type=COMMAND"), ({"a": "x,type=database"}, "a=x%2Ctype%3Ddatabase"),
    ({"a": "100%"}, "a=100%25"), ({"a": " x y "}, "a=%20x y%20"), ({"a": "  "}, "a=%20%20"), ({"a": ""}, "a="), ({"a": "l\nf"}, "a=l%0Af"),
    ({"a": "größe/x:1"}, "a=größe/x:1"), ({"states": ["A", "B"]}, 'states=["A"%2C"B"]'), ({}, ""),
])
def test_the_text_of_a_scope(scope, text):
    assert write_scope(scope) == text


scopes = st.dictionaries(st.sampled_from(["type", "user", "connection"]), st.text() | st.sampled_from(["x,type=y", "x", "y", "x%2Ctype%3Dy"]))


@given(scopes, scopes)
def test_different_scopes_have_different_texts(one, other):
    # In the order of the source.
    one, other = ({name: each[name] for name in sorted(each)} for each in (one, other))
    assert (write_scope(one) == write_scope(other)) == (one == other)


@given(scopes)
def test_a_scope_can_be_read_from_its_text(scope):
    kept = {name: value.encode("utf-8", "replace").decode() for name, value in scope.items()}
    assert read_scope(write_scope(kept)) == kept


@pytest.mark.parametrize("text, is_kept", [("region=bj", True), ("x" * 80, True), ("x" * 81, False), ("sha256:x", False), ("a\0", False)])
def test_a_short_key(text, is_kept):
    assert shorten_key(text, 80) == (text if is_kept else "sha256:" + sha256(text))


def test_a_record_without_the_tasks_credentials():
    record, text, is_masked = clean({"s3cret-token": {"a": ["x s3cret-token"]}, "b": 1}, ["s3cret-token"])
    assert record == {MASK: {"a": ["x " + MASK]}, "b": 1}
    assert json.loads(text) == record and is_masked
    whole = {"user": "root", "b": 1}
    kept, _text, is_masked = clean(whole, ["s3cret-token"])
    assert kept is whole and not is_masked
