# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute with windows of time: which are covered, which are missing, which to read next. Pure functions.

A window is its first and its last instant, in milliseconds since the epoch. Windows that touch are one.
"""

from __future__ import annotations

from collections.abc import Iterable

Window = tuple[int, int]

#: What is looked for again is looked for with this much around it: sources count in seconds.
_AROUND = 1000
#: The shortest part that a window is split into.
_SHORTEST = 2000
#: No source is older; what is said to be older is not worth a cut (and no source takes a date near 1970).
_OLDEST = 1262304000000  # 2010-01-01


def merge(windows: Iterable[Window]) -> list[Window]:
    """Return windows in order, with overlapping ones joined."""
    result: list[Window] = []
    for first, last in sorted(windows):
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return result


def find_gaps(covered: Iterable[Window], first: int, last: int) -> list[Window]:
    """Return the parts between two instants that these windows do not cover."""
    result: list[Window] = []
    at = first
    for begin, end in merge(covered):
        if begin > at and at < last:
            result.append((at, min(begin, last)))
        at = max(at, end)
    if at < last:
        result.append((at, last))
    return result


def intersect(windows: Iterable[Window], others: Iterable[Window]) -> list[Window]:
    """Return what two sets of windows have in common."""
    left, right = merge(windows), merge(others)
    result: list[Window] = []
    i = j = 0
    while i < len(left) and j < len(right):
        begin, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if begin < end:
            result.append((begin, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return result


def to_read(covered: Iterable[Window], first: int, last: int, overlap: int, grain: int = 1) -> list[Window]:
    """Return what to read so that all between two instants is covered, and what came late is found.

    :param overlap: how far, in milliseconds, to look back before each place where reading begins anew.
    :param grain: windows start at a multiple of this, in milliseconds: the source counts no finer.
    """
    begins = find_gaps(covered, first, last)
    if not begins or begins[-1][1] < last:
        begins.append((last, last))
    windows = merge(((max(first, begin - overlap)) // grain * grain, end) for begin, end in begins)
    return [(begin, end) for begin, end in windows if begin < end]


def surround(instants: Iterable[int], before: int, most: int) -> list[Window]:
    """Return short windows around these instants, as far as they lie before another instant.

    :param most: the number of windows; the closest are made one until there are no more than these.
    """
    windows = merge((instant - _AROUND, min(instant + _AROUND, before)) for instant in instants if instant < before)
    distance = 60_000
    while len(windows) > most:
        # Apart by less than the distance is close enough.
        windows = [
            (begin + distance, end) for begin, end in merge((begin - distance, end) for begin, end in windows)
        ]
        distance *= 4
    return windows


def cut(window: Window, parts: int) -> list[Window]:
    """Split a window into parts of equal length that overlap by a second; return it alone if it is too short.

    Whatever a source makes of an instant that is a window's end: it is inside another.
    """
    first, last = window
    begin = max(first, _OLDEST)
    parts = min(parts, (last - begin) // _SHORTEST)
    if parts < 2:
        return [window]
    bounds = [begin + (last - begin) * number // parts for number in range(parts + 1)]
    bounds[0] = first
    return [(max(first, start - _AROUND), end) for start, end in zip(bounds, bounds[1:])]
