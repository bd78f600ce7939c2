# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report tasks: what they return and write, what they refuse, and what no record can do to the page."""

from __future__ import annotations

import json
import re
import sys

import pytest
from reporting import HOSTILE, Page, data_of, done, failed, report, rows_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._report import page as report_page
from ansible_collections.opsaudit.sessions.tests.stores import sample

BEGIN, DAY = sample.BEGIN, sample.DAY
MONTH = {"start_time": str(BEGIN), "end_time": str(BEGIN + 30 * DAY)}


@pytest.fixture
def store(tmp_path):
    path = str(tmp_path / "kept.db")
    sample.fill(path, sample.rows(300), sample.windows())
    return path


def test_a_page_is_made_once(store, tmp_path):
    dest = tmp_path / "r.html"
    predicted = done(store, dest, check=True, diff=True, **MONTH)
    assert not dest.exists()
    first = done(store, dest, diff=True, **MONTH)
    assert first == predicted
    assert first.keys() == {"dest", "size", "count", "complete", "gaps", "pruned", "changed", "diff"}
    assert (first["dest"], first["changed"], first["size"]) == (str(dest), True, dest.stat().st_size)
    assert dest.stat().st_mode & 0o7777 == 0o600
    assert first["diff"]["before"]["state"] == "absent" and first["diff"]["after"]["mode"] == "0600"
    before = dest.read_bytes()
    again = done(store, dest, diff=True, now=BEGIN + 99 * DAY, **MONTH)
    assert again == {**{name: value for name, value in first.items() if name != "diff"}, "changed": False}
    assert dest.read_bytes() == before
    dest.chmod(0o644)
    assert done(store, dest, **MONTH)["changed"] and dest.stat().st_mode & 0o7777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["kept.db", "r.html"]


def test_the_same_records_make_the_same_bytes_in_any_database(any_store, tmp_path):
    rows = list(sample.rows(200))
    sample.fill(str(tmp_path / "other.db"), rows[::-1], sample.windows())
    sample.fill(any_store, rows, sample.windows())
    done(str(tmp_path / "other.db"), tmp_path / "a.html", **MONTH)
    done(any_store, tmp_path / "b.html", **MONTH)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_gaps_are_reported_and_drawn(store, tmp_path):
    result = done(store, tmp_path / "r.html", **MONTH)
    hoop, taurusdb = {"org": "hoop.example.com"}, sample.NODE
    assert result["complete"] is False
    assert [(gap["source"], gap["start"], gap["end"]) for gap in result["gaps"]] == [
        ("taurusdb_killed_session", "2026-03-27T00:00:00.000Z", "2026-03-31T00:00:00.000Z"),
        ("hoop_session", "2026-03-13T00:00:00.000Z", "2026-03-14T06:00:00.000Z"),
    ]
    assert result["gaps"][1]["scope"] == hoop
    data = data_of(tmp_path / "r.html")
    assert data["complete"] is False and data["window"] == data["axis"] == [BEGIN, BEGIN + 30 * DAY]
    drawn = {scope["source"]: scope for scope in data["scopes"]}
    # Those with gaps come first.
    assert [scope["source"] for scope in data["scopes"][:2]] == ["taurusdb_killed_session", "hoop_session"]
    assert drawn["taurusdb_killed_session"]["scope"] == taurusdb
    assert drawn["hoop_session"]["covered"] == [[BEGIN, BEGIN + 12 * DAY, None], [BEGIN + 13 * DAY + 6 * sample.HOUR, BEGIN + 30 * DAY, None]]
    assert drawn["hoop_session"]["gaps"] == [[BEGIN + 12 * DAY, BEGIN + 13 * DAY + 6 * sample.HOUR, []]]
    within = done(store, tmp_path / "w.html", start_time=str(BEGIN + DAY), end_time=str(BEGIN + 2 * DAY))
    assert within["complete"] is True and within["gaps"] == []
    [[first, last, _listed]] = {tuple(span) for scope in data_of(tmp_path / "w.html")["scopes"] for span in scope["covered"]}
    assert (first, last) == (BEGIN + DAY, BEGIN + 2 * DAY), "no further than the window"


def test_a_source_of_which_nothing_is_known_is_a_gap(tmp_path):
    store = str(tmp_path / "kept.db")
    sample.fill(store, [], sample.windows(missing=False)[1:2])
    result = done(store, tmp_path / "r.html", sources=["hoop_session"])
    assert result["gaps"] == [{"source": "hoop_session", "scope": {}, "start": None, "end": None, "reasons": []}]
    data = data_of(tmp_path / "r.html")
    assert data["window"] == [None, None] and data["scopes"][0]["gaps"] == [[None, None, []]] and data["columns"]["id"] == []


def test_records_instead_of_a_store(tmp_path):
    sessions = [
        {"id": "s%d" % number, "user": "ana", "connection": "orders", "status": "done", "exit_code": number % 2, "verb": "exec",
         "start_date": "2026-03-0%dT08:00:00Z" % (number + 1), "end_date": "2026-03-09T09:00:00Z", "script": {"data": "SELECT 1"}}
        for number in range(4)
    ] + [{"id": "odd", "start_date": 5, "user": ["x"]}, {}]
    given = {"records": sessions, "sources": ["hoop_session"]}
    result = done(None, tmp_path / "r.html", environ={"OPSAUDIT_STORE": "/no/such.db"}, end_time="2026-03-04T00:00:00Z", **given)
    assert result["count"] == 5 and result["complete"] is False
    assert result["gaps"] == [{"source": "hoop_session", "scope": {}, "start": None, "end": "2026-03-04T00:00:00.000Z", "reasons": []}]
    data = data_of(tmp_path / "r.html")
    assert data["stored"] is False
    rows = rows_of(data)
    assert [(row["record_id"], row["outcome"], row["summary"]) for row in rows[:3]] == [
        ("s2", "success", "SELECT 1"), ("s1", "failure", "SELECT 1"), ("s0", "success", "SELECT 1"),
    ]
    assert done(None, tmp_path / "none.html", records=[], sources=["hoop_session"])["count"] == 0


