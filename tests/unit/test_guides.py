# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all guides name exists: options, variables, roles' variables, code."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from test_structure import MODULES, declared
from test_structure_roles import ROLES, spec

from ansible_collections.opsaudit.sessions.plugins.module_utils._base import options
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import KINDS
from ansible_collections.opsaudit.sessions.plugins.module_utils._gate import rules as gate_rules
from ansible_collections.opsaudit.sessions.tests.guides import (
    GUIDES,
    ROOT,
    blocks,
    documents,
    tasks,
    variable_files,
)

pytestmark = pytest.mark.any_core

#: The code that the guide for developers shows.
CODE = (
    "tests/unit/fifth/endpoints.py", "tests/unit/fifth/archive.py", "tests/unit/fifth/ocsf.py",
    "plugins/modules/dataarts_sql_session_info.py", "plugins/action/dataarts_sql_session_info.py",
)
#: Read where no option is: hoop's own variable for certificates, and the place of Huawei's file.
OTHER_VARIABLES = {"HOOP_TLSCA", "HUAWEICLOUD_SDK_CREDENTIALS_FILE"}


def test_every_guide_is_listed():
    listed = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text("utf-8"))
    assert sorted(name for section in listed["sections"] for name in section["toctree"]) == sorted(GUIDES)


@pytest.mark.parametrize("guide", [*GUIDES, "README.md"])
def test_tasks_have_options_that_exist(guide):
    for name, given in tasks(documents(guide)):
        spec_of_module = options.build_argument_spec(declared(name))
        known = {alias for option, each in spec_of_module.items() for alias in (option, *each.get("aliases", []))}
        assert given.keys() <= known, name
        assert {option for option, each in spec_of_module.items() if each.get("required")} <= given.keys(), name


@pytest.mark.parametrize("guide", GUIDES)
def test_modules_and_variables_that_are_named_exist(guide):
    variables = {variable for name in MODULES for each in declared(name).values() for variable in each.get("env", ())}
    named = set(re.findall(r"\b(?:HW|HUAWEICLOUD|HOOP|BCE|BAIDUCLOUD|TAURUSDB|DATAARTS|OPSAUDIT)_[A-Z_]*[A-Z]\b", GUIDES[guide]))
    assert named <= variables | OTHER_VARIABLES
    # Metrics begin with opsaudit_.
    modules = set(re.findall(r"``(?:opsaudit\.sessions\.)?(?!opsaudit_)(\w+_(?:info|archive))``", GUIDES[guide]))
    assert modules <= set(MODULES)


@pytest.mark.parametrize("guide", [*GUIDES, "README.md"])
def test_variable_files_are_taken_by_their_role(guide):
    # A rulebook that runs a role has variables of its own beside it.
    rulebooks = "".join(path.read_text("utf-8") for path in (ROOT / "extensions").rglob("rulebooks/*.yml"))
    found = variable_files(guide)
    # The README has a newcomer's, as short as can be; the guide shows a gate with all that it can do.
    assert guide not in ("README.md", "guide_acting") or [len(variables) for variables in found] == [{"README.md": 2, "guide_acting": 6}[guide]]
    for variables in found:
        for role in ROLES:
            declared_here = spec(role)["options"]
            given = {name: value for name, value in variables.items() if name.startswith(role + "_")}
            others = given.keys() - declared_here.keys()
            assert all(re.search(r"\b%s\b" % name, rulebooks) for name in others), others
            own = {name: value for name, value in given.items() if name in declared_here}
            assert not own or ArgumentSpecValidator(declared_here).validate(own).error_messages == []
        for rule in variables.get("gate_rules", ()):
            assert gate_rules.parse_rule(rule["source"], rule["when"], rule.get("at_most", 0))


def test_a_fifth_source_is_added_by_code_that_is_run():
    files = [(ROOT / name).read_text("utf-8") for name in CODE]
    shown = blocks("guide_fifth_source", "python")
    assert len(shown) >= len(CODE)
    for block in shown:
        # What a class has inside is shown without the rest of its file.
        assert any(block in file for file in files), block
    # And each file is shown.
    assert all(any(block in file for block in shown) for file in files)


def test_every_kind_of_failure_has_its_place():
    headings = re.findall(r"^(\w+)\n-+$", GUIDES["guide_troubleshooting"], re.M)
    assert headings == list(KINDS)
