# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run reads: windows that are not proven, and records that are not over."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.plan import Plan, read_again
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.runs import Reach
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.open_records import OpenRecord

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
#: 2026-03-01
MARCH = 1772323200000
NEVER = Reach(None, None)


def plan(**more):
    now = more.pop("now", MARCH + 30 * DAY)
    return Plan(**{
        "start": MARCH, "last": now, "now": now, "overlap": 10 * MINUTE, "grain": 1, "whole": False, "reread": False, "recheck": 0,
        "abandon_after": 30 * DAY, "retained_from": 0, "has_details": True, "page_size": 100, "restores": False, **more,
    })


def read(covered=(), reach=NEVER, opened=(), count=lambda windows: [0] * len(windows), **more):
    return read_again(plan(**more), list(covered), reach, list(opened), count)


def test_what_was_pruned_is_not_read():
    end = MARCH + 30 * DAY
    assert read(kept_from=MARCH + DAY).windows == [(MARCH + DAY, end)]
    assert read(kept_from=MARCH + 500, grain=1000).windows == [(MARCH, end)]
    assert read(kept_from=MARCH + DAY, recheck=60 * DAY, reread=True).windows == [(MARCH + DAY, end)]
    # The overlap ends there; an open record before is read again.
    covered = [(MARCH + DAY, end - HOUR)]
    assert read(covered, kept_from=end - HOUR).windows == [(end - HOUR, end)]
    windows = read(covered, opened=[OpenRecord("a", MARCH, MARCH)], kept_from=end - HOUR, has_details=False, abandon_after=60 * DAY).windows
    assert windows == [(MARCH - 1000, MARCH + 1000), (end - HOUR, end)]
    assert read(kept_from=end + HOUR).windows == []
    # A source that can only list everything does so.
    assert read(kept_from=MARCH + DAY, whole=True).windows == [(MARCH, end)]


def test_the_first_run_reads_all():
    assert read().windows == [(MARCH, MARCH + 30 * DAY)]
    assert read(start=None).windows == [(0, MARCH + 30 * DAY)]


def test_later_runs_read_what_is_new_and_what_is_open_between():
    end = MARCH + 30 * DAY
    reach = Reach(MARCH, end - DAY)
    assert read([(MARCH, end - DAY)], reach).windows == [(end - DAY - 10 * MINUTE, end)]
    windows = read([(MARCH, MARCH + DAY), (MARCH + 2 * DAY, end - DAY)], reach).windows
    assert windows == [(MARCH + DAY - 10 * MINUTE, MARCH + 2 * DAY), (end - DAY - 10 * MINUTE, end)]
    # The overlap is looked at even where nothing is open; a source that counts in seconds is asked for whole ones.
    assert read([(MARCH, end)], Reach(MARCH, end)).windows == [(end - 10 * MINUTE, end)]
    assert read([(MARCH, end - 1)], reach, grain=1000, overlap=0).windows == [(end - 1000, end)]


def test_an_earlier_start_reads_what_lies_before_and_a_later_one_forgets_nothing():
    end = MARCH + 30 * DAY
    reach = Reach(MARCH, end)
    assert read([(MARCH, end)], reach, start=MARCH - DAY, overlap=0).windows == [(MARCH - DAY, MARCH)]
    found = read([(MARCH + DAY, end)], reach, start=end - DAY, overlap=0)
    assert (found.windows, found.first) == ([(MARCH, MARCH + DAY)], MARCH)


def test_a_start_that_is_omitted_later_means_from_the_beginning():
    end = MARCH + 30 * DAY
    found = read([(MARCH, end)], Reach(MARCH, end), start=None, overlap=0)
    assert (found.windows, found.first) == ([(0, MARCH)], 0)


def test_a_source_that_lists_all_there_is_is_read_as_a_whole():
    end = MARCH + 30 * DAY
    opened = [OpenRecord("a", MARCH, MARCH)]
    found = read([(0, end)], Reach(0, end), opened, start=None, whole=True)
    assert (found.windows, found.lookups, found.open) == ([(0, end)], [], {"a": MARCH})
    assert read(whole=True, start=MARCH + 30 * DAY).windows == []


def test_reread_reads_the_whole_window_of_the_task_again():
    end = MARCH + 30 * DAY
    covered, reach = [(MARCH, end)], Reach(MARCH, end)
    assert read(covered, reach, reread=True).windows == [(MARCH, end)]
    assert read(covered, reach, reread=True, start=end - DAY).windows == [(end - DAY, end)]
    assert read([(0, end)], Reach(0, end), reread=True, start=None).windows == [(0, end)]


