# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the collection as a whole: every part has its counterparts, and each file keeps to its place."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.opsaudit.sessions.plugins.module_utils._base import options as options_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._base import version

pytestmark = pytest.mark.any_core

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
ARCHIVES = [name for name in MODULES if name.endswith("_archive")]
#: What sends no request has none of the options that a group's modules share.
ASKS_NO_SOURCE = [
    "session_export", "session_gate", "session_notify", "session_prune", "session_report", "session_scope", "session_seal", "session_store_info",
]
INFO = [name for name in MODULES if name.endswith("_info") and name not in ASKS_NO_SOURCE]
#: Made of report/ and libraries, not written.
MADE = ("report_asset.py", "replay_asset.py")
PACKAGE = "ansible_collections.opsaudit.sessions.plugins."
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))
RUNTIME = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text("utf-8"))


def texts_of(name):
    """DOCUMENTATION, EXAMPLES and RETURN of a module, without importing it."""
    tree = ast.parse((PLUGINS / "modules" / (name + ".py")).read_text("utf-8"))
    return {
        node.targets[0].id: node.value.value for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }


def fragment(name):
    module, _dot, attribute = name.removeprefix("opsaudit.sessions.").partition(".")
    holder = importlib.import_module(PACKAGE + "doc_fragments." + module).ModuleDocFragment
    return yaml.safe_load(getattr(holder, (attribute or "documentation").upper()))


def documentation(name):
    """A module's documentation with its fragments: what comes first stays."""
    doc = yaml.safe_load(texts_of(name)["DOCUMENTATION"])
    doc.setdefault("options", {})
    for each in doc["extends_documentation_fragment"]:
        more = fragment(each)
        for option, each in more.get("options", {}).items():
            doc["options"].setdefault(option, each)
        doc["notes"] = doc.get("notes", []) + more.get("notes", [])
        doc["requirements"] = doc.get("requirements", []) + more.get("requirements", [])
    return doc


def task_of(name):
    return importlib.import_module(PACKAGE + "action." + name).ActionModule.task


def declared(name):
    return task_of(name).options


def test_there_are_modules():
    assert {"taurusdb_killed_session_info", "dataarts_sql_session_info", "hoop_session_info", "bcc_action_run_info"} <= set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_all_its_parts(name):
    texts = texts_of(name)
    assert yaml.safe_load(texts["DOCUMENTATION"])["module"] == name
    assert "opsaudit.sessions." + name in texts["EXAMPLES"]
    assert yaml.safe_load(texts["EXAMPLES"]) and yaml.safe_load(texts["RETURN"])
    assert (PLUGINS / "action" / (name + ".py")).is_file()


def test_the_smoke_target_uses_every_module_and_filter():
    (_reset, whole) = yaml.safe_load((ROOT / "tests" / "integration" / "targets" / "smoke" / "tasks" / "main.yml").read_text("utf-8"))
    used = {key.removeprefix("opsaudit.sessions.") for task in whole["block"] for key in task if key.startswith("opsaudit.sessions.")}
    assert used == set(MODULES)
    *_tasks, check = whole["block"]
    checked = " ".join(check["ansible.builtin.assert"]["that"])
    assert set(re.findall(r"opsaudit\.sessions\.(\w+)", checked)) == {path.stem for path in (PLUGINS / "filter").glob("*.py")}
    registered = {task["register"] for task in whole["block"] if "register" in task}
    assert {name for name in registered if not re.search(r"\b%s\b" % name, checked)} == set(), "nothing checks it"


@pytest.mark.parametrize("name", MODULES)
def test_module_and_action_plugin_run_the_same_task(name, monkeypatch):
    module, ran = importlib.import_module(PACKAGE + "modules." + name), []
    monkeypatch.setattr(module, "run_module", ran.append)
    module.main()
    assert [(type(task), vars(task)) for task in ran] == [(type(task_of(name)), vars(task_of(name)))]


def test_no_action_plugin_is_left_alone():
    assert sorted(path.stem for path in (PLUGINS / "action").glob("*.py")) == MODULES


def test_every_module_is_in_the_group_of_its_provider():
    groups = RUNTIME["action_groups"]
    # What speaks to several providers is in no provider's group.
    shared = [member for member in groups["all"] if isinstance(member, str)]
    everything = [group for member in groups["all"] if member not in shared for group in member["metadata"]["extend_group"]]
    assert set(everything) == groups.keys() - {"all"}
    assert sorted({*ASKS_NO_SOURCE, *shared, *(name for group in everything for name in groups[group])}) == MODULES
    for group in everything:
        for name in groups[group]:
            assert "opsaudit.sessions.attributes.actiongroup_" + group in documentation(name)["extends_documentation_fragment"]


