# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert a recording that an archive task kept, in the formats of a download, without the gateway."""

from __future__ import annotations

import os
from typing import Any

from ...._base.errors import OptionError, SourceError
from ...._base.options import Settings, invalid
from ...._files.atomic_file import NewFile
from ..recording import asciicast, replay
from ..recording.events import read_event
from ..recording.formats import PLAYED, EventFormat, open_event_format
from ..recording.kept import read_lines
from ..recording.state import warn_of_no_events, warn_of_truncation, warn_of_unreadable

#: Options that name something at the source.
_OF_SOURCE = ("id", "instance_id", "node_id", "task_id")
_EXTENSION = ".recording.jsonl"


class KeptRecording:
    """The conversion of one kept recording."""

    def __init__(self, settings: Settings, source: str) -> None:
        """Check the options, and that there is such a recording.

        :param source: the source that has recordings.
        :raises OptionError: if an option doesn't go with it, the file can't be read, or the format can't hold it.
        """
        self._settings = settings
        self._path: str = settings["attachment"]
        self.warnings: list[str] = []
        given = [name for name in _OF_SOURCE if settings[name] is not None]
        if given:
            raise OptionError("%s: not with attachment, which is the file of one session" % ", ".join(given))
        if settings["source"] not in (None, source):
            raise invalid("source", settings["source"], "possible with attachment", "write %s, or leave it out" % source)
        if settings["content"] != "recording":
            raise invalid("content", settings["content"], "possible with attachment", "write recording")
        if settings["format"] in PLAYED:
            replay.load_built()
        if not os.path.isabs(self._path) or "\0" in self._path:
            raise invalid("attachment", self._path, "an absolute path")
        try:
            with open(self._path, "rb") as file:
                session, _events = read_lines(file.readline)
        except OSError as problem:
            raise OptionError("attachment: %r can't be read (%s)" % (self._path[:200], problem.strerror)) from None
        except ValueError as problem:
            raise OptionError("attachment: %r %s" % (self._path[:200], problem)) from None
        reason = settings["format"] in PLAYED and asciicast.explain_not_playable(session)
        if reason:
            raise OptionError("format: %s (select another format)" % reason)

    @property
    def name(self) -> str:
        """Return the name of the new file without extension, in a folder."""
        return os.path.basename(self._path).removesuffix(_EXTENSION)

    def fill(self, file: NewFile) -> None:
        """Write it to a file, in the selected format.

        :raises SourceError: if the format cannot hold it, or (file) the recording is damaged.
        """
        types: dict[str, int] = {}
        unreadable = 0
        wanted = self._settings["events"] or ["o", "e"]
        with open(self._path, "rb") as lines:
            try:
                session, events = read_lines(lines.readline)
                form = self._open_form(session, file)
                for item in events:
                    event = read_event(item)
                    if event is None:
                        unreadable += 1
                        continue
                    types[event.type] = types.get(event.type, 0) + 1
                    if event.type in wanted:
                        form.event(event)
                form.end()
            except ValueError as problem:
                raise self._failure("file", str(problem)) from None
        if self._settings["format"] in PLAYED and asciicast.BITMAP in types:
            raise self._failure("invalid_request", asciicast.PICTURES, "Select another format.")
        notes = (
            warn_of_truncation(session), warn_of_unreadable(session, unreadable),
            None if any(map(types.get, wanted)) else warn_of_no_events(session, wanted, types),
        )
        self.warnings += [note for note in notes if note]

    def _open_form(self, session: dict[str, Any], file: NewFile) -> EventFormat:
        settings = self._settings
        screen = asciicast.screen_of(session, settings["width"], settings["height"])
        return open_event_format(settings["format"], file.write, screen)

    def _failure(self, kind: str, message: str, hint: str | None = None) -> SourceError:
        return SourceError(kind, message, hint=hint).at("Converting the recording", {"attachment": self._path})
