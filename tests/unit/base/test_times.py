# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instants: many notations, one meaning."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.times import parse, parse_iso, to_iso, to_unit

#: 2026-03-30T12:24:38Z
THEN = 1774873478000
NOW = THEN + 90 * 60 * 1000


@pytest.mark.parametrize("text", [
    "2026-03-30T12:24:38Z", "2026-03-30T12:24:38", "2026-03-30 12:24:38", "2026-03-30t12:24:38z", "2026-03-30 12:24:38+00:00",
    "2026-03-30T20:24:38+08:00", "2026-03-30T20:24:38+0800", "2026-03-30T20:24:38+08", "2026-03-30T08:54:38-03:30",
    "2026-03-31T00:24:38+12:00", "2026-03-30T12:24:38.000Z", "2026-03-30T12:24:38,000Z", "2026-03-30T12:24:38.0000009Z",
    "2026-03-30 12:24:38 +00:00", " 2026-03-30T12:24:38Z\n", "1774873478", "1774873478000", "-90m", "-5400s",
    "20260330T122438Z", "20260330T122438", "20260330t122438z", "20260330T202438+08:00", "20260330T202438+0800", "20260330T202438+08",
    "20260330T122438.0009Z", "20260330T122438,000 Z", "20260330122438",
])
def test_one_instant_in_all_notations(text):
    assert parse(text, NOW) == THEN


def test_now():
    assert parse("now", NOW) == NOW
    assert parse(" now ", NOW) == NOW


@pytest.mark.parametrize("text, ago", [
    ("-0s", 0), ("-1s", 1), ("-90m", 5400), ("-24h", 86400), ("-7d", 604800), ("-2w", 1209600), ("-999999999s", 999999999),
])
def test_relative(text, ago):
    assert parse(text, NOW) == NOW - ago * 1000


@pytest.mark.parametrize("text, expected", [
    ("20260301", "2026-03-01T00:00:00.000Z"), ("20260301T000000", "2026-03-01T00:00:00.000Z"), ("20260301T1230", "2026-03-01T12:30:00.000Z"),
    ("20260301T120000.5Z", "2026-03-01T12:00:00.500Z"), ("20240229", "2024-02-29T00:00:00.000Z"), ("20260301235959", "2026-03-01T23:59:59.000Z"),
    ("1774873478503", "2026-03-30T12:24:38.503Z"), ("9999999999", "2286-11-20T17:46:39.000Z"), ("0000000000", "1970-01-01T00:00:00.000Z"),
    ("0001774873478", "1970-01-21T13:01:13.478Z"),
])
def test_digits_mean_what_their_number_says(text, expected):
    """8 a date, 10 seconds, 13 milliseconds, 14 a date and a time."""
    assert to_iso(parse(text, NOW), "ms") == expected


@given(st.text("0123456789", min_size=1, max_size=40))
def test_digits_of_any_other_number_are_refused(text):
    if len(text) not in (8, 10, 13, 14):
        with pytest.raises(ValueError):
            parse(text, NOW)


@pytest.mark.parametrize("text, expected", [
    ("2024-02-29", "2024-02-29T00:00:00.000Z"), ("2000-02-29T23:59:59Z", "2000-02-29T23:59:59.000Z"),
    ("2026-03-30T12:24", "2026-03-30T12:24:00.000Z"), ("2026-03-30T12:24+02:00", "2026-03-30T10:24:00.000Z"),
    ("2026-03-30T12:24:38.5Z", "2026-03-30T12:24:38.500Z"), ("2026-03-30T12:24:38.503999999Z", "2026-03-30T12:24:38.503Z"),
    ("2026-12-31T23:59:59.999-12:00", "2027-01-01T11:59:59.999Z"), ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
    ("2025-07-22T08:42:39.000+00:00", "2025-07-22T08:42:39.000Z"),
])
def test_iso(text, expected):
    assert to_iso(parse(text, NOW), "ms") == expected


