# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks without Ansible around them."""

from __future__ import annotations

import json

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task


def result_of(task, given, environ=None, **how):
    """What a task returns that has these options, and else the defaults.


    :param how: check, diff, now.
    """
    defaults = {name: declared.get("default") for name, declared in task.options.items()}
    result = run_task(task, {**defaults, **given}, environ or {}, **how).result
    assert "\n" not in result.get("msg", "")
    return json.loads(json.dumps(result))
