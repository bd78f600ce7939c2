# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ..module_utils._notify.task import NotifyTask
from ..plugin_utils._action import TaskAction


class ActionModule(TaskAction):
    """session_notify, in the controller where it can be."""

    task = NotifyTask()
