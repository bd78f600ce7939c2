# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's side of Ansible: everything on the target."""

from __future__ import annotations

import os
from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._endpoint import Source
from ._errors import MissingLibrary
from ._options import argument_spec
from ._runner import Outcome, declarations, run


def _info(source: Source, module: AnsibleModule) -> Outcome:
    return run(source, module.params, os.environ)


def run_module(source: Source, work: Callable[[Source, AnsibleModule], Outcome] = _info) -> None:
    """Run the module of a source, and exit.

    :param work: what it does; the default is to return the records.
    """
    module = AnsibleModule(argument_spec=argument_spec(declarations(source)), supports_check_mode=True)
    try:
        outcome = work(source, module)
    except MissingLibrary as missing:
        module.fail_json(msg=missing_required_lib(missing.library), exception=missing.problem)
    # Secrets that are no option's value: minted tokens, and what the environment held.
    module.no_log_values.update(outcome.secrets)
    for warning in outcome.warnings:
        module.warn(warning)
    if outcome.result.get("failed"):
        module.fail_json(**outcome.result)
    module.exit_json(**outcome.result)
