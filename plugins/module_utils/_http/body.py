# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of an answer's body: read as a whole, or handed on as it comes; never more of it than a limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .._base.errors import SourceError
from .._base.strict_json import parse_json

#: Takes the JSON of an answer with status 2xx, and returns what it is good for; raises SourceError if it is good for nothing.
Read = Callable[[Any], Any]


class Sink(Protocol):
    """Takes the body of a good answer, piece by piece; may raise SourceError at any time."""

    def begin(self, headers: Mapping[str, str]) -> None:
        """A good answer begins; what came of an earlier try is void."""

    def write(self, chunk: bytes) -> None:
        """The next bytes, in order."""

    def end(self) -> Any:
        """The body is whole: returns what it is good for."""


class JsonBody:
    """A body that is read as a whole."""

    def __init__(self, read: Read, max_body: int) -> None:
        self._read = read
        self._max_body = max_body
        self._chunks: list[bytes] = []
        self._size = 0

    def begin(self, headers: Mapping[str, str]) -> None:
        self._chunks, self._size = [], 0

    def write(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > self._max_body:
            raise SourceError("protocol", "the answer is larger than %d MB" % (self._max_body // 2**20))

    def end(self) -> Any:
        body = b"".join(self._chunks)
        try:
            data = parse_json(body)
        except ValueError:
            from .error_mapping import no_json

            raise no_json(body) from None
        return self._read(data)


class Limited:
    """A sink that is not filled without end."""

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
