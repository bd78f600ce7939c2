# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports: what they hold, and what happens to the folder."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import sqlite3
import stat
import subprocess

import pytest
import sqlalchemy
from exporting import BEGIN, DAY, GATEWAY, contents, done, export, keep, note, session, some_days, table

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._export import task as export_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.ocsf import build_events
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import reader
from ansible_collections.opsaudit.sessions.tests.memory import peak

PROCESSES = multiprocessing.get_context("fork")
FILES = ["%s%s" % (source, ending) for source in ARCHIVES for ending in (".jsonl", ".csv", ".ocsf.jsonl")]
KILL = {"task_id": "t", "start_time": BEGIN // 1000, "end_time": BEGIN // 1000, "instance_id": "i", "node_id": "n"}
RUN = {"id": "r", "state": "SUCCESS", "created_timestamp": BEGIN, "children": [{"id": "d1"}, {"id": "d2"}]}


@pytest.fixture
def store(tmp_path):
    """Some days of one gateway, read completely."""
    return some_days(tmp_path / "s.db")


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "export"


def fill(store):
    """Something of every source."""
    keep(store, [session(number, BEGIN + number % 3, user="ä" * number) for number in range(6)])
    keep(store, [session(number, BEGIN) for number in range(3)], scope={"gateway": "http://H"})
    keep(store, [KILL], "taurusdb_killed_session", {"instance_id": "i", "node_id": "n"})
    keep(store, [{"session_id": "q", "status": "CLOSED", "create_time": "2026-03-01T00:00:00Z"}], "dataarts_sql_session", {"workspace_id": "w"})
    keep(store, [RUN], "bcc_action_run", {"region": "bj", "type": "COMMAND"})
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])


def test_every_database_makes_the_same_bytes(any_store, tmp_path, dest):
    fill(any_store)
    reference = str(tmp_path / "reference.db")
    fill(reference)
    result = done(any_store, dest)
    done(reference, tmp_path / "other")
    assert contents(dest) == contents(tmp_path / "other")
    assert sorted(contents(dest)) == sorted([*FILES, "manifest.json", "SHA256SUMS"])
    counts = {each["path"]: each["count"] for each in result["files"]}
    assert (counts["hoop_session.csv"], counts["bcc_action_run.jsonl"], counts["bcc_action_run.ocsf.jsonl"]) == (9, 1, 2)
    assert counts["manifest.json"] is None


def test_what_a_folder_holds(store, dest):
    result = done(store, dest)
    assert set(result) == {"files", "where", "complete", "gaps", "pruned", "missing_attachments", "mismatched", "broken", "signature", "changed"}
    assert (result["complete"], result["gaps"], result["mismatched"], result["changed"]) == (True, [], [], True)
    assert stat.S_IMODE(dest.stat().st_mode) == 0o700
    for each in result["files"]:
        assert stat.S_IMODE((dest / each["path"]).stat().st_mode) == 0o600
        assert hashlib.sha256((dest / each["path"]).read_bytes()).hexdigest() == each["sha256"]
    assert [each["path"] for each in result["files"]] == [*FILES[6:9], "manifest.json", "SHA256SUMS"]
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=dest, check=True, capture_output=True)
    assert len((dest / "SHA256SUMS").read_text().splitlines()) == 4
    lines = [json.loads(line) for line in (dest / "hoop_session.jsonl").read_text("utf-8").splitlines()]
    assert [line["record_id"] for line in lines] == ["s0000", "s0001", "s0002", "s0003"]
    assert lines[0]["scope"] == GATEWAY and lines[0]["raw"] == session(0) and lines[0]["started_at"] == BEGIN
    assert list(lines[0]) == [
        "source", "scope_key", "record_id", "scope", "kind", "state", "outcome", "started_at", "ended_at", "actor", "target", "summary",
        "raw", "content_hash", "row_hash", "first_seen", "changed_at",
    ]
    rows = table(dest / "hoop_session.csv")
    assert [row["record_id"] for row in rows] == [line["record_id"] for line in lines]
    events = [json.loads(line) for line in (dest / "hoop_session.ocsf.jsonl").read_text("utf-8").splitlines()]
    for event, line in zip(events, lines):
        assert event["metadata"].pop("tenant_uid") == "o"
        assert [event] == list(build_events("hoop_session", line["raw"]))


