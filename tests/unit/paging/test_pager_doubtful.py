# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that may be no answer of the list: an empty one between others, totals that differ, a length nobody counts.

None of them is believed without a second look at that place.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from list_model import PAGINGS, ChangingList, anywhere, at_head, at_tail, both, gone, read

from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import Page

#: How a source counts: the totals it reports of a list, and up to where.
COUNTED = {"exact": {}, "capped": {"capped": 200}, "nothing": {"total": lambda source: None}}

seeds = st.integers(0, 2**20)
names = st.sampled_from(sorted(PAGINGS))
counted = st.sampled_from(sorted(COUNTED))
counts = st.sampled_from([1, 10, 99, 100, 101, 199, 200, 201, 350, 1000, 2503])
sizes = st.sampled_from([7, 50, 100])


def hiccup(when, total):
    """An empty answer once, with a total of its own; "right" for that of the list."""
    def spoil(page, slice_, source):
        if source.served != when:
            return page
        return page._replace(rows=[]) if total == "right" else Page([], total)

    return spoil


@given(
    name=names, how=counted, count=counts, size=sizes, when=st.integers(1, 30), seed=seeds,
    total=st.sampled_from([None, 0, "right"]), at_once=st.sampled_from([1, 8]), rows=st.integers(0, 5),
)
@example(name="offset", how="capped", count=1000, size=100, when=5, seed=0, total="right", at_once=8, rows=0)
@example(name="offset", how="nothing", count=1000, size=100, when=5, seed=0, total=None, at_once=1, rows=0)
@example(name="number", how="nothing", count=1000, size=100, when=5, seed=0, total=0, at_once=1, rows=0)
@settings(max_examples=300)
def test_one_empty_answer_among_others_hides_nothing(name, how, count, size, when, seed, total, at_once, rows):
    """A proxy answers with an empty list once: what is there is read all the same, also while new rows arrive."""
    count = min(count, 350) if size == 7 else count
    source = ChangingList(
        count, at_head(rows, 0.3 if rows else 0), spoil=hiccup(when, total), seed=seed, **COUNTED[how]
    )
    reading = read(source, PAGINGS[name], size, seed=seed, at_once=at_once, most=4000)
    assert len(reading.ids) == len(set(reading.ids))
    assert reading.missing == set()
    if not rows and total != 0:
        assert reading.reasons == set()


@given(
    name=names, how=counted, count=counts, size=sizes, seed=seeds, total=st.sampled_from([None, 0, "right"]),
    spoiled=st.sets(st.integers(0, 40), max_size=25), at_once=st.sampled_from([1, 8]),
)
@settings(max_examples=200)
def test_many_empty_answers_never_make_it_wrong(name, how, count, size, seed, total, spoiled, at_once):
    def spoil(page, slice_, source):
        if source.served not in spoiled or not source.served and total is not None:
            return page
        return page._replace(rows=[]) if total == "right" else Page([], total)

    count = min(count, 350) if size == 7 else count
    reading = read(
        ChangingList(count, spoil=spoil, **COUNTED[how]), PAGINGS[name], size, seed=seed, at_once=at_once, most=4000
    )
    # Two empty answers in a row are an empty list, where nothing else was ever seen of it.
    if reading.missing and reading.ids:
        assert reading.reasons


def test_an_empty_first_answer_without_a_total_takes_a_second_look():
    reading = read(ChangingList(250, spoil=hiccup(0, None), total=lambda source: None))
    assert reading.ids == list(range(250))
    assert reading.reasons == set()
    reading = read(ChangingList(0, total=lambda source: None))
    assert (reading.ids, reading.reasons, len(reading.requested)) == ([], set(), 2)


class Replicas:
    """Two copies of a list, of which one lacks rows; which one answers is chance."""

    def __init__(self, lacking, seed):
        self._lacking = lacking
        self.source = ChangingList(0, seed=seed)
        self.first = None
        self.whole_answered = False

    def spoil(self, page, slice_, source):
        is_whole = self.source.random.random() < 0.5
        ids = source.ids if is_whole else [each for each in source.ids if each not in self._lacking]
        self.first = set(ids) if self.first is None else self.first
        self.whole_answered |= is_whole
        return Page([{"id": each} for each in ids[slice_.offset : slice_.offset + slice_.limit]], len(ids))


