# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the collection's action plugins and modules without ansible-playbook, each task in a forked process.

A task costs a hundredth of a second here, and half a second as a module in a play. What ansible-core itself does to a
task (templates, become, async, defaults, what it prints) is not here: test_e2e_paths.py and test_e2e_secrets.py run that.
"""

from __future__ import annotations

import importlib
import io
import json
import multiprocessing
import os
import sys
import tempfile
import traceback
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS

from ansible_collections.opsaudit.sessions.tests.e2e.support import NAMESPACE, Ansible, Kept, Run, Scene
from ansible_collections.opsaudit.sessions.tests.e2e.warm_start import WarmStart
from ansible_collections.opsaudit.sessions.tests.emulator.client import Emulator

# As Ansible's own workers.
_PROCESSES = multiprocessing.get_context("fork")
_PLUGINS = "ansible_collections.opsaudit.sessions.plugins."


class InProcess(Ansible):
    """Scenes as Ansible(...) runs them, on both paths, but for what is ansible-core's own work."""

    def __init__(self, folder: Path, emulator: Emulator, warm_start: WarmStart) -> None:
        super().__init__(folder, emulator.urls, warm_start)
        self._emulator = emulator

    def scenes(  # type: ignore[override]
        self, scenes: dict[str, Scene], hosts: str | tuple[str, ...] = "action", *, env: dict[str, str] | None = None,
    ) -> Run:
        several = not isinstance(hosts, str)
        run = Run(0, "", "")
        for host in hosts if several else (hosts,):
            for name, scene in scenes.items():
                self._emulator.reset()
                for call in scene.before:
                    self._emulator.call(*call)
                result = self._forked(host, scene, {**self.env, **(env or {})})
                kept = Kept(result, self._emulator.log(), self._emulator.stats(), [self._emulator.call(*call) for call in scene.after])
                kept.invocation = result.get("invocation")
                run.kept["%s/%s" % (host, name) if several else name] = kept
        return run

    def _forked(self, host: str, scene: Scene, env: dict[str, str]) -> dict[str, Any]:
        unknown = scene.keywords.keys() - {"check_mode", "diff"}
        assert not unknown, "only ansible-playbook knows %s" % unknown
        args = json.loads(json.dumps(scene.args).replace("{{ inventory_hostname }}", host))
        # Before the fork, so that it is done once.
        plugin = importlib.import_module("%s%s.%s" % (_PLUGINS, {"action": "action", "module": "modules"}[host], scene.module))
        work = {"action": _action, "module": _module}[host]
        here, there = _PROCESSES.Pipe(duplex=False)
        process = _PROCESSES.Process(target=_work, args=(work, plugin, scene, args, env, self.folder, there))
        process.start()
        there.close()
        try:
            problem, result = json.loads(here.recv())
        finally:
            process.join()
        assert problem is None, problem
        return result


def _work(work: Any, plugin: Any, scene: Scene, args: dict[str, Any], env: dict[str, str], folder: Path, there: Any) -> None:
    os.environ.clear()
    os.environ.update(env)
    tempfile.tempdir = None
    os.chdir(folder)
    try:
        result = work(plugin, scene, args)
        # The executor of tasks does this.
        result.setdefault("changed", False)
        there.send(json.dumps([None, result]))
    except BaseException:
        there.send(json.dumps([traceback.format_exc(), None]))


def _action(plugin: Any, scene: Scene, args: dict[str, Any]) -> dict[str, Any]:
    """What the action plugin returns, given what Ansible gives it."""
    name = NAMESPACE + scene.module
    keywords = {"check_mode": False, "diff": False, **scene.keywords}
    task = SimpleNamespace(args=args, action=name, resolved_action=name, async_val=0, environment=None, **keywords)
    shell = SimpleNamespace(tmpdir=os.environ["TMPDIR"], env_prefix=lambda **variables: "")
    connection = SimpleNamespace(transport="local", become=None, _shell=shell)
    play = SimpleNamespace(become=False, check_mode=keywords["check_mode"])
    result: dict[str, Any] = plugin.ActionModule(task, connection, play, loader=None, templar=None, shared_loader_obj=None).run(task_vars={})
    return result


def _module(module: Any, scene: Scene, args: dict[str, Any]) -> dict[str, Any]:
    """What the module prints, given what Ansible sends it."""
    ansibles = {
        "_ansible_check_mode": scene.keywords.get("check_mode", False), "_ansible_diff": scene.keywords.get("diff", False),
        "_ansible_module_name": NAMESPACE + scene.module, "_ansible_remote_tmp": os.environ["TMPDIR"], "_ansible_keep_remote_files": False,
    }
    if "inject_invocation" in PASS_VARS:
        # From ansible-core 2.20 on a module returns its options only if the controller wants them.
        ansibles["_ansible_inject_invocation"] = True
    vars(basic)["_ANSIBLE_ARGS"] = json.dumps({"ANSIBLE_MODULE_ARGS": {**args, **ansibles}}).encode()
    # Of ansible-core 2.19 and newer: how results are written.
    vars(basic)["_ANSIBLE_PROFILE"] = "legacy"
    # In a process that is a controller, too, ansible-core would display them.
    warned: list[str] = []
    vars(basic)["AnsibleModule"].warn = lambda self, warning, **more: warned.append(warning)
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            module.main()
    except SystemExit as ended:
        result: dict[str, Any] = json.loads(printed.getvalue())
        result.update({"warnings": warned} if warned else {})
        assert bool(ended.code) is bool(result.get("failed")), result
        return result
    sys.exit("%s ended without a result: %s" % (scene.module, printed.getvalue()))
