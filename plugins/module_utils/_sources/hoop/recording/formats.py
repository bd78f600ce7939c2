# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a recording in the formats of a download, event by event."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, Protocol

from ...._files.spreadsheet import escape_cell
from .asciicast import Cast, Screen
from .events import EventRows, RecordingEvent, TextDecoder
from .replay import Replay

Write = Callable[[bytes], None]
COLUMNS = ("time", "type", "text", "base64")


class EventFormat(Protocol):
    """Writes events in one format."""

    def event(self, event: RecordingEvent) -> None:
        """Write the next event; raises ValueError if the format cannot hold it."""

    def end(self) -> None:
        """Write the end of the file."""


class Raw:
    """The bytes, one after the other."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def event(self, event: RecordingEvent) -> None:
        self._write(event.data)

    def end(self) -> None:
        """Do nothing: all bytes were written."""


class Txt:
    """The text as UTF-8."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._decoder = TextDecoder()

    def event(self, event: RecordingEvent) -> None:
        self._write(self._decoder.feed(event).encode())

    def end(self) -> None:
        for _event, text in self._decoder.rest():
            self._write(text.encode())


class _Table:
    """A line for each event, with its text."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._rows = EventRows()

    def event(self, event: RecordingEvent) -> None:
        self._write_line(self._rows.feed(event))

    def end(self) -> None:
        for row in self._rows.rest():
            self._write_line(row)

    def _write_line(self, row: dict[str, Any]) -> None:
        raise NotImplementedError


class Jsonl(_Table):
    """A line of JSON for each event."""

    def _write_line(self, row: dict[str, Any]) -> None:
        self._write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


class Csv(_Table):
    """A table with a header, as in RFC 4180; no cell is a formula for a spreadsheet.

    If a text was changed for that, C(base64) holds the recorded bytes.
    """

    def __init__(self, write: Write) -> None:
        super().__init__(write)
        self._write_line(dict(zip(COLUMNS, COLUMNS)))

    def _write_line(self, row: dict[str, Any]) -> None:
        text = escape_cell(row["text"])
        if text != row["text"]:
            row = {"base64": base64.b64encode(row["text"].encode()).decode(), **row, "text": text}
        if row.get("base64", "").startswith("+"):
            row["base64"] = escape_cell(row["base64"])
        cells = (row.get(name, "") for name in COLUMNS)
        line = ",".join('"%s"' % cell.replace('"', '""') if isinstance(cell, str) else repr(cell) for cell in cells)
        self._write(line.encode() + b"\r\n")


class Asciicast:
    """Asciicast v2."""

    def __init__(self, write: Write, screen: Screen) -> None:
        self._write = write
        self._cast = Cast(screen)
        self._write(self._cast.header().encode())

    def event(self, event: RecordingEvent) -> None:
        self._write(self._cast.feed(event).encode())

    def end(self) -> None:
        self._write(self._cast.rest().encode())


#: The formats that need the text of a terminal.
PLAYED: dict[str, Callable[[Write, Screen], EventFormat]] = {"cast": Asciicast, "html": Replay}


def open_event_format(name: str, write: Write, screen: Screen) -> EventFormat:
    """Return a writer of the format with this name."""
    if name in PLAYED:
        return PLAYED[name](write, screen)
    forms: dict[str, Callable[[Write], EventFormat]] = {"raw": Raw, "txt": Txt, "jsonl": Jsonl, "csv": Csv}
    return forms[name](write)
