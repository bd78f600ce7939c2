# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read one answer from a socket, before a deadline, and never the answer to another request.

http.client has a time limit for a single byte only, and takes an interim answer for the final one.
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

#: The largest head of an answer with its interim answers, in bytes.
MAX_HEAD = 256 * 1024
#: The most interim answers (1xx) that are skipped.
MAX_INTERIM = 8
#: The bytes of content that must arrive within every timeout.
LEAST_CONTENT = 1024
_CHUNK = 64 * 1024
_BUFFER = 8 * 1024
#: The longest line of a chunk's size; no server is known to send extensions.
_MAX_CHUNK_LINE = 1024

#: Defects of a body, which the parser of heads reports without reading one.
_OF_MULTIPART = (
    email.errors.CloseBoundaryNotFoundDefect, email.errors.MultipartInvariantViolationDefect,
    email.errors.NoBoundaryInMultipartDefect, email.errors.StartBoundaryNotFoundDefect,
)
_LENGTH = re.compile(r"[0-9]{1,15}")
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,12}")


class _Socket(io.RawIOBase):
    """A socket that is read until a deadline, however many bytes arrive, and in a head up to a size."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._raw = socket.makefile("rb", buffering=0)
        #: Seconds; the caller sets it for a single byte, here it limits the whole head.
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
        """Set the deadline to a timeout from now."""
        self.deadline = time.monotonic() + (self.timeout or 0)

    def end(self) -> bool:
        """Stop reading, and restore the socket; return whether TLS holds more bytes."""
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
        #: Whether the connection must be closed.
        self.is_odd = True

    def _read_status(self) -> tuple[str, int, str]:
        """Return the final status; http.client skips only 100, and any number of those."""
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
        # Bytes in the buffer belong to the body.
        self._wire.bytes_left = None
        self._check_framing()

    def _check_framing(self) -> None:
        """Check that the end of the body is unambiguous.

        :raises http.client.HTTPException: if it is not.
        """
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
            # The same length was sent more than once.
            self.length = int(lengths.pop())

    def content(self) -> Iterator[bytes]:
        """Yield the body as it arrives, without its transfer encoding.

        :raises http.client.IncompleteRead: if it breaks off.
        :raises http.client.HTTPException: if it is not HTTP.
        :raises OSError: if the connection breaks, or too little arrives.
        """
        self._wire.extend()
        if self.chunked:
            yield from self._chunks()
        elif self.length is not None:
            yield from self._read_exactly(self.length)
        else:
            while chunk := self.fp.read1(_CHUNK):
                yield chunk
        self.is_odd = bool(self.will_close or self._wire.end() or self.fp.peek(1))
        self.close()

    def extend(self) -> None:
        """Set the deadline to a timeout from now, after enough content arrived."""
        self._wire.extend()

    def pause(self, seconds: float) -> None:
        """Move the deadline by the time that the reader used."""
        self._wire.deadline += seconds

    def _read_exactly(self, size: int) -> Iterator[bytes]:
        while size:
            chunk = self.fp.read1(min(size, _CHUNK))
            if not chunk:
                raise http.client.IncompleteRead(b"", size)
            size -= len(chunk)
            yield chunk

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
            yield from self._read_exactly(int(size, 16))
            if self._line(2):
                raise http.client.HTTPException("a chunk is longer than its size")
        # Trailers are skipped.
        self._wire.bytes_left = MAX_HEAD
        while self._line(MAX_HEAD):
            pass


def content_of(answer: WireResponse) -> Iterator[bytes]:
    """Yield the decoded body as it arrives; at least 1 KiB must arrive within every timeout.

    :raises http.client.HTTPException: if it breaks off, or has an encoding other than gzip.
    :raises OSError: if the connection breaks, or too little arrives.
    """
    arrived = 0
    for chunk in _decode(answer):
        yielded_at = time.monotonic()
        yield chunk
        answer.pause(time.monotonic() - yielded_at)
        arrived += len(chunk)
        if arrived >= LEAST_CONTENT:
            arrived = 0
            answer.extend()


def _decode(answer: WireResponse) -> Iterator[bytes]:
    named = ",".join(answer.headers.get_all("content-encoding", ()))
    encodings = [name for name in named.lower().replace(" ", "").split(",") if name not in ("", "identity")]
    if encodings in (["gzip"], ["x-gzip"]):
        return _unpack(answer.content())
    if encodings:
        raise http.client.HTTPException("its Content-Encoding is %s, but only gzip was requested" % ", ".join(encodings))
    return answer.content()


def _unpack(packed: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the unpacked data chunk by chunk: urllib3 1 unpacks all at once, up to a thousand times as much."""
    unpacker = None
    for data in packed:
        while data:
            # A gzip file may have several members.
            unpacker = unpacker or zlib.decompressobj(31)
            try:
                chunk = unpacker.decompress(data, _CHUNK)
            except zlib.error:
                raise http.client.HTTPException("its body is not the gzip that it says") from None
            data = unpacker.unconsumed_tail
            if chunk:
                yield chunk
            while len(chunk) == _CHUNK and not data and not unpacker.eof:
                # The data that was read may hold more.
                chunk = unpacker.decompress(b"", _CHUNK)
                if chunk:
                    yield chunk
            if unpacker.eof:
                data, unpacker = unpacker.unused_data, None
    if unpacker is not None:
        raise http.client.IncompleteRead(b"")
