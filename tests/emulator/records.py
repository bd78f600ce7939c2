# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records in the order a source lists them, and one page of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

#: One encoder for all: json.dumps with options would build one for each row.
to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

Render = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(eq=False)
class Record:
    """One row: its id, its time in the store's unit, and its full data."""

    id: str
    time: int
    data: dict[str, Any]
    _text: str | None = None

    def text(self, render: Render | None) -> str:
        """The row as JSON text in a list, made once."""
        if self._text is None:
            data = render(self.data) if render else self.data
            self._text = to_json(data)
        return self._text

    def changed(self) -> None:
        """The data is not what the cached text says any more."""
        self._text = None


class Store:
    """The records of one scope, in list order, with their filtered views kept until the next change."""

    def __init__(
        self, dialect: str, scope: dict[str, str], *, unit: int, descending: bool, render: Render | None = None
    ):
        self.dialect = dialect
        self.scope = scope
        #: Smallest step of `Record.time`.
        self.unit = unit
        self.descending = descending
        self.render = render
        #: Makes a new record like a given one, at a time of its own; set by the dialect.
        self.respawn: Callable[[Record, int, int], Record] | None = None
        self.rows: list[Record] = []
        self.by_id: dict[str, Record] = {}
        self.ids_at_start: list[str] = []
        self._views: dict[Hashable, list[Record]] = {}

    def fill(self, rows: Sequence[Record], keep: bool = False) -> None:
        """Hold these rows, alone or merged by time with those already there."""
        if keep:
            merged = [*rows, *self.rows]
            merged.sort(key=lambda row: (row.time, row.id), reverse=self.descending)
            rows = merged
        self.rows = list(rows)
        self.by_id = {row.id: row for row in self.rows}
        self._views.clear()
        self.mark_start()

    def mark_start(self) -> None:
        self.ids_at_start = self.ids()

    def ids(self) -> list[str]:
        return [row.id for row in self.rows]

    def insert(self, index: int, row: Record) -> None:
        self.rows.insert(index, row)
        self.by_id[row.id] = row
        self._views.clear()

    def alter(self, row: Record, values: dict[str, Any]) -> None:
        """Give a row's fields other values; null takes the field away."""
        data = row.data.get("session", row.data)
        for name, value in values.items():
            if value is None:
                data.pop(name, None)
            else:
                data[name] = value
        row.changed()
        self._views.clear()

    def remove(self, row: Record) -> None:
        self.rows.remove(row)
        self.by_id.pop(row.id, None)
        self._views.clear()

    def select(self, key: Hashable, keep: Callable[[Record], bool] | None) -> list[Record]:
        """The rows that `keep` lets through; `key` names the filter, so that its next page costs nothing."""
        if keep is None:
            return self.rows
        view = self._views.get(key)
        if view is None:
            if len(self._views) > 32:
                self._views.clear()
            view = self._views[key] = [row for row in self.rows if keep(row)]
        return view


@dataclass
class Page:
    """A slice of a listing, and what must be known of the rest to spoil it or to change it meanwhile."""

    store: Store
    matched: list[Record]
    offset: int
    limit: int
    rows_at: tuple[str, ...]
    total_at: tuple[str, ...]
    #: Time window that was asked for, in the store's unit; None where open.
    window: tuple[int | None, int | None] = (None, None)
    #: The listing runs against the store's own order.
    flipped: bool = False
    rows: list[Record] = field(init=False)

    def __post_init__(self) -> None:
        if self.flipped:
            end = len(self.matched) - self.offset
            self.rows = self.matched[max(end - self.limit, 0) : max(end, 0)][::-1]
        else:
            self.rows = self.matched[self.offset : self.offset + self.limit]

    @property
    def previous(self) -> Record | None:
        """The row before this page's first one."""
        index = len(self.matched) - self.offset if self.flipped else self.offset - 1
        return self.matched[index] if self.offset > 0 and 0 <= index < len(self.matched) else None

    def texts(self) -> list[str]:
        return [row.text(self.store.render) for row in self.rows]
