# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch single records by their ids: open ones, and those whose details were never fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from .._base.errors import SourceError
from .._base.task import FAILED_TARGETS, Call
from .._fetch.archive_spec import Depth
from .._fetch.client import Client
from .._fetch.endpoint import Endpoint
from .._fetch.listing import Listing
from .._records.shape import Row
from .._store.open_records import list_without_details
from .keeper import Keeper
from .scope import ScopeRun

#: The number of records in one batch.
_BATCH = 500
#: The prefixes of keys in the store that are not the source's own id.
_SPELT = ("json:", "sha256:")


class Details:
    """The lookups of one task."""

    def __init__(self, client: Client, endpoint: Endpoint, call: Call, depth: Depth | None, keeper: Keeper, limited: bool) -> None:
        """Prepare the lookups.

        :param depth: how deep every record in the windows is read; null if only open records are.
        :param limited: whether the viewer sees a part of the records only: those that were listed in this run.
        """
        self._client = client
        self._endpoint = endpoint
        self._call = call
        self._backfill = depth is not None
        deeper = depth.deeper if depth is not None else None
        self._deeper = deeper[1:] if deeper is not None and client.settings[deeper[0]] else None
        self._store = keeper.store
        self._since = keeper.now if limited else 0
        self.failed: list[dict[str, Any]] = []

    def read(self, run: ScopeRun) -> Iterator[list[Row]]:
        """Yield the details of a scope's records.

        :raises SourceError: if the source refuses.
        """
        for batch, is_backfill in self._batches(run):
            gone: list[str] = []
            yield from self._look_up(run, batch, gone)
            if gone:
                self._note_gone(run, gone, is_backfill)

    def _batches(self, run: ScopeRun) -> Iterator[tuple[list[str], bool]]:
        for at in range(0, len(run.lookups), _BATCH):
            yield run.lookups[at : at + _BATCH], False
        before: tuple[int | None, str] | None = None
        while self._backfill:
            rows = self._store.transact(partial(
                list_without_details, scope=run.key, window=run.window, before=before, most=_BATCH,
                deeper=self._deeper, maps=self._endpoint.shape.maps, since=self._since,
            ))
            names = [row.record_id for row in rows if not row.record_id.startswith(_SPELT) and self._lacks_details(row.raw)]
            if names:
                yield names, True
            if len(rows) < _BATCH:
                return
            before = (rows[-1].started_at, rows[-1].record_id)

    def _lacks_details(self, raw: str | None) -> bool:
        """Return whether to fetch details.

        :param raw: a record that may have them; null if it is known that it has not.
        """
        if raw is None or self._deeper is None:
            return True
        parts, key = self._deeper
        return not all(isinstance(part, dict) and key in part for part in json.loads(raw).get(parts) or ())

    def _look_up(self, run: ScopeRun, ids: list[str], gone: list[str]) -> Iterator[list[Row]]:
        client = self._client
        listings = [Listing(self._endpoint, client.settings, client.connection, {"id": each}) for each in ids]
        for listing, rows in client.fetch(listings, self._call.watch, go_on=True).pages():
            if rows:
                yield rows
            if listing.done and listing.failure is not None:
                self._note_failure(run, listing.failure, listing.target, gone)

    def _note_failure(self, run: ScopeRun, failure: SourceError, target: Mapping[str, Any], gone: list[str]) -> None:
        if failure.kind == "not_found":
            gone.append(target["id"])
            return
        if self._client.settings["on_error"] != "continue":
            raise failure
        shown: SourceError = failure.redact(self._call.redactor.line)
        self.failed.append({"target": target, "failure": shown.as_dict()})
        run.reasons.add(FAILED_TARGETS)
        run.error = run.error or shown.line()

    def _note_gone(self, run: ScopeRun, gone: list[str], is_backfill: bool) -> None:
        run.give_up(gone)
        if is_backfill:
            self._call.warnings.append(
                "The source no longer has the details of %d records, such as %s." % (len(gone), ", ".join(gone[:3]))
            )
