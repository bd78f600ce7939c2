# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: by ansible-runner, from a private folder, with credentials and answers as AWX gives them."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.opsaudit.sessions.tests.awx import extra_vars, injected, loaded
from ansible_collections.opsaudit.sessions.tests.e2e.support import BIN, HOOP, INSTANCE, NODE, NODE_2, WORKSPACE, Scene
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.look import connected, rows
from ansible_collections.opsaudit.sessions.tests.unit.signing import make_key

ROOT = Path(__file__).resolve().parents[2]
TYPES = loaded("credential_types.yml")["awx_setup_credential_types"]
#: AWX replaces the result of an event that is longer by an empty one.
LARGEST = 700_000
LOCALHOST = {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}}

pytestmark = pytest.mark.any_core


@pytest.fixture
def project(made_once):
    """A clone of this repository, as AWX makes it. Nothing is installed from it: no job could build the page of the report."""

    def make(folder):
        clone = folder / "project"
        listed = subprocess.run(
            ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (clone / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, clone / name)
        assert not (clone / "collections").exists() and not list(clone.rglob("report_asset.py"))

    return made_once("clone", make) / "project"


@pytest.fixture
def image(made_once):
    """The collections of an execution environment: the tarball, built and installed as its definition says."""

    def make(folder):
        galaxy = [BIN / "ansible-galaxy", "collection"]
        subprocess.run([*galaxy, "build", "--output-path", folder, "--force"], cwd=ROOT, check=True, capture_output=True)
        (tarball,) = folder.glob("*.tar.gz")
        command = [*galaxy, "install", tarball, "-p", folder / "collections", "--offline", "--force"]
        # Force, for the tests' own environment has the collection already.
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)

    return made_once("image", make) / "collections"


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
        reported = {event["event_data"].get("task_path", "") for event in self.events if "event_data" in event}
        return {path.partition("/roles/")[0] for path in reported if "/roles/" in path}


@pytest.fixture
def start(ansible, tmp_path):
    """Runs a job, with the layout and the environment that AWX gives it."""
    numbers = iter(range(1, 100))

    def start(playbook, project, variables, env, inventory=None, collections=None, key=None):
        inventory = inventory or LOCALHOST
        folder = tmp_path / ("job-%d" % next(numbers))
        for name in ("env", "inventory"):
            (folder / name).mkdir(parents=True)
        shutil.copytree(project, folder / "project")
        if key:
            # AWX puts the key of a machine credential there, and ansible-runner into ssh-agent.
            (folder / "env" / "ssh_key").write_text(key)
        reported = {"all": {"hosts": list(inventory)}, "_meta": {"hostvars": inventory}}
        hosts = folder / "inventory" / "hosts"
        hosts.write_text("#!/usr/bin/env python3\nprint(%r)\n" % json.dumps(reported))
        hosts.chmod(0o700)
        environment = {
            **env, "ANSIBLE_COLLECTIONS_PATH": "%s:%s" % (folder / "requirements_collections", collections or "/usr/share/ansible/collections"),
            # Whole, so that they can be measured.
            "MAX_EVENT_RES": str(10**9), "ANSIBLE_FORCE_COLOR": "True", "ANSIBLE_RETRY_FILES_ENABLED": "False", "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
        }
        (folder / "env" / "envvars").write_text(json.dumps(environment))
        (folder / "env" / "extravars").write_text(extra_vars({"awx_job_id": 1, "awx_workflow_job_id": 2, **variables}))
        ansible.env = {name: value for name, value in ansible.env.items() if not name.startswith("ANSIBLE_")}
        done = ansible.command(BIN / "ansible-runner", "run", folder, "-p", playbook, "--ident", "1")
        kept = folder / "artifacts" / "1"
        events = [json.loads(path.read_text()) for path in sorted((kept / "job_events").glob("*.json"))]
        assert events, done.output
        return Job((kept / "status").read_text(), (kept / "stdout").read_text(), events, kept)

    return start


@pytest.fixture
def kept(tasks):
    """A store with the sessions of a gateway."""
    store = str(tasks.folder / "s.db")
    given = {**tasks.access(HOOP), "store": store, "start_time": "2024-01-01"}
    assert tasks.scenes({"archived": Scene("hoop_session_archive", given)})["archived"].result["complete"]
    return store


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


