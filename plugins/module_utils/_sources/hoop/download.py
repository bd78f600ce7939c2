# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""hoop: what a session recorded, by the best of the three ways that its gateway has.

The result stream is sent as it is and may be asked for again; the raw events are larger, and decoded here; a link is
good for one single request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..._base.errors import OptionError, SourceError
from ..._base.options import Settings, invalid
from ..._fetch.endpoint import Connection
from ..._files.atomic_file import NewFile
from ..._files.download_options import BYTES_ALONE, check_options
from ..._files.sinks import BytesSink, TextSink
from ..._http.request import Request
from ..._http.transport import Transport
from ..._records.shape import dig
from .download_link import follow_link
from .endpoints import DETAILS, SOURCE
from .recording import asciicast, replay
from .recording.event_sink import EventSink
from .recording.formats import PLAYED, EventFormat, event_format
from .recording.state import recording_warning, stored_size, warning_without_events, withheld
from .session_state import session_state

#: An event takes more room in the gateway's JSON than in a file: base64, time, type. One byte takes about 30.
MOST_ROOM = 32
_ROOM_BESIDE = 2**20
_ANY_TYPE = (("Accept", "*/*"),)
_WEB_PAGE = "text/html"

Result = TypeVar("Result")


class Unwritten(BytesSink):
    """A body of which only the status matters; the file keeps what it has."""

    def begin(self, headers: Mapping[str, str]) -> None:
        """Nothing is restarted."""

    def write(self, chunk: bytes) -> None:
        """Nothing is written."""


