# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The styles of paging: which slice of a list one request returns, and its parameters."""

from __future__ import annotations

from typing import Any, NamedTuple

#: No documented limit of any source is above this.
LARGEST_PAGE = 100


class Slice(NamedTuple):
    """A part of a list: C(limit) rows after skipping C(offset). C(round) counts how often the list was begun anew."""

    offset: int
    limit: int
    round: int = 0


class Page(NamedTuple):
    """What a source answered for a slice.

    C(total) is the number of rows in the whole list at that moment, null if the source reported none;
    C(at_least) is its total where it only counts so far.
    """

    rows: list[dict[str, Any]]
    total: int | None = None
    at_least: int = 0

    @property
    def length(self) -> int:
        """Return the least length of the list, as far as the source shows it."""
        return self.at_least if self.total is None else self.total


class Paging:
    """How one API counts."""

    #: By how many rows neighbouring pages overlap.
    overlap = 0
    #: Whether the total is the length of the list by the source's document, so that a full page may be the last one.
    #: It is believed only if the page before reported the same.
    counted = False
    #: The largest offset that the source accepts.
    max_offset: int | None = None

    def place_slice(self, start: int, size: int) -> Slice:
        """Return the slice that begins at C(start) or as little before it as possible."""
        raise NotImplementedError

    def params(self, slice_: Slice) -> dict[str, int]:
        """Return the parameters of the request for a slice."""
        raise NotImplementedError


class OffsetLimit(Paging):
    """Rows to skip, and rows to return."""

    #: Each page begins with the last row of the one before, so that every page boundary is inside one answer.
    overlap = 1

    def __init__(self, offset: str = "offset", limit: str = "limit", max_offset: int | None = None) -> None:
        self._offset = offset
        self._limit = limit
        self.max_offset = max_offset

    def place_slice(self, start: int, size: int) -> Slice:
        return Slice(start, size)

    def params(self, slice_: Slice) -> dict[str, int]:
        return {self._offset: slice_.offset, self._limit: slice_.limit}


class SideBySide(OffsetLimit):
    """The same without overlap, and without a look behind the end: for a list of things that rarely come and go.

    Where a row went while another came, between two pages, only a later look at each row shows: the caller's.
    """

    overlap = 0
    counted = True


class PageNumber(Paging):
    """Pages of a size, counted from 1: they can't overlap."""

    def __init__(self, number: str, size: str) -> None:
        self._number = number
        self._size = size

    def place_slice(self, start: int, size: int) -> Slice:
        # A page can begin in the middle of another only if it has another size.
        fitting = min(range(size // 2 + 1, size + 1), key=lambda each: (start % each, -each))
        return Slice(start - start % fitting, fitting)

    def params(self, slice_: Slice) -> dict[str, int]:
        return {self._number: slice_.offset // slice_.limit + 1, self._size: slice_.limit}