UNNAMED = {"scopes": [{"scope": GATEWAY, "label": None, "retired_at": None}]}


def test_the_manifest(store, dest):
    done(store, dest, sources=["hoop_session"], formats=["csv"], start_time="2026-03-02", end_time="2026-03-04")
    reported = json.loads((dest / "manifest.json").read_text())
    assert reported["window"] == {"start": "2026-03-02T00:00:00.000Z", "end": "2026-03-04T00:00:00.000Z"}
    assert reported["collection"]["name"] == "opsaudit.sessions" and (reported["store_version"], reported["ocsf_version"]) == (1, "1.8.0")
    assert (reported["complete"], reported["gaps"], reported["formats"]) == (True, [], ["csv"])
    assert reported["sources"] == [{"source": "hoop_session", "count": 2, **UNNAMED, "coverage": [{"scope": GATEWAY, "view": {}, "windows": [
        {"start": "2026-03-02T00:00:00.000Z", "end": "2026-03-04T00:00:00.000Z", "listed_on": None},
    ]}]}]
    assert [each["path"] for each in reported["files"]] == ["hoop_session.csv"]


def test_relative_times_are_no_longer_relative(store, dest):
    now = BEGIN + 3 * DAY
    first = done(store, dest, start_time="-2d", now=now)
    assert [each["count"] for each in first["files"]][0] == 3
    assert done(store, dest, start_time="2026-03-02", now=now + 5)["changed"] is False
    assert done(store, dest, start_time="-2d", now=now + 5)["changed"] is True


def test_what_is_missing_is_reported(store, dest):
    result = done(store, dest, sources=["hoop_session", "bcc_action_run"], end_time="2026-03-06")
    assert result["complete"] is False
    assert result["gaps"] == [
        {"source": "hoop_session", "scope": GATEWAY, "start": "2026-03-05T00:00:00.000Z", "end": "2026-03-06T00:00:00.000Z", "reasons": []},
        {"source": "bcc_action_run", "scope": {}, "start": None, "end": "2026-03-06T00:00:00.000Z", "reasons": []},
    ]
    assert json.loads((dest / "manifest.json").read_text())["gaps"] == result["gaps"]


def test_filtered_runs_prove_nothing_of_the_whole(store, dest):
    note(store, (BEGIN, BEGIN + 9 * DAY), [(BEGIN, BEGIN + 9 * DAY)], scope=GATEWAY, view="connection=orders")
    result = done(store, dest, sources=["hoop_session"])
    assert [gap["start"] for gap in result["gaps"]] == ["2026-03-05T00:00:00.000Z"]


def test_a_second_run_leaves_everything_alone(store, dest):
    done(store, dest)
    before = {path.name: path.stat().st_mtime_ns for path in dest.iterdir()}
    assert done(store, dest)["changed"] is False
    assert {path.name: path.stat().st_mtime_ns for path in dest.iterdir()} == before
    keep(store, [session(9)], now=5)
    result = done(store, dest)
    assert result["changed"] is True
    touched = {path.name for path in dest.iterdir() if path.stat().st_mtime_ns != before[path.name]}
    assert touched == {"hoop_session.jsonl", "hoop_session.csv", "hoop_session.ocsf.jsonl", "manifest.json", "SHA256SUMS"}
    (dest / "hoop_session.csv").chmod(0o644)
    assert done(store, dest)["changed"] is True and stat.S_IMODE((dest / "hoop_session.csv").stat().st_mode) == 0o600


def test_check_mode_and_diff_mode(store, dest):
    predicted = done(store, dest, check=True, diff=True)
    assert not dest.exists() and predicted["changed"] is True
    assert done(store, dest, diff=True) == predicted
    assert len(predicted["diff"]) == 5 and "ana@" not in json.dumps(predicted)
    before = contents(dest)
    later = done(store, dest, check=True, diff=True, formats=["csv"])
    assert later["changed"] is True and contents(dest) == before
    assert done(store, dest, formats=["csv"], diff=True) == later
    assert {"path": str(dest / "hoop_session.jsonl"), "state": "absent"} in [each["after"] for each in later["diff"]]
    assert done(store, dest, check=True, formats=["csv"])["changed"] is False


