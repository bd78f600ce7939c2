# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources that lie about their total, repeat rows, or send too few or too many of them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from list_model import PAGINGS, ChangingList, read

ALL = set(range(2503))


@pytest.fixture(params=sorted(PAGINGS))
def paging(request):
    return PAGINGS[request.param]


def reading_of(paging, page=None, total=None, count=2503, size=100, seed=0, most=200):
    source = ChangingList(count, total=total or (lambda source: len(source.ids)), page=page)
    reading = read(source, paging, size, seed=seed, most=most)
    assert len(reading.ids) == len(set(reading.ids)), "a row twice"
    return reading


@pytest.mark.parametrize("reported", [2513, 2603, 10**6])
@pytest.mark.parametrize("seed", range(3))
def test_a_total_too_high_is_reported(paging, reported, seed):
    """All rows come back, but more are promised: that can't be called complete."""
    reading = reading_of(paging, total=lambda source: reported, seed=seed)
    assert set(reading.ids) == ALL
    assert reading.reasons == {"total_changed"}


@pytest.mark.parametrize("reported", [0, 1, 100, 150, 2493])
@pytest.mark.parametrize("seed", range(3))
def test_a_total_too_low_ends_nothing(paging, reported, seed):
    """Full pages go on coming: they are read to the end, and the total is not believed."""
    reading = reading_of(paging, total=lambda source: reported, seed=seed)
    assert set(reading.ids) == ALL
    assert reading.reasons == {"total_changed"}


@pytest.mark.parametrize("seed", range(5))
def test_a_total_at_random(paging, seed):
    chance = random.Random(seed)
    reading = reading_of(paging, total=lambda source: 2503 + chance.randrange(-50, 50), seed=seed)
    assert set(reading.ids) == ALL
    assert reading.reasons == {"total_changed"}


@given(
    count=st.integers(0, 500), size=st.sampled_from([7, 50, 100]), name=st.sampled_from(sorted(PAGINGS)),
    seed=st.integers(0, 2**16), totals=st.lists(st.one_of(st.none(), st.integers(0, 1000)), min_size=1, max_size=8),
)
@settings(max_examples=200)
def test_whatever_the_totals_it_ends_and_says_what_is_missing(count, size, name, seed, totals):
    source = ChangingList(count, total=lambda source: totals[source.served % len(totals)])
    reading = read(source, PAGINGS[name], size, seed=seed, most=1000)
    assert len(reading.ids) == len(set(reading.ids))
    assert not reading.missing or reading.reasons


def test_no_total_ever(paging):
    reading = reading_of(paging, total=lambda source: None)
    assert reading.ids == sorted(ALL)
    assert reading.reasons == set()


def test_a_row_twice_in_a_page(paging):
    """A page of 101 rows, one of them twice."""
    def page(rows, slice_, source):
        return rows[:50] + [rows[49]] + rows[50:] if slice_.offset in (297, 300) else rows

    reading = reading_of(paging, page)
    assert set(reading.ids) == ALL
    assert reading.reasons == set()


def test_a_row_of_the_page_before_again(paging):
    """A page of a hundred rows, of which the last fell off: that row is found, whether or not it can be proven."""
    def page(rows, slice_, source):
        return [{"id": slice_.offset - 1}, *rows[:-1]] if slice_.offset in (297, 300) else rows

    reading = reading_of(paging, page)
    assert set(reading.ids) == ALL
    assert reading.reasons <= {"total_changed"}


