# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request as it came over the wire, and one answer before it is put on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from .records import Page, to_json

_ROWS = "@@rows@@"


@dataclass
class Exchange:
    """What a dialect may know of a request. Path and query are raw: exactly the bytes received."""

    dialect: str
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    base_url: str
    path: str = field(init=False)
    query: str = field(init=False)

    def __post_init__(self) -> None:
        target = self.target
        if target.startswith(("http://", "https://")):  # the form a proxy gets
            target = "/" + target.split("/", 3)[3] if target.count("/") > 2 else "/"
        self.path, dummy, self.query = target.partition("?")

    def header(self, name: str) -> str | None:
        """The value of a header, names compared in lower case; None when absent."""
        return next((value for key, value in self.headers if key == name), None)

    def pairs(self, plus_is_space: bool = False) -> list[tuple[str, str]]:
        """The query's decoded pairs in the order received."""
        return split_query(self.query, plus_is_space)


def decode(text: str) -> str:
    """Percent-decoding, and nothing else: "+" stays a plus."""
    return unquote_to_bytes(text).decode("utf-8", "surrogateescape")


def split_query(query: str, plus_is_space: bool = False) -> list[tuple[str, str]]:
    if plus_is_space:
        query = query.replace("+", " ")
    halves = (part.partition("=") for part in query.split("&") if part)
    return [(decode(key), decode(value)) for key, dummy, value in halves]


@dataclass
class Answer:
    """A status, headers and a body: JSON, text or bytes. A list's rows are held apart, so that faults can act on them."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    page: Page | None = None

    def encode(self) -> bytes:
        """The body's bytes. Rows come from each record's cached text: only the page asked for is ever serialised."""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode("utf-8", "surrogateescape")
        if self.page is None:
            return b"" if self.body is None and self.status in (204, 304) else to_json(self.body).encode()
        holder = self.body
        for key in self.page.rows_at[:-1]:
            holder = holder[key]
        holder[self.page.rows_at[-1]] = _ROWS
        return to_json(self.body).replace(f'"{_ROWS}"', f"[{','.join(self.page.texts())}]", 1).encode()
