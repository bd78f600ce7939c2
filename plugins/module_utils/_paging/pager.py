# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one list to its end while it changes, and knows whether it got everything.

The pager does no I/O: it says which slices to request, is given the pages, in any order,
and hands on the rows in the order of the list. Why that is complete:

One answer is one look at the list, so rows that are neighbours in an answer had nothing between
them at that moment. Two pages are I(joined) when the later one shows a row of the earlier one
right before its first new row, or when both were taken from a list of the same length and lie
side by side. A chain of joined pages from the list's head to its end has passed every row that
was there all the time, however many came and went. Where two pages don't join, the pager looks
at the boundary again, with a slice across it; where that doesn't help, it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from .._base.task import MAX_RECORDS, SOURCE_LIMIT, TOTAL_CHANGED
from .distinct_rows import DistinctRows, IdSet, Row
from .observation import Observation, PageBoundary, ReportedTotals
from .styles import Page, Paging, Slice

#: No list is followed further than this many pages: a source could go on for ever.
_MOST_PAGES = 100_000
#: So many pages are kept at most while one before them is still under way.
_MOST_UNJOINED = 64
#: So many pages in a row may show nothing new, besides those that the list's growth explains.
_FRUITLESS = 10
#: Below this share of the page requested, a short first page is an accident and not the source's own limit.
_OWN_LIMIT_SHARE = 10


