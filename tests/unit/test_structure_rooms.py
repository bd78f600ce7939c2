# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which room of module_utils may import which: one direction, no circle, and no vendor's word in the core."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.any_core

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
PACKAGE = "ansible_collections.opsaudit.sessions.plugins."
#: Made of report/ and libraries, not written.
MADE = ("report_asset.py", "replay_asset.py")
UTILS = {
    path.relative_to(PLUGINS / "module_utils").with_suffix("").as_posix(): path
    for path in sorted((PLUGINS / "module_utils").rglob("*.py")) if path.name not in MADE
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
    "_archive": {"_base", "_paging", "_records", "_fetch", "_files", "_store"},
    "_export": {"_base", "_records", "_files", "_store", "_sources"},
    "_report": {"_base", "_records", "_files", "_store", "_sources"},
    "_gate": {"_base", "_records", "_store", "_sources"},
    "_notify": {"_base", "_http"},
    "_seal": {"_base", "_records", "_files", "_store"},
    "_upkeep": {"_base", "_records", "_files", "_store", "_seal"},
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


@pytest.fixture(scope="module")
def imported():
    return {name: imports_of(name) for name in UTILS}


@pytest.fixture(scope="module")
def graph(imported):
    return {name: neighbours for name, (neighbours, _libraries) in imported.items()}


def test_every_import_is_of_a_file_that_exists(graph):
    assert {name: sorted(others - UTILS.keys()) for name, others in graph.items() if others - UTILS.keys()} == {}


def test_a_room_imports_only_rooms_below_it(graph):
    assert {room_of(name) for name in UTILS} == MAY_IMPORT.keys()
    forbidden = {
        (name, other) for name, others in graph.items() for other in others
        if room_of(other) != room_of(name) and room_of(other) not in MAY_IMPORT[room_of(name)]
    }
    assert forbidden == set()


def test_contributors_read_the_same_table():
    text = (PLUGINS.parent / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| `(_\w+)` \| .+ \| (.*?) ?\|$", text, re.M)
    assert {room: set(re.findall(r"`(\w+)`", below)) for room, below in rows} == MAY_IMPORT


def test_rooms_form_no_circle():
    order = []
    while len(order) < len(MAY_IMPORT):
        free = sorted(room for room, below in MAY_IMPORT.items() if room not in order and below <= set(order))
        assert free, "a circle among %s" % sorted(MAY_IMPORT.keys() - set(order))
        order += free


def test_no_file_imports_itself_round_a_corner(graph):
    done, under_way = set(), []

    def visit(name):
        assert name not in under_way, "a circle: %s" % " -> ".join([*under_way, name])
        if name in done:
            return
        under_way.append(name)
        for other in sorted(graph[name]):
            visit(other)
        done.add(under_way.pop())

    for name in graph:
        visit(name)


@pytest.mark.parametrize("library, room", LIBRARIES.items())
def test_a_library_is_known_to_one_room_alone(imported, library, room):
    assert {room_of(name) for name, (_neighbours, libraries) in imported.items() if library in libraries} == {room}


#: What a task without a library never imports, so that it starts fast, and runs where that is not installed.
WITHOUT = {
    "sqlalchemy": ["_info", *(name.replace("/", ".") for name in UTILS if name.startswith("_sources/"))],
    "requests": [
        "_sources.archives", "_sources.ocsf", *("%s.task" % room for room in ("_export", "_gate", "_report", "_seal")),
        *(name.replace("/", ".") for name in UTILS if name.startswith("_upkeep/")),
    ],
}


@pytest.mark.parametrize("library, names", WITHOUT.items())
def test_a_library_is_loaded_only_by_tasks_that_use_it(library, names):
    code = "import sys; import %s; assert %r not in sys.modules"
    subprocess.run([sys.executable, "-c", code % (", ".join(PACKAGE + "module_utils." + name for name in names), library)], check=True)


def test_sources_do_not_know_each_other(graph):
    def folder(name):
        return name.split("/")[1] if name.count("/") > 1 else None

    inside = {name: others for name, others in graph.items() if name.startswith("_sources/")}
    crossing = {
        (name, other) for name, others in inside.items() for other in others
        if folder(name) and folder(other) and folder(other) != folder(name) and folder(other) not in PROVIDERS
    }
    assert crossing == set()
    several = {
        name for name, others in graph.items()
        if len({folder(other) for other in others if other.startswith("_sources/")} - {None, folder(name)} - PROVIDERS) > 1
    }
    assert several == REGISTRIES


def test_other_rooms_reach_sources_by_the_registries(graph):
    reached = {
        (name, other) for name, others in graph.items() for other in others
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
