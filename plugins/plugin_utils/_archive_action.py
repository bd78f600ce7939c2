# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of archiving. SQLAlchemy is imported with this file: once, before the controller forks."""

from __future__ import annotations

from ..module_utils._archive import run
from ..module_utils._entry import Archive
from ._action import SourceAction


class ArchiveAction(SourceAction):
    """An archive module of one source."""

    archive: Archive

    def work(self, params, environ, watch):
        return run(self.archive, params, environ, check=self._task.check_mode, watch=watch)
