# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that send requests. Imported when more than one request can be under way."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

#: Seconds after which a waiting thread looks for signals.
_WAKE_UP = 0.5


class ThreadPool:
    """As many threads as requests may be under way."""

    def __init__(self, size: int) -> None:
        self._executor = ThreadPoolExecutor(size)
        self.submit = self._executor.submit

    def wait_for_any(self, futures: Iterable[Future[Any]]) -> set[Future[Any]]:
        """Wait until at least one is done.

        :returns: those that are done.
        """
        done: set[Future[Any]] = set()
        while not done:
            # Not for ever: a signal that comes just before this is handled only when the main thread wakes up.
            done = wait(futures, timeout=_WAKE_UP, return_when=FIRST_COMPLETED).done
        return done

    def close(self) -> None:
        """End all threads; the transport has to be stopped if requests are under way."""
        self._executor.shutdown(wait=True, cancel_futures=True)
