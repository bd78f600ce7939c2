# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One scope in one run of an archive task: what it has to read, what of it is done, and what the store is told of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

from .._base import times
from .._records.canonical import LONGEST_KEY, canonical, scope_text, short_key
from .._records.entry import Entry
from .._records.shape import Row
from .._store import outbox
from .._store import records as store_records
from .._store import runs as store_runs
from .._store import windows as windows_module
from .._store.outbox import Stream
from .._store.records import Saved, Scope
from .._store.store import Store
from .._store.windows import Window

#: So many windows at most are read to look again for records that were not over.
_LOOKS = 32
#: In how many pieces the windows of a scope may be cut: a source that tells wrong totals must not be asked for ever.
_CUTS = 4096
#: Records so near to a window's end, in milliseconds, may be in two.
_EDGE = 1000


class Keeper:
    """What all scopes of a run share: where records go, and how."""

    def __init__(
        self,
        store: Store,
        entry: Callable[[Row], Entry],
        secrets: Collection[str],
        now: int,
        wanted: int,
        requests: Callable[[], int],
        streams: set[Stream] | None = None,
    ) -> None:
        """:param wanted: how many new records to return.

        :param requests: tells how many requests the task has sent so far.
        :param streams: where to put what is listened to from now on, if anything is."""
        self.store = store
        self.entry = entry
        self.secrets = secrets
        self.now = now
        #: How many new records are still to be returned.
        self.wanted = wanted
        self.streams = streams
        self._requests = requests
        self._counted = 0

    def take_requests(self) -> int:
        """How many requests were sent since the last call."""
        before, self._counted = self._counted, self._requests()
        return self._counted - before


class Piece:
    """A window of a scope, which is proven complete as a whole or not at all."""

    def __init__(self, run: ScopeRun, window: Window) -> None:
        self.run = run
        self.window = window
        #: How many listings are still to end.
        self.listings = 0
        self.records = 0
        #: Why it can't be proven complete: reasons, a failure, or that it was cut and its pieces stand for it.
        self.reasons: set[str] = set()
        self.failed = False
        self.was_cut = False
        run.pieces += 1

    @property
    def proven(self) -> bool:
        """Whether nothing can be missing, once its listings have ended."""
        return not (self.reasons or self.failed or self.was_cut)


