# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an API counts its pages: which stretch of a list one request can ask for, and with which parameters."""

from __future__ import annotations

from typing import Any, NamedTuple

#: No documented limit of any source is above this.
LARGEST_PAGE = 100


class Window(NamedTuple):
    """A stretch of a list: C(limit) rows after skipping C(offset). C(round) counts how often the list was begun anew."""

    offset: int
    limit: int
    round: int = 0


class Page(NamedTuple):
    """What a source answered for a window.

    C(total) is the number of rows in the whole list at that moment, null if the source didn't tell;
    C(at_least) is what it told when it only counts so far.
    """

    rows: list[dict[str, Any]]
    total: int | None = None
    at_least: int = 0


class Paging:
    """How one API counts."""

    #: By how many rows neighbouring pages overlap.
    overlap = 0
    #: Whether the total is the length of the list by the source's document, so that a full page may be the last one.
    #: It is believed only if the page before told the same.
    counted = False
    #: The largest offset that the source accepts.
    max_offset: int | None = None

    def window(self, start: int, size: int) -> Window:
        """The window that begins at C(start) or as little before it as possible."""
        raise NotImplementedError

    def params(self, window: Window) -> dict[str, int]:
        """The parameters that ask for a window."""
        raise NotImplementedError


class OffsetLimit(Paging):
    """Rows to skip, and rows to return."""

    #: Each page begins with the last row of the one before, so that every seam is seen in one answer.
    overlap = 1

    def __init__(self, offset: str = "offset", limit: str = "limit", max_offset: int | None = None) -> None:
        self._offset = offset
        self._limit = limit
        self.max_offset = max_offset

    def window(self, start: int, size: int) -> Window:
        return Window(start, size)

    def params(self, window: Window) -> dict[str, int]:
        return {self._offset: window.offset, self._limit: window.limit}


class SideBySide(OffsetLimit):
    """The same without overlap, and without a look behind the end: for a list of things that rarely come and go.

    Where a row went while another came, between two pages, only a later look at each row tells: the caller's.
    """

    overlap = 0
    counted = True


class PageNumber(Paging):
    """Pages of a size, counted from 1: they can't overlap."""

    def __init__(self, number: str, size: str) -> None:
        self._number = number
        self._size = size

    def window(self, start: int, size: int) -> Window:
        # A page can begin in the middle of another only if it has another size.
        fitting = min(range(size // 2 + 1, size + 1), key=lambda each: (start % each, -each))
        return Window(start - start % fitting, fitting)

    def params(self, window: Window) -> dict[str, int]:
        return {self._number: window.offset // window.limit + 1, self._size: window.limit}
