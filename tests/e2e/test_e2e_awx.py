# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up of AWX: awx.awx, which isn't here, is stood in for by plugins that keep what they are given."""

from __future__ import annotations

import json

import pytest

from ansible_collections.opsaudit.sessions.tests import awx_rules
from ansible_collections.opsaudit.sessions.tests.e2e.support import BIN

#: The options of the modules of awx.awx 24.6.1 that are of use here.
OPTIONS = {
    "credential_type": "name description kind inputs injectors",
    "credential": "name description organization credential_type inputs update_secrets",
    "execution_environment": "name description organization image pull credential",
    "project": "name description organization scm_type scm_url scm_branch default_environment",
    "inventory": "name description organization variables",
    "host": "name description inventory variables",
    "job_template":
        "name description organization job_type ask_job_type_on_launch inventory project playbook execution_environment credentials"
        " extra_vars survey_enabled survey_spec allow_simultaneous job_slice_count",
    "workflow_job_template": "name description organization allow_simultaneous workflow_nodes",
    "schedule": "name description unified_job_template rrule",
}
STAND_IN = """
import json
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        given = dict(self._task.args)
        strange = sorted(set(given) - set(%r.split()))
        if strange or self._task.check_mode and %r == "credential":
            return {"failed": True, "msg": "no such option or object: %%s" %% strange}
        with open(%r, "a") as file:
            file.write(json.dumps([%r, given]) + "\\n")
        return {"changed": True}
"""
SECRET = "pl4nted-api-key"
SOURCES = [{"source": "hoop_session"}, {"source": "taurusdb_killed_session", "instance_id": ["i"], "on_error": "continue"}]
GIVEN = {"setup_sources": SOURCES, "setup_image": "registry.example.com/opsaudit:1.0.0", "setup_start_time": "2026-01-01"}


@pytest.fixture
def set_up(ansible, tmp_path):
    """Runs the playbook; returns what became of it, and what was to be made, by module."""
    made = tmp_path / "made"
    for name, options in OPTIONS.items():
        path = tmp_path / "collections" / "ansible_collections" / "awx" / "awx" / "plugins" / "action" / (name + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(STAND_IN % (options, name, str(made), name))

    def run(variables, *arguments):
        made.write_text("")
        path = tmp_path / "awx.yml"
        path.write_text(json.dumps(variables))
        env = {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections")}
        done = ansible.command(BIN / "ansible-playbook", "opsaudit.sessions.awx_setup", "-e", "@%s" % path, *arguments, env=env)
        found = {}
        for name, given in map(json.loads, made.read_text().splitlines()):
            found.setdefault(name, []).append(given)
        return done, found

    return run


@pytest.mark.any_core
def test_all_of_it_is_such_as_awx_takes(set_up):
    # The keys of hoop only: all others are attached by hand.
    done, made = set_up({**GIVEN, "setup_credentials": {"hoop": {"url": "https://h.example.com", "api_key": SECRET}}}, "-vvv")
    assert done.code == 0, done.output
    assert SECRET not in done.output
    assert made.keys() == OPTIONS.keys()
    for kind in made["credential_type"]:
        assert kind["kind"] == "cloud" and list(awx_rules.wrong_credential_type(kind)) == []
    (credential,) = made["credential"]
    kinds = {kind["name"] for kind in made["credential_type"]}
    assert credential["credential_type"] in kinds and credential["inputs"]["api_key"] == SECRET and credential["update_secrets"] is False
    (environment,), (project,), (inventory,), (host,) = (made[name] for name in ("execution_environment", "project", "inventory", "host"))
    assert (host["inventory"], host["variables"]["ansible_connection"]) == (inventory["name"], "local")
    templates = {template["name"]: template for template in made["job_template"]}
    assert len(templates) == 5
    for template in templates.values():
        survey = template["survey_spec"]
        assert survey.keys() == {"name", "description", "spec"} and list(awx_rules.wrong_survey(survey["spec"])) == []
        assert (template["project"], template["inventory"], template["execution_environment"]) == (
            project["name"], inventory["name"], environment["name"],
        )
        # A play on localhost is run by every slice.
        assert template["job_slice_count"] == 1 and template["allow_simultaneous"] is False
        assert template.get("credentials", [credential["name"]]) == [credential["name"]]
    assert sum("credentials" in template for template in templates.values()) == 2
    assert templates["opsaudit collect"]["extra_vars"] == {"audit_sources": SOURCES}
    assert templates["opsaudit gate"]["extra_vars"]["gate_rules"] == [{"source": each["source"], "when": "incomplete 6h"} for each in SOURCES]
    (workflow,) = made["workflow_job_template"]
    assert list(awx_rules.wrong_workflow(workflow["workflow_nodes"])) == []
    assert {node["unified_job_template"]["name"] for node in workflow["workflow_nodes"]} <= templates.keys()
    assert all(node["unified_job_template"]["type"] == "job_template" for node in workflow["workflow_nodes"])
    for schedule in made["schedule"]:
        assert list(awx_rules.wrong_rule(schedule["rrule"])) == []
        assert schedule["unified_job_template"] in {*templates, workflow["name"]}
    # But for what AWX and its jobs are to evaluate, everything has its value.
    for kind in made["credential_type"]:
        assert all("{{" in template for part in kind.pop("injectors").values() for template in part.values())
    assert host["variables"].pop("ansible_python_interpreter") == "{{ ansible_playbook_python }}"
    assert "{{" not in json.dumps(made) and "None" not in json.dumps(made)


@pytest.mark.any_core
def test_check_mode_goes_on_and_wrong_variables_do_not(set_up):
    done, made = set_up({**GIVEN, "setup_credentials": {"hoop": {"url": "https://h.example.com"}}}, "--check")
    assert done.code == 0 and "ignored=1" in done.stdout and "schedule" in made, done.output
    done, made = set_up({**GIVEN, "setup_credentials": {"oracle": {}}}, "--check")
    assert done.code != 0 and "setup_credentials can have store, huaweicloud, hoop, baiducloud" in done.output and made == {}
