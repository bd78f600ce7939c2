# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read one list to its end while it changes, and decide whether it is complete.

The pager does no I/O: it says which slices to request, is given the pages, in any order,
and hands on the rows in the order of the list. Why that is complete: see chain.py. Where two
pages don't join, or the end is not shown, the pager looks at that place again, with a slice
across it; where that doesn't help, it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from .._base.task import MAX_RECORDS, SOURCE_LIMIT, TOTAL_CHANGED
from .chain import Chain
from .distinct_rows import DistinctRows, IdSet, Row
from .observation import Bounds, Observation, PageBoundary
from .plan import Plan
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
        keeps: Callable[[Row], bool] | None = None,
    ) -> None:
        """:param size: rows of one request.

        :param identify: what makes a row the same row.
        :param slide: called at the source's largest offset with the rows of the last page: begins the
            list anew from there by another parameter, and returns whether that is possible.
        :param cap: stop after so many rows.
        :param ids: where to remember ids, if not in a set.
        :param keeps: whether a row is wanted; others don't count towards the cap.
        """
        self._paging = paging
        self._size = size
        self._identify = identify
        self._slide = slide
        self._cap = cap
        self._round = 0
        self._rows = DistinctRows(cap, ids, keeps)
        self._bounds: dict[Slice, Bounds | None] = {}
        #: Why rows may be missing.
        self.reasons: set[str] = set()
        self.done = False
        #: The length of the list, as the source last reported; null where it didn't.
        self.total: int | None = None
        self.pages_done = 0
        self._begin()

    def _begin(self) -> None:
        self._plan = Plan(self._paging, self._size)
        self._chain = Chain(self._rows, self._round > 0)
        self._totals = self._chain.totals
        self._unjoined: dict[int, Observation] = {}
        self._boundary: PageBoundary | None = None
        self._stalled = 0
        self._fruitless = 0
        #: How far looks across page boundaries have read: a page up to there shows nothing new, and need not.
        self._repaired_to = 0

    @property
    def pages_known(self) -> int:
        """Return the number of pages, as far as it is known."""
        return self.pages_done + (0 if self.done else self._plan.count_pages_left(self._room))

    @property
    def rows_read(self) -> int:
        """Return the number of different rows that the source has shown."""
        return len(self._rows)

    @property
    def _room(self) -> int | None:
        """Return how many more rows may be kept; null for any number."""
        return None if self._cap is None else self._cap - self._rows.kept

    def next_slice(self) -> Slice | None:
        """Return the next slice to request; null if there is none until another page has arrived."""
        if self.done:
            return None
        if self.pages_done > _MOST_PAGES:
            self.reasons.add(SOURCE_LIMIT)
            self._finish()
            return None
        needed = None
        if self._boundary is not None:
            needed = self._boundary.next_slice(self._paging)
            if needed is None and self._boundary.beyond is None:
                # Rows are missing here: perhaps the list is shorter than it is said to be.
                return None
        if needed is None and len(self._unjoined) < _MOST_UNJOINED:
            needed = self._plan.next_slice(self._room)
        if needed is None:
            return None
        needed = needed._replace(round=self._round)
        self._bounds[needed] = self._totals.bounds
        return needed

    def feed(self, requested: Slice, page: Page) -> None:
        """Take the page that came for a slice."""
        bounds = self._bounds.pop(requested, None)
        if self.done or requested.round != self._round:
            return
        self.pages_done += 1
        self._totals.add(page.total, bounds)
        # A list that was begun anew reports only what is left of it.
        self.total = page.total if self._round == 0 else None
        self._plan.reach(page.length)
        observation = Observation(requested, page, [self._identify(row) for row in page.rows])
        if self._boundary is not None and self._boundary.requested == requested._replace(round=0):
            self._repair(self._boundary, observation)
        else:
            if requested.offset == 0 and self._chain.last is None:
                observation = self._adapt(observation)
            self._unjoined[requested.offset] = observation
        self._advance()

    def _adapt(self, first: Observation) -> Observation:
        """Adapt to the size of the first page: smaller ones are requested from then on if the source returns no larger ones."""
        count = len(first.ids)
        if first.is_full or count >= first.page.length or count * _OWN_LIMIT_SHARE < first.slice.limit:
            return first
        self._size = count
        self._plan.use_pages_of(count)
        return first._replace(slice=first.slice._replace(limit=count))

    def take(self) -> list[Row]:
        """Return the rows that are settled since the last call."""
        return self._rows.take()

    def _advance(self) -> None:
        while not self.done and self._boundary is None and self._plan.frontier in self._unjoined:
            observation = self._unjoined[self._plan.frontier]
            if self._chain.joins(observation):
                self._accept(self._unjoined.pop(self._plan.frontier))
            else:
                self._boundary = PageBoundary(self._chain.last, observation, self._plan.size, self._totals.latest)
        if not self.done and self._boundary is None and self._plan.is_at_limit:
            self._begin_anew()

    def _accept(self, observation: Observation) -> None:
        """Take a page of the plan that joins what was read before."""
        chain = self._chain
        before = chain.last
        new = self._rows.find_first_new(observation)
        if observation.is_displaced(before, self._paging.overlap, new):
            # Not where it should be, though the list is as long as before: as many rows came as went.
            self.reasons.add(TOTAL_CHANGED)
            observation = observation._replace(is_placed=False)
        total = observation.page.total
        self._keep(observation)
        # An older page that shows nothing new doesn't show where the last row read is now.
        if new is not None or chain.shows_last_row(observation):
            chain.last = observation
            self._stalled = 0
        if self.done or self._runs_in_place(new is not None or observation.end <= self._repaired_to):
            return
        if total is not None and observation.ids and observation.end > total:
            # More rows than the list is said to have: its word proves nothing.
            self.reasons.add(TOTAL_CHANGED)
        ends = total is not None and (
            chain.ends_with(observation, before) or TOTAL_CHANGED in self.reasons and observation.end >= total
        )
        # A full page may have more behind it, whatever the total, but where the total is believed.
        is_counted_end = self._paging.counted and observation.adjoins(before)
        self._plan.go_on()
        if ends and (not observation.is_full or is_counted_end or self._plan.is_at_limit):
            self._finish()
        elif observation.is_full:
            self._plan.reach(self._plan.frontier)
        else:
            # It came short, or there is no total: what comes behind the last row is looked at again.
            self._boundary = PageBoundary(chain.last, None, self._plan.size)

    def _runs_in_place(self, progress: bool) -> bool:
        """Return whether the source shows the same rows over and over: more pages of them than the list has grown by."""
        self._fruitless = 0 if progress else self._fruitless + 1
        if self._round == 0 and self._fruitless > self._totals.growth // self._plan.stride + _FRUITLESS:
            self.reasons.add(TOTAL_CHANGED)
            self._finish()
        return self.done

    def _begin_anew(self) -> None:
        """Begin the list anew where the source accepts no larger offset."""
        last = self._chain.last
        if self._slide is not None and last is not None and self._slide(last.page.rows):
            self._round += 1
            self._begin()
        else:
            self.reasons.add(SOURCE_LIMIT)
            self._finish()

    def _repair(self, boundary: PageBoundary, observation: Observation) -> None:
        """Take another look at a page boundary."""
        is_linked = self._rows.extends(observation)
        is_known = self._rows.has_all_of(observation)
        if is_linked:
            self._keep(observation)
            self._chain.last = observation
            self._stalled = 0
            self._repaired_to = max(self._repaired_to, observation.end)
        if self.done:
            return
        if self._chain.ends_with(observation, self._chain.last):
            self._finish()
        elif is_linked and self._is_past(boundary, observation):
            # Where no length is known, nothing was requested ahead.
            self._unjoined.clear()
            self._plan.resume(observation.end)
            self._boundary = None
        elif self._is_closed(boundary, is_linked):
            self._boundary = None
        elif is_linked:
            # The chain has grown, but not yet up to the page beyond.
            self._boundary = PageBoundary(observation, boundary.beyond, self._plan.size)
        elif is_known and observation.end == observation.page.total and not self._totals.is_latest(observation.end):
            # The end of a list that has grown since: once more.
            self._boundary = PageBoundary(self._chain.last, boundary.beyond, self._plan.size)
        else:
            boundary.unlinked.append(observation)
            boundary.look_further(observation)
            if boundary.is_exhausted:
                self._skip(boundary)

    def _is_past(self, boundary: PageBoundary, observation: Observation) -> bool:
        """Return whether a page of a list of unknown length shows more than the plan has come to."""
        if observation.page.length:
            return False
        return boundary.beyond is None or observation.end > self._plan.frontier + self._plan.stride

    def _is_closed(self, boundary: PageBoundary, is_linked: bool) -> bool:
        if boundary.beyond is not None:
            return self._chain.joins(boundary.beyond)
        return is_linked and not self._plan.is_at_horizon

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
        if self._stalled > 2 or self._plan.is_at_horizon:
            self._finish()
        elif boundary.beyond is not None:
            self._accept(self._unjoined.pop(self._plan.frontier))

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
        fits = self._totals.are_reached_by(self._rows.positions)
        if self._round == 0 and SOURCE_LIMIT not in self.reasons and not fits:
            self.reasons.add(TOTAL_CHANGED)
        self.done = True
