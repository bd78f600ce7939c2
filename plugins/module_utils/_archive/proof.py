# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a scope is proven for a run, and what is missing: never read, or deleted by somebody, before the run or while it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .._base.task import SOURCE_LIMIT
from .._paging.hash_set import HashSet
from .._records.scope import FULL_VIEW
from .._store.ledger.completeness import Gap, Listed, join_windows, list_proven, read_listed
from .._store.ledger.coverage import LATE, Covered, Scope, count_in, split_late
from .._store.ledger.repair import UNDATED, settle
from .._store.ledger.runs import ATTACHMENTS, BEYOND_RETENTION, LASTING, RECORDS_MISSING
from .._store.ledger.windows import Window, find_gaps, intersect, merge
from .._store.records import Saved

#: By how much the source's clock may be behind before that is a fault, in milliseconds.
_CLOCKS_APART = 60_000
#: A window in the store, by its view and start.
WindowKey = tuple[str, int]


class StoredRecords:
    """The records of a window that a run has stored."""

    def __init__(self, window: Window | None) -> None:
        """:param window: null for those without a start, which may belong to any window."""
        self.window = window
        self._added = 0
        #: The keys of those that were not new.
        self._known = HashSet()

    def add(self, saved: Saved) -> None:
        """Take a page that was stored."""
        for name in self._find(saved):
            if name in saved.added:
                self._added += 1
            elif name not in saved.fresh:
                self._known.add(name)

    def are_there(self, connection: Any, scope: Scope, saved: Saved, now: int) -> bool:
        """Return whether all of them are in the store, with those of a page that is being stored.

        :param now: when the run began, in milliseconds since the epoch.
        """
        page = self._find(saved)
        known = sum(name not in saved.added and name not in saved.fresh and name not in self._known for name in page)
        count = self._added + len(self._known) + sum(name in saved.added for name in page) + known
        return not count or count_in(connection, scope, self.window, now) >= count

    def _find(self, saved: Saved) -> list[str]:
        window = self.window
        if window is None:
            return [name for name, began in saved.began.items() if began is None]
        return [name for name, began in saved.began.items() if began is not None and window[0] <= began < window[1]]


class BrokenWindows:
    """The windows of a scope whose records are missing, of all views."""

    def __init__(self, rows: Iterable[Covered], view: str) -> None:
        """:param view: the view of the run."""
        self._view = view
        self._rows: dict[WindowKey, Covered] = {(row.view, row.start): row for row in rows if row.missing}

    def __bool__(self) -> bool:
        return bool(self._rows)

    @property
    def own(self) -> list[Window]:
        """Return those of the run's own view."""
        return [row.window for row in self._rows.values() if row.view == self._view]

    def settle(self, connection: Any, scope: Scope, read: list[Window]) -> list[WindowKey]:
        """Settle those that were read again as a whole, and return those that are whole.

        :param read: what this run has read again, and what lacks nothing.
        """
        rows = {key: row for key, row in self._rows.items() if self._view in (FULL_VIEW, row.view)}
        if any(row.undated for row in rows.values()):
            # Where these belong isn't known: wait until everything was read again, by the view that sees most.
            hull = (min(row.start for row in rows.values()), max(row.end for row in rows.values()))
            sees_most = self._view == FULL_VIEW or all(view != FULL_VIEW for view, _start in self._rows)
            if not sees_most or find_gaps(read, *hull) or not settle(connection, scope, *UNDATED):
                return []
        return [key for key, row in rows.items() if not find_gaps(read, *row.window) and settle(connection, scope, *key)]

    def remove(self, keys: Iterable[WindowKey]) -> list[Covered]:
        """Forget windows that are whole, and return those that prove something for the run's view."""
        rows = [self._rows.pop(key) for key in keys]
        return [row for row in rows if row.view in (self._view, FULL_VIEW)]


class ScopeProof:
    """What of a scope is proven for a view: as the store says, and as a run goes on."""

    def __init__(self, view: str) -> None:
        self._view = view
        self.first = self.last = 0
        #: What began before was pruned; of what began before may be missing what the source dropped.
        self.kept_from = self.retained_from = 0
        self.broken = BrokenWindows((), view)
        #: What was read of which a part was deleted meanwhile.
        self.lost: list[Window] = []
        self._covered: list[Window] = []
        self._listed: list[Listed] = []

    def begin(self, rows: Sequence[Covered], window: Window, retained_from: int) -> None:
        """Take what the store says.

        :param window: from where to where it was ever to be read.
        """
        self.first, self.last = window
        self.retained_from = retained_from
        self.broken = BrokenWindows(rows, self._view)
        self._covered = list_proven(rows, self._view)
        self._listed = [read_listed(row) for row in rows if row.view in (self._view, FULL_VIEW) and not row.missing]

    def extend(self, window: Window, now: int) -> None:
        """Take a window that was read at an instant."""
        broken = self.broken.own
        for gap in find_gaps([*self._covered, *broken], *window):
            for span in split_late(*gap, now):
                self._listed.append(Listed(*span, now if now - span[1] >= LATE else None))
        self._covered = merge([*self._covered, *find_gaps(broken, *window)])

    def settle(self, connection: Any, scope: Scope, read: list[Window]) -> list[WindowKey]:
        """Settle broken windows, and return those that are whole.

        :param read: what this run has read again.
        """
        return self.broken.settle(connection, scope, merge([*read, *self._covered])) if self.broken else []

    def restore(self, keys: Iterable[WindowKey]) -> None:
        """Take broken windows that are whole again."""
        for row in self.broken.remove(keys):
            self._listed.append(read_listed(row))
            self._covered = merge([*self._covered, row.window])

    def end_early(self, end: int) -> set[str]:
        """Let the run end where the source's clock is. If that is much earlier, the rest is a gap: return the reason."""
        if self.last - end > _CLOCKS_APART:
            return {SOURCE_LIMIT}
        self.last = min(self.last, end)
        return set()

    @property
    def windows(self) -> list[Listed]:
        """Return the proven windows, in order."""
        return join_windows(self._listed)

    def find_gaps(self, reasons: set[str]) -> list[Gap]:
        """Return the gaps in all windows that were ever planned.

        :param reasons: why the run is not complete.
        """
        found: list[Gap] = []
        for gap in find_gaps([*self._covered, (0, self.kept_from)], self.first, self.last):
            broken = intersect([gap], [*self.broken.own, *self.lost])
            found += [Gap(*each, (RECORDS_MISSING,)) for each in broken]
            for rest in find_gaps(broken, *gap):
                border = min(max(rest[0], self.retained_from), rest[1])
                if rest[0] < border:
                    found.append(Gap(rest[0], border, (BEYOND_RETENTION,)))
                if border < rest[1]:
                    found.append(Gap(border, rest[1], tuple(sorted(reasons - LASTING - {ATTACHMENTS}))))
        return sorted(found)
