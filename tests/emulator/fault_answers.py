# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that are an answer, well sent: another answer instead, or the right one spoiled."""

from __future__ import annotations

import functools
import gzip
import zlib
from typing import Any

from .dialects.base import Dialect
from .exchange import Answer, Exchange
from .faults import Rule

_HTML = (
    "<!doctype html><html><head><title>Sign in</title></head><body><h1>Welcome to the guest network</h1></body></html>"
)
_MIB = 1 << 20


def instead(rule: Rule, dialect: Dialect, exchange: Exchange, elsewhere: str) -> Answer | None:
    """The answer that replaces the right one, for the kinds that do; the request is not even looked at."""
    options = rule.options
    if rule.kind == "status":
        answer = dialect.error(options["status"], options.get("variant", ""))
        if "body" in options:
            answer.body = options["body"]
            answer.content_type = "text/plain" if isinstance(answer.body, str) else "application/json"
        answer.headers.update(options.get("headers", {}))
        return answer
    if rule.kind == "html":
        return Answer(200, _HTML, content_type="text/html; charset=utf-8")
    if rule.kind == "not_json_object":
        return Answer(200, options.get("body", [1, 2, 3]))
    if rule.kind == "redirect":
        target = elsewhere + exchange.path + (f"?{exchange.query}" if exchange.query else "")
        return Answer(options.get("status", 302), "", {"Location": target}, content_type="text/html")
    if rule.kind == "gzip_bomb":
        return Answer(200, gzip_bomb(int(options.get("size", 1024 * _MIB))), {"Content-Encoding": "gzip"})
    if rule.kind == "gzip_twice":
        return Answer(200, gzip.compress(gzip.compress(b"{}")), {"Content-Encoding": "gzip, gzip"})
    if rule.kind == "list_bomb":
        return Answer(200, list_bomb(int(options.get("size", 60 * _MIB))), {"Content-Encoding": "gzip"})
    return None


def spoil(rule: Rule, answer: Answer) -> None:
    """Change the right answer in place, for the kinds that do; a refusal is left as it is."""
    if answer.status >= 300:
        return
    if rule.kind == "truncated_json":
        whole = answer.encode()
        answer.body, answer.page = whole[: len(whole) // 2], None
    elif rule.kind == "baidu_code" and isinstance(answer.body, dict):
        code = rule.options.get("code", "InternalError")
        text = rule.options.get("message", "internal error")
        answer.body, answer.page = {**answer.body, "code": code, "message": text, "success": False}, None
        answer.body.pop("result", None)
    elif answer.page is not None:
        _spoil_page(rule, answer)
    elif rule.kind == "missing_list":
        answer.body = {}


def _spoil_page(rule: Rule, answer: Answer) -> None:
    page = answer.page
    assert page is not None
    if rule.kind == "missing_list":
        _holder(answer.body, page.rows_at).pop(page.rows_at[-1], None)
        answer.page = None
    elif rule.kind == "empty_page":
        page.rows = []
    elif rule.kind == "short_page":
        page.rows = page.rows[: len(page.rows) // 2]
    elif rule.kind == "extra_rows":
        page.rows = page.matched[page.offset : page.offset + 2 * page.limit]
    elif rule.kind == "duplicate_rows" and 0 < len(page.rows) < page.limit:
        if rule.options.get("variant", "last") == "last":
            page.rows = [*page.rows, page.rows[-1]]
        elif page.previous is not None:
            page.rows = [page.previous, *page.rows]
    elif rule.kind == "total":
        holder, key = _holder(answer.body, page.total_at), page.total_at[-1]
        value = rule.options.get("value")
        holder[key] = (holder[key] or 0) + rule.options["delta"] if value is None else value


def _holder(body: Any, path: tuple[str, ...]) -> Any:
    for key in path[:-1]:
        body = body[key]
    return body


@functools.lru_cache(maxsize=4)
def gzip_bomb(size: int) -> bytes:
    """A gzip stream of a JSON object of about `size` bytes; each MiB of blanks is the same kilobyte, packed once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)

    def pack(data: bytes) -> bytes:
        return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)

    blanks = b" " * _MIB
    head, tail, count = b'{"pad":"', b'"}', max(size // _MIB, 1)
    parts = [pack(head), pack(blanks) * count, pack(tail), packer.flush()]
    crc = zlib.crc32(head)
    for _step in range(count):
        crc = zlib.crc32(blanks, crc)
    crc = zlib.crc32(tail, crc)
    length = (len(head) + count * _MIB + len(tail)) & 0xFFFFFFFF
    trailer = crc.to_bytes(4, "little") + length.to_bytes(4, "little")
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + b"".join(parts) + trailer


@functools.lru_cache(maxsize=4)
def list_bomb(size: int) -> bytes:
    """A gzip stream of lists of lists, of about `size` bytes: in memory fifty times as much."""
    return gzip.compress(b"[" + b"[[]]," * (size // 5) + b"[]]", compresslevel=1)
