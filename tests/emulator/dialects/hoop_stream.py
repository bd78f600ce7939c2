# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recorded event stream, as the gateway renders it in a session and in a download."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

Event = Sequence[Any]

UNDECODABLE = (
    "An internal error occurred: unable to decode the event stream due to invalid characters.\n"
    "Please download the session as an alternative."
)
#: Control characters that a Go quoting verb writes in a way JSON does not know.
_UNQUOTABLE = re.compile("[\x00-\x07\x0b\x0e-\x1f\x7f]")


def render(events: list[Event], form: str, is_wire: bool) -> tuple[Any, int | None]:
    """The `event_stream` value of a rendering, and the size it recomputes (None: the stored one stays)."""
    if form == "":
        return list(events), None
    if form == "raw-queries":
        return _raw_queries(events) if is_wire else (list(events), None)
    joined = b"".join(payload(event) for event in events if event[1] in ("o", "e"))
    if form == "base64":
        text = base64.b64encode(joined).decode()
        return [text], len(text)
    if form == "utf8":
        text = joined.decode("utf-8", "replace")
        return [text if _quotable(joined, text) else UNDECODABLE], len(text)
    raise ValueError("event_stream attribute has an unknown type format")


def payload(event: Event) -> bytes:
    return base64.b64decode(event[2])


def letters(text: str) -> str:
    """The event types a parameter asks for: unknown ones are dropped, and none left means output and errors."""
    return ",".join(letter for letter in text.split(",") if letter in ("i", "o", "e")) or "o,e"


def download(events: list[Event] | None, start_date: str, query: dict[str, str]) -> bytes:
    """The body of a download, formatted as the query of the download itself asks."""
    if events is None:
        return b""
    extension = query.get("extension", "")
    wanted = letters(query.get("events", "")).split(",")
    chosen = [event for event in events if event[1] in wanted]
    if extension.endswith("json"):
        return _as_json(chosen, start_date) if events else b""
    out = bytearray()
    for event in chosen:
        if query.get("event-time") == "1":
            out += f"{_when(event, start_date)} ".encode()
        out += payload(event)
        if query.get("newline") == "1":
            out += b"\n"
    return bytes(out).replace(b"\t", b",") if extension.endswith("csv") else bytes(out)


def _as_json(chosen: list[Event], start_date: str) -> bytes:
    if not chosen:
        return b"null"
    rows = [
        {"stream": payload(event).decode("utf-8", "replace"), "time": _when(event, start_date), "type": event[1]}
        for event in chosen
    ]
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode()


def _when(event: Event, start_date: str) -> str:
    moment = parse_time(start_date) + timedelta(seconds=float(event[0]))
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _quotable(joined: bytes, text: str) -> bool:
    try:
        joined.decode("utf-8")
    except UnicodeDecodeError:
        return False
    odd = any(ord(char) > 0xFFFF and not char.isprintable() for char in text)
    return not odd and not _UNQUOTABLE.search(text)


def _raw_queries(events: list[Event]) -> tuple[Any, int]:
    """Queries of the PostgreSQL wire messages Query and Parse; null when there is none."""
    found = [(event[0], query) for event in events if event[1] == "i" for query in _wire_queries(payload(event))]
    rows = [[when, "i", base64.b64encode(query).decode()] for when, query in found]
    return rows or None, sum(len(query) for dummy, query in found)


def _wire_queries(data: bytes) -> list[bytes]:
    queries = []
    at = 0
    while at + 5 <= len(data):
        kind = data[at : at + 1]
        (size,) = struct.unpack(">I", data[at + 1 : at + 5])
        fields = data[at + 5 : at + 1 + size].split(b"\0")
        if kind == b"Q":
            queries.append(fields[0])
        elif kind == b"P" and len(fields) > 1:
            queries.append(fields[1])
        at += 1 + max(size, 4)
    return queries


_RFC3339 = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$")


def parse_time(text: str) -> datetime:
    """RFC 3339 with any number of fraction digits; ValueError for anything else, a missing zone included."""
    match = _RFC3339.match(text)
    if not match:
        raise ValueError(f"not RFC 3339: {text}")
    day, clock, fraction, zone = match.groups()
    moment = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone == 'Z' else zone}").astimezone(timezone.utc)
    return moment.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))


def microseconds(moment: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)


def format_time(micro: int) -> str:
    """As Go writes it: no trailing zeros in the fraction, and none at all for a whole second."""
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=micro)
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
