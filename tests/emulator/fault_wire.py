# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults in how an answer is sent: torn, endless, drop by drop."""

from __future__ import annotations

import asyncio
import socket
import struct

from aiohttp import web

from .faults import Rule

KINDS = ("reset", "endless_body", "endless_headers", "drip", "interim", "second_answer", "odd_length")
#: Those that send the whole right answer, too.
WHOLE = ("drip", "interim", "second_answer")
#: Rows of an endless body that are written at once.
_CHUNK_ROWS = 400


async def send(rule: Rule, request: web.BaseRequest, answer: web.Response) -> web.StreamResponse:
    """Send the right answer the wrong way; what is returned has been sent already, or cannot be."""
    if rule.kind == "reset":
        if rule.options.get("mid_body"):
            await _begin(request, answer)
        _tear(request)
        return answer
    if rule.kind == "endless_headers":
        interval = float(rule.options.get("interval", 1.0)) if rule.options.get("variant") == "slow" else 0.0
        await _endless_headers(request, rule.options.get("variant") == "huge", interval)
        return answer
    if rule.kind == "interim":
        await _interim(rule, request)
        return answer
    if rule.kind in ("second_answer", "odd_length"):
        await _odd(rule, request, answer)
        return answer
    stream = web.StreamResponse(status=answer.status, headers=answer.headers)
    try:
        if rule.kind == "endless_body":
            await _endless_body(request, stream)
        else:
            await _drip(request, stream, _body(answer), float(rule.options.get("interval", 0.05)))
    except ConnectionError:
        pass
    return stream


def _body(answer: web.Response) -> bytes:
    return answer.body if isinstance(answer.body, bytes) else b""


async def _begin(request: web.BaseRequest, answer: web.Response) -> None:
    """Announce the whole body and send half of it."""
    body = _body(answer)
    stream = web.StreamResponse(status=answer.status, headers=answer.headers)
    stream.content_length = len(body)
    await stream.prepare(request)
    await stream.write(body[: len(body) // 2])
    await asyncio.sleep(0.05)


def _tear(request: web.BaseRequest) -> None:
    """A TCP reset: close without lingering."""
    transport = request.transport
    if transport is None:
        return
    plain = transport.get_extra_info("socket")
    if plain is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _endless_body(request: web.BaseRequest, stream: web.StreamResponse) -> None:
    stream.headers.pop("Content-Length", None)
    stream.enable_chunked_encoding()
    await stream.prepare(request)
    await stream.write(b'{"total":1,"sessions":[')
    chunk = (b'{"session_id":"' + b"e" * 140 + b'"},') * _CHUNK_ROWS
    while True:
        await stream.write(chunk)
        await asyncio.sleep(0)


async def _interim(rule: Rule, request: web.BaseRequest) -> None:
    """Answers that are not the final one, some time before it."""
    if request.transport is not None:
        head = f"HTTP/1.1 {rule.options.get('status', 103)} Interim\r\nLink: </x>\r\n\r\n"
        request.transport.write(head.encode() * int(rule.options.get("count", 1)))
    await asyncio.sleep(float(rule.options.get("delay", 0.05)))


async def _odd(rule: Rule, request: web.BaseRequest, answer: web.Response) -> None:
    """The right answer and one that nobody asked for; or one whose length has 5,000 digits."""
    transport = request.transport
    if rule.kind == "second_answer":
        await answer.prepare(request)
        await answer.write_eof()
        if transport is not None:
            transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
    elif transport is not None:
        transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n" % (b"9" * 5000) + _body(answer))
        transport.close()


async def _endless_headers(request: web.BaseRequest, huge: bool, interval: float) -> None:
    transport = request.transport
    if transport is None:
        return
    transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    number = 0
    if huge:
        transport.write(b"X-Huge: ")
    while not transport.is_closing():
        if transport.get_write_buffer_size() > 1 << 18:
            await asyncio.sleep(0.005)
            continue
        number += 1
        transport.write(b"h" * 8192 if huge else b"X-Filler-%d: %s\r\n" % (number, b"f" * 200))
        if interval or number % 50 == 0:
            await asyncio.sleep(interval)


async def _drip(request: web.BaseRequest, stream: web.StreamResponse, body: bytes, interval: float) -> None:
    stream.content_length = len(body)
    await stream.prepare(request)
    for at in range(len(body)):
        await stream.write(body[at : at + 1])
        await asyncio.sleep(interval)
    await stream.write_eof()
