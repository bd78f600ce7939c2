# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up of AWX: awx.awx, which isn't here, is stood in for by plugins over a small AWX of the tests' own."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from ansible_collections.opsaudit.sessions.tests import awx_rules
from ansible_collections.opsaudit.sessions.tests.awx_controller import OPTIONS, Controller
from ansible_collections.opsaudit.sessions.tests.e2e.support import BIN
from ansible_collections.opsaudit.sessions.tests.guides import GUIDES, documents

ACTION = """
import json
from ansible.plugins.action import ActionBase
from ansible_collections.opsaudit.sessions.tests.awx_controller import Controller, Refused

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        controller = Controller(%r)
        try:
            result = controller.apply(%r, json.loads(json.dumps(self._task.args)), self._task.check_mode)
        except Refused as refused:
            return {"failed": True, "msg": str(refused)}
        if not self._task.check_mode:
            controller.save()
        return result
"""
LOOKUP = """
from ansible.plugins.lookup import LookupBase
from ansible_collections.opsaudit.sessions.tests.awx_controller import Controller

class LookupModule(LookupBase):
    def run(self, terms, variables=None, return_all=False):
        assert return_all
        return Controller(%r).get(terms[0])
"""
SECRET = "pl4nted-api-key"
SOURCES = [
    {"source": "hoop_session"},
    {"source": "taurusdb_killed_session", "instance_id": ["17b6bbb64d2f4c14a83a88f19da8dcc8in07"], "on_error": "continue"},
]
GIVEN = {"awx_setup_sources": SOURCES, "awx_setup_image": "registry.example.com/opsaudit:1.0.0", "awx_setup_start_time": "2026-01-01"}
HOOP = {"hoop": {"url": "https://h.example.com", "api_key": SECRET}}
STORE = {"store": {"store": "postgresql://u:%s@h/d" % SECRET}}


