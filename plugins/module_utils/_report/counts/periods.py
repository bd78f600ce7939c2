# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count records by hour, day, month or year, whichever fits the length of the report."""

from __future__ import annotations

import time
from calendar import timegm
from collections.abc import Callable
from typing import Any, NamedTuple

from ..._records.zone import Zone
from ..items import OUTCOMES

_HOUR, _DAY = 3_600_000, 86_400_000
#: The years 1 to 9999, in milliseconds.
_FIRST, _LAST = -62_135_596_800_000, 253_402_300_800_000


class _Unit(NamedTuple):
    """A unit of time: the number of the period that an instant is in, and the instant at which a period begins."""

    name: str
    #: The most periods; with more of them the next coarser unit is used.
    most: int
    number: Callable[[int], int]
    begin: Callable[[int], int]
    #: The number of the period, from the number of a period of the unit before.
    coarser: Callable[[int], int]


def _month(instant: int) -> int:
    year, month = time.gmtime(instant // 1000)[:2]
    return year * 12 + month - 1


def _month_begin(number: int) -> int:
    # Clocks that are ahead, or behind, can show a year that no calendar has.
    if not 1 <= number // 12 <= 9999:
        return _FIRST if number < 12 else _LAST
    return timegm((number // 12, number % 12 + 1, 1, 0, 0, 0)) * 1000


_UNITS = (
    _Unit("hour", 72, lambda instant: instant // _HOUR, lambda number: number * _HOUR, lambda number: number),
    _Unit("day", 400, lambda instant: instant // _DAY, lambda number: number * _DAY, lambda number: number // 24),
    _Unit("month", 400, _month, _month_begin, lambda number: _month(number * _DAY)),
    _Unit("year", 10**4, lambda instant: _month(instant) // 12, lambda number: _month_begin(number * 12), lambda number: number // 12),
)


class Periods:
    """Counts of each outcome, period by period, in the local time of a zone."""

    def __init__(self, zone: Zone, start: int | None, end: int | None) -> None:
        self._zone = zone
        self._level = 0
        self._counts: dict[int, list[int]] = {}
        #: The numbers of the first and the last period.
        self._first: int | None = None
        self._last: int | None = None
        for edge in (start, None if end is None else end - 1):
            if edge is not None:
                self._reach(_UNITS[self._level].number(zone.wall(edge)))

    def add(self, began: int, outcome: int) -> None:
        """Count a record.

        :param began: milliseconds since the epoch.
        :param outcome: the index of its outcome.
        """
        wall = self._zone.wall(began)
        counts = self._counts.get(_UNITS[self._level].number(wall))
        if counts is None:
            self._reach(_UNITS[self._level].number(wall))
            # Perhaps of another unit now.
            counts = self._counts.setdefault(_UNITS[self._level].number(wall), [0] * len(OUTCOMES))
        counts[outcome] += 1

    def _reach(self, number: int) -> None:
        self._first = number if self._first is None else min(self._first, number)
        self._last = number if self._last is None else max(self._last, number)
        while self._last - self._first >= _UNITS[self._level].most and self._level + 1 < len(_UNITS):
            self._coarsen()

    def _coarsen(self) -> None:
        self._level += 1
        coarser = _UNITS[self._level].coarser
        counts: dict[int, list[int]] = {}
        for number, row in self._counts.items():
            into = counts.setdefault(coarser(number), [0] * len(row))
            for index, count in enumerate(row):
                into[index] += count
        self._counts = counts
        self._first = None if self._first is None else coarser(self._first)
        self._last = None if self._last is None else coarser(self._last)

    def as_dict(self) -> dict[str, Any]:
        """Return the unit, the start of each period, the end of the last (local time), and the counts of each."""
        unit = _UNITS[self._level]
        if self._first is None or self._last is None:
            return {"unit": unit.name, "starts": [], "end": 0, "counts": []}
        numbers = range(self._first, self._last + 1)
        return {
            "unit": unit.name, "starts": [unit.begin(number) for number in numbers], "end": unit.begin(self._last + 1),
            "counts": [self._counts.get(number, [0] * len(OUTCOMES)) for number in numbers],
        }
