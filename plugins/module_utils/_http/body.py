# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the body of an answer, as a whole or as it arrives, within limits of size and memory."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any, Protocol

from .._base.errors import SourceError
from .._base.strict_json import parse_json

#: The largest decoded body, in bytes.
MAX_BODY = 64 * 2**20
#: The most bytes of all bodies that a task receives at one time.
MAX_BODIES = 128 * 2**20
#: The most memory for the text and the values of one body, in bytes.
MAX_VALUES = 144 * 2**20
#: The most memory for values that a task keeps until they are handed on, in bytes; answers of usual size do not count.
MAX_KEPT = 128 * 2**20
_USUAL = 4 * 2**20
#: A body of this size stays below that, whatever its content.
_SMALL = 32 * 1024
MAX_NESTING = 1000
_TOO_DEEP = "the answer is nested more than %d levels deep" % MAX_NESTING
_LONGEST_LINE = 200
_ROUNDS = 12

#: The memory of a value in CPython, in bytes, without the text of strings: list, dict, item, string, key.
#: Records are built from them, so that most exist twice for a while.
_WEIGHTS = {b"[": 130, b"{": 350, b",": 60, b'"': 40, b":": 120}
_STRING_TEXT = re.compile(rb'"[^"]*"?')
_NO_STRUCTURE = bytes(set(range(256)) - set(b'[]{},:"'))
_NARROW = bytes(range(0xF0))
_BLOCK = 64 * 1024
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}

#: Takes the JSON of an answer with status 2xx, and returns the result; raises SourceError if the JSON is not as documented.
Read = Callable[[Any], Any]


class Sink(Protocol):
    """Takes the body of a good answer, chunk by chunk; may raise SourceError at any time."""

    def begin(self, headers: Mapping[str, str]) -> None:
        """Start a body, and discard that of an earlier try."""

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""

    def end(self) -> Any:
        """Return the result of the whole body."""


