# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments of the emulated sources: kept as the source has them, by tasks that are killed, too, and converted offline."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils import _download
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.tests.e2e.archiving import BEGIN, CASES, HOUR, Task, archive, params
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.look import dump, rows

#: What is requested and what is kept, whatever ansible-core runs the task.
pytestmark = pytest.mark.any_core

NOW = BEGIN + 30 * 24 * HOUR
MANY = 3_000
LARGE = 80_000_000
NOWHERE = "http://127.0.0.1:1"
#: Archives one session with its recording, and prints the most memory that it took, in KB.
PROGRAM = """
import json, sys
from ansible_collections.opsaudit.sessions.plugins.module_utils._archive import task as archive_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.tests.e2e.archiving import CASES
from ansible_collections.opsaudit.sessions.tests.memory import peak
given, now = json.loads(sys.argv[1])
before = peak()
result = run_task(archive_task.ArchiveTask(CASES["hoop"].archive), given, {}, now=now).result
print(json.dumps([result.get("msg"), result.get("attachments"), before, peak()]))
"""


def wanted(emulator, folder, source="hoop", **more):
    names = {"hoop": ["recording", "input"], "taurusdb": ["killed_list"]}[source]
    given = {"attachments": names, "attachments_dest": str(folder / "kept"), **more}
    return params(CASES[source], emulator.urls, str(folder / "s.db"), **given)


def kept(folder):
    found = rows(str(folder / "s.db"), "SELECT * FROM attachment")
    return {(row["record_id"], row["name"]): row for row in found}


def check_files(folder):
    """Every row that is kept has its file, whole, and no other file is there."""
    expected = {}
    for row in kept(folder).values():
        if row["state"] == "kept":
            expected[row["path"]] = (row["size"], row["sha256"])
    found = {}
    for path in (folder / "kept").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found[str(path.relative_to(folder / "kept"))] = (len(content), hashlib.sha256(content).hexdigest())
    assert found == expected


def download(**given):
    declared = _download.DownloadTask.options
    return run_task(_download.DownloadTask(), {**{name: each.get("default") for name, each in declared.items()}, **given}, {}).result


def test_every_kind_of_session(emulator, tmp_path):
    result = archive(CASES["hoop"], wanted(emulator, tmp_path), NOW)
    assert not result.get("failed"), result
    check_files(tmp_path)
    states = Counter((name, row["state"]) for (_id, name), row in kept(tmp_path).items())
    # One is lost; those that were rejected or blocked before they ran have nothing; those that are open are not fetched.
    assert states["recording", "gone"] == 1 and states["recording", "kept"] >= 10 and states["recording", "empty"] >= 1
    assert not any(state == "failed" for _name, state in states)
    ended = rows(str(tmp_path / "s.db"), "SELECT record_id FROM record WHERE outcome NOT IN ('running', 'waiting')")
    assert {each for each, name in kept(tmp_path) if name == "recording"} == {row["record_id"] for row in ended}
    assert result["attachments"]["kept"] == sum(count for (_name, state), count in states.items() if state == "kept")


@pytest.mark.parametrize("form", ["raw", "txt", "jsonl", "csv", "cast", "html"])
def test_converted_offline_as_online(emulator, tmp_path, form):
    archive(CASES["hoop"], wanted(emulator, tmp_path, attachments=["recording"]), NOW)
    compared = 0
    for (name, _attachment), row in kept(tmp_path).items():
        if row["state"] != "kept":
            continue
        for events in (None, ["i", "o", "e"]):
            given = {"format": form, "events": events}
            path = str(tmp_path / "kept" / row["path"])
            offline = download(attachment=path, dest=str(tmp_path / "offline"), endpoint=NOWHERE, **given)
            online = download(
                source="hoop_session", endpoint=emulator.urls["hoop"], token=credentials.HOOP_TOKEN, id=name, dest=str(tmp_path / "online"), **given
            )
            assert bool(offline.get("failed")) is bool(online.get("failed")), (offline, online)
            if not online.get("failed"):
                assert (tmp_path / "offline").read_bytes() == (tmp_path / "online").read_bytes(), name
                compared += 1
    assert compared >= 10


def test_thousands_by_runs_that_are_killed(emulator, tmp_path):
    emulator.seed("hoop", MANY, start=BEGIN, end=NOW, values={"status": "done", "end_date": "2026-03-30T00:00:00Z", "review": None})
    given = wanted(emulator, tmp_path, attachments=["recording"], concurrency=8)
    # Killed after so many requests: while it lists (about 35 requests), and while it fetches.
    killed_after = (10, 20, 150, 200)
    for requests in killed_after:
        before, deadline = emulator.stats()["requests"], time.monotonic() + 60
        task = Task(CASES["hoop"], given, NOW)
        while emulator.stats()["requests"] - before < requests and time.monotonic() < deadline:
            time.sleep(0.02)
        assert task.kill()
    assert 100 < len(kept(tmp_path)) < MANY
    result = archive(CASES["hoop"], given, NOW)
    assert result["complete"] and result["attachments"]["missing"] == 0
    found = kept(tmp_path)
    assert len(found) == MANY and {row["state"] for row in found.values()} <= {"kept", "empty"}
    check_files(tmp_path)
    # What was in flight when a run was killed is requested again, and nothing else.
    again = len(requests_for_recordings(emulator)) - MANY
    assert 0 <= again <= len(killed_after) * 2 * 8
    assert archive(CASES["hoop"], given, NOW + HOUR)["attachments"] == {"kept": 0, "missing": 0}
    assert len(requests_for_recordings(emulator)) == MANY + again


