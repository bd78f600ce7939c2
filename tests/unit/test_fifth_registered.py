# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fifth source is one folder, and one line (with its import) in each of the two registries: all tasks know it then."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UTILS = "plugins/module_utils"
PACKAGE = "ansible_collections/opsaudit/sessions"
#: Runs public tasks in a copy of the collection: arguments are a list of (room, task, arguments, options).
RUN = """
import importlib, json, sys
from fake_wire import FakeWire
from fifth_hosts import Hosts
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch import client
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
wire = FakeWire()
wire.answer = Hosts(a=3, b=2)
client.Transport = wire
ARCHIVE = ARCHIVES["fifth_login"]
made = {"InfoTask": [importlib.import_module(ARCHIVE.entry.__module__).SOURCE], "ArchiveTask": [ARCHIVE]}
results = []
for room, name, options in json.loads(sys.argv[1]):
    task = getattr(importlib.import_module("ansible_collections.opsaudit.sessions.plugins.module_utils." + room), name)(*made.get(name, ()))
    defaults = {option: each.get("default") for option, each in task.options.items()}
    results.append(run_task(task, {**defaults, **options}, {}, now=1775001600000).result)
print(json.dumps(results))
"""


def registered(text, name):
    """A registry with one more entry and its import: the file as somebody would change it who adds the folder."""
    last = list(re.finditer(r"^from \.(\w+) import (\w+) as \w+\n", text, re.M))[-1]
    text = text[: last.end()] + "from .fifth import %s as fifth\n" % last[2] + text[last.end():]
    if name == "archives":
        return text.replace("bcc.ARCHIVE)", "bcc.ARCHIVE, fifth.ARCHIVE)")
    return text.replace('"bcc_action_run": bcc.build_events,\n', '"bcc_action_run": bcc.build_events,\n    "fifth_login": fifth.build_events,\n')


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """A copy of the collection with the folder and the lines."""
    root = tmp_path_factory.mktemp("fifth")
    target = root / PACKAGE
    shutil.copytree(ROOT / UTILS, target / UTILS, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests" / "unit" / "fifth", target / UTILS / "_sources" / "fifth", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("archives", "ocsf"):
        path = target / UTILS / "_sources" / (name + ".py")
        before = path.read_text("utf-8")
        path.write_text(registered(before, name), "utf-8")
        assert len(path.read_text("utf-8").splitlines()) - len(before.splitlines()) == (1 if name == "archives" else 2)
    return root


def run(collection, *tasks):
    """The results of public tasks in the copy."""
    script = collection / "run.py"
    script.write_text(RUN, "utf-8")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(collection), str(ROOT / "tests" / "unit")])}
    done = subprocess.run([sys.executable, str(script), json.dumps(tasks)], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    results = json.loads(done.stdout)
    assert [each.get("msg") for each in results if each.get("failed")] == []
    return results


def test_all_public_tasks_know_it(collection, tmp_path):
    access = {"endpoint": "https://fifth.example.com", "ticket": "s3cret-t1cket", "host": ["a", "b"]}
    store, window = str(tmp_path / "s.db"), {"start_time": "2026-03-01", "end_time": "2026-04-01"}
    kept = {"store": store, "sources": ["fifth_login"], **window}
    info, archived, exported, reported, gated = run(
        collection,
        ("_info", "InfoTask", {**access, **window}),
        ("_archive.task", "ArchiveTask", {**access, "store": store, **window}),
        ("_export.task", "ExportTask", {**kept, "dest": str(tmp_path / "export")}),
        ("_report.task", "ReportTask", {**kept, "dest": str(tmp_path / "r.html")}),
        ("_gate.task", "GateTask", {"store": store, **window, "rules": [
            {"source": "fifth_login", "when": when, "at_most": 0} for when in ("failed", "root", "incomplete")
        ]}),
    )
    assert (info["count"], info["complete"], info["logins"][0]["host"]) == (5, True, "a")
    assert (archived["added"], archived["complete"], archived["gaps"]) == (5, True, [])
    assert [each["scope"] for each in archived["coverage"]] == [{"host": "a"}, {"host": "b"}]
    assert exported["complete"] is True
    folder = tmp_path / "export"
    lines = [json.loads(line) for line in (folder / "fifth_login.jsonl").read_text("utf-8").splitlines()]
    events = [json.loads(line) for line in (folder / "fifth_login.ocsf.jsonl").read_text("utf-8").splitlines()]
    rows = list(csv.DictReader((folder / "fifth_login.csv").open(encoding="utf-8-sig", newline="")))
    assert [each["record_id"] for each in lines] == [row["record_id"] for row in rows] == [each["metadata"]["uid"] for each in events]
    assert list(rows[0])[-2:] == ["user", "exit_code"] and [row["user"] or None for row in rows] == [each["actor"] for each in lines]
    assert {each["class_name"] for each in events} == {"Authentication"} and len(lines) == 5
    assert (reported["count"], reported["complete"]) == (5, True)
    assert [each["count"] for each in gated["rules"]] == [5, 0, 0]
