# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count the memory of large pages that were read and not yet handed on: large pages are not read ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .._http.body import MAX_KEPT
from .._paging.styles import Slice


class PageWeights:
    """The pages of one fetch; those of the usual size weigh nothing."""

    def __init__(self, forget: Callable[[int], None]) -> None:
        """Begin without a page.

        :param forget: called with the weight of pages that were handed on.
        """
        self._forget = forget
        self._pages: list[tuple[Any, Slice, int]] = []
        self._heaviest = 0
        #: Whether whoever reads the pages keeps them.
        self.are_kept = False

    def add(self, listing: Any, slice_: Slice, weight: int) -> None:
        """Add a page that was read."""
        if weight:
            self._heaviest = max(self._heaviest, weight)
            self._pages.append((listing, slice_, weight))

    def hand_on(self, listing: Any, missing: Iterable[Slice]) -> None:
        """Forget the pages of a listing that were handed on, as far as none before them is missing."""
        if not self._pages or self.are_kept:
            return
        first_missing = min((slice_[2:] + slice_[:1] for slice_ in missing), default=None)
        remaining = []
        for page in self._pages:
            of, slice_, weight = page
            if of is listing and (first_missing is None or slice_[2:] + slice_[:1] < first_missing):
                self._forget(weight)
            else:
                remaining.append(page)
        self._pages = remaining

    def room(self, under_way: int) -> int | None:
        """Return how many more requests may be sent; null for any number. One always may, if none is under way."""
        if not self._heaviest:
            return None
        return max(MAX_KEPT // (2 * self._heaviest) - len(self._pages) - under_way, 0 if under_way else 1)
