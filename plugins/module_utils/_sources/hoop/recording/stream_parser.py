# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse the events in a session's JSON while it arrives: a recording may be larger than the memory."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Generator
from typing import Any

from ...._base.strict_json import DECODER

#: The largest value (an event, the input), in characters.
LARGEST = 64 * 2**20
_BLANK = " \t\r\n"
_EVENTS = "event_stream"

Parser = Generator[None, "str | None", None]


class EventStreamParser:
    """A parser of a JSON object in chunks, which hands on each item of its list C(event_stream)."""

    def __init__(self, take: Callable[[Any], None]) -> None:
        """Begin the object.

        :param take: called with each item.
        """
        self._take = take
        #: The other members of the object.
        self.others: dict[str, Any] = {}
        #: Whether the object has the list, even if it is null or empty.
        self.found = False
        self._utf8 = codecs.getincrementaldecoder("utf-8")("strict")
        self._text = ""
        self._at = 0
        self._ended = False
        self._parser = self._object()
        next(self._parser)

    def feed(self, chunk: bytes) -> None:
        """Parse the next bytes.

        :raises ValueError: if this is no such object.
        """
        text = self._utf8.decode(chunk)
        if text:
            self._parser.send(text)

    def end(self) -> None:
        """Check that the object is complete.

        :raises ValueError: if the object is not whole.
        """
        self._utf8.decode(b"", True)
        try:
            self._parser.send(None)
        except StopIteration:
            return
        raise ValueError("the object is not whole")

    def _object(self) -> Parser:
        yield from self._expect("{")
        if (yield from self._peek()) == "}":
            self._at += 1
        else:
            yield from self._members()
        while True:
            if self._text[self._at:].strip(_BLANK):
                raise ValueError("something follows the object")
            self._text, self._at = "", 0
            chunk = None if self._ended else (yield)
            if chunk is None:
                return
            self._text = chunk

    def _members(self) -> Parser:
        while True:
            name = yield from self._value()
            yield from self._expect(":")
            first = yield from self._peek()
            if name == _EVENTS:
                self.found = True
            if name == _EVENTS and first == "[":
                self._at += 1
                yield from self._items()
            else:
                self.others[str(name)] = yield from self._value()
            if (yield from self._expect(",}")) == "}":
                return

    def _items(self) -> Parser:
        if (yield from self._peek()) == "]":
            self._at += 1
            return
        while True:
            self._take((yield from self._value()))
            if (yield from self._expect(",]")) == "]":
                return

    def _peek(self) -> Generator[None, str | None, str]:
        """Return the next character that is not blank, without taking it."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANK:
                    return self._text[self._at]
                self._at += 1
            yield from self._parse_more()

    def _expect(self, characters: str) -> Generator[None, str | None, str]:
        found = yield from self._peek()
        if found not in characters:
            raise ValueError("%r where one of %s belongs" % (found, characters))
        self._at += 1
        return found

    def _value(self) -> Generator[None, str | None, Any]:
        yield from self._peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
                # A number at the end may continue; 1. parses as 1.
                if end < len(self._text) and self._text[end] in _BLANK + ",:]}":
                    self._at = end
                    return value
            except json.JSONDecodeError:
                pass  # perhaps it is only cut
            except RecursionError:
                raise ValueError("nested too deeply") from None
            yield from self._parse_more()

    def _parse_more(self) -> Parser:
        """Wait for at least as much data again, so that a large value is not parsed with every chunk."""
        chunks = [self._text[self._at:]]
        if len(chunks[0]) > LARGEST:
            raise ValueError("one value is too large")
        wanted = max(1, len(chunks[0]))
        while wanted > 0:
            chunk = None if self._ended else (yield)
            if chunk is None:
                self._ended = True
                if len(chunks) == 1:
                    raise ValueError("the object is not whole")
                break  # what there is may be whole
            chunks.append(chunk)
            wanted -= len(chunk)
        self._text, self._at = "".join(chunks), 0
