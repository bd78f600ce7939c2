# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the recording in an answer to a file, event by event, while it arrives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...._base.errors import SourceError
from ...._files.atomic_file import NewFile
from .events import RecordingEvent, is_placeholder, read_event
from .formats import EventFormat
from .stream_parser import EventStreamParser


class EventSink:
    """The recording in a session's JSON, event by event."""

    def __init__(self, file: NewFile, form: Callable[[], EventFormat], wanted: list[str]) -> None:
        """Prepare to write to a file.

        :param form: makes a writer that writes to the file.
        :param wanted: the types of the events to write; unknown types are left out, unless the format refuses them.
        """
        self._file = file
        self._make_form = form
        self._wanted = wanted

    def begin(self, headers: Mapping[str, str]) -> None:
        self._file.restart()
        self._form = self._make_form()
        self._parser = EventStreamParser(self._take)
        #: The number of events that could not be read, and of those that could, by type.
        self.unreadable = 0
        self.types: dict[str, int] = {}
        #: Whether there was only the placeholder of a lost recording; it is not written.
        self.is_lost = False
        self._held: RecordingEvent | None = None

    def write(self, chunk: bytes) -> None:
        try:
            self._parser.feed(chunk)
        except ValueError as problem:
            raise self._failure(problem) from None

    def end(self) -> EventStreamParser:
        try:
            self._parser.end()
            self.is_lost = self._held is not None and not self._parser.others.get("metrics")
            if not self.is_lost:
                self._write_held()
            self._form.end()
        except ValueError as problem:
            raise self._failure(problem) from None
        return self._parser

    def _take(self, item: Any) -> None:
        event = read_event(item)
        if event is None:
            self.unreadable += 1
            return
        if not self.types and self._held is None and is_placeholder(event):
            # It is a placeholder only if nothing follows.
            self._held = event
            return
        self._write_held()
        self._write_event(event)

    def _write_held(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._write_event(held)

    def _write_event(self, event: RecordingEvent) -> None:
        self.types[event.type] = self.types.get(event.type, 0) + 1
        if event.type in self._wanted:
            self._form.event(event)

    def _failure(self, problem: ValueError) -> SourceError:
        return SourceError("protocol", "the answer is no session with a recording: %s" % problem)
