# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of keys that takes no more memory with more of them: most gates find a few, and a new one may find every record of a store."""

from __future__ import annotations

import marshal
import tempfile
from collections.abc import Iterator
from typing import IO

from .._base.errors import SourceError
from .._store.findings import Key

#: So many keys are held in memory; more are in a file that nobody else sees, and that is gone with the process.
_HELD = 10_000


class KeySpool:
    """Keys in the order in which they were added."""

    def __init__(self) -> None:
        self._held: list[Key] = []
        self._file: IO[bytes] | None = None
        self._count = 0

    def append(self, key: Key) -> None:
        """Add a key.

        :raises SourceError: (file) if the file can't be written.
        """
        self._held.append(key)
        self._count += 1
        if len(self._held) >= _HELD:
            self._spill()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Key]:
        if self._file is not None:
            self._file.seek(0)
            while size := self._file.read(4):
                yield from marshal.loads(self._file.read(int.from_bytes(size, "big")))
        yield from self._held

    def _spill(self) -> None:
        data = marshal.dumps(self._held)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (open for as long as there are keys)
            self._file.write(len(data).to_bytes(4, "big") + data)
        except OSError as problem:
            failure = SourceError("file", "the findings don't fit into memory, and no temporary file can be written (%s)" % problem.strerror)
            raise failure.at("Looking for findings", {"folder": tempfile.gettempdir()}) from None
        self._held = []