def test_the_store_may_be_in_the_environment(store, dest):
    params = {**{name: declared.get("default") for name, declared in export_task.ExportTask.options.items()}, "dest": str(dest)}
    assert run_task(export_task.ExportTask(), params, {"OPSAUDIT_STORE": store}).result["changed"] is True
    assert run_task(export_task.ExportTask(), {**params, "verify": True}, {}).result["mismatched"] == []


@pytest.mark.parametrize("given, reported", [
    ({"start_time": "2026-03-02", "end_time": "2026-03-02"}, "start_time: 2026-03-02T00:00:00.000Z is not before end_time"),
    ({"end_time": "soon"}, "end_time: 'soon' is not a time"),
    ({"store": ""}, "store: missing (a path, or the URL of a database"),
    ({"store": "oracle://h/d"}, "store: 'oracle' is not a database"),
    ({"store": "none.db"}, "store: nothing was ever kept there (write "),
])
def test_bad_options_are_reported_before_anything_is_written(store, dest, tmp_path, monkeypatch, given, reported):
    monkeypatch.chdir(tmp_path)
    result = export(given.pop("store", store), dest, **given)
    assert reported in result["msg"] and result["failure"]["kind"] == "invalid_request" and result["changed"] is False
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s.db"]


def test_a_store_that_was_tampered_with_is_reported(store, dest):
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE record SET raw = 'NaN' WHERE record_id = 's0002'")
    connection.close()
    result = export(store, dest)
    assert "the record s0002 of hoop_session is not as it was written" in result["msg"]
    assert not dest.exists()


def test_a_database_that_is_lost_half_way_is_read_again(store, dest, tmp_path, monkeypatch):
    done(store, tmp_path / "before")
    lost = [True]

    def records(*given):
        for row in reader.read_records(*given):
            if row["record_id"] == "s0002" and lost:
                lost.pop()
                raise sqlalchemy.exc.OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))
            yield row

    monkeypatch.setattr(export_task, "read_records", records)
    done(store, dest)
    assert lost == [] and contents(dest) == contents(tmp_path / "before")


def grown(work):
    """By how many MB a process grows that does something."""
    here, there = PROCESSES.Pipe(duplex=False)

    def measured():
        before = peak()
        work()
        there.send((peak() - before) / 1024)

    process = PROCESSES.Process(target=measured)
    process.start()
    process.join()
    assert process.exitcode == 0
    return here.recv()


@pytest.mark.any_core
def test_thirty_thousand_records(tmp_path, dest):
    """The same bytes, and hardly more memory than for a few."""
    path = tmp_path / "s.db"
    keep(str(path), [session(0, BEGIN + 200_000)])
    raw = json.dumps(session(1), sort_keys=True)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO record SELECT source, scope_key, 'n' || n.value, scope, kind, state, outcome, %d + (n.value * 7919) %% 100003, ended_at, actor,"
            " target, summary, ?, content_hash, row_hash, first_seen, last_seen, changed_at, detailed_at FROM record, (WITH RECURSIVE c(value) AS"
            " (SELECT 1 UNION ALL SELECT value + 1 FROM c WHERE value < 29999) SELECT value FROM c) AS n" % BEGIN, (raw,),
        )
    connection.close()
    assert grown(lambda: done(path, dest, sources=["hoop_session"])) < 25
    sizes = {each.name: each.stat().st_size for each in dest.iterdir()}
    assert sizes["hoop_session.csv"] > 6_000_000 and sizes["hoop_session.ocsf.jsonl"] > 24_000_000
    again = done(path, dest.with_name("again"), sources=["hoop_session"], formats=["jsonl"])
    assert again["files"][0]["count"] == 30_000
    assert again["files"][0]["sha256"] == hashlib.sha256((dest / "hoop_session.jsonl").read_bytes()).hexdigest()
