# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records with a value that only a text can hold: they are kept, and a warning names them."""

from __future__ import annotations

from typing import Any

from .._base.strict_json import MAX_LEVELS, OddAnswer, settle
from .._paging.styles import Page
from .._records.shape import Row

#: So many records are named.
_MOST_NAMED = 10


class OddRecords:
    """Those of one listing."""

    def __init__(self, id_field: str, warnings: list[str]) -> None:
        """:param warnings: where to put the warnings."""
        self._id_field = id_field
        self._warnings = warnings
        self._named: set[str] = set()

    def settle(self, answer: Any, record: Row | None, page: Page | None) -> tuple[Row | None, Page | None]:
        """Make plain texts of what was kept as text in an answer."""
        if not isinstance(answer, OddAnswer):
            return record, page
        if page is not None:
            page = page._replace(rows=[self._settle(row) for row in page.rows])
        return None if record is None else self._settle(record), page

    def _settle(self, row: Row) -> Row:
        plain, fields = settle(row)
        self.note(plain, fields)
        return plain

    def note(self, row: Row, fields: list[str]) -> None:
        """Warn once of a record, if fields of it were kept as text."""
        row_id = str(row.get(self._id_field))
        if not fields or row_id in self._named or len(self._named) > _MOST_NAMED:
            return
        self._named.add(row_id)
        if len(self._named) > _MOST_NAMED:
            self._warnings.append("More records hold values that were kept as text.")
            return
        self._warnings.append(
            "Record %s holds what only a text can keep (a number that is too large, half a character, or more than %d levels), "
            "and it was kept as text: %s." % (row_id, MAX_LEVELS, ", ".join(dict.fromkeys(fields)))
        )
