# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that an expression looks up in what it is applied to, and in nothing within."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.jmespath_query import list_lookups


@pytest.mark.parametrize("query, names", [
    ("a", "a"), ('"a b"', "a b"), ("@", ""), ("`1`", ""), ("'a'", ""), ("@.a", "a"), ("@ | a", "a"), ("a.b.c", "a"), ("a[0].b", "a"), ("a[1:2]", "a"),
    ("a[].b", "a"), ("a[*].b", "a"), ("a.*.b", "a"), ("a[?b == c].d", "a"), ("a | b", "a"), ("[a, b.c][0]", "a b"), ("{x: a, y: b}.x", "a b"),
    ("!a && (b || c)", "a b c"), ("a == 'b'", "a"), ("a.b == c", "a c"), ("a > `1`", "a"), ("length(a || b)", "a b"), ("sort_by(a, &b)[0].c", "a"),
    ("map(&b, a)", "a"), ("contains(keys(@), 'a')", ""), ("*", ""), ("[*].a", ""), ("a.{b: c}", "a"), ("a.[b]", "a"),
])
def test_names(query, names):
    assert " ".join(each.name for each in list_lookups(query)) == names


def test_names_that_are_compared():
    assert [tuple(each) for each in list_lookups('a == "b" && c != a.b')] == [("a", "b"), ("b", "a"), ("c", None), ("a", None)]
