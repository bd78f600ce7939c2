# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One odd record costs no other: it is kept with a text in place of what nothing else holds, and a warning names it."""

from __future__ import annotations

import pytest
from fifth.endpoints import SOURCE

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.strict_json import parse_json

BASE = {"endpoint": "http://h", "ticket": "t1cket", "host": ["a"]}


def answer(*rows):
    text = '{"data": {"count": %d, "logins": [%s]}}' % (len(rows), ",".join(rows))
    return lambda sent: parse_json(text.encode())


@pytest.mark.parametrize("value, kept", [
    ("9" * 5000, "9" * 5000), ("1e400", "1e400"), ('"\\ud800"', "\\ud800"), ("[" * 300 + "]" * 300, None),
])
def test_one_odd_record(wire, value, kept):
    wire.answer = answer('{"loginId": "one", "x": 1}', '{"loginId": "two", "x": %s}' % value, '{"loginId": "three", "x": [2.5]}')
    run = wire.run(SOURCE, **BASE)
    assert [record["login_id"] for record in run.result["logins"]] == ["one", "two", "three"]
    odd = run.result["logins"][1]["x"]
    if kept is None:
        for _level in range(99):
            (odd,) = odd
        kept = "[" * 201 + "]" * 201
    assert odd == kept
    assert run.warnings == [
        "Record two has values that cannot be stored as JSON (a number that is too large, half a character, or more than 100 levels). "
        "They are stored as text: x."
    ]


def test_an_odd_id(wire):
    wire.answer = answer('{"loginId": %s}' % ("9" * 5000), '{"loginId": 1e400}', '{"loginId": "1"}')
    assert [record["login_id"] for record in wire.result(SOURCE, **BASE)["logins"]] == ["9" * 5000, "1e400", "1"]


def test_many_odd_records_are_not_all_named(wire):
    wire.answer = answer(*('{"loginId": "r%02d", "x": 1e400, "y": {"z": 1e400}}' % number for number in range(30)))
    warnings = wire.run(SOURCE, **BASE).warnings
    assert len(warnings) == 11 and warnings[0].startswith("Record r00 ") and warnings[0].endswith("stored as text: x, y.z.")
    assert warnings[10] == "More records have values that are stored as text."


def test_ids_that_differ_by_type_are_different_records(wire):
    ids = [1, "1", True, "true", 1.0, "1.0", "json:1", [1], {"a": 1}, 0, False, "0", " ", "a", "A", "a "]
    rows = [{"loginId": each, "n": number} for number, each in enumerate(ids)]
    wire.answer = lambda sent: {"data": {"logins": rows + rows, "count": 2 * len(rows)}}
    result = wire.result(SOURCE, **BASE)
    assert [record["n"] for record in result["logins"]] == list(range(len(ids)))