def compare(declared, documented, where):
    spec = options_module.build_argument_spec(declared)
    assert spec.keys() == documented.keys(), where
    for option, described in documented.items():
        given = spec[option]
        place = "%s.%s" % (where, option)
        assert given["type"] == described["type"], place
        assert given.get("elements") == described.get("elements"), place
        assert bool(given.get("required")) == bool(described.get("required")), place
        assert given.get("default") == described.get("default"), place
        assert list(given.get("choices", [])) == list(described.get("choices", [])), place
        assert given.get("aliases", []) == described.get("aliases", []), place
        assert described["description"], place
        if "options" in given:
            compare(declared[option]["options"], described["suboptions"], place)


@pytest.mark.parametrize("name", MODULES)
def test_options_are_what_is_documented(name):
    compare(declared(name), documentation(name)["options"], name)


@pytest.mark.parametrize("name", MODULES)
def test_every_variable_of_the_environment_is_documented(name):
    options = documentation(name)["options"]
    for option, declaration in declared(name).items():
        reported = " ".join(options[option]["description"])
        named = re.findall(r"E\((\w+)\)", reported)
        places = [named.index(variable) for variable in declaration.get("env", ())]
        assert places == sorted(places), "%s: in another order than they are looked at" % option


@pytest.mark.parametrize("name", MODULES)
def test_every_secret_is_one(name):
    for option, declaration in declared(name).items():
        if re.search("password|secret|token|access_key|api_key", option):
            assert declaration.get("no_log") is True, option


@pytest.mark.parametrize("name", INFO)
def test_the_common_returns_are_documented(name):
    reported = yaml.safe_load(texts_of(name)["RETURN"])
    source = task_of(name).source
    common = {"count", "total", "complete", "incomplete_reasons", "failed_targets", "requests", "result", "failure"}
    assert common | {source.list_key, *source.other_keys.values()} <= reported.keys()


@pytest.mark.parametrize("name", ARCHIVES)
def test_the_returns_of_an_archive_module_are_documented(name):
    assert yaml.safe_load(texts_of(name)["RETURN"]).keys() == {
        "added", "updated", "unchanged", "abandoned", "gone", "complete", "incomplete_reasons", "failed_targets", "coverage", "gaps", "attachments",
        "new_records", "requests", "msg", "failure",
    }


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_module_has_its_twins_options_and_its_own(name):
    own, twin = set(declared(name)), set(declared(name.removesuffix("_archive") + "_info"))
    attachments = {"attachments", "attachments_dest", "attachments_max_bytes"}
    some = {
        "bcc_action_run_archive": {"account"}, "hoop_session_archive": {"details", *attachments}, "taurusdb_killed_session_archive": attachments,
    }.get(name, set())
    assert own - twin == {"store", "overlap", "return_new", "reread", "recheck", "abandon_after", "retention", "label"} | some
    # What of the twin it has not: queries and limits, single records, links.
    assert twin - own <= {
        "query", "max_records", "id", "child_state", "include_links", "expand", "event_stream", "extension", "newline", "event_time", "events",
    }


@pytest.mark.parametrize("folder", [
    "plugins/module_utils", "plugins/plugin_utils", "plugins/action", "plugins/inventory", "plugins/doc_fragments", "tests/unit",
])
def test_no_file_is_long(folder):
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in (ROOT / folder).rglob("*.py") if path.name not in MADE}
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}


@pytest.mark.parametrize("folder", ["plugins", "extensions", "tests/unit"])
def test_every_file_says_whose_it_is(folder):
    for path in (ROOT / folder).rglob("*.py"):
        head = "\n".join(path.read_text("utf-8").splitlines()[:6])
        assert "The opsaudit.sessions developers" in head and "SPDX-License-Identifier: GPL-3.0-or-later" in head, path


def test_the_version_is_galaxys():
    assert GALAXY["version"] == version.VERSION


def test_the_requirements_are_those_of_the_documentation():
    wanted = {
        re.match(r"[\w.-]+", line)[0].lower() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    }
    reported = {re.match(r"[\w.-]+", each)[0].lower() for name in MODULES for each in documentation(name)["requirements"]}
    # What is no Python library is in bindep.txt.
    assert reported - {"openssh"} == wanted
    assert ("openssh" in reported) is ("openssh-clients" in (ROOT / "bindep.txt").read_text("utf-8"))


def test_the_execution_environment_has_the_same_requirements():
    meta = yaml.safe_load((ROOT / "meta" / "execution-environment.yml").read_text("utf-8"))
    # Relative to the collection's root, as ansible-builder reads it.
    assert (ROOT / meta["dependencies"]["python"]) == ROOT / "requirements.txt"
