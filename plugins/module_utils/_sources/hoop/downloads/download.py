# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Download the recording or input of a hoop session, by the best of three ways.

The result stream is the recording as it is, and can be requested again. The raw events are larger, and decoded here. A
link is valid for a single request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ...._base.errors import OptionError, SourceError
from ...._base.options import Settings, invalid
from ...._fetch.endpoint import Connection
from ...._files.atomic_file import NewFile
from ...._files.download_options import BYTES_ALONE, check_options
from ...._files.sinks import BytesSink, TextSink
from ...._http.request import Request
from ..endpoints import DETAILS, SOURCE
from ..recording import asciicast, replay
from ..recording.event_sink import EventSink
from ..recording.formats import PLAYED, EventFormat, open_event_format
from ..recording.state import (
    read_stored_size,
    warn_of_no_events,
    warn_of_state,
    warn_of_truncation,
    warn_of_unreadable,
)
from ..session_state import judge_state
from .download_link import follow_link
from .result_stream import WEB_PAGE, read_result, refuse_withheld

if TYPE_CHECKING:
    from ...._http.transport import Transport

#: How much larger an event may be in the gateway's JSON than in a file: base64, time, type. One byte takes about 30.
MOST_ROOM = 32
_ROOM_BESIDE = 2**20

Result = TypeVar("Result")


