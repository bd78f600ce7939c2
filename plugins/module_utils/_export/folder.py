# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of an export. Only files of an earlier export are replaced, and a half replaced export fails its verification."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from typing import Any

from .._base.errors import SourceError
from .._base.options import invalid
from .._files.atomic_file import NewFile
from .._files.destination import Place, Saved, convert_os_errors, look, make_folders, put_in_place
from .._files.own_files import MANIFEST, SIGNATURE, SUMS, is_signature, refusal
from .._files.permissions import RightsOf
from .attachments import is_attachment
from .manifest import DATA, read_manifest, read_sums

_ALLOWED = "an empty folder, the name of a new one, or the folder of an earlier export"
#: The largest manifest or list of checksums, in bytes.
_LONGEST = 2**28


class Folder:
    """The folder that an export is written to."""

    def __init__(self, dest: str, names: Iterable[str], rights_of: RightsOf, signed: bool, force: bool, dry: bool) -> None:
        """Check that the export can be written.

        :param names: the files with records, in the order in which they are written.
        :param rights_of: the rights of a file in it.
        :param signed: whether a signature is written.
        :param force: whether files that no export made may be replaced.
        :param dry: write nothing, and return the result that writing would have.
        :raises OptionError: if no export can be written there.
        :raises SourceError: (file) if what is there can't be read.
        """
        self.path = _check_dest(dest)
        self._rights_of = rights_of
        self._dry = dry
        self.earlier = earlier = list_earlier_files(self.path)
        names = [MANIFEST, *names, SUMS, *([SIGNATURE] if signed else [])]
        for name in names:
            path = os.path.join(self.path, name)
            if name not in earlier and not force and os.path.lexists(path):
                raise refusal(path, "was not made by session_export (give another folder, or force: true to replace it)")
        self._places = {name: look(os.path.join(self.path, name)) for name in names}
        #: Files of the earlier export that this one does not have.
        self._old = [name for name in DATA if name in earlier and name not in names]
        self._stale_signature = SIGNATURE in earlier and not signed

    def fill(self, stack: ExitStack) -> dict[str, NewFile]:
        """Return the new files by name. They are invisible until C(put), and removed without it.

        :raises OSError: if the folder takes no file.
        """
        if not self._dry and not os.path.isdir(self.path):
            stack.callback(self._remove_if_empty)
            make_folders(self.path, "", self._rights_of(None))
        files = {}
        for name in self._places:
            files[name] = NewFile(self.path, sys.maxsize, self._dry)
            stack.callback(files[name].close)
        return files

    def put(self, files: Mapping[str, NewFile]) -> tuple[bool, list[dict[str, Any]]]:
        """Put the files that differ in place: the manifest first, which marks the others as ours, then the checksums.

        The signature comes last. One that is not renewed is removed before the checksums change.

        :returns: whether anything changed, and the differences before and after.
        :raises OSError: if that can't be done.
        """
        last = [name for name in (SUMS, SIGNATURE) if name in self._places]
        saved = [self._settle(name, files[name]) for name in self._places if name not in last]
        if self._stale_signature and files[SUMS].sha256() != self._places[SUMS].sha256:
            self._old.append(SIGNATURE)
        gone = [self._remove(name) for name in self._old]
        saved += [self._settle(name, files[name]) for name in last]
        changes = [each.diff for each in saved if each.changed] + [each for each in gone if each]
        return bool(changes), changes

    def _settle(self, name: str, file: NewFile) -> Saved:
        place = self._places[name]
        return put_in_place(place, file, self._rights_of(place.found), self._dry)

    def _remove(self, name: str) -> dict[str, Any] | None:
        path = os.path.join(self.path, name)
        if not os.path.isfile(path) or os.path.islink(path):
            return None
        if not self._dry:
            os.unlink(path)
        return {"before": {"path": path, "state": "file"}, "after": {"path": path, "state": "absent"}}

    def _remove_if_empty(self) -> None:
        with suppress(OSError):
            os.rmdir(self.path)


def _check_dest(dest: str) -> str:
    if not os.path.isabs(dest) or "\0" in dest:
        raise invalid("dest", dest, "an absolute path")
    path = os.path.normpath(dest)
    if os.path.isdir(path):
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise invalid("dest", dest, "a folder that may be written to")
    elif os.path.lexists(path):
        raise invalid("dest", dest, _ALLOWED)
    elif not os.path.isdir(os.path.dirname(path)):
        raise invalid("dest", dest, "a folder, or the name of a new one in a folder that exists")
    elif not os.access(os.path.dirname(path), os.W_OK | os.X_OK):
        raise invalid("dest", dest, "a folder in one that may be written to")
    return path


def list_earlier_files(folder: str) -> set[str]:
    """Return the names of the files of an earlier export; none, if there is no manifest."""
    found = read_manifest(read(folder, MANIFEST) or b"")
    if found is None:
        return set()
    names = {MANIFEST, SUMS, *found["checksums"]}
    # After an interrupted run the manifest is new, and the old checksums list the files that were not replaced.
    with suppress(ValueError):
        names.update(read_sums(read(folder, SUMS) or b""))
    if is_signature(os.path.join(folder, SIGNATURE)):
        names.add(SIGNATURE)
    return {name for name in names if name in (MANIFEST, SUMS, SIGNATURE, *DATA) or is_attachment(name)}


def read(folder: str, name: str) -> bytes | None:
    """Return the content of a file of the folder; null if it is no plain file.

    :raises SourceError: (file) if it can't be read.
    """
    path = os.path.join(folder, name)
    with convert_os_errors(path, "Reading the export"):
        if os.path.islink(path) or not os.path.isfile(path):
            return None
        if os.path.getsize(path) > _LONGEST:
            raise SourceError("file", "it is larger than %d bytes" % _LONGEST).at("Reading the export", {"dest": path})
        with open(path, "rb") as file:
            return file.read(_LONGEST)


def place_in(folder: str, name: str) -> Place:
    """Return a file of the folder, as it is now.

    :raises OptionError: if it is a link, or no file.
    :raises SourceError: (file) if it can't be read.
    """
    return look(os.path.join(folder, name))
