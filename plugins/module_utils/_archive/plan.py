# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan what a run reads of a scope: windows that are not proven, and open records. Pure functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .._store.ledger.coverage import Covered
from .._store.ledger.runs import Reach
from .._store.ledger.windows import Window, merge, surround, to_read
from .._store.open_records import OpenRecord
from .proof import StoredRecords

_DAY = 24 * 3600 * 1000
#: A task that runs each day begins a little earlier or later: so much less than a day, or a week, will do.
_EARLY = 3600 * 1000
#: The most windows that are read again for open records.
_MOST_WINDOWS = 32


class Plan(NamedTuple):
    """The request of a task, for each of its scopes. Times and durations are milliseconds."""

    #: Start; null for the beginning.
    start: int | None
    #: End.
    last: int
    now: int
    #: How far each window that is read extends back, for records that are listed late.
    overlap: int
    #: Windows start at a multiple of this: the resolution of the source.
    grain: int
    #: Whether the source can only list everything.
    whole: bool
    #: Whether covered windows are read again: if the viewer's rights may change, or an option says so.
    reread: bool
    #: How far back to read again on each run.
    recheck: int
    #: After how long an open record is given up.
    abandon_after: int
    #: Records that began before are archived, but their window is not proven: the source may have dropped some.
    retained_from: int
    #: Whether the source has details of a record by its id.
    has_details: bool
    page_size: int
    #: Whether pruned records are read again, and come back.
    restores: bool
    #: What began before was pruned, and is not read.
    kept_from: int = 0


class WindowPart:
    """A window of a scope, which is proven complete as a whole or not at all."""

    def __init__(self, run: Any, window: Window) -> None:
        self.run = run
        self.window = window
        #: The number of listings that have not ended.
        self.listings = 0
        #: Why it cannot be proven complete: reasons, a failure, or that it was split, and its parts are read instead.
        self.reasons: set[str] = set()
        self.failed = False
        self.was_cut = False
        self.stored = StoredRecords(window)
        run.parts += 1

    @property
    def proven(self) -> bool:
        """Return whether it is complete when its listings have ended."""
        return not (self.reasons or self.failed or self.was_cut)


class Reading(NamedTuple):
    """What a run reads of a scope."""

    windows: list[Window]
    first: int
    #: Open records, with their starts.
    open: dict[str, int]
    #: Open records to look up by their ids.
    lookups: list[str]
    #: Open records that are given up.
    abandoned: list[str]
    rows: list[Covered] = []


def read_again(
    plan: Plan, covered: list[Window], reach: Reach, opened: list[OpenRecord], count: Callable[[list[Window]], list[int]]
) -> Reading:
    """Decide what to read.

    :param covered: the windows to skip: proven ones, and those that were read but can no longer be proven.
    :param reach: from where to where earlier runs were to read.
    :param opened: the records that are open.
    :param count: returns how many records the store has in each of some windows.
    """
    first = 0 if plan.start is None else plan.start if reach.first is None else min(plan.start, reach.first)
    if plan.whole:
        windows = [(first, plan.last)] if first < plan.last else []
    else:
        windows = to_read(covered, first, plan.last, plan.overlap, plan.grain)
        windows = _clip(merge([*windows, *_plan_rereading(plan, first)]), plan.kept_from // plan.grain * plan.grain)
    abandoned = [each.record_id for each in opened if plan.now - each.since > plan.abandon_after]
    kept = [each for each in opened if plan.now - each.since <= plan.abandon_after]
    known = {each.record_id: each.since for each in kept}
    due = [each for each in kept if _is_due(each, plan.now)]
    outside = [each for each in due if not any(begin <= each.since < end for begin, end in windows)]
    if not outside or plan.whole:
        return Reading(windows, first, known, [], abandoned)
    looks = surround([each.since for each in outside], plan.last, _MOST_WINDOWS)
    cost = sum(max(1, -(-size // plan.page_size)) for size in count(looks))
    if plan.has_details and len(outside) <= cost:
        return Reading(windows, first, known, [each.record_id for each in outside], abandoned)
    return Reading(merge([*windows, *looks]), first, known, [], abandoned)


def _plan_rereading(plan: Plan, first: int) -> list[Window]:
    """Return the proven windows that are read again."""
    starts = []
    if plan.reread:
        starts.append(plan.start if plan.start is not None else first)
    if plan.recheck:
        starts.append(max(first, plan.last - plan.recheck))
    return [(start // plan.grain * plan.grain, plan.last) for start in starts if start < plan.last]


def _clip(windows: list[Window], first: int) -> list[Window]:
    return [(max(begin, first), end) for begin, end in windows if end > first]


def _is_due(record: OpenRecord, now: int) -> bool:
    """Return whether to fetch an open record again: in every run on its first day, then daily, after seven days weekly."""
    age, seen = now - record.since, now - record.last_seen
    return age < _DAY or seen >= (_DAY if age < 7 * _DAY else 7 * _DAY) - _EARLY
