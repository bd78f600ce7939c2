# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a list is not read to its end: the user's limit, and the source's largest offset."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from list_model import NUMBERS, OFFSETS, PAGINGS, ChangingList, anywhere, at_head, read

from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.pager import Pager
from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import OffsetLimit, Page, Slice


@pytest.mark.parametrize("cap, offset, number", [
    (1, 1, 1), (5, 1, 1), (10, 1, 1), (11, 2, 2), (15, 2, 2), (19, 2, 2), (20, 3, 2), (25, 3, 3), (28, 3, 3), (29, 4, 3),
])
def test_no_request_beyond_the_limit(cap, offset, number):
    """Thirty rows, pages of ten: only as many pages as the limit needs."""
    for paging, pages, stride in ((OFFSETS, offset, 9), (NUMBERS, number, 10)):
        reading = read(ChangingList(30), paging, 10, cap=cap)
        assert reading.requested == [(stride * page, 10) for page in range(pages)]
        assert reading.ids == list(range(cap))
        assert reading.reasons == {"max_records"}


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("cap", [30, 31, 1000])
def test_a_limit_that_cuts_nothing_is_no_reason(paging, cap):
    reading = read(ChangingList(30), PAGINGS[paging], 10, cap=cap)
    assert reading.ids == list(range(30))
    assert reading.reasons == set()


@pytest.mark.parametrize("paging", PAGINGS)
def test_a_limit_without_a_total_may_have_cut(paging):
    reading = read(ChangingList(10, total=lambda source: None), PAGINGS[paging], 10, cap=10)
    assert reading.ids == list(range(10))
    assert reading.reasons == {"max_records"}


@given(
    count=st.integers(0, 300), cap=st.integers(1, 300), size=st.sampled_from([1, 7, 50, 100]),
    name=st.sampled_from(sorted(PAGINGS)), seed=st.integers(0, 2**16), grows=st.booleans(),
)
@settings(max_examples=150)
def test_the_limit_is_kept_to_the_row(count, cap, size, name, seed, grows):
    change = anywhere(1, 0.1) if grows else None
    reading = read(ChangingList(count, change, seed=seed), PAGINGS[name], size, cap=cap, seed=seed, most=2000)
    assert len(reading.ids) == len(set(reading.ids)) <= cap
    if "max_records" in reading.reasons:
        assert len(reading.ids) == cap
    elif not reading.reasons:
        assert reading.missing == set()


class Gateway:
    """Rows by second, newest first, behind a largest offset: what a list looks like that can be begun anew."""

    def __init__(self, seconds: list[int], largest: int, coarse: bool = True) -> None:
        self.rows = [{"id": place, "at": at} for place, at in enumerate(seconds)]
        self.until = None
        self.largest = largest
        self.coarse = coarse
        self.slides: list[int] = []

    @property
    def visible(self):
        return [row for row in self.rows if self.until is None or row["at"] <= self.until]

    def slide(self, rows):
        oldest = min(row["at"] for row in rows)
        if oldest == self.until:
            return False
        self.until = oldest
        self.slides.append(oldest)
        return True

    def page(self, slice_, reported):
        rows, length = self.visible[slice_.offset : slice_.offset + slice_.limit], len(self.visible)
        if reported == "capped" and length > self.largest:
            return Page(rows, None, self.largest)
        return Page(rows, None if reported == "nothing" else length)

    def read(self, size=100, reported="exact", most=400):
        pager = Pager(OffsetLimit(max_offset=self.largest), size, lambda row: row["id"], slide=self.slide)
        ids, asked = [], []
        waiting: list[tuple[Slice, Page]] = []
        while not pager.done:
            while len(waiting) < 8 and (slice_ := pager.next_slice()) is not None:
                assert slice_.offset <= self.largest, "the source refuses this"
                assert len(asked) < most
                asked.append(slice_)
                waiting.append((slice_, self.page(slice_, reported)))
            pager.feed(*waiting.pop(0))
            ids += [row["id"] for row in pager.take()]
        return ids, pager, asked


@pytest.mark.parametrize("reported", ["exact", "capped", "nothing"])
@pytest.mark.parametrize("per_second", [1, 3, 50, 700])
def test_the_list_is_begun_anew_at_its_largest_offset(per_second, reported):
    """3,000 rows, several in one second, and no offset above 1,000."""
    gateway = Gateway([-(place // per_second) for place in range(3000)], 1000)
    ids, pager, asked = gateway.read(reported=reported)
    assert ids == list(range(3000))
    assert pager.reasons == set()
    assert 2 <= len(gateway.slides) <= 4
    assert {slice_.round for slice_ in asked} == set(range(len(gateway.slides) + 1))


def test_twelve_thousand_rows_behind_an_offset_of_ten_thousand():
    gateway = Gateway([-(place // 4) for place in range(12_000)], 10_000)
    ids, pager, asked = gateway.read()
    assert ids == list(range(12_000))
    assert pager.reasons == set()
    assert len(gateway.slides) == 1
    assert len(asked) <= 102 + 25


@pytest.mark.parametrize("reported", ["exact", "capped", "nothing"])
def test_too_many_rows_in_one_second_are_a_limit_of_the_source(reported):
    """Nothing else can be done: 2,000 rows of one second, and no offset above 1,000."""
    gateway = Gateway([0] * 2000, 1000)
    ids, pager, asked = gateway.read(reported=reported)
    assert pager.reasons == {"source_limit"}
    assert ids == list(range(len(ids)))
    assert 1000 <= len(ids) < 2000


def test_without_a_way_on_it_is_a_limit_of_the_source():
    paging = OffsetLimit(max_offset=50)
    reading = read(ChangingList(200), paging, 10)
    assert reading.reasons == {"source_limit"}
    assert reading.ids == list(range(len(reading.ids)))
    assert len(reading.ids) >= 55
    assert max(offset for offset, _limit in reading.requested) <= 50


@pytest.mark.parametrize("count", [50, 54, 55])
def test_a_list_that_ends_before_the_largest_offset_needs_nothing(count):
    slid = []
    reading = read(ChangingList(count), OffsetLimit(max_offset=50), 10, slide=lambda rows: slid.append(rows) or False)
    assert reading.ids == list(range(count))
    assert reading.reasons == set()
    assert slid == []


def test_pages_of_the_round_before_are_not_mixed_in():
    """Answers that were under way when the list was begun anew count for nothing."""
    gateway = Gateway([-place for place in range(40)], 10)
    pager = Pager(OffsetLimit(max_offset=10), 6, lambda row: row["id"], slide=gateway.slide)
    pager.feed(first := pager.next_slice(), Page(gateway.visible[:6], 40))
    second, third = pager.next_slice(), pager.next_slice()
    assert (first.offset, second.offset, third.offset) == (0, 5, 10)
    pager.feed(second, Page(gateway.visible[5:11], 40))
    pager.feed(third, Page(gateway.visible[10:16], 40))
    assert gateway.slides == [-15]
    done = pager.pages_done
    pager.feed(Slice(5, 6), Page(gateway.rows[5:11], 40))
    assert pager.pages_done == done
    assert pager.next_slice() == Slice(0, 6, 1)


def test_the_largest_offset_holds_for_second_looks_too():
    """Rows arrive all the time: the windows across page boundaries stay below the limit as well."""
    paging = OffsetLimit(max_offset=200)
    reading = read(ChangingList(500, at_head(3, 0.5), seed=3), paging, 20, seed=3)
    assert max(offset for offset, _limit in reading.requested) <= 200
    assert "source_limit" in reading.reasons
