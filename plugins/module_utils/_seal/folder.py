# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder with the seals. A seal is there when its statement is, which comes last; nothing of it is ever written again."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO

from .._base.errors import SourceError
from .._base.options import invalid
from .._files.atomic_file import NewFile
from .._files.destination import convert_os_errors
from .._files.own_files import recognise, refusal
from .._files.permissions import Rights
from .._files.signature import ENDING

_STATEMENT = re.compile(r"([0-9]{6,})\.json")
_RIGHTS = Rights(0o600)
_LOCK = ".session-seal.lock"
#: Seconds to wait for another task that seals to the same folder, and between two looks.
_PATIENCE, _PAUSE = 600.0, 0.1
#: A statement is not longer than this, in bytes; a signature neither.
_LONGEST = 2**28
_SEALING = "Sealing to the folder"


class SealFolder:
    """Where the seals of a store are."""

    def __init__(self, dest: str, writes: bool) -> None:
        """:param writes: whether a seal is to be added; then the folder may be missing.

        :raises OptionError: if it can't be used.
        """
        self.path = _check_dest(dest, writes)

    @contextmanager
    def locked(self, writes: bool) -> Iterator[None]:
        """Wait until no other task adds a seal, and keep others from it. A lock goes with its process, however that ends.

        :param writes: whether to make the folder and its lock if they are missing. Who only reads waits where there is a lock.
        :raises SourceError: (file) if the other one takes too long.
        """
        with ExitStack() as stack:
            path = os.path.join(self.path, _LOCK)
            with convert_os_errors(self.path, _SEALING):
                if writes and not os.path.isdir(self.path):
                    with suppress(FileExistsError):
                        os.mkdir(self.path, 0o700)
                if writes:
                    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
                else:
                    try:
                        lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
                    except (FileNotFoundError, NotADirectoryError, PermissionError):
                        lock = None
                if lock is not None:
                    stack.callback(os.close, lock)
                    self._wait(lock, fcntl.LOCK_EX if writes else fcntl.LOCK_SH)
            yield

    def _wait(self, lock: int, kind: int) -> None:
        started = time.monotonic()
        while True:
            try:
                return fcntl.flock(lock, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() - started >= _PATIENCE:
                    raise SourceError(
                        "file", "another task has been sealing to it for %d seconds" % _PATIENCE, hint="Run the task again."
                    ).at(_SEALING, {"dest": self.path}) from None
            time.sleep(_PAUSE)

    def numbers(self) -> list[int]:
        """Return the numbers of all statements that are there, in order."""
        if not os.path.isdir(self.path):
            return []
        with convert_os_errors(self.path, "Reading the seals"):
            matches = [_STATEMENT.fullmatch(name) for name in os.listdir(self.path)]
        return sorted(int(match[1]) for match in matches if match and match[1] == "%06d" % int(match[1]) and int(match[1]) > 0)

    def statement(self, number: int) -> bytes | None:
        """Return a statement; null if there is none.

        :raises SourceError: (file) if it can't be read.
        """
        return self._read(self._path(number, ".json"))

    def signature(self, number: int) -> bytes | None:
        """Return the signature of a statement; null if there is none.

        :raises SourceError: (file) if it can't be read.
        """
        return self._read(self._path(number, ".json" + ENDING))

    @contextmanager
    def delta(self, number: int) -> Iterator[BinaryIO | None]:
        """Open a delta; null if there is none.

        :raises SourceError: (file) if it can't be read.
        """
        path = self._path(number, ".jsonl")
        with convert_os_errors(path, "Reading the seals"):
            if not _is_plain(path):
                yield None
                return
            with open(path, "rb") as file:
                yield file

    def put(self, number: int, delta: NewFile, statement: bytes, signature: bytes | None) -> None:
        """Add a seal, its statement last.

        :param delta: has all lines.
        :raises OptionError: if something else has one of its names.
        :raises OSError: if that can't be done.
        """
        if os.path.lexists(self._path(number, ".json")):
            raise refusal(self._path(number, ".json"), "is there already, and a seal is never replaced (run the task again)")
        for ending in (".jsonl", ".json" + ENDING):
            self._clear(self._path(number, ending))
        delta.create(self._path(number, ".jsonl"), _RIGHTS)
        for ending, content in ((".json" + ENDING, signature), (".json", statement)):
            if content is not None:
                self._put(self._path(number, ending), content)

    def _put(self, path: str, content: bytes) -> None:
        with ExitStack() as stack:
            new = NewFile(self.path, sys.maxsize)
            stack.callback(new.close)
            new.write(content)
            new.create(path, _RIGHTS)

    def _clear(self, path: str) -> None:
        """Remove what a seal left that was interrupted before its statement was there."""
        if not os.path.lexists(path):
            return
        if not _is_plain(path) or os.path.getsize(path) and recognise(path) is None:
            raise refusal(path, "is another file than a seal's (move it away, or give another folder)")
        os.unlink(path)

    def _path(self, number: int, ending: str) -> str:
        return os.path.join(self.path, "%06d%s" % (number, ending))

    def _read(self, path: str) -> bytes | None:
        with convert_os_errors(path, "Reading the seals"):
            if not _is_plain(path):
                return None
            with open(path, "rb") as file:
                return file.read(_LONGEST)


def read_lines(file: Iterable[bytes]) -> Iterator[bytes]:
    """Return the lines of a delta.

    :raises ValueError: if one is cut short.
    """
    for line in file:
        if not line.endswith(b"\n"):
            raise ValueError("a line is cut short")
        yield line


def _is_plain(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _check_dest(dest: str, writes: bool) -> str:
    if not os.path.isabs(dest) or "\0" in dest:
        raise invalid("dest", dest, "an absolute path")
    path = os.path.normpath(dest)
    if os.path.isdir(path):
        if not os.access(path, os.R_OK | os.X_OK | (os.W_OK if writes else 0)):
            raise invalid("dest", dest, "a folder that may be %s" % ("written to" if writes else "read"))
    elif not writes:
        raise invalid("dest", dest, "the folder of the seals")
    elif os.path.lexists(path):
        raise invalid("dest", dest, "a folder")
    elif not os.path.isdir(os.path.dirname(path)) or not os.access(os.path.dirname(path), os.W_OK | os.X_OK):
        raise invalid("dest", dest, "a folder, or the name of a new one in a folder that exists and may be written to")
    return path
