# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of a role are compared with its specification: all errors at once, in the words of the modules."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.opsaudit.sessions.plugins.filter.variable_errors import DOCUMENTATION, EXAMPLES, FilterModule

pytestmark = pytest.mark.any_core

variable_errors = FilterModule().filters()["variable_errors"]
ROLES = Path(__file__).resolve().parents[2] / "roles"
GATE = yaml.safe_load((ROLES / "gate" / "meta" / "argument_specs.yml").read_text("utf-8"))["argument_specs"]["gate"]["options"]
RULES = [{"source": "hoop_session", "when": "failed"}]


@pytest.mark.parametrize("given, lines", [
    ({"gate_rules": RULES, "gate_on_breach": "", "gate_notify_urls": "https://a\nhttps://b"}, []),
    ({}, ["gate_rules: missing (write - {source: ..., when: ...})"]),
    ({"gate_rules": RULES, "gate_on_breach": "notfy"}, ["gate_on_breach: 'notfy' is not one of fail, notify, tasks (did you mean notify?)"]),
    ({"gate_rules": "blocked", "gate_notify_secret": ["s3cret"]}, [
        "gate_rules: 'blocked' is not a list of dictionaries (write - {source: ..., when: ...})", "gate_notify_secret: a list is not one text"]),
    ({"gate_rules": [{"source": "hoop", "at_most": "two"}]}, [
        "gate_rules[0].source: 'hoop' is not one of bcc_action_run, dataarts_sql_session, hoop_session, taurusdb_killed_session (did you mean hoop_session?)",
        "gate_rules[0].when: missing", "gate_rules[0].at_most: 'two' is not a whole number"]),
])
def test_each_error_is_a_line(given, lines):
    assert variable_errors(given, GATE) == lines


def test_the_example_of_the_documentation():
    assert list(yaml.safe_load(DOCUMENTATION)["options"]) == ["_input", "options"]
    assert "'type': 'path', 'required': true" in EXAMPLES
    assert variable_errors({"backup_dest": ""}, {"backup_dest": {"type": "path", "required": True}}) == []
    assert variable_errors({}, {"backup_dest": {"type": "path", "required": True}}) == ["backup_dest: missing"]


@pytest.mark.parametrize("variables, options", [(None, {}), (["a"], {}), ({}, "a"), ({}, None)])
def test_what_is_no_dictionary_is_refused(variables, options):
    with pytest.raises(AnsibleFilterError, match="two dictionaries are needed"):
        variable_errors(variables, options)