def test_a_workflow_of_jobs(start, project, image, emulator, tmp_path):
    """Collect, report, gate: more records than an event may hold, answers as texts, and what one job hands on to the next."""
    emulator.seed("hoop", 800)
    secrets = tmp_path / "credentials"
    secrets.mkdir()
    given = {"url": emulator.urls["hoop_tls"], "api_key": credentials.HOOP_API_KEY, "ca": Path(emulator.urls["ca_path"]).read_text()}
    store = injected(TYPES["store"], {"store": str(tmp_path / "s.db")}, secrets)[0]
    hoop = {**store, **injected(TYPES["hoop"], given, secrets)[0]}
    installed = {"project": project, "collections": image}

    entries = [{"source": "hoop_session", "return_new": "2000"}]
    window = {"audit_start_time": "2024-01-01", "audit_end_time": "", "audit_export_dest": "", "audit_report_dest": ""}
    collect = without_secrets(start("playbooks/collect.yml", variables={"audit_sources": entries, **window}, env=hoop, **installed))
    assert collect.status == "successful", collect.output
    assert sum(len(row["raw"]) for row in rows(str(tmp_path / "s.db"), "SELECT raw FROM record")) > LARGEST and large(collect) == []
    # The playbook is the project's, and everything else that of the image.
    assert [path.startswith(str(image)) for path in collect.paths()] == [True]
    assert collect.artifacts["opsaudit_collect"] == {"sources": 1, "failed": 0, "added": 800, "updated": 0, "complete": True}

    rules = [{"source": "hoop_session", "when": "longer %ds" % number, "at_most": "0" if number == 1 else "9999"} for number in range(1, 31)]
    answers = {"gate_rules": rules, "gate_start_time": "", "gate_on_breach": "", "gate_notify_urls": "", **collect.artifacts}
    gate = without_secrets(start("playbooks/gate.yml", variables=answers, env=store, **installed))
    assert gate.status == "failed" and "match longer 1s, 0 allowed" in gate.output
    assert large(gate) == []
    assert gate.artifacts["opsaudit_gate"]["breached"] is True
    summary = gate.artifacts["opsaudit_gate"]["summary"]
    assert " match longer 1s, 0 allowed\n2026-" in summary and len(summary) <= 1000

    answers = {"report_title": "", "report_timezone": "", "audit_sources": entries, **window, **gate.artifacts}
    answers["audit_report_dest"] = str(tmp_path / "report.html")
    report = without_secrets(start("playbooks/report.yml", variables=answers, env=store, **installed))
    assert report.status == "successful", report.output
    assert large(report) == [] and (tmp_path / "report.html").exists()
    assert report.artifacts["opsaudit_report"] == {"dest": str(tmp_path / "report.html"), "count": 800, "complete": True}


def test_seals_are_signed_by_a_key_that_only_ssh_agent_has(start, project, image, kept, tmp_path):
    """The key of a machine credential: its public half is the variable, and verifies."""
    installed = {"project": project, "collections": image, "env": injected(TYPES["store"], {"store": kept}, tmp_path)[0]}
    private = Path(make_key(tmp_path / "key"))
    text = private.read_text()
    private.unlink()
    public = Path(str(private) + ".pub")
    signers = tmp_path / "signers"
    signers.write_text("audit@example.com " + public.read_text())
    given = {"audit_seal_dest": str(tmp_path / "seals"), "audit_signing_key": str(public), "seal_allowed_signers": str(signers)}
    sealed = without_secrets(start("playbooks/seal.yml", variables=given, key=text, **installed))
    assert sealed.status == "successful", sealed.output
    assert sealed.artifacts["opsaudit_seal"]["number"] == 1 and (tmp_path / "seals" / "000001.json.sig").exists()
    # Somebody changes a record: the job names it.
    with connected(kept) as connection:
        connection.execute("UPDATE record SET actor = 'nobody' WHERE rowid = 1")
        connection.commit()
    altered = start("playbooks/seal.yml", variables=given, key=text, **installed)
    (record,) = rows(kept, "SELECT record_id FROM record WHERE rowid = 1")
    assert altered.status == "failed" and record["record_id"] in altered.output


