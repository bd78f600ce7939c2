# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One answer on the wire, byte by byte: never longer than its deadline allows, and never another request's answer.

http.client waits as long as each single byte is in time, and hands an interim answer on as the final one.
"""

from __future__ import annotations

import email.errors
import http.client
import io
import re
import time
import zlib
from collections.abc import Iterator
from typing import Any

#: The head of an answer, its interim answers included, in bytes.
MAX_HEAD = 256 * 1024
#: Interim answers (1xx) that are read past.
MAX_INTERIM = 8
#: Bytes of content that must arrive in every timeout.
LEAST_CONTENT = 1024
_PIECE = 64 * 1024
_BUFFER = 8 * 1024
#: A chunk's size with its extensions; no server is known to send any.
_MAX_CHUNK_LINE = 1024

#: Complaints about a body that the parser of heads doesn't get to see.
_OF_MULTIPART = (
    email.errors.CloseBoundaryNotFoundDefect, email.errors.MultipartInvariantViolationDefect,
    email.errors.NoBoundaryInMultipartDefect, email.errors.StartBoundaryNotFoundDefect,
)
_LENGTH = re.compile(r"[0-9]{1,15}")
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,12}")


class _Socket(io.RawIOBase):
    """A socket that stops at a deadline, however busily it sends, and in a head after so many bytes."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._raw = socket.makefile("rb", buffering=0)
        #: Seconds; what the caller has set for a single byte is the limit for the whole head.
        self.timeout: float | None = socket.gettimeout()
        self.deadline = time.monotonic() + (self.timeout or 0)
        self.bytes_left: int | None = MAX_HEAD + _BUFFER
        self.is_shut = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.is_shut:
            return 0
        if self.bytes_left is not None and self.bytes_left <= 0:
            raise http.client.HTTPException("its head is larger than %d KB" % (MAX_HEAD // 1024))
        if self.timeout is not None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._socket.settimeout(left)
        size: int | None = self._raw.readinto(buffer)
        if self.bytes_left is not None:
            self.bytes_left -= size or 0
        return size

    def extend(self) -> None:
        """Begin the next period."""
        self.deadline = time.monotonic() + (self.timeout or 0)

    def end(self) -> bool:
        """Read no more, and leave the socket as it was; returns whether TLS holds bytes that nobody asked for."""
        self.is_shut = True
        if self.timeout is not None:
            self._socket.settimeout(self.timeout)
        pending = getattr(self._socket, "pending", None)
        return bool(pending and pending())

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class WireResponse(http.client.HTTPResponse):
    """One final answer."""

    fp: Any

    def __init__(self, sock: Any, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self.fp.close()
        self._wire = _Socket(sock)
        self.fp = io.BufferedReader(self._wire, _BUFFER)
        #: Whether the connection must not be used again.
        self.is_odd = True

    def _read_status(self) -> tuple[str, int, str]:
        """The final answer's; http.client skips no interim answer but 100, and any number of those."""
        for _interim in range(MAX_INTERIM + 1):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200:
                return version, status, reason
            if status == 101:
                raise http.client.HTTPException("it switches to another protocol")
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("more than %d interim answers" % MAX_INTERIM)

    def begin(self) -> None:
        if self.headers is not None:
            return
        super().begin()
        # Bytes that are in the buffer already belong to the body.
        self._wire.bytes_left = None
        self._check_framing()

    def _check_framing(self) -> None:
        """:raises http.client.HTTPException: where it isn't plain at which byte the body ends."""
        headers = self.headers
        if not all(isinstance(defect, _OF_MULTIPART) for defect in headers.defects):
            raise http.client.HTTPException("its head has lines that are no headers")
        lengths = {length.strip() for value in headers.get_all("content-length", ()) for length in value.split(",")}
        if len(lengths) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
            raise http.client.HTTPException("its Content-Length is no number")
        if not self.chunked and headers.get("transfer-encoding"):
            raise http.client.HTTPException("its Transfer-Encoding is not chunked")
        if len(headers.get_all("transfer-encoding", ())) > 1 or self.chunked and lengths:
            self.will_close = True
        if lengths and self.length is None and not self.chunked:
            # It was given more than once.
            self.length = int(lengths.pop())

    def content(self) -> Iterator[bytes]:
        """The body as it arrives, without its transfer encoding.

        :raises http.client.IncompleteRead: if it breaks off.
        :raises http.client.HTTPException: if it is no HTTP.
        :raises OSError: if the connection breaks, or too little arrives.
        """
        self._wire.extend()
        if self.chunked:
            yield from self._chunks()
        elif self.length is not None:
            yield from self._exactly(self.length)
        else:
            while piece := self.fp.read1(_PIECE):
                yield piece
        self.is_odd = bool(self.will_close or self._wire.end() or self.fp.peek(1))
        self.close()

    def extend(self) -> None:
        """Enough content has arrived: the next period begins."""
        self._wire.extend()

    def pause(self, seconds: float) -> None:
        """Time that the reader took for itself doesn't count."""
        self._wire.deadline += seconds

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self.fp.read1(min(size, _PIECE))
            if not piece:
                raise http.client.IncompleteRead(b"", size)
            size -= len(piece)
            yield piece

    def _line(self, limit: int) -> bytes:
        line: bytes = self.fp.readline(limit + 1)
        if len(line) > limit:
            raise http.client.HTTPException("a line between its chunks is too long")
        if not line.endswith(b"\n"):
            raise http.client.IncompleteRead(b"")
        return line.rstrip(b"\r\n")

    def _chunks(self) -> Iterator[bytes]:
        while True:
            size = self._line(_MAX_CHUNK_LINE).partition(b";")[0].strip()
            if not _CHUNK_SIZE.fullmatch(size):
                raise http.client.HTTPException("a chunk's size is no number")
            if int(size, 16) == 0:
                break
            yield from self._exactly(int(size, 16))
            if self._line(2):
                raise http.client.HTTPException("a chunk is longer than its size")
        # Trailers, of no use here.
        self._wire.bytes_left = MAX_HEAD
        while self._line(MAX_HEAD):
            pass


def content_of(answer: WireResponse) -> Iterator[bytes]:
    """The body as it arrives, decoded; at least 1 KiB of it in every timeout.

    :raises http.client.HTTPException: if it breaks off, or is in an encoding that was not asked for.
    :raises OSError: if the connection breaks, or too little arrives.
    """
    arrived = 0
    for piece in _decoded(answer):
        asked_at = time.monotonic()
        yield piece
        answer.pause(time.monotonic() - asked_at)
        arrived += len(piece)
        if arrived >= LEAST_CONTENT:
            arrived = 0
            answer.extend()


def _decoded(answer: WireResponse) -> Iterator[bytes]:
    named = ",".join(answer.headers.get_all("content-encoding", ()))
    encodings = [name for name in named.lower().replace(" ", "").split(",") if name not in ("", "identity")]
    if encodings in (["gzip"], ["x-gzip"]):
        return _unpacked(answer.content())
    if encodings:
        raise http.client.HTTPException("its Content-Encoding is %s, where only gzip was asked for" % ", ".join(encodings))
    return answer.content()


def _unpacked(packed: Iterator[bytes]) -> Iterator[bytes]:
    """Unpacked piece by piece: urllib3 1 unpacks all that has arrived at once, a thousand times as much."""
    unpacker = None
    for data in packed:
        while data:
            # A gzip file may have several members.
            unpacker = unpacker or zlib.decompressobj(31)
            try:
                piece = unpacker.decompress(data, _PIECE)
            except zlib.error:
                raise http.client.HTTPException("its body is not the gzip that it says") from None
            data = unpacker.unconsumed_tail
            if piece:
                yield piece
            while len(piece) == _PIECE and not data and not unpacker.eof:
                # There may be more of what was read already.
                piece = unpacker.decompress(b"", _PIECE)
                if piece:
                    yield piece
            if unpacker.eof:
                data, unpacker = unpacker.unused_data, None
    if unpacker is not None:
        raise http.client.IncompleteRead(b"")
