# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real ansible commands against the emulator, and hands back what the tasks returned.

A play is a list of scenes. Each scene sets the emulator up, runs one task, and keeps what the
task returned and what it asked the emulator for. Many scenes fit in one play, for what takes
time is starting ansible-playbook.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from ansible_collections.opsaudit.sessions.tests.e2e.warm_start import WarmStart
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

BIN = Path(sys.prefix, "bin")
PLUGINS = Path(__file__).resolve().parent / "plugins"
NAMESPACE = "opsaudit.sessions."

TAURUSDB = "taurusdb_killed_session_info"
DATAARTS = "dataarts_sql_session_info"
HOOP = "hoop_session_info"
BCC = "bcc_action_run_info"
#: module -> the emulator's name of its source, and the key of its list.
SOURCES = {
    TAURUSDB: ("taurusdb", "killed_sessions"),
    DATAARTS: ("fabric", "sql_sessions"),
    HOOP: ("hoop", "sessions"),
    BCC: ("bcc", "action_runs"),
}

INSTANCE = "17b6bbb64d2f4c14a83a88f19da8dcc8in07"
NODE = "d476fd181dad42cbb67e804953fb39ebno07"
NODE_2 = "0b5d1c9e4f6a47a39d1f7be3c2a85e10no07"
WORKSPACE = "5b7c2a54-1f0e-4c3a-9d5e-6a7b8c9d0e1f"

#: The two paths: the controller's own work, and the module on a host that is not the controller.
PATHS = ("action", "module")


@dataclass
class Scene:
    """One task. C(before) and C(after) are control calls, C(keywords) keywords of the task such as become."""

    module: str
    args: dict[str, Any]
    before: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    keywords: dict[str, Any] = field(default_factory=dict)
    after: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@dataclass
class Kept:
    """What a scene's task returned, and the emulator's log and counts of its requests."""

    result: dict[str, Any]
    log: list[dict[str, Any]]
    stats: dict[str, Any]
    answers: list[Any]
    invocation: dict[str, Any] | None = None

    @property
    def failure(self) -> dict[str, Any]:
        assert self.result.get("failed") is True, self.result
        return self.result["failure"]

    def ok(self) -> dict[str, Any]:
        """The result of a task that has not failed."""
        assert not self.result.get("failed"), self.result.get("msg")
        assert self.result["changed"] is False
        return self.result

    @property
    def listed(self) -> list[dict[str, Any]]:
        """The log without the look-up of who is asking, which comes before a list."""
        return [entry for entry in self.log if not entry["target"].endswith("/api/userinfo")]

    def asked(self, dialect: str) -> list[dict[str, Any]]:
        return [entry for entry in self.log if entry["dialect"] == dialect]


@dataclass
class Run:
    """A command that has ended."""

    code: int
    stdout: str
    stderr: str
    kept: dict[str, Kept] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Kept:
        assert name in self.kept, "%s did not come that far:\n%s\n%s" % (name, self.stdout[-3000:], self.stderr[-3000:])
        return self.kept[name]

    def same(self, name: str) -> Kept:
        """What a scene gave on both paths, which must be equal."""
        action, module = self["action/" + name], self["module/" + name]
        assert comparable(action.result) == comparable(module.result), name
        assert action.invocation == module.invocation, name
        return action

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


def packed(calls: list[tuple[str, dict[str, Any]]]) -> str:
    """Control calls in a form in which Ansible finds nothing to evaluate."""
    return base64.b64encode(json.dumps(calls).encode()).decode()


def comparable(result: dict[str, Any]) -> dict[str, Any]:
    """A result without what differs from run to run: the source's ids of requests, and a window that ends now."""
    failures = [result.get("failure"), *(each["failure"] for each in result.get("failed_targets") or ())]
    text = json.dumps(result, sort_keys=True)
    for failure in failures:
        if failure and failure["request_id"]:
            text = text.replace(failure["request_id"], "REQUEST-ID")
    end = (result.get("window") or {}).get("end")
    if end and abs(datetime.now(timezone.utc) - datetime.fromisoformat(end.replace("Z", "+00:00"))) < timedelta(hours=1):
        text = text.replace(json.dumps(end), '"NOW"')
    return json.loads(text)