class HoopDownload:
    """One session's recording or input."""

    def __init__(self, settings: Settings, connection: Connection, transport: Transport, keep_secret: Callable[[str], None]) -> None:
        """:param keep_secret: called with what must never be shown."""
        self._settings = settings
        self._connection = connection
        self._transport = transport
        self._keep_secret = keep_secret
        self._id: str = settings["id"]
        self._wanted: list[str] = settings["events"] or ["o", "e"]
        self._room = settings["max_bytes"] * MOST_ROOM + _ROOM_BESIDE
        self._is_lost = False
        self.warnings: list[str] = []

    @staticmethod
    def verify(settings: Settings) -> None:
        """Which options go together.

        :raises OptionError: if these don't, or the format needs what is not there.
        """
        check_options(SOURCE.name, settings, ("id",), ("instance_id", "node_id", "task_id"))
        if settings["content"] == "input":
            if settings["events"] is not None:
                raise OptionError("events: not with content input, which has none")
            if settings["format"] not in BYTES_ALONE:
                raise invalid("format", settings["format"], "possible with content input", "write raw or txt")
        if settings["format"] == "html":
            # Better known before anything is asked for.
            replay.built()

    def fill(self, file: NewFile) -> None:
        """Write it to a file, in the form that was asked for.

        :raises SourceError: if the gateway has it not, or not for this caller, or the form can't hold it.
        """
        session = self._session()
        if self._settings["content"] == "input":
            self._input(session, file)
        else:
            self._recording(session, file)

    def _session(self) -> dict[str, Any]:
        expand = ["session_input"] if self._settings["content"] == "input" else None
        request = self._details(expand)

        def read(data: Any) -> dict[str, Any]:
            self._check(data.get("id") if isinstance(data, dict) else None)
            return data

        return self._at(
            "Getting the session", lambda: self._transport.send(request, self._connection.auth, read, DETAILS.max_body).data
        )

    def _details(self, expand: list[str] | None) -> Request:
        return DETAILS.request(self._connection.base, {"id": self._id, "expand": expand, "event_stream": None}, {})

    def _check(self, found: Any) -> None:
        if str(found).lower() != self._id.lower():
            raise SourceError("protocol", "the answer is not about the session that was asked for")

    def _at(self, doing: str, work: Callable[[], Result]) -> Result:
        try:
            return work()
        except SourceError as failure:
            raise failure.at(doing, {"id": self._id}) from None

    # The input

    def _input(self, session: dict[str, Any], file: NewFile) -> None:
        script = session.get("script")
        text = script.get("data") if isinstance(script, dict) else None
        if isinstance(text, str):
            file.restart()
            self._at("Getting the session's input", lambda: file.write(text.encode("utf-8", "replace")))
        else:
            # Some gateways keep it to themselves.
            self._link(file)
        if not file.size:
            self.warnings.append("Session %s has no input." % self._id)

    # The recording

    def _recording(self, session: dict[str, Any], file: NewFile) -> None:
        self._at("Getting the recording", lambda: self._refuse(session))
        if dig(session, ("metrics", "truncated")):
            self.warnings.append("The gateway stopped recording session %s before it ended: it was too large." % self._id)
        is_running = session_state(session) == "running"
        bytes_alone = self._settings["format"] in BYTES_ALONE
        # Text of both directions at once has to be decoded apart.
        is_mixed = self._settings["format"] == "txt" and "i" in self._wanted and len(self._wanted) > 1
        # Where no size is known, the events say whether the recording is lost, or has none of the types that are wanted.
        is_sized = is_running or stored_size(session) > 0
        types: dict[str, int] | None = None
        if not (bytes_alone and not is_mixed and is_sized and self._result_stream(file)):
            try:
                types = self._events(session, file)
            except SourceError as failure:
                if not bytes_alone or failure.kind not in ("server", "protocol", "not_found"):
                    raise
                self._link(file)
        # Some forms say something even if there is no event.
        if file.size if types is None else any(map(types.get, self._wanted)):
            if is_running:
                self._warn(recording_warning(session, "partial"))
        elif not self._is_lost:
            self._warn(warning_without_events(session, self._wanted, types or {}))

    def _warn(self, warning: str | None) -> None:
        if warning:
            self.warnings.append(warning)

    def _refuse(self, session: dict[str, Any]) -> None:
        """Refuse at once what can't come to anything."""
        reason = self._settings["format"] in PLAYED and asciicast.not_playable(session)
        if reason:
            raise SourceError("invalid_request", reason, hint="Ask for another format.")
        if stored_size(session) > self._room:
            raise SourceError(
                "invalid_request", "the gateway has stored %d bytes of it, far more than max_bytes, which is %d"
                % (stored_size(session), self._settings["max_bytes"]), hint="Raise max_bytes.",
            )

    def _result_stream(self, file: NewFile) -> bool:
        """Whether the gateway has such a stream: those before 1.50 have none."""
        try:
            self._at("Getting the recording", lambda: self._read_result(self._wanted, self._bytes_sink(file)))
        except SourceError as failure:
            if failure.status != 404:
                raise
            return False
        return True

    def _read_result(self, events: list[str], sink: BytesSink) -> None:
        query = (("events", ",".join(events)),)
        request = Request(
            self._connection.base, "/api/sessions/%s/result/stream" % self._id, query=query, headers=_ANY_TYPE
        )
        try:
            self._transport.stream(request, self._connection.auth, sink, self._room)
        except SourceError as failure:
            if failure.status == 403:
                raise withheld(failure) from None
            raise

    def _bytes_sink(self, file: NewFile) -> BytesSink:
        kind = BytesSink if self._settings["format"] == "raw" else TextSink
        return kind(file, refuse=_WEB_PAGE)

    def _events(self, session: dict[str, Any], file: NewFile) -> dict[str, int]:
        """How many events of each type there were."""
        settings = self._settings
        screen = asciicast.screen_of(session, settings["width"], settings["height"])

        def form() -> EventFormat:
            return event_format(settings["format"], file.write, screen)

        sink = EventSink(file, form, self._wanted)
        request = self._details(["event_stream"])

        def get() -> bool:
            parser = self._transport.stream(request, self._connection.auth, sink, self._room).data
            self._check(parser.others.get("id"))
            if sink.unreadable and not sink.types:
                raise SourceError("protocol", "no event of the recording can be read")
            if settings["format"] in PLAYED and asciicast.BITMAP in sink.types:
                raise SourceError("invalid_request", asciicast.PICTURES, hint="Ask for another format.")
            return parser.found

        if not self._at("Getting the recording", get):
            self._at("Getting the recording", lambda: self._refuse_withheld(session, file))
        self._is_lost = sink.is_lost
        if sink.is_lost:
            self._warn(recording_warning(session, "lost"))
        if sink.unreadable:
            self.warnings.append("%d events of session %s can't be read, and are left out." % (sink.unreadable, self._id))
        return sink.types

    def _refuse_withheld(self, session: dict[str, Any], file: NewFile) -> None:
        """A recording that is absent is withheld, or there is none: only the result stream says which."""
        try:
            self._read_result(["i", "o", "e"], Unwritten(file, refuse=_WEB_PAGE))
        except SourceError as failure:
            if failure.status != 404:
                raise
            if stored_size(session):
                raise withheld() from None

    def _link(self, file: NewFile) -> None:
        is_input = self._settings["content"] == "input"
        self._at("Downloading by a link", lambda: follow_link(
            self._transport, self._connection, self._id, None if is_input else self._wanted,
            self._bytes_sink(file), self._room, self._keep_secret,
        ))
