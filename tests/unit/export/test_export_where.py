# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A part of the records in an export, which says that it is one; sources that the store knows."""

from __future__ import annotations

import json

import pytest
from attachments import Archiving, Recordings, recorded, uuid
from exporting import BEGIN, DAY, done, export, keep, note, session, table
from reporting import done as reported

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._export.task import ExportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.task import ReportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.tests.stores.look import connected

KILL = {"task_id": "t", "start_time": BEGIN // 1000, "end_time": BEGIN // 1000, "instance_id": "i", "node_id": "n"}


@pytest.fixture
def store(tmp_path):
    """Three sessions of two people on two connections."""
    store = str(tmp_path / "s.db")
    keep(store, [
        session(0, script={"data": "select * from orders"}), session(1, connection="billing", exit_code=3), session(2, user="bo@example.com", exit_code=1),
    ])
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    return store


def manifest(dest):
    return json.loads((dest / "manifest.json").read_text())


@pytest.mark.parametrize("where, ids", [
    ("target == 'orders'", ["s0000", "s0002"]),
    ("actor == 'bo@example.com'", ["s0002"]),
    ("contains(summary || '', 'from orders')", ["s0000"]),
    ("raw.exit_code > `1`", ["s0001"]),
    ("scope.org == 'o' && started_at >= `0` && last_seen == `1`", ["s0000", "s0001", "s0002"]),
])
def test_a_condition_cuts_all_formats_and_the_report(store, tmp_path, where, ids):
    dest = tmp_path / "e"
    result = done(store, dest, where=where)
    assert [each["count"] for each in result["files"]][:3] == [len(ids)] * 3
    assert [json.loads(line)["record_id"] for line in (dest / "hoop_session.jsonl").read_text().splitlines()] == ids
    assert [row["record_id"] for row in table(dest / "hoop_session.csv")] == ids
    assert "last_seen" not in (dest / "hoop_session.jsonl").read_text()
    assert manifest(dest)["where"] == result["where"] == where and manifest(dest)["sources"][0]["count"] == len(ids)
    assert result["complete"] is True, "all records that meet it are there"
    assert reported(store, tmp_path / "r.html", where=where)["count"] == len(ids)


def test_verify_says_that_it_is_a_part(store, tmp_path):
    dest = tmp_path / "e"
    done(store, dest, where="target == 'orders'")
    assert done(None, dest, verify=True)["where"] == "target == 'orders'"
    assert done(store, dest)["where"] is None and done(None, dest, verify=True)["where"] is None
    content = manifest(dest)
    del content["where"]
    (dest / "manifest.json").write_text(json.dumps(content))
    assert export(None, dest, verify=True)["mismatched"] == ["manifest.json"]


def test_attachments_of_the_part(wire, tmp_path):
    gateway = Recordings(wire)
    gateway.sessions = [recorded(number, metrics=None, exit_code=number) for number in range(1, 4)]
    archiving = Archiving(tmp_path)
    archiving.run()
    done(archiving.store, tmp_path / "e", where="raw.exit_code == `2`", attachments=str(archiving.dest))
    assert [each["record_id"] for each in manifest(tmp_path / "e")["attachments"]] == [uuid(2)]
    assert [path.name for path in (tmp_path / "e" / "attachments").rglob("*.jsonl")] == ["%s.recording.jsonl" % uuid(2)]
    assert done(None, tmp_path / "e", verify=True)["complete"] is True


@pytest.mark.parametrize("where, line", [
    ("connection", "where: 'connection' is not a condition (write connection != null, or a comparison such as target == 'orders-db')"),
    ("a ==", "where: 'a ==' is not a JMESPath expression over a record ("),
    ("conection == 'orders'", "where: 'conection' is not a column of a record ("),
    ("target == orders", "where: 'orders' is not a column of a record (a text has single quotes: target == 'orders')"),
    ("length(started_at)", "where: 'length(started_at)' is not a JMESPath expression over a record ("),
])
def test_a_bad_condition(store, tmp_path, where, line):
    assert export(store, tmp_path / "e", where=where)["msg"].startswith(line)
    assert not (tmp_path / "e").exists()


def test_a_condition_that_nothing_meets(store, tmp_path):
    line = "where: no record in the window meets it. Check the spelling of values, and of names in raw and scope."
    for task, dest in ((ExportTask(), "e"), (ReportTask(), "r.html")):
        defaults = {name: declared.get("default") for name, declared in task.options.items()}
        for where, warnings in (("target == 'order'", [line]), ("target == 'orders'", [])):
            given = {**defaults, "store": store, "dest": str(tmp_path / dest), "where": where}
            assert run_task(task, given, {}).warnings == warnings


def test_sources_that_the_store_knows(store, tmp_path):
    result = done(store, tmp_path / "e")
    assert [each["source"] for each in manifest(tmp_path / "e")["sources"]] == ["hoop_session"]
    assert (result["complete"], result["gaps"]) == (True, [])
    assert reported(store, tmp_path / "r.html")["complete"] is True
    note(store, (BEGIN, BEGIN + DAY), source="taurusdb_killed_session", scope={"instance_id": "i", "node_id": "n"})
    result = done(store, tmp_path / "e")
    assert [each["source"] for each in manifest(tmp_path / "e")["sources"]] == ["taurusdb_killed_session", "hoop_session"]
    assert [each["source"] for each in result["gaps"]] == ["taurusdb_killed_session"], "what was to be archived and was not"


def test_a_store_that_knows_nothing_is_not_complete(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [KILL], "taurusdb_killed_session", {"instance_id": "i", "node_id": "n"})
    with connected(store) as connection:
        connection.execute("DELETE FROM record")
        connection.execute("DELETE FROM scope")
        connection.commit()
    result = done(store, tmp_path / "e")
    assert result["complete"] is False and [each["source"] for each in result["gaps"]] == list(ARCHIVES)


@pytest.mark.parametrize("zone, line", [("Berlin", "timezone: 'Berlin' is not an IANA time zone (")])
def test_a_time_zone_that_is_none(store, tmp_path, zone, line):
    assert export(store, tmp_path / "e", timezone=zone)["msg"].startswith(line)


def test_local_times(store, tmp_path):
    done(store, tmp_path / "e", timezone="Asia/Shanghai", formats=["csv"])
    assert {row["started_at_local"] for row in table(tmp_path / "e" / "hoop_session.csv")} == {"2026-03-01T08:00:00.000+08:00"}
