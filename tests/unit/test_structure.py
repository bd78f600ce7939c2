# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the collection as a whole: every part has its counterparts, and each file keeps to its place."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ansible_collections.opsaudit.sessions.plugins.module_utils import _info
from ansible_collections.opsaudit.sessions.plugins.module_utils._base import options as options_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._base import version

pytestmark = pytest.mark.any_core

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
ARCHIVES = [name for name in MODULES if name.endswith("_archive")]
INFO = [name for name in MODULES if name.endswith("_info")]
#: What asks no source has none of the options that a group's modules share.
ASKS_NO_SOURCE = ["session_export", "session_gate", "session_report"]
#: Made of report/ and libraries, not written.
MADE = ("report_asset.py", "replay_asset.py")
UTILS = {
    path.relative_to(PLUGINS / "module_utils").with_suffix("").as_posix(): path
    for path in sorted((PLUGINS / "module_utils").rglob("*.py")) if path.name not in MADE
}
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
        for option, told in more.get("options", {}).items():
            doc["options"].setdefault(option, told)
        doc["notes"] = doc.get("notes", []) + more.get("notes", [])
        doc["requirements"] = doc.get("requirements", []) + more.get("requirements", [])
    return doc


def source_of(name):
    return importlib.import_module(PACKAGE + "action." + name).ActionModule.source


def declared(name):
    if name in INFO or name in ARCHIVES:
        return _info.declarations(source_of(name))
    return importlib.import_module(PACKAGE + "modules." + name).declarations()


def test_there_are_modules():
    assert {"taurusdb_killed_session_info", "dataarts_sql_session_info", "hoop_session_info", "bcc_action_run_info"} <= set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_all_its_parts(name):
    texts = texts_of(name)
    assert yaml.safe_load(texts["DOCUMENTATION"])["module"] == name
    assert "opsaudit.sessions." + name in texts["EXAMPLES"]
    assert yaml.safe_load(texts["EXAMPLES"]) and yaml.safe_load(texts["RETURN"])
    assert (PLUGINS / "action" / (name + ".py")).is_file()
    assert (ROOT / "tests" / "integration" / "targets" / name / "tasks" / "main.yml").is_file()


@pytest.mark.parametrize("name", INFO)
def test_module_and_action_plugin_read_the_same_source(name):
    module = importlib.import_module(PACKAGE + "modules." + name)
    assert module.SOURCE is source_of(name)


@pytest.mark.parametrize("name", ARCHIVES)
def test_archive_module_and_action_plugin_keep_the_same(name):
    module = importlib.import_module(PACKAGE + "modules." + name)
    action = importlib.import_module(PACKAGE + "action." + name).ActionModule
    assert module.ARCHIVE is action.archive and module.ARCHIVE.source is action.source


def test_no_action_plugin_is_left_alone():
    assert sorted(path.stem for path in (PLUGINS / "action").glob("*.py")) == MODULES


def test_every_module_is_in_the_group_of_its_provider():
    groups = RUNTIME["action_groups"]
    everything = [group for member in groups["all"] for group in member["metadata"]["extend_group"]]
    assert set(everything) == groups.keys() - {"all"}
    assert sorted({*ASKS_NO_SOURCE, *(name for group in everything for name in groups[group])}) == MODULES
    for group in everything:
        for name in groups[group]:
            assert "opsaudit.sessions.attributes.actiongroup_" + group in documentation(name)["extends_documentation_fragment"]


def compare(declared, documented, where):
    spec = options_module.argument_spec(declared)
    assert spec.keys() == documented.keys(), where
    for option, told in documented.items():
        given = spec[option]
        place = "%s.%s" % (where, option)
        assert given["type"] == told["type"], place
        assert given.get("elements") == told.get("elements"), place
        assert bool(given.get("required")) == bool(told.get("required")), place
        assert given.get("default") == told.get("default"), place
        assert list(given.get("choices", [])) == list(told.get("choices", [])), place
        assert given.get("aliases", []) == told.get("aliases", []), place
        assert told["description"], place
        if "options" in given:
            compare(declared[option]["options"], told["suboptions"], place)


