# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages in the folder of an export: a report and replays of recordings. Other modules make them; an export lists their checksums."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Container, Iterator

from .._files.atomic_file import sha256_of
from .._files.destination import convert_os_errors
from .._files.own_files import is_made_by

#: The report, and the folder of replays.
REPORT = "index.html"
FOLDER = "replay"
_REPLAY = re.compile("[A-Za-z0-9_~-]{1,128}\\.html")
_MAKERS = {REPORT: "session_report", FOLDER: "session_download"}


def is_page(name: str) -> bool:
    """Return whether a name in a list of checksums is that of a page."""
    folder, _slash, file = name.partition("/")
    return name == REPORT or folder == FOLDER and _REPLAY.fullmatch(file) is not None


def find_pages(dest: str) -> dict[str, str]:
    """Return the pages in a folder, by name, with their SHA-256. What this collection has not made is no page.

    :raises SourceError: (file) if one can't be read.
    """
    return {name: _hash_page(dest, name) for name in sorted(_list_pages(dest)) if _is_ours(dest, name)}


def find_added_pages(dest: str, checksums: Container[str]) -> Iterator[str]:
    """Yield the names of files in the folder of replays that are not listed."""
    folder = os.path.join(dest, FOLDER)
    with convert_os_errors(folder, "Checking the export"):
        if os.path.isdir(folder):
            yield from (name for name in ("%s/%s" % (FOLDER, each) for each in os.listdir(folder)) if name not in checksums)


def _list_pages(dest: str) -> list[str]:
    folder = os.path.join(dest, FOLDER)
    replays = os.listdir(folder) if os.path.isdir(folder) and not os.path.islink(folder) else []
    return [name for name in (REPORT, *("%s/%s" % (FOLDER, each) for each in replays)) if is_page(name)]


def _is_ours(dest: str, name: str) -> bool:
    path = os.path.join(dest, name)
    return os.path.lexists(path) and stat.S_ISREG(os.lstat(path).st_mode) and is_made_by(path, _MAKERS[name.partition("/")[0]])


def _hash_page(dest: str, name: str) -> str:
    path = os.path.join(dest, name)
    with convert_os_errors(path, "Exporting to the folder"):
        return sha256_of(path)
