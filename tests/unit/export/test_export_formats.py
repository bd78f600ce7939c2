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
from ansible_collections.opsaudit.sessions.plugins.module_utils._export.table import list_column_names
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.zone import Zone
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES

COLUMNS = ("source", "scope_key", "record_id", "scope", "raw", "started_at", "ended_at", "actor", "target", "summary", "kind", "state", "outcome")
LABELS = {"gateway=x": "Amsterdam"}


def row(**more):
    return {
        **dict.fromkeys(COLUMNS), "source": "hoop_session", "record_id": "r", "scope": {}, "raw": {}, "outcome": "unknown", **more,
    }


def written(form, *rows, source="hoop_session", zone=None):
    chunks = []
    writer = open_format(form, chunks.append, source, LABELS, zone and Zone(zone))
    for each in rows:
        writer.row(each)
    return b"".join(chunks).decode("utf-8")


def cells(*rows, **how):
    text = written("csv", *rows, **how)
    assert text[0] == "\ufeff"
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


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
        (found,) = cells(row(actor=text, raw={"exit_code": -5}))
        assert (found["actor"], found["exit_code"]) == (text, "-5")
    assert ",-5," in written("csv", row(raw={"exit_code": -5})), "numbers have no quotes"
    assert '"9007199254740992"' in written("csv", row(raw={"exit_code": 2**53})), "a spreadsheet would round it"


def test_the_columns_of_a_table():
    first = list(cells(row())[0])
    assert first == [
        "source", "record_id", "scope", "label", "kind", "state", "outcome", "started_at", "ended_at", "duration_seconds", "actor", "target", "summary",
        *ARCHIVES["hoop_session"].columns,
    ]
    assert {"user_name", "email", "verb", "exit_code", "connection_type", "review_status"} <= set(first)
    assert "instance_name" in cells(row(), source="bcc_action_run")[0]
    for archive in ARCHIVES.values():
        names = list_column_names(archive.columns, Zone("Europe/Berlin"))
        assert archive.columns and len(names) == len(set(names))


def test_times_of_people():
    dates = {"started_at": 1774835999000, "ended_at": 1774836061500}
    (found,) = cells(row(scope={"gateway": "x"}, scope_key="gateway=x", **dates))
    assert (found["started_at"], found["ended_at"], found["duration_seconds"]) == ("2026-03-30T01:59:59.000Z", "2026-03-30T02:01:01.500Z", "62.5")
    assert (found["scope"], found["label"]) == ("gateway=x", "Amsterdam") and "started_at_local" not in found
    for zone, start in (("Europe/Berlin", "2026-03-30T03:59:59.000+02:00"), ("America/St_Johns", "2026-03-29T23:29:59.000-02:30"), ("UTC", None)):
        (found,) = cells(row(**dates), zone=zone)
        assert found["started_at_local"] == (start or "2026-03-30T01:59:59.000+00:00")
        assert list(found).index("started_at_local") == list(found).index("started_at") + 1
    (found,) = cells(row(started_at=10**18, ended_at=None), zone="Europe/Berlin")
    assert (found["started_at"], found["started_at_local"], found["duration_seconds"]) == ("", "", "")


def test_no_cell_is_json():
    raw = {"user_name": {"x": 1}, "verb": ["exec", "connect"], "review": {"status": "APPROVED", "review_groups_data": [
        {"reviewed_by": {"email": "bo@example.com"}}, {"reviewed_by": None},
    ]}, "connection_subtype": True}
    (found,) = cells(row(raw=raw))
    assert (found["user_name"], found["verb"], found["review_status"]) == ("", "exec, connect", "APPROVED")
    assert (found["reviewed_by"], found["connection_subtype"]) == ("bo@example.com, none", "true")
    children = [{"target": {"instance_name": "web-1"}, "output": {"exit_code": 0}}, {"target": {"instance_name": "web-2"}, "output": None}]
    (found,) = cells(row(raw={"children": children}), source="bcc_action_run")
    assert (found["instance_name"], found["exit_code"], found["fail_reason"]) == ("web-1, web-2", "0, none", "")
    for odd in ([], "x", 5, None, [[{"verb": "a"}]]):
        assert len(cells(row(raw=odd, scope=odd))) == 1


@pytest.mark.parametrize("text", ["x" * 40_000, "\U0001f600" * 20_000, "=" + "y" * 32_767, "x" + "\U0001f600" * 16_384])
def test_a_long_text_is_cut_with_a_mark(text):
    (found,) = cells(row(summary=text))
    cell = found["summary"]
    assert 32_760 <= len(cell.encode("utf-16-le")) // 2 <= 32_767 and cell.endswith("\u2026 [cut]") and "\ufffd" not in cell
    assert json.loads(written("jsonl", row(summary=text)))["summary"] == text


@pytest.mark.parametrize("text", ["x" * 32_767, "\U0001f600" * 16_383, "'" + "=" * 32_766])
def test_the_longest_text_is_whole(text):
    assert cells(row(summary=text))[0]["summary"] == text


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
