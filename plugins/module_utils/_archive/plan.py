# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has to read of a scope: the windows that are not proven, and records that are still open. Pure functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .._store.ledger.coverage import Covered
from .._store.ledger.runs import Reach
from .._store.ledger.windows import Window, around, merged, to_read
from .._store.open_records import OpenRecord

_DAY = 24 * 3600 * 1000
#: A task that runs each day begins a little earlier or later: so much less than a day, or a week, will do.
_EARLY = 3600 * 1000
#: So many windows at most are read to look again for records that were open.
_MOST_WINDOWS = 32


class Plan(NamedTuple):
    """What a task asks for, of each of its scopes. Times and durations are milliseconds."""

    #: From where; null for the beginning.
    start: int | None
    #: Up to where.
    last: int
    now: int
    #: How far to look back before each place where reading begins anew.
    overlap: int
    #: Windows start at a multiple of this: the source counts no finer.
    grain: int
    #: Whether the source can only list all there is.
    whole: bool
    #: Whether what is covered is read again: for a viewer whose rights change, and where that was asked for.
    reread: bool
    #: How far back to read again on each run.
    recheck: int
    #: When an open record is given up.
    abandon_after: int
    #: What began before is read and kept, but not proven: the source may have dropped some of it.
    retained_from: int
    #: Whether the source has details of a record by its id.
    has_details: bool
    page_size: int


class Reading(NamedTuple):
    """What is to be read."""

    windows: list[Window]
    first: int
    #: Open records, and when they began.
    open: dict[str, int]
    #: Those to look up by their ids.
    lookups: list[str]
    #: Those that are given up.
    abandoned: list[str]
    rows: list[Covered] = []


def read_again(
    plan: Plan, covered: list[Window], reach: Reach, opened: list[OpenRecord], count: Callable[[list[Window]], list[int]]
) -> Reading:
    """Decide what to read.

    :param covered: what need not be read: it is proven, or was read and can't be proven any more.
    :param reach: from where to where earlier runs were to read.
    :param opened: the records that are open.
    :param count: returns how many records the store has in each of some windows.
    """
    first = 0 if plan.start is None else plan.start if reach.first is None else min(plan.start, reach.first)
    if plan.whole:
        windows = [(first, plan.last)] if first < plan.last else []
    else:
        windows = to_read([] if plan.reread and plan.start is None else covered, first, plan.last, plan.overlap, plan.grain)
        windows = merged([*windows, *_once_more(plan, first)])
    abandoned = [each.record_id for each in opened if plan.now - each.since > plan.abandon_after]
    due = [each for each in opened if plan.now - each.since <= plan.abandon_after and _is_due(each, plan.now)]
    known = {each.record_id: each.since for each in opened if each.record_id not in set(abandoned)}
    outside = [each for each in due if not any(begin <= each.since < end for begin, end in windows)]
    if not outside or plan.whole:
        return Reading(windows, first, known, [], abandoned)
    looks = around([each.since for each in outside], plan.last, _MOST_WINDOWS)
    cost = sum(max(1, -(-size // plan.page_size)) for size in count(looks))
    if plan.has_details and len(outside) <= cost:
        return Reading(windows, first, known, [each.record_id for each in outside], abandoned)
    return Reading(merged([*windows, *looks]), first, known, [], abandoned)


def _once_more(plan: Plan, first: int) -> list[Window]:
    """What is read again although it is proven."""
    starts = []
    if plan.reread:
        starts.append(plan.start if plan.start is not None else first)
    if plan.recheck:
        starts.append(max(first, plan.last - plan.recheck))
    return [(start // plan.grain * plan.grain, plan.last) for start in starts if start < plan.last]


def _is_due(record: OpenRecord, now: int) -> bool:
    """Whether to look at an open record again: each time in its first day, then daily, after seven days weekly."""
    age, seen = now - record.since, now - record.last_seen
    return age < _DAY or seen >= (_DAY if age < 7 * _DAY else 7 * _DAY) - _EARLY
