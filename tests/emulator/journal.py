# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was asked, when, and how much of it at once."""

from __future__ import annotations

import time
import weakref
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from .exchange import Exchange

Closer = Callable[["int | None", "str | None"], None]


class Journal:
    """The log of requests and the counts of those in flight, since the last reset."""

    def __init__(self) -> None:
        self._seen: weakref.WeakSet[Any] = weakref.WeakSet()
        self.reset()

    def reset(self) -> None:
        """Forget the past, and those requests too that are being answered right now."""
        self._now_in_flight: Counter[str] = Counter()
        self.entries: deque[dict[str, Any]] = deque(maxlen=200000)
        self._requests: Counter[str] = Counter()
        self._connections: Counter[str] = Counter()
        self._most: Counter[str] = Counter()
        self._most_overall = 0

    def opened(self, exchange: Exchange, transport: Any) -> Closer:
        """Note a request's arrival; what is returned is called with the answer's status and the fault injected."""
        dialect, in_flight = exchange.dialect, self._now_in_flight
        self._requests[dialect] += 1
        in_flight[dialect] += 1
        self._most[dialect] = max(self._most[dialect], in_flight[dialect])
        self._most_overall = max(self._most_overall, sum(in_flight.values()))
        if transport is not None and transport not in self._seen:
            self._seen.add(transport)
            self._connections[dialect] += 1
        entry: dict[str, Any] = {
            "dialect": dialect,
            "method": exchange.method,
            "target": exchange.target,
            "headers": dict(exchange.headers),
            "body": exchange.body.decode("utf-8", "replace"),
            "status": None,
            "fault": None,
            "started": time.time(),
            "ended": None,
        }
        self.entries.append(entry)

        def close(status: int | None, fault: str | None) -> None:
            """The status is None when the connection was torn."""
            in_flight[dialect] -= 1
            entry.update(status=status, fault=fault, ended=time.time())

        return close

    def stats(self) -> dict[str, Any]:
        dialects = {
            name: {
                "requests": self._requests[name],
                "connections": self._connections[name],
                "max_in_flight": self._most[name],
            }
            for name in sorted({*self._requests, *self._most})
        }
        return {
            "requests": sum(self._requests.values()),
            "max_in_flight": self._most_overall,
            "dialects": dialects,
        }