@pytest.mark.parametrize("name", MODULES)
def test_options_are_what_is_documented(name):
    compare(declared(name), documentation(name)["options"], name)


@pytest.mark.parametrize("name", MODULES)
def test_every_variable_of_the_environment_is_documented(name):
    options = documentation(name)["options"]
    for option, declaration in declared(name).items():
        told = " ".join(options[option]["description"])
        named = re.findall(r"E\((\w+)\)", told)
        places = [named.index(variable) for variable in declaration.get("env", ())]
        assert places == sorted(places), "%s: in another order than they are looked at" % option


@pytest.mark.parametrize("name", MODULES)
def test_every_secret_is_one(name):
    for option, declaration in declared(name).items():
        if re.search("password|secret|token|access_key|api_key", option):
            assert declaration.get("no_log") is True, option


@pytest.mark.parametrize("name", INFO)
def test_the_common_returns_are_documented(name):
    told = yaml.safe_load(texts_of(name)["RETURN"])
    source = source_of(name)
    common = {"count", "total", "complete", "incomplete_reasons", "failed_targets", "requests", "result", "failure"}
    assert common | {source.list_key, *source.other_keys.values()} <= told.keys()


@pytest.mark.parametrize("name", ARCHIVES)
def test_the_returns_of_an_archive_module_are_documented(name):
    assert yaml.safe_load(texts_of(name)["RETURN"]).keys() == {
        "added", "updated", "unchanged", "complete", "incomplete_reasons", "failed_targets", "coverage", "gaps", "new_records",
        "requests", "msg", "failure",
    }


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_module_has_its_twins_options_and_its_own(name):
    own, twin = set(declared(name)), set(declared(name.removesuffix("_archive") + "_info"))
    assert own - twin == {"store", "overlap", "return_new"}
    # What of the twin it has not: queries and limits, single records, links.
    assert twin - own <= {
        "query", "max_records", "id", "include_links", "expand", "event_stream", "extension", "newline", "event_time", "events",
    }


#: Each room of module_utils, and which others it may import; a file in the root is a door, and nobody imports one.
MAY_IMPORT = {
    "_base": set(),
    "_http": {"_base"},
    "_paging": {"_base"},
    "_records": {"_base"},
    "_files": {"_base"},
    "_fetch": {"_base", "_http", "_paging", "_records"},
    "_store": {"_base", "_records"},
    "_sources": {"_base", "_http", "_paging", "_records", "_files", "_fetch"},
    "_archive": {"_base", "_paging", "_records", "_fetch", "_store"},
    "_export": {"_base", "_records", "_files", "_store", "_sources"},
    "_report": {"_base", "_records", "_files", "_store", "_sources"},
    "_gate": {"_base", "_records", "_store", "_sources"},
    # doors
    "_module": {"_base"},
    "_info": {"_base", "_records", "_fetch"},
    "_download": {"_base", "_files", "_fetch", "_sources"},
}
#: Which libraries are imported where alone.
LIBRARIES = {"ansible": "_module", "requests": "_http", "urllib3": "_http", "sqlalchemy": "_store"}
#: What only a source knows: names of sources, vendors, and their codes.
VENDORS = re.compile("taurusdb|dataarts|hoop|bcc|huawei|baidu|bce|apig", re.I)
#: Folders of sources that others of them may import: what belongs to a provider with several sources.
PROVIDERS = {"huaweicloud"}
#: The registries of sources, and the door that has one of its own.
REGISTRIES = {"_sources/archives", "_sources/ocsf", "_download"}


def room_of(name):
    return name.split("/")[0]


