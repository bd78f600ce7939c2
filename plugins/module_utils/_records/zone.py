# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A time zone: its offset from UTC, and when that changes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from .._base.options import invalid

UTC = "UTC"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: Offsets change at a quarter of an hour, and stay for longer than C(_STEP). Both in milliseconds.
_QUARTER = 900_000
_STEP = 7 * 86_400_000
#: Changes before 1970 and after 2100 are ignored. Milliseconds since the epoch.
_FIRST, _LAST = 0, 4_102_444_800_000


class Zone:
    """A time zone by its IANA name."""

    def __init__(self, name: str) -> None:
        """Load the zone.

        :raises OptionError: if this machine's time zone database lacks it.
        """
        self.name = name
        self._zone: tzinfo = timezone.utc if name == UTC else _load_zone(name)
        self._of_quarter = lru_cache(4096)(self._offset)

    def offset(self, instant: int) -> int:
        """Return how far the zone is ahead of UTC, in milliseconds.

        :param instant: milliseconds since the epoch.
        """
        if self.name == UTC:
            return 0
        return self._of_quarter(min(max(instant, _FIRST), _LAST) // _QUARTER)

    def wall(self, instant: int) -> int:
        """Return the local time of an instant, as if it were UTC, in milliseconds since the epoch."""
        return instant + self.offset(instant)

    def changes(self, first: int, last: int) -> list[list[int]]:
        """Return each instant at which the offset changes, and the new offset, in milliseconds; the first holds before it, too."""
        at, last = min(max(first, _FIRST), _LAST), min(max(last, _FIRST), _LAST)
        found = [[at, self.offset(at)]]
        while at < last and self.name != UTC:
            after = min(at + _STEP, last)
            if self.offset(after) != found[-1][1]:
                low, high = at // _QUARTER, after // _QUARTER
                while high - low > 1:
                    middle = (low + high) // 2
                    if self._of_quarter(middle) == found[-1][1]:
                        low = middle
                    else:
                        high = middle
                found.append([high * _QUARTER, self._of_quarter(high)])
            at = after
        return found

    def _offset(self, quarter: int) -> int:
        ahead = (_EPOCH + timedelta(milliseconds=quarter * _QUARTER)).astimezone(self._zone).utcoffset() or timedelta()
        return int(ahead.total_seconds() * 1000)


def _load_zone(name: str) -> tzinfo:
    # Imported here: most reports are in UTC.
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    # The name of a folder, or of a path outside the database, is invalid, too.
    except (KeyError, ValueError, OSError):
        raise invalid("timezone", name, "an IANA time zone", "for example Europe/Berlin; this machine's time zone database must know it") from None
