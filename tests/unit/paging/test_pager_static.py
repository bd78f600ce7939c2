# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists that do not change: every row once, in order, with no request too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from list_model import NUMBERS, OFFSETS, PAGINGS, SIDE_BY_SIDE, ChangingList, read

from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.pager import Pager
from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import Page, Slice

COUNTS = (0, 1, 10, 99, 100, 101, 199, 200, 2503, 25137)


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("count", COUNTS)
def test_every_row_once_and_in_order(paging, count):
    reading = read(ChangingList(count), PAGINGS[paging], seed=count)
    assert reading.ids == list(range(count))
    assert reading.reasons == set()
    assert reading.pager.total == count
    assert reading.pager.pages_done == reading.pager.pages_known == len(reading.requested)


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("count", COUNTS)
def test_no_more_requests_than_pages_and_one_to_make_sure(paging, count):
    stride = 99 if paging == "offset" else 100
    pages = max(1, -(-count // stride))
    assert pages <= len(read(ChangingList(count), PAGINGS[paging], seed=1).requested) <= pages + 1


# A page that is full is never taken for the last one: the total may be wrong.
@pytest.mark.parametrize("count, windows", [
    (0, [0]), (1, [0]), (9, [0]), (10, [0, 9]), (11, [0, 9]), (19, [0, 9, 18]), (20, [0, 9, 18]), (25, [0, 9, 18]),
    (27, [0, 9, 18]), (28, [0, 9, 18, 27]),
])
def test_offsets_overlap_by_one_row(count, windows):
    assert read(ChangingList(count), OFFSETS, 10).requested == [(offset, 10) for offset in windows]


@pytest.mark.parametrize("count, windows", [
    (0, [0]), (1, [0]), (9, [0]), (10, [0, 10]), (11, [0, 10]), (19, [0, 10]), (20, [0, 10, 20]), (25, [0, 10, 20]),
    (30, [0, 10, 20, 30]),
])
def test_page_numbers_lie_side_by_side(count, windows):
    assert read(ChangingList(count), NUMBERS, 10).requested == [(offset, 10) for offset in windows]


@pytest.mark.parametrize("count, windows", [
    # One full page alone may be all that the source counts.
    (0, [0]), (9, [0]), (10, [0, 10]), (11, [0, 10]), (20, [0, 10]), (25, [0, 10, 20]), (30, [0, 10, 20]),
])
def test_a_length_that_was_reported_twice_is_the_end(count, windows):
    assert read(ChangingList(count), SIDE_BY_SIDE, 10).requested == [(offset, 10) for offset in windows]


@pytest.mark.parametrize("reported", [
    lambda source: 10, lambda source: 10 * source.served + 10, lambda source: 15, lambda source: None,
], ids=["a page", "pages so far", "too few", "nothing"])
def test_a_length_that_is_wrong_does_not_end_a_list_side_by_side(reported):
    reading = read(ChangingList(35, total=reported), SIDE_BY_SIDE, 10, at_once=1)
    assert reading.missing == set() or reading.reasons


@pytest.mark.parametrize("count, offset, number", [
    (100, [(0, 100), (99, 100)], [(0, 100), (100, 100)]),
    (101, [(0, 100), (99, 100)], [(0, 100), (100, 100)]),
    (199, [(0, 100), (99, 100), (198, 100)], [(0, 100), (100, 100)]),
    (200, [(0, 100), (99, 100), (198, 100)], [(0, 100), (100, 100), (200, 100)]),
])
def test_exact_windows_at_the_full_size(count, offset, number):
    assert read(ChangingList(count), OFFSETS).requested == offset
    assert read(ChangingList(count), NUMBERS).requested == number


def test_pages_of_one_row_cannot_overlap():
    assert read(ChangingList(3), OFFSETS, 1).requested == [(0, 1), (1, 1), (2, 1), (3, 1)]
    assert read(ChangingList(3), NUMBERS, 1).requested == [(0, 1), (1, 1), (2, 1), (3, 1)]
    assert read(ChangingList(3), OFFSETS, 2).requested == [(0, 2), (1, 2), (2, 2)]


@given(
    count=st.integers(0, 400), size=st.sampled_from([1, 2, 7, 50, 100]), at_once=st.integers(1, 32),
    seed=st.integers(0, 2**16), paging=st.sampled_from(sorted(PAGINGS)), reported=st.booleans(),
)
def test_any_order_of_arrival(count, size, at_once, seed, paging, reported):
    total = (lambda source: len(source.ids)) if reported else (lambda source: None)
    reading = read(ChangingList(count, total=total), PAGINGS[paging], size, at_once=at_once, seed=seed)
    assert reading.ids == list(range(count))
    assert reading.reasons == set()
    # Without a total the end takes a second look, which may be at the only page.
    most = 1 if reported else 2
    assert max(map(reading.requested.count, reading.requested)) <= most, "the same slice again and again"


@pytest.mark.parametrize("paging", PAGINGS)
def test_without_a_total_the_last_row_is_shown_with_nothing_behind_it(paging):
    """Pages that do not overlap are joined by a slice across the boundary, which may show the end, too."""
    reading = read(ChangingList(30, total=lambda source: None), PAGINGS[paging], 10, at_once=8)
    assert [offset for offset, _limit in reading.requested][:5] == {
        "offset": [0, 9, 18, 27, 24], "number": [0, 10, 0], "side by side": [0, 10, 4],
    }[paging]
    offset, limit = reading.requested[-1]
    assert offset <= 29 and offset + limit > 30
    assert reading.ids == list(range(30))
    assert reading.reasons == set()
    assert reading.pager.total is None


def test_one_window_only_until_the_first_page_came():
    pager = Pager(OFFSETS, 10, lambda row: row["id"])
    first = pager.next_slice()
    assert first == Slice(0, 10)
    assert pager.next_slice() is None
    pager.feed(first, Page([{"id": each} for each in range(10)], 35))
    assert [pager.next_slice()[:2] for _each in range(3)] == [(9, 10), (18, 10), (27, 10)]
    assert pager.next_slice() is None
    assert not pager.done
    assert (pager.pages_done, pager.pages_known) == (1, 4)


def test_rows_are_handed_on_as_soon_as_they_are_settled():
    pager = Pager(NUMBERS, 2, lambda row: row["id"])
    source = ChangingList(6)
    pager.feed(first := pager.next_slice(), source.answer(first))
    assert [row["id"] for row in pager.take()] == [0, 1]
    second, third = pager.next_slice(), pager.next_slice()
    pager.feed(third, source.answer(third))
    assert pager.take() == [], "what comes later in the list waits for what comes before"
    pager.feed(second, source.answer(second))
    assert [row["id"] for row in pager.take()] == [2, 3, 4, 5]
    assert pager.take() == []


def test_a_page_that_comes_after_the_end_is_ignored():
    pager = Pager(NUMBERS, 2, lambda row: row["id"])
    pager.feed(Slice(0, 2), Page([{"id": 1}], 1))
    assert pager.done
    pager.feed(Slice(2, 2), Page([{"id": 2}], 3))
    assert [row["id"] for row in pager.take()] == [1]
    assert pager.pages_done == 1


@given(count=st.integers(0, 300), seed=st.integers(0, 2**16), paging=st.sampled_from(sorted(PAGINGS)))
def test_never_so_many_pages_read_ahead_that_memory_fills(count, seed, paging):
    """While the second page is slow, at most 64 others are kept."""
    pager = Pager(PAGINGS[paging], 1, lambda row: row["id"])
    source = ChangingList(300 + count)
    pager.feed(first := pager.next_slice(), source.answer(first))
    slow = pager.next_slice()
    read_ahead = 0
    while (slice_ := pager.next_slice()) is not None:
        pager.feed(slice_, source.answer(slice_))
        read_ahead += 1
    assert read_ahead == 64
    pager.feed(slow, source.answer(slow))
    assert pager.next_slice() is not None
    assert len(pager.take()) == 66
