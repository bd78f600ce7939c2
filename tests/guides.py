# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides of docs/docsite, as tests see them: blocks of code, playbooks, tasks."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
#: name -> text
GUIDES = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "docs" / "docsite" / "rst").glob("*.rst"))}
_NAMESPACE = "opsaudit.sessions."


def blocks(guide: str, language: str) -> list[str]:
    """The code blocks of a language."""
    found = re.findall(r"^\.\. code-block:: %s\n\n((?:(?:   .*)?\n)+)" % language, GUIDES[guide] + "\n", re.M)
    return [textwrap.dedent(block).strip() for block in found]


def documents(guide: str) -> list[Any]:
    """What its blocks of YAML say; README.md is one of the guides here."""
    if guide.endswith(".md"):
        return of_markdown(ROOT / guide)
    return [yaml.safe_load(block) for block in blocks(guide, "yaml")]


def of_markdown(path: Path) -> list[Any]:
    """What the blocks of YAML of a README say."""
    return [yaml.safe_load(block) for block in re.findall("^```yaml\n(.*?)^```$", path.read_text("utf-8"), re.M | re.S)]


def plays(guide: str) -> list[dict[str, Any]]:
    """The plays of all its playbooks, in order; a rulebook's rules are none."""
    lists = [each for each in documents(guide) if isinstance(each, list)]
    return [
        each for entries in lists for each in entries
        if isinstance(each, dict) and ("import_playbook" in each or ("hosts" in each and "rules" not in each))
    ]


def variable_files(guide: str) -> list[dict[str, Any]]:
    """Its blocks of YAML that are variables of a role."""
    return [each for each in documents(guide) if isinstance(each, dict) and any(re.match("audit_|gate_", name) for name in each)]


def without_place(node: Any) -> Any:
    """The same without region and endpoint of tasks and their defaults: they would win over the environment, which names the emulator."""
    if isinstance(node, list):
        return [without_place(each) for each in node]
    if not isinstance(node, dict):
        return node
    ours = {name for name in node if str(name).startswith((_NAMESPACE, "group/" + _NAMESPACE))}
    return {
        name: {option: value for option, value in (given or {}).items() if option not in ("region", "endpoint")} if name in ours else without_place(given)
        for name, given in node.items()
    }


def tasks(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every task of a module of this collection, wherever in a playbook: the module and its options."""
    if isinstance(node, list):
        for each in node:
            yield from tasks(each)
    elif isinstance(node, dict):
        for name, value in node.items():
            if str(name).startswith(_NAMESPACE):
                yield name.removeprefix(_NAMESPACE), value or {}
            elif name not in ("module_defaults", "sources"):  # the latter are a rulebook's
                yield from tasks(value)
