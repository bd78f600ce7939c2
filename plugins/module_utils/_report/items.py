# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report tells of a record, and which records it tells of one by one."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .._base import times
from .._records.canonical import storable
from .._records.entry import BLOCKED, FAILURE, KILLED, RUNNING, SUCCESS, UNKNOWN, WAITING
from .._sources.archives import ARCHIVES

#: In the order in which they are drawn, one upon the other.
OUTCOMES = (SUCCESS, FAILURE, KILLED, BLOCKED, WAITING, RUNNING, UNKNOWN)
_IMPORTANT = (FAILURE, KILLED, BLOCKED)
_WORDS = ("kind", "state", "actor", "target", "summary")


class Item(NamedTuple):
    """A record. Times are milliseconds since the epoch; null is what the source doesn't tell."""

    source: str
    scope: str
    record_id: str
    kind: str | None
    state: str | None
    outcome: str
    started_at: int | None
    ended_at: int | None
    actor: str | None
    target: str | None
    summary: str | None


#: The columns of the store that make one.
COLUMNS = tuple("scope_key" if name == "scope" else name for name in Item._fields)


def of_row(row: Mapping[str, Any]) -> Item:
    """A record of a store."""
    outcome = row["outcome"] if row["outcome"] in OUTCOMES else UNKNOWN
    return Item(
        row["source"], row["scope_key"], row["record_id"], row["kind"], row["state"], outcome,
        _time(row["started_at"]), _time(row["ended_at"]), row["actor"], row["target"], row["summary"],
    )


def of_record(source: str, record: dict[str, Any]) -> Item:
    """A record as the info module of a source returns it."""
    entry = ARCHIVES[source].entry(record)
    words = {name: storable(getattr(entry, name)) for name in _WORDS}
    return of_row({
        **entry._asdict(), **words, "source": source, "scope_key": "",
        "record_id": storable("" if entry.record_id is None else str(entry.record_id)),
    })


def within(item: Item, start: int | None, end: int | None) -> bool:
    """Whether it is of a window; one that doesn't tell when it began is of every window."""
    began = item.started_at
    return began is None or ((start is None or began >= start) and (end is None or began < end))


def _time(value: int | None) -> int | None:
    """A time that a calendar has."""
    return value if value is not None and times.to_iso(value, "ms") else None


class Shown:
    """The records that are told of one by one: as many as a page can hold, what went wrong before all else, then the newest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._heap: list[tuple[Any, Item]] = []

    def add(self, item: Item) -> None:
        """Another record; one of the others may have to go."""
        entry = (_rank(item), item)
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, entry)
        elif entry[0] > self._heap[0][0]:
            heapq.heapreplace(self._heap, entry)

    def first(self, most: int) -> list[Item]:
        """So many of them, the newest first; those that don't tell when they began come last."""
        chosen = heapq.nlargest(most, self._heap, key=lambda entry: entry[0])
        return [item for _rank_of_it, item in sorted(chosen, key=lambda entry: entry[0][1:], reverse=True)]

    def __len__(self) -> int:
        return len(self._heap)


def _rank(item: Item) -> tuple[Any, ...]:
    began = item.started_at
    return (item.outcome in _IMPORTANT, began is not None, began or 0, item.source, item.scope, item.record_id)


def items(source: str, records: list[dict[str, Any]], start: int | None, end: int | None) -> Iterator[Item]:
    """Records of an info module, as far as they are of a window."""
    for record in records:
        item = of_record(source, record)
        if within(item, start, end):
            yield item
