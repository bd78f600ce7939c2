# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long to wait, and how long in all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._http.backoff import (
    Budget,
    compute_delay,
    retry_after_seconds,
)


@given(st.integers(0, 10**6), st.floats(0, 1))
def test_equal_jitter_between_half_and_all_of_what_grows(attempt, share):
    asked = []

    def uniform(low, high):
        asked.append((low, high))
        return low + share * (high - low)

    waited = compute_delay(attempt, uniform=uniform)
    (low, high), = asked
    assert 2 * low == high <= 20
    assert low <= waited <= high
    assert high == min(20, 0.5 * 2 ** min(attempt, 16))


def test_it_grows_until_it_does_not():
    highs = [compute_delay(attempt, uniform=lambda low, high: high) for attempt in range(10)]
    assert highs == [0.5, 1, 2, 4, 8, 16, 20, 20, 20, 20]


def test_six_retries_outlast_fifteen_seconds():
    assert sum(compute_delay(attempt, uniform=lambda low, high: low) for attempt in range(6)) > 15


@given(st.integers(0, 100))
def test_without_a_given_chance_it_is_within_the_bounds(attempt):
    assert 0 <= compute_delay(attempt) <= 20


@pytest.mark.parametrize("asked, waited", [(0.0, 0), (0.5, 0.5), (7.0, 7), (60.0, 60), (61.0, 60), (1e12, 60), (-3.0, 0)])
def test_what_the_source_asks_for_is_waited_up_to_a_minute(asked, waited):
    assert compute_delay(0, asked) == compute_delay(9, asked) == waited


NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize("value, seconds", [
    (None, None), ("", None), ("0", 0), ("120", 120), (" 5\t", 5), ("9" * 30, 999999999), ("1.5", None), ("-1", None), ("+1", None),
    ("\u0663", None), ("soon", None), ("Tue, 14 Nov 2023 22:13:30 GMT", 10), ("Tue, 14 Nov 2023 22:13:20 GMT", 0),
    ("Tue, 14 Nov 2023 22:00:00 GMT", 0), ("Tuesday, 14-Nov-23 22:13:30 GMT", 10), ("Tue, 99 Nov 2023 22:13:30 GMT", None),
    ("Tue, 14 Nov 99999 22:13:30 GMT", None), ("14 Nov", None),
])
def test_the_header(value, seconds):
    assert retry_after_seconds(value, NOW) == seconds


@given(st.text(max_size=40))
def test_any_header_is_seconds_or_nothing(value):
    seconds = retry_after_seconds(value, NOW)
    assert seconds is None or seconds >= 0


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def test_one_thread_after_the_other():
    clock = Clock()
    budget = Budget(10, clock)
    granted = []
    for wish in (4, 4, 4, 4):
        seconds = budget.grant(wish)
        granted.append(seconds)
        clock.now += (seconds or 0) + 100
    assert granted == [4, 4, 2, None]


def test_threads_that_wait_at_the_same_time_spend_the_same_seconds():
    clock = Clock()
    budget = Budget(10, clock)
    assert [budget.grant(4) for _thread in range(8)] == [4] * 8
    clock.now += 4
    assert [budget.grant(4) for _thread in range(8)] == [4] * 8
    clock.now += 4
    assert [budget.grant(4) for _thread in range(8)] == [2] * 8
    clock.now += 2
    assert [budget.grant(4) for _thread in range(8)] == [None] * 8


def test_who_comes_while_others_wait_pays_for_the_rest():
    clock = Clock()
    budget = Budget(10, clock)
    assert budget.grant(6) == 6
    clock.now += 3
    assert budget.grant(5) == 5, "three seconds of it are paid for"
    clock.now += 5
    assert budget.grant(9) == 2


def test_no_budget():
    assert Budget(0, Clock()).grant(1) is None


def test_not_waiting_is_free():
    clock = Clock()
    budget = Budget(1, clock)
    assert [budget.grant(0) for _each in range(5)] == [0] * 5
    assert budget.grant(1) == 1


@given(
    seconds=st.integers(0, 100),
    steps=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), max_size=30),
)
def test_never_past_the_budget(seconds, steps):
    """Whatever is asked for when: the seconds in which anybody waits are never more than the budget."""
    clock = Clock()
    budget = Budget(seconds, clock)
    waiting = set()
    for passed, wish in steps:
        clock.now += passed
        granted = budget.grant(wish)
        if granted is not None:
            assert 0 <= granted <= wish
            waiting.update(range(int(clock.now), int(clock.now + granted)))
    assert len(waiting) <= seconds
