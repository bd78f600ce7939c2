# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse an answer: a page of a list, a record, or both."""

from __future__ import annotations

from typing import Any

from .._base.errors import SourceError
from .._base.strict_json import MAX_LEVELS, OddAnswer, settle
from .._paging.styles import Page
from .._records.shape import Row, dig
from .endpoint import Endpoint

#: So many records are named.
_MOST_NAMED = 10


def read_page(endpoint: Endpoint, data: Any) -> Page:
    """Read a page of a list.

    :raises SourceError: (protocol) if the list or its total is not what it should be.
    """
    *outer, last = endpoint.rows or ("",)
    holder = dig(data, tuple(outer))
    rows = holder.get(last) if isinstance(holder, dict) else None
    total = dig(data, endpoint.total) if endpoint.total else None
    if rows is None and not total and isinstance(holder, dict) and (endpoint.nest or last in holder):
        # Nothing may be null, or within a record even absent; a list that isn't there is no empty list.
        rows = []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SourceError("protocol", "the answer lacks the list %s" % ".".join(endpoint.rows or ()))
    if total is not None and (isinstance(total, bool) or not isinstance(total, int) or total < 0):
        raise SourceError("protocol", "the answer's total is no number")
    if endpoint.capped and dig(data, endpoint.capped) is True:
        return Page(rows, None, total or 0)
    return Page(rows, total)


def read_record(endpoint: Endpoint, data: Any, target: dict[str, Any]) -> Row:
    """Read a single record.

    :param target: what was requested; the record must have its id where the endpoint says so.
    :raises SourceError: (protocol) if it is not what was requested.
    """
    record = dig(data, endpoint.record or ())
    if not isinstance(record, dict) or any(record.get(name) in (None, "") for name in endpoint.requires):
        what = ", ".join(endpoint.requires) or ".".join(endpoint.record or ())
        raise SourceError("protocol", "the answer lacks what it should hold: %s" % what)
    if endpoint.echoes and str(record.get(endpoint.id)).lower() != str(target["id"]).lower():
        raise SourceError("protocol", "the answer is about another id than the one requested")
    return record


class OddRecords:
    """Those of one listing."""

    def __init__(self, id_field: str, warnings: list[str]) -> None:
        """Prepare to collect warnings.

        :param warnings: the list that gets the warnings.
        """
        self._id_field = id_field
        self._warnings = warnings
        self._find_named: set[str] = set()

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
        if not fields or row_id in self._find_named or len(self._find_named) > _MOST_NAMED:
            return
        self._find_named.add(row_id)
        if len(self._find_named) > _MOST_NAMED:
            self._warnings.append("More records have values that are stored as text.")
            return
        self._warnings.append(
            "Record %s has values that cannot be stored as JSON (a number that is too large, half a character, or more than %d levels). "
            "They are stored as text: %s." % (row_id, MAX_LEVELS, ", ".join(dict.fromkeys(fields)))
        )
