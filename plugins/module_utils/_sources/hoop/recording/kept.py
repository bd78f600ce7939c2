# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep a recording without loss: a line for the session, and one for each event as the gateway has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...._base.errors import SourceError
from ...._base.strict_json import DECODER
from ...._files.atomic_file import NewFile
from ...._records.shape import Row, dig
from .events import is_placeholder, read_event
from .stream_parser import LARGEST, EventStreamParser

FORMAT = "opsaudit-recording/1"
#: What the formats of a download need of the session.
_FIELDS = ("id", "connection", "connection_subtype", "type", "verb", "user", "start_date", "end_date")
_NO_RECORDING = "is no recording that an archive task kept"
#: The longest line, in bytes: Base64 of the largest event.
_LONGEST = 2 * LARGEST


class KeptSink:
    """The recording in a session's JSON, written to a file as it arrives; the same recording always gives the same bytes."""

    def __init__(self, file: NewFile, session: Row) -> None:
        """:param session: the session as it is listed."""
        self._file = file
        known = {name: session.get(name) for name in _FIELDS}
        self._header = {"format": FORMAT, "session": known, "truncated": bool(dig(session, ("metrics", "truncated")))}

    def begin(self, headers: Mapping[str, str]) -> None:
        self._file.restart()
        self._parser = EventStreamParser(self._take)
        self.events = 0
        self._first_is_placeholder = False
        self._write(self._header)

    def write(self, chunk: bytes) -> None:
        self._do(lambda: self._parser.feed(chunk))

    def end(self) -> EventStreamParser:
        self._do(self._parser.end)
        return self._parser

    @property
    def is_lost(self) -> bool:
        """Return whether there was only the placeholder of a lost recording."""
        return self.events == 1 and self._first_is_placeholder and not self._parser.others.get("metrics")

    def _take(self, item: Any) -> None:
        self.events += 1
        if self.events == 1:
            event = read_event(item)
            self._first_is_placeholder = event is not None and is_placeholder(event)
        self._write(item)

    def _write(self, value: Any) -> None:
        self._file.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except ValueError as problem:
            raise SourceError("protocol", "the answer is no session with a recording: %s" % problem) from None


def read_lines(read_line: Callable[[int], bytes]) -> tuple[Row, Iterator[Any]]:
    """Return the session of a kept recording, and its raw events.

    :param read_line: returns the next line, at most so many bytes of it; empty at the end.
    :raises ValueError: if it is no kept recording; the iterator raises it, too.
    """
    header = _parse(read_line(_LONGEST), 1)
    if not isinstance(header, dict) or header.get("format") != FORMAT or not isinstance(header.get("session"), dict):
        raise ValueError(_NO_RECORDING)
    session = {**header["session"], "metrics": {"truncated": True}} if header.get("truncated") else header["session"]
    return session, _read_events(read_line)


def _read_events(read_line: Callable[[int], bytes]) -> Iterator[Any]:
    number = 1
    while line := read_line(_LONGEST):
        number += 1
        yield _parse(line, number)


def _parse(line: bytes, number: int) -> Any:
    try:
        text = line.decode()
        value, end = DECODER.raw_decode(text)
        if text[end:] not in ("", "\n"):
            raise ValueError
        return value
    except (ValueError, RecursionError):
        raise ValueError(_NO_RECORDING if number == 1 else "line %d is no event, or cut" % number) from None


def session_of(given: Any) -> Any:
    """Return a session with its recording from the text of a kept recording; anything else is returned as it is.

    :raises ValueError: if a text is none.
    """
    if not isinstance(given, str):
        return given
    lines: Iterable[str] = given.split("\n")
    rest = iter([line.encode("utf-8", "replace") for line in lines if line])
    try:
        session, events = read_lines(lambda longest: next(rest, b""))
    except ValueError as problem:
        raise ValueError("a recording is a session, a list of events, or a text; this text %s" % problem) from None
    return {**session, "event_stream": list(events)}
