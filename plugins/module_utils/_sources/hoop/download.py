# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""hoop: what a session recorded, by the best of the three ways that its gateway has.

The result stream is sent as it is and may be asked for again; the raw events are larger, and decoded here; a link is
good for one single request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..._base.errors import OptionError, SourceError
from ..._base.options import Settings, bad
from ..._fetch.endpoint import Connection
from ..._files.atomic_file import NewFile
from ..._files.download_options import BYTES_ALONE, only
from ..._files.sinks import BytesSink, TextSink
from ..._http.request import Request
from ..._http.transport import Transport
from .download_link import follow_link
from .endpoints import DETAILS
from .recording import asciicast, replay
from .recording.event_sink import EventSink
from .recording.formats import PLAYED, EventFormat, event_format
from .session_state import session_state

#: An event takes more room in the gateway's JSON than in a file: base64, time, type. One byte takes about 30.
MOST_ROOM = 32
_ROOM_BESIDE = 2**20
_ANY_TYPE = (("Accept", "*/*"),)
_WEB_PAGE = "text/html"

Result = TypeVar("Result")


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
        self.warnings: list[str] = []

    @staticmethod
    def verify(settings: Settings) -> None:
        """Which options go together.

        :raises OptionError: if these don't, or the format needs what is not there.
        """
        only("hoop", settings, ("id",), ("instance_id", "node_id", "task_id"))
        if settings["content"] == "input":
            if settings["events"] is not None:
                raise OptionError("events: not with content input, which has none")
            if settings["format"] not in BYTES_ALONE:
                raise bad("format", settings["format"], "raw or txt with content input")
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
        stored = session.get("event_size")
        stored = stored if isinstance(stored, int) else 0
        self._at("Getting the recording", lambda: self._refuse(session, stored))
        self._tell(session)
        bytes_alone = self._settings["format"] in BYTES_ALONE
        # Text of both directions at once has to be decoded apart.
        mixed = self._settings["format"] == "txt" and "i" in self._wanted and len(self._wanted) > 1
        types: dict[str, int] | None = None
        if not bytes_alone or mixed or not self._result_stream(file):
            try:
                types = self._events(session, stored, file)
            except SourceError as failure:
                if not bytes_alone or failure.kind not in ("server", "protocol", "not_found"):
                    raise
                self._link(file)
        # Some forms say something even if there is no event.
        if not (file.size if types is None else any(map(types.get, self._wanted))):
            self._tell_of_nothing(stored, types or {})

    def _refuse(self, session: dict[str, Any], stored: int) -> None:
        """Refuse at once what can't come to anything."""
        reason = self._settings["format"] in PLAYED and asciicast.not_playable(session)
        if reason:
            raise SourceError("invalid_request", reason, hint="Ask for another format.")
        if stored > self._room:
            raise SourceError(
                "invalid_request", "the gateway has stored %d bytes of it, far more than max_bytes, which is %d"
                % (stored, self._settings["max_bytes"]), hint="Raise max_bytes.",
            )

    def _tell(self, session: dict[str, Any]) -> None:
        if session_state(session) == "running":
            self.warnings.append("Session %s is still running: this is its recording so far." % self._id)
        metrics = session.get("metrics")
        if isinstance(metrics, dict) and metrics.get("truncated"):
            self.warnings.append("The gateway stopped recording session %s before it ended: it was too large." % self._id)

    def _tell_of_nothing(self, stored: int, types: dict[str, int]) -> None:
        if types or stored:
            there = ", ".join("%d of type %s" % (count, letter) for letter, count in sorted(types.items()))
            self.warnings.append("The recording of session %s has no events of the types %s%s." % (
                self._id, ", ".join(self._wanted), "; it has " + there if there else "",
            ))
        else:
            self.warnings.append("Nothing was recorded of session %s." % self._id)

    def _result_stream(self, file: NewFile) -> bool:
        """Whether the gateway has such a stream: those before 1.50 have none."""
        query = (("events", ",".join(self._wanted)),)
        request = Request(
            self._connection.base, "/api/sessions/%s/result/stream" % self._id, query=query, headers=_ANY_TYPE
        )
        try:
            self._at("Getting the recording", lambda: self._transport.stream(
                request, self._connection.auth, self._bytes_sink(file), self._room
            ))
        except SourceError as failure:
            if failure.status != 404:
                raise
            return False
        return True

    def _bytes_sink(self, file: NewFile) -> BytesSink:
        kind = BytesSink if self._settings["format"] == "raw" else TextSink
        return kind(file, refuse=_WEB_PAGE)

    def _events(self, session: dict[str, Any], stored: int, file: NewFile) -> dict[str, int]:
        """How many events of each type there were."""
        settings = self._settings
        screen = asciicast.screen_of(session, settings["width"], settings["height"])

        def form() -> EventFormat:
            return event_format(settings["format"], file.write, screen)

        sink = EventSink(file, form, self._wanted)
        request = self._details(["event_stream"])

        def get() -> None:
            reader = self._transport.stream(request, self._connection.auth, sink, self._room).data
            self._check(reader.others.get("id"))
            if not reader.found and stored:
                raise SourceError("permission", "there is a recording, but these credentials may not see it")
            if sink.unreadable and not sink.types:
                raise SourceError("protocol", "no event of the recording can be read")
            if settings["format"] in PLAYED and asciicast.BITMAP in sink.types:
                raise SourceError("invalid_request", asciicast.PICTURES, hint="Ask for another format.")

        self._at("Getting the recording", get)
        if sink.unreadable:
            self.warnings.append("%d events of session %s can't be read, and are left out." % (sink.unreadable, self._id))
        return sink.types

    def _link(self, file: NewFile) -> None:
        is_input = self._settings["content"] == "input"
        self._at("Downloading by a link", lambda: follow_link(
            self._transport, self._connection, self._id, None if is_input else self._wanted,
            self._bytes_sink(file), self._room, self._keep_secret,
        ))
