# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's side of Ansible: everything on the target."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._base.errors import MissingLibrary
from ._base.options import Declaration, argument_spec
from ._base.task import Outcome
from ._fetch.endpoint import Source
from ._info import declarations, run


def run_module(source: Source) -> None:
    """Run the module of a source, and exit."""
    run_task(declarations(source), lambda module: run(source, module.params, os.environ))


def run_task(declared: Mapping[str, Declaration], work: Callable[[AnsibleModule], Outcome]) -> None:
    """Run a module with these options, and exit."""
    module = AnsibleModule(argument_spec=argument_spec(declared), supports_check_mode=True)
    # It would put the size of the file that is there over the one that is told of, and is not done in the controller.
    module.add_path_info = lambda kwargs: kwargs  # type: ignore[method-assign]
    try:
        outcome = work(module)
    except MissingLibrary as missing:
        module.fail_json(msg=missing_required_lib(missing.library), exception=missing.problem)
    # Secrets that are no option's value: minted tokens, and what the environment held.
    module.no_log_values.update(outcome.secrets)
    for warning in outcome.warnings:
        module.warn(warning)
    if outcome.result.get("failed"):
        module.fail_json(**outcome.result)
    module.exit_json(**outcome.result)
