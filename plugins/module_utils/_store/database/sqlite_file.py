# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of an SQLite store: connections for one that writes and for one that only reads.

A store is written with a write-ahead log (WAL), so readers and the writer never wait for each other. A reader of such a file
needs the log and its index, the files C(-wal) and C(-shm), which the last one to close the store removes. Two cases:

* The log is there: a writer is at work, or was killed. The reader takes part in SQLite's locks and sees one instant.
* There is no log: nobody has the store open. To read it in the usual way would make both files, perhaps as another user than the
  writer, who could then not write; and it fails in a folder that may not be written to. So the file is read as one that doesn't change
  (C(immutable)). Meanwhile the reader holds the lock that every user of the file holds. It keeps out nobody, but a writer that comes and
  goes can't remove the log again. So if a log is there at the end, the reader was disturbed, and reads once more, now in the first way.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import struct
import sys
import time
from contextlib import suppress
from urllib.parse import quote

#: Seconds that SQLite waits for a lock in one try.
WAIT = 5
#: The bytes of a database's file that stand for being in use (https://www.sqlite.org/src/file/src/os.h: SHARED_FIRST, SHARED_SIZE).
_SHARED_FIRST, _SHARED_SIZE = 0x40000002, 510
#: Where in its header a database says how it is written; 2 means with a write-ahead log (https://www.sqlite.org/fileformat2.html).
_FORMAT, _WAL = 18, 2


class SqliteFile:
    """A file, as one connection after the other uses it."""

    def __init__(self, path: str, writes: bool) -> None:
        self.path = path
        self._writes = writes
        #: Whether it may be given a write-ahead log: not before it is known to be ours.
        self._accepted = False
        self._lock: int | None = None
        self._mark: tuple[int, ...] | None = None
        self._shared = False

    def connect(self) -> sqlite3.Connection:
        """Open the file."""
        if self._writes:
            return self._open("rw")
        self._mark = None
        if not self._shared and not self._has_log():
            self.hold()
            if not self._has_log() and self._is_written_with_log():
                self._mark = self._current_mark()
                return self._open("ro", "&immutable=1")
        return self._open("ro")

    def accept(self) -> None:
        """Let the next connection prepare the file for writing: it is empty, or ours."""
        self._accepted = True

    def was_disturbed(self) -> bool:
        """Return whether somebody may have written to the file while it was read as one that doesn't change; the next connection allows for that."""
        disturbed = self._mark is not None and (self._has_log() or self._current_mark() != self._mark)
        self._shared = self._shared or disturbed
        return disturbed

    def release(self) -> None:
        """Release the file, after the last connection was closed."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _open(self, mode: str, more: str = "") -> sqlite3.Connection:
        connection = sqlite3.connect("file:%s?mode=%s%s" % (quote(self.path), mode, more), uri=True, timeout=WAIT)
        try:
            # The driver begins no transactions of its own: it would do so only when something is written.
            connection.isolation_level = None
            if self._accepted:
                connection.execute("PRAGMA journal_mode=WAL").close()
                # A crash of the machine can cost the newest transactions, but never one that others came after.
                connection.execute("PRAGMA synchronous=NORMAL").close()
                # What is in the log is copied to the file, and waited for, after so many pages of 4 KB.
                connection.execute("PRAGMA wal_autocheckpoint=4000").close()
        except BaseException:
            connection.close()
            raise
        return connection

    def _has_log(self) -> bool:
        return os.path.exists(self.path + "-wal")

    def _current_mark(self) -> tuple[int, ...]:
        """Return values that change when the file is written."""
        try:
            found = os.stat(self.path)
        except OSError:
            return ()
        return (found.st_ino, found.st_size, found.st_mtime_ns)

    def hold(self) -> None:
        """Lock the file as everybody does who has it open.

        An open file description lock (Linux), because SQLite's own locks belong to the process: it would not notice this one, and release it.
        A process loses its own locks of a file when it closes that file, however often it has it open. So this is done only where no other
        connection of the process can be: there was no log, or it could not be read.
        """
        if self._lock is not None:
            return
        with suppress(OSError):
            self._lock = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        command = getattr(fcntl, "F_OFD_SETLK", None)
        if self._lock is None or command is None or sys.platform != "linux" or struct.calcsize("P") != 8:
            return
        wanted = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, _SHARED_FIRST, _SHARED_SIZE, 0)
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            try:
                fcntl.fcntl(self._lock, command, wanted)
            except OSError as problem:
                if problem.errno not in (errno.EAGAIN, errno.EACCES):
                    return
                # The last writer is closing the store.
                time.sleep(0.01)
            else:
                return

    def _is_written_with_log(self) -> bool:
        """Return whether the file is written with a write-ahead log. Otherwise SQLite's locks need no other file."""
        if self._lock is None:
            return False
        return os.pread(self._lock, 1, _FORMAT) in (bytes([_WAL]), b"")


def create_file(path: str) -> None:
    """Make the file if there is none, readable for nobody else; SQLite gives its other files the same mode.

    A file that is there is not even opened: to close it again would release the locks of other connections of this process.

    :raises OSError: if it can be neither made nor written.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if not os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None


def find_holders(path: str) -> list[str]:
    """Return who holds a lock on a database's file that keeps others from writing: programs and their process ids, as far as the system says so."""
    inodes = set()
    for each in (path, path + "-shm"):
        with suppress(OSError):
            inodes.add(str(os.stat(each).st_ino))
    found = {}
    with suppress(OSError), open("/proc/locks", encoding="ascii") as locks:
        for line in locks:
            # 1: POSIX  ADVISORY  WRITE 4711 08:01:131090 120 120
            fields = line.split()
            if len(fields) == 8 and fields[3] == "WRITE" and fields[5].rpartition(":")[2] in inodes and int(fields[4]) != os.getpid():
                found[int(fields[4])] = "process %s" % fields[4]
    for pid in found:
        with suppress(OSError), open("/proc/%d/comm" % pid, encoding="utf-8", errors="replace") as comm:
            found[pid] += " (%s)" % comm.read().strip()
    return [found[pid] for pid in sorted(found)]
