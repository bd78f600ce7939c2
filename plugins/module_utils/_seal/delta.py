# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The delta of a seal: a line for each record that is new or changed. And all deltas, replayed in the order of the records' keys.

Both are sorted on disk, by SQLite: memory stays flat, whatever the number of records.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .._records.canonical import is_bigint, write_canonical
from .._records.entry import OPEN
from .._store.seals import Key, Sealable

ADDED, CHANGED, FINAL_CHANGED = "added", "changed", "final_changed"
_CHANGES = (ADDED, CHANGED, FINAL_CHANGED)
_FIELDS = {"change", "content_hash", "final", "record_id", "row_hash", "scope_key", "source", "started_at"}
#: So much memory SQLite may take, in KiB.
_CACHE = 4096


class Sealed(NamedTuple):
    """A line of a delta, and the number of its seal."""

    key: Key
    seal: int
    change: str
    final: bool
    started_at: int | None
    content_hash: str
    row_hash: str

    @property
    def hashes(self) -> tuple[str, str]:
        """What must stay as it was sealed."""
        return self.content_hash, self.row_hash


def line_of(change: str, record: Sealable) -> bytes:
    """Return the line of a record.

    C(final) says whether the record had ended: a later change of it is a C(final_changed).
    """
    source, scope_key, record_id = record.key
    line = {
        "change": change, "content_hash": record.content_hash, "final": record.outcome not in OPEN, "record_id": record_id,
        "row_hash": record.row_hash, "scope_key": scope_key, "source": source, "started_at": record.started_at,
    }
    return (write_canonical(line) + "\n").encode()


def parse_line(line: bytes, seal: int) -> Sealed:
    """Read a line.

    :raises ValueError: if it is none.
    """
    value = json.loads(line)
    if not isinstance(value, dict) or value.keys() != _FIELDS or value["change"] not in _CHANGES or not isinstance(value["final"], bool):
        raise ValueError("no line of a delta")
    texts = [value[name] for name in ("source", "scope_key", "record_id", "content_hash", "row_hash")]
    started_at = value["started_at"]
    if not all(isinstance(each, str) for each in texts) or not (started_at is None or is_bigint(started_at)):
        raise ValueError("no line of a delta")
    source, scope_key, record_id, content, row = texts
    return Sealed((source, scope_key, record_id), seal, value["change"], value["final"], started_at, content, row)


class Replay:
    """All lines of a chain, in files that nobody else sees and that are gone with the process."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", "cache_size=-%d" % _CACHE):
            self._database.execute("PRAGMA " + pragma)
        self._database.execute(
            "CREATE TABLE sealed (source TEXT, scope_key TEXT, record_id TEXT, seal INTEGER, change TEXT, final INTEGER,"
            " started_at INTEGER, content_hash TEXT, row_hash TEXT)"
        )
        self._database.execute("CREATE TABLE line (line BLOB)")
        self._database.execute("BEGIN")

    def add(self, lines: Iterable[Sealed]) -> None:
        """Add the lines of a delta."""
        self._database.executemany("INSERT INTO sealed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", ((*each.key, *each[1:]) for each in lines))

    def latest(self) -> Iterator[Sealed]:
        """Return every record as it was sealed last, in the order of the keys."""
        last: Sealed | None = None
        for row in self._database.execute("SELECT * FROM sealed ORDER BY source, scope_key, record_id, seal"):
            each = Sealed((row[0], row[1], row[2]), row[3], row[4], bool(row[5]), *row[6:])
            if last is not None and last.key != each.key:
                yield last
            last = each
        if last is not None:
            yield last

    def list_final_changes(self) -> Iterator[Sealed]:
        """Return the lines that say that an ended record changed, in the order of the seals."""
        statement = "SELECT * FROM sealed WHERE change = ? ORDER BY seal, source, scope_key, record_id"
        for row in self._database.execute(statement, (FINAL_CHANGED,)):
            yield Sealed((row[0], row[1], row[2]), row[3], row[4], bool(row[5]), *row[6:])

    def write(self, lines: Iterable[bytes]) -> None:
        """Add lines of the new delta."""
        self._database.executemany("INSERT INTO line VALUES (?)", ((each,) for each in lines))

    def lines(self) -> Iterator[bytes]:
        """Return the lines of the new delta, sorted by their bytes."""
        for row in self._database.execute("SELECT line FROM line ORDER BY line"):
            yield row[0]

    def close(self) -> None:
        """Let the files go."""
        self._database.close()