@given(
    name=names, count=counts, size=sizes, seed=seeds, lag=st.integers(1, 120), at_once=st.sampled_from([1, 8]),
    place=st.sampled_from(["head", "tail", "middle"]),
)
@settings(max_examples=300)
def test_pages_of_two_replicas_are_called_complete_only_with_all_that_one_of_them_showed(
    name, count, size, seed, lag, at_once, place
):
    """Totals go up and down from page to page. What is behind the last row of one is never left out without a word."""
    count = min(count, 350) if size == 7 else count
    start = {"head": 0, "tail": count - lag, "middle": count // 3}[place]
    replicas = Replicas(set(range(max(0, start), start + lag)), seed)
    reading = read(
        ChangingList(count, spoil=replicas.spoil), PAGINGS[name], size, seed=seed, at_once=at_once, most=4000
    )
    assert len(reading.ids) == len(set(reading.ids))
    if not reading.reasons:
        assert replicas.first <= set(reading.ids)
        if place == "tail" and len(reading.requested) > 1 and reading.pager.total == count:
            assert set(reading.ids) == set(range(count))


def test_the_end_of_a_shorter_replica_is_no_end():
    """The last page comes from a copy that lacks the ten newest rows: a later look finds them, or it is not complete."""
    def spoil(page, slice_, source):
        ids = source.ids[:-10] if source.served in (0, 3) else source.ids
        return Page([{"id": each} for each in ids[slice_.offset : slice_.offset + slice_.limit]], len(ids))

    for seed in range(20):
        reading = read(ChangingList(345, spoil=spoil), seed=seed)
        assert set(reading.ids) == set(range(345)) or reading.reasons == {"total_changed"}


@given(name=names, count=counts, size=sizes, seed=seeds, total=st.sampled_from([0, 1, 2, 5, 50]))
@settings(max_examples=100)
def test_totals_that_differ_from_page_to_page_never_make_it_wrong(name, count, size, seed, total):
    """Each answer of a static list reports another total, none of them lower than what it shows."""
    count = min(count, 350) if size == 7 else count
    source = ChangingList(count, total=lambda source: len(source.ids) + source.random.randrange(-total, total + 1), seed=seed)
    reading = read(source, PAGINGS[name], size, seed=seed, most=4000)
    assert len(reading.ids) == len(set(reading.ids))
    assert not reading.missing or reading.reasons


@pytest.mark.parametrize("how", ["capped", "nothing"])
@given(
    count=counts, size=sizes, seed=seeds, rows=st.integers(1, 5), chance=st.sampled_from([0.1, 0.5, 1]),
    place=st.sampled_from(["head", "tail"]), at_once=st.sampled_from([1, 8]),
)
@settings(max_examples=150)
def test_a_busy_list_of_unknown_length_is_complete(how, count, size, seed, rows, chance, place, at_once):
    """Rows arrive between any two answers; the row that two pages share proves that none was missed."""
    count, rows = (min(count, 350), 1) if size == 7 else (count, rows)
    chance = min(chance, 0.5) if place == "tail" or size == 7 else chance
    change = {"head": at_head, "tail": at_tail}[place](rows, chance)
    reading = read(
        ChangingList(count, change, seed=seed, **COUNTED[how]), PAGINGS["offset"], size, seed=seed, at_once=at_once, most=4000
    )
    assert reading.missing == set()
    assert reading.reasons == set()


@given(
    name=names, how=st.sampled_from(["capped", "nothing"]), count=counts, size=sizes, seed=seeds, more=st.integers(1, 60), less=st.integers(1, 60),
    chance=st.sampled_from([0.02, 0.1, 0.3]), shrink=st.sampled_from(["head", "tail", "anywhere"]),
    grow=st.sampled_from([at_head, at_tail, anywhere]), at_once=st.sampled_from([1, 8]),
)
@settings(max_examples=300)
def test_an_unknown_length_loses_no_row_that_stays(
    name, how, count, size, seed, more, less, chance, shrink, grow, at_once
):
    """Rows come and go: what stayed all the time is there, or it is not complete."""
    if size == 7:
        count, more = min(count, 350), min(more, 5)
    source = ChangingList(count, both(grow(more, chance), gone(less, chance, shrink)), seed=seed, **COUNTED[how])
    reading = read(source, PAGINGS[name], size, seed=seed, at_once=at_once, most=6000)
    lost = (reading.start & reading.end) - set(reading.ids)
    assert not lost or reading.reasons


def at(when, change):
    """A change before one answer."""
    def once(source):
        if source.served == when:
            change(source)

    return once


@pytest.mark.parametrize("name", PAGINGS)
def test_rows_that_go_while_more_come_are_missed_by_the_first_total(name):
    """Ten leave the tail before anybody read them, fifteen come before the head: the totals only grow, and ten are missing."""
    source = ChangingList(350, at(1, both(gone(10, 1, "tail"), at_head(15, 1))))
    reading = read(source, PAGINGS[name], at_once=1)
    assert len(reading.missing) == 10
    assert reading.reasons == {"total_changed"}


@pytest.mark.parametrize("name", PAGINGS)
def test_a_list_that_ends_before_what_was_counted_is_not_whole(name):
    """The source counts no further than 200, and shows 120: it says itself that there is more."""
    source = ChangingList(600, capped=200, page=lambda rows, slice_, source: [row for row in rows if row["id"] < 120])
    reading = read(source, PAGINGS[name])
    assert reading.ids == list(range(120))
    assert reading.reasons == {"total_changed"}


@pytest.mark.parametrize("when", range(1, 8))
@pytest.mark.parametrize("rows", [150, 300, 700])
def test_a_burst_of_unknown_size_is_followed(when, rows):
    """Pages that can't overlap, and no total: the last row read is looked for further on, until it shows."""
    reading = read(ChangingList(700, at(when, at_head(rows, 1)), **COUNTED["nothing"]), PAGINGS["number"], at_once=1)
    assert reading.missing == set()
    assert reading.reasons == set()