def test_what_is_refused(store, tmp_path, monkeypatch):
    dest = tmp_path / "r.html"
    assert "store: missing" in failed(None, dest)
    assert "both are given" in failed(store, dest, records=[], sources=["hoop_session"])
    assert "with records: the one that they are from" in failed(None, dest, records=[])
    assert "timezone: 'Mars/Base' is not " in failed(store, dest, timezone="Mars/Base")
    assert "title: " in failed(store, dest, title="two\nlines")
    assert "is not before end_time" in failed(store, dest, start_time="2026-03-02", end_time="2026-03-01")
    assert "a file in a folder that exists" in failed(store, tmp_path / "no" / "r.html")
    assert "an absolute path" in failed(store, "r.html")
    (tmp_path / "link.html").symlink_to("/etc/passwd")
    assert "a plain file" in failed(store, tmp_path / "link.html")
    assert "store: nothing was ever kept there" in failed(str(tmp_path / "absent.db"), dest)
    monkeypatch.setitem(sys.modules, report_page.__package__ + ".report_asset", None)
    monkeypatch.delattr(sys.modules[report_page.__package__], "report_asset", raising=False)
    assert "run 'make report' in it first" in failed(store, dest)
    assert not dest.exists()


def test_a_folder_gets_a_file_with_a_name(store, tmp_path):
    assert done(store, tmp_path)["dest"] == str(tmp_path / "session-report.html")


def test_the_password_of_a_store_is_never_reported(tmp_path):
    result = report("postgresql://ana:s3cret-word@127.0.0.1:1/x", tmp_path / "r.html")
    assert result["failed"] and "s3cret-word" not in json.dumps(result)


def hostile_store(path):
    rows = []
    for number, text in enumerate(HOSTILE):
        values = {"actor": text, "target": text, "summary": text * 3, "kind": text[:60], "state": text[:60]}
        rows.append(sample.row("hoop_session", number, started_at=BEGIN + number * DAY, ended_at=BEGIN + number * DAY + 1, **values))
    sample.fill(path, rows, [])
    return path


def test_no_text_becomes_markup(tmp_path):
    dest = tmp_path / "r.html"
    done(hostile_store(str(tmp_path / "kept.db")), dest, title=HOSTILE[0])
    text = dest.read_text("utf-8")
    page = Page(text)
    tags = [tag for tag, _attrs in page.elements]
    assert tags == ["html", "head", *["meta"] * 6, "title", "style", "body", "noscript", "main", *["script"] * 5]
    assert page.comments == [], "no part of it is somebody else's"
    assert page.texts["title", None].strip() == HOSTILE[0]
    assert {row["actor"] for row in rows_of(data_of(dest))} == set(HOSTILE)
    assert data_of(dest)["title"] == HOSTILE[0]
    for embedded in text.split('<script type="application/json" id="')[1:]:
        assert not re.search("[<\u2028\u2029&]", embedded.split("</script>", 1)[0])
    # Nobody could be asked for anything.
    assert not [attrs for _tag, attrs in page.elements if attrs.keys() & {"src", "href", "srcset", "action"} or any(name.startswith("on") for name in attrs)]


def test_the_policy_allows_what_is_there_and_nothing_else(store, tmp_path):
    dest = tmp_path / "r.html"
    done(store, dest)
    page = Page(dest.read_text("utf-8"))
    (script, script_hash), (style, style_hash) = page.inline("script"), page.inline("style")
    assert page.policy() == {
        "default-src": "'none'", "script-src": script_hash, "style-src": style_hash, "base-uri": "'none'", "form-action": "'none'",
    }
    assert dest.read_bytes().index(b'charset="utf-8"') < 1024, "where browsers look for it"
    assert not re.search(r"\beval\(|new Function", script)
    assert "url(" not in style and "@import" not in style


@pytest.mark.any_core
def test_a_page_is_never_too_large(tmp_path):
    def rows():
        for number in range(2500):
            text = "%06d %s" % (number, "<&>" * 300)
            yield sample.row("hoop_session", number, started_at=BEGIN + number, actor=text, target=text, summary=text, kind="x")

    store = str(tmp_path / "kept.db")
    sample.fill(store, rows())
    result = done(store, tmp_path / "r.html")
    assert result["count"] == 2500 and result["size"] <= 1_500_000
    data = data_of(tmp_path / "r.html")
    assert data["totals"]["records"] == 2500 and data["shown"] == len(data["columns"]["id"]) < 2500


def test_times_that_no_calendar_has_are_not_reported(tmp_path):
    store = str(tmp_path / "kept.db")
    odd = sample.row("hoop_session", 1, started_at=2**60, ended_at=-(2**60))
    sample.fill(store, [odd, sample.row("hoop_session", 2, started_at=BEGIN, outcome="new word")])
    done(store, tmp_path / "r.html")
    rows = {row["record_id"]: row for row in rows_of(data_of(tmp_path / "r.html"))}
    assert rows["hoop_session-000001"]["started_at"] is None
    assert rows["hoop_session-000002"]["outcome"] == "unknown"
