# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of archiving. SQLAlchemy is imported with this file: once, before the controller forks."""

from __future__ import annotations

import os

from ..module_utils._archive.task import run
from ..module_utils._records.entry import Archive
from ._action import InfoAction, Teller


class ArchiveAction(InfoAction):
    """An archive module of one source."""

    archive: Archive

    def _work(self, params):
        return run(self.archive, params, os.environ, check=self._task.check_mode, watch=Teller(self._task.action))
