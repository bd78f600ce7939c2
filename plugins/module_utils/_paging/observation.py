# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The observations of a list: its pages, its totals, and where two pages do not join."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from .styles import LARGEST_PAGE, Page, Paging, Slice

#: Rows to look at across a page boundary, at least: a page of one row has no neighbours.
_SMALLEST_LOOK = 50
#: How many more slices to request, each half a slice further back, where the likely ones don't help.
_LOOKS_BACK = 4
#: How many more slices to request further on, where nobody knows by how much the list has grown.
_LOOKS_ON = 10


class Observation(NamedTuple):
    """One page, and the slice of the list that it answers."""

    slice: Slice
    page: Page
    ids: list[Hashable]
    #: Whether the slice's offset can be believed.
    is_placed: bool = True

    @property
    def end(self) -> int:
        return self.slice.offset + len(self.ids)

    @property
    def is_full(self) -> bool:
        return len(self.ids) >= self.slice.limit

    @property
    def is_consistent(self) -> bool:
        """Return whether as many rows came as the total of the same answer promises."""
        total = self.page.total
        if total is None:
            return self.is_full
        return len(self.ids) == min(self.slice.limit, max(0, total - self.slice.offset))

    def adjoins(self, last: Observation | None) -> bool:
        """Return whether this page and the last one were side by side in a list of one known length."""
        return (
            last is not None and last.end == self.slice.offset
            and self.page.total is not None and last.page.total == self.page.total
            and last.is_placed and last.is_consistent and self.is_consistent
        )

    def is_displaced(self, last: Observation | None, overlap: int, new: int | None) -> bool:
        """Return whether it doesn't begin where the last one ended, though the list is as long as before.

        :param new: the place of the first row that is not known yet.
        """
        if last is None or not self.ids or self.page.total is None or last.page.total != self.page.total:
            return False
        if last.end - overlap != self.slice.offset:
            return False
        return self.ids[0] != last.ids[-1] if overlap else new != 0


class Bounds(NamedTuple):
    """The smallest and the largest total that were known when a request began."""

    lowest: int
    longest: int


class ReportedTotals:
    """The totals that a source reported for one list, one after the other."""

    def __init__(self) -> None:
        self.latest: int | None = None
        self._first: int | None = None
        self._lowest = 0
        self._longest = 0
        self._has_shrunk = False
        self._has_grown = False

    @property
    def bounds(self) -> Bounds | None:
        """Return the bounds that are known now; null if no total is."""
        return None if self._first is None else Bounds(self._lowest, self._longest)

    def add(self, total: int | None, bounds: Bounds | None) -> None:
        """Take a total; null if the source reported none.

        :param bounds: what was known when the request began. Requests overtake each other: only one that
            began after another ended can show that the list has changed in between.
        """
        self.latest = total
        if total is None:
            return
        if self._first is None:
            self._first = self._lowest = total
        if bounds is not None:
            self._has_shrunk = self._has_shrunk or total < bounds.longest
            self._has_grown = self._has_grown or total > bounds.lowest
        self._lowest = min(self._lowest, total)
        self._longest = max(self._longest, total)

    @property
    def longest(self) -> int:
        """Return the largest total; 0 if there is none."""
        return self._longest

    @property
    def growth(self) -> int:
        """Return by how many rows the list is known to have grown."""
        return self._longest - (self._first or 0)

    def is_latest(self, total: int) -> bool:
        """Return whether a page with this total shows the list after all growth; where it shrank, too, that doesn't matter."""
        return total >= self._longest or self._has_shrunk

    def are_reached_by(self, count: int) -> bool:
        """Return whether so many different rows can be all that were there.

        Rows may have gone before they were read; where others came, too, a full count does not show it.
        """
        if self._has_grown:
            return not self._has_shrunk and count >= (self._first or 0)
        return count >= self._longest


class PageBoundary:
    """Where two pages don't join: which slices to request across it, and how far."""

    def __init__(
        self, last: Observation | None, beyond: Observation | None, size: int, length: int | None = None
    ) -> None:
        """:param last: the page that showed the last row read.

        :param beyond: the page that doesn't join; null where rows are missing.
        :param size: rows to look at.
        :param length: the list's length by now, if that is known.
        """
        self.beyond = beyond
        self.requested: Slice | None = None
        #: Pages without a link to what was read before.
        self.unlinked: list[Observation] = []
        self._size = min(LARGEST_PAGE, max(size, _SMALLEST_LOOK))
        self._last_row = last.end - 1 if last is not None else 0
        self._length = (last.page.total if last is not None else None) or 0
        # The last row read is where it was, or as much further on or back as the list grew or shrank since.
        self._drift = length - self._length if self._length and length is not None else 0
        self._first = self._last_row + min(0, self._drift) - self._size // (2 if self._drift else 10)
        self._at = self._first
        self._backward = _LOOKS_BACK
        self._forward = 0 if self._length else _LOOKS_ON
        self._due = True

    @property
    def is_exhausted(self) -> bool:
        """Return whether all slices were requested."""
        return self._backward < 0

    def look_further(self, observation: Observation) -> None:
        """Go on to where the last row may be, then further back, after a page that was not enough."""
        self._due = True
        if self._length and observation.page.total is not None:
            self._drift = max(self._drift, observation.page.total - self._length)
        if self._forward and observation.ids:
            self._forward -= 1
            self._at = max(self._at + 1, observation.end - 1)
            return
        self._at = max(self._at + 1, observation.slice.offset + observation.slice.limit - 1)
        if self._at > self._last_row + max(0, self._drift) or self._backward < _LOOKS_BACK:
            self._forward = 0
            self._backward -= 1
            self._at = self._first - (_LOOKS_BACK - self._backward) * (self._size // 2)

    def next_slice(self, paging: Paging) -> Slice | None:
        """Return the next slice across the boundary; null while one is under way."""
        if not self._due or self.is_exhausted:
            return None
        self._due = False
        start = max(0, self._at)
        if paging.max_offset is not None:
            start = min(start, paging.max_offset)
        self.requested = paging.place_slice(start, self._size)
        return self.requested
