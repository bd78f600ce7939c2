# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one archive task: fetch what the store lacks, page by page, and return the result."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .._base import times
from .._base.errors import OptionError, SourceError
from .._base.options import require_store
from .._base.task import FAILED_TARGETS, Call
from .._fetch.archive_spec import Archive
from .._fetch.client import Client, Started, open_client, prepare
from .._fetch.endpoint import Connection, Endpoint
from .._fetch.filter_check import FilterCheck
from .._records.shape import Row
from .._store.ledger.windows import Window
from .._store.outbox import Stream
from .._store.store import Store, open_store
from .attachments.place import list_wanted, view_of
from .details import Details
from .keeper import Keeper
from .listing import ArchiveListing, grain_of, lists_by_time
from .place import account_of, find_place, note_place
from .plan import Plan, WindowPart
from .result import build_result
from .scope import Place, ScopeRun

if TYPE_CHECKING:
    from .attachments.fetching import Attachments


class ArchiveTask:
    """Archives the records of a source. A failure is a result; records that were stored before it are kept."""

    def __init__(self, archive: Archive, streams: set[Stream] | None = None, started: Started = lambda stop: None) -> None:
        """:param streams: where to put what is listened to, as it becomes known; null for a task that doesn't listen.

        :param started: is given what stops the task, from any thread: it fails then, and can be run again.
        """
        self.archive = archive
        self._streams = streams
        self._started = started
        self.options = archive.source.all_options

    def run(self, call: Call) -> dict[str, Any]:
        """Fetch what the store lacks, page by page, and store it."""
        run = _Run(self.archive, call, self._streams, self._started)
        try:
            return run.run()
        finally:
            call.changed = run.changed


