# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording of a hoop session, in any of the shapes that the gateway returns."""

from __future__ import annotations

import base64
import binascii
import codecs
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

#: The gateway's answer where it could not put a recording into JSON as text (status 200 nevertheless).
_UNDECODABLE = "An internal error occurred: unable to decode the event stream due to invalid characters."


#: What the gateway stores in the place of a recording that it has lost: one event of this text, at 0 seconds.
_LOST = b"no log found on disk"


def is_placeholder(event: RecordingEvent) -> bool:
    """Whether an event, if it is the only one, stands for a recording that the gateway has lost."""
    return event == RecordingEvent(0.0, "e", _LOST)


def is_lost(session: dict[str, Any]) -> bool:
    """Whether a session has a placeholder in the place of its recording, in any rendering. Such a session has no metrics."""
    stream = session.get("event_stream")
    if session.get("metrics") or not isinstance(stream, list) or len(stream) != 1:
        return False
    if isinstance(stream[0], str):
        return stream[0] in (_LOST.decode(), base64.b64encode(_LOST).decode())
    event = read_event(stream[0])
    return event is not None and is_placeholder(event)


def is_undecodable(stream: Any) -> bool:
    """Whether the gateway sent its excuse instead of the recording."""
    return isinstance(stream, list) and len(stream) == 1 and str(stream[0]).startswith(_UNDECODABLE)


def output_text(stream: Any) -> str:
    """What a recording's output and error events say, joined before they are decoded.

    A character may be cut in two by an event's end; what is no UTF-8 becomes U+FFFD.

    :param stream: raw events: lists of seconds, type and base64.
    """
    chunks = [payload(event) for event in stream or () if kind(event) in ("o", "e")]
    return b"".join(chunks).decode("utf-8", "replace")


def kind(event: Any) -> str | None:
    """An event's type: i, o, e, or one that newer gateways know."""
    return event[1] if isinstance(event, list) and len(event) == 3 and isinstance(event[1], str) else None


def payload(event: Any) -> bytes:
    """An event's bytes; none if it can't be read."""
    try:
        return base64.b64decode(event[2], validate=True)
    except (TypeError, ValueError, binascii.Error):
        return b""


class RecordingEvent(NamedTuple):
    """One event: seconds since the client connected; i, o, e, or a type that newer gateways know; its bytes."""

    time: float
    type: str
    data: bytes


def read_event(item: Any) -> RecordingEvent | None:
    """A raw event, which is a list of seconds, type and base64; null if it can't be read."""
    letter = kind(item)
    if letter is None or isinstance(item[0], bool) or not isinstance(item[0], (int, float)):
        return None
    try:
        seconds = float(item[0])
        return RecordingEvent(seconds, letter, base64.b64decode(item[2], validate=True)) if math.isfinite(seconds) else None
    except (TypeError, ValueError, OverflowError, binascii.Error):
        return None


def recording_of(given: Any) -> Any:
    """The recording of a session, null if it has none; what is no session is the recording itself."""
    return given.get("event_stream") if isinstance(given, dict) else given


def read_stream(stream: Any, rendering: str = "utf8") -> Iterator[RecordingEvent]:
    """The events of a recording in any shape: null, an empty list, raw events, or a list with one text.

    Of a rendered recording nothing is known but what it says: it is one output event at 0 seconds.

    :param rendering: what a text is, C(utf8) or C(base64).
    :raises ValueError: if it is none of these, or the gateway's excuse.
    """
    if stream is None:
        return
    if not isinstance(stream, list):
        raise ValueError("a recording is a list of events, a list with one text, or null, not %s" % type(stream).__name__)
    if is_undecodable(stream):
        raise ValueError("the gateway could not render this recording as text: ask for its raw events")
    if len(stream) == 1 and isinstance(stream[0], str):
        data = _rendered(stream[0], rendering)
        if data:
            yield RecordingEvent(0.0, "o", data)
        return
    for number, item in enumerate(stream, 1):
        event = read_event(item)
        if event is None:
            raise ValueError("event %d is no list of seconds, type and base64" % number)
        yield event


def _rendered(text: str, rendering: str) -> bytes:
    if rendering == "utf8":
        return text.encode("utf-8", "replace")
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("the recording is no base64: was it rendered as utf8?") from None


class TextDecoder:
    """Makes text of events, one after the other; a character may be cut in two by an event's end.

    Input and output are decoded apart: what was typed comes between the halves of what was shown.
    """

    def __init__(self) -> None:
        self._decoders: dict[str, codecs.IncrementalDecoder] = {}
        self._last: dict[str, RecordingEvent] = {}

    def feed(self, event: RecordingEvent) -> str:
        """What the event says, with what was left of the one before; what is no UTF-8 becomes U+FFFD."""
        direction = "o" if event.type == "e" else event.type
        if direction not in self._decoders:
            self._decoders[direction] = codecs.getincrementaldecoder("utf-8")("replace")
        self._last[direction] = event
        return self._decoders[direction].decode(event.data)

    def rest(self) -> list[tuple[RecordingEvent, str]]:
        """At the end: the halves whose other half never came, as U+FFFD, each with the last event of its direction."""
        texts = [(event, self._decoders[direction].decode(b"", True)) for direction, event in self._last.items()]
        return [(event, text) for event, text in texts if text]


class EventRows:
    """Makes of each event what a program can read: C(time), C(type), C(text).

    Where the text is not exactly the event's bytes (half a character, no UTF-8), C(base64) holds them.
    """

    def __init__(self) -> None:
        self._decoder = TextDecoder()

    def feed(self, event: RecordingEvent) -> dict[str, Any]:
        """The row of an event."""
        text = self._decoder.feed(event)
        row: dict[str, Any] = {"time": event.time, "type": event.type, "text": text}
        if text.encode() != event.data:
            row["base64"] = base64.b64encode(event.data).decode()
        return row

    def rest(self) -> list[dict[str, Any]]:
        """At the end: rows without bytes of their own, for characters that never were completed."""
        return [{"time": event.time, "type": event.type, "text": text, "base64": ""} for event, text in self._decoder.rest()]
