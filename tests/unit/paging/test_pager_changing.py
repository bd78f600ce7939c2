# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists that grow, shrink or do both while they are read: complete, or it says so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from list_model import PAGINGS, ChangingList, anywhere, at_head, at_tail, both, gone, read

GROWTH = {"head": at_head, "tail": at_tail, "anywhere": anywhere}

seeds = st.integers(0, 2**20)
counts = st.sampled_from([1, 10, 99, 100, 101, 350, 1000, 2503])
sizes = st.sampled_from([50, 100])
pagings = st.sampled_from(sorted(PAGINGS))


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("place", GROWTH)
@given(count=counts, rows=st.integers(1, 5), seed=seeds)
@settings(max_examples=25)
def test_rows_that_arrive_now_and_then_cost_nothing(place, paging, count, rows, seed):
    """What was there at the start comes back once, and the answer is complete."""
    source = ChangingList(count, GROWTH[place](rows, 0.3), seed=seed)
    reading = read(source, PAGINGS[paging], seed=seed)
    assert reading.missing == set()
    assert len(reading.ids) == len(set(reading.ids))
    assert set(reading.ids) <= reading.end, "rows that never were"
    assert reading.reasons == set()


@given(
    place=st.sampled_from(sorted(GROWTH)), paging=pagings, count=counts, size=st.sampled_from([7, 50, 100]),
    rows=st.integers(1, 60), chance=st.sampled_from([0.02, 0.1]), seed=seeds,
)
@settings(max_examples=200)
def test_growth_never_makes_it_wrong(place, paging, count, size, rows, chance, seed):
    """Even with bursts: complete only if nothing is missing, and no row twice."""
    if size == 7:
        count, rows = min(count, 350), min(rows, 5)
    source = ChangingList(count, GROWTH[place](rows, chance), seed=seed)
    reading = read(source, PAGINGS[paging], size, seed=seed, most=3000)
    assert len(reading.ids) == len(set(reading.ids))
    assert reading.reasons <= {"total_changed"}
    assert not reading.missing or reading.reasons


@given(paging=pagings, rows=st.integers(100, 300), when=st.integers(1, 20), seed=seeds, count=counts)
@settings(max_examples=100)
def test_one_large_burst_is_survived(paging, rows, when, seed, count):
    """More rows at once than a page holds, before the head: nothing gets lost."""

    def change(source):
        if source.served == when:
            at_head(rows, 1)(source)

    reading = read(ChangingList(count, change, seed=seed), PAGINGS[paging], seed=seed)
    assert reading.missing == set()
    assert reading.reasons == set()


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("rows, chance", [(110, 0.05), (150, 0.05), (500, 0.02)])
def test_bursts_all_the_time_are_outrun(paging, rows, chance):
    """The list grows by a tenth of what is read: that has an end, soon."""
    for seed in range(20):
        source = ChangingList(2503, at_head(rows, chance), seed=seed)
        reading = read(source, PAGINGS[paging], seed=seed, most=600)
        assert not reading.missing or reading.reasons


@given(
    place=st.sampled_from(["head", "tail", "anywhere"]), paging=pagings, count=counts, size=sizes,
    rows=st.integers(1, 200), chance=st.sampled_from([0.02, 0.1, 0.3]), seed=seeds,
)
@settings(max_examples=250)
def test_a_shrinking_list_is_never_called_complete_when_rows_are_missing(
    place, paging, count, size, rows, chance, seed
):
    source = ChangingList(count, gone(rows, chance, place), seed=seed)
    reading = read(source, PAGINGS[paging], size, seed=seed)
    assert len(reading.ids) == len(set(reading.ids))
    assert set(reading.ids) <= reading.start
    if reading.missing:
        assert reading.reasons == {"total_changed"}


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("place", ["head", "tail", "anywhere"])
@given(count=counts, rows=st.integers(1, 3), seed=seeds)
@settings(max_examples=25)
def test_rows_that_stay_are_found_though_others_go(place, paging, count, rows, seed):
    """Rows before them vanish, they move forward: the reader follows, or admits it."""
    source = ChangingList(count, gone(rows, 0.2, place), seed=seed)
    reading = read(source, PAGINGS[paging], seed=seed)
    lost = (reading.start & reading.end) - set(reading.ids)
    assert not lost


@given(
    paging=pagings, count=counts, size=sizes, seed=seeds, more=st.integers(1, 30), less=st.integers(1, 30),
    chance=st.sampled_from([0.05, 0.3]), grow=st.sampled_from(sorted(GROWTH)),
    shrink=st.sampled_from(["head", "tail", "anywhere"]),
)
@settings(max_examples=200)
def test_rows_that_come_and_go_never_break_it(paging, count, size, seed, more, less, chance, grow, shrink):
    """It ends, hands on no row twice and none that never was, and gives no other reason than the true one."""
    change = both(GROWTH[grow](more, chance), gone(less, chance, shrink))
    source = ChangingList(count, change, seed=seed)
    ever = set(source.ids)
    reading = read(source, PAGINGS[paging], size, seed=seed, most=3000)
    assert len(reading.ids) == len(set(reading.ids))
    assert set(reading.ids) <= ever | set(range(count, source.new()))
    assert reading.reasons <= {"total_changed"}


@given(
    count=counts, seed=seeds, more=st.integers(1, 5), less=st.integers(1, 5), size=sizes,
    grow=st.sampled_from(sorted(GROWTH)), shrink=st.sampled_from(["head", "tail", "anywhere"]),
)
@settings(max_examples=200)
def test_overlapping_pages_lose_no_row_that_stays(count, seed, more, less, size, grow, shrink):
    """Rows come and go anywhere: what stayed all the time is there, or the answer is not complete."""
    source = ChangingList(count, both(GROWTH[grow](more, 0.2), gone(less, 0.2, shrink)), seed=seed)
    reading = read(source, PAGINGS["offset"], size, seed=seed, most=3000)
    lost = (reading.start & reading.end) - set(reading.ids)
    assert not lost or reading.reasons


@pytest.mark.parametrize("paging", PAGINGS)
def test_the_seam_is_looked_at_again(paging):
    """Rows arrive between the first page and the second: the exact requests."""

    def change(source):
        if source.served == 1:
            at_head(3, 1)(source)

    reading = read(ChangingList(25, change), PAGINGS[paging], 10, at_once=1)
    assert reading.missing == set()
    assert reading.reasons == set()
    first, second = reading.requested[:2]
    assert first == (0, 10)
    assert second == ((9, 10) if paging == "offset" else (10, 10))
    # The last row read was number 9 and is number 12 now: a later slice shows it and its neighbour.
    assert any(offset <= 12 and offset + limit > 13 for offset, limit in reading.requested[1:])
    assert len(reading.requested) <= 6


@pytest.mark.parametrize("paging", PAGINGS)
def test_rows_at_the_tail_need_no_second_look(paging):
    def change(source):
        if source.served == 1:
            at_tail(5, 1)(source)

    reading = read(ChangingList(25, change), PAGINGS[paging], 10, at_once=1)
    assert reading.ids == list(range(30))
    assert reading.reasons == set()


def test_the_total_is_the_last_that_was_reported():
    def change(source):
        at_tail(1, 1)(source)

    reading = read(ChangingList(25, change), PAGINGS["number"], 10, at_once=1)
    assert reading.pager.total == len(reading.end)
