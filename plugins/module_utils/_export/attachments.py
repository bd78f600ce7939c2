# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attachments of an export: copied or hard-linked below its folder, each checked against the hash that the store has."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Container, Iterable, Iterator
from contextlib import closing, suppress
from typing import Any

from .._base.options import invalid
from .._base.strict_json import parse_json
from .._files.atomic_file import NewFile, sha256_of
from .._files.destination import convert_os_errors, look, make_folders, put_in_place
from .._files.own_files import refusal
from .._files.permissions import RightsOf
from .._records.attachment_state import ABSENT, FAILED, KEPT, WHOLE
from .._store.attachments import Found

#: The folder of attachments in an export.
FOLDER = "attachments"
#: The file is not what was kept.
ALTERED = "altered"
#: The states in which an export is not complete; the others are facts.
BROKEN = (FAILED, ABSENT, ALTERED)
#: The path of an attachment, in its folder: nothing in it leaves that folder.
_PATH = re.compile("[a-z_]{1,64}/(?:[0-9]{4}-[0-9]{2}|undated)/[A-Za-z0-9_~-]{1,128}\\.[a-z_]{1,32}\\.[a-z0-9]{1,16}")


def is_attachment(name: str) -> bool:
    """Return whether a name in a list of checksums is that of an attachment."""
    folder, _slash, path = name.partition("/")
    return folder == FOLDER and _PATH.fullmatch(path) is not None


class ExportedAttachments:
    """The attachments of one export."""

    def __init__(self, folder: str | None, dest: str, rights_of: RightsOf, earlier: set[str], force: bool, dry: bool) -> None:
        """Prepare to export them.

        :param folder: the folder that they are in; null if none are exported.
        :param dest: the folder of the export.
        :param rights_of: the rights of a file in it.
        :param earlier: the names that the checksums of an earlier export list.
        :param force: whether files that no export made may be replaced.
        :param dry: write nothing, and return the result that writing would have.
        """
        self._folder = folder
        self._dest = dest
        self._rights_of = rights_of
        self._earlier = {name for name in earlier if is_attachment(name)}
        self._force = force
        self._dry = dry
        #: What the manifest lists.
        self.listed: list[dict[str, Any]] = []
        #: The names in the export of those that are kept, with their SHA-256.
        self.checksums: dict[str, str] = {}
        self.changed = False

    def put(self, found: Iterable[Found]) -> None:
        """Put attachments into the folder of the export, and list all of them with their state.

        :raises OptionError: if a file would be replaced that no export made.
        :raises SourceError: (file) if that fails.
        """
        for each in found:
            state = self._put(each) if each.state == KEPT else each.state
            name = "%s/%s" % (FOLDER, each.path) if state == KEPT else None
            if name is not None:
                self.checksums[name] = str(each.sha256)
            self.listed.append({
                "source": each.source, "scope": parse_json(each.scope.encode()), "record_id": each.record_id, "name": each.name,
                "state": state, "path": name, "size": each.size if state == KEPT else None, "sha256": each.sha256 if state == KEPT else None,
            })

    def remove_old(self) -> None:
        """Remove attachments of an earlier export that this one has not."""
        for name in sorted(self._earlier - self.checksums.keys()):
            path = os.path.join(self._dest, name)
            with convert_os_errors(path, "Exporting to the folder"), suppress(FileNotFoundError):
                if stat.S_ISREG(os.lstat(path).st_mode):
                    self.changed = True
                    if not self._dry:
                        os.unlink(path)

    def _put(self, found: Found) -> str:
        """Put one into the folder, and return its state."""
        if found.path is None or not _PATH.fullmatch(found.path):
            return ALTERED
        source = os.path.join(self._folder or "", found.path)
        with convert_os_errors(source, "Exporting an attachment"):
            try:
                status = os.lstat(source)
            except (FileNotFoundError, NotADirectoryError):
                return ABSENT
            if not stat.S_ISREG(status.st_mode) or status.st_size != found.size:
                return ALTERED
            place = look(self._prepare("%s/%s" % (FOLDER, found.path)))
            wanted = self._rights_of(place.found)
            if place.found is not None and not wanted.differ(place.found):
                if os.path.samestat(place.found, status):
                    return KEPT if place.sha256 == found.sha256 else ALTERED
                if place.sha256 == found.sha256:
                    return KEPT if sha256_of(source) == found.sha256 else ALTERED
            # What has other rights is replaced: it may be the archived file under a second name, which keeps its own.
            place = place._replace(sha256=None)
            if place.found is not None and not self._force and place.path not in self._own():
                raise refusal(place.path, "was not made by session_export (give another folder, or force: true to replace it)")
            if place.found is None and not wanted.differ(status) and self._link(source, place.path, found):
                return KEPT
            with closing(NewFile(place.folder, sys.maxsize, self._dry)) as new, open(source, "rb") as file:
                for chunk in iter(lambda: file.read(2**20), b""):
                    new.write(chunk)
                if new.sha256() != found.sha256:
                    return ALTERED
                self.changed = put_in_place(place, new, wanted, self._dry).changed or self.changed
        return KEPT

    def _own(self) -> set[str]:
        return {os.path.join(self._dest, name) for name in self._earlier}

    def _link(self, source: str, path: str, found: Found) -> bool:
        """Put a second name for the file in place, where it is on the same file system."""
        if self._dry or sha256_of(source) != found.sha256:
            return False
        try:
            os.link(source, path, follow_symlinks=False)
        except OSError:
            return False
        self.changed = True
        return True

    def _prepare(self, name: str) -> str:
        """Make the folders of a file, and return its path.

        :raises OptionError: if one of them is a link, or no folder.
        """
        try:
            folder = make_folders(self._dest, name, self._rights_of(None), self._dry)
        except NotADirectoryError as problem:
            raise invalid("dest", problem.filename, "a folder, no link and no file") from None
        return os.path.join(folder, os.path.basename(name))


def find_added_files(dest: str, checksums: Container[str]) -> Iterator[str]:
    """Yield the names of files below the folder of attachments that are not listed; links count as files."""
    for path, folders, files in os.walk(os.path.join(dest, FOLDER)):
        links = [each for each in folders if os.path.islink(os.path.join(path, each))]
        for each in [*files, *links]:
            name = os.path.relpath(os.path.join(path, each), dest)
            if name not in checksums:
                yield name


def is_whole(listed: Iterable[dict[str, Any]]) -> bool:
    """Return whether nothing failed, and nothing that was kept is absent or altered."""
    return not any(each["state"] in BROKEN for each in listed)


def list_missing(listed: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the attachments that are neither kept nor empty."""
    return [
        {name: each[name] for name in ("source", "scope", "record_id", "name", "state")} for each in listed if each["state"] not in WHOLE
    ]
