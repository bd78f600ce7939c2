# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job templates, the workflow and the schedules of AWX: such as it takes, and red where something failed."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from test_structure import declared

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.tests import awx_rules
from ansible_collections.opsaudit.sessions.tests.awx import extra_vars, header, loaded, read
from ansible_collections.opsaudit.sessions.tests.awx_workflow import run_workflow

ROOT = Path(__file__).resolve().parents[2]
TYPES = loaded("credential_types.yml")["awx_setup_credential_types"]
TEMPLATES = loaded("job_templates.yml")["awx_setup_job_templates"]
ANSIBLES = [*(ROOT / "playbooks").rglob("*.yml"), *(ROOT / "roles").rglob("*.yml")]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_asks_for_what_its_playbook_takes(name):
    template = TEMPLATES[name]
    documented = header(template["playbook"])
    questions = {question["variable"]: question for question in template.get("survey", [])}
    assert {*questions, *template.get("extra_vars", {})} <= documented.keys()
    assert template["description"] and all(question["question_description"] for question in template.get("survey", []))
    # What the playbook needs is asked for, or there already; the store comes from its credential.
    needed = {variable for variable, default in documented.items() if default == "(required)"}
    assert needed <= {*questions, *template.get("extra_vars", {})}
    assert {variable for variable, question in questions.items() if question["required"]} <= needed
    for variable, question in questions.items():
        if "{{" not in str(question.get("default", "{{")) and not documented[variable].startswith("("):
            assert str(question["default"]).split()[0] == documented[variable], variable
    assert set(template["credential_types"]) <= TYPES.keys()
    assert len(set(template["credential_types"])) == len(template["credential_types"])
    assert ("store" in template["credential_types"]) == any("OPSAUDIT_STORE" in default for default in documented.values())


def test_there_is_a_template_for_every_playbook_of_use():
    assert {template["playbook"] for template in TEMPLATES.values()} == {
        path.name for path in (ROOT / "playbooks").glob("*.yml")
    } - {"demo.yml", "awx_setup.yml"}


QUESTION = {"question_name": "Q", "variable": "q", "type": "text", "required": False, "min": 0, "max": 5}
CHOICE = {"question_name": "Q", "variable": "q", "type": "multiselect", "required": False, "choices": ["a", "b"]}


@pytest.mark.parametrize("question", [
    QUESTION, {**QUESTION, "default": "abc"}, {**QUESTION, "type": "integer", "default": 3}, CHOICE, {**CHOICE, "default": "a\nb"},
])
def test_a_good_question(question):
    assert list(awx_rules.wrong_survey([question])) == []


@pytest.mark.parametrize("question", [
    {**QUESTION, "default": "abc", "required": True}, {**QUESTION, "default": "abcdef"}, {**QUESTION, "type": "boolean"}, {**QUESTION, "min": 1.5},
    {**QUESTION, "min": 6}, {**QUESTION, "max": "5"}, {**QUESTION, "type": "integer", "default": "3"}, {**QUESTION, "type": "integer", "default": 9},
    {**QUESTION, "type": "password", "default": "abc"}, {**QUESTION, "variable": "q-q"}, {**QUESTION, "required": "no"}, {**QUESTION, "secret": True},
    {**QUESTION, "choices": ["a"]}, {**CHOICE, "default": ["a"]}, {**CHOICE, "default": "a\nc"}, {**CHOICE, "type": "multiplechoice", "default": "a\nb"},
    {**CHOICE, "min": 0}, {key: value for key, value in CHOICE.items() if key != "choices"},
])
def test_a_bad_question_is_found(question):
    assert list(awx_rules.wrong_survey([question]))


@pytest.mark.parametrize("rule, good", [
    ("DTSTART:20260101T000500Z RRULE:FREQ=MINUTELY;INTERVAL=15", True), ("DTSTART;TZID=Asia/Shanghai:20260101T000500 RRULE:FREQ=DAILY;INTERVAL=1", True),
    ("DTSTART:20260101T000500 RRULE:FREQ=DAILY;INTERVAL=1", False), ("RRULE:FREQ=DAILY;INTERVAL=1", False),
    ("DTSTART:20260101T000500Z RRULE:FREQ=DAILY", False),
    ("DTSTART:20260101T000500Z RRULE:FREQ=SECONDLY;INTERVAL=1", False), ("DTSTART:20260101T000500Z RRULE:FREQ=DAILY;INTERVAL=0", False),
    ("DTSTART:20260101T000500Z RRULE:FREQ=DAILY;INTERVAL=1;COUNT=1000", False),
    ("DTSTART:20260101T000500Z RRULE:FREQ=MONTHLY;INTERVAL=1;BYDAY=1MO", False),
])
def test_rules_of_schedules(rule, good):
    assert (list(awx_rules.wrong_rule(rule)) == []) is good


