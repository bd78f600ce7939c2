# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes of session_download: each path saves to a folder of its own, and what they return and save is compared."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.opsaudit.sessions.tests.e2e.support import INSTANCE, NODE, PATHS, Ansible, Kept, Run, Scene
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

EXEC = "11d337d0-1f45-5203-8630-eccd7c816bf8"
TERMINAL = "4ea8f841-e7a2-5275-b70e-85e3cf35ee71"
SPLIT = "dfcee107-7be1-5c21-95a6-b4e2f914c155"
WIRE = "8c36643f-e176-5459-9696-706b782421e7"
REVIEWED = "c3d929f1-3c57-5066-aa92-0651c9530902"


class Downloads:
    """Makes scenes, and looks at what they left."""

    def __init__(self, ansible: Ansible) -> None:
        self.ansible = ansible
        self.folder = ansible.folder / "saved"
        for path in PATHS:
            (self.folder / path).mkdir(parents=True)

    def scene(self, name: str, before: Any = None, keywords: Any = None, **args: Any) -> Scene:
        """Save from hoop, as an auditor, to a file with this name (a folder if it is empty)."""
        given = {
            "source": "hoop_session", "endpoint": self.ansible.urls["hoop"], "token": credentials.HOOP_TOKEN,
            "dest": "%s/{{ inventory_hostname }}/%s" % (self.folder, name), "id": EXEC, **args,
        }
        return Scene("session_download", {key: value for key, value in given.items() if value is not None}, before or [], keywords or {})

    def killed(self, name: str, before: Any = None, **args: Any) -> Scene:
        """Save from TaurusDB."""
        given = {
            "source": "taurusdb_killed_session", "endpoint": self.ansible.urls["taurusdb"], "token": None, "id": None,
            "access_key": credentials.HUAWEI_AK, "secret_key": credentials.HUAWEI_SK, "project_id": credentials.PROJECT_ID,
            "instance_id": INSTANCE, "node_id": NODE, "start_time": "2026-03-01", **args,
        }
        return self.scene(name, before, **given)

    def saved(self, name: str) -> bytes:
        """What both paths saved."""
        action, module = ((self.folder / path / name) for path in PATHS)
        assert action.read_bytes() == module.read_bytes()
        assert action.stat().st_mode == module.stat().st_mode
        return action.read_bytes()

    def names(self) -> list[str]:
        """The files of both paths."""
        action, module = (sorted(each.name for each in (self.folder / path).iterdir()) for path in PATHS)
        assert action == module
        return action


def same(run: Run, name: str) -> Kept:
    """What a scene gave on both paths: equal, but for the folder."""
    texts = []
    for path in PATHS:
        kept = run["%s/%s" % (path, name)]
        # How far a list is read ahead is a matter of luck.
        asked = [(entry["method"], entry["target"].split("token=")[0]) for entry in kept.asked("hoop")]
        reported = json.dumps([kept.result, kept.invocation, asked], sort_keys=True)
        texts.append(json.loads(reported.replace("/saved/%s" % path, "/saved/PATH")))
    assert texts[0] == texts[1], name
    return run["action/" + name]
