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
from .._store.ledger import coverage, runs
from .._store.ledger.completeness import Gap, Listed, join_windows, list_proven, read_listed
from .._store.ledger.coverage import Scope
from .._store.ledger.pruned import find_cut
from .._store.ledger.runs import ATTACHMENTS, BEYOND_RETENTION, LASTING, RECORDS_MISSING
from .._store.ledger.scopes import note_scope
from .._store.ledger.windows import Window, find_gaps, intersect, merge
from .._store.outbox import Stream
from .._store.records import Keeping, Saved, record_key, save
from .keeper import Keeper
from .plan import Plan, Reading, WindowPart, read_again

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
        self.first = self.last = 0
        self.key = Scope(source, shorten_key(write_scope(scope), LONGEST_KEY))
        self.view_key = shorten_key(write_scope(view), LONGEST_VIEW)
        self.place: Place = (self.key.key, self.view_key)
        self.has_ended = False
        self._id = uuid.uuid4().hex
        self._how = Keeping(self.key, write_canonical(self.scope), keeper.archive.entry, keeper.secrets)
        self._stream = Stream(source, self.key.key, self.view_key)
        #: Since when events are wanted for this scope; null if they are not.
        self._heard: int | None = None
        self._covered: list[Window] = []
        self._listed: list[Listed] = []
        #: How many records the windows in the store lack, by view and start, and where those of this view lie.
        self._missing: dict[tuple[str, int], int] = {}
        self._broken: dict[int, Listed] = {}
        self._retained_from = self._open_from = 0
        #: What began before was pruned; and when a run began that brings it back.
        self._kept_from = 0
        self._restored_from: int | None = None
        self._open: dict[str, int] = {}
        self._at_edges: set[str] = set()
        self._compared: list[Window] = []

    @property
    def is_full(self) -> bool:
        """Return whether the view is the full view."""
        return self.view_key == FULL_VIEW

    def begin(self, plan: Plan, label: str | None = None) -> list[Window]:
        """Plan what to read, and store the run as started.

        :raises SourceError: if the store can't be used.
        """
        keeper = self.keeper
        self._restored_from = keeper.now if plan.restores else None

        def work(connection: Any) -> Reading:
            self._kept_from = find_cut(connection, self.key, self._restored_from).before
            if keeper.streams is not None:
                outbox.listen(connection, self._stream, keeper.now)
            rows = coverage.load(connection, *self.key).get(self.key.key, [])
            reach = runs.reach_of(connection, self.key, self.view_key)
            beyond = intersect(runs.read_by(connection, self.key, self.view_key, plan.retained_from), [(0, plan.retained_from)])
            reading = read_again(
                plan._replace(kept_from=self._kept_from), [*list_proven(rows, self.view_key), *beyond], reach, open_records.find(connection, self.key),
                lambda windows: [coverage.count_in(connection, self.key, window) for window in windows],
            )
            if keeper.store.writes:
                self._heard = outbox.read_start(connection, self._stream)
                note_scope(connection, self.key, self._how.text, keeper.now, label)
                # A run that has nothing to read was not to read an earlier beginning.
                read = (reading.windows[0][0], plan.last) if reading.windows else (None, None)
                runs.begin(connection, self._id, self.key, self.view_key, keeper.now, read)
                open_records.give_up(connection, self.key, reading.abandoned, keeper.now)
            return reading._replace(rows=rows)

        reading = keeper.store.transact(work)
        own = [row for row in reading.rows if row.view in (self.view_key, FULL_VIEW)]
        self._covered = list_proven(reading.rows, self.view_key)
        self._listed = [read_listed(row) for row in own if not row.missing]
        self._missing = {(row.view, row.start): row.missing for row in reading.rows if row.missing}
        self._broken = {row.start: read_listed(row) for row in own if row.missing and row.view == self.view_key}
        self.first, self.last = reading.first, plan.last
        self._retained_from, self._open_from = plan.retained_from, plan.now - plan.abandon_after
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
        back: dict[tuple[str, int], int] = {}

        def work(connection: Any) -> Saved:
            nonlocal gone, proof
            # A prune may have been declared since the last page.
            cut = find_cut(connection, self.key, self._restored_from)
            self._kept_from = cut.before
            proof = (max(window[0], self._retained_from, cut.before), window[1])
            saved = save(connection, self._how, rows, keeper.now, writes, detailed, cut)
            if is_proven and self.is_full:
                missing.clear()
                missing.update(self._find_unlisted(window) - saved.all)
                fresh = find_gaps(self._compared, max(window[0], cut.before), window[1])
                gone = sum(unlisted.note_window(connection, self.key, each, keeper.now) for each in fresh) if writes else 0
            if writes:
                self._note(connection, saved, missing, back)
                if is_proven and proof[0] < proof[1]:
                    coverage.prove(connection, self.key, self.view_key, proof, self._id, keeper.now, self._broken)
                counts = {"added": self.added + len(saved.added), "updated": self.updated + len(saved.updated) + len(missing)}
                runs.note(connection, self._id, requests=requests, **counts)
            return saved

        saved = keeper.store.transact(work)
        self.requests = requests
        self.gone += gone
        keeper.masked |= {(self.key.key, name) for name in saved.masked}
        self._come_back(back)
        if is_proven:
            self._compared = merge([*self._compared, window])
            if proof[0] < proof[1]:
                self._extend(proof)
        for name in missing | saved.all:
            self._open.pop(name, None)
        return self._count(part, rows, saved, len(missing))

    def _note(self, connection: Any, saved: Saved, missing: Collection[str], back: dict[tuple[str, int], int]) -> None:
        """Update the outbox, the counts of windows, and open records after records were stored."""
        keeper = self.keeper
        if self._heard is not None:
            outbox.note(connection, self._stream, saved.all, self._heard, keeper.now)
        if missing:
            open_records.give_up(connection, self.key, missing, keeper.now)
        starts = [each for name in saved.added if (each := saved.began[name]) is not None]
        back.clear()
        back.update(coverage.note_starts(connection, self.key, starts, saved.moved, self._missing))

    def _come_back(self, back: Mapping[tuple[str, int], int]) -> None:
        """Count missing records that were listed again."""
        for place, count in back.items():
            self._missing[place] -= count
            if self._missing[place]:
                continue
            del self._missing[place]
            if place[0] == self.view_key and place[1] in self._broken:
                restored = self._broken.pop(place[1])
                self._listed.append(restored)
                self._covered = merge([*self._covered, restored[:2]])

    def _extend(self, window: Window) -> None:
        now = self.keeper.now
        broken = [each[:2] for each in self._broken.values()]
        for gap in find_gaps([*self._covered, *broken], *window):
            for span in coverage.split_late(*gap, now):
                self._listed.append(Listed(*span, now if now - span[1] >= coverage.LATE else None))
        self._covered = merge([*self._covered, *find_gaps(broken, *window)])

    def give_up(self, ids: Collection[str]) -> None:
        """Give up open records that the source no longer has: their outcome stays unknown.

        :raises SourceError: if the store can't be used.
        """
        self.gone += len(ids)
        if not self.is_full or not self.keeper.store.writes:
            return
        opened, now = [name for name in ids if name in self._open], self.keeper.now

        def work(connection: Any) -> None:
            unlisted.note_ids(connection, self.key, ids, now)
            open_records.give_up(connection, self.key, opened, now)

        self.keeper.store.transact(work)
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
        return join_windows(self._listed)

    @property
    def gaps(self) -> list[Gap]:
        """Return the gaps in all windows that were ever planned, with their reasons."""
        found: list[Gap] = []
        for gap in find_gaps([*self._covered, (0, self._kept_from)], self.first, self.last):
            broken = intersect([gap], [each[:2] for each in self._broken.values()])
            found += [Gap(*each, (RECORDS_MISSING,)) for each in broken]
            for rest in find_gaps(broken, *gap):
                border = min(max(rest[0], self._retained_from), rest[1])
                if rest[0] < border:
                    found.append(Gap(rest[0], border, (BEYOND_RETENTION,)))
                if border < rest[1]:
                    found.append(Gap(border, rest[1], tuple(sorted(self.reasons - LASTING - {ATTACHMENTS}))))
        return sorted(found)
