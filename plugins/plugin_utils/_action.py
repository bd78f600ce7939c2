# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a task on the controller, without the start of a module, if the connection is local."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import merge_hash

from ..module_utils._base.errors import MissingLibrary
from ..module_utils._base.options import build_argument_spec
from ..module_utils._base.task import Task, refuse, run_task
from ..module_utils._module import OptionCheck

display = Display()


class TaskAction(ActionBase):
    """A task as an action plugin. On a local connection, without become and async, it runs in the controller."""

    _supports_check_mode = True
    _supports_async = True
    task: Task

    def run(self, tmp=None, task_vars=None):
        """Return exactly the result of the module of the same name."""
        result = super().run(tmp, task_vars)
        if not self._runs_here():
            module = self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val)
            return merge_hash(result, module)
        # Ansible's own types of text (tagged, unsafe, from a vault) become plain, as for a module.
        args = json.loads(json.dumps(self._task.args, default=str))
        checked = OptionCheck(self.task.options, args)
        if checked.problems:
            own = {"changed": False, **refuse(checked.line), "invocation": {"module_args": checked.masked}}
        else:
            own = self._run_valid(args)
        if not _includes_options(task_vars):
            own.pop("invocation", None)
        return merge_hash(result, own)

    def _runs_here(self):
        local = getattr(self._connection, "transport", None) == "local"
        become = self._play_context.become or getattr(self._connection, "become", None)
        return local and not become and not self._task.async_val

    def _run_valid(self, args):
        """Return the result with the options, without secrets."""
        valid = ArgumentSpecValidator(build_argument_spec(self.task.options)).validate(args)
        params = valid.validated_parameters
        if valid.error_messages:
            own, secrets = {"failed": True, "msg": valid.errors.msg}, set()
        else:
            own, secrets = self._run_task(params)
        return remove_values({**own, "invocation": {"module_args": params}}, secrets | valid._no_log_values)

    def _run_task(self, params):
        variables: dict[str, object] = {}
        self._compute_environment_string(variables)
        try:
            with _set_environment(variables):
                done = run_task(
                    self.task, params, os.environ, self._task.check_mode, self._task.diff, watch=Progress(self._task.action)
                )
        except MissingLibrary as missing:
            return {"failed": True, "msg": missing_required_lib(missing.library), "exception": missing.problem}, set()
        if done.warnings:
            done.result["warnings"] = done.warnings
        return done.result, done.secrets


def _includes_options(task_vars):
    """Return whether the result includes the task's options; before ansible-core 2.20 it always does."""
    try:
        return C.config.get_config_value("INJECT_INVOCATION", variables=task_vars)
    except AnsibleError:
        return True


@contextmanager
def _set_environment(variables):
    """Set the task's own environment, as for a module; each task has a process of its own."""
    before = dict(os.environ)
    os.environ.update({name: str(value) for name, value in variables.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Progress:
    """Shows with -v how far a long fetch has come, at most once a second."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._started = self._shown = time.monotonic()

    def __call__(self, fetch: Any) -> None:
        now = time.monotonic()
        if display.verbosity < 1 or now - self._shown < 1:
            return
        self._shown = now
        display.v("%s: %s" % (self._name, fetch.progress.line(now - self._started)))
