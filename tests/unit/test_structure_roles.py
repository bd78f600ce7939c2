# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every role and playbook: each variable is declared, documented, and what its module takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.opsaudit.sessions.plugins.module_utils._base import options
from ansible_collections.opsaudit.sessions.plugins.module_utils._gate import task as gate_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.tests.awx import read

pytestmark = pytest.mark.any_core

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))
GUIDE = (ROOT / "docs" / "docsite" / "rst" / "guide_acting.rst").read_text("utf-8")


def spec(role):
    reported = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text("utf-8"))
    # Not main, whose errors Ansible would print with all of this file.
    (entry_point,) = reported["argument_specs"]
    assert entry_point == role and (ROOT / "roles" / role / "tasks" / (role + ".yml")).is_file()
    return reported["argument_specs"][role]


def files(role):
    return [path for path in (ROOT / "roles" / role).rglob("*.yml") if path.parent.name != "meta"]


def words(text, prefix):
    return set(re.findall(r"\b(%s_\w+)\b" % prefix, text))


def test_there_are_roles_and_playbooks():
    assert ROLES == ["audit", "gate"]
    assert PLAYBOOKS == [
        "awx_setup", "check_credentials", "collect", "demo", "evidence", "fleet", "gate", "report", "retire_scope", "seal", "wait_for_action_run",
        "workflow_failed",
    ]


@pytest.mark.parametrize("role", ROLES)
def test_every_variable_of_a_role_is_declared_and_reported(role):
    texts = [path.read_text("utf-8") for path in files(role)]
    used = set().union(*(words(text, role) for text in texts))
    # What the role sets itself: registered, set as a fact, made of others, the variable of a loop.
    own = {name for text in texts for name in re.findall(r"(?:register|loop_var): (\w+)|^ *(%s_\w+):" % role, text, re.M) for name in name if name}
    declared = spec(role)["options"]
    assert used - own == declared.keys()
    assert all(name.startswith(role + "_") and reported["description"] for name, reported in declared.items())
    assert not own & declared.keys()
    missing = [name for name in declared if name not in re.findall(r"\w+", GUIDE)]
    assert missing == []


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_leaves_behind_is_reported(role):
    assert "C(%s_results)" % role in " ".join(spec(role)["description"])


def test_an_entry_has_the_options_of_all_archive_modules():
    reported = spec("audit")["options"]["audit_sources"]["options"]
    declared = {}
    for archive in ARCHIVES.values():
        for name, each in options.build_argument_spec(archive.source.all_options).items():
            for one in (name, *each.get("aliases", [])):
                declared.setdefault(one, []).append(each)
    assert reported.keys() == {"source", *declared} - {"store"}
    assert reported["source"]["choices"] == list(ARCHIVES)
    for name, option in reported.items():
        kinds = declared.get(name, [{"type": "str"}])
        if option["type"] == "raw":
            assert len({each["type"] for each in kinds}) > 1, name
            continue
        for each in kinds:
            assert (option["type"], option.get("elements")) == (each["type"], each.get("elements")), name
        assert option.get("no_log", False) is any(each.get("no_log") is True for each in kinds), name
        assert option["description"] and "default" not in option, name


@pytest.mark.parametrize("source", ARCHIVES)
def test_there_is_a_file_for_every_source(source):
    (task,) = yaml.safe_load((ROOT / "roles" / "audit" / "tasks" / "archive" / (source + ".yml")).read_text("utf-8"))
    module = "opsaudit.sessions.%s_archive" % source
    assert module in task and list(task["module_defaults"]) == [module]
    assert task["no_log"] is True and task["register"] == "audit_archived" and task["ignore_errors"] is True


def test_rules_are_those_of_the_module():
    reported = spec("gate")["options"]["gate_rules"]["options"]
    for name, each in options.build_argument_spec(gate_task.GateTask.options)["rules"]["options"].items():
        assert {key: reported[name].get(key) for key in ("type", "required", "default", "choices")} == {
            key: each.get(key) for key in ("type", "required", "default", "choices")
        }, name


@pytest.mark.parametrize("action", [each for each in spec("gate")["options"]["gate_on_breach"]["choices"] if each])
def test_there_is_a_file_for_everything_that_a_gate_does(action):
    assert (ROOT / "roles" / "gate" / "tasks" / ("on_%s.yml" % action)).is_file()


def variables(header):
    """The variables that a playbook's header lists."""
    table = header.partition("# Variable ")[2]
    return set(re.findall(r"^# (\w+_\w+) ", table, re.M))


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_playbook_says_what_it_takes(name):
    text = (ROOT / "playbooks" / (name + ".yml")).read_text("utf-8")
    header, _dashes, body = text.partition("\n- name:")
    reported = variables(header)
    (play,) = read(ROOT / "playbooks" / (name + ".yml"))
    assert re.search(r"ansible-playbook (-i \S+ )?opsaudit\.sessions\.%s\b" % name, header)
    assert "vars_prompt" not in play and "pause:\n        prompt" not in body
    roles = [each["role"].rpartition(".")[2] for each in play.get("roles", [])]
    if roles:
        assert reported == spec(roles[0])["options"].keys()
        return
    tasks = ROOT / "playbooks" / "tasks"
    body += "".join(path.read_text("utf-8") for path in (tasks / (name + ".yml"), *sorted((tasks / name).glob("*.yml"))) if path.exists())
    body += "".join((ROOT / "playbooks" / file).read_text("utf-8") for file in play.get("vars_files", []))
    used = set().union(*(words(body, each.partition("_")[0]) for each in reported))
    own = set(re.findall(r"(?:register|loop_var): (\w+)", body)) | set(re.findall(r"^ *(\w+):", body, re.M))
    assert reported and reported <= used
    assert used - own <= reported | {name}
    # Nor is there a default that is not reported, but for what is made of others.
    assert {each for each, value in play["vars"].items() if "{{" not in str(value)} <= reported


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_the_guide_lists_every_playbook(name):
    assert "   * - ``opsaudit.sessions.%s``\n" % name in GUIDE
