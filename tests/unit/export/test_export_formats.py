# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms of an export: what is in a cell, and what a spreadsheet makes of it."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._export.formats import open_format
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.canonical import canonical

COLUMNS = ("source", "record_id", "scope", "raw", "started_at", "ended_at", "actor", "target", "summary", "kind", "state", "outcome")


def row(**more):
    return {
        **dict.fromkeys(COLUMNS), "source": "hoop_session", "record_id": "r", "scope": {}, "raw": {}, "outcome": "unknown", **more,
    }


def written(form, *rows):
    chunks = []
    writer = open_format(form, chunks.append, COLUMNS)
    for each in rows:
        writer.row(each, {**each, "scope": canonical(each["scope"]), "raw": canonical(each["raw"])})
    return b"".join(chunks).decode("utf-8")


def cells(*rows):
    return list(csv.DictReader(io.StringIO(written("csv", *rows), newline="")))


@pytest.mark.parametrize("text", [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "  +1", "\u00a0-1", "\u3000@x", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x",
    "\ufeff=1", "\u200b=1", " \uff1d1", "\tplain", "\rplain", "=cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0",
])
def test_no_cell_is_a_formula(text):
    (found,) = cells(row(actor=text, target=text + '","=2'))
    assert found["actor"] == "'" + text and found["target"].startswith("'")


def test_other_texts_and_numbers_stay_as_they_are():
    texts = ["a=1", "'=1", "", " a", "1-1", "ana@example.com", 'say "x", or\r\ny', "naïve \U0001f600", "--"[2:]]
    for text in texts:
        (found,) = cells(row(actor=text, started_at=-5, ended_at=2**53))
        assert (found["actor"], found["started_at"], found["ended_at"]) == (text, "-5", str(2**53))
    assert ",-5,9007199254740992," in written("csv", row(started_at=-5, ended_at=2**53)), "numbers have no quotes"
    assert written("csv", row()).splitlines()[0] == ",".join('"%s"' % name for name in COLUMNS)


def test_objects_are_json_in_a_cell():
    raw = {"b": ["=1", None], "a": {"x": "ü\x00\x1b"}}
    (found,) = cells(row(raw=raw, scope={"gateway": "http://h"}))
    assert json.loads(found["raw"]) == raw and found["raw"].startswith('{"a":')
    (found,) = cells(row(raw=[-1]))
    assert found["raw"] == "[-1]"


def test_control_characters_do_no_harm():
    (found,) = cells(row(actor="a\x00b\x1b[31mc\x7f\x9b", target="\x00=1", summary="two\nlines\tand a tab"))
    assert found["actor"] == "a\ufffdb\ufffd[31mc\ufffd\ufffd" and found["target"] == "\ufffd=1"
    assert found["summary"] == "two\nlines\tand a tab"


@given(st.text(), st.text())
def test_any_text_is_one_cell_of_one_record(one, other):
    found = cells(row(actor=one, target=other), row())
    assert len(found) == 2
    for cell in (found[0]["actor"], found[0]["target"]):
        assert not cell or cell.lstrip()[:1] not in set("=+-@\uff1d\uff0b\uff0d\uff20")
    lines = written("jsonl", row(actor=one, raw={"x": other})).split("\n")
    assert len(lines) == 2 and json.loads(lines[0])["actor"] == one and json.loads(lines[0])["raw"] == {"x": other}


def test_a_record_that_is_no_object_is_an_event_nevertheless():
    (event,) = (json.loads(line) for line in written("ocsf", row(raw=["x"], scope="y")).splitlines())
    assert event["metadata"]["uid"] == "r" and event["class_uid"] == 1009