@pytest.mark.parametrize("copies", [2, 3])
def test_rows_that_are_really_in_the_list_several_times(paging, copies):
    """The list holds the same id more than once; its total counts them all."""
    source = ChangingList(0)
    source.ids = [each // copies for each in range(300 * copies)]
    reading = read(source, paging, most=100)
    assert sorted(reading.ids) == list(range(300))


def test_every_page_is_the_same(paging):
    """A source that ignores the offset gives its first rows for ever: that ends, and is not called complete."""
    reading = reading_of(paging, lambda rows, slice_, source: [{"id": each} for each in range(100)])
    assert set(reading.ids) == set(range(100))
    assert reading.reasons == {"total_changed"}


def test_every_page_is_the_same_and_no_total(paging):
    reading = reading_of(
        paging, lambda rows, slice_, source: [{"id": each} for each in range(100)], total=lambda source: None,
        most=10**6,
    )
    assert set(reading.ids) == set(range(100))
    assert reading.reasons


@pytest.mark.parametrize("when", [1, 2, 5, 20])
@pytest.mark.parametrize("seed", range(3))
def test_an_empty_page_once(paging, when, seed):
    """Its rows are asked for again, with other windows."""
    reading = reading_of(paging, lambda rows, slice_, source: [] if source.served == when else rows, seed=seed)
    assert set(reading.ids) == ALL
    assert reading.reasons == set()


@pytest.mark.parametrize("seed", range(3))
def test_an_empty_page_each_time_it_is_asked_for(paging, seed):
    reading = reading_of(paging, lambda rows, slice_, source: [] if slice_.offset in (297, 300) else rows, seed=seed)
    assert set(reading.ids) == ALL
    assert reading.reasons == set()


def test_the_first_page_is_empty_once(paging):
    reading = reading_of(paging, lambda rows, slice_, source: rows if source.served else [])
    assert set(reading.ids) == ALL
    assert reading.reasons == set()


def test_nothing_but_empty_pages(paging):
    """A total of 2,503 and not one row: never an empty list that is complete."""
    reading = reading_of(paging, lambda rows, slice_, source: [])
    assert reading.ids == []
    assert reading.reasons == {"total_changed"}


def test_nothing_but_empty_pages_from_somewhere_on(paging):
    reading = reading_of(paging, lambda rows, slice_, source: rows if slice_.offset < 500 else [])
    assert reading.missing <= set(range(500, 2503))
    assert len(reading.missing) > 1800
    assert reading.reasons == {"total_changed"}


@pytest.mark.parametrize("when", [0, 1, 5])
@pytest.mark.parametrize("seed", range(3))
def test_half_a_page_once(paging, when, seed):
    reading = reading_of(
        paging, lambda rows, slice_, source: rows[:50] if source.served == when else rows, seed=seed
    )
    assert set(reading.ids) == ALL
    assert reading.reasons == set()


@pytest.mark.parametrize("limit", [10, 20, 50, 99])
def test_a_source_with_a_smaller_limit_of_its_own(paging, limit):
    """Its pages become ours: no gap, and no request for each page that comes short."""
    reading = reading_of(paging, lambda rows, slice_, source: rows[:limit], most=1000)
    assert reading.ids == sorted(ALL)
    assert reading.reasons == set()
    stride = limit - 1 if paging is PAGINGS["offset"] else limit
    assert len(reading.requested) <= 2503 // stride + 4


def test_more_rows_than_asked_for(paging):
    """The source ignores the limit and sends two hundred rows."""
    def page(rows, slice_, source):
        return [{"id": each} for each in source.ids[slice_.offset : slice_.offset + 200]]

    reading = reading_of(paging, page)
    assert reading.ids == sorted(ALL)
    assert reading.reasons == set()


def test_the_whole_list_whatever_was_asked(paging):
    """No paging at all on the other side."""
    reading = reading_of(paging, lambda rows, slice_, source: [{"id": each} for each in source.ids])
    assert reading.ids == sorted(ALL)
    assert reading.reasons <= {"total_changed"}


@given(
    count=st.integers(0, 400), name=st.sampled_from(sorted(PAGINGS)), seed=st.integers(0, 2**16),
    size=st.sampled_from([1, 2, 7, 50, 100]), spoiled=st.sets(st.integers(0, 30), max_size=10),
)
@settings(max_examples=200)
def test_short_pages_now_and_then_never_make_it_wrong(count, name, seed, size, spoiled):
    chance = random.Random(seed)

    def page(rows, slice_, source):
        return chance.sample(rows, chance.randrange(len(rows) + 1)) if source.served in spoiled else rows

    reading = read(ChangingList(count, page=page), PAGINGS[name], size, seed=seed, most=3000)
    assert len(reading.ids) == len(set(reading.ids))
    if reading.missing:
        assert reading.reasons


def test_rows_without_an_id_are_distinguished(paging):
    """What identifies a row may be anything that can be compared."""
    source = ChangingList(250)
    reading = read(source, paging, identify=lambda row: ("row", row["id"]))
    assert reading.ids == list(range(250))


def test_a_list_without_end_is_given_up(paging, monkeypatch):
    """New rows on every page, for ever: there is a last page, and it is reported."""
    from ansible_collections.opsaudit.sessions.plugins.module_utils._paging import pager as pager_module

    monkeypatch.setattr(pager_module, "_MOST_PAGES", 50)
    reading = reading_of(
        paging, lambda rows, slice_, source: [{"id": slice_.offset + each} for each in range(slice_.limit)],
        total=lambda source: None, count=0,
    )
    assert reading.reasons == {"source_limit"}
    assert len(reading.requested) <= 52
