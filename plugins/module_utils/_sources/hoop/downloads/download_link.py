# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follow hoop's download links: each is valid for one request, and is its own credential."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from ...._base.errors import SourceError
from ...._fetch.endpoint import Connection
from ...._http.auth import Auth
from ...._http.body import Sink
from ...._http.request import Request

if TYPE_CHECKING:
    from ...._http.transport import Transport

_TOKEN = "[A-Za-z0-9_-]{16,256}"
_USED_UP = (401, 404, 410)


def follow_link(
    transport: Transport,
    connection: Connection,
    session_id: str,
    events: list[str] | None,
    sink: Sink,
    max_bytes: int,
    keep_secret: Callable[[str], None],
) -> None:
    """Download by a link, and by a second one if the first fails.

    :param events: the types of the events to download; null for the input.
    :raises SourceError: if the gateway returns no link, or both fail.
    """
    for last in (False, True):
        token = _fetch_token(transport, connection, session_id, events, keep_secret)
        query: list[tuple[str, str]] = [("token", token)]
        path = "/api/sessions/%s/download" % session_id
        if events is None:
            path += "/input"
        else:
            # The gateway reads these from the download's own query.
            query += [("extension", "txt"), ("newline", "0"), ("event-time", "0"), ("events", ",".join(events))]
        # On the configured endpoint: the gateway may name another host, and drops a path prefix.
        request = Request(connection.base, path, query=tuple(query), headers=(("Accept", "*/*"),))
        try:
            transport.stream(request, Auth(), sink, max_bytes, once=True)
            return
        except SourceError as failure:
            # The request has used up the link, even if it failed.
            if last or not (failure.status in _USED_UP or failure.kind in ("network", "server", "rate_limited")):
                raise


def _fetch_token(
    transport: Transport, connection: Connection, session_id: str, events: list[str] | None, keep_secret: Callable[[str], None]
) -> str:
    query: tuple[tuple[str, str], ...] = (("extension", "txt"),)
    query += (("blob-type", "session_input"),) if events is None else (("events", ",".join(events)),)

    def read(data: Any) -> str:
        url = data.get("download_url") if isinstance(data, dict) else None
        if not isinstance(url, str):
            raise SourceError("protocol", "the answer has no link")
        keep_secret(url)
        try:
            token = parse_qs(urlsplit(url).query).get("token", [""])[0]
        except ValueError:
            token = ""
        if not re.fullmatch(_TOKEN, token):
            raise SourceError("protocol", "the answer's link can't be used")
        keep_secret(token)
        return token

    request = Request(connection.base, "/api/sessions/%s" % session_id, query=query)
    return transport.send(request, connection.auth, read).data