def test_credentials_are_checked_with_one_request_each(start, project, image, emulator, tmp_path):
    emulator.seed("hoop", 5)
    names = {"TAURUSDB_ENDPOINT": "taurusdb", "DATAARTS_FABRIC_ENDPOINT": "fabric", "HOOP_APIURL": "hoop", "BCE_CA_ENDPOINT": "bcc"}
    env = credentials.environment(emulator.urls) | {"OPSAUDIT_STORE": str(tmp_path / "s.db"), "HOOP_APIKEY": ""}
    assert names.keys() <= env.keys()
    entries = [
        {"source": "taurusdb_killed_session", "instance_id": [INSTANCE], "node_id": [NODE], "return_new": 5},
        {"source": "dataarts_sql_session", "workspace_id": [WORKSPACE]}, {"source": "hoop_session", "details": True, "label": "prod"},
        {"source": "bcc_action_run", "type": ["COMMAND"], "account": "shop", "children": True},
    ]
    good = without_secrets(start("playbooks/check_credentials.yml", project, {"audit_sources": entries}, env, collections=image))
    assert good.status == "successful", good.output
    assert "4 sources and the store can be read" in good.output and not (tmp_path / "s.db").exists()
    counts = {dialect: len(emulator.log(dialect)) for dialect in names.values()}
    # hoop is asked who the user is, too; a filter that finds nothing is checked.
    assert all(1 <= count <= 2 for count in counts.values()), counts
    wrong = {**env, "HOOP_TOKEN": "pl4nted-t0ken", "BCE_SECRET_ACCESS_KEY": "pl4nted-key", "OPSAUDIT_STORE": "postgresql://u:pl4nted-pw@127.0.0.1:9/d"}
    bad = start("playbooks/check_credentials.yml", project, {"audit_sources": entries}, wrong, collections=image)
    assert bad.status == "failed" and "pl4nted" not in bad.output
    for line in ("audit_sources[2] (hoop_session): ", "audit_sources[3] (bcc_action_run): ", "store: "):
        assert line in bad.output
    summary = bad.output.split("TASK [Fail if a check failed]")[1]
    assert "audit_sources[0]" not in summary and "audit_sources[1]" not in summary


def test_a_scope_is_retired(start, project, image, kept):
    (scope,) = rows(kept, "SELECT scope_key FROM scope")
    answers = {"retire_source": "hoop_session", "retire_scope": scope["scope_key"], "retire_state": "", "retire_label": "old gateway"}
    job = start("playbooks/retire_scope.yml", project, answers, {"OPSAUDIT_STORE": kept}, collections=image)
    assert job.status == "successful" and "%s is retired" % scope["scope_key"] in job.output, job.output
    (scope,) = rows(kept, "SELECT label, retired_at FROM scope")
    assert scope["label"] == "old gateway" and scope["retired_at"]


def test_the_last_job_of_a_workflow_that_failed(start, project, image):
    passed_on = {"opsaudit_collect": {"sources": 4, "failed": 1, "added": 0, "updated": 0, "complete": False}}
    job = start("playbooks/workflow_failed.yml", project, passed_on, {}, collections=image)
    assert job.status == "failed" and "Collect 1 failed, of 4 sources; report was not written." in job.output
    job = start("playbooks/workflow_failed.yml", project, {}, {}, collections=image)
    assert job.status == "failed" and "Collect ended before it could say how; report was not written." in job.output


def test_slices_of_an_inventory(start, project, image, emulator, tmp_path):
    """Every host is in one slice, and all write to one store. The play of the guide is sliced in test_e2e_inventory.py."""
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
        job = without_secrets(start("playbooks/fleet.yml", project, {"fleet_start_time": "2026-01-01"}, env, part, image))
        assert job.status == "successful", job.output
        assert {result["host"] for result in job.results} == set(part)
    covered = {row["scope_key"] for row in rows(str(tmp_path / "s.db"), "SELECT DISTINCT scope_key FROM coverage")}
    assert len(covered) == 2 and all(any(node in scope for scope in covered) for node in (NODE, NODE_2))
