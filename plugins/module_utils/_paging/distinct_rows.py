# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect the rows of a list: each once, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Protocol

from .observation import Observation
from .styles import LARGEST_PAGE

Row = dict[str, Any]


class IdSet(Protocol):
    """What a set of ids can do."""

    def __len__(self) -> int: ...

    def __contains__(self, key: Hashable, /) -> bool: ...

    def add(self, key: Hashable, /) -> None:
        """Take an id."""


class DistinctRows:
    """What was read of one list."""

    def __init__(
        self, cap: int | None = None, ids: IdSet | None = None, keeps: Callable[[Row], bool] | None = None
    ) -> None:
        """:param cap: keep no more than so many rows.

        :param keeps: whether a row is wanted; others are known, but not kept.
        :param ids: an empty set of ids; the default is the usual one.
        """
        self._cap = cap
        self._keeps = keeps
        #: How many rows were kept.
        self.kept = 0
        self._ids: IdSet = set() if ids is None else ids
        self._repeated: set[Hashable] = set()
        self._recent: deque[Hashable] = deque(maxlen=4 * LARGEST_PAGE)
        self._new: list[Row] = []

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def is_full(self) -> bool:
        """Return whether there are as many as may be."""
        return self._cap is not None and self.kept >= self._cap

    @property
    def positions(self) -> int:
        """Return how many places of the list these rows take: some sources list a row twice."""
        return len(self._ids) + len(self._repeated)

    @property
    def last_id(self) -> Hashable:
        """Return the row that was read last; null if there is none."""
        return self._recent[-1] if self._recent else None

    def take(self) -> list[Row]:
        """Return the rows that arrived since the last call."""
        rows, self._new = self._new, []
        return rows

    def add(self, observation: Observation) -> None:
        """Take the rows of a page that are not known yet."""
        here: set[Hashable] = set()
        for key, row in zip(observation.ids, observation.page.rows):
            if key in here:
                self._repeated.add(key)
            here.add(key)
            if key not in self._ids and not self.is_full:
                self._ids.add(key)
                self._recent.append(key)
                if self._keeps is None or self._keeps(row):
                    self.kept += 1
                    self._new.append(row)

    def find_first_new(self, observation: Observation) -> int | None:
        """Return the place of the first row in a page that is not known yet."""
        return next((place for place, key in enumerate(observation.ids) if key not in self._ids), None)

    def has_none_of(self, observation: Observation) -> bool:
        """Return whether no row of a page is known yet."""
        return not any(key in self._ids for key in observation.ids)

    def has_all_of(self, observation: Observation) -> bool:
        """Return whether all rows of a page are known, and there are some."""
        return bool(observation.ids) and all(key in self._ids for key in observation.ids)

    def is_after_recent(self, observation: Observation, place: int) -> bool:
        """Return whether the row before this place of a page is one of those that were read last."""
        return place > 0 and observation.ids[place - 1] in self._recent

    def extends(self, observation: Observation) -> bool:
        """Return whether a page shows a new row right behind one of those that were read last."""
        return not self._ids and bool(observation.ids) or any(
            key not in self._ids and self.is_after_recent(observation, place) for place, key in enumerate(observation.ids)
        )
