# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX is given, as data, and what a job gets of it: AWX renders a credential's injectors, and nothing else does."""

from __future__ import annotations

import re
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
    """One of the files about AWX, with the prefix that names have by default."""
    return yaml.load((FOLDER / name).read_text("utf-8").replace("{{ awx_setup_prefix }}", "opsaudit"), _Loader)


def header(playbook: str) -> dict[str, str]:
    """Variables and defaults that a playbook's header lists."""
    text = (FOLDER.parent / playbook).read_text("utf-8").partition("# Variable ")[2]
    return dict(re.findall(r"^# (\w+_\w+) +(\S+)", text, re.M))


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


class _Unsafe(yaml.SafeDumper):
    """Writes every text, keys included, as one that Ansible is not to evaluate."""

    def represent_data(self, data: Any) -> Any:
        return self.represent_scalar("!unsafe", data) if isinstance(data, str) else super().represent_data(data)


def extra_vars(variables: dict[str, Any], of_template: dict[str, Any] | None = None) -> str:
    """The file of extra variables that AWX gives to a job: whatever does not come from the template as it is, is unsafe.

    From ansible-core 2.19 on a text that is unsafe is read like one without quotes: an empty one is null, 0123 is 83, 12:30 is 750,
    a date is a date.

    :param of_template: the template's own extra variables.
    """
    own = of_template or {}
    dumpers = {name: yaml.SafeDumper if name in own and own[name] == value else _Unsafe for name, value in variables.items()}
    return "".join(yaml.dump({name: value}, Dumper=dumpers[name], default_flow_style=False) for name, value in variables.items())