def requests_for_recordings(emulator):
    return [urlsplit(each["target"]).path for each in emulator.log("hoop") if "expand=event_stream" in each["target"]]


def test_on_every_database(emulator, any_store, tmp_path):
    emulator.seed("hoop", 120, start=BEGIN, end=NOW, values={"status": "done", "end_date": "2026-03-30T00:00:00Z", "review": None})
    given = {**wanted(emulator, tmp_path), "store": any_store}
    assert archive(CASES["hoop"], {**given, "attachments": None}, NOW)["attachments"] == {"kept": 0, "missing": 0}
    emulator.fault("status", "hoop", status=500, match={"path": "/api/sessions/[^/]+$"}, times=20)
    result = archive(CASES["hoop"], {**given, "retries": 0}, NOW + HOUR)
    assert (result["incomplete_reasons"], result["attachments"]["missing"]) == (["attachments"], 20)
    result = archive(CASES["hoop"], given, NOW + 2 * HOUR)
    assert (result["complete"], result["attachments"]["missing"]) == (True, 0)
    found = rows(any_store, "SELECT * FROM attachment")
    assert len(found) == 2 * 120 and {row["state"] for row in found} == {"kept", "empty"}
    assert archive(CASES["hoop"], given, NOW + 3 * HOUR)["changed"] is False


def test_a_large_recording_takes_little_memory(emulator, tmp_path):
    emulator.seed("hoop", 1, recording=LARGE, start=BEGIN, end=NOW)
    given = wanted(emulator, tmp_path, attachments=["recording"], timeout=120)
    ran = subprocess.run([sys.executable, "-c", PROGRAM, json.dumps([given, NOW])], capture_output=True, text=True, check=True)
    message, counted, before, most = json.loads(ran.stdout)
    assert message is None and counted == {"kept": 1, "missing": 0}
    (row,) = kept(tmp_path).values()
    assert row["size"] > LARGE and os.stat(tmp_path / "kept" / row["path"]).st_size == row["size"]
    # In KB, beside what Python and the libraries take before the task begins.
    assert most - before < 40_000, most - before


def test_lists_of_killed_sessions_by_links_for_one_request(emulator, tmp_path):
    case = CASES["taurusdb"]
    emulator.config(links_once=True)
    emulator.seed("taurusdb", 120, **case.scope, start=BEGIN, end=NOW)
    given = wanted(emulator, tmp_path, "taurusdb")
    task = Task(case, given, NOW)
    time.sleep(0.5)
    task.kill()
    result = archive(case, given, NOW)
    assert result["complete"] and result["attachments"]["missing"] == 0
    found = kept(tmp_path)
    assert sorted(name for name, _attachment in found) == sorted(emulator.ids("taurusdb", **case.scope))
    check_files(tmp_path)
    for (name, _attachment), row in found.items():
        assert ("SELECT %s" % name).encode() in (tmp_path / "kept" / row["path"]).read_bytes()
    for request in emulator.log("elsewhere"):
        assert not {"authorization", "x-auth-token"} & {name.lower() for name in request["headers"]}
    said = json.dumps(result) + dump(str(tmp_path / "s.db")) + json.dumps(list(found.values()))
    assert "NeverPrint" not in said and "killed-sessions/" not in said


@pytest.mark.parametrize("status, state, complete", [(404, "gone", True), (410, "gone", True), (403, "failed", False), (500, "failed", False)])
def test_links_that_lead_nowhere(emulator, tmp_path, status, state, complete):
    case = CASES["taurusdb"]
    emulator.seed("taurusdb", 2, **case.scope, start=BEGIN, end=NOW)
    emulator.fault("status", "elsewhere", status=status)
    result = archive(case, wanted(emulator, tmp_path, "taurusdb", retries=1), NOW)
    assert (result["complete"], result["attachments"]) == (complete, {"kept": 0, "missing": 2})
    assert {row["state"] for row in kept(tmp_path).values()} == {state}
    emulator.clear_faults()
    result = archive(case, wanted(emulator, tmp_path, "taurusdb"), NOW + HOUR)
    assert result["attachments"] == {"kept": 2 if state == "failed" else 0, "missing": 0 if state == "failed" else 2}


def test_a_list_that_is_too_large(emulator, tmp_path):
    case = CASES["taurusdb"]
    emulator.config(killed_size=50_000)
    emulator.seed("taurusdb", 1, **case.scope, start=BEGIN, end=NOW)
    result = archive(case, wanted(emulator, tmp_path, "taurusdb", attachments_max_bytes=49_999), NOW)
    assert (result["complete"], result["attachments"]) == (True, {"kept": 0, "missing": 1})
    result = archive(case, wanted(emulator, tmp_path, "taurusdb", attachments_max_bytes=50_000), NOW + HOUR)
    assert result["attachments"] == {"kept": 1, "missing": 0}
    check_files(tmp_path)
