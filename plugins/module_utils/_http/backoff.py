# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide how long to wait before the next try, and limit the waits of a task."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

BASE = 0.5
CAP = 20.0
RETRY_AFTER_CAP = 60.0


def compute_delay(attempt: int, retry_after: float | None = None, uniform: Callable[[float, float], float] = random.uniform) -> float:
    """Return the seconds to wait before the next try: exponential, half of it random, so that six tries outlast 15 seconds.

    Retry-After takes precedence, up to a minute.

    :param attempt: the number of the try that failed, from 0.
    :param retry_after: seconds; null if the source sent none.
    """
    if retry_after is not None:
        return min(max(retry_after, 0.0), RETRY_AFTER_CAP)
    longest = min(CAP, BASE * 2 ** min(attempt, 16))
    return uniform(longest / 2, longest)


def retry_after_seconds(value: str | None, now: float) -> float | None:
    """Parse a Retry-After header, which is seconds or an HTTP date; return null if it is neither.

    :param now: seconds since the epoch.
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (TypeError, ValueError, OverflowError):
        return None


class Budget:
    """The seconds that all waits of one task may take.

    Threads that wait at the same time share the same seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._left = float(seconds)
        self._clock = clock
        self._waiting_until = 0.0
        self._lock = threading.Lock()

    def grant(self, seconds: float) -> float | None:
        """Return how many of these seconds may be waited now; null if the budget is used up."""
        with self._lock:
            now = self._clock()
            paid_until = max(self._waiting_until, now)
            granted = min(seconds, paid_until - now + self._left)
            if self._left <= 0 and granted <= 0:
                return None
            end = now + granted
            self._left -= max(0.0, end - paid_until)
            self._waiting_until = max(self._waiting_until, end)
            return granted