@pytest.fixture
def set_up(ansible, tmp_path):
    """Runs the playbook; returns its result, and the AWX."""
    state = tmp_path / "awx.json"
    plugins = tmp_path / "collections" / "ansible_collections" / "awx" / "awx" / "plugins"
    for name in OPTIONS:
        path = plugins / "action" / (name + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ACTION % (str(state), name))
    (plugins / "lookup").mkdir()
    (plugins / "lookup" / "controller_api.py").write_text(LOOKUP % str(state))

    def run(variables, *arguments):
        path = tmp_path / "awx.yml"
        path.write_text(json.dumps(variables))
        env = {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections")}
        done = ansible.command(BIN / "ansible-playbook", "opsaudit.sessions.awx_setup", "-e", "@%s" % path, *arguments, env=env)
        assert SECRET not in done.output
        return done, Controller(state)

    return run


@pytest.fixture
def first(set_up, tmp_path, made_once):
    """An AWX that was set up with the keys of hoop and the store, as the playbook made it."""

    def make(folder):
        good(set_up({**GIVEN, "awx_setup_credentials": {**HOOP, **STORE}}, "-vvv"))
        shutil.copy(tmp_path / "awx.json", folder)

    shutil.copy(made_once("awx", make) / "awx.json", tmp_path)
    return Controller(tmp_path / "awx.json")


def good(ran):
    done, controller = ran
    assert done.code == 0, done.output[-4000:]
    return controller


def names(controller, ids):
    return {each["name"] for each in controller.objects if each["id"] in ids}


def template(controller, name, organization="Default"):
    return controller.find(("job_template",), name, organization)


@pytest.mark.any_core
def test_all_of_it_is_such_as_awx_takes(first):
    made = first
    kinds = made.of("credential_type")
    for kind in kinds:
        assert kind["kind"] == "cloud" and list(awx_rules.wrong_credential_type(kind)) == []
    # All other credentials are attached by hand.
    credentials = {each["name"]: each for each in made.of("credential")}
    assert credentials.keys() == {"opsaudit hoop", "opsaudit store"} and credentials["opsaudit hoop"]["inputs"]["api_key"] == SECRET
    (environment,), (project,), (inventory,), (host,) = (made.of(name) for name in ("execution_environment", "project", "inventory", "host"))
    assert (host["inventory"], host["variables"]["ansible_connection"]) == (inventory["id"], "local")
    assert project["synchronized"] == 1
    templates = {each["name"]: each for each in made.of("job_template")}
    # Without an inventory there is no fleet.
    assert len(templates) == 9
    for each in templates.values():
        survey = each["survey_spec"]
        assert each["survey_enabled"] is bool(survey)
        assert not survey or survey.keys() == {"name", "description", "spec"} and list(awx_rules.wrong_survey(survey["spec"])) == []
        assert all(question["question_description"] for question in survey.get("spec", ())) and each["description"]
        assert (each["project"], each["inventory"], each["execution_environment"]) == (project["id"], inventory["id"], environment["id"])
        # A play on localhost is run by every slice.
        assert each["job_slice_count"] == 1 and each["allow_simultaneous"] is False and each["ask_job_type_on_launch"] is True
    assert {name for name, each in templates.items() if credentials["opsaudit hoop"]["id"] in each["credentials"]} == {
        "opsaudit collect", "opsaudit evidence", "opsaudit check credentials",
    }
    assert templates["opsaudit collect"]["extra_vars"] == {"audit_sources": SOURCES}
    gate = templates["opsaudit gate"]["extra_vars"]
    assert gate == {"gate_rules": [{"source": each["source"], "when": "incomplete 6h"} for each in SOURCES]}
    (workflow,) = made.of("workflow_job_template")
    assert list(awx_rules.wrong_workflow(workflow["workflow_nodes"])) == []
    schedules = made.of("schedule")
    assert len(schedules) == 3 and all(list(awx_rules.wrong_rule(schedule["rrule"])) == [] for schedule in schedules)
    assert names(made, {schedule["unified_job_template"] for schedule in schedules}) == {
        "opsaudit collect", "opsaudit collect, report, gate", "opsaudit seal and verify",
    }
    # But for what AWX and its jobs are to evaluate, everything has its value.
    for kind in kinds:
        assert all("{{" in each or name == "gate_on_breach" for part in kind.pop("injectors").values() for name, each in part.items())
    assert host["variables"].pop("ansible_python_interpreter") == "{{ ansible_playbook_python }}"
    assert "{{" not in json.dumps(made.objects) and "None" not in json.dumps(made.objects)


@pytest.mark.any_core
def test_a_run_changes_only_what_it_is_given(set_up, first):
    """Credentials and notifications that are attached by hand stay, and so does a schedule that somebody changed."""
    machine = first.add("credential", name="a key", organization="Default", credential_type=0)
    mail = first.add("notification_template", name="mail", organization="Default")
    collect = template(first, "opsaudit collect")
    collect["credentials"].append(machine["id"])
    collect["notification_templates_error"] = [mail["id"]]
    first.of("schedule")[0]["rrule"] = "DTSTART:20260101T000500Z RRULE:FREQ=HOURLY;INTERVAL=1"
    first.save()
    before = json.loads(json.dumps(first.objects))
    # Half of the credentials, and another one of a type.
    second = good(set_up({**GIVEN, "awx_setup_credentials": {"hoop": {**HOOP["hoop"], "url": "https://other.example.com"}}}))
    assert names(second, template(second, "opsaudit collect")["credentials"]) == {"opsaudit hoop", "opsaudit store", "a key"}
    assert template(second, "opsaudit collect")["notification_templates_error"] == [mail["id"]]
    assert [each["rrule"] for each in second.of("schedule")] == [each["rrule"] for each in first.of("schedule")]
    (hoop,) = [each for each in second.of("credential") if each["name"] == "opsaudit hoop"]
    assert hoop["inputs"]["url"] == "https://other.example.com"
    hoop["inputs"] = HOOP["hoop"]
    # The project is synchronized by every run, for its playbooks may be new.
    assert second.of("project")[0]["synchronized"] == 2
    second.of("project")[0]["synchronized"] = 1
    assert len(second.objects) == len(before)
    for was, is_now in zip(before, second.objects):
        for field in ("credentials", "notification_templates_error"):
            assert sorted(was.pop(field, [])) == sorted(is_now.pop(field, []))
        assert was == is_now


@pytest.mark.any_core
def test_two_organizations(set_up, first):
    """Names of the first are nobody's business in the second; only those that AWX has once need a prefix."""
    for kind in ("inventory", "project", "credential"):
        # By hand, with the very names of the second's.
        name = "audit hoop" if kind == "credential" else "audit"
        first.add(kind, name=name, organization="Default", credential_type=0)
    first.save()
    again = {**GIVEN, "awx_setup_organization": "Shop", "awx_setup_credentials": HOOP}
    refused, _controller = set_up(again)
    assert refused.code != 0 and "of another organization" in refused.output
    second = good(set_up({**again, "awx_setup_prefix": "audit"}))
    collect = template(second, "audit collect", "Shop")
    owners = {each["organization"] for each in second.objects if each["id"] in (collect["inventory"], collect["project"], *collect["credentials"])}
    assert owners == {"Shop"} and len(collect["credentials"]) == 1


@pytest.mark.any_core
def test_everything_that_can_be_set(set_up):
    slack = {"name": "slack", "notification_type": "slack", "notification_configuration": {"token": SECRET, "channels": ["#audit"]}}
    webhook = {"name": "webhook", "notification_type": "webhook", "notification_configuration": {"url": "https://w.example.com/" + SECRET}}
    notify = {"notify": {"urls": "https://n.example.com/" + SECRET, "format": "slack"}}
    huawei = {"huaweicloud": {"access_key": "AK", "secret_key": SECRET, "region": "cn-north-4"}}
    given = {
        **GIVEN, "awx_setup_credentials": {**HOOP, **STORE, **notify, **huawei}, "awx_setup_notifications": [slack, webhook],
        "awx_setup_labels": ["audit"], "awx_setup_timeout": "3600", "awx_setup_pull": "missing", "awx_setup_auditors": "Auditors",
        "awx_setup_fleet_inventory": "prod.taurusdb.yml", "awx_setup_fleet_slices": "8", "awx_setup_machine_credential": "audit key",
        "awx_setup_project_credential": "git", "awx_setup_registry_credential": "registry",
        "awx_setup_signing_key": "/srv/opsaudit/seal.pub", "awx_setup_allowed_signers": "/srv/opsaudit/signers",
        "awx_setup_schedules": {"collect": "", "seal": "DTSTART:20260101T000500Z RRULE:FREQ=WEEKLY;INTERVAL=1"},
    }
    refused, before = set_up(given)
    assert refused.code != 0 and "credential registry: 0 of them" in refused.output
    for number, name in enumerate(("audit key", "git", "registry")):
        before.add("credential", name=name, organization="Default", credential_type=-1 - number)
    before.save()
    made = good(set_up(given, "-vvv"))
    templates = {each["name"].removeprefix("opsaudit "): each for each in made.of("job_template")}
    assert names(made, templates["seal and verify"]["credentials"]) == {"opsaudit store", "audit key"}
    assert templates["seal and verify"]["extra_vars"] == {
        "audit_signing_key": "/srv/opsaudit/seal.pub", "seal_allowed_signers": "/srv/opsaudit/signers",
    }
    assert names(made, templates["gate"]["credentials"]) == {"opsaudit store", "opsaudit notify"}
    assert all(names(made, each["notification_templates_error"]) == {"opsaudit slack", "opsaudit webhook"} for each in templates.values())
    assert all(each["timeout"] == 3600 and names(made, each["labels"]) == {"audit"} for each in templates.values())
    fleet, (source,) = templates["fleet"], made.of("inventory_source")
    assert fleet["job_slice_count"] == 8 and fleet["inventory"] == source["inventory"] != templates["collect"]["inventory"]
    assert source["source_path"] == "prod.taurusdb.yml" and names(made, [source["execution_environment"]]) == {"opsaudit"}
    assert names(made, [source["credential"]]) == {"opsaudit Huawei Cloud"}
    (team,) = made.of("team")
    assert sorted(team["grants"]) == [["read", "opsaudit evidence"], ["read", "opsaudit report"], ["read", "opsaudit seal and verify"]]
    assert {each["name"]: each["rrule"][-26:] for each in made.of("schedule")} == {
        "opsaudit collect, report, gate every day": "RRULE:FREQ=DAILY;INTERVAL=1"[-26:],
        "opsaudit seal and verify every day": "RULE:FREQ=WEEKLY;INTERVAL=1"[-26:],
    }
    (environment,), (project,) = made.of("execution_environment"), made.of("project")
    assert environment["pull"] == "missing" and names(made, [environment["credential"], project["credential"]]) == {"git", "registry"}


@pytest.mark.any_core
@pytest.mark.parametrize("guide", ["guide_awx", "guide_awx_daily"])
def test_the_variable_files_of_the_guides_set_up_awx(set_up, guide):
    """With what they leave to a vault, and credentials that are made by hand."""
    given = {}
    for variables in documents(guide):
        given.update(variables if isinstance(variables, dict) else {})
    named = set(re.findall(r"\bvault_\w+", json.dumps(given)))
    vault = dict.fromkeys(named, SECRET)
    if "awx_setup_machine_credential" in given:
        refused, controller = set_up({**given, **vault})
        assert refused.code != 0 and "audit signing key" in refused.output
        controller.add("credential", name=given["awx_setup_machine_credential"], organization="Default", credential_type=0)
        controller.save()
    made = good(set_up({**given, **vault}))
    assert named and {each["name"] for each in made.of("job_template")} >= {"opsaudit collect", "opsaudit check credentials"}
    assert len(made.of("notification_template")) == len(given.get("awx_setup_notifications", []))
    # What a guide calls a job exists.
    for name in re.findall(r"``(opsaudit [\w ,]+)``", GUIDES[guide]):
        assert [each for each in made.objects if each["name"] == name], name


@pytest.mark.any_core
def test_check_mode_goes_on_and_wrong_variables_do_not(set_up):
    done, made = set_up({**GIVEN, "awx_setup_credentials": {"hoop": {"url": "https://h.example.com"}}}, "--check")
    assert done.code == 0 and "Create the schedules" in done.stdout and made.objects == [], done.output[-3000:]
    wrong = {
        "awx_setup_sources": [{"source": "hoop_session", "node_id": "n"}], "awx_setup_image": "", "awx_setup_credentials": {"oracle": {}},
        "awx_setup_schedules": {"weekly": ""},
    }
    done, made = set_up(wrong, "--check")
    assert done.code != 0 and made.objects == []
    for line in ("awx_setup_image: the image", "awx_setup_credentials: oracle is no type", "store, huaweicloud, hoop, baiducloud, notify",
                 "awx_setup_schedules: weekly is no schedule", "audit_sources[0] (hoop_session): node_id: no such option"):
        assert line in done.output, line
