# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os

from ..module_utils._gate import task as gate_task
from ..plugin_utils._action import InfoAction


class ActionModule(InfoAction):
    """session_gate, in the controller where it can be."""

    def _declarations(self):
        return gate_task.declarations()

    def _work(self, params):
        return gate_task.run(params, os.environ, check=self._task.check_mode)
