# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: by ansible-runner, from a private folder, with credentials and answers as AWX gives them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.opsaudit.sessions.tests.awx import injected, loaded
from ansible_collections.opsaudit.sessions.tests.e2e.support import BIN, INSTANCE, NODE, NODE_2
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_scaling.rst"
TYPES = loaded("credential_types.yml")["awx_setup_credential_types"]
#: AWX replaces the result of an event that is longer by an empty one.
LARGEST = 700_000
LOCALHOST = {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}}

pytestmark = pytest.mark.any_core


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A clone of this repository, and what AWX installs for it when it synchronises the project."""
    folder = tmp_path_factory.mktemp("awx")
    clone = folder / "project"
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)
    command = [BIN / "ansible-galaxy", "collection", "install", "-r", "collections/requirements.yml", "-p", folder / "requirements_collections"]
    # Force, for the tests' own environment has the collection already.
    subprocess.run([*command, "--offline", "--force"], cwd=clone, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return folder


@dataclass
class Job:
    """A job that has ended."""

    status: str
    output: str
    events: list[dict[str, Any]]
    folder: Path

    @property
    def artifacts(self) -> dict[str, Any]:
        (stats,) = [event for event in self.events if event["event"] == "playbook_on_stats"]
        return stats["event_data"]["artifact_data"]

    @property
    def results(self) -> list[dict[str, Any]]:
        return [event["event_data"] for event in self.events if "res" in event.get("event_data", {})]

    def paths(self) -> set[str]:
        """Where the tasks of the collection are."""
        told = {event["event_data"].get("task_path", "") for event in self.events if "event_data" in event}
        return {path.partition("/roles/")[0] for path in told if "/roles/" in path}


@pytest.fixture
def start(ansible, tmp_path):
    """Runs a job, with the layout and the environment that AWX gives it."""
    numbers = iter(range(1, 100))

    def start(playbook, project, variables, env, inventory=None, collections=None):
        inventory = inventory or LOCALHOST
        folder = tmp_path / ("job-%d" % next(numbers))
        for name in ("env", "inventory"):
            (folder / name).mkdir(parents=True)
        shutil.copytree(project, folder / "project")
        if collections:
            shutil.copytree(collections, folder / "requirements_collections")
        told = {"all": {"hosts": list(inventory)}, "_meta": {"hostvars": inventory}}
        hosts = folder / "inventory" / "hosts"
        hosts.write_text("#!/usr/bin/env python3\nprint(%r)\n" % json.dumps(told))
        hosts.chmod(0o700)
        environment = {
            **env, "ANSIBLE_COLLECTIONS_PATH": str(folder / "requirements_collections"),
            # Whole, so that they can be measured.
            "MAX_EVENT_RES": str(10**9), "ANSIBLE_FORCE_COLOR": "True", "ANSIBLE_RETRY_FILES_ENABLED": "False", "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
        }
        (folder / "env" / "envvars").write_text(json.dumps(environment))
        (folder / "env" / "extravars").write_text(json.dumps({"awx_job_id": 1, "awx_workflow_job_id": 2, **variables}))
        ansible.env = {name: value for name, value in ansible.env.items() if not name.startswith("ANSIBLE_")}
        done = ansible.command(BIN / "ansible-runner", "run", folder, "-p", playbook, "--ident", "1")
        kept = folder / "artifacts" / "1"
        events = [json.loads(path.read_text()) for path in sorted((kept / "job_events").glob("*.json"))]
        assert events, done.output
        return Job((kept / "status").read_text(), (kept / "stdout").read_text(), events, kept)

    return start


def large(job):
    """The events of which AWX would leave nothing."""
    sizes = [(event.get("event_data", {}).get("task"), len(json.dumps(event))) for event in job.events]
    return [(task, size) for task, size in sizes if size > LARGEST]


def without_secrets(job):
    for path in job.folder.rglob("*"):
        text = path.read_text() if path.is_file() else ""
        # What a job is started with is masked by AWX itself.
        assert path.name == "command" or not [secret for secret in credentials.SECRETS if secret in text], path
    return job


def test_a_workflow_of_jobs(start, project, emulator, tmp_path):
    """Collect, gate, report: thousands of records, answers as texts, and what one job hands on to the next."""
    emulator.seed("hoop", 3000)
    secrets = tmp_path / "credentials"
    secrets.mkdir()
    given = {"url": emulator.urls["hoop_tls"], "api_key": credentials.HOOP_API_KEY, "ca": Path(emulator.urls["ca_path"]).read_text()}
    store = injected(TYPES["store"], {"store": str(tmp_path / "s.db")}, secrets)[0]
    hoop = {**store, **injected(TYPES["hoop"], given, secrets)[0]}
    installed = {"project": project / "project", "collections": project / "requirements_collections"}

    entries = [{"source": "hoop_session", "return_new": "5000"}]
    window = {"audit_start_time": "2024-01-01", "audit_end_time": "", "audit_export_dest": "", "audit_report_dest": ""}
    collect = without_secrets(start("playbooks/collect.yml", variables={"audit_sources": entries, **window}, env=hoop, **installed))
    assert collect.status == "successful", collect.output
    assert large(collect) == []
    # What AWX installed is what is run, and not what the tests' own environment has.
    assert [path.startswith(str(collect.folder.parents[1] / "requirements_collections")) for path in collect.paths()] == [True]
    assert collect.artifacts["opsaudit_collect"] == {"sources": 1, "failed": 0, "added": 3000, "updated": 0, "complete": True}

    rules = [{"source": "hoop_session", "when": "longer %ds" % number, "at_most": "0" if number == 1 else "9999"} for number in range(1, 31)]
    answers = {"gate_rules": rules, "gate_start_time": "", "gate_on_breach": "", "gate_notify_urls": "", **collect.artifacts}
    gate = without_secrets(start("playbooks/gate.yml", variables=answers, env=store, **installed))
    assert gate.status == "failed" and "new with longer 1s, at most 0 allowed" in gate.output
    assert large(gate) == []
    assert gate.artifacts["opsaudit_gate"]["breached"] is True
    summary = gate.artifacts["opsaudit_gate"]["summary"]
    assert " new with longer 1s, at most 0 allowed\n2026-" in summary and len(summary) <= 1000

    # The page of the report comes with the execution environment, and the project only says what to run.
    stub = tmp_path / "stub"
    (stub / "playbooks").mkdir(parents=True)
    (stub / "playbooks" / "report.yml").write_text("- import_playbook: opsaudit.sessions.report\n")
    answers = {"report_title": "", "report_timezone": "", "audit_sources": entries, **window, **gate.artifacts}
    answers["audit_report_dest"] = str(tmp_path / "report.html")
    report = without_secrets(start("playbooks/report.yml", stub, answers, store))
    assert report.status == "successful", report.output
    assert large(report) == [] and (tmp_path / "report.html").exists()
    assert report.artifacts["opsaudit_report"] == {"dest": str(tmp_path / "report.html"), "count": 3000, "complete": True}


def sliced_play():
    """The play of the guide that can be sliced."""
    blocks = GUIDE.read_text("utf-8").split(".. code-block:: yaml\n\n")[1:]
    (play,) = [block for block in blocks if "taurusdb_killed_session_archive:" in block.partition("\n\n")[0] and "hosts: all" in block]
    # A region in the task would win over the endpoint of the credential.
    return re.sub(r"\n *region: .*", "", textwrap.dedent(play.partition("\n\n")[0]))


def test_slices_of_an_inventory(start, emulator, tmp_path):
    """Every host is in one slice, and all write to one store."""
    stub = tmp_path / "stub"
    stub.mkdir()
    (stub / "nodes.yml").write_text(sliced_play())
    inputs = {"access_key": credentials.HUAWEI_AK, "secret_key": credentials.HUAWEI_SK, "region": "cn-north-4", "project_id": credentials.PROJECT_ID}
    inputs["taurusdb_endpoint"] = emulator.urls["taurusdb"]
    env = {
        **injected(TYPES["huaweicloud"], inputs, tmp_path)[0], **injected(TYPES["store"], {"store": str(tmp_path / "s.db")}, tmp_path)[0],
    }
    python = LOCALHOST["localhost"]["ansible_python_interpreter"]
    nodes = {
        name: {
            "taurusdb_region": "cn-north-4", "taurusdb_instance_id": INSTANCE, "taurusdb_node_ids": [node], "ansible_python_interpreter": python,
        }
        for name, node in (("c-node", NODE_2), ("b-node", NODE_2), ("a-node", NODE))
    }
    names, count = sorted(nodes), 2
    for number in range(1, count + 1):
        part = {name: nodes[name] for name in names[number - 1::count]}
        job = without_secrets(start("nodes.yml", stub, {}, env, part))
        assert job.status == "successful", job.output
        assert {result["host"] for result in job.results} == set(part)
    covered = {row["scope_key"] for row in rows(str(tmp_path / "s.db"), "SELECT DISTINCT scope_key FROM coverage")}
    assert len(covered) == 2 and all(any(node in scope for scope in covered) for node in (NODE, NODE_2))
