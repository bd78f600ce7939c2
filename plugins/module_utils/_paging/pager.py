# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one list to its end while it changes, and knows whether it got everything.

The pager does no I/O: it says which windows to ask for, is given the pages, in any order,
and hands on the rows in the order of the list. Why that is complete:

One answer is one look at the list, so rows that are neighbours in an answer had nothing between
them at that moment. Two pages are I(joined) when the later one shows a row of the earlier one
right before its first new row, or when both were taken from a list of the same length and lie
side by side. A chain of joined pages from the list's head to its end has passed every row that
was there all the time, however many came and went. Where two pages don't join, the pager looks
at the seam again, with a window across it; where that doesn't help, it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from .._base.task import MAX_RECORDS, SOURCE_LIMIT, TOTAL_CHANGED
from .distinct_rows import Gathered, Row, Seen
from .lengths import Lengths
from .observation import Seam, Sight
from .styles import Page, Paging, Window

#: No list is followed further than this many pages: a source could go on for ever.
_MOST_PAGES = 100_000
#: So many pages are kept at most while one before them is still under way.
_MOST_UNJOINED = 64
#: So many pages in a row may show nothing new, besides those that the list's growth explains.
_FRUITLESS = 10
#: Below this share of the page asked for, a short first page is an accident and not the source's own limit.
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
        seen: Seen | None = None,
    ) -> None:
        """:param size: rows to ask for at once.

        :param identify: what makes a row the same row.
        :param slide: called at the source's largest offset with the rows of the last page: begins the
            list anew from there by another parameter, and returns whether that is possible.
        :param cap: stop after so many rows.
        :param seen: where to remember ids, if not in a set.
        """
        self._paging = paging
        self._size = size
        self._identify = identify
        self._slide = slide
        self._cap = cap
        self._round = 0
        self._rows = Gathered(cap, seen)
        self._floors: dict[Window, int] = {}
        #: Why rows may be missing.
        self.reasons: set[str] = set()
        self.done = False
        #: The length of the list, as the source last told; null where it didn't.
        self.total: int | None = None
        self.pages_done = 0
        self._begin()

    def _begin(self) -> None:
        self._stride = max(1, self._size - self._paging.overlap)
        self._next = 0
        self._frontier = 0
        self._horizon = 0
        self._sights: dict[int, Sight] = {}
        self._last: Sight | None = None
        self._seam: Seam | None = None
        self._lengths = Lengths()
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

    def wanted(self) -> Window | None:
        """The next window to ask for; null if there is none until another page has come."""
        window = None
        if self.done:
            return None
        if self.pages_done > _MOST_PAGES:
            self.reasons.add(SOURCE_LIMIT)
            self._finish()
            return None
        if self._seam is not None:
            window = self._seam.look(self._paging)
            if window is None and self._seam.beyond is None:
                # Rows are missing here: perhaps the list is shorter than it is said to be.
                return None
        if window is None and self._planned(self._next) and len(self._sights) < _MOST_UNJOINED:
            window = self._paging.window(self._next, self._size)
            self._next += self._stride
        if window is None:
            return None
        window = window._replace(round=self._round)
        self._floors[window] = self._lengths.longest
        return window

    def _planned(self, offset: int) -> bool:
        """Whether a window there is still needed."""
        if self._cap is not None and offset >= self._frontier + max(1, self._cap - len(self._rows)):
            return False
        # One that could only repeat the last row is needed if the page before it turns out to be full, and not before.
        behind = 1 if self._paging.counted else self._paging.overlap
        return offset <= max(self._frontier, self._horizon - behind) and not self._beyond(offset)

    def _beyond(self, offset: int) -> bool:
        return self._paging.max_offset is not None and offset > self._paging.max_offset

    def feed(self, window: Window, page: Page) -> None:
        """Take the page that came for a window."""
        floor = self._floors.pop(window, 0)
        if self.done or window.round != self._round:
            return
        self.pages_done += 1
        self._lengths.told(page.total, floor)
        # A list that was begun anew tells only what is left of it.
        self.total = page.total if self._round == 0 else None
        self._horizon = max(self._horizon, page.total or 0, page.at_least)
        sight = Sight(window, page, [self._identify(row) for row in page.rows])
        if self._seam is not None and self._seam.asked == window._replace(round=0):
            self._mend(self._seam, sight)
        else:
            self._sights[window.offset] = sight
            if window.offset == 0 and self._last is None:
                self._adapt(sight)
        self._advance()

    def _adapt(self, first: Sight) -> None:
        """Take smaller pages if the source gives no larger ones."""
        count = len(first.ids)
        if not first.full and first.page.total is not None and first.end < first.page.total:
            if count * _OWN_LIMIT_SHARE >= first.window.limit:
                self._size = count
                self._stride = max(1, count - self._paging.overlap)
                self._next = self._stride
                window = first.window._replace(limit=count)
                self._sights[0] = first._replace(window=window)

    def take(self) -> list[Row]:
        """The rows that are settled since the last call."""
        return self._rows.take()

    def _advance(self) -> None:
        while not self.done and self._seam is None and self._frontier in self._sights:
            sight = self._sights[self._frontier]
            if self._joined(sight):
                self._accept(self._sights.pop(self._frontier))
            else:
                self._seam = Seam(self._last, sight, self._size, self._lengths.latest)

    def _accept(self, sight: Sight) -> None:
        """A page of the plan that joins what was read before."""
        known = self._rows.first_fresh(sight)
        if sight.displaced(self._last, self._paging.overlap, known):
            # Not where it should be, though the list is as long as before: as many rows came as went.
            self.reasons.add(TOTAL_CHANGED)
            sight = sight._replace(placed=False)
        newest = self._rows.newest
        last_page = self._paging.counted and sight.end == sight.page.total and sight.beside(self._last)
        self._settle(sight)
        # An older look that shows nothing new doesn't tell where the last row read is now.
        if known is not None or newest in sight.ids:
            self._last = sight
            self._stalled = 0
        if self.done or self._runs_in_place(known is not None):
            return
        total = sight.page.total
        if total is not None and sight.ids and sight.end > total:
            # More rows than the list is said to have: its word proves nothing.
            self.reasons.add(TOTAL_CHANGED)
        if last_page:
            self._finish()
        elif sight.full:
            self._frontier += self._stride
            self._horizon = max(self._horizon, self._frontier)
            if not self._beyond(self._frontier):
                return
            if total is not None and sight.end >= total:
                self._finish()
            else:
                self._begin_anew(sight)
        elif total is None and sight.ids:
            # Without a total only an empty page is the end.
            self._frontier = sight.end if self._paging.overlap else self._frontier + self._stride
            self._next = self._horizon = self._frontier
        elif total is None or sight.end >= total:
            self._finish()
        else:
            # A page that came short: what it left out is looked for before going on.
            self._frontier += self._stride
            self._seam = Seam(self._last, None, self._size)

    def _runs_in_place(self, progress: bool) -> bool:
        """Whether the source shows the same rows over and over: more pages of them than the list has grown by."""
        self._fruitless = 0 if progress else self._fruitless + 1
        if self._round == 0 and self._fruitless > self._lengths.growth // self._stride + _FRUITLESS:
            self.reasons.add(TOTAL_CHANGED)
            self._finish()
        return self.done

    def _begin_anew(self, sight: Sight) -> None:
        if self._slide is not None and self._slide(sight.page.rows):
            self._round += 1
            self._begin()
        else:
            self.reasons.add(SOURCE_LIMIT)
            self._finish()

    def _joined(self, sight: Sight) -> bool:
        if not sight.ids:
            # The end, if the list has not changed; else it has to be looked for. Too few rows join anywhere.
            return sight.beside(self._last) or not sight.coherent or self._last is None
        fresh = self._rows.first_fresh(sight)
        if fresh is None or self._last is None and self._round == 0:
            return True
        if fresh > 0:
            return self._rows.precedes(sight, fresh)
        return sight.beside(self._last) and self._rows.strange(sight)

    def _mend(self, seam: Seam, sight: Sight) -> None:
        """Take another look at a seam."""
        linked = self._rows.links(sight)
        known = self._rows.known(sight)
        if linked:
            self._settle(sight)
            self._last = sight
            self._stalled = 0
        if self.done:
            return
        if sight.end == sight.page.total and (linked or known):
            self._finish()
        elif self._seam_closed(seam, linked):
            self._seam = None
        elif linked:
            # The chain has grown, but not yet up to the page beyond.
            self._seam = Seam(sight, seam.beyond, self._size)
        else:
            seam.unlinked.append(sight)
            seam.again(sight)
            if seam.exhausted:
                self._give_up(seam)

    def _seam_closed(self, seam: Seam, linked: bool) -> bool:
        if seam.beyond is not None:
            return self._joined(seam.beyond)
        return linked and self._frontier <= self._horizon

    def _give_up(self, seam: Seam) -> None:
        """Go on without proof, with all rows that were seen, and say so."""
        self.reasons.add(TOTAL_CHANGED)
        self._seam = None
        self._stalled += 1
        for sight in seam.unlinked:
            if not self.done:
                self._settle(sight)
        if self.done:
            return
        if self._stalled > 2 or self._frontier > self._horizon:
            self._finish()
        elif seam.beyond is not None:
            self._accept(self._sights.pop(self._frontier))

    def _settle(self, sight: Sight) -> None:
        self._rows.add(sight)
        if self._rows.full:
            if self._round or sight.page.total is None or self._lengths.longest > len(self._rows):
                self.reasons.add(MAX_RECORDS)
            self.done = True

    def _finish(self) -> None:
        # Pages beyond the end were asked for ahead; what they hold was there, too.
        for offset in sorted(self._sights):
            if not self.done:
                self._settle(self._sights[offset])
        self._sights.clear()
        fits = self._lengths.fits(self._rows.places)
        if self._round == 0 and SOURCE_LIMIT not in self.reasons and not fits:
            self.reasons.add(TOTAL_CHANGED)
        self.done = True
