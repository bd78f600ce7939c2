# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instants: read in the notations that people and sources use, written in the unit that a source wants."""

from __future__ import annotations

import re
import time
from calendar import timegm
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
