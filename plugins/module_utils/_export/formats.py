# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write records in the formats of an export; the same records always give the same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Protocol

from .._files.spreadsheet import harmless_cell
from .._records.canonical import canonical
from .._records.entry import Entry
from .._records.shape import Row
from .._sources.ocsf import events_of_kept

Write = Callable[[bytes], None]

#: The endings of the files' names.
ENDINGS = {"jsonl": ".jsonl", "csv": ".csv", "ocsf": ".ocsf.jsonl"}
_ENTRY = itemgetter(*Entry._fields)
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class ExportFormat(Protocol):
    """Writes records in one format."""

    #: How many records (or events) were written.
    records: int

    def row(self, row: Row, texts: Row) -> None:
        """Write the next record.

        :param row: its columns, with C(scope) and C(raw) parsed.
        :param texts: its columns as stored.
        """


class Jsonl:
    """A line of JSON for each record: all its columns, in their order."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.records = 0

    def row(self, row: Row, texts: Row) -> None:
        self._write(_ENCODE(row).encode() + b"\n")
        self.records += 1


class Csv:
    """A table with a header, as in RFC 4180; no cell is a formula for a spreadsheet."""

    def __init__(self, write: Write, columns: Sequence[str]) -> None:
        self._write = write
        self._buffer = io.StringIO(newline="")
        self._csv = csv.writer(self._buffer, quoting=csv.QUOTE_NONNUMERIC)
        self.records = 0
        self._line(columns)

    def row(self, row: Row, texts: Row) -> None:
        self._line([_cell(value) for value in texts.values()])
        self.records += 1

    def _line(self, cells: Sequence[Any]) -> None:
        self._csv.writerow(cells)
        self._write(self._buffer.getvalue().encode())
        self._buffer.seek(0)
        self._buffer.truncate()


class Ocsf:
    """A line of JSON for each OCSF event of the records."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.records = 0

    def row(self, row: Row, texts: Row) -> None:
        record = row["raw"] if isinstance(row["raw"], dict) else {}
        scope = row["scope"] if isinstance(row["scope"], dict) else {}
        for event in events_of_kept(row["source"], record, _entry(row), scope):
            self._write(canonical(event).encode() + b"\n")
            self.records += 1


def _cell(value: Any) -> Any:
    """Return a value as a cell; numbers stay numbers."""
    if value is None or isinstance(value, int):
        return value
    return harmless_cell(str(value))


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry._make(_ENTRY(row))


def open_format(name: str, write: Write, columns: Sequence[str]) -> ExportFormat:
    """Return a writer of the format with this name.

    :param columns: the names of a record's columns, in order.
    """
    if name == "csv":
        return Csv(write, columns)
    return Jsonl(write) if name == "jsonl" else Ocsf(write)
