# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule whose expression looks up a column that there is not would never match: it is refused before anything is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._gate.rules import parse_rule
from ansible_collections.opsaudit.sessions.plugins.module_utils._gate.task import GateTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.condition import COLUMNS, parse_condition
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.reader import list_columns
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of

ROOT = Path(__file__).resolve().parents[3]
TEXTS = [
    path for folder in ("plugins/modules", "roles", "playbooks", "docs/docsite/rst", "extensions")
    for path in sorted((ROOT / folder).rglob("*")) if path.suffix in (".py", ".yml", ".rst", ".md")
] + [ROOT / "README.md"]
#: A rule in a flow mapping, as all that are documented are written; the option of export and report.
RULE = re.compile(r"\{source: \w+, when: [^{}]*\}")
WHERE = re.compile(r"""^\s+where: (".*"|.*)$""", re.M)


def documented_rules():
    return sorted({found for path in TEXTS for found in RULE.findall(path.read_text("utf-8"))})


def documented_conditions():
    found = {value for path in TEXTS for value in WHERE.findall(path.read_text("utf-8"))}
    return sorted(str(yaml.safe_load(value)) for value in found if value and "{{" not in value)


@pytest.mark.parametrize("text", documented_rules())
def test_every_documented_rule_is_accepted(text):
    rule = yaml.safe_load(text)
    parse_rule(rule["source"], rule["when"], rule.get("at_most", 0), rule.get("weight"))


@pytest.mark.parametrize("text", documented_conditions())
def test_every_documented_condition_is_accepted(text):
    parse_condition(text)


def test_the_documents_have_expressions():
    assert any("&&" in text for text in documented_rules()) and any("weight" in text for text in documented_rules())
    assert documented_conditions()


@pytest.mark.parametrize("when", [
    "@.outcome == 'blocked'", "@ | outcome == 'blocked'", "raw.whatever.there[?is == other].x", "raw.a || raw.b", "scope.org == 'o'",
    "contains(keys(@), 'raw')", "[outcome, actor][0]", "{o: outcome, x: raw.y}.x == 'a'", "actor != null", "actor == `null`", "!(actor == 'x')",
    "raw.children[].state | contains(@, 'FAILED')", "sort_by(raw.children, &id)[0].id == 'x'", "started_at > `0`", "length(@) > `3`", "`true`",
    "values(raw)[?a]", "raw.*.b", "raw.children[?state == 'FAILED' && unknown == here]", "max_by(raw.children, &size).size > `5`", "\"outcome\" == 'failure'",
])
def test_what_works_is_not_refused(when):
    parse_rule("bcc_action_run", when, 0)
    parse_rule("bcc_action_run", "failed", 0, when)


@pytest.mark.parametrize("when, line", [
    ("outcom == 'blocked'", "rules[1].when: 'outcom' is not a column of a record (did you mean outcome?)"),
    ("actr == 'x'", "rules[1].when: 'actr' is not a column of a record (did you mean actor?)"),
    ("@.actr == 'x'", "rules[1].when: 'actr' is not a column of a record (did you mean actor?)"),
    ("outcome == blocked", "rules[1].when: 'blocked' is not a column of a record (a text has single quotes: outcome == 'blocked')"),
    ('outcome == "blocked"', "rules[1].when: 'blocked' is not a column of a record (a text has single quotes: outcome == 'blocked')"),
    ("blocked != outcome", "rules[1].when: 'blocked' is not a column of a record (a text has single quotes: outcome == 'blocked')"),
    ("length(raw.children) > `1` && stat == 'x'", "rules[1].when: 'stat' is not a column of a record (did you mean state?)"),
    ("raw.ok == true", "rules[1].when: 'true' is not a column of a record (write `true`, in backquotes)"),
    ("exit_code == `1`", "rules[1].when: 'exit_code' is not a column of a record (there are " + ", ".join(COLUMNS) + "; "
                         "what the source gave is in raw: raw.exit_code)"),
])
def test_a_misspelt_column_is_named(tmp_path, when, line):
    rules = [{"source": "hoop_session", "when": each, "at_most": 0} for each in ("failed", when)]
    assert result_of(GateTask(), {"store": str(tmp_path / "none.db"), "rules": rules})["msg"] == line


def test_the_weight_is_checked_as_well():
    with pytest.raises(OptionError, match=r"^rules\[3\]\.weight: 'children' is not a column of a record \("):
        parse_rule("bcc_action_run", "failed", 0, "length(children)", "rules[3]")


def test_the_columns_are_those_of_the_table():
    assert list_columns() == COLUMNS


BLANKS = " " * 100_000


@pytest.mark.parametrize("when", ["longer" + BLANKS + "!", BLANKS, "longer" + BLANKS + "2h" + BLANKS], ids=["no rule", "blanks", "a rule"])
def test_blanks_take_no_time(when):
    """Cubic in their number, these would take days."""
    if "2h" in when:
        assert parse_rule("hoop_session", when, 0).when == "longer 2h"
    else:
        with pytest.raises(OptionError):
            parse_rule("hoop_session", when, 0)