class _Run:
    """One run of an archive task."""

    def __init__(self, archive: Archive, call: Call, streams: set[Stream] | None, started: Started) -> None:
        self._archive = archive
        self._call = call
        self._redactor = call.redactor
        self._streams = streams
        self._started = started
        self._scopes: dict[Place, ScopeRun] = {}
        #: The windows of a scope are the same for each of its listings.
        self._parts: dict[Place, list[WindowPart]] = {}
        self._last_of_scope: dict[tuple[Place, Window], ArchiveListing] = {}
        self._failed: list[dict[str, Any]] = []
        self._reasons: set[str] = set()
        self._new: list[Row] = []
        self._viewer: dict[str, Any] | None = None
        self._attachments: Attachments | None = None
        #: Whether the source has said what is read.
        self._is_open = False

    @property
    def changed(self) -> bool:
        """Return whether a record was added or changed, or an attachment fetched."""
        fetched = self._attachments is not None and self._attachments.changed
        return fetched or any(scope.added or scope.updated or scope.abandoned for scope in self._scopes.values())

    def run(self) -> dict[str, Any]:
        archive, redactor = self._archive, self._redactor
        settings, connection = prepare(archive.source, self._call)
        self._settings = settings
        given = require_store(settings)
        if settings["start_time"] is not None and settings["start_time"] >= settings.now:
            raise OptionError("start_time: nothing can be there yet (write a time before now)")
        self._wanted = list_wanted(archive, settings)
        redactor.add(given)
        with open_store(given, redactor.add, writes=not self._call.check) as store:
            if archive.access_key is not None:
                key = archive.access_key(settings)
                settings.values["account"] = account_of(store, archive.source.name, key, settings["account"], settings.now)
            try:
                with open_client(archive.source, settings, connection, redactor, self._started) as client:
                    return self._archive_all(store, client)
            except SourceError as failure:
                if not self._is_open:
                    self._note_unreachable(store, connection, redactor.line(failure.line()))
                raise

    def _archive_all(self, store: Store, client: Client) -> dict[str, Any]:
        self._is_open = True
        self._client = client
        self._keeper = self._new_keeper(store, lambda: client.transport.requests)
        self._viewer, notes = self._archive.source.viewer_of(client.connection.values)
        self._call.warnings += notes
        if self._viewer is not None:
            run = self._new_run(client.targets[0])
            note_place(store, self._archive.source.name, client.connection, run.scope, run.view, self._settings.now)
        try:
            self._read(client)
            self._complete_scopes(client)
        except SourceError as failure:
            self._give_up(self._redactor.line(failure.line()))
            raise
        self._call.warnings += client.list_clock_warnings()
        if self._keeper.masked:
            self._call.warnings.append("A secret of this task was masked in %d records." % len(self._keeper.masked))
        counts = self._attachments.counts() if self._attachments is not None else (0, 0)
        return build_result(self._scopes.values(), self._reasons, self._failed, self._new, counts, client.transport.requests)

    def _new_keeper(self, store: Store, requests: Callable[[], int]) -> Keeper:
        settings = self._settings
        credentials = sorted(self._redactor.credentials)
        return Keeper(store, self._archive, credentials, settings.now, settings["return_new"], requests, self._streams)

    def _note_unreachable(self, store: Store, connection: Connection, line: str) -> None:
        """Note a run that could not even find out what it reads, if these credentials have read something before."""
        with suppress(SourceError):
            place = find_place(store, self._archive.source.name, connection)
            if place is None or not store.writes:
                return
            self._keeper = self._new_keeper(store, lambda: 0)
            _option, endpoint = self._archive.source.endpoints[-1]
            self._note_failed(ScopeRun(self._keeper, *place), endpoint, line)

    def _read(self, task: Client) -> None:
        listings: list[Any] = []
        for target in task.targets:
            if task.endpoint.time is None:
                listings.append(ArchiveListing(self._plan, task.endpoint, self._settings, task.connection, target))
            else:
                listings += self._plan(task.endpoint, target)
        check = FilterCheck(task, self._redactor.line)
        for listing, rows in task.fetch(listings, self._call.watch).pages():
            if isinstance(listing, ArchiveListing):
                self._take(listing, rows)
                if listing.done and listing.owns:
                    check.note(listing)
        self._call.warnings += check.warnings()

    def _plan(self, endpoint: Endpoint, target: dict[str, Any]) -> list[ArchiveListing]:
        """Return the listings of a scope: one for each window to read."""
        settings = self._settings
        run = self._new_run(target)
        place = run.place
        if place not in self._scopes:
            self._scopes[place] = run
            windows = run.begin(self._reading_plan(endpoint), settings["label"])
            self._parts[place] = [WindowPart(run, window) for window in windows]
            if not windows and not self._looks_up(run):
                run.end()
        listings = []
        for part in self._parts[place]:
            before = self._last_of_scope.get((place, part.window)) if endpoint.in_turn else None
            listing = ArchiveListing(self._plan, endpoint, settings, self._client.connection, target, part, after=before)
            self._last_of_scope[place, part.window] = listing
            listings.append(listing)
        return listings

    def _new_run(self, target: dict[str, Any]) -> ScopeRun:
        settings, connection = self._settings, self._client.connection
        source = self._archive.source
        return ScopeRun(self._keeper, source.scope(target, settings, connection), source.view_of(settings, connection.values))

    def _reading_plan(self, endpoint: Endpoint) -> Plan:
        settings, source = self._settings, self._archive.source
        retention, recheck = settings["retention"], settings["recheck"]
        return Plan(
            settings["start_time"], min(settings.now, settings.window_end), settings.now,
            times.parse_duration(settings["overlap"]), grain_of(endpoint), not lists_by_time(endpoint),
            # The rights of a limited viewer may change, and what a filter looks at: their windows are never skipped.
            settings["reread"] or self._is_limited or source.is_changing(settings) or bool(self._wanted) and view_of(self._client)[1],
            times.parse_duration(recheck) if recheck else 0, times.parse_duration(settings["abandon_after"]),
            settings.now - times.parse_duration(retention) if retention else 0,
            self._archive.details is not None, settings["page_size"], settings["reread"],
        )

    def _looks_up(self, run: ScopeRun) -> bool:
        """Return whether more is read of a scope than its listings."""
        return bool(run.lookups or self._wanted) or self._wants_details

    @property
    def _is_limited(self) -> bool:
        """Return whether the viewer sees a part of the records only."""
        return self._viewer is not None and not self._viewer["sees_all"]

    @property
    def _wants_details(self) -> bool:
        return self._archive.depth is not None and bool(self._settings[self._archive.depth.option])

    def _complete_scopes(self, client: Client) -> None:
        """Fetch open records, and missing details and attachments if they are wanted."""
        details = None
        if self._archive.details is not None:
            depth = self._archive.depth if self._wants_details else None
            details = Details(client, self._archive.details, self._call, depth, self._keeper, self._is_limited)
        if self._wanted:
            # Imported here: most tasks have none, and imports slow down a module's start.
            from .attachments.fetching import Attachments

            self._attachments = Attachments(client, self._wanted, self._call, not self._is_limited)
        for run in self._scopes.values():
            if run.has_ended or not self._looks_up(run):
                continue
            for rows in details.read(run) if details is not None else ():
                run.take(None, rows, False, 0, detailed=True)
                self._renew(rows)
            if self._attachments is not None:
                self._attachments.fetch(run)
            run.end()
        if details is not None and details.failed:
            self._failed += details.failed
            self._reasons.add(FAILED_TARGETS)

    def _renew(self, rows: list[Row]) -> None:
        """Return new records with their details."""
        entry = self._archive.entry
        detailed = {entry(row).record_id: row for row in rows}
        self._new = [detailed.get(entry(row).record_id, row) for row in self._new]

    def _take(self, listing: ArchiveListing, rows: list[Row]) -> None:
        part = listing.part
        if listing.done:
            self._call.warnings += listing.warnings
            self._note_end(listing, part, listing.failure)
        if part is None:
            return
        if listing.done and listing.owns:
            part.listings -= 1
        ended = part.listings == 0
        if rows or ended:
            new = part.run.take(part, rows, ended, self._find_provable_end())
            self._new += new[: self._keeper.wanted]
            self._keeper.wanted = self._settings["return_new"] - len(self._new)
        if ended:
            part.run.parts -= 1
            if not part.run.parts and not self._looks_up(part.run):
                part.run.end()

    def _note_end(self, listing: ArchiveListing, part: WindowPart | None, problem: SourceError | None) -> None:
        """Store why a listing is not complete."""
        reasons = set(listing.reasons)
        if problem is not None:
            failure = problem.redact(self._redactor.line)
            self._failed.append({"target": listing.target, "failure": failure.as_dict()})
            reasons.add(FAILED_TARGETS)
            if part is None:
                # A lookup that failed is a run of its scope, without any window.
                run = self._new_run(listing.target)
                self._scopes[run.place] = run
                self._note_failed(run, listing.endpoint, self._redactor.line(failure.line()))
            else:
                part.failed = True
                part.run.error = part.run.error or self._redactor.line(failure.line())
        self._reasons |= reasons
        if part is not None:
            part.reasons |= reasons
            part.run.reasons |= reasons

    def _note_failed(self, run: ScopeRun, endpoint: Endpoint, line: str) -> None:
        """Store a run that read nothing, and why."""
        run.begin(self._reading_plan(endpoint)._replace(whole=True))
        run.reasons.add(FAILED_TARGETS)
        run.error = line
        run.end()

    def _find_provable_end(self) -> int:
        """Return the latest end of a window that can be complete: not later than the source's clock."""
        return self._client.transport.clock.limit(self._settings.now)

    def _give_up(self, line: str) -> None:
        """Store why the runs ended early, if the store can still be written."""
        with suppress(SourceError):
            for scope in self._scopes.values():
                if scope.parts or not scope.has_ended:
                    scope.error = scope.error or line
                    scope.reasons.add(FAILED_TARGETS)
                    scope.end()