class Pager:
    """One list, from its head to its end."""

    def __init__(
        self,
        paging: Paging,
        size: int,
        identify: Callable[[Row], Hashable],
        slide: Callable[[list[Row]], bool] | None = None,
        cap: int | None = None,
        ids: IdSet | None = None,
    ) -> None:
        """:param size: rows of one request.

        :param identify: what makes a row the same row.
        :param slide: called at the source's largest offset with the rows of the last page: begins the
            list anew from there by another parameter, and returns whether that is possible.
        :param cap: stop after so many rows.
        :param ids: where to remember ids, if not in a set.
        """
        self._paging = paging
        self._size = size
        self._identify = identify
        self._slide = slide
        self._cap = cap
        self._round = 0
        self._rows = DistinctRows(cap, ids)
        self._floors: dict[Slice, int] = {}
        #: Why rows may be missing.
        self.reasons: set[str] = set()
        self.done = False
        #: The length of the list, as the source last reported; null where it didn't.
        self.total: int | None = None
        self.pages_done = 0
        self._begin()

    def _begin(self) -> None:
        self._stride = max(1, self._size - self._paging.overlap)
        self._next = 0
        self._frontier = 0
        self._horizon = 0
        self._unjoined: dict[int, Observation] = {}
        self._last: Observation | None = None
        self._boundary: PageBoundary | None = None
        self._totals = ReportedTotals()
        self._stalled = 0
        self._fruitless = 0

    @property
    def pages_known(self) -> int:
        """How many pages there are, as far as is known."""
        if self.done:
            return self.pages_done
        left = max(0, self._horizon - self._frontier)
        if self._cap is not None:
            left = min(left, self._cap - len(self._rows))
        return max(self.pages_done, self.pages_done + -(-left // self._stride))

    def next_slice(self) -> Slice | None:
        """The next slice to request; null if there is none until another page has come."""
        slice_ = None
        if self.done:
            return None
        if self.pages_done > _MOST_PAGES:
            self.reasons.add(SOURCE_LIMIT)
            self._finish()
            return None
        if self._boundary is not None:
            slice_ = self._boundary.next_slice(self._paging)
            if slice_ is None and self._boundary.beyond is None:
                # Rows are missing here: perhaps the list is shorter than it is said to be.
                return None
        if slice_ is None and self._planned(self._next) and len(self._unjoined) < _MOST_UNJOINED:
            slice_ = self._paging.slice_at(self._next, self._size)
            self._next += self._stride
        if slice_ is None:
            return None
        slice_ = slice_._replace(round=self._round)
        self._floors[slice_] = self._totals.longest
        return slice_

    def _planned(self, offset: int) -> bool:
        """Whether a slice there is still needed."""
        if self._cap is not None and offset >= self._frontier + max(1, self._cap - len(self._rows)):
            return False
        # One that could only repeat the last row is needed if the page before it turns out to be full, and not before.
        behind = 1 if self._paging.counted else self._paging.overlap
        return offset <= max(self._frontier, self._horizon - behind) and not self._beyond(offset)

    def _beyond(self, offset: int) -> bool:
        return self._paging.max_offset is not None and offset > self._paging.max_offset

    def feed(self, slice_: Slice, page: Page) -> None:
        """Take the page that came for a slice."""
        floor = self._floors.pop(slice_, 0)
        if self.done or slice_.round != self._round:
            return
        self.pages_done += 1
        self._totals.add(page.total, floor)
        # A list that was begun anew reports only what is left of it.
        self.total = page.total if self._round == 0 else None
        self._horizon = max(self._horizon, page.total or 0, page.at_least)
        observation = Observation(slice_, page, [self._identify(row) for row in page.rows])
        if self._boundary is not None and self._boundary.requested == slice_._replace(round=0):
            self._repair(self._boundary, observation)
        else:
            self._unjoined[slice_.offset] = observation
            if slice_.offset == 0 and self._last is None:
                self._adapt(observation)
        self._advance()

    def _adapt(self, first: Observation) -> None:
        """Take smaller pages if the source gives no larger ones."""
        count = len(first.ids)
        if not first.is_full and first.page.total is not None and first.end < first.page.total:
            if count * _OWN_LIMIT_SHARE >= first.slice.limit:
                self._size = count
                self._stride = max(1, count - self._paging.overlap)
                self._next = self._stride
                slice_ = first.slice._replace(limit=count)
                self._unjoined[0] = first._replace(slice=slice_)

    def take(self) -> list[Row]:
        """The rows that are settled since the last call."""
        return self._rows.take()

    def _advance(self) -> None:
        while not self.done and self._boundary is None and self._frontier in self._unjoined:
            observation = self._unjoined[self._frontier]
            if self._joins(observation):
                self._accept(self._unjoined.pop(self._frontier))
            else:
                self._boundary = PageBoundary(self._last, observation, self._size, self._totals.latest)

    def _accept(self, observation: Observation) -> None:
        """A page of the plan that joins what was read before."""
        known = self._rows.first_new(observation)
        if observation.is_displaced(self._last, self._paging.overlap, known):
            # Not where it should be, though the list is as long as before: as many rows came as went.
            self.reasons.add(TOTAL_CHANGED)
            observation = observation._replace(is_placed=False)
        newest = self._rows.last_id
        last_page = self._paging.counted and observation.end == observation.page.total and observation.adjoins(self._last)
        self._keep(observation)
        # An older look that shows nothing new doesn't show where the last row read is now.
        if known is not None or newest in observation.ids:
            self._last = observation
            self._stalled = 0
        if self.done or self._runs_in_place(known is not None):
            return
        total = observation.page.total
        if total is not None and observation.ids and observation.end > total:
            # More rows than the list is said to have: its word proves nothing.
            self.reasons.add(TOTAL_CHANGED)
        if last_page:
            self._finish()
        elif observation.is_full:
            self._frontier += self._stride
            self._horizon = max(self._horizon, self._frontier)
            if not self._beyond(self._frontier):
                return
            if total is not None and observation.end >= total:
                self._finish()
            else:
                self._begin_anew(observation)
        elif total is None and observation.ids:
            # Without a total only an empty page is the end.
            self._frontier = observation.end if self._paging.overlap else self._frontier + self._stride
            self._next = self._horizon = self._frontier
        elif total is None or observation.end >= total:
            self._finish()
        else:
            # A page that came short: what it left out is read before going on.
            self._frontier += self._stride
            self._boundary = PageBoundary(self._last, None, self._size)

    def _runs_in_place(self, progress: bool) -> bool:
        """Whether the source shows the same rows over and over: more pages of them than the list has grown by."""
        self._fruitless = 0 if progress else self._fruitless + 1
        if self._round == 0 and self._fruitless > self._totals.growth // self._stride + _FRUITLESS:
            self.reasons.add(TOTAL_CHANGED)
            self._finish()
        return self.done

    def _begin_anew(self, observation: Observation) -> None:
        if self._slide is not None and self._slide(observation.page.rows):
            self._round += 1
            self._begin()
        else:
            self.reasons.add(SOURCE_LIMIT)
            self._finish()

    def _joins(self, observation: Observation) -> bool:
        if not observation.ids:
            # The end, if the list has not changed; else it has to be looked for. Too few rows join anywhere.
            return observation.adjoins(self._last) or not observation.is_consistent or self._last is None
        new = self._rows.first_new(observation)
        if new is None or self._last is None and self._round == 0:
            return True
        if new > 0:
            return self._rows.is_after_recent(observation, new)
        return observation.adjoins(self._last) and self._rows.has_none_of(observation)

    def _repair(self, boundary: PageBoundary, observation: Observation) -> None:
        """Take another look at a boundary."""
        linked = self._rows.extends(observation)
        known = self._rows.has_all_of(observation)
        if linked:
            self._keep(observation)
            self._last = observation
            self._stalled = 0
        if self.done:
            return
        if observation.end == observation.page.total and (linked or known):
            self._finish()
        elif self._is_closed(boundary, linked):
            self._boundary = None
        elif linked:
            # The chain has grown, but not yet up to the page beyond.
            self._boundary = PageBoundary(observation, boundary.beyond, self._size)
        else:
            boundary.unlinked.append(observation)
            boundary.look_further(observation)
            if boundary.is_exhausted:
                self._skip(boundary)

    def _is_closed(self, boundary: PageBoundary, linked: bool) -> bool:
        if boundary.beyond is not None:
            return self._joins(boundary.beyond)
        return linked and self._frontier <= self._horizon

    def _skip(self, boundary: PageBoundary) -> None:
        """Go on without proof, with all rows that were seen, and say so."""
        self.reasons.add(TOTAL_CHANGED)
        self._boundary = None
        self._stalled += 1
        for observation in boundary.unlinked:
            if not self.done:
                self._keep(observation)
        if self.done:
            return
        if self._stalled > 2 or self._frontier > self._horizon:
            self._finish()
        elif boundary.beyond is not None:
            self._accept(self._unjoined.pop(self._frontier))

    def _keep(self, observation: Observation) -> None:
        self._rows.add(observation)
        if self._rows.is_full:
            if self._round or observation.page.total is None or self._totals.longest > len(self._rows):
                self.reasons.add(MAX_RECORDS)
            self.done = True

    def _finish(self) -> None:
        # Pages beyond the end were requested ahead; what they hold was there, too.
        for offset in sorted(self._unjoined):
            if not self.done:
                self._keep(self._unjoined[offset])
        self._unjoined.clear()
        fits = self._totals.are_met_by(self._rows.positions)
        if self._round == 0 and SOURCE_LIMIT not in self.reasons and not fits:
            self.reasons.add(TOTAL_CHANGED)
        self.done = True
