# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms in which a recording is saved, made event by event."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any, Protocol

from ._asciicast import Cast, Screen
from ._event_stream import Event, Rows, TextDecoder

Write = Callable[[bytes], None]
COLUMNS = ("time", "type", "text", "base64")


class EventFormat(Protocol):
    """Writes events in a form of its own."""

    def event(self, event: Event) -> None:
        """The next event; raises ValueError if the form can't hold it."""

    def end(self) -> None:
        """There are no more."""


class Raw:
    """The bytes, one after the other."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def event(self, event: Event) -> None:
        self._write(event.data)

    def end(self) -> None:
        """Nothing is left."""


class Txt:
    """The text as UTF-8."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._decoder = TextDecoder()

    def event(self, event: Event) -> None:
        self._write(self._decoder.feed(event).encode())

    def end(self) -> None:
        for _event, text in self._decoder.rest():
            self._write(text.encode())


class Jsonl:
    """A line of JSON for each event."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._rows = Rows()

    def event(self, event: Event) -> None:
        self._line(self._rows.feed(event))

    def end(self) -> None:
        for row in self._rows.rest():
            self._line(row)

    def _line(self, row: dict[str, Any]) -> None:
        self._write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


class Csv:
    """A table with a header, as RFC 4180 has it: all that is text is quoted, so that it may hold anything."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._rows = Rows()
        self._buffer = io.StringIO(newline="")
        self._csv = csv.DictWriter(self._buffer, COLUMNS, restval="", quoting=csv.QUOTE_NONNUMERIC)
        self._csv.writeheader()
        self._flush()

    def event(self, event: Event) -> None:
        self._csv.writerow(self._rows.feed(event))
        self._flush()

    def end(self) -> None:
        self._csv.writerows(self._rows.rest())
        self._flush()

    def _flush(self) -> None:
        self._write(self._buffer.getvalue().encode())
        self._buffer.seek(0)
        self._buffer.truncate()


class Asciicast:
    """Asciicast v2."""

    def __init__(self, write: Write, screen: Screen) -> None:
        self._write = write
        self._cast = Cast(screen)
        self._write(self._cast.header().encode())

    def event(self, event: Event) -> None:
        self._write(self._cast.feed(event).encode())

    def end(self) -> None:
        self._write(self._cast.rest().encode())


def event_format(name: str, write: Write, screen: Screen) -> EventFormat:
    """A writer of the form with this name."""
    if name == "cast":
        return Asciicast(write, screen)
    forms: dict[str, Callable[[Write], EventFormat]] = {"raw": Raw, "txt": Txt, "jsonl": Jsonl, "csv": Csv}
    return forms[name](write)
