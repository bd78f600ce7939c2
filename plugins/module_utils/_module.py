# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a task as a module, on the target."""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._base.errors import MissingLibrary
from ._base.options import build_argument_spec
from ._base.task import Task, run_task


def run_module(task: Task) -> None:
    """Run a task as a module, and exit."""
    module = AnsibleModule(argument_spec=build_argument_spec(task.options), supports_check_mode=True)
    # It would replace the result's size with that of the file that is there; the action plugin would not.
    module.add_path_info = lambda kwargs: kwargs  # type: ignore[method-assign]
    try:
        done = run_task(task, module.params, os.environ, module.check_mode, module._diff)
    except MissingLibrary as missing:
        module.fail_json(msg=missing_required_lib(missing.library), exception=missing.problem)
    # Secrets that are no option's value: tokens from a login, and values of the environment.
    module.no_log_values.update(done.secrets)
    for warning in done.warnings:
        module.warn(warning)
    if done.result.get("failed"):
        module.fail_json(**done.result)
    module.exit_json(**done.result)
