# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at a list: a page that came, and the windows to look through where two pages don't join."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from .styles import LARGEST_PAGE, Page, Paging, Window

#: Rows to look at across a seam, at least: a page of one row has no neighbours.
_SMALLEST_LOOK = 50
#: How many more windows to look through, each half a window further back, where the likely ones don't help.
_LOOKS_BACK = 4


class Sight(NamedTuple):
    """One look at the list: a page that came, and where from."""

    window: Window
    page: Page
    ids: list[Hashable]
    #: Whether the window's offset can be believed.
    placed: bool = True

    @property
    def end(self) -> int:
        return self.window.offset + len(self.ids)

    @property
    def full(self) -> bool:
        return len(self.ids) >= self.window.limit

    @property
    def coherent(self) -> bool:
        """Whether as many rows came as the list's length, told in the same answer, promises."""
        total = self.page.total
        if total is None:
            return self.full
        return len(self.ids) == min(self.window.limit, max(0, total - self.window.offset))

    def beside(self, last: Sight | None) -> bool:
        """Whether this look and the one before were at a list of one length, side by side."""
        return (
            last is not None and last.end == self.window.offset and last.page.total == self.page.total
            and last.placed and last.coherent and (self.coherent or self.page.total is None)
        )

    def displaced(self, last: Sight | None, overlap: int, fresh: int | None) -> bool:
        """Whether it doesn't begin where the one before it ended, though the list is as long as before.

        :param fresh: the place of the first row that is not known yet.
        """
        if last is None or not self.ids or last.page.total != self.page.total:
            return False
        if last.end - overlap != self.window.offset:
            return False
        return self.ids[0] != last.ids[-1] if overlap else fresh != 0


class Seam:
    """Where two pages don't join: which windows to look through, and how far."""

    def __init__(self, last: Sight | None, beyond: Sight | None, size: int, length: int | None = None) -> None:
        """:param last: the look that showed the last row read.

        :param beyond: the look that doesn't join; null where rows are missing.
        :param size: rows to look at.
        :param length: the list's length by now, if that is known.
        """
        self.beyond = beyond
        self.asked: Window | None = None
        #: What was seen without a link to what was read before.
        self.unlinked: list[Sight] = []
        self._size = min(LARGEST_PAGE, max(size, _SMALLEST_LOOK))
        self._last_row = last.end - 1 if last is not None else 0
        self._length = (last.page.total if last is not None else None) or 0
        # The last row read is where it was, or as much further on or back as the list grew or shrank since.
        self._drift = length - self._length if self._length and length is not None else 0
        self._first = self._last_row + min(0, self._drift) - self._size // (2 if self._drift else 10)
        self._at = self._first
        self._backward = _LOOKS_BACK
        self._due = True

    @property
    def exhausted(self) -> bool:
        """Whether all windows were looked through."""
        return self._backward < 0

    def again(self, sight: Sight) -> None:
        """The last look was not enough: go on to where the last row may be, then further back."""
        self._due = True
        if self._length and sight.page.total is not None:
            self._drift = max(self._drift, sight.page.total - self._length)
        self._at = max(self._at + 1, sight.window.offset + sight.window.limit - 1)
        if self._at > self._last_row + max(0, self._drift) or self._backward < _LOOKS_BACK:
            self._backward -= 1
            self._at = self._first - (_LOOKS_BACK - self._backward) * (self._size // 2)

    def look(self, paging: Paging) -> Window | None:
        """The next window across the seam; null while one is under way."""
        if not self._due or self.exhausted:
            return None
        self._due = False
        start = max(0, self._at)
        if paging.max_offset is not None:
            start = min(start, paging.max_offset)
        self.asked = paging.window(start, self._size)
        return self.asked
