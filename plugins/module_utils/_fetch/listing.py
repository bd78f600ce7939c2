# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List one target of an endpoint: slices to requests, answers to pages, rows to records."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from .._base import times
from .._base.errors import SourceError
from .._base.options import Settings
from .._base.strict_json import to_json
from .._http.request import Request
from .._paging.styles import Page, Paging, Slice
from .._records.canonical import record_key
from .._records.shape import Row, dig
from .answer import OddRecords, read_page, read_record
from .endpoint import Connection, Endpoint, Follow

if TYPE_CHECKING:
    from .._paging.distinct_rows import IdSet
    from .._paging.pager import Pager

#: What one answer holds: a record, a page of a list, or (a list within a record) both.
Part = tuple["Row | None", "Page | None"]


class Listing:
    """The records of one target, page by page."""

    def __init__(
        self,
        endpoint: Endpoint,
        settings: Settings,
        connection: Connection,
        target: dict[str, Any],
        after: Listing | None = None,
        origin: tuple[Row, Follow] | None = None,
    ) -> None:
        """:param after: the listing that has to end before this one begins.

        :param origin: the row that this follows, and how the two are merged.
        """
        self.endpoint = endpoint
        self.target = target
        self.warnings: list[str] = []
        #: Why it is not complete.
        self.reasons: set[str] = set()
        self.failure: SourceError | None = None
        self.done = False
        self._settings = settings
        self._connection = connection
        self._values = {**settings.values, "base": connection.base, **connection.values, **target}
        self._scope = {name: self._values[name] for name in endpoint.scope}
        self._after = after
        self._origin = origin
        #: The values of the filters that are looked at here, by the path of their field.
        self.where = {
            path: wanted if isinstance(wanted, list) else [wanted]
            for option, path in endpoint.where.items() if (wanted := self._values.get(option)) is not None
        }
        self._time = endpoint.time if endpoint.time is not None and endpoint.time.is_applied_here(settings) else None
        self._window = (None, None) if self._time is None else self._time.window(settings)
        #: How many rows the source has shown, and how many of them were kept.
        self.listed = self.kept = 0
        #: Whether an empty list needs a second look: where much was expected.
        self.doubts_nothing = False
        self._odd = OddRecords(endpoint.id, self.warnings)
        self._slid: dict[str, Any] = {}
        self._requested = False
        self._nested: list[Any] = []
        self._records: list[Row] = []
        self._followed: list[Listing] = []
        # What is dropped or replaced here doesn't count towards the limit, and may be nearly all.
        is_filtered = self.where or self._time is not None and not self._time.is_sent
        self._cap = None if endpoint.nest or endpoint.replaces_rows or is_filtered else settings["max_records"]
        self._size = min(settings["page_size"], self._cap or settings["page_size"])
        self._pager: Pager | None = None
        self._total: int | None = None
        self._pages: tuple[int, int] | None = None

    def _make_pager(self, paging: Paging) -> Pager:
        # Imported here: most lists fit into one page, and imports slow down a module's start.
        from .._paging.pager import Pager

        slide = self._slide if self.endpoint.slide else None
        keeps = self.keeps if self.where or self._time is not None else None
        return Pager(
            paging, self._size, self._identify, slide=slide, cap=self._cap, ids=self._new_id_set(), keeps=keeps
        )

    def _new_id_set(self) -> IdSet | None:
        """Return the set for the ids of a long list."""
        return None

    @property
    def total(self) -> int | None:
        """Return the number of records, as the source last reported."""
        if self.endpoint.nest:
            return None
        return self._pager.total if self._pager is not None else self._total

    @property
    def window(self) -> tuple[int | None, int | None] | None:
        """Return start and end, in milliseconds since the epoch; null if the endpoint has no time."""
        return None if self.endpoint.time is None else self.endpoint.time.window(self._settings)

    @property
    def has_count(self) -> bool:
        """Return whether its total is a number of records."""
        return self.endpoint.paging is not None and not self.endpoint.nest

    @property
    def pages(self) -> tuple[int, int]:
        """Return the number of pages done, and of pages known."""
        if self._pages is not None:
            return self._pages
        if self._pager is None:
            return int(self.done), 1
        return self._pager.pages_done, max(1, self._pager.pages_known)

    def next_slice(self) -> Slice | None:
        """Return the next slice to request; null if there is none now."""
        if self.done or self._after is not None and not self._after.done:
            return None
        if self._pager is not None:
            slice_ = self._pager.next_slice()
            # It may have given up.
            self.reasons |= self._pager.reasons
            self.done = self._pager.done
            return slice_
        if self._requested:
            return None
        self._requested = True
        return Slice(0, self._size)

    def request(self, slice_: Slice) -> Request:
        """Return the request for a slice."""
        more: dict[str, Any] = {}
        if self.endpoint.time is not None:
            more.update(self.endpoint.time.params(self._settings))
        more.update(self._slid)
        if self.endpoint.paging is not None:
            more.update(self.endpoint.paging.params(slice_))
        return self.endpoint.request(self._connection.base, self._values, more)

    def read(self, data: Any) -> Part:
        """Parse an answer; may be called in any thread.

        :raises SourceError: if it is a failure, or (protocol) lacks what it should hold.
        """
        if self.endpoint.check is not None:
            self.endpoint.check(data)
        record = read_record(self.endpoint, data, self.target) if self.endpoint.record is not None else None
        page = read_page(self.endpoint, data) if self.endpoint.rows is not None else None
        record, page = self._odd.settle(data, record, page)
        if page is not None and self.endpoint.paging is None and not page.rows:
            raise SourceError("not_found", "the list %s is empty" % ".".join(self.endpoint.rows or ()))
        return record, page

    def feed(self, slice_: Slice, part: Part) -> None:
        """Take what the answer to a slice holds.

        :raises SourceError: (protocol) if it can't be the answer to the request.
        """
        try:
            self._feed(slice_, *part)
        except RecursionError:
            raise SourceError("protocol", "the answer is nested too deeply") from None

    def _feed(self, slice_: Slice, record: Row | None, page: Page | None) -> None:
        paging = self.endpoint.paging
        if page is None:
            self._take_rows([record or {}])
            self.done = True
        elif paging is not None and len(page.rows) > slice_.limit:
            raise SourceError("protocol", "the answer has %d rows where %d were requested" % (len(page.rows), slice_.limit))
        elif self._pager is None and self.doubts_nothing and not page.rows:
            self.doubts_nothing = self._requested = False
        elif self._pager is None and (paging is None or self._is_whole(page)):
            self._total = page.total
            self.listed = len(page.rows)
            self._take_rows([row for row in page.rows if self.keeps(row)])
            self.done = True
        elif paging is not None:
            if self._pager is None:
                self._pager = self._make_pager(paging)
                slice_ = self._pager.next_slice() or slice_
            self._pager.feed(slice_, page)
            self.listed = self._pager.rows_read
            self._take_rows(self._pager.take())
            self.reasons |= self._pager.reasons
            self.done = self._pager.done
        if self.endpoint.nest and self.done:
            self._emit({**(record or {}), self.endpoint.nest: self._nested})

    def _is_whole(self, page: Page) -> bool:
        """Return whether one page is plainly the whole list."""
        rows = page.rows
        return len(rows) == page.total and len(rows) < self._size and len({*map(self._identify, rows)}) == len(rows)

    def fail(self, failure: SourceError) -> None:
        """End it with a failure; a row that it was to add to stays as it is."""
        self.failure = failure.at(self.endpoint.doing, self.target)
        self.done = True
        if self._origin is not None and self._origin[1].merge is not None:
            self._records.append(self._origin[0])

    def close(self) -> None:
        """Let go of what is needed only while it is read: the ids of a long list weigh more than its records."""
        self._total, self._pages = self.total, self.pages
        self._pager = None

    def take(self) -> list[Row]:
        """Return the records that are finished since the last call."""
        records, self._records = self._records, []
        return records

    def take_followed(self) -> list[Listing]:
        """Return the listings that follow from rows since the last call."""
        listings, self._followed = self._followed, []
        return listings

    def _identify(self, row: Row) -> Hashable:
        row_id = row.get(self.endpoint.id)
        if row_id is not None and row_id != "":
            return record_key(row_id)
        # Without an id it is itself alone.
        try:
            return json.dumps(row, sort_keys=True)
        except RecursionError:
            return to_json(row)

    def _slide(self, rows: list[Row]) -> bool:
        """Begin the list anew at its oldest row, to the second, so that no row of that second is missed."""
        param, field = self.endpoint.slide or ("", "")
        try:
            oldest = min(times.parse_iso(row[field]) for row in rows)
        except (KeyError, TypeError, ValueError):
            return False
        # Up in any case: digits finer than a millisecond are not in what was parsed.
        end = times.to_unit(oldest + 1, self.endpoint.time.unit if self.endpoint.time else "ms", up=True)
        if end == self._slid.get(param):
            return False
        self._slid[param] = end
        return True

    def keeps(self, row: Row) -> bool:
        """Return whether a row is in the window and meets the filters, as far as that is looked at here."""
        if self._time is not None and not self._time.contains(row, self._window):
            return False
        return self.passes_filters(row)

    def passes_filters(self, row: Row) -> bool:
        """Return whether a row meets the filters that are looked at here."""
        return not self.where or all(dig(row, path) in wanted for path, wanted in self.where.items())

    def _take_rows(self, rows: list[Row]) -> None:
        endpoint = self.endpoint
        if endpoint.nest:
            self._nested += rows
            return
        self.kept += len(rows)
        for row in rows:
            follow = endpoint.follow(row, self._values) if endpoint.follow else None
            if follow is None:
                self._emit(row)
            else:
                record = self._apply_shape(row)
                if follow.merge is not None:
                    # It stays as it is if nothing can be added to it.
                    self._finish(record)
                self._followed += self._follow(record, follow)

    def _follow(self, record: Row, follow: Follow) -> list[Listing]:
        """Return the listings of the requests that a row needs."""
        return [Listing(follow.endpoint, self._settings, self._connection, follow.target, origin=(record, follow))]

    def _emit(self, row: Row) -> None:
        record = self._apply_shape(row)
        if self._origin is not None and self._origin[1].merge is not None:
            record = self._origin[1].merge(self._origin[0], record)
        self._finish(record)
        self._records.append(record)

    def _apply_shape(self, row: Row) -> Row:
        deep: list[str] = []
        record = self.endpoint.shape.apply(row, self._scope, deep)
        if deep:
            self._odd.note(row, deep)
        return record

    def _finish(self, record: Row) -> None:
        if self.endpoint.finish is not None:
            warning = self.endpoint.finish(record, self._values)
            if warning:
                self.warnings.append(warning)
