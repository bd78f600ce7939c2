# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count all records of a report one by one, so that memory does not grow with their number."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from typing import Any

from ..._records.zone import Zone
from ..items import OUTCOMES, Item, is_plausible, keep_plausible
from .periods import Periods

_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000
#: The limits between classes of durations, in milliseconds: two or three for each power of ten.
EDGES = (
    100, 300, _SECOND, 3 * _SECOND, 10 * _SECOND, 30 * _SECOND, _MINUTE, 3 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE,
    _HOUR, 3 * _HOUR, 10 * _HOUR, _DAY, 3 * _DAY, 10 * _DAY,
)
#: The fields with a list of the most frequent values, and the length of that list.
RANKED = ("actor", "target", "scope")
MOST = 10
_INDEX = {outcome: index for index, outcome in enumerate(OUTCOMES)}


def create_counts() -> list[int]:
    """Return a zero for each outcome, in their order."""
    return [0] * len(OUTCOMES)


class Totals:
    """Counts of records by outcome: of all, by period, by name and by duration."""

    def __init__(self, zone: Zone, start: int | None, end: int | None) -> None:
        """Begin with no record.

        :param start: the start of the window (included), in milliseconds since the epoch; null for no limit.
        :param end: its end (not included).
        """
        self.records = 0
        self.outcomes = create_counts()
        self.sources: dict[str, list[int]] = {}
        self.periods = Periods(zone, keep_plausible(start), keep_plausible(end))
        self.durations = [create_counts() for _edge in range(len(EDGES) + 1)]
        #: Records without a start, or with one that is on no time axis.
        self.undated = 0
        #: The first and the last time of any record, in milliseconds since the epoch.
        self.first: int | None = None
        self.last: int | None = None
        self._names: dict[str, dict[str | None, list[int]]] = {name: {} for name in RANKED}

    def add(self, item: Item) -> None:
        """Count a record."""
        outcome = _INDEX[item.outcome]
        self.records += 1
        self.outcomes[outcome] += 1
        if item.source not in self.sources:
            self.sources[item.source] = create_counts()
        self.sources[item.source][outcome] += 1
        actors, targets, scopes = self._names.values()
        for value, counts in ((item.actor, actors), (item.target, targets), (item.scope, scopes)):
            found = counts.get(value or None)
            if found is None:
                found = counts[value or None] = create_counts()
            found[outcome] += 1
        began, over = item.started_at, item.ended_at
        if began is None or not is_plausible(began):
            self.undated += 1
            return
        if self.first is None or began < self.first:
            self.first = began
        if self.last is None or began > self.last:
            self.last = began
        self.periods.add(began, outcome)
        if over is not None and over >= began and is_plausible(over):
            if over > self.last:
                self.last = over
            self.durations[bisect_right(EDGES, over - began)][outcome] += 1

    def ranked(self, name: str, most: int = MOST) -> list[tuple[str, list[int]]]:
        """Return the most frequent actors, targets or scopes, with their count of each outcome."""
        named = ((value, counts) for value, counts in self._names[name].items() if value is not None)
        return heapq.nsmallest(most, named, key=lambda each: (-sum(each[1]), each[0]))

    def count_unnamed(self, name: str) -> int:
        """Return the number of records without a value in this field."""
        return sum(self._names[name].get(None, ()))

    def count_distinct(self, name: str) -> int:
        """Return the number of distinct values of this field."""
        return len(self._names[name]) - (None in self._names[name])

    def as_dict(self) -> dict[str, Any]:
        """Return the counts that the page takes as they are."""
        return {
            "records": self.records, "outcomes": self.outcomes, "undated": self.undated, "sources": self.sources, "periods": self.periods.as_dict(),
            "durations": {"edges": list(EDGES), "counts": self.durations},
        }
