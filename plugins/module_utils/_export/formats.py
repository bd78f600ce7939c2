# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write records in the formats of an export; the same records always give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, Protocol

from .._records.canonical import write_canonical
from .._records.entry import Entry
from .._records.shape import Row
from .._records.zone import Zone
from .._sources.archives import ARCHIVES
from .._sources.ocsf import build_events_of_kept
from .table import Csv

Write = Callable[[bytes], None]

#: The endings of the files' names.
ENDINGS = {"jsonl": ".jsonl", "csv": ".csv", "ocsf": ".ocsf.jsonl"}
_ENTRY = itemgetter(*Entry._fields)
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class ExportFormat(Protocol):
    """Writes records in one format."""

    #: How many records (or events) were written.
    records: int

    def row(self, row: Row) -> None:
        """Write the next record: its columns, with C(scope) and C(raw) parsed."""


class Jsonl:
    """A line of JSON for each record: all its columns, in their order."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.records = 0

    def row(self, row: Row) -> None:
        self._write(_ENCODE(row).encode() + b"\n")
        self.records += 1


class Ocsf:
    """A line of JSON for each OCSF event of the records."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.records = 0

    def row(self, row: Row) -> None:
        record = row["raw"] if isinstance(row["raw"], dict) else {}
        scope = row["scope"] if isinstance(row["scope"], dict) else {}
        for event in build_events_of_kept(row["source"], record, _entry(row), scope):
            self._write(write_canonical(event).encode() + b"\n")
            self.records += 1


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry._make(_ENTRY(row))


def open_format(name: str, write: Write, source: str, labels: Mapping[str, str | None], zone: Zone | None) -> ExportFormat:
    """Return a writer of the format with this name.

    :param source: whose records are written.
    :param labels: the labels of its scopes, by the keys of these.
    :param zone: whose local times a table has beside those in UTC; null for none.
    """
    if name == "csv":
        return Csv(write, ARCHIVES[source].columns, labels, zone)
    return Jsonl(write) if name == "jsonl" else Ocsf(write)
