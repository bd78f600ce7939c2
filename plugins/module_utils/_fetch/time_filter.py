# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter by time of an endpoint: its parameters, and what is filtered here."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._base import times
from .._base.options import Settings
from .._records.shape import Row


class TimeFilter(NamedTuple):
    """How a listing is cut to the options C(start_time) and C(end_time): the one is in the window, the other is not.

    C(start) and C(end) are the source's parameters, in C(unit); null if it has none. Where no end was
    given, one is sent all the same: the last full second (or millisecond) before the task began, so
    that what happens from then on doesn't move the list. C(field) is the row's own time in C(clock)
    (C(iso), C(s), C(ms)): whatever the source makes of its parameters, rows outside the window are
    dropped here. C(since) is sent where no start was given, in milliseconds.
    """

    start: str | None = None
    end: str | None = None
    unit: str = "ms"
    field: str | None = None
    clock: str = "iso"
    since: int | None = None

    def window(self, settings: Settings) -> tuple[int | None, int | None]:
        """Return start and end, in milliseconds since the epoch; null is open."""
        first, last = settings["start_time"], settings["end_time"]
        if first is not None and self.clock == "s":
            # Rows that show whole seconds belong to the whole second.
            first -= first % 1000
        if last is None and self.end:
            last = settings.now if self.unit == "ms" else settings.now - settings.now % 1000
            last = last if first is None else max(first, last)
        return first, last

    def params(self, settings: Settings) -> dict[str, Any]:
        """Return the window as parameters of the source."""
        params = {}
        first, last = self.window(settings)
        first = self.since if first is None else first
        if self.start and first is not None:
            params[self.start] = times.to_unit(first, self.unit)
        if self.end and last is not None:
            params[self.end] = times.to_unit(last, self.unit, up=True)
        return params

    @property
    def is_sent(self) -> bool:
        """Return whether the source gets the window, so that only rows at its edges have to be dropped here."""
        return bool(self.start and self.end)

    def is_applied_here(self, settings: Settings) -> bool:
        """Return whether rows have to be looked at here."""
        return self.field is not None and (settings["start_time"], settings["end_time"]) != (None, None)

    def contains(self, row: Row, window: tuple[int | None, int | None]) -> bool:
        """Return whether a row is in the window; one whose time can't be read is."""
        instant = self._instant(row.get(self.field or ""))
        first, last = window
        if instant is None:
            return True
        return (first is None or first <= instant) and (last is None or instant < last)

    def _instant(self, value: Any) -> int | None:
        if self.clock == "iso":
            try:
                return times.parse_iso(value)
            except (TypeError, ValueError):
                return None
        # Beyond all calendars it is no time, and stored as none.
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**52:
            return None
        return value * 1000 if self.clock == "s" else value