@pytest.mark.parametrize("text", [
    "", " ", "yesterday", "Now", "-", "-5", "-5y", "- 5m", "+5m", "5m", "-1.5h", "--5m", "-9999999999s", "1e9", "1774873478.5",
    "-1774873478", "100000000000000", "1774873478503000", "9" * 16, "9" * 400, "0x10", "\u0661\u0662\u0663", "12:24",
    "2026-02-29", "2026-02-31", "2026-02-31T00:00:00Z", "2100-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00",
    "2026-03-30T24:00:00Z", "2026-03-30T12:60:00Z", "2026-03-30T12:24:60Z", "2026-03-30T12:24:38+24:00",
    "2026-03-30T12:24:38+08:60", "2026-03-30T12", "2026-3-30", "26-03-30", "2026-03-30T12:24:38.Z", "2026-03-30T12:24:38.1234567890Z",
    "2026-03-30T12:24:38Z+08:00", "2026-03-30T12:24:38 UTC", "2026-03-30Z", "2026-03-30+08:00", "0", "17748734", "20260230",
    "20260301T", "20260301T12", "20260301T12000", "202603010000", "20260301000060", "20260230000000", "2026-03-01T120000", "20260301T12:00:00",
    "20260301Z", "20260301+0800", "20260301120000Z", "2026-0301", "202603-01", "20260301 120000",
    "2026-W13-1", "2026-03-30T12:24:38Z; DROP", "2026-03-30T12:24:38Z\n2026-03-30", "\uff12026-03-30",
])
def test_what_is_no_instant(text):
    with pytest.raises(ValueError):
        parse(text, NOW)


@given(st.text(max_size=30) | st.from_regex(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?(\.[0-9]{1,9})?(Z|[+-]0[0-9]:00)?)?", fullmatch=True,
))
@example("2026-03-30T12:24:38.5Z")
@example("2026-03-32")
def test_any_text_is_an_instant_or_a_value_error(text):
    try:
        instant = parse(text, NOW)
    except ValueError:
        return
    assert parse(to_iso(instant, "ms"), NOW) == instant


instants = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(
    lambda each: each.replace(microsecond=each.microsecond // 1000 * 1000)
)


@given(instants, st.integers(-23 * 60 - 59, 23 * 60 + 59), st.sampled_from("T t"))
def test_any_zone_means_the_same(then, minutes, between):
    """Held against the standard library."""
    there = then.replace(tzinfo=timezone.utc).astimezone(timezone(timedelta(minutes=minutes))) if 1 < then.year < 9999 else \
        then.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = (there - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)
    assert parse_iso(there.isoformat(between)) == expected
    assert parse(there.isoformat(between, "milliseconds"), NOW) == expected


@given(instants)
def test_to_iso_and_back(then):
    milliseconds = (then - datetime(1970, 1, 1)) // timedelta(milliseconds=1)
    assert to_iso(milliseconds, "ms") == then.isoformat(timespec="milliseconds") + "Z"
    assert parse(to_iso(milliseconds, "ms"), NOW) == milliseconds
    assert to_iso(milliseconds // 1000, "s") == then.isoformat(timespec="seconds") + "Z"


@given(st.integers(10**9, 4 * 10**9))
def test_an_instant_in_each_unit(seconds):
    """And never seconds where milliseconds belong, nor the other way round."""
    texts = (str(seconds), str(seconds * 1000).rjust(13, "0"), to_iso(seconds, "s"), to_iso(seconds * 1000, "ms"), "-7s")
    instants = {parse(text, (seconds + 7) * 1000) for text in texts}
    assert instants == {seconds * 1000}
    assert {to_unit(each, "ms") for each in instants} == {seconds * 1000}
    assert {to_unit(each, "s") for each in instants} == {seconds}
    assert {to_unit(each, "rfc3339") for each in instants} == {to_iso(seconds, "s")}


@pytest.mark.parametrize("instant, unit, down, up", [
    (1500, "s", 1, 2), (1000, "s", 1, 1), (-500, "s", -1, 0), (1500, "ms", 1500, 1500),
    (1500, "rfc3339", "1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z"), (0, "rfc3339", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
])
def test_units_are_rounded_outwards(instant, unit, down, up):
    assert to_unit(instant, unit) == down
    assert to_unit(instant, unit, up=True) == up


@pytest.mark.parametrize("value, unit, expected", [
    (1774873478, "s", "2026-03-30T12:24:38Z"), (1711100286503, "ms", "2024-03-22T09:38:06.503Z"), (0, "s", "1970-01-01T00:00:00Z"),
    (0, "ms", "1970-01-01T00:00:00.000Z"), (-1, "ms", "1969-12-31T23:59:59.999Z"), (1774873478.9, "s", "2026-03-30T12:24:38Z"),
    (253402300799, "s", "9999-12-31T23:59:59Z"), (253402300799999, "ms", "9999-12-31T23:59:59.999Z"),
    (-62135596800, "s", "0001-01-01T00:00:00Z"), (253402300800, "s", None), (253402300800000, "ms", None),
    (-62135596801, "s", None), (-62135596800001, "ms", None), (10**30, "s", None), (-(10**30), "ms", None),
])
def test_to_iso(value, unit, expected):
    assert to_iso(value, unit) == expected
