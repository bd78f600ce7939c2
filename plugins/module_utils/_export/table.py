# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write records as a table for people: CSV that spreadsheets open as it is, with the columns that each source declares."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .._base import times
from .._files.spreadsheet import escape_cell, shorten_cell
from .._records.scope import write_scope
from .._records.shape import Row
from .._records.zone import Zone

#: Spreadsheets take a file without it for one in the code page of the machine.
BOM = "\ufeff"
_TIMES = ("started_at", "ended_at")
#: Larger numbers lose digits in a spreadsheet, and become texts.
_LARGEST = 10**15

Path = tuple[str, ...]


class Csv:
    """A table with a header (RFC 4180): no cell is JSON, or a formula, or too long for a spreadsheet."""

    def __init__(
        self, write: Callable[[bytes], None], columns: Mapping[str, Path], labels: Mapping[str, str | None], zone: Zone | None
    ) -> None:
        """Write the header.

        :param columns: the source's own columns, and where their values are in a record.
        :param labels: the labels of scopes, by the keys of these.
        :param zone: whose local times are beside those in UTC; null for none.
        """
        self._write = write
        self._paths = list(columns.values())
        self._labels = labels
        self._zone = zone
        #: The text of each scope, by its key.
        self._scopes: dict[str | None, str | None] = {}
        self._buffer = io.StringIO(newline="")
        self._csv = csv.writer(self._buffer, quoting=csv.QUOTE_NONNUMERIC)
        self.records = 0
        self._buffer.write(BOM)
        self._line(list_column_names(columns, zone))

    def row(self, row: Row) -> None:
        """Write the next record: its columns, with C(scope) and C(raw) parsed."""
        raw = row["raw"]
        self._line([*map(_build_cell, self._common(row)), *(_build_cell(find_value(raw, path)) for path in self._paths)])
        self.records += 1

    def _common(self, row: Row) -> Iterator[Any]:
        key = row["scope_key"]
        if key not in self._scopes:
            self._scopes[key] = _scope(row["scope"])
        yield from (row["source"], row["record_id"], self._scopes[key], self._labels.get(key))
        yield from (row["kind"], row["state"], row["outcome"])
        for name in _TIMES:
            yield format_utc(row[name])
            if self._zone is not None:
                yield format_local(row[name], self._zone)
        yield _compute_seconds(row["started_at"], row["ended_at"])
        yield from (row["actor"], row["target"], row["summary"])

    def _line(self, cells: Sequence[Any]) -> None:
        self._csv.writerow(cells)
        self._write(self._buffer.getvalue().encode())
        self._buffer.seek(0)
        self._buffer.truncate()


def list_column_names(columns: Mapping[str, Path], zone: Zone | None) -> list[str]:
    """Return the names of a table's columns: those of all sources, and the source's own."""
    dates = [name for each in _TIMES for name in ((each,) if zone is None else (each, each + "_local"))]
    common = ["source", "record_id", "scope", "label", "kind", "state", "outcome", *dates, "duration_seconds", "actor", "target", "summary"]
    return [*common, *columns]


def find_value(data: Any, path: Path) -> Any:
    """Return the value at a path: a text, a number, or null. Of a list on the way all values, joined by commas; of an object nothing."""
    value: Any = data
    for name in path:
        if not isinstance(value, dict):
            break
        value = value.get(name)
    else:
        # Nearly all values are no lists, and this is much faster.
        if value is None or isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return value
    found = list(_find_values(data, path))
    if all(each is None for each in found):
        return None
    # Every element has its place: another column has their names.
    return found[0] if len(found) == 1 else ", ".join("none" if each is None else str(each) for each in found)


def _find_values(data: Any, path: Path) -> Iterator[Any]:
    if isinstance(data, list):
        for each in data:
            yield from _find_values(each, path)
    elif isinstance(data, dict):
        if path:
            yield from _find_values(data.get(path[0]), path[1:])
    elif isinstance(data, bool):
        yield "true" if data else "false"
    else:
        yield None if path else data


def format_utc(instant: int | None) -> str | None:
    """Return an instant in ISO 8601, UTC; null if it is none, or outside of the years 1 to 9999."""
    return None if instant is None else times.to_iso(instant, "ms")


def format_local(instant: int | None, zone: Zone) -> str | None:
    """Return an instant in ISO 8601, as local time with its offset."""
    if instant is None:
        return None
    ahead = zone.offset(instant) // 60_000
    text = times.to_iso(zone.wall(instant), "ms")
    return text and "%s%s%02d:%02d" % (text[:-1], "-" if ahead < 0 else "+", abs(ahead) // 60, abs(ahead) % 60)


def _compute_seconds(start: int | None, end: int | None) -> int | float | None:
    if start is None or end is None:
        return None
    whole, rest = divmod(end - start, 1000)
    return (end - start) / 1000 if rest else whole


def _scope(scope: Any) -> str | None:
    return write_scope(scope) if isinstance(scope, dict) else None


def _build_cell(value: Any) -> Any:
    """Return a value as a cell; numbers stay numbers."""
    if value is None or isinstance(value, (int, float)) and abs(value) < _LARGEST:
        return value
    return shorten_cell(escape_cell(str(value)))
