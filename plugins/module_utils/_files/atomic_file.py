# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that appears whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
import tempfile

from .._base.errors import SourceError
from .permissions import Rights

_BUFFER = 2**18


class NewFile:
    """A new file that is invisible until it is put in place, and removed if it never is.

    On Linux the file has no name until then, so that not even a killed process leaves it behind.
    """

    def __init__(self, folder: str, max_bytes: int, dry: bool = False) -> None:
        """Open the file.

        :param folder: the folder that the file will be in.
        :param max_bytes: its largest size.
        :param dry: only count, and write nothing.
        :raises OSError: if the folder takes no file.
        """
        self._folder = folder
        self._max_bytes = max_bytes
        self._name: str | None = None
        self._file = None if dry else self._open()
        self.restart()

    def _open(self) -> int:
        if hasattr(os, "O_TMPFILE") and os.path.exists("/proc/self/fd"):
            try:
                return os.open(self._folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            except OSError:
                pass  # not on every file system
        file, self._name = tempfile.mkstemp(".part", ".session-", self._folder)
        return file

    def restart(self) -> None:
        """Discard what was written."""
        self._hash = hashlib.sha256()
        self._waiting = bytearray()
        self.size = 0
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.lseek(self._file, 0, os.SEEK_SET)

    def write(self, data: bytes) -> None:
        """Append bytes.

        :raises SourceError: if the file becomes larger than allowed.
        :raises OSError: if they can't be written.
        """
        self.size += len(data)
        if self.size > self._max_bytes:
            raise SourceError(
                "invalid_request", "the file would be larger than max_bytes, which is %d" % self._max_bytes,
                hint="Raise max_bytes, or select fewer events.",
            )
        self._waiting += data
        if len(self._waiting) >= _BUFFER:
            self._flush()

    def sha256(self) -> str:
        """Return the SHA-256 of the content."""
        self._flush()
        return self._hash.hexdigest()

    def create(self, path: str, rights: Rights) -> None:
        """Put it in place, in its folder, in one step, where nothing is yet.

        :raises OSError: if that can't be done, or something is there.
        :raises ValueError: if it isn't open.
        """
        self._finish(path, rights, exclusive=True)

    def replace(self, path: str, rights: Rights) -> None:
        """Put the file in place in one step.

        :param path: a path in the folder of the file.
        :raises OSError: if that fails; the earlier file stays.
        :raises ValueError: if the file is not open.
        """
        self._finish(path, rights, exclusive=False)

    def _finish(self, path: str, rights: Rights, exclusive: bool) -> None:
        if self._file is None:
            raise ValueError("there is no file to put in place")
        self._flush()
        rights.give(self._file)
        os.fsync(self._file)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if not self._create(self._file, path, folder, exclusive):
                self._rename(self._file, path, folder, exclusive)
            os.fsync(folder)
        finally:
            os.close(folder)

    def _create(self, file: int, path: str, folder: int, exclusive: bool) -> bool:
        """Put the file in place if it has no name yet, and nothing is there: then no other name is ever seen."""
        if self._name is not None:
            return False
        try:
            self._link(file, os.path.basename(path), folder)
        except FileExistsError:
            if exclusive:
                raise
            return False
        return True

    def _link(self, file: int, name: str, folder: int) -> None:
        os.link("/proc/self/fd/%d" % file, name, dst_dir_fd=folder, follow_symlinks=True)

    def _rename(self, file: int, path: str, folder: int, exclusive: bool) -> None:
        if self._name is None:
            # A link can't replace a file, a name can. A process that is killed just here leaves this name behind.
            name = ".session-%s.part" % secrets.token_hex(8)
            self._link(file, name, folder)
            self._name = os.path.join(self._folder, name)
        if exclusive and os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        os.replace(self._name, path)
        self._name = None

    def close(self) -> None:
        """Remove the file, unless it was put in place."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._name is not None:
            os.unlink(self._name)
            self._name = None

    def _flush(self) -> None:
        data, self._waiting = self._waiting, bytearray()
        self._hash.update(data)
        if self._file is not None:
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view):]


def is_file_with(path: str, size: int | None, sha256: str | None) -> bool:
    """Return whether a path is that of a plain file, no link, with this size and SHA-256.

    :raises OSError: if there is none, or it can't be read.
    """
    found = os.lstat(path)
    return stat.S_ISREG(found.st_mode) and found.st_size == size and sha256_of(path) == sha256


def sha256_of(path: str) -> str:
    """Return the SHA-256 of a file.

    :raises OSError: if it can't be read.
    """
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(2**20), b""):
            digest.update(chunk)
    return digest.hexdigest()
