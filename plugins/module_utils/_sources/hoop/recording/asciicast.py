# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings as asciicast v2, which asciinema plays: a line of JSON about the whole, then one for each event."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ...._base import times
from .events import RecordingEvent, TextDecoder

#: What goes through these connections is no terminal's text.
_NO_TEXT = {"postgres": "the wire protocol of PostgreSQL", "rdp": "a remote desktop", "tcp": "a raw TCP connection"}
#: The type of events that hold pictures.
BITMAP = "b"
PICTURES = "the recording has pictures, which no terminal can play"


class Screen(NamedTuple):
    """What a player needs to know of the whole: the terminal's size, which is not recorded, in characters."""

    width: int = 80
    height: int = 24
    #: When it began, in seconds since the epoch; null if that is not known.
    timestamp: int | None = None
    title: str | None = None
    #: Whether there was no terminal that put a carriage return before each line feed.
    bare_lines: bool = False
    #: Whose recording it is; an asciicast has no place for that. Null if that is not known.
    session_id: str | None = None
    user: str | None = None


def screen_of(session: dict[str, Any], width: int, height: int) -> Screen:
    """The screen of a session, as the gateway describes it."""
    try:
        timestamp = times.parse_iso(str(session.get("start_date"))) // 1000
    except ValueError:
        timestamp = None
    title, session_id, user = (str(value) if value else None for value in map(session.get, ("connection", "id", "user")))
    return Screen(width, height, timestamp, title, session.get("verb") == "exec", session_id, user)


def not_playable(session: dict[str, Any]) -> str | None:
    """Why a session can't be played in a terminal; null if it can.

    What a command wrote is text, whatever it connected to.
    """
    if session.get("verb") == "exec":
        return None
    kinds = (session.get("connection_subtype"), session.get("type"))
    what = next((_NO_TEXT[kind] for kind in kinds if isinstance(kind, str) and kind in _NO_TEXT), None)
    return what and "the session went through %s, which no terminal can play" % what


class Cast:
    """Makes the lines of an asciicast."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._decoder = TextDecoder()
        self._time = 0.0
        self._after_return = False

    def header(self) -> str:
        """The first line."""
        screen = self._screen
        header: dict[str, Any] = {"version": 2, "width": screen.width, "height": screen.height}
        if screen.timestamp is not None:
            header["timestamp"] = screen.timestamp
        if screen.title is not None:
            header["title"] = screen.title
        return _line(header)

    def feed(self, event: RecordingEvent) -> str:
        """The line of an event; empty if it completes no character.

        :raises ValueError: for a picture.
        """
        if event.type == BITMAP:
            raise ValueError(PICTURES)
        return self._event(event, self._decoder.feed(event))

    def rest(self) -> str:
        """The last lines: characters that never were completed."""
        return "".join(self._event(event, text) for event, text in self._decoder.rest())

    def _event(self, event: RecordingEvent, text: str) -> str:
        # Players jump back where time does.
        self._time = max(self._time, event.time)
        code = "o" if event.type == "e" else event.type
        if not text or code not in ("i", "o"):
            return ""
        if code == "o" and self._screen.bare_lines:
            text = self._with_returns(text)
        return _line([round(self._time, 6), code, text])

    def _with_returns(self, text: str) -> str:
        """Without them the lines would go down like stairs; the two may be in different events."""
        first, self._after_return = self._after_return and text[0] == "\n", text[-1] == "\r"
        return "\n" * first + re.sub("(?<!\r)\n", "\r\n", text[first:])


def cast(events: Iterable[RecordingEvent], screen: Screen) -> Iterator[str]:
    """The lines of a whole asciicast, each with its end.

    :raises ValueError: if it can't be played.
    """
    writer = Cast(screen)
    yield writer.header()
    for event in events:
        yield writer.feed(event)
    yield writer.rest()


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
