# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Save a file where an option says: only if that changes it, and whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any, NamedTuple

from .._base.errors import SourceError
from .._base.options import invalid
from .atomic_file import NewFile, sha256_of
from .own_files import Guard
from .permissions import Rights


def _accept_any_file(path: str) -> None:
    """Allow every plain file to be replaced."""


def find_attachments_folder(path: str) -> str:
    """Return the folder that the option C(attachments) names: it is there already, because archive tasks have filled it.

    :raises OptionError: if there is no such folder.
    """
    if not os.path.isabs(path) or "\0" in path or not os.path.isdir(path):
        raise invalid("attachments", path, "the absolute path of a folder", "write attachments_dest of the archive tasks")
    return os.path.normpath(path)


def make_folders(folder: str, name: str, rights: Rights, dry: bool = False) -> str:
    """Make a folder and those below it that a file is in, and return the innermost. Folders that are there stay as they are.

    :param name: the path of the file, relative to the folder.
    :param rights: of the files; those of a new folder follow from them.
    :param dry: make none.
    :raises OSError: if that fails, or a folder below is something else, such as a symbolic link.
    """
    path = folder
    for each in ("", *name.split("/")[:-1]):
        path = os.path.join(path, each) if each else path
        if os.path.lexists(path) or dry or not _make_folder(path, rights):
            # Who made the outermost may have made it a link.
            if each and os.path.lexists(path) and not stat.S_ISDIR(os.lstat(path).st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    return path


def _make_folder(path: str, rights: Rights) -> bool:
    """Make a folder, and return whether it was not there: another thread may make the same."""
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return False
    rights.of_folders.give(path)
    return True


class Place(NamedTuple):
    """The path of a file to write, and the file that is there now; null if there is none."""

    path: str
    found: os.stat_result | None = None
    sha256: str | None = None
    #: Rejects a file that must not be replaced.
    guard: Guard = _accept_any_file

    @property
    def folder(self) -> str:
        return os.path.dirname(self.path)


class Saved(NamedTuple):
    """A file as it is now, or (in check mode) as it would be."""

    path: str
    size: int
    sha256: str
    changed: bool
    diff: dict[str, Any]


def place_of(dest: str, name: str, guard: Guard = _accept_any_file) -> Place:
    """Find the file that an option names.

    :param name: the file's name, if the option names a folder.
    :param guard: rejects a file that must not be replaced.
    :raises OptionError: if no file can be written there.
    :raises SourceError: (file) if the one that is there can't be read.
    """
    if not os.path.isabs(dest) or "\0" in dest:
        raise invalid("dest", dest, "an absolute path")
    path = os.path.join(dest, name) if os.path.isdir(dest) else dest
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise invalid("dest", dest, "a file in a folder that exists, or such a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise invalid("dest", dest, "a file in a folder that may be written to")
    return look(path, guard)


def look(path: str, guard: Guard = _accept_any_file) -> Place:
    """Return what is at a path now.

    :raises OptionError: if it is something else than a plain file.
    :raises SourceError: (file) if the one that is there can't be read.
    """
    with convert_os_errors(path):
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            return Place(path, guard=guard)
        # A link's target may be anything; who made the link need not be who runs this.
        if not stat.S_ISREG(found.st_mode):
            raise invalid("dest", path, "a plain file, no link and no device")
        guard(path)
        return Place(path, found, sha256_of(path), guard)


def save(place: Place, fill: Callable[[NewFile], None], rights: Rights, max_bytes: int, dry: bool) -> Saved:
    """Save what C(fill) writes.

    :param dry: write nothing, and return the result that writing would have.
    :raises SourceError: if fetching fails, or (file) saving; the earlier file stays.
    """
    with convert_os_errors(place.path), closing(NewFile(place.folder, max_bytes, dry)) as new:
        fill(new)
        return put_in_place(place, new, rights, dry)


def put_in_place(place: Place, new: NewFile, rights: Rights, dry: bool) -> Saved:
    """Put a complete new file in place, if that changes anything.

    :param dry: write nothing, and return the result that writing would have.
    :raises OSError: if that fails; the earlier file stays.
    """
    sha256 = new.sha256()
    renewed = sha256 != place.sha256
    changed = place.found is None or renewed or rights.differ(place.found)
    if renewed and not dry:
        _look_again(place)
        new.replace(place.path, rights)
    elif changed and not dry:
        rights.give(place.path)
    return Saved(place.path, new.size, sha256, changed, _diff(place, rights, new.size, sha256))


def _look_again(place: Place) -> None:
    """Check again that what is there may be replaced: it may have been put there meanwhile."""
    with suppress(FileNotFoundError):
        found = os.lstat(place.path)
        if not stat.S_ISREG(found.st_mode):
            raise invalid("dest", place.path, "a plain file, no link and no device")
        place.guard(place.path)


def _diff(place: Place, rights: Rights, size: int, sha256: str) -> dict[str, Any]:
    """Return the file's properties before and after, without its content."""
    found = place.found
    before: dict[str, Any] = {"path": place.path, "state": "absent"}
    after: dict[str, Any] = {
        "path": place.path, "state": "file", "size": size, "sha256": sha256, "mode": _octal(rights.mode),
    }
    if found is not None:
        before = {
            "path": place.path, "state": "file", "size": found.st_size, "sha256": place.sha256,
            "mode": _octal(stat.S_IMODE(found.st_mode)),
        }
    for name, wanted in (("uid", rights.uid), ("gid", rights.gid)):
        if wanted is not None:
            after[name] = wanted
            if found is not None:
                before[name] = getattr(found, "st_" + name)
    return {"before": before, "after": after}


def _octal(mode: int) -> str:
    return "%04o" % mode


@contextmanager
def convert_os_errors(path: str, doing: str = "Saving the file") -> Iterator[None]:
    """Turn errors of this machine's file system into failures.

    :raises SourceError: (file) in place of an OSError.
    """
    try:
        yield
    except OSError as problem:
        raise SourceError("file", problem.strerror or type(problem).__name__).at(doing, {"dest": path}) from None