class JsonBody:
    """A body that is read as a whole."""

    def __init__(self, read: Read, max_body: int, memory: Memory) -> None:
        """Prepare to read a body.

        :param memory: the memory of the task.
        """
        self._read = read
        self._max_body = max_body
        self._memory = memory
        self._body = bytearray()
        self._counted = 0
        #: The weight of its values, in bytes: counted in the memory until C(Memory.forget).
        self.weight = 0

    def begin(self, headers: Mapping[str, str]) -> None:
        self.release()

    def write(self, chunk: bytes) -> None:
        self._counted += len(chunk)
        self._memory.take(len(chunk))
        if self._counted > self._max_body:
            raise SourceError("protocol", "the answer is larger than %d MB" % (self._max_body // 2**20))
        self._body += chunk

    def end(self) -> Any:
        try:
            with self._memory.parsing:
                body = bytes(self._body)
                self._body.clear()
                self.weight = self._memory.keep(estimate_weight(body))
                try:
                    data = parse_json(body)
                except ValueError:
                    from .error_mapping import explain_no_json

                    raise explain_no_json(body) from None
            return self._read(data)
        except BaseException:
            self._memory.forget(self.weight)
            self.weight = 0
            raise
        finally:
            self.release()

    def line(self) -> str | None:
        """Return the body if it is one line of plain text, else null."""
        text = self._body[: _LONGEST_LINE + 1].decode("utf-8", "replace").strip()
        return text if 0 < len(text) <= _LONGEST_LINE and text.isprintable() and text[0] not in "<{[" else None

    def release(self) -> None:
        """Discard the bytes that have arrived."""
        self._body.clear()
        self._memory.give_back(self._counted)
        self._counted = 0


class Limited:
    """A sink with a limit."""

    def __init__(self, sink: Sink, max_bytes: int) -> None:
        self._sink = sink
        self._max_bytes = max_bytes
        self._size = 0

    def begin(self, headers: Mapping[str, str]) -> None:
        self._size = 0
        self._sink.begin(headers)

    def write(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > self._max_bytes:
            raise SourceError("protocol", "the answer is larger than %d bytes" % self._max_bytes)
        self._sink.write(chunk)

    def end(self) -> Any:
        return self._sink.end()

    def release(self) -> None:
        """Do nothing: no bytes are kept."""


class Memory:
    """The memory of one task's answers: bodies under way, and values that are kept."""

    def __init__(self, limit: int = MAX_BODIES) -> None:
        self._limit = limit
        self._held = 0
        self._kept = 0
        self._lock = threading.Lock()
        #: Held while a body is parsed: one at a time, as the interpreter does anyway.
        self.parsing = threading.Lock()

    def take(self, size: int) -> None:
        """Count bytes that have arrived.

        :raises SourceError: (protocol) if they are too many; they are counted nevertheless.
        """
        with self._lock:
            self._held += size
            is_full = self._held > self._limit
        if is_full:
            raise SourceError(
                "protocol", "the answers under way are larger than %d MB together" % (self._limit // 2**20),
                hint="Lower concurrency or page_size, or request fewer ids in one task.",
            )

    def give_back(self, size: int) -> None:
        """Stop counting the bytes of a body."""
        with self._lock:
            self._held -= size

    def keep(self, weight: int) -> int:
        """Count values before they are parsed, and return the weight to forget later.

        :raises SourceError: (protocol) if they are too many.
        """
        if weight <= _USUAL:
            return 0
        with self._lock:
            if self._kept + weight > max(MAX_KEPT, weight):
                raise SourceError(
                    "protocol", "the records of this task take more than %d MB of memory" % (MAX_KEPT // 2**20),
                    hint="Lower concurrency or page_size, or read fewer at once: a shorter window, max_records, fewer ids.",
                )
            self._kept += weight
        return weight

    def forget(self, weight: int) -> None:
        """Stop counting values that were handed on."""
        with self._lock:
            self._kept -= weight


def estimate_weight(body: bytes) -> int:
    """Estimate the memory of a body's values, in bytes, and check how deep they are nested.

    :raises SourceError: (protocol) if they are too large, or nested too deeply.
    """
    if len(body) <= _SMALL:
        if _is_deep(body):
            raise SourceError("protocol", _TOO_DEEP)
        return 0
    structure = None
    # The text exists twice: as it is parsed, and in the values.
    text = 2 * len(body) * _measure_width(body)
    if text + _weigh(body) > MAX_VALUES:
        structure = _strip_values(body)
        if text + _weigh(structure) > MAX_VALUES:
            raise SourceError(
                "protocol", "the answer (%d MB) holds so much text and so many values that they take more than %d MB of memory"
                % (len(body) // 2**20, MAX_VALUES // 2**20), hint="Lower page_size, or leave out what makes a record so large.",
            )
    if _is_deep(body, structure):
        raise SourceError("protocol", _TOO_DEEP)
    return text // 2 + _weigh(body if structure is None else structure)


def _is_deep(body: bytes, structure: bytes | None = None) -> bool:
    if body.count(b"[") + body.count(b"{") <= MAX_NESTING:
        return False
    brackets = left = (structure or _strip_values(body)).translate(None, b',:"')
    # Each round removes the innermost brackets, two levels at most. Real answers are empty after a few rounds.
    for _round in range(_ROUNDS):
        left = left.replace(b"[]", b"").replace(b"{}", b"")
    if len(left) <= MAX_NESTING - 2 * _ROUNDS:
        return False
    return max(accumulate(_STEP[each] for each in brackets), default=0) > MAX_NESTING


def _measure_width(body: bytes) -> int:
    """Return the bytes of a character; one wide character makes all of its text wide."""
    if body.isascii() and b"\\u" not in body:
        return 1
    return 4 if b"\\ud" in body or b"\\uD" in body or body.translate(None, _NARROW) else 2


def _weigh(body: bytes) -> int:
    """Estimate the memory of values from the punctuation between them."""
    return sum(body.count(sign) * weight for sign, weight in _WEIGHTS.items())


def _strip_values(body: bytes) -> bytes:
    """Return a body without the text of its strings and numbers."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    signs = body.translate(None, _NO_STRUCTURE)
    structure = bytearray()
    start = 0
    # In blocks of whole strings: a substitution takes a hundred times the memory of what it replaces.
    while start < len(signs):
        end = start + _BLOCK
        if signs.count(b'"', start, end) % 2:
            end = signs.find(b'"', end) + 1 or len(signs)
        structure += _STRING_TEXT.sub(b'""', signs[start:end])
        start = end
    return bytes(structure)
