# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a session's result stream: its recording as bytes, which also shows whether a recording is withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...._base.errors import SourceError
from ...._fetch.endpoint import Connection
from ...._files.atomic_file import NewFile
from ...._files.sinks import BytesSink
from ...._http.body import Sink
from ...._http.request import Request
from ..recording.state import build_withheld

if TYPE_CHECKING:
    from ...._http.transport import Transport

#: A web page is the answer of something else than the gateway's API.
WEB_PAGE = "text/html"


class Unwritten(BytesSink):
    """A body that is not written, because only its status matters."""

    def begin(self, headers: Mapping[str, str]) -> None:
        """Keep what the file has."""

    def write(self, chunk: bytes) -> None:
        """Discard the bytes."""


def read_result(
    transport: Transport, connection: Connection, session_id: str, events: Sequence[str], sink: Sink, max_bytes: int
) -> None:
    """Read the result stream.

    :param events: the types of events.
    :raises SourceError: if the gateway refuses it, or has none: those before 1.50 answer 404.
    """
    path = "/api/sessions/%s/result/stream" % session_id
    request = Request(connection.base, path, query=(("events", ",".join(events)),), headers=(("Accept", "*/*"),))
    try:
        transport.stream(request, connection.auth, sink, max_bytes)
    except SourceError as failure:
        if failure.status == 403:
            raise build_withheld(failure) from None
        raise


def refuse_withheld(
    transport: Transport, connection: Connection, session_id: str, size: int, file: NewFile, max_bytes: int
) -> None:
    """Refuse a recording that is withheld, which looks like one that does not exist.

    :param size: how many bytes of it the gateway says it has.
    :raises SourceError: if it is withheld.
    """
    try:
        read_result(transport, connection, session_id, ("i", "o", "e"), Unwritten(file), max_bytes)
    except SourceError as failure:
        if failure.status != 404:
            raise
        if size:
            raise build_withheld() from None
