# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan which slices of a list to request, as far as its length is known."""

from __future__ import annotations

from .styles import Paging, Slice


class Plan:
    """The slices from the head of a list to where it is known to reach."""

    def __init__(self, paging: Paging, size: int) -> None:
        """:param size: rows of one request."""
        self._paging = paging
        self.size = size
        self.stride = max(1, size - paging.overlap)
        #: The offset of the page that is to be joined next.
        self.frontier = 0
        #: How far the list reaches, as far as is known.
        self.horizon = 0
        self._next = 0

    def next_slice(self, room: int | None) -> Slice | None:
        """Plan the next slice; null if none is needed as far as is known.

        :param room: how many more rows may be kept; null for any number.
        """
        if room is not None and self._next >= self.frontier + max(1, room):
            return None
        # One that could only repeat the last row is needed if the page before it turns out to be full, and not before.
        behind = 1 if self._paging.counted else self._paging.overlap
        if self._next > max(self.frontier, self.horizon - behind) or self._is_refused(self._next):
            return None
        planned = self._paging.place_slice(self._next, self.size)
        self._next += self.stride
        return planned

    @property
    def is_at_limit(self) -> bool:
        """Return whether the source accepts no offset as large as the next one."""
        return self._is_refused(self.frontier)

    @property
    def is_at_horizon(self) -> bool:
        """Return whether no row is known behind those that were read."""
        return self.frontier > self.horizon

    def reach(self, length: int) -> None:
        """Take note that the list is at least so long."""
        self.horizon = max(self.horizon, length)

    def use_pages_of(self, size: int) -> None:
        """Request smaller pages from the second on: the source gives no larger ones."""
        self.size = size
        self.stride = max(1, size - self._paging.overlap)
        self._next = self.stride

    def go_on(self) -> None:
        """Go on to the next page."""
        self.frontier += self.stride

    def resume(self, end: int) -> None:
        """Go on behind rows that were read by other slices, in a list of unknown length."""
        overlap = self.size - self.stride
        self.frontier = end - overlap if overlap else end - end % self.stride
        self._next = self.horizon = self.frontier

    def count_pages_left(self, room: int | None) -> int:
        """Return how many pages are left, as far as it is known."""
        left = max(0, self.horizon - self.frontier)
        if room is not None:
            left = min(left, room)
        return -(-left // self.stride)

    def _is_refused(self, offset: int) -> bool:
        return self._paging.max_offset is not None and offset > self._paging.max_offset