def test_recheck_reads_the_last_days_again():
    end = MARCH + 30 * DAY
    assert read([(MARCH, end)], Reach(MARCH, end), recheck=7 * DAY).windows == [(end - 7 * DAY, end)]
    # No further back than the task goes.
    assert read([(MARCH, end)], Reach(MARCH, end), recheck=90 * DAY).windows == [(MARCH, end)]
    # A gap outside is read as ever.
    assert read([(MARCH + DAY, end)], Reach(MARCH, end), recheck=7 * DAY, overlap=0).windows == [(MARCH, MARCH + DAY), (end - 7 * DAY, end)]


@pytest.mark.parametrize("more", [{"reread": True}, {"recheck": 7 * DAY}])
def test_what_is_read_again_begins_where_the_source_can_begin(more):
    end = MARCH + 30 * DAY
    for begin, _end in read([(MARCH + 1, end)], Reach(MARCH + 1, end), start=MARCH + 1, now=end + 1, grain=1000, **more).windows:
        assert begin % 1000 == 0


def looked_at(age, seen, **more):
    """Whether a run looks at a record that began so long ago and was last seen so long ago."""
    now = MARCH + 30 * DAY
    found = read([(0, now)], Reach(0, now), [OpenRecord("a", now - age, now - seen)], start=None, overlap=0, now=now, **more)
    assert (found.abandoned == ["a"]) is ("a" not in found.open)
    return "abandoned" if found.abandoned else bool(found.lookups or found.windows)


@pytest.mark.parametrize("age, seen, due", [
    # Each run in the first day, then daily, after seven days weekly.
    (MINUTE, MINUTE, True), (DAY - 1, MINUTE, True), (DAY, MINUTE, False), (2 * DAY, 12 * HOUR, False), (2 * DAY, DAY, True),
    (7 * DAY - 1, DAY, True), (7 * DAY, DAY, False), (8 * DAY, 6 * DAY, False), (8 * DAY, 7 * DAY, True), (30 * DAY, 7 * DAY, True),
    # A task that runs each night does not begin at the same millisecond.
    (2 * DAY, DAY - 5 * MINUTE, True), (20 * DAY, 7 * DAY - 5 * MINUTE, True),
    (30 * DAY + 1, MINUTE, "abandoned"), (400 * DAY, 400 * DAY, "abandoned"),
])
def test_when_an_open_record_is_looked_at(age, seen, due):
    assert looked_at(age, seen) == due
    assert looked_at(age, seen, has_details=False) == due


def test_when_an_open_record_is_given_up_is_an_option():
    assert [looked_at(age, DAY, abandon_after=2 * DAY) for age in (2 * DAY, 2 * DAY + 1)] == [True, "abandoned"]


def test_open_records_in_a_window_that_is_read_need_no_other_look():
    now = MARCH + 30 * DAY
    found = read([(0, now - HOUR)], Reach(0, now), [OpenRecord("a", now - MINUTE, now - MINUTE)], start=None)
    assert (found.windows, found.lookups, found.open) == ([(now - HOUR - 10 * MINUTE, now)], [], {"a": now - MINUTE})


def look_of(ages, sizes, **more):
    now = MARCH + 30 * DAY
    opened = [OpenRecord("r%d" % number, now - age, 0) for number, age in enumerate(ages)]
    return read([(0, now)], Reach(0, now), opened, lambda windows: [sizes] * len(windows), start=None, overlap=0, **more)


def test_a_look_is_by_id_where_that_is_cheaper_than_the_windows():
    now = MARCH + 30 * DAY
    # Two records apart: two requests, or two windows of one page each.
    assert look_of([2 * DAY, 4 * DAY], 100).lookups == ["r0", "r1"]
    assert look_of([2 * DAY, 4 * DAY], 100).windows == []
    # Fifty within a second: one window of one page is cheaper than fifty requests, one of eighty pages is not.
    together = [2 * DAY + number for number in range(50)]
    assert look_of(together, 60).windows == [(now - 2 * DAY - 49 - 1000, now - 2 * DAY + 1000)]
    assert look_of(together, 60).lookups == []
    assert len(look_of(together, 8000).lookups) == 50
    assert look_of(together, 8000, has_details=False).lookups == []


def test_windows_around_open_records_are_bounded():
    ages = [2 * DAY + number * 5 * MINUTE for number in range(1000)]
    found = look_of(ages, 5, has_details=False)
    assert 0 < len(found.windows) <= 32
    now = MARCH + 30 * DAY
    assert all(any(begin <= now - age <= end for begin, end in found.windows) for age in ages)