def imports_of(name):
    """What a file imports, anywhere in it: neighbours by their path in module_utils, libraries by their first name."""
    neighbours, libraries = set(), set()
    for node in ast.walk(ast.parse(UTILS[name].read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = name.split("/")[: -node.level]
            path = [*folder, *(node.module or "").split(".")] if node.module else folder
            for alias in node.names:
                longer = "/".join([*path, alias.name])
                neighbours.add(longer if longer in UTILS or alias.name + ".py" in MADE else "/".join(path))
        elif isinstance(node, ast.ImportFrom):
            libraries.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            libraries.update(alias.name.split(".")[0] for alias in node.names)
    return {each for each in neighbours if each.rpartition("/")[2] + ".py" not in MADE}, libraries


IMPORTED = {name: imports_of(name) for name in UTILS}
GRAPH = {name: neighbours for name, (neighbours, _libraries) in IMPORTED.items()}


def test_every_import_is_of_a_file_that_exists():
    assert {name: sorted(others - UTILS.keys()) for name, others in GRAPH.items() if others - UTILS.keys()} == {}


def test_a_room_imports_only_rooms_below_it():
    assert {room_of(name) for name in UTILS} == MAY_IMPORT.keys()
    forbidden = {
        (name, other) for name, others in GRAPH.items() for other in others
        if room_of(other) != room_of(name) and room_of(other) not in MAY_IMPORT[room_of(name)]
    }
    assert forbidden == set()


def test_rooms_form_no_circle():
    order = []
    while len(order) < len(MAY_IMPORT):
        free = sorted(room for room, below in MAY_IMPORT.items() if room not in order and below <= set(order))
        assert free, "a circle among %s" % sorted(MAY_IMPORT.keys() - set(order))
        order += free


def test_no_file_imports_itself_round_a_corner():
    done, under_way = set(), []

    def visit(name):
        assert name not in under_way, "a circle: %s" % " -> ".join([*under_way, name])
        if name in done:
            return
        under_way.append(name)
        for other in sorted(GRAPH[name]):
            visit(other)
        done.add(under_way.pop())

    for name in GRAPH:
        visit(name)


@pytest.mark.parametrize("library, room", LIBRARIES.items())
def test_a_library_is_known_to_one_room_alone(library, room):
    assert {room_of(name) for name, (_neighbours, libraries) in IMPORTED.items() if library in libraries} == {room}


def test_info_modules_and_filters_do_not_load_the_stores_library():
    names = ("_info", *sorted(name.replace("/", ".") for name in UTILS if name.startswith("_sources/")))
    code = "import sys; import %s; assert 'sqlalchemy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code % ", ".join(PACKAGE + "module_utils." + name for name in names)], check=True)


def test_sources_do_not_know_each_other():
    def folder(name):
        return name.split("/")[1] if name.count("/") > 1 else None

    inside = {name: others for name, others in GRAPH.items() if name.startswith("_sources/")}
    crossing = {
        (name, other) for name, others in inside.items() for other in others
        if folder(name) and folder(other) and folder(other) != folder(name) and folder(other) not in PROVIDERS
    }
    assert crossing == set()
    several = {
        name for name, others in GRAPH.items()
        if len({folder(other) for other in others if other.startswith("_sources/")} - {None, folder(name)} - PROVIDERS) > 1
    }
    assert several == REGISTRIES


def test_other_rooms_reach_sources_by_the_registries():
    reached = {
        (name, other) for name, others in GRAPH.items() for other in others
        if other.startswith("_sources/") and room_of(name) != "_sources" and name != "_download"
    }
    assert {other for _name, other in reached} <= REGISTRIES


def test_the_core_knows_no_source():
    core = [name for name in UTILS if room_of(name) not in ("_sources", "_download")]
    found = {name: sorted(set(VENDORS.findall(UTILS[name].read_text("utf-8")))) for name in core}
    assert {name: words for name, words in found.items() if words} == {}


def test_a_room_has_few_files():
    rooms = {}
    for name in UTILS:
        folder = name.rpartition("/")[0]
        rooms.setdefault(folder, []).append(name)
    del rooms[""]
    assert {room: len(names) for room, names in rooms.items() if len(names) > 10} == {}


def test_private_files_only():
    assert [name for name in UTILS if not name.startswith("_")] == []


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
    told = {re.match(r"[\w.-]+", each)[0].lower() for name in MODULES for each in documentation(name)["requirements"]}
    assert told == wanted


def test_the_execution_environment_has_the_same_requirements():
    meta = yaml.safe_load((ROOT / "meta" / "execution-environment.yml").read_text("utf-8"))
    # Relative to the collection's root, as ansible-builder reads it.
    assert (ROOT / meta["dependencies"]["python"]) == ROOT / "requirements.txt"
