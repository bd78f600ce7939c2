# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline of more records than a page can list: counts for each lane and each short interval."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ..._records.entry import UNKNOWN
from ..._store.ledger.windows import Window
from ..columns import shorten
from ..items import OUTCOMES, Item, is_plausible
from .totals import RANKED, Totals

#: How many intervals the time axis has, and how many lanes there are beside the one of all others.
CELLS, LANES = 160, 19
_INDEX = {outcome: index for index, outcome in enumerate(OUTCOMES)}
_UNKNOWN = _INDEX[UNKNOWN]


class Point(NamedTuple):
    """What is counted of a record."""

    started_at: int | None
    outcome: str
    actor: str | None
    target: str | None
    scope: str | None


#: The columns of the store that a point is made of, in its order.
COLUMNS = tuple("scope_key" if name == "scope" else name for name in Point._fields)


class Lanes:
    """Counts of each outcome by actor, target and scope, in intervals of equal length."""

    def __init__(self, axis: Window, totals: Totals) -> None:
        """Prepare the lanes.

        :param axis: the start of the first interval and the end of the last, in milliseconds since the epoch.
        :param totals: of the same records; the most frequent actors, targets and scopes get lanes of their own.
        """
        self._axis = axis
        self._names = {name: [value for value, _counts in totals.ranked(name, LANES)] for name in RANKED}
        self._lane = {name: {value: lane for lane, value in enumerate(values)} for name, values in self._names.items()}
        self._others = {name: totals.count_distinct(name) - len(values) for name, values in self._names.items()}
        self._cells: dict[str, dict[tuple[int, int], list[int]]] = {name: {} for name in RANKED}

    def count(self, found: Iterable[Point | Item]) -> Lanes:
        """Count the records whose start is known."""
        first, last = self._axis
        length = max(1, last - first)
        (actors, actor_cells), (targets, target_cells), (scopes, scope_cells) = ((self._lane[name], self._cells[name]) for name in RANKED)
        for each in found:
            began = each.started_at
            if began is None or not is_plausible(began):
                continue
            cell = min(max((began - first) * CELLS // length, 0), CELLS - 1)
            outcome = _INDEX.get(each.outcome, _UNKNOWN)
            for value, lanes, cells in (
                (each.actor, actors, actor_cells), (each.target, targets, target_cells), (each.scope, scopes, scope_cells),
            ):
                # The last two lanes are all others, and those without a name.
                lane = lanes.get(value, LANES) if value else LANES + 1
                counts = cells.get((lane, cell))
                if counts is None:
                    counts = cells[lane, cell] = [0] * len(OUTCOMES)
                counts[outcome] += 1
        return self

    def as_dict(self, longest: int) -> dict[str, Any]:
        """Return the lanes' names, how many names share the lane of the others, and lane, interval and counts that are not zero.

        :param longest: the longest name, in characters.
        """
        return {
            "cells": CELLS, "others": LANES, "unnamed": LANES + 1,
            "fields": {
                name: {
                    "names": [shorten(value, longest) for value in self._names[name]], "others": self._others[name],
                    "counts": [[lane, cell, *counts] for (lane, cell), counts in sorted(self._cells[name].items())],
                }
                for name in RANKED
            },
        }
