# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a list that were gathered so far: each once, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Any, Protocol

from .observation import Sight
from .styles import LARGEST_PAGE

Row = dict[str, Any]


class Seen(Protocol):
    """What is asked of a set of ids."""

    def __len__(self) -> int: ...

    def __contains__(self, key: Hashable, /) -> bool: ...

    def add(self, key: Hashable, /) -> None:
        """Take an id."""


class Gathered:
    """What was read of one list."""

    def __init__(self, cap: int | None = None, seen: Seen | None = None) -> None:
        """:param cap: gather no more than so many rows.

        :param seen: an empty set of ids; the default is the usual one.
        """
        self._cap = cap
        self._seen: Seen = set() if seen is None else seen
        self._repeated: set[Hashable] = set()
        self._recent: deque[Hashable] = deque(maxlen=4 * LARGEST_PAGE)
        self._fresh: list[Row] = []

    def __len__(self) -> int:
        return len(self._seen)

    @property
    def full(self) -> bool:
        """Whether there are as many as may be."""
        return self._cap is not None and len(self._seen) >= self._cap

    @property
    def places(self) -> int:
        """How many places of the list these rows take: some sources list a row twice."""
        return len(self._seen) + len(self._repeated)

    @property
    def newest(self) -> Hashable:
        """The row that was read last; null if there is none."""
        return self._recent[-1] if self._recent else None

    def take(self) -> list[Row]:
        """The rows that came since the last call."""
        rows, self._fresh = self._fresh, []
        return rows

    def add(self, sight: Sight) -> None:
        """Take the rows of a page that are not known yet."""
        here: set[Hashable] = set()
        for key, row in zip(sight.ids, sight.page.rows):
            if key in here:
                self._repeated.add(key)
            here.add(key)
            if key not in self._seen and not self.full:
                self._seen.add(key)
                self._recent.append(key)
                self._fresh.append(row)

    def first_fresh(self, sight: Sight) -> int | None:
        """The place of the first row in a page that is not known yet."""
        return next((place for place, key in enumerate(sight.ids) if key not in self._seen), None)

    def strange(self, sight: Sight) -> bool:
        """Whether no row of a page is known yet."""
        return not any(key in self._seen for key in sight.ids)

    def known(self, sight: Sight) -> bool:
        """Whether all rows of a page are known, and there are some."""
        return bool(sight.ids) and all(key in self._seen for key in sight.ids)

    def precedes(self, sight: Sight, place: int) -> bool:
        """Whether the row before this place of a page is one of those that were read last."""
        return place > 0 and sight.ids[place - 1] in self._recent

    def links(self, sight: Sight) -> bool:
        """Whether a page shows a new row right behind one of those that were read last."""
        return not self._seen and bool(sight.ids) or any(
            key not in self._seen and self.precedes(sight, place) for place, key in enumerate(sight.ids)
        )
