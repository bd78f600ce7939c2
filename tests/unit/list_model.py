# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list that changes while somebody reads it, and a reader whose answers come in any order."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.pager import Pager
from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import (
    OffsetLimit,
    Page,
    PageNumber,
    SideBySide,
    Slice,
)

OFFSETS = OffsetLimit()
NUMBERS = PageNumber("pageNo", "pageSize")
SIDE_BY_SIDE = SideBySide()
PAGINGS = {"offset": OFFSETS, "number": NUMBERS, "side by side": SIDE_BY_SIDE}

Change = Callable[["ChangingList"], None]


class ChangingList:
    """A source: rows with ids, and how it changes between two answers."""

    def __init__(
        self,
        count: int,
        change: Change | None = None,
        total: Callable[[ChangingList], Any] = lambda source: len(source.ids),
        page: Callable[[list[dict], Slice, ChangingList], list[dict]] | None = None,
        seed: int = 0,
        capped: int | None = None,
        spoil: Callable[[Page, Slice, ChangingList], Page] | None = None,
    ) -> None:
        """:param capped: the source counts no further than this.

        :param spoil: what happens to an answer on its way.
        """
        self.ids = list(range(count))
        self.served = 0
        self.random = random.Random(seed)
        self._fresh = count
        self._change = change
        self._total = total
        self._page = page
        self._capped = capped
        self._spoil = spoil

    def new(self) -> int:
        """An id that never was."""
        self._fresh += 1
        return self._fresh - 1

    def answer(self, slice_: Slice) -> Page:
        if self._change is not None and self.served:
            self._change(self)
        rows = [{"id": each} for each in self.ids[slice_.offset : slice_.offset + slice_.limit]]
        if self._page is not None:
            rows = self._page(rows, slice_, self)
        total = self._total(self)
        answer = Page(rows, total)
        if self._capped is not None and total > self._capped:
            answer = Page(rows, None, self._capped)
        if self._spoil is not None:
            answer = self._spoil(answer, slice_, self)
        self.served += 1
        return answer


class Reading(NamedTuple):
    """What resulted from reading a list."""

    ids: list[int]
    #: The windows asked for, as (offset, limit), in the order in which they were asked for.
    requested: list[tuple[int, int]]
    start: set[int]
    end: set[int]
    pager: Pager

    @property
    def reasons(self) -> set[str]:
        return self.pager.reasons

    @property
    def missing(self) -> set[int]:
        """Rows that were there at the start and did not come back."""
        return self.start - set(self.ids)


class Endless(AssertionError):
    """The reader sent more requests than allowed."""


def read(
    source: ChangingList,
    paging: OffsetLimit | PageNumber = OFFSETS,
    size: int = 100,
    cap: int | None = None,
    at_once: int = 8,
    seed: int = 0,
    most: int | None = None,
    slide: Callable[[list[dict]], bool] | None = None,
    identify: Callable[[dict], Any] = lambda row: row["id"],
) -> Reading:
    """Read it all as the core does: the first page alone, then several at once, answered in any order."""
    chance = random.Random(seed)
    pager = Pager(paging, size, identify, slide=slide, cap=cap)
    start = set(source.ids)
    most = most or 10 * (len(source.ids) // size + 10) + 200
    requested: list[tuple[int, int]] = []
    ids: list[int] = []
    waiting: list[tuple[Slice, list[Page]]] = []
    while not pager.done:
        while len(waiting) < (at_once if pager.pages_done else 1):
            slice_ = pager.next_slice()
            if slice_ is None:
                break
            requested.append((slice_.offset, slice_.limit))
            waiting.append((slice_, []))
        if not waiting:
            assert pager.done, "nothing to ask for, though it is not done"
            break
        if len(requested) > most:
            raise Endless("more than %d requests for %d rows" % (most, len(source.ids)))
        turn = chance.randrange(len(waiting))
        # A source answers in the order it likes, and what it answered arrives in another.
        for place, (slice_, answer) in enumerate(waiting):
            if not answer and (place == turn or chance.random() < 0.3):
                answer.append(source.answer(slice_))
        slice_, answer = waiting.pop(turn)
        pager.feed(slice_, answer[0])
        ids += [row["id"] for row in pager.take()]
    ids += [row["id"] for row in pager.take()]
    assert pager.next_slice() is None
    return Reading(ids, requested, start, set(source.ids), pager)


def at_head(rows: int, chance: float) -> Change:
    """New rows before all others, as in a list with the newest first."""

    def change(source: ChangingList) -> None:
        if source.random.random() < chance:
            source.ids[:0] = [source.new() for _each in range(rows)]

    return change


def at_tail(rows: int, chance: float) -> Change:
    """New rows after all others."""

    def change(source: ChangingList) -> None:
        if source.random.random() < chance:
            source.ids += [source.new() for _each in range(rows)]

    return change


def anywhere(rows: int, chance: float) -> Change:
    """New rows between others: a list without an order."""

    def change(source: ChangingList) -> None:
        if source.random.random() < chance:
            for _each in range(rows):
                source.ids.insert(source.random.randrange(len(source.ids) + 1), source.new())

    return change


def gone(rows: int, chance: float, place: str = "anywhere") -> Change:
    """Rows that go: from the head, from the tail, from anywhere."""

    def change(source: ChangingList) -> None:
        if source.random.random() < chance:
            for _each in range(min(rows, len(source.ids))):
                last = len(source.ids) - 1
                source.ids.pop({"head": 0, "tail": last}.get(place, source.random.randint(0, last)))

    return change


def both(*changes: Change) -> Change:
    """Several changes at once."""

    def change(source: ChangingList) -> None:
        for each in changes:
            each(source)

    return change
