# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The columns of a record in the store, in the same words for all sources."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._base import times

SUCCESS = "success"
FAILURE = "failure"
KILLED = "killed"
BLOCKED = "blocked"
#: Not started: it waits for a review, or in a queue.
WAITING = "waiting"
RUNNING = "running"
UNKNOWN = "unknown"
#: Not finished: it is fetched again.
OPEN = (WAITING, RUNNING)


class Entry(NamedTuple):
    """The columns that can be compared; null is unknown. Times are milliseconds since the epoch."""

    record_id: Any
    kind: str | None = None
    state: str | None = None
    outcome: str = UNKNOWN
    started_at: int | None = None
    ended_at: int | None = None
    actor: str | None = None
    target: str | None = None
    summary: str | None = None


def parse_instant(value: Any, unit: str = "ms") -> int | None:
    """Parse a time of a source; return null if it is invalid.

    :param unit: the unit of a number, C(s) or C(ms); a text is ISO 8601.
    :returns: milliseconds since the epoch.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        # Compared before it is multiplied: a float may become infinite by that.
        if abs(value) >= 2**52:
            return None
        return int(value * 1000) if unit == "s" else int(value)
    try:
        return times.parse_iso(value)
    except (TypeError, ValueError):
        return None
