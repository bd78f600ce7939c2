# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the recording of a hoop session, in any of the shapes that the gateway returns."""

from __future__ import annotations

import base64
import binascii
import codecs
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

#: The gateway's answer (with status 200) if it cannot render a recording as text.
_UNDECODABLE = "An internal error occurred: unable to decode the event stream due to invalid characters."


#: The placeholder of a lost recording: one event with this text, at 0 seconds.
_LOST = b"no log found on disk"


def is_placeholder(event: RecordingEvent) -> bool:
    """Return whether an event, if it is the only one, is the placeholder of a lost recording."""
    return event == RecordingEvent(0.0, "e", _LOST)


def is_lost(session: dict[str, Any]) -> bool:
    """Return whether a session has a placeholder for its recording, in any rendering. Such a session has no metrics."""
    stream = session.get("event_stream")
    if session.get("metrics") or not isinstance(stream, list) or len(stream) != 1:
        return False
    if isinstance(stream[0], str):
        return stream[0] in (_LOST.decode(), base64.b64encode(_LOST).decode())
    event = read_event(stream[0])
    return event is not None and is_placeholder(event)


def is_undecodable(stream: Any) -> bool:
    """Return whether the gateway could not render the recording as text."""
    return isinstance(stream, list) and len(stream) == 1 and str(stream[0]).startswith(_UNDECODABLE)


def join_output(stream: Any) -> str:
    """Return the text of a recording's output and error events.

    They are joined before they are decoded, because a character may be split between events; invalid bytes become U+FFFD.

    :param stream: raw events: lists of seconds, type and base64.
    """
    chunks = [decode_payload(event) for event in stream or () if read_kind(event) in ("o", "e")]
    return b"".join(chunks).decode("utf-8", "replace")


def read_kind(event: Any) -> str | None:
    """Return an event's type: i, o, e, or one of a newer gateway; null if it cannot be read."""
    return event[1] if isinstance(event, list) and len(event) == 3 and isinstance(event[1], str) else None


def decode_payload(event: Any) -> bytes:
    """Return an event's bytes; empty if they cannot be read."""
    try:
        return base64.b64decode(event[2], validate=True)
    except (TypeError, ValueError, binascii.Error):
        return b""


class RecordingEvent(NamedTuple):
    """One event: seconds since the client connected; i, o, e, or a type of a newer gateway; its bytes."""

    time: float
    type: str
    data: bytes


def read_event(item: Any) -> RecordingEvent | None:
    """Parse a raw event, which is a list of seconds, type and base64; return null if it cannot be read."""
    letter = read_kind(item)
    if letter is None or isinstance(item[0], bool) or not isinstance(item[0], (int, float)):
        return None
    try:
        seconds = float(item[0])
        return RecordingEvent(seconds, letter, base64.b64decode(item[2], validate=True)) if math.isfinite(seconds) else None
    except (TypeError, ValueError, OverflowError, binascii.Error):
        return None


def recording_of(given: Any) -> Any:
    """Return the recording of a session, null if it has none; a value other than a session is the recording itself."""
    return given.get("event_stream") if isinstance(given, dict) else given


def read_stream(stream: Any, rendering: str = "utf8") -> Iterator[RecordingEvent]:
    """Yield the events of a recording in any shape: null, an empty list, raw events, or a list with one text.

    A rendered recording has only its text: it is one output event at 0 seconds.

    :param rendering: how a text was rendered, C(utf8) or C(base64).
    :raises ValueError: if it has another shape, or the gateway could not render it.
    """
    if stream is None:
        return
    if not isinstance(stream, list):
        raise ValueError("a recording is a list of events, a list with one text, or null, not %s" % type(stream).__name__)
    if is_undecodable(stream):
        raise ValueError("the gateway could not render this recording as text: request its raw events")
    if len(stream) == 1 and isinstance(stream[0], str):
        data = _render(stream[0], rendering)
        if data:
            yield RecordingEvent(0.0, "o", data)
        return
    for number, item in enumerate(stream, 1):
        event = read_event(item)
        if event is None:
            raise ValueError("event %d is no list of seconds, type and base64" % number)
        yield event


def _render(text: str, rendering: str) -> bytes:
    if rendering == "utf8":
        return text.encode("utf-8", "replace")
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("the recording is no base64: was it rendered as utf8?") from None


class TextDecoder:
    """Decodes the text of events in turn; a character may be split between events.

    Input and output are decoded apart: input may be between the halves of an output's character.
    """

    def __init__(self) -> None:
        self._decoders: dict[str, codecs.IncrementalDecoder] = {}
        self._last: dict[str, RecordingEvent] = {}

    def feed(self, event: RecordingEvent) -> str:
        """Return the text of an event, with the rest of the one before; invalid bytes become U+FFFD."""
        direction = "o" if event.type == "e" else event.type
        if direction not in self._decoders:
            self._decoders[direction] = codecs.getincrementaldecoder("utf-8")("replace")
        self._last[direction] = event
        return self._decoders[direction].decode(event.data)

    def rest(self) -> list[tuple[RecordingEvent, str]]:
        """Return, at the end, characters that were never completed as U+FFFD, each with the last event of its direction."""
        texts = [(event, self._decoders[direction].decode(b"", True)) for direction, event in self._last.items()]
        return [(event, text) for event, text in texts if text]


class EventRows:
    """Converts each event to a row: C(time), C(type), C(text).

    If the text is not exactly the event's bytes (a split character, invalid UTF-8), C(base64) holds them.
    """

    def __init__(self) -> None:
        self._decoder = TextDecoder()

    def feed(self, event: RecordingEvent) -> dict[str, Any]:
        """Return the row of an event."""
        text = self._decoder.feed(event)
        row: dict[str, Any] = {"time": event.time, "type": event.type, "text": text}
        if text.encode() != event.data:
            row["base64"] = base64.b64encode(event.data).decode()
        return row

    def rest(self) -> list[dict[str, Any]]:
        """Return, at the end, rows without bytes of their own, for characters that were never completed."""
        return [{"time": event.time, "type": event.type, "text": text, "base64": ""} for event, text in self._decoder.rest()]
