# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays to be measured, run as a user runs them: ansible-playbook with its default settings."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from measure import Cost, environment, spend

FIXTURE = Path(__file__).resolve().parent / "fixture"

#: The connection of the fixture that is local but by its name: whatever has another name than "local" gets the module.
MODULE_PATH = "local_target"


class Plays:
    """A folder of playbooks for one host, which is this machine."""

    def __init__(self, extra: Mapping[str, str] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        self._env = environment({
            "ANSIBLE_ACTION_PLUGINS": str(FIXTURE / "action"),
            "ANSIBLE_LIBRARY": str(FIXTURE / "modules"),
            "ANSIBLE_CONNECTION_PLUGINS": str(FIXTURE / "connection"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            **(extra or {}),
        })
        self._ansible = str(Path(sys.executable).with_name("ansible-playbook"))

    def __enter__(self) -> Plays:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._folder.cleanup()

    def play(self, name: str, tasks: list[dict[str, Any]], connection: str = "local"):
        """Write a play; what is returned runs it and says its cost."""
        path = Path(self._folder.name, name + ".yml")
        play = {
            "hosts": "localhost",
            "connection": connection,
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable},
            "tasks": tasks,
        }
        path.write_text(json.dumps([play], indent=1))  # JSON is YAML
        command = [self._ansible, "-i", "localhost,", str(path)]

        def run() -> Cost:
            return spend(command, self._env, self._folder.name).cost

        return run
