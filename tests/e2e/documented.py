# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module's documentation promises of its results, held against a result."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.opsaudit.sessions.tests.e2e.support import BIN, NAMESPACE, SOURCES, Ansible

_FILES = Path(__file__).resolve().parents[2] / "plugins" / "modules"
MODULES = sorted(path.stem for path in _FILES.glob("*.py"))
_TYPES: dict[str, Any] = {
    "str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict, "raw": object,
}
#: What Ansible itself adds to every result.
_ANSIBLES_OWN = {"changed", "failed", "warnings", "deprecations", "exception", "invocation", "diff"}


def read(ansible: Ansible) -> dict[str, dict[str, Any]]:
    """The documentation of the info modules, as ansible-doc gives it."""
    run = ansible.command(BIN / "ansible-doc", "-t", "module", "-j", *(NAMESPACE + module for module in SOURCES))
    assert run.code == 0, run.output
    return {name.removeprefix(NAMESPACE): entry for name, entry in json.loads(run.stdout).items()}


def returns(module: str) -> dict[str, Any]:
    """A module's RETURN, which has no fragments."""
    tree = ast.parse((_FILES / (module + ".py")).read_text("utf-8"))
    (text,) = [
        node.value.value for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and ast.unparse(node.targets[0]) == "RETURN"
    ]
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def mistakes(returns: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """Where a result is not what RETURN says."""
    found = {name: value for name, value in result.items() if name not in _ANSIBLES_OWN}
    state = "failure" if result.get("failed") else "success"
    always = {name for name, entry in returns.items() if entry["returned"] in ("always", state)}
    return list(_compare(returns, found, always, ""))


def _compare(contains: dict[str, Any], found: dict[str, Any], always: set[str], where: str) -> Iterator[str]:
    for name in sorted(always - set(found)):
        yield "%s is not returned" % (where + name)
    for name, value in found.items():
        if name not in contains:
            yield "%s is not documented" % (where + name)
        else:
            yield from _fits(contains[name], value, where + name)


def _fits(entry: dict[str, Any], value: Any, where: str) -> Iterator[str]:
    if value is None:
        if "null" not in str(entry["description"]).lower() and entry["type"] != "raw":
            yield "%s is null, which the documentation does not list" % where
        return
    if not _is(entry["type"], value):
        yield "%s is no %s: %r" % (where, entry["type"], value)
    elif "choices" in entry:
        values = value if isinstance(value, list) else [value]
        yield from ("%s is none of the choices: %r" % (where, each) for each in values if each not in entry["choices"])
    if isinstance(value, list) and "elements" in entry:
        yield from ("%s has an element that is no %s" % (where, entry["elements"]) for each in value if not _is(entry["elements"], each))
    if "contains" in entry:
        always = {name for name, inner in entry["contains"].items() if inner["returned"] == "always"}
        for each in value if isinstance(value, list) else [value]:
            found = {name: inner for name, inner in each.items() if name in entry["contains"]} if _is_open(entry) else each
            yield from _compare(entry["contains"], found, always, where + ".")


def _is_open(entry: dict[str, Any]) -> bool:
    """Whether the documentation says that it doesn't name everything."""
    return "There may be more keys" in str(entry["description"])


def wrong_samples(returns: dict[str, Any], where: str = "") -> Iterator[str]:
    """Samples that are not of the type that they are a sample of."""
    for name, entry in returns.items():
        path = where + name
        if "sample" in entry:
            yield from _fits(entry, entry["sample"], path + " (sample)")
        yield from wrong_samples(entry.get("contains", {}), path + ".")


def leaves(returns: dict[str, Any], where: str = "") -> Iterator[str]:
    """The paths of everything that is documented."""
    for name, entry in returns.items():
        yield where + name
        yield from leaves(entry.get("contains", {}), where + name + ".")


def always_null(returns: dict[str, Any], where: str = "") -> Iterator[str]:
    """The paths of what is documented to have no value ever."""
    for name, entry in returns.items():
        if "always v(null)" in str(entry["description"]).lower():
            yield where + name
        yield from always_null(entry.get("contains", {}), where + name + ".")


def paths(value: Any, where: str = "") -> Iterator[str]:
    """The paths of everything in a result that has a value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner is not None:
                yield where + name
            yield from paths(inner, where + name + ".")
    elif isinstance(value, list):
        for each in value:
            yield from paths(each, where)


def _is(kind: str, value: Any) -> bool:
    return isinstance(value, _TYPES[kind]) and not (isinstance(value, bool) and kind in ("int", "float"))