class Ansible:
    """A scratch folder from which commands are run, with an environment that knows nothing of the user's own."""

    def __init__(self, folder: Path, urls: dict[str, Any], warm_start: WarmStart) -> None:
        self.folder = folder
        self._warm_start = warm_start
        self.urls = urls
        self.bin = BIN
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self._numbers = itertools.count(1)
        # Ansible has sockets in it, whose paths must be short.
        self.scratch = tempfile.TemporaryDirectory(prefix="s-")
        self.env = {
            "HOME": str(self.home),
            "PATH": os.pathsep.join([str(BIN), "/usr/bin", "/bin"]),
            "LC_ALL": "C.UTF-8",
            "TMPDIR": self.scratch.name,
            "ANSIBLE_ACTION_PLUGINS": str(PLUGINS / "action"),
            "ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS / "connection"),
            "ANSIBLE_BECOME_PLUGINS": str(PLUGINS / "become"),
            "ANSIBLE_INVENTORY": str(self._inventory()),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
            "ANSIBLE_CALLBACK_PLUGINS": str(PLUGINS / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "invocations",
            "ANSIBLE_PIPELINING": "1",
            # From 2.21 on the options are part of a result only if they are asked for.
            "ANSIBLE_INJECT_INVOCATION": "1",
            # By default these are below the user's home, wherever HOME is.
            "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
            "ANSIBLE_ASYNC_DIR": str(folder / "async"),
        }

    def _inventory(self) -> Path:
        python = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        hosts = {
            "action": {"ansible_connection": "local"},
            "module": {"ansible_connection": "remote"},
            "localhost": {"ansible_connection": "local"},
        }
        path = self.folder / "inventory.yml"
        path.write_text(json.dumps({"all": {"hosts": hosts, "vars": python}}))
        return path

    def command(self, *command: object, env: dict[str, str] | None = None, timeout: float = 300) -> Run:
        """Run a command to its end."""
        words, env = [str(part) for part in command], {**self.env, **(env or {})}
        if self._warm_start.can_run(words, env):
            return Run(*self._warm_start.run(words, self.folder, env, timeout))
        done = subprocess.run(
            words, cwd=self.folder, env=env, check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=timeout,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def playbook(self, plays: list[dict[str, Any]], *arguments: object, env: dict[str, str] | None = None) -> Run:
        """Run plays that are given as data; JSON is YAML."""
        path = self.folder / ("play-%d.yml" % next(self._numbers))
        path.write_text(json.dumps(plays, indent=1))
        return self.command(BIN / "ansible-playbook", path, *arguments, env=env)

    def scenes(
        self,
        scenes: dict[str, Scene],
        hosts: str | tuple[str, ...] = "action",
        *arguments: object,
        variables: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
        play: dict[str, Any] | None = None,
    ) -> Run:
        """Run scenes one after the other; with several hosts, all on the first, then all on the next.

        What is kept is named after the scene, and C(host/scene) where there are several hosts.
        """
        several = not isinstance(hosts, str)
        number = next(self._numbers)
        folder = self.folder / ("kept-%d" % number)
        folder.mkdir()
        control = {"control": self.urls["control"]}
        tasks: list[dict[str, Any]] = []
        last: dict[str, Any] = {"name": "Set up", "no_log": True, "emulator": dict(control)}
        for name, scene in scenes.items():
            # Keeping one scene and setting up the next are one task: each costs a process.
            last["emulator"]["calls"] = packed([("reset", {}), *scene.before])
            tasks += [last, {
                "name": name, NAMESPACE + scene.module: scene.args, "register": "returned", "ignore_errors": True,
                **scene.keywords,
            }]
            keep = str(folder / ("{{ inventory_hostname }} %s" % name))
            given = {**control, "result": "{{ returned }}", "keep": keep, "after": packed(scene.after)}
            last = {"name": "Keep", "no_log": True, "emulator": given}
        tasks.append(last)
        where = ":".join(hosts) if several else hosts
        whole = {"hosts": where, "gather_facts": False, "serial": 1, "tasks": tasks, "vars": variables or {}, **(play or {})}
        invocations = self.folder / ("invocations-%d" % number)
        run = self.playbook([whole], *arguments, env={"E2E_INVOCATIONS": str(invocations), **(env or {})})
        reported = [json.loads(line) for line in invocations.read_text().splitlines()] if invocations.exists() else []
        for path in sorted(folder.iterdir()):
            host, name = path.name.split(" ", 1)
            kept = Kept(**json.loads(path.read_text()))
            kept.invocation = next((invocation for *task, invocation in reported if task == [host, name]), None)
            run.kept["%s/%s" % (host, name) if several else name] = kept
        return run

    def both(self, scenes: dict[str, Scene], *arguments: object, **more: Any) -> Run:
        """Scenes on both paths."""
        return self.scenes(scenes, PATHS, *arguments, **more)

    def access(self, module: str, **args: Any) -> dict[str, Any]:
        """The options that ask the emulator, as somebody who may; an option given as None is left out."""
        huawei = {
            "access_key": credentials.HUAWEI_AK, "secret_key": credentials.HUAWEI_SK, "project_id": credentials.PROJECT_ID,
        }
        baidu = {"access_key": credentials.BAIDU_AK, "secret_key": credentials.BAIDU_SK}
        who = {TAURUSDB: huawei, DATAARTS: huawei, HOOP: {"token": credentials.HOOP_TOKEN}, BCC: baidu}[module]
        what = {
            TAURUSDB: {"instance_id": INSTANCE, "node_id": NODE, "start_time": "2026-03-01"},
            DATAARTS: {"workspace_id": WORKSPACE},
        }.get(module, {})
        given = {"endpoint": self.urls[SOURCES[module][0]], **who, **what, **args}
        return {name: value for name, value in given.items() if value is not None}

    def scene(self, module: str, before: list[tuple[str, dict[str, Any]]] | None = None, **args: Any) -> Scene:
        """A scene that asks the emulator, as somebody who may."""
        return Scene(module, self.access(module, **args), before or [])
