# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request in the form that signers need, before it is encoded."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote

Pairs = tuple[tuple[str, str], ...]


def encode(text: str, safe: str = "") -> str:
    """Percent-encode a text as both signatures define it: UTF-8, all but letters, digits, C(-), C(_), C(.), C(~)."""
    return quote(text, safe="-_.~" + safe)


class Request(NamedTuple):
    """One request to a source.

    C(base) is the endpoint (scheme, host, perhaps a path prefix), C(path) already percent-encoded.
    """

    base: str
    path: str
    method: str = "GET"
    query: Pairs = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def host(self) -> str:
        """Return the Host header: without the port if it is the scheme's default."""
        scheme, _sep, rest = self.base.partition("://")
        host = rest.partition("/")[0].lower()
        return host.removesuffix({"http": ":80", "https": ":443"}[scheme])

    @property
    def full_path(self) -> str:
        """Return the path that is sent, with the endpoint's prefix."""
        return "/" + (self.base.partition("://")[2].partition("/")[2].rstrip("/") + self.path).lstrip("/")

    @property
    def full_path_decoded(self) -> str:
        """Return the path that is sent, percent-decoded."""
        return unquote(self.full_path)

    @property
    def target(self) -> str:
        """Return path and query exactly as they are sent."""
        query = "&".join("%s=%s" % (encode(name), encode(value)) for name, value in sorted(self.query))
        return self.full_path + ("?" + query if query else "")

    @property
    def url(self) -> str:
        """Return the whole URL."""
        return self.base.partition("://")[0] + "://" + self.base.partition("://")[2].partition("/")[0] + self.target
