# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a record that a report shows, and the choice of records that it lists."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any, NamedTuple

from .._base import times
from .._records.canonical import make_storable
from .._records.entry import BLOCKED, FAILURE, KILLED, RUNNING, SUCCESS, UNKNOWN, WAITING
from .._sources.archives import ARCHIVES
from .._store.reader import Key

#: In the order in which they are stacked in a chart.
OUTCOMES = (SUCCESS, FAILURE, KILLED, BLOCKED, WAITING, RUNNING, UNKNOWN)
_IMPORTANT = (FAILURE, KILLED, BLOCKED)
_WORDS = ("kind", "state", "actor", "target", "summary")
#: The years 1971 to 2099, in milliseconds: a source that has no date may send the epoch, or the year 1 or 9999.
_FIRST, _LAST = 31_536_000_000, 4_102_444_800_000


class Item(NamedTuple):
    """A record. Times are milliseconds since the epoch; null is unknown."""

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

    @property
    def key(self) -> Key:
        """Return source, scope and id."""
        return self.source, self.scope, self.record_id

    @property
    def importance(self) -> tuple[Any, ...]:
        """Return what records are ordered by: those that failed, were killed or blocked, then the newest."""
        began = self.started_at
        return (self.outcome in _IMPORTANT, began is not None, began or 0, *self.key)


#: The columns of the store that an item is made of, in its order.
COLUMNS = tuple("scope_key" if name == "scope" else name for name in Item._fields)


def item_of_values(values: Sequence[Any]) -> Item:
    """Return the item of a store's row.

    :param values: those of C(COLUMNS).
    """
    source, scope, record_id, kind, state, outcome, began, ended, actor, target, summary = values
    # A store has what was archived; what no calendar has is the exception.
    if began is not None and not _FIRST <= began < _LAST:
        began = _time(began)
    if ended is not None and not _FIRST <= ended < _LAST:
        ended = _time(ended)
    if outcome not in OUTCOMES:
        outcome = UNKNOWN
    return Item(source, scope, record_id, kind, state, outcome, began, ended, actor, target, summary)


def item_of_record(source: str, record: dict[str, Any]) -> Item:
    """Return the item of a record, as the info module of its source returns it."""
    row = row_of_record(source, record)
    return item_of_values([row[name] for name in COLUMNS])


def row_of_record(source: str, record: dict[str, Any]) -> dict[str, Any]:
    """Return a record as the columns that a store would have, as far as they are known without one."""
    entry = ARCHIVES[source].entry(record)
    words = {name: make_storable(getattr(entry, name)) for name in _WORDS}
    return {
        **entry._asdict(), **words, "source": source, "scope_key": "", "scope": {}, "raw": record,
        "record_id": make_storable("" if entry.record_id is None else str(entry.record_id)),
    }


def is_within(item: Item, start: int | None, end: int | None) -> bool:
    """Return whether an item is in a window; one without a start time is in every window."""
    began = item.started_at
    return began is None or ((start is None or began >= start) and (end is None or began < end))


def is_plausible(instant: int) -> bool:
    """Return whether a time is in a year that a time axis can have."""
    return _FIRST <= instant < _LAST


def keep_plausible(instant: int | None) -> int | None:
    """Return a time if a time axis can have it, else null."""
    return instant if instant is not None and is_plausible(instant) else None


def _time(value: int) -> int | None:
    """Return a time if it is a date of the calendar, else null."""
    return value if times.is_date(value) else None


class Shown:
    """The records that a report lists, as many as fit: first those that failed, were killed or blocked, then the newest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._heap: list[tuple[Any, Item]] = []
        #: How the least of them begins.
        self._least: tuple[Any, ...] = ()

    def add(self, item: Item) -> None:
        """Add a record; it may replace a less important one."""
        began = item.started_at
        # Most of many records end here.
        if (item.outcome in _IMPORTANT, began is not None, began or 0) < self._least:
            return
        entry = (item.importance, item)
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, entry)
        elif entry[0] > self._heap[0][0]:
            heapq.heapreplace(self._heap, entry)
        if len(self._heap) == self._most:
            self._least = self._heap[0][0][:3]

    def newest(self, most: int) -> list[Item]:
        """Return the C(most) most important records, newest first; those without a start time come last."""
        chosen = heapq.nlargest(most, self._heap, key=lambda entry: entry[0])
        return [item for _rank, item in sorted(chosen, key=lambda entry: entry[0][1:], reverse=True)]

    def __len__(self) -> int:
        return len(self._heap)