class HoopDownload:
    """The download of one session's recording or input."""

    def __init__(self, settings: Settings, connection: Connection, transport: Transport, keep_secret: Callable[[str], None]) -> None:
        """Prepare the download.

        :param keep_secret: masks a text.
        """
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
        """Check the rules between the options.

        :raises OptionError: if one is broken, or the format needs a page that was not built.
        """
        check_options(SOURCE.name, settings, ("id",), ("instance_id", "node_id", "task_id"))
        if settings["content"] == "input":
            if settings["events"] is not None:
                raise OptionError("events: not with content input, which has none")
            if settings["format"] not in BYTES_ALONE:
                raise invalid("format", settings["format"], "possible with content input", "write raw or txt")
        if settings["format"] == "html":
            # Check before the first request.
            replay.load_built()

    def fill(self, file: NewFile) -> None:
        """Write it to a file, in the selected format.

        :raises SourceError: if the gateway lacks it, refuses it, or the format cannot hold it.
        """
        session = self._fetch_session()
        if self._settings["content"] == "input":
            self._save_input(session, file)
        else:
            self._save_recording(session, file)

    def _fetch_session(self) -> dict[str, Any]:
        expand = ["session_input"] if self._settings["content"] == "input" else None
        request = self._details_request(expand)

        def read(data: Any) -> dict[str, Any]:
            self._check_id(data.get("id") if isinstance(data, dict) else None)
            return data

        return self._at(
            "Getting the session", lambda: self._transport.send(request, self._connection.auth, read, DETAILS.max_body).data
        )

    def _details_request(self, expand: list[str] | None) -> Request:
        return DETAILS.request(self._connection.base, {"id": self._id, "expand": expand, "event_stream": None}, {})

    def _check_id(self, found: Any) -> None:
        if str(found).lower() != self._id.lower():
            raise SourceError("protocol", "the answer is about another session")

    def _at(self, doing: str, work: Callable[[], Result]) -> Result:
        try:
            return work()
        except SourceError as failure:
            raise failure.at(doing, {"id": self._id}) from None

    # The input

    def _save_input(self, session: dict[str, Any], file: NewFile) -> None:
        script = session.get("script")
        text = script.get("data") if isinstance(script, dict) else None
        if isinstance(text, str):
            file.restart()
            self._at("Getting the session's input", lambda: file.write(text.encode("utf-8", "replace")))
        else:
            # Some gateways leave it out.
            self._save_by_link(file)
        if not file.size:
            self.warnings.append("Session %s has no input." % self._id)

    # The recording

    def _save_recording(self, session: dict[str, Any], file: NewFile) -> None:
        self._at("Getting the recording", lambda: self._check_session(session))
        self._warn(warn_of_truncation(session))
        is_running = judge_state(session) == "running"
        bytes_alone = self._settings["format"] in BYTES_ALONE
        # Text of both directions at once has to be decoded apart.
        is_mixed = self._settings["format"] == "txt" and "i" in self._wanted and len(self._wanted) > 1
        # Without a known size, only the events show whether the recording is lost, or has none of the wanted types.
        is_sized = is_running or read_stored_size(session) > 0
        types: dict[str, int] | None = None
        if not (bytes_alone and not is_mixed and is_sized and self._save_result_stream(file)):
            try:
                types = self._save_events(session, file)
            except SourceError as failure:
                if not bytes_alone or failure.kind not in ("server", "protocol", "not_found"):
                    raise
                self._save_by_link(file)
        # Some formats write a header even without an event.
        if file.size if types is None else any(map(types.get, self._wanted)):
            if is_running:
                self._warn(warn_of_state(session, "partial"))
        elif not self._is_lost:
            self._warn(warn_of_no_events(session, self._wanted, types or {}))

    def _warn(self, warning: str | None) -> None:
        if warning:
            self.warnings.append(warning)

    def _check_session(self, session: dict[str, Any]) -> None:
        """Refuse what cannot succeed, before the recording is requested.

        :raises SourceError: if it cannot be played, or is too large.
        """
        reason = self._settings["format"] in PLAYED and asciicast.explain_not_playable(session)
        if reason:
            raise SourceError("invalid_request", reason, hint="Select another format.")
        if read_stored_size(session) > self._room:
            raise SourceError(
                "invalid_request", "the gateway has stored %d bytes of it, far more than max_bytes, which is %d"
                % (read_stored_size(session), self._settings["max_bytes"]), hint="Raise max_bytes.",
            )

    def _save_result_stream(self, file: NewFile) -> bool:
        """Download the result stream; return whether the gateway has one: those before 1.50 have none."""
        try:
            self._at("Getting the recording", lambda: self._read_result(self._bytes_sink(file)))
        except SourceError as failure:
            if failure.status != 404:
                raise
            return False
        return True

    def _read_result(self, sink: BytesSink) -> None:
        read_result(self._transport, self._connection, self._id, self._wanted, sink, self._room)

    def _bytes_sink(self, file: NewFile) -> BytesSink:
        kind = BytesSink if self._settings["format"] == "raw" else TextSink
        return kind(file, refuse=WEB_PAGE)

    def _save_events(self, session: dict[str, Any], file: NewFile) -> dict[str, int]:
        """Download the events; return their number by type."""
        settings = self._settings
        screen = asciicast.screen_of(session, settings["width"], settings["height"])

        def form() -> EventFormat:
            return open_event_format(settings["format"], file.write, screen)

        sink = EventSink(file, form, self._wanted)
        request = self._details_request(["event_stream"])

        def get() -> bool:
            parser = self._transport.stream(request, self._connection.auth, sink, self._room).data
            self._check_id(parser.others.get("id"))
            if sink.unreadable and not sink.types:
                raise SourceError("protocol", "no event of the recording can be read")
            if settings["format"] in PLAYED and asciicast.BITMAP in sink.types:
                raise SourceError("invalid_request", asciicast.PICTURES, hint="Select another format.")
            return parser.found

        if not self._at("Getting the recording", get):
            self._at("Getting the recording", lambda: refuse_withheld(
                self._transport, self._connection, self._id, read_stored_size(session), file, self._room,
            ))
        self._is_lost = sink.is_lost
        if sink.is_lost:
            self._warn(warn_of_state(session, "lost"))
        self._warn(warn_of_unreadable(session, sink.unreadable))
        return sink.types

    def _save_by_link(self, file: NewFile) -> None:
        is_input = self._settings["content"] == "input"
        self._at("Downloading by a link", lambda: follow_link(
            self._transport, self._connection, self._id, None if is_input else self._wanted,
            self._bytes_sink(file), self._room, self._keep_secret,
        ))
