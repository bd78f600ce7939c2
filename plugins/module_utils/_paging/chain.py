# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof that no row was missed: pages of a list that join each other, from its head to the last row read.

One answer shows the list at one moment, so rows that are neighbours in an answer had nothing between
them at that moment. Two pages I(join) when the later one shows a row of the earlier one right before
its first new row, or when both were taken from a list of the same known length and lie side by side.
A chain of joined pages from the list's head to its end has passed every row that was there all the
time, however many came and went. Two unknown lengths are not the same length.
"""

from __future__ import annotations

from .distinct_rows import DistinctRows
from .observation import Observation, ReportedTotals


class Chain:
    """Pages that join each other."""

    def __init__(self, rows: DistinctRows, is_anew: bool) -> None:
        """:param rows: what was read of the list so far.

        :param is_anew: whether the list was begun anew, so that its head has to join those rows, too.
        """
        self.totals = ReportedTotals()
        #: The page that shows the last row read.
        self.last: Observation | None = None
        self._rows = rows
        self._is_anew = is_anew

    def joins(self, observation: Observation) -> bool:
        """Return whether a page joins what was read before."""
        if not observation.ids:
            # The end, if the list has not changed; else it has to be looked for. Too few rows join anywhere.
            return observation.adjoins(self.last) or not observation.is_consistent or self.last is None
        new = self._rows.find_first_new(observation)
        if new is None or self.last is None and not self._is_anew:
            return True
        if new > 0:
            return self._rows.is_after_recent(observation, new)
        return observation.adjoins(self.last) and self._rows.has_none_of(observation)

    def shows_last_row(self, observation: Observation) -> bool:
        """Return whether the last row read is in a page."""
        return self.last is not None and bool(self.last.ids) and self.last.ids[-1] in observation.ids

    def ends_with(self, observation: Observation, before: Observation | None) -> bool:
        """Return whether a page shows that nothing comes behind the last row read.

        A page of a list that was reported longer elsewhere does not, nor one that shows only the end of something else.

        :param before: the page before this one.
        """
        total = observation.page.total
        if total is None:
            is_last = not observation.is_full and observation.end >= observation.page.at_least
        else:
            is_last = observation.end == total and self.totals.is_latest(total)
        if not observation.ids:
            return is_last and (before is None or observation.adjoins(before))
        return is_last and self.shows_last_row(observation)
