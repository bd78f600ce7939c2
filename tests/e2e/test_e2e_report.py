# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as a playbook makes them, on both paths."""

from __future__ import annotations

import json

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import HOOP, PATHS, Scene
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

MODULE = "session_report"
HOSTILE = "</script><script>alert(1)</script>"
SESSION = "11d337d0-1f45-5203-8630-eccd7c816bf8"


@pytest.fixture
def store(tasks):
    """A store with a gateway's sessions: markup and a secret are among them."""
    path = str(tasks.folder / "kept.db")
    planted = {"user": HOSTILE, "metadata": {"note": "Bearer " + credentials.HOOP_TOKEN}}
    alter = ("alter", {"dialect": "hoop", "scope": {}, "ids": [SESSION], "values": planted})
    run = tasks.scenes({"kept": Scene("hoop_session_archive", {**tasks.access(HOOP, start_time="2026-01-01"), "store": path}, [alter])})
    assert not run["kept"].result.get("failed"), run.output
    for each in PATHS:
        (tasks.folder / "reports" / each).mkdir(parents=True)
    return path


def scene(ansible, name, keywords=None, **args):
    dest = "%s/reports/{{ inventory_hostname }}/%s" % (ansible.folder, name)
    given = {"dest": dest, "sources": "hoop_session", **args}
    return Scene(MODULE, {key: value for key, value in given.items() if value is not None}, [], keywords or {})


def same(ansible, run, name):
    """What a scene gave on both paths: equal, but for the folder."""
    reported = [json.dumps(run["%s/%s" % (path, name)].result, sort_keys=True).replace("/reports/%s" % path, "/reports/PATH") for path in PATHS]
    assert reported[0] == reported[1], name
    return json.loads(reported[0])


@pytest.mark.any_core
def test_reports_on_both_paths(tasks, store):
    window = {"store": store, "start_time": "2026-01-01", "end_time": "2026-07-01", "timezone": "Asia/Shanghai", "title": "A title"}
    scenes = {
        "predicted": scene(tasks, "a.html", {"check_mode": True, "diff": True}, **window),
        "made": scene(tasks, "a.html", {"diff": True}, **window),
        "again": scene(tasks, "a.html", {"diff": True}, **window),
        "records": scene(tasks, "c.html", records=[{"id": "s1", "status": "done", "exit_code": 0, "start_date": "2026-03-01T00:00:00Z"}]),
        "folder": scene(tasks, "", store=store),
        "no_zone": scene(tasks, "d.html", store=store, timezone="Mars/Base"),
        "no_store": scene(tasks, "d.html", store=store + ".absent"),
        "no_folder": scene(tasks, "no/such/d.html", store=store),
        "nothing": scene(tasks, "d.html"),
    }
    run = tasks.both(scenes)
    scenes["from_environment"] = scene(tasks, "b.html")
    run.kept |= tasks.both({"from_environment": scenes["from_environment"]}, env={"OPSAUDIT_STORE": store}).kept
    reported = {name: same(tasks, run, name) for name in scenes}
    assert {name: (result["changed"], bool(result.get("failed"))) for name, result in reported.items()} == {
        "predicted": (True, False), "made": (True, False), "again": (False, False), "from_environment": (True, False), "records": (True, False),
        "folder": (True, False), "no_zone": (False, True), "no_store": (False, True), "no_folder": (False, True), "nothing": (False, True),
    }
    assert reported["predicted"] == reported["made"] and "diff" not in reported["again"]
    pages = [{path.name: path.read_bytes() for path in (tasks.folder / "reports" / each).iterdir()} for each in PATHS]
    assert pages[0] == pages[1] and sorted(pages[0]) == ["a.html", "b.html", "c.html", "session-report.html"]
    assert len(pages[0]["a.html"]) == reported["made"]["size"] <= 1_500_000
    for page in pages[0].values():
        assert HOSTILE.encode() not in page and page.count(b"<script") == 5
    everything = run.output + "".join(page.decode() for page in pages[0].values())
    assert credentials.HOOP_TOKEN not in everything and "alert(1)" in everything
    failures = {name: result["msg"] for name, result in reported.items() if result.get("failed")}
    assert "timezone: 'Mars/Base' is not " in failures["no_zone"] and "store: missing" in failures["nothing"]
    assert all("\n" not in message for message in failures.values())
