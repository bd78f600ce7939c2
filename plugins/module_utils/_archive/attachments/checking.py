# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the files of attachments: one that is missing or was altered is fetched again."""

from __future__ import annotations

import os
from functools import partial

from ..._files.atomic_file import is_file_with
from ..._files.destination import convert_os_errors
from ..._records.attachment_state import FAILED
from ..._store import attachments as table
from ..scope import ScopeRun

_BATCH = 500
_ERROR = "The file is missing, or was altered."


def discard_altered(run: ScopeRun, names: tuple[str, ...], dest: str) -> None:
    """Let attachments whose file is not as it was kept be fetched again; nothing is done where nothing may be written.

    :param names: the attachments that are wanted.
    :param dest: the folder of all attachments.
    :raises SourceError: if the store can't be used, or (file) a file can't be read.
    """
    store = run.keeper.store
    after: tuple[str, str] | None = None
    while store.writes:
        rows = store.transact(partial(table.list_kept, scope=run.key, names=names, window=run.window, after=after, most=_BATCH))
        altered = [
            {"record_id": row.record_id, "name": row.name, "state": FAILED, "fetched_at": row.fetched_at, "error": _ERROR}
            for row in rows if not _is_as_kept(os.path.join(dest, row.path), row.size, row.sha256)
        ]
        if altered:
            store.transact(partial(table.note, scope=run.key, rows=altered))
        if len(rows) < _BATCH:
            return
        after = (rows[-1].record_id, rows[-1].name)


def _is_as_kept(path: str, size: int, sha256: str) -> bool:
    with convert_os_errors(path, "Checking an attachment"):
        try:
            return is_file_with(path, size, sha256)
        except FileNotFoundError:
            return False
