# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write recordings as asciicast v2, which asciinema plays: a line of JSON with the header, then one for each event."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ...._base import times
from .events import RecordingEvent, TextDecoder

#: Types of connections whose data is not the text of a terminal.
_NO_TEXT = {"postgres": "the wire protocol of PostgreSQL", "rdp": "a remote desktop", "tcp": "a raw TCP connection"}
#: The type of events that hold pictures.
BITMAP = "b"
PICTURES = "the recording has pictures, which no terminal can play"


class Screen(NamedTuple):
    """The header of a recording: size of the terminal in characters (not recorded), start and title."""

    width: int = 80
    height: int = 24
    #: Start, in seconds since the epoch; null if unknown.
    timestamp: int | None = None
    title: str | None = None
    #: Whether line feeds lack a carriage return, because there was no terminal.
    bare_lines: bool = False
    #: Session and user of the recording, which an asciicast has no field for; null if unknown.
    session_id: str | None = None
    user: str | None = None


def screen_of(session: dict[str, Any], width: int, height: int) -> Screen:
    """Return the screen of a session, as the gateway describes it."""
    try:
        timestamp = times.parse_iso(str(session.get("start_date"))) // 1000
    except ValueError:
        timestamp = None
    title, session_id, user = (str(value) if value else None for value in map(session.get, ("connection", "id", "user")))
    return Screen(width, height, timestamp, title, session.get("verb") == "exec", session_id, user)


def explain_not_playable(session: dict[str, Any]) -> str | None:
    """Return why a session cannot be played in a terminal; null if it can.

    The output of a command is text, whatever its connection.
    """
    if session.get("verb") == "exec":
        return None
    kinds = (session.get("connection_subtype"), session.get("type"))
    what = next((_NO_TEXT[kind] for kind in kinds if isinstance(kind, str) and kind in _NO_TEXT), None)
    return what and "the session went through %s, which no terminal can play" % what


class Cast:
    """A writer of an asciicast's lines."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._decoder = TextDecoder()
        self._time = 0.0
        self._after_return = False

    def header(self) -> str:
        """Return the first line."""
        screen = self._screen
        header: dict[str, Any] = {"version": 2, "width": screen.width, "height": screen.height}
        if screen.timestamp is not None:
            header["timestamp"] = screen.timestamp
        if screen.title is not None:
            header["title"] = screen.title
        return _line(header)

    def feed(self, event: RecordingEvent) -> str:
        """Return the line of an event; empty if it completes no character.

        :raises ValueError: for a picture.
        """
        if event.type == BITMAP:
            raise ValueError(PICTURES)
        return self._event(event, self._decoder.feed(event))

    def rest(self) -> str:
        """Return the last lines: characters that were never completed."""
        return "".join(self._event(event, text) for event, text in self._decoder.rest())

    def _event(self, event: RecordingEvent, text: str) -> str:
        # Time must not decrease: players would jump back.
        self._time = max(self._time, event.time)
        code = "o" if event.type == "e" else event.type
        if not text or code not in ("i", "o"):
            return ""
        if code == "o" and self._screen.bare_lines:
            text = self._add_returns(text)
        return _line([round(self._time, 6), code, text])

    def _add_returns(self, text: str) -> str:
        """Add missing carriage returns, without which a terminal shows stairs; CR and LF may be in different events."""
        first, self._after_return = self._after_return and text[0] == "\n", text[-1] == "\r"
        return "\n" * first + re.sub("(?<!\r)\n", "\r\n", text[first:])


def write_cast(events: Iterable[RecordingEvent], screen: Screen) -> Iterator[str]:
    """Yield the lines of a whole asciicast, with their line ends.

    :raises ValueError: if it cannot be played.
    """
    writer = Cast(screen)
    yield writer.header()
    for event in events:
        yield writer.feed(event)
    yield writer.rest()


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
