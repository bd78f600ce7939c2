# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive one scope in one run: plan its windows, store its pages, and prove windows complete."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from .._base import times
from .._records.canonical import LONGEST_KEY, shorten_key, write_canonical
from .._records.scope import FULL_VIEW, write_scope
from .._records.shape import Row
from .._store import open_records, outbox, unlisted
from .._store.database.schema import LONGEST_VIEW
from .._store.ledger import coverage, repair, runs
from .._store.ledger.completeness import Gap, Listed, list_proven
from .._store.ledger.coverage import Scope
from .._store.ledger.pruned import find_cut
from .._store.ledger.runs import LASTING, RECORDS_MISSING
from .._store.ledger.scopes import note_scope
from .._store.ledger.windows import Window, find_gaps, intersect, merge
from .._store.outbox import Stream
from .._store.records import Keeping, Saved, record_key, save
from .keeper import Keeper
from .plan import Plan, Reading, WindowPart, read_again
from .proof import ScopeProof, StoredRecords, WindowKey

#: In how many parts the windows of a scope may be cut: a source with wrong totals must not be read for ever.
_CUTS = 4096
#: Records so near to a window's end, in milliseconds, may be in two: these overlap by a second, and sources count in seconds.
_EDGE = 2000


#: A scope and a view, by their keys.
Place = tuple[str, str]


