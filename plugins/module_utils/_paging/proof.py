# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide whether the rows that were read are all that a source counted, and whether another reading could show it.

A list that grows at its head while it is read holds all that was there at first. Where the end of its window
is fixed, new rows are rows of that window: a replica that lags behind, or a row that was written late. Such a
list is read again from its first page.
"""

from __future__ import annotations

from .observation import ReportedTotals

#: So many times a list whose totals differ is read again.
_LOOKS_AGAIN = 2


class Proof:
    """What the readings of one list prove, one after the other."""

    def __init__(self, is_pinned: bool) -> None:
        """:param is_pinned: whether the end of the list's window is fixed, so that it has to hold all that was counted at last."""
        self._is_pinned = is_pinned
        self._looks_left = _LOOKS_AGAIN if is_pinned else 0
        #: Whether pages of this reading did not join, or a total cannot be true.
        self.is_doubtful = False
        #: Whether nothing but rows that were counted later is missing from the readings before this one.
        self._lacks_only_new = False
        self._longest = 0

    def shows_all(self, totals: ReportedTotals, in_reading: int, in_all: int) -> bool:
        """Return whether a reading that came to its end holds every row.

        :param in_reading: how many different rows it showed.
        :param in_all: how many different rows all readings showed.
        """
        if self.is_doubtful or not totals.are_reached_by(in_reading, self._is_pinned):
            return False
        return not self._is_pinned or in_all >= self._longest

    def look_again(self, totals: ReportedTotals) -> bool:
        """Begin to judge another reading, after one that does not hold every row; return whether there is to be one."""
        if not self._looks_left or not (totals.has_differed or self._longest):
            return False
        is_first = not self._longest
        self._looks_left -= 1
        self._longest = max(self._longest, totals.longest)
        self._lacks_only_new = (is_first or self._lacks_only_new) and not self.is_doubtful and not totals.has_shrunk
        self.is_doubtful = False
        return True

    def is_complete_with(self, total: int | None, totals: ReportedTotals, in_all: int) -> bool:
        """Return whether a page of another reading shows that nothing is missing any more: the rest of it need not be read."""
        if total is None or not self._lacks_only_new or self.is_doubtful or totals.has_shrunk:
            return False
        return in_all >= total >= max(self._longest, totals.longest)
