# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows of time, held against sets of instants."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import windows as windows_module

INSTANTS = st.integers(0, 60)
WINDOWS = st.lists(st.tuples(INSTANTS, INSTANTS).map(lambda pair: (min(pair), max(pair))), max_size=8)
DAY = 86_400_000
NOW = 1775001600250


def stretches(windows):
    """The stretches between neighbouring instants that windows hold."""
    return {at for first, last in windows for at in range(first, last)}


@given(WINDOWS)
def test_merged_windows_are_the_same_time_in_order_and_apart(windows):
    merged = windows_module.merge(windows)
    assert stretches(merged) == stretches(windows)
    assert all(before[1] < after[0] for before, after in zip(merged, merged[1:]))
    assert windows_module.merge(merged) == merged


@given(WINDOWS, INSTANTS, INSTANTS)
def test_gaps_are_what_is_not_covered(windows, first, last):
    gaps = windows_module.find_gaps(windows, first, last)
    assert stretches(gaps) == set(range(first, last)) - stretches(windows)
    assert all(begin < end for begin, end in gaps)
    assert gaps == windows_module.merge(gaps)


@given(WINDOWS, INSTANTS, INSTANTS, st.integers(0, 20))
def test_what_is_read_closes_every_gap_and_looks_back(windows, first, last, overlap):
    first, last = min(first, last), max(first, last)
    read = windows_module.to_read(windows, first, last, overlap)
    assert not windows_module.find_gaps([*windows, *read], first, last)
    assert stretches(read) <= set(range(first, last))
    for begin, _end in windows_module.find_gaps(windows, first, last):
        assert set(range(max(first, begin - overlap), begin)) <= stretches(read)
    if overlap and first < last:
        # However little is new: the last minutes are looked at again.
        assert last - 1 in stretches(read)


@pytest.mark.parametrize("covered, start, expected", [
    ([], 100, [(100, 1000)]),
    ([(100, 900)], 100, [(850, 1000)]),
    ([(100, 900)], 50, [(50, 100), (850, 1000)]),
    ([(100, 300), (500, 900)], 100, [(250, 500), (850, 1000)]),
    ([(100, 1000)], 100, [(950, 1000)]),
    ([(100, 120)], 100, [(100, 1000)]),
    ([(0, 5000)], 100, [(950, 1000)]),
])
def test_where_the_next_run_begins(covered, start, expected):
    assert windows_module.to_read(covered, start, 1000, 50) == expected


def test_nothing_is_read_where_nothing_is_missing_and_nothing_is_looked_for_again():
    assert windows_module.to_read([(0, 1000)], 0, 1000, 0) == []


@given(st.lists(st.integers(NOW - 400 * DAY, NOW), max_size=60), st.integers(1, 12))
def test_windows_around_instants_hold_them_all_and_are_not_many(instants, most):
    before = NOW - DAY
    windows = windows_module.surround(instants, before, most)
    assert len(windows) <= most
    assert all(any(first <= instant <= last for first, last in windows) for instant in instants if instant < before)
    assert all(last <= before for _first, last in windows)
    assert all(first < last for first, last in windows)


def test_few_instants_have_windows_of_two_seconds():
    assert windows_module.surround([NOW - DAY, NOW - 2 * DAY], NOW, 10) == [
        (NOW - 2 * DAY - 1000, NOW - 2 * DAY + 1000), (NOW - DAY - 1000, NOW - DAY + 1000),
    ]


@given(st.integers(NOW - 400 * DAY, NOW), st.integers(0, 5000) | st.integers(0, 400 * DAY), st.integers(1, 40))
@example(NOW, 90_000, 40)
@example(NOW, 3999, 2)
@example(NOW, 4000, 2)
def test_parts_make_up_the_window_and_overlap(first, length, parts):
    window = (first, first + length)
    cut = windows_module.cut(window, parts)
    assert cut[0][0] == window[0] and cut[-1][1] == window[1]
    assert len(cut) == max(1, min(parts, length // 2000))
    assert all(before[1] - after[0] == 1000 for before, after in zip(cut, cut[1:]))
    assert all(begin <= end for begin, end in cut)


def test_a_window_from_the_beginning_of_time_is_cut_where_records_can_be():
    cut = windows_module.cut((0, NOW), 4)
    assert cut[0][0] == 0
    assert all(start > 10**11 for start, _end in cut[1:])


def test_a_window_too_short_is_left_whole():
    assert windows_module.cut((NOW, NOW + 3000), 10) == [(NOW, NOW + 3000)]
