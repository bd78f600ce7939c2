# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one archive task: reads what the store lacks, page by page, and tells what came of it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from .._base import times
from .._base.errors import OptionError, SourceError
from .._base.options import required_store
from .._base.redaction import Redactor
from .._base.task import FAILED_TARGETS, Call
from .._fetch.archive_spec import Archive
from .._fetch.client import Client, Started, open_client, prepare
from .._fetch.endpoint import Endpoint
from .._fetch.filter_check import FilterCheck
from .._records.canonical import scope_text
from .._records.shape import Row
from .._store.outbox import Stream
from .._store.store import opened_store
from .._store.windows import Window
from .listing import ArchiveListing, by_time
from .scope import Keeper, Piece, ScopeRun

#: The source's clock may be so far behind, in seconds, without a window's end being moved: answers tell only seconds.
_CLOCK_NOISE = 2


class ArchiveTask:
    """Keeps the records of a source in a store. A failure is a result; what was kept before it is kept."""

    def __init__(self, archive: Archive, streams: set[Stream] | None = None, started: Started = lambda stop: None) -> None:
        """:param streams: where to put what is listened to, as it becomes known; null for a task that doesn't listen.

        :param started: is given what stops the task, from any thread: it fails then, and can be run again.
        """
        self.archive = archive
        self._streams = streams
        self._started = started
        self.options = archive.source.all_options

    def run(self, call: Call) -> dict[str, Any]:
        """Read what the store lacks, page by page, and keep it."""
        run = _Run(self.archive, call, self._streams, self._started)
        try:
            return run.run()
        finally:
            call.changed = run.changed


