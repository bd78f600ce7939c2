# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists whose window has a fixed end: a row that arrives is a row of the window, and has to be read, too."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from list_model import PAGINGS, ChangingList, anywhere, at_head, at_tail, gone, read

from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.observation import ReportedTotals
from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.pager import Pager
from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.proof import Proof
from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import OffsetLimit, Page


@pytest.fixture(params=sorted(PAGINGS))
def paging(request):
    return PAGINGS[request.param]


def lag(pages, *lacking):
    """A replica that lacks some rows answers these requests, counted from 0."""
    def spoil(page, slice_, source):
        if source.served not in pages:
            return page
        ids = [each for each in source.ids if each not in lacking]
        return Page([{"id": each} for each in ids[slice_.offset : slice_.offset + slice_.limit]], len(ids))

    return spoil


@pytest.mark.parametrize("row", [0, 3, 50, 98])
def test_a_row_that_the_first_page_lacked_is_read(paging, row):
    """129 rows are counted first, then 130. One more request shows the row."""
    reading = read(ChangingList(130, spoil=lag([0], row)), paging, at_once=1, is_pinned=True)
    assert sorted(reading.ids) == list(range(130))
    assert reading.reasons == set()
    assert reading.requested[-1] == (0, 100)
    assert len(reading.requested) <= 5


def test_where_the_window_is_open_it_is_no_row_of_it(paging):
    """New rows at the head of a growing list: what was there at first is all there is to read."""
    reading = read(ChangingList(130, spoil=lag([0], 0)), paging, at_once=1)
    assert reading.reasons == set()
    assert len(reading.ids) == 129


def test_a_row_that_many_pages_lacked_is_read(paging):
    """It is in the middle of the list, which is read again up to there."""
    reading = read(ChangingList(950, spoil=lag(range(8), 420)), paging, at_once=1, is_pinned=True)
    assert sorted(reading.ids) == list(range(950))
    assert reading.reasons == set()
    assert len(reading.requested) <= 20


def test_totals_that_never_agree_are_told(paging):
    """Every answer counts one more row than the one before, and shows none of them."""
    source = ChangingList(250, total=lambda source: 250 + source.served)
    reading = read(source, paging, is_pinned=True)
    assert reading.reasons == {"total_changed"}
    assert sorted(reading.ids) == list(range(250))
    assert len(reading.requested) <= 100


def test_a_total_that_differs_once_is_forgotten_only_if_it_was_reached(paging):
    """More rows were counted once than anybody saw, then: nothing proves that they are gone."""
    source = ChangingList(250, total=lambda source: 260 if source.served == 1 else 250)
    assert read(source, paging, at_once=1, is_pinned=True).reasons == {"total_changed"}


@given(
    name=st.sampled_from(sorted(PAGINGS)), count=st.sampled_from([1, 99, 100, 101, 350, 1000]), size=st.sampled_from([50, 100]),
    rows=st.integers(1, 30), chance=st.sampled_from([0.02, 0.1]), place=st.sampled_from([at_head, at_tail, anywhere]),
    seed=st.integers(0, 2**20), at_once=st.sampled_from([1, 8]),
)
@settings(max_examples=200)
def test_complete_is_all_that_was_counted(name, count, size, rows, chance, place, seed, at_once):
    source = ChangingList(count, place(rows, chance), seed=seed)
    reading = read(source, PAGINGS[name], size, seed=seed, at_once=at_once, most=3000, is_pinned=True)
    assert len(reading.ids) == len(set(reading.ids))
    assert reading.reasons <= {"total_changed"}
    if not reading.reasons:
        assert reading.missing == set()
        assert len(reading.ids) >= max(reading.totals)


def test_a_list_that_grows_at_its_head_now_and_then_is_whole_after_one_more_page(paging):
    """A source whose clock is behind: what is new is on the first page, so that nothing else has to be read again."""
    def change(source):
        if source.served in (3, 5):
            at_head(2, 1)(source)

    reading = read(ChangingList(950, change), paging, at_once=1, is_pinned=True)
    assert set(reading.ids) == reading.end
    assert reading.reasons == set()
    assert reading.requested.count((0, 100)) == 2
    assert len(reading.requested) <= 18


def test_rows_that_went_unread_are_looked_for_once_more(paging):
    """Ten of them leave the tail: they were counted, and nobody saw them."""
    source = ChangingList(350, lambda source: source.served == 1 and gone(10, 1, "tail")(source))
    reading = read(source, paging, at_once=1, is_pinned=True)
    assert reading.reasons == {"total_changed"}
    assert len(reading.requested) <= 15


def test_the_rest_behind_the_largest_offset_is_counted_on_its_own():
    """Begun anew behind offset 100, the list counts 150 rows, then 151: the one in between is missing, and that is said."""
    rows = [{"id": each} for each in range(260)]
    begun = []

    def slide(page):
        begun.append(page[-1]["id"])
        return len(begun) == 1

    pager = Pager(OffsetLimit(max_offset=100), 50, lambda row: row["id"], slide=slide, is_pinned=True)
    pages = 0
    while not pager.done:
        slice_ = pager.next_slice()
        here = rows[begun[0]:] if begun else rows
        if begun:
            pages += 1
            here = [row for row in here if row["id"] != begun[0] + 20] if pages == 1 else here
        page = here[slice_.offset : slice_.offset + slice_.limit]
        pager.feed(slice_, Page(page, len(here)) if begun else Page(page, None, 100))
    assert pages > 1
    assert pager.reasons == {"total_changed"}


@pytest.mark.parametrize("first, second, is_complete", [
    ((129, 130), (130,), True), ((129, 130), (129,), False), ((129, 130), (130, 129, 130), False), ((130, 129, 130), (130,), False),
])
def test_the_rest_of_another_reading_is_left_out_only_where_rows_came_and_none_went(first, second, is_complete):
    """Rows that were read and went would stand for others that came."""
    proof = Proof(is_pinned=True)
    assert proof.look_again(totals_of(first))
    assert proof.is_complete_with(second[-1], totals_of(second), 130) is is_complete


def totals_of(reported):
    totals = ReportedTotals()
    for each in reported:
        totals.add(each, totals.bounds)
    return totals


def test_a_row_twice_is_one_row(paging):
    """The source counts a hundred, and its page shows 99 of them, one twice."""
    source = ChangingList(100, page=lambda rows, slice_, source: [*rows[:99], rows[98]] if len(rows) == 100 else rows)
    reading = read(source, paging, is_pinned=True)
    assert set(reading.ids) == set(range(99)) or set(reading.ids) == set(range(100))
    assert reading.reasons == ({"total_changed"} if len(reading.ids) == 99 else set())
