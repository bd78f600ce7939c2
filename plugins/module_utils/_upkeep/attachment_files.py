# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove the files of attachments: only plain files that are what their rows say, and nothing outside of their folder."""

from __future__ import annotations

import os
from collections.abc import Iterable

from .._files.atomic_file import is_file_with
from .._files.destination import convert_os_errors, find_attachments_folder
from .._store.ledger.pruned import AttachmentFile


class AttachmentFiles:
    """The files of attachments, of which some are removed."""

    def __init__(self, folder: str | None) -> None:
        """:param folder: where relative paths begin; null if it was not given.

        :raises OptionError: if it is no such folder.
        """
        self._folder = None if folder is None else find_attachments_folder(folder)
        #: How many were not there, and how many are other files than the rows say.
        self.missing = self.other = 0

    def remove(self, files: Iterable[AttachmentFile]) -> None:
        """Remove files.

        :raises SourceError: (file) if one can't be removed.
        """
        for file in files:
            path = self._find(file.path)
            with convert_os_errors(file.path, "Removing the file of an attachment"):
                try:
                    self._remove(path, file)
                except (FileNotFoundError, NotADirectoryError):
                    # Another task may have finished the same prune.
                    self.missing += 1

    def warnings(self) -> list[str]:
        """Return what a user should know."""
        found = []
        if self.missing:
            found.append("%d files of attachments were not there" % self.missing)
        if self.other:
            found.append("%d files of attachments were left: they are not what was archived" % self.other)
        return found

    def _find(self, path: str) -> str | None:
        """Return the path of a file; null if it is none, or not in the folder."""
        if "\0" in path:
            return None
        if os.path.isabs(path):
            return path
        if self._folder is None:
            return None
        folder = os.path.realpath(self._folder)
        whole = os.path.join(os.path.realpath(os.path.dirname(os.path.join(folder, path))), os.path.basename(path))
        return whole if whole.startswith(folder + os.sep) else None

    def _remove(self, path: str | None, file: AttachmentFile) -> None:
        if path is None or not is_file_with(path, file.size, file.sha256):
            self.other += 1
        else:
            os.unlink(path)