class _Run:
    """One run, step by step."""

    def __init__(self, archive: Archive, call: Call, streams: set[Stream] | None, started: Started) -> None:
        self._archive = archive
        self._call = call
        self._redactor = call.redactor
        self._streams = streams
        self._started = started
        self._scopes: dict[str, ScopeRun] = {}
        #: The windows of a scope are the same for each of its listings.
        self._pieces: dict[str, list[Piece]] = {}
        self._last_of_scope: dict[tuple[str, Window], ArchiveListing] = {}
        self._failed: list[dict[str, Any]] = []
        self._reasons: set[str] = set()
        self._new: list[Row] = []

    @property
    def changed(self) -> bool:
        """Whether a record was added or altered."""
        return any(scope.added or scope.updated for scope in self._scopes.values())

    def run(self) -> dict[str, Any]:
        source, redactor = self._archive.source, self._redactor
        settings, connection = prepare(source, self._call)
        self._settings = settings
        given = required_store(settings)
        if settings["start_time"] is not None and settings["start_time"] >= settings.now:
            raise OptionError("start_time: nothing can be there yet (write a time before now)")
        # Where the store is may be in a record without harm; all else that is secret may not.
        kept_out = Redactor(redactor.secrets - Redactor([given]).secrets)
        redactor.add(given)

        def secret(text: str | None) -> None:
            redactor.add(text)
            kept_out.add(text)

        kept = opened_store(given, secret, writes=not self._call.check)
        with kept as store, open_client(source, settings, connection, redactor, self._started) as task:
            for each in task.connection.auth.secrets():
                kept_out.add(each)
            self._task = task
            self._keeper = Keeper(
                store, self._archive.entry, sorted(kept_out.secrets), settings.now, settings["return_new"],
                lambda: task.transport.requests, self._streams,
            )
            try:
                self._read(task)
            except SourceError as failure:
                self._give_up(redactor.line(failure.line()))
                raise
            self._call.warnings += task.clock_warnings()
            return self._result(task)

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
        """The listings of a scope: one for each window that has to be read."""
        settings = self._settings
        scope = self._archive.scope(target, settings, self._task.connection)
        filters = {name: settings[name] for name in self._archive.filters if settings[name]}
        text = scope_text({**scope, **filters})
        if text not in self._scopes:
            run = self._scopes[text] = ScopeRun(self._keeper, self._archive.source.name, scope, filters, text)
            last = min(settings.now, settings.window_end)
            overlap = times.parse_duration(settings["overlap"])
            windows = run.begin(settings["start_time"], last, overlap, whole=not by_time(endpoint))
            self._pieces[text] = [Piece(run, window) for window in windows]
            if not windows:
                run.end()
        listings = []
        for piece in self._pieces[text]:
            before = self._last_of_scope.get((text, piece.window)) if endpoint.in_turn else None
            listing = ArchiveListing(self._plan, endpoint, settings, self._task.connection, target, piece, after=before)
            self._last_of_scope[text, piece.window] = listing
            listings.append(listing)
        return listings

    def _take(self, listing: ArchiveListing, rows: list[Row]) -> None:
        piece = listing.piece
        if listing.done:
            self._call.warnings += listing.warnings
            self._note_end(listing, piece, listing.failure)
        if piece is None:
            return
        if listing.done and listing.owns:
            piece.listings -= 1
        ended = piece.listings == 0
        if rows or ended:
            try:
                new = piece.run.take(piece, rows, ended, self._provable())
            except RecursionError:
                self._note_nested(listing, piece)
                new = piece.run.take(piece, [], ended, self._provable())
            self._new += new[: self._keeper.wanted]
            self._keeper.wanted = self._settings["return_new"] - len(self._new)
        if ended:
            piece.run.pieces -= 1
            if not piece.run.pieces:
                piece.run.end()

    def _note_nested(self, listing: ArchiveListing, piece: Piece) -> None:
        """A page with a record that can't be written as text is not kept, and its window stays a gap.

        :raises SourceError: (protocol) if the task is to fail by that.
        """
        problem = SourceError("protocol", "a record is nested too deeply").at(listing.endpoint.doing, listing.target)
        if self._settings["on_error"] != "continue":
            raise problem
        if not piece.failed:
            self._note_end(listing, piece, problem)

    def _note_end(self, listing: ArchiveListing, piece: Piece | None, problem: SourceError | None) -> None:
        """Remember why a listing is not complete."""
        reasons = set(listing.reasons)
        if problem is not None:
            failure = problem.redacted(self._redactor.line)
            self._failed.append({"target": listing.target, "failure": failure.as_dict()})
            reasons.add(FAILED_TARGETS)
            if piece is None:
                self._note_lookup(listing, failure.line())
            else:
                piece.failed = True
                piece.run.error = piece.run.error or self._redactor.line(failure.line())
        self._reasons |= reasons
        if piece is not None:
            piece.reasons |= reasons
            piece.run.reasons |= reasons

    def _note_lookup(self, listing: ArchiveListing, line: str) -> None:
        """What could not even be looked up is a scope, too, of which nothing is known."""
        scope = self._archive.scope(listing.target, self._settings, self._task.connection)
        text = scope_text(scope)
        run = self._scopes[text] = ScopeRun(self._keeper, self._archive.source.name, scope, {}, text)
        run.begin(self._settings["start_time"], min(self._settings.now, self._settings.window_end), 0, True)
        run.reasons.add(FAILED_TARGETS)
        run.error = self._redactor.line(line)
        run.end()

    def _provable(self) -> int:
        """Up to which instant a window can be complete: not further than the source's own clock."""
        skew = self._task.transport.skew or 0.0
        return self._settings.now + (int(skew * 1000) if skew < -_CLOCK_NOISE else 0)

    def _give_up(self, line: str) -> None:
        """Note in the store why its runs ended before they were done, if the store can still be told."""
        with suppress(SourceError):
            for scope in self._scopes.values():
                if scope.pieces:
                    scope.error = scope.error or line
                    scope.reasons.add(FAILED_TARGETS)
                    scope.end()

    def _result(self, task: Client) -> dict[str, Any]:
        scopes = list(self._scopes.values())
        return {
            "added": sum(scope.added for scope in scopes),
            "updated": sum(scope.updated for scope in scopes),
            "unchanged": sum(scope.unchanged for scope in scopes),
            "complete": not self._reasons,
            "incomplete_reasons": sorted(self._reasons),
            "failed_targets": self._failed,
            "coverage": [{"scope": scope.scope, "windows": [_told(each) for each in scope.covered]} for scope in scopes],
            "gaps": [{"scope": scope.scope, **_told(each)} for scope in scopes for each in scope.gaps],
            "new_records": self._new,
            "requests": task.transport.requests,
        }


def _told(window: Window) -> dict[str, str | None]:
    return {"start": times.to_iso(window[0], "ms"), "end": times.to_iso(window[1], "ms")}