class ScopeRun:
    """The work of a task on one scope."""

    def __init__(self, keeper: Keeper, scope: Mapping[str, str], view: Mapping[str, Any]) -> None:
        """:param view: the viewer who sees less than everything, and the filters: what is proven is proven only of that."""
        source = keeper.archive.source.name
        self.keeper = keeper
        self.scope = dict(scope)
        self.view = dict(view)
        self.parts = 0
        self.cuts = _CUTS
        self.reasons: set[str] = set()
        self.error: str | None = None
        self.added = self.updated = self.unchanged = self.requests = self.abandoned = self.gone = 0
        #: Open and incomplete records to look up by their id.
        self.lookups: list[str] = []
        self.key = Scope(source, shorten_key(write_scope(scope), LONGEST_KEY))
        self.view_key = shorten_key(write_scope(view), LONGEST_VIEW)
        self.place: Place = (self.key.key, self.view_key)
        self.has_ended = False
        self._id = uuid.uuid4().hex
        self._how = Keeping(self.key, write_canonical(self.scope), keeper.archive.entry, keeper.secrets)
        self._stream = Stream(source, self.key.key, self.view_key)
        #: Since when events are wanted for this scope; null if they are not.
        self._heard: int | None = None
        self._proof = ScopeProof(self.view_key)
        self._open_from = 0
        #: When a run began that brings back what was pruned.
        self._restored_from: int | None = None
        self._open: dict[str, int] = {}
        self._at_edges: set[str] = set()
        self._compared: list[Window] = []
        self._has_unlisted = False
        self._undated = StoredRecords(None)

    @property
    def is_full(self) -> bool:
        """Return whether the view is the full view."""
        return self.view_key == FULL_VIEW

    @property
    def window(self) -> Window:
        """Return from where to where the scope was ever to be read."""
        return self._proof.first, self._proof.last

    def begin(self, plan: Plan, label: str | None = None) -> list[Window]:
        """Plan what to read, and store the run as started.

        :raises SourceError: if the store can't be used.
        """
        keeper = self.keeper
        self._restored_from = keeper.now if plan.restores else None

        def work(connection: Any) -> Reading:
            self._proof.kept_from = find_cut(connection, self.key, self._restored_from).before
            if keeper.streams is not None:
                outbox.listen(connection, self._stream, keeper.now)
            if keeper.store.writes:
                repair.cut_future(connection, self.key, keeper.now)
            rows = coverage.load(connection, *self.key).get(self.key.key, [])
            reach = runs.reach_of(connection, self.key, self.view_key)
            beyond = intersect(runs.read_by(connection, self.key, self.view_key, plan.retained_from), [(0, plan.retained_from)])
            # A window that lacks records is read again as a whole.
            broken = [row.window for row in rows if row.missing]
            beyond = [rest for each in beyond for rest in find_gaps(broken, *each)]
            reading = read_again(
                plan._replace(kept_from=self._proof.kept_from), [*list_proven(rows, self.view_key), *beyond], reach, open_records.find(connection, self.key),
                lambda windows: [coverage.count_in(connection, self.key, window) for window in windows],
            )
            if keeper.store.writes:
                self._heard = outbox.read_start(connection, self._stream)
                self._has_unlisted = unlisted.has_unlisted(connection, self.key)
                note_scope(connection, self.key, self._how.text, keeper.now, label)
                # A run that has nothing to read was not to read an earlier beginning.
                read = (reading.windows[0][0], plan.last) if reading.windows else (None, None)
                runs.begin(connection, self._id, self.key, self.view_key, keeper.now, read)
                open_records.give_up(connection, self.key, reading.abandoned, keeper.now)
                repair.note_broken(connection, self.key, rows)
            return reading._replace(rows=rows)

        reading = keeper.store.transact(work)
        self._proof.begin(reading.rows, (reading.first, plan.last), plan.retained_from)
        self._open_from = plan.now - plan.abandon_after
        self._open = reading.open
        self.lookups = reading.lookups
        self.abandoned = len(reading.abandoned)
        if keeper.streams is not None:
            keeper.streams.add(self._stream)
        return reading.windows

    def take(self, part: WindowPart | None, rows: list[Row], ended: bool, end: int, detailed: bool = False) -> list[Row]:
        """Store a page of records and, when the last listing of its window has ended, that the window is proven.

        All of it is one transaction. Returns the records that are new.

        :param part: the window; null for records that were looked up by their ids.
        :param ended: whether that was the window's last page.
        :param end: up to where a window can be proven complete.
        :param detailed: whether these are details of records, and not just what a list says.
        :raises SourceError: if the store can't be used.
        """
        keeper = self.keeper
        writes = keeper.store.writes
        window = (part.window[0], min(part.window[1], end)) if part is not None else (0, 0)
        proof = window
        is_proven = part is not None and ended and part.proven and window[0] < window[1]
        requests = self.requests + keeper.take_requests()
        missing: set[str] = set()
        gone = 0
        whole: list[WindowKey] = []
        is_whole = is_proven

        def work(connection: Any) -> Saved:
            nonlocal gone, proof, is_whole
            # A prune may have been declared since the last page.
            cut = find_cut(connection, self.key, self._restored_from)
            self._proof.kept_from = cut.before
            proof = (max(window[0], self._proof.retained_from, cut.before), window[1])
            saved = save(connection, self._how, rows, keeper.now, writes, detailed, cut)
            if is_proven and self.is_full:
                missing.clear()
                missing.update(self._find_unlisted(window) - saved.all)
                fresh = find_gaps(self._compared, max(window[0], cut.before), window[1])
                gone = sum(unlisted.note_window(connection, self.key, each, keeper.now) for each in fresh) if writes else 0
            if writes:
                self._note(connection, saved, missing)
                is_whole = part is not None and is_proven and self._are_there(connection, part, saved)
                whole[:] = self._proof.settle(connection, self.key, [*self._compared, window]) if is_whole else ()
                if is_whole and proof[0] < proof[1]:
                    broken = {start for start, _end in self._proof.broken.own} - {start for view, start in whole if view == self.view_key}
                    coverage.prove(connection, self.key, self.view_key, proof, self._id, keeper.now, broken)
                counts = {"added": self.added + len(saved.added), "updated": self.updated + len(saved.updated) + len(missing)}
                runs.note(connection, self._id, requests=requests, **counts)
            return saved

        saved = keeper.store.transact(work)
        self.requests = requests
        self.gone += gone
        self._has_unlisted = self._has_unlisted or gone > 0
        keeper.masked |= {(self.key.key, name) for name in saved.masked}
        if part is not None:
            part.stored.add(saved)
            self._undated.add(saved)
        if part is not None and is_proven and end < part.window[1]:
            self.reasons |= self._proof.end_early(end)
        if is_whole:
            self._proof.restore(whole)
            self._compared = merge([*self._compared, window])
            if proof[0] < proof[1]:
                self._proof.extend(proof, keeper.now)
        elif is_proven:
            self._proof.lost.append(window)
            self.reasons.add(RECORDS_MISSING)
        for name in missing | saved.all:
            self._open.pop(name, None)
        return self._count(part, rows, saved, len(missing))

    def _note(self, connection: Any, saved: Saved, missing: Collection[str]) -> None:
        """Update the outbox, the counts of windows, and open records after records were stored."""
        keeper = self.keeper
        if self._heard is not None:
            outbox.note(connection, self._stream, saved.all, self._heard, keeper.now)
        if self._has_unlisted:
            unlisted.forget(connection, self.key, saved.all)
        if missing:
            open_records.give_up(connection, self.key, missing, keeper.now)
        repair.note_starts(connection, self.key, [saved.began[name] for name in saved.added], saved.moved)

    def _are_there(self, connection: Any, part: WindowPart, saved: Saved) -> bool:
        """Return whether all that this run has stored of a window is still in the store."""
        return all(stored.are_there(connection, self.key, saved, self.keeper.now) for stored in (part.stored, self._undated))

    def give_up(self, ids: Collection[str]) -> None:
        """Give up open records that the source no longer has: their outcome stays unknown. What a narrower view does not find may be there.

        :raises SourceError: if the store can't be used.
        """
        if not self.is_full or not self.keeper.store.writes:
            return
        opened, now = [name for name in ids if name in self._open], self.keeper.now

        def work(connection: Any) -> int:
            open_records.give_up(connection, self.key, opened, now)
            return unlisted.note_ids(connection, self.key, ids, now, self._compared)

        self.gone += self.keeper.store.transact(work)
        self.updated += len(opened)

    def _find_unlisted(self, window: Window) -> set[str]:
        """Return the open records of a window."""
        return {name for name, started in self._open.items() if window[0] <= started < window[1]}

    def _count(self, part: WindowPart | None, rows: list[Row], saved: Saved, gone: int) -> list[Row]:
        again = self._at_edges & saved.began.keys()
        if part is not None:
            first, last = part.window[0] + _EDGE, part.window[1] - _EDGE
            self._at_edges.update(
                name for name, began in saved.began.items() if began is not None and not first < began < last
            )
        added = saved.added - again
        self.added += len(added)
        # A record that is new in this run and gets its details is not counted as changed.
        self.updated += len(saved.updated - again - saved.fresh) + gone
        self.unchanged += len(saved.unchanged - again)
        if not added or not self.keeper.wanted:
            return []
        entry = self.keeper.archive.entry
        return [row for row in rows if record_key(entry(row).record_id, write_canonical(row)) in added]

    def end(self) -> None:
        """Store how the run ended.

        :raises SourceError: if the store can't be used.
        """
        self.reasons |= {reason for gap in self.gaps for reason in gap.reasons if reason in LASTING}
        self.has_ended = True
        if not self.keeper.store.writes:
            return
        values = {
            "ended_at": times.now_ms(), "complete": not self.reasons, "reasons": write_canonical(sorted(self.reasons)),
            "error": self.error, "requests": self.requests + self.keeper.take_requests(),
        }

        def work(connection: Any) -> int:
            # What is listed for the first time may be too old to be waited for.
            old = open_records.give_up_old(connection, self.key, self._open_from, self.keeper.now) if self.added else 0
            runs.note(connection, self._id, added=self.added, updated=self.updated + self.abandoned + old, **values)
            runs.fold(connection, self._id)
            return old

        self.abandoned += self.keeper.store.transact(work)

    @property
    def windows(self) -> list[Listed]:
        """Return the proven windows, in order."""
        return self._proof.windows

    @property
    def gaps(self) -> list[Gap]:
        """Return the gaps in all windows that were ever planned, with their reasons."""
        return self._proof.find_gaps(self.reasons)
