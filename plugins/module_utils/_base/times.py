# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instants: read in the notations that people and sources use, written in the unit that a source wants."""

from __future__ import annotations

import re
import time
from calendar import timegm
from email.utils import parsedate_to_datetime
from functools import lru_cache

#: What an option must be, and how to write it.
ALLOWED = ("a time", "write 2026-03-01, 2026-03-01T12:00:00Z, 10 digits of seconds or 13 of milliseconds, -24h or now")

#: Runs of digits mean something by their length; any other length is refused, for it could mean anything.
_DATE, _SECONDS, _MILLISECONDS, _DATE_TIME = 8, 10, 13, 14
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = r"(\d{1,9})([smhdw])"
_FRACTION = r"(?:[.,](\d{1,9}))?"
_ZONE = r"(?: ?(?:([Zz])|([+-])(\d\d):?(\d\d)?))?"
_EXTENDED = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)" + _FRACTION + ")?" + _ZONE + ")?", re.ASCII
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[Tt](\d\d)(\d\d)(?:(\d\d)" + _FRACTION + ")?" + _ZONE + ")?", re.ASCII)
#: How far a source's clock may be behind without a word, in milliseconds: its answers show whole seconds.
_CLOCK_NOISE = 2000
#: The years 1 to 9999, in seconds.
_FIRST, _LAST = -62135596800, 253402300799
#: Joined, they take half the time of formatting them: each record has a time or two.
_TWO_DIGITS = ["%02d" % number for number in range(60)]


def now_ms() -> int:
    """Return the present, in milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


def parse_duration(text: str) -> int:
    """Read a duration such as C(10m), in milliseconds.

    :raises ValueError: for anything else.
    """
    match = re.fullmatch(_DURATION, text, re.ASCII)
    if not match:
        raise ValueError(text)
    return int(match[1]) * _UNITS[match[2]] * 1000


def parse(text: str, now: int) -> int:
    """Read an instant in any notation, as milliseconds since the epoch, UTC.

    :param now: what C(now) and the relative notation refer to, in milliseconds.
    :raises ValueError: for anything else; the caller names the option and what is allowed.
    """
    text = text.strip()
    if text == "now":
        return now
    if text.startswith("-"):
        return now - parse_duration(text[1:])
    if text.isascii() and text.isdigit():
        if len(text) in (_SECONDS, _MILLISECONDS):
            return int(text) * (1000 if len(text) == _SECONDS else 1)
        if len(text) == _DATE_TIME:
            text = "%sT%s" % (text[:_DATE], text[_DATE:])
    return parse_iso(text)


def parse_iso(text: str) -> int:
    """Read an ISO 8601 instant, extended or compact, as milliseconds since the epoch; finer digits are dropped.

    :raises ValueError: if it is none, or names a day or an hour that does not exist.
    """
    match = _EXTENDED.fullmatch(text) or _COMPACT.fullmatch(text)
    if not match:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, _zulu, sign, zone_hours, zone_minutes = match.groups(default="0")
    fields = (int(year), int(month), int(day), int(hour), int(minute), int(second))
    seconds = timegm(fields + (0, 0, 0))
    # timegm rolls 31 February over instead of refusing it.
    if time.gmtime(seconds)[:6] != fields:
        raise ValueError(text)
    if int(zone_hours) > 23 or int(zone_minutes) > 59:
        raise ValueError(text)
    offset = int(zone_hours) * 3600 + int(zone_minutes) * 60
    seconds += offset if sign == "-" else -offset
    return seconds * 1000 + int(fraction[:3].ljust(3, "0"))


def to_unit(instant: int, unit: str, up: bool = False) -> int | str:
    """Convert an instant to the unit of a source.

    :param instant: milliseconds since the epoch.
    :param unit: C(ms), C(s) or C(rfc3339) (whole seconds, UTC).
    :param up: whether to round up to the second, where the unit is that coarse.
    """
    if unit == "ms":
        return instant
    seconds = -(-instant // 1000) if up else instant // 1000
    return seconds if unit == "s" else to_iso(seconds, "s") or str(seconds)


def is_date(instant: int) -> bool:
    """Return whether an instant, in milliseconds since the epoch, is in the years 1 to 9999."""
    return _FIRST <= instant // 1000 <= _LAST


def to_iso(value: int | float, unit: str) -> str | None:
    """Return C(2026-03-30T12:24:38Z) from seconds, C(2024-03-22T09:38:06.503Z) from milliseconds; null outside years 1 to 9999."""
    seconds, rest = divmod(int(value), 1000) if unit == "ms" else (int(value), None)
    if not _FIRST <= seconds <= _LAST:
        return None
    day, second = divmod(seconds, 86400)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    text = f"{_date(day)}T{_TWO_DIGITS[hour]}:{_TWO_DIGITS[minute]}:{_TWO_DIGITS[second]}"
    return text + "Z" if rest is None else "%s.%03dZ" % (text, rest)


@lru_cache(maxsize=1024)
def _date(day: int) -> str:
    """Return the date of a day since the epoch: many records share one."""
    return "%04d-%02d-%02d" % time.gmtime(day * 86400)[:3]


class SourceClock:
    """A source's clock, as the Date of its answers shows it. Local clocks may be wrong, and may be set while a task runs."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        #: By how many seconds it is ahead of this machine's, by the last date; null if there was none.
        self.skew: float | None = None
        #: The lowest of them, and the earliest instant at which this object can have been made, in seconds since the epoch.
        self._lowest: float | None = None
        self._made_at: float | None = None

    def note(self, date: str | None) -> None:
        """Take the Date of an answer that has just arrived."""
        try:
            instant = parsedate_to_datetime(date).timestamp() if date else None
        except (TypeError, ValueError, OverflowError):
            return
        if instant is None:
            return
        self.skew = instant - time.time()
        made_at = instant - (time.monotonic() - self._since)
        self._lowest = self.skew if self._lowest is None else min(self._lowest, self.skew)
        self._made_at = made_at if self._made_at is None else min(self._made_at, made_at)

    def limit(self, instant: int) -> int:
        """Return the present of a task, or what it was by the source's clock if that is earlier: of later times the source can say nothing.

        :param instant: the present when the task began, in milliseconds since the epoch.
        """
        if self._lowest is None or self._made_at is None:
            return instant
        earliest = min(instant + int(self._lowest * 1000), int(self._made_at * 1000))
        return earliest if earliest < instant - _CLOCK_NOISE else instant
