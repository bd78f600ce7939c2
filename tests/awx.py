# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX is given, as data, and what a job gets of it: AWX renders a credential's injectors, and nothing else does."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

FOLDER = Path(__file__).resolve().parents[1] / "playbooks" / "awx"


class _Loader(yaml.SafeLoader):
    """Takes what Ansible is not to evaluate as the text that it is."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def read(path: Path) -> Any:
    """A file of Ansible's, with its expressions as they are written."""
    return yaml.load(path.read_text("utf-8"), _Loader)


def loaded(name: str) -> Any:
    """One of the files about AWX."""
    return read(FOLDER / name)


def injected(kind: dict[str, Any], inputs: dict[str, Any], folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The environment and the extra variables that a job gets of a credential.

    A boolean that was left out is False, any other input is missing, and the default of neither is applied.

    :param kind: the credential type.
    :param folder: where to put the file that it may inject.
    """
    known: dict[str, Any] = {field["id"]: False for field in kind["inputs"]["fields"] if field["type"] == "boolean"}
    known.update(inputs, tower=SimpleNamespace())
    environment = ImmutableSandboxedEnvironment()

    def render(template: str) -> str:
        return environment.from_string(template).render(known)

    for label, template in kind["injectors"].get("file", {}).items():
        path = folder / label
        path.write_text(render(template))
        path.chmod(0o600)
        name = label.partition(".")[2]
        if not name:
            known["tower"].filename = str(path)
        else:
            vars(known["tower"]).setdefault("filename", SimpleNamespace())
            setattr(known["tower"].filename, name, str(path))
    env, extra_vars = (
        {name: render(template) for name, template in kind["injectors"].get(part, {}).items()} for part in ("env", "extra_vars")
    )
    return env, extra_vars
