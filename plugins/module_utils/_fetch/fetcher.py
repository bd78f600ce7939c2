# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read many listings at once, with a limited number of requests under way, and the records in order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

from .._base.errors import SourceError
from .._http.request import Request
from .._paging.styles import Slice
from .listing import Listing
from .page_weights import PageWeights

if TYPE_CHECKING:
    from .thread_pool import ThreadPool

#: How far to read ahead of what was handed on, in pages per request under way.
_AHEAD = 4


#: How many requests wait for a thread to send them.
_QUEUED = 3


class Progress(NamedTuple):
    """How far a fetch has come; more pages may become known."""

    pages_done: int
    pages_known: int
    records: int

    def line(self, seconds: float) -> str:
        """Return it as a text.

        :param seconds: since the fetch began.
        """
        return "%d of %d pages, %d records, %d records/s" % (self.pages_done, self.pages_known, self.records, self.records / seconds)


class Fetch:
    """Listings, and how to read them.

    The first request goes alone until one was answered well: a bad key must not be tried many times.
    """

    def __init__(
        self,
        listings: list[Listing],
        send: Callable[[Listing, Request], Any],
        concurrency: int,
        go_on: bool = False,
        stop: Callable[[], None] = lambda: None,
        watch: Callable[[Fetch], None] = lambda fetch: None,
        forget: Callable[[int], None] = lambda weight: None,
    ) -> None:
        """:param send: sends a listing's request and returns what it reads in the answer and what that weighs,
            or raises SourceError; runs in threads.

        :param go_on: whether a listing may fail without the others.
        :param stop: ends the requests under way, when their answers are no longer wanted.
        :param watch: called after every answer.
        :param forget: called with the weight of what has been handed on.
        """
        self._queue = listings
        self._send = send
        self._concurrency = concurrency
        self._go_on = go_on
        self._stop = stop
        self._watch = watch
        self._weights = PageWeights(forget)
        self._answered = False
        self._records = 0
        self._waiting: dict[Any, tuple[Listing, Slice]] = {}
        self._ended: list[Listing] = []
        self._pages_ended = 0

    def records(self) -> Generator[list[dict[str, Any]], None, None]:
        """Yield the records, page by page, in the order of the listings.

        :raises SourceError: if a listing fails and the others can't go on.
        """
        self._weights.are_kept = True
        with closing(self.pages()) as pages:
            for listing, records in pages:
                if listing.done:
                    self._ended.append(listing)
                if records:
                    yield records

    def pages(self) -> Generator[tuple[Listing, list[dict[str, Any]]], None, None]:
        """Yield each page with its listing, which is done when its last page arrives; that may be empty.

        What was handed on is forgotten: memory does not grow with the number of listings.

        :raises SourceError: if a listing fails and the others can't go on.
        """
        pool = None
        try:
            while self._queue:
                batch = self._schedule()
                if len(batch) == 1 and not self._waiting:
                    self._receive(*batch[0], self._request(*batch[0]))
                elif batch or self._waiting:
                    if pool is None:
                        # Imported here: most tasks have one page, and imports slow down a module's start.
                        from .thread_pool import ThreadPool

                        pool = ThreadPool(self._concurrency)
                    self._submit(pool, batch)
                    arrived = [(*self._waiting.pop(each), each.result()) for each in pool.wait_for_any(self._waiting)]
                    # Send the next requests before handling the answers, so that the network is not idle.
                    self._submit(pool, self._schedule())
                    # Nothing here holds on to a page that was handed on.
                    while arrived:
                        self._receive(*arrived.pop(0))
                elif not self._queue[0].done:
                    raise RuntimeError("nothing to request, and nothing under way")
                self._watch(self)
                yield from self._hand_on()
        finally:
            if self._waiting:
                self._stop()
            if pool is not None:
                pool.close()

    @property
    def listings(self) -> list[Listing]:
        """Return all listings, in order."""
        return self._ended + self._queue

    @property
    def is_unfinished(self) -> bool:
        """Return whether there may be more records than were handed on."""
        return bool(self._queue) and not (len(self._queue) == 1 and self._queue[0].done)

    @property
    def progress(self) -> Progress:
        """Return the progress."""
        pages = [listing.pages for listing in self._queue]
        return Progress(
            self._pages_ended + sum(done for done, _known in pages),
            self._pages_ended + sum(known for _done, known in pages),
            self._records,
        )

    def _schedule(self) -> list[tuple[Listing, Slice]]:
        """Decide what to request now, the first listing's slices first."""
        batch: list[tuple[Listing, Slice]] = []
        # Some more than can be under way are queued, so that no thread waits for this one.
        free = (self._concurrency + _QUEUED if self._answered else 1) - len(self._waiting)
        light = self._weights.room(len(self._waiting))
        free = free if light is None else min(free, light)
        room = self._concurrency * _AHEAD
        for place, listing in enumerate(self._queue):
            while free > 0 and (place == 0 or room > 0):
                slice_ = listing.next_slice()
                if slice_ is None:
                    break
                batch.append((listing, slice_))
                free -= 1
            if place:
                room -= max(1, listing.pages[0])
            if free <= 0 or room <= 0:
                break
        return batch

    def _submit(self, pool: ThreadPool, batch: list[tuple[Listing, Slice]]) -> None:
        for listing, slice_ in batch:
            self._waiting[pool.submit(self._request, listing, slice_)] = (listing, slice_)

    def _request(self, listing: Listing, slice_: Slice) -> tuple[Any, int]:
        try:
            return self._send(listing, listing.request(slice_))
        except SourceError as failure:
            return failure, 0

    def _receive(self, listing: Listing, slice_: Slice, weighed: tuple[Any, int]) -> None:
        answer, weight = weighed
        self._weights.add(listing, slice_, weight)
        if listing.done:
            return
        if not isinstance(answer, SourceError):
            try:
                listing.feed(slice_, answer)
                self._answered = True
            except SourceError as failure:
                answer = failure
        if isinstance(answer, SourceError):
            listing.fail(answer)
            # Credentials are the same for every target.
            if not self._go_on or answer.kind == "auth":
                raise answer
        followed = listing.take_followed()
        if followed:
            place = self._queue.index(listing)
            self._queue[place:place] = followed

    def _hand_on(self) -> Iterator[tuple[Listing, list[dict[str, Any]]]]:
        while self._queue:
            listing = self._queue[0]
            records = listing.take()
            self._records += len(records)
            if listing.done:
                listing.close()
                self._pages_ended += listing.pages[0]
                self._queue.pop(0)
            if records or listing.done:
                yield listing, records
                del records
            self._weights.hand_on(listing, [slice_ for of, slice_ in self._waiting.values() if of is listing])
            if not listing.done:
                break
