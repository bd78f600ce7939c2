# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's side of archiving: everything on the target, the store too."""

from __future__ import annotations

import os

from ._archive.task import run
from ._info import declarations
from ._module import run_task
from ._records.entry import Archive


def run_archive_module(archive: Archive) -> None:
    """Run the archive module of a source, and exit."""
    run_task(
        declarations(archive.source), lambda module: run(archive, module.params, os.environ, check=module.check_mode)
    )
