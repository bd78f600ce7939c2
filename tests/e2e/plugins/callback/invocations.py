# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the options that each task says it was run with: a registered result lacks them."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: invocations
type: aggregate
short_description: Keep the invocation of each task
description:
  - Appends a line of JSON to the file named by the environment variable E2E_INVOCATIONS.
author:
  - The opsaudit.sessions developers (@opsaudit)
"""


class CallbackModule(CallbackBase):
    """One line per result."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "invocations"

    def v2_runner_on_ok(self, result):
        self._keep(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._keep(result)

    def _keep(self, task_result):
        # Newer versions of ansible-core have attributes without the underscore.
        host, task, result = (
            getattr(task_result, name) if hasattr(task_result, name) else getattr(task_result, "_" + name)
            for name in ("host", "task", "result")
        )
        if os.environ.get("E2E_INVOCATIONS") and "invocation" in result:
            line = json.dumps([host.get_name(), task.get_name(), result["invocation"]])
            with open(os.environ["E2E_INVOCATIONS"], "a", encoding="utf-8") as file:
                file.write(line + "\n")
