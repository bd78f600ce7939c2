# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source told of a list's length while it was read."""

from __future__ import annotations


class Lengths:
    """The lengths of one list, as they were told one after the other."""

    def __init__(self) -> None:
        self.latest: int | None = None
        self.longest = 0
        self._first: int | None = None
        self._shrunk = False

    def told(self, length: int | None, floor: int) -> None:
        """Take a length; null if the source told none.

        :param floor: the longest that was known when the request began. Requests overtake each other:
            only one that began after another ended can tell that the list shrank.
        """
        self.latest = length
        if length is not None:
            self._first = length if self._first is None else self._first
            self._shrunk = self._shrunk or length < floor
            self.longest = max(self.longest, length)

    @property
    def growth(self) -> int:
        """By how many rows the list is known to have grown."""
        return self.longest - (self._first or 0)

    def fits(self, count: int) -> bool:
        """Whether so many different rows can be all that were there.

        Rows may have gone before they were read; where others came, too, that can't be told from a full count.
        """
        return not self._shrunk if self.growth else count >= self.longest
