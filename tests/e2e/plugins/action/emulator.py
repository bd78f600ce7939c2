# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A test's task that controls the emulator, and keeps what a task returned together with what it asked for.

It costs what an action plugin costs, so that one play can hold many scenes.
"""

from __future__ import annotations

import base64
import json
import urllib.request

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """With keep (a file) the result, the log and the answers to the calls in C(after) go there; then C(calls) are made."""

    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        args = self._task.args
        control = args["control"]
        if "keep" in args:
            kept = {"result": args["result"], "log": _call(control, "log", {})["entries"], "stats": _call(control, "stats", {})}
            kept["answers"] = [_call(control, *call) for call in _unpacked(args["after"])]
            with open(args["keep"], "w", encoding="utf-8") as file:
                json.dump(kept, file)
        if "calls" in args:
            for call in _unpacked(args["calls"]):
                _call(control, *call)
        return result


def _unpacked(calls):
    return json.loads(base64.b64decode(calls))


def _call(control, name, given):
    data = json.dumps(given or {}).encode()
    request = urllib.request.Request("%s/%s" % (control, name), data=data, headers={"Content-Type": "application/json"})
    # No proxy of the scene's environment comes in between.
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        return json.load(answer)