def test_the_schedules_and_the_workflow():
    documented = loaded("workflow.yml")
    assert documented["awx_setup_schedule_defaults"]
    for schedule in documented["awx_setup_schedule_defaults"].values():
        assert list(awx_rules.wrong_rule(schedule["rrule"])) == []
    nodes = documented["awx_setup_workflow"]["nodes"]
    assert [node["identifier"] for node in nodes] == ["collect", "report", "gate", "failed"]
    assert list(awx_rules.wrong_workflow(nodes)) == []
    back = [*nodes[:2], nodes[3], {**nodes[2], "related": {"success_nodes": [{"identifier": "collect"}]}}]
    assert list(awx_rules.wrong_workflow(back)) and list(awx_rules.wrong_workflow([nodes[0]]))


def test_a_failure_anywhere_fails_the_workflow_and_the_report_is_made_all_the_same():
    nodes = loaded("workflow.yml")["awx_setup_workflow"]["nodes"]
    for collect, report, gate in itertools.product((True, False), repeat=3):
        ran, succeeded = run_workflow(nodes, {"collect": collect, "report": report, "gate": gate, "failed": False})
        assert succeeded is (collect and report and gate)
        assert ran[:3] == ["collect", "report", "gate"] or set(ran) == {"collect", "report", "gate", "failed"}
        assert ("failed" in ran) is not (collect and report)
        assert ran.index("collect") < ran.index("report") < ran.index("gate")


def test_a_chain_of_jobs_is_green_although_its_first_failed():
    """What AWX does, and why there is one more job."""
    chain = [
        {"identifier": "collect", "related": {"always_nodes": [{"identifier": "report"}]}},
        {"identifier": "report", "related": {"success_nodes": [{"identifier": "gate"}]}}, {"identifier": "gate"},
    ]
    assert run_workflow(chain, {"collect": False, "report": True, "gate": True}) == (["collect", "report", "gate"], True)
    assert run_workflow(chain, {"collect": True, "report": False, "gate": True}) == (["collect", "report"], False)
    assert run_workflow(chain, {"collect": True, "report": True, "gate": False}) == (["collect", "report", "gate"], False)


def test_extra_variables_are_written_as_awx_writes_them():
    text = extra_vars({"a": "", "b": "0123", "c": 5, "d": ["x"], "e": "own"}, {"e": "own"})
    assert text.splitlines() == ["!unsafe 'a': !unsafe ''", "!unsafe 'b': !unsafe '0123'", "!unsafe 'c': 5", "!unsafe 'd':", "- !unsafe 'x'", "e: own"]


def test_what_is_handed_on_overrides_no_variable():
    """Artifacts become variables of later jobs, and win over the answers to their surveys."""
    tasks = [task for path in ANSIBLES for task in stats_tasks(read(path))]
    assert len(tasks) == 6
    # But for the last job of the workflow, which says what the others passed on.
    taken = {variable for path in (ROOT / "playbooks").glob("*.yml") if path.stem != "workflow_failed" for variable in header(path.name)}
    for task in tasks:
        (given,) = (value for name, value in task.items() if name.endswith("set_stats"))
        assert given["aggregate"] is False and not given.get("per_host") and task["run_once"] is True
        (name,) = given["data"]
        assert name.startswith("opsaudit_") and name not in taken


@pytest.mark.parametrize("path", ANSIBLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_needs_what_a_job_may_not_have(path):
    """A library beside Ansible itself, a cache that keeps facts, somebody to answer."""
    text = path.read_text("utf-8")
    for missing in ("json_query", "use_fact_cache: true", "cacheable: true", "vars_prompt", "prompt:"):
        assert missing not in text


def stats_tasks(node):
    """Every task that hands something on, wherever it is."""
    if isinstance(node, list):
        for each in node:
            yield from stats_tasks(each)
    elif isinstance(node, dict):
        if "ansible.builtin.set_stats" in node:
            yield node
        for value in node.values():
            yield from stats_tasks(value)


@pytest.mark.parametrize("source", ARCHIVES)
def test_a_check_gives_an_info_module_only_its_own_options(source):
    """What an archive module has beside them is left out, whatever a source adds."""
    text = (ROOT / "playbooks" / "check_credentials.yml").read_text("utf-8").partition("check_left_out:")[2].partition("check_options:")[0]
    left_out = {word for part in re.findall(r"'([^']+)'", text) for word in part.split()}
    info = set(declared(source + "_info"))
    archive = {alias for name, each in ARCHIVES[source].source.all_options.items() for alias in (name, *each.get("aliases", ()))}
    assert archive - info - {"store"} - {alias for each in declared(source + "_info").values() for alias in each.get("aliases", ())} <= left_out