class ScopeRun:
    """A scope's share of a task."""

    def __init__(self, keeper: Keeper, source: str, scope: Mapping[str, str], filters: Mapping[str, Any], text: str) -> None:
        """:param filters: options that leave out records: what is proven is proven only of the rest.

        :param text: the scope with its filters, as a stable text.
        """
        self.keeper = keeper
        self.scope = {**scope, **filters}
        self.pieces = 0
        self.cuts = _CUTS
        self.reasons: set[str] = set()
        self.error: str | None = None
        self.added = self.updated = self.unchanged = self.requests = 0
        self.covered: list[Window] = []
        self.first = self.last = 0
        self._id = uuid.uuid4().hex
        self._source = source
        self._key = short_key(text, LONGEST_KEY)
        self._records = Scope(source, short_key(scope_text(scope), LONGEST_KEY), canonical(dict(scope)))
        self._stream = Stream(source, self._key, self._records.key)
        #: Since when somebody listens to this scope; null if nobody does.
        self._heard: int | None = None
        self._filtered = bool(filters)
        self._unfinished: dict[str, int] = {}
        self._at_edges: set[str] = set()

    def begin(self, asked: int | None, last: int, overlap: int, whole: bool) -> list[Window]:
        """Find out what there is to read, and note that it is being read.

        :param asked: from where this task was told to begin, null if it was not told.
        :param last: up to where.
        :param overlap: how far to look back, in milliseconds.
        :param whole: whether the source can only list all there is.
        :raises SourceError: if the store can't be used.
        """

        def work(connection: Any) -> tuple[list[Window], int, list[Window], dict[str, int]]:
            if self.keeper.streams is not None:
                outbox.listen(connection, self._stream, self.keeper.now)
            if self.keeper.store.writes:
                self._heard = outbox.since(connection, self._stream)
            covered = store_runs.covered(connection, self._source, self._key)
            earlier = store_runs.first_start(connection, self._source, self._key)
            first = min((each for each in (asked, earlier) if each is not None), default=0)
            own = [(first, last)] if whole and first < last else windows_module.to_read(covered, first, last, overlap)
            windows, unfinished = own, {}
            if own:
                # What is listed as a whole has to have all of them.
                unfinished = store_records.unfinished(connection, self._records, last if whole else own[-1][0])
            if own and not whole:
                windows = windows_module.merged([*own, *windows_module.around(unfinished.values(), own[-1][0], _LOOKS)])
            if self.keeper.store.writes:
                # A run that has nothing to read was not asked for an earlier beginning.
                read = (own[0][0], last) if own else (None, None)
                store_runs.begin(connection, self._id, self._source, self._key, self.keeper.now, read)
            return covered, first, windows, unfinished

        self.covered, self.first, windows, self._unfinished = self.keeper.store.transact(work)
        self.last = last
        if self.keeper.streams is not None:
            self.keeper.streams.add(self._stream)
        return windows

    def take(self, piece: Piece, rows: list[Row], ended: bool, end: int) -> list[Row]:
        """Keep a page of records and, when the last listing of its window has ended, what is proven by that.

        All of it is one transaction. Returns the records that are new.

        :param ended: whether that was the window's last page.
        :param end: up to where a window can be proven complete.
        :raises SourceError: if the store can't be used.
        """
        keeper = self.keeper
        writes = keeper.store.writes
        window = (piece.window[0], min(piece.window[1], end))
        proven = ended and piece.proven and window[0] < window[1]
        # What was looked at again adds nothing to the ledger.
        is_new = bool(windows_module.gaps(self.covered, *window))
        records = piece.records + len(rows)
        requests = self.requests + keeper.take_requests()
        missing: set[str] = set()

        def work(connection: Any) -> Saved:
            saved = store_records.save(
                connection, self._records, rows, keeper.entry, keeper.secrets, keeper.now, writes
            )
            if proven:
                missing.clear()
                missing.update(self._missing(window) - saved.added - saved.updated - saved.unchanged)
            if writes:
                if self._heard is not None:
                    seen = saved.added | saved.updated | saved.unchanged
                    outbox.note(connection, self._stream, seen, self._heard, keeper.now)
                if missing:
                    store_records.give_up(connection, self._records, missing)
                if proven and is_new:
                    store_runs.prove(connection, self._id, self._source, self._key, window, records)
                counts = {"added": self.added + len(saved.added), "updated": self.updated + len(saved.updated) + len(missing)}
                store_runs.note(connection, self._id, requests=requests, **counts)
            return saved

        saved = keeper.store.transact(work)
        piece.records, self.requests = records, requests
        if proven:
            self.covered = windows_module.merged([*self.covered, window])
        for name in missing | saved.added | saved.updated | saved.unchanged:
            self._unfinished.pop(name, None)
        return self._count(piece, rows, saved, len(missing))

    def _missing(self, window: Window) -> set[str]:
        """Records that were not over, that belong into a window, and that were not in it."""
        # With a filter, or to somebody who may see less, they need not be.
        if self._filtered:
            return set()
        return {name for name, started in self._unfinished.items() if window[0] <= started < window[1]}

    def _count(self, piece: Piece, rows: list[Row], saved: Saved, gone: int) -> list[Row]:
        again = self._at_edges & saved.began.keys()
        first, last = piece.window[0] + _EDGE, piece.window[1] - _EDGE
        self._at_edges.update(
            name for name, began in saved.began.items() if began is not None and not first < began < last
        )
        added = saved.added - again
        self.added += len(added)
        self.updated += len(saved.updated - again) + gone
        self.unchanged += len(saved.unchanged - again)
        if not added or not self.keeper.wanted:
            return []
        return [row for row in rows if store_records.record_key(self.keeper.entry(row).record_id, canonical(row)) in added]

    def end(self) -> None:
        """Note how the run ended.

        :raises SourceError: if the store can't be used.
        """
        if not self.keeper.store.writes:
            return
        values = {
            "ended_at": times.now_ms(), "complete": not self.reasons, "reasons": canonical(sorted(self.reasons)),
            "error": self.error, "requests": self.requests + self.keeper.take_requests(),
        }
        self.keeper.store.transact(lambda connection: store_runs.note(connection, self._id, **values))

    @property
    def gaps(self) -> list[Window]:
        """What of the time that was ever asked for is not covered."""
        return windows_module.gaps(self.covered, self.first, self.last)
