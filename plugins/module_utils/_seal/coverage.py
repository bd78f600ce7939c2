# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what was covered at two instants: windows shrink only by a declared prune, and grow only by a run that read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .._base import times
from .._store.ledger.windows import Window, find_gaps, merge
from .chain import Report
from .statement import Prune, Where, Windows

#: Returns the windows (view, start, end) of the runs of a scope around a window that had not ended at an instant.
Runs = Callable[[Where, Window, int], Sequence[tuple[str, int, int]]]


class Covered(NamedTuple):
    """What was covered, and what was declared as pruned, at one instant."""

    #: The number of the seal; null for the store as it is now.
    seal: int | None
    at: int
    coverage: Mapping[Where, Windows]
    prunes: Mapping[Where, list[Prune]]


#: Before the first seal nothing was.
NOTHING = Covered(0, 0, {}, {})


def compare_coverage(before: Covered, after: Covered, runs: Runs, report: Report) -> None:
    """Report what has no explanation, with the number of the later seal."""
    for where in sorted({*before.coverage, *after.coverage}):
        old, new = before.coverage.get(where, {}), after.coverage.get(where, {})
        if old == new:
            continue
        pruned = max((prune.before for prune in after.prunes.get(where, ())), default=None)
        for view in sorted({*old, *new}):
            name = "coverage of %s, scope %s%s" % (*where, "" if view == "{}" else ", view " + view)
            for start, end in _subtract(old.get(view, ()), new.get(view, ())):
                first = start if pruned is None else max(start, pruned)
                if first < end:
                    report(after.seal, "%s has shrunk: %s is no longer covered" % (name, _words((first, end))))
            for window in _subtract(new.get(view, ()), old.get(view, ())):
                read = [(start, end) for of, start, end in runs(where, window, before.at) if of == view]
                for each in find_gaps(read, *window):
                    report(after.seal, "%s has grown by %s, and no run explains it" % (name, _words(each)))
    _compare_prunes(before, after, report)


def _compare_prunes(before: Covered, after: Covered, report: Report) -> None:
    for where, prunes in before.prunes.items():
        declared = {prune.before: prune for prune in after.prunes.get(where, ())}
        for prune in prunes:
            now = declared.get(prune.before)
            name = "the declaration of the prune before %s of %s, scope %s" % (_word(prune.before), *where)
            if now is None:
                report(after.seal, "%s is gone" % name)
            elif (prune.records, prune.digest) != (now.records, now.digest):
                report(after.seal, "%s was altered" % name)


def _subtract(windows: Sequence[Window], others: Sequence[Window]) -> list[Window]:
    """What these windows cover and the others don't."""
    return [gap for window in merge(windows) for gap in find_gaps(others, *window)]


def _words(window: Window) -> str:
    return "%s to %s" % (_word(window[0]), _word(window[1]))


def _word(instant: int) -> str:
    return times.to_iso(instant, "ms") or str(instant)
