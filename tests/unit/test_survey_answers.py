# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers to a survey: missing ones are left out, and dates are texts again."""

from __future__ import annotations

import datetime
import re

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.opsaudit.sessions.plugins.filter.survey_answers import FilterModule
from ansible_collections.opsaudit.sessions.tests.awx import header
from ansible_collections.opsaudit.sessions.tests.guides import ROOT

survey_answers = FilterModule().filters()["survey_answers"]
DAY = datetime.date(2026, 1, 1)
NOON = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_answer_is_left_out(value):
    assert survey_answers({"a": value, "b": "x"}) == {"b": "x"}


@pytest.mark.parametrize("value", [0, False, "0", [], {}, 1.5, [None, ""], {"token": None}])
def test_everything_else_is_an_answer(value):
    assert survey_answers({"a": value}) == {"a": value}


def test_dates_become_texts_wherever_they_are():
    assert survey_answers({"a": DAY, "b": [{"start_time": NOON, "n": 1}], "c": (DAY,)}) == {
        "a": "2026-01-01", "b": [{"start_time": "2026-03-01T12:00:00+00:00", "n": 1}], "c": ["2026-01-01"],
    }


@pytest.mark.parametrize("value", [None, "a", ["a"], 3])
def test_what_is_no_dictionary_is_refused(value):
    with pytest.raises(AnsibleFilterError, match="a dictionary is needed"):
        survey_answers(value)


#: Playbooks that a survey gives no answers: one sets AWX up, the other needs none.
NOT_ASKED = ("awx_setup.yml", "demo.yml")
ASKED = sorted({
    (path.name, name) for path in (ROOT / "playbooks").glob("*.yml") if path.name not in NOT_ASKED
    for name, default in header(path.name).items() if default != "(required)"
})
#: Messages that quote a value which was given.
QUOTED = {"gate_tasks_file"}


def expressions(folder):
    """What Jinja evaluates in the YAML of a folder: expressions in braces, and conditions. Without what is quoted in them."""
    for path in sorted(folder.rglob("*.yml")):
        text = re.sub(r"^ *#.*$", "", path.read_text("utf-8"), flags=re.M)
        for found in re.findall(r"\{\{(.*?)\}\}|^ *(?:- )?(?:when|that|until|failed_when): (?!>)([^\n]*)$", text, re.M | re.S):
            yield path.name, "".join(found).replace("''", "EMPTY")


def readers(name):
    """The expressions that read a variable, with the names of their files."""
    return [
        (path, expression) for folder in ("playbooks", "roles") for path, expression in expressions(ROOT / folder)
        if path not in NOT_ASKED and re.search(r"(?<![\w.'])%s\b(?!['\w])" % name, expression)
    ]


@pytest.mark.parametrize("playbook, name", ASKED)
def test_a_missing_answer_counts_as_none_wherever_it_is_read(playbook, name):
    """An empty text and null are no value of any variable: whoever reads one says what to take in their place."""
    # Those that are never read like this are read with all variables of a role.
    for path, expression in readers(name):
        instead = r"\b%s \| default\((?:.*?, true\)|EMPTY\) in \[EMPTY, none\])" % name
        # Without one that it needs, a playbook stops before anything reads it.
        is_needed = '"%s: missing (' % name in (ROOT / "playbooks" / path).read_text("utf-8") if (ROOT / "playbooks" / path).exists() else False
        assert re.search(instead, expression, re.S) or name in QUOTED or is_needed, (path, expression)


def test_variables_and_their_readers_are_found():
    assert len(readers("gate_test")) == 2 and readers("gate_notify_headers")
    names = {name for _playbook, name in ASKED}
    assert {"gate_test", "gate_notify_headers", "seal_allowed_signers", "retire_label", "fleet_store", "wait_seconds"} <= names
