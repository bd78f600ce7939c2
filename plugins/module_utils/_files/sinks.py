# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the body of an answer to a file while it arrives."""

from __future__ import annotations

import codecs
from collections.abc import Mapping

from .._base.errors import SourceError
from .atomic_file import NewFile


class BytesSink:
    """The body as it is."""

    def __init__(self, file: NewFile, refuse: str | None = None) -> None:
        """Prepare to write to a file.

        :param refuse: a media type that is rejected.
        """
        self._file = file
        self._refuse = refuse

    def begin(self, headers: Mapping[str, str]) -> None:
        if self._refuse and headers.get("content-type", "").lower().startswith(self._refuse):
            raise SourceError("protocol", "the source answered a web page where a recording belongs")
        self._file.restart()

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)

    def end(self) -> None:
        """Do nothing: everything was written."""


class TextSink(BytesSink):
    """The body as UTF-8; invalid bytes become U+FFFD."""

    def begin(self, headers: Mapping[str, str]) -> None:
        super().begin(headers)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, chunk: bytes) -> None:
        self._file.write(self._decoder.decode(chunk).encode())

    def end(self) -> None:
        self._file.write(self._decoder.decode(b"", True).encode())
