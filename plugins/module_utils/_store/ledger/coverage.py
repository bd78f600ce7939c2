# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows of a scope that were proven complete, one row each, and whether the records are still there.

Rows of one view never overlap. A row counts all records of the scope in its window, by whatever view they came, so that
one that is deleted by hand shows.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from ..database.schema import get_tables
from ..database.types import SQLALCHEMY_PROBLEM
from .windows import Window, find_gaps

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: What was first read so long after its end, in milliseconds, is complete as listed then: nobody knows what was dropped before.
LATE = 7 * 24 * 3600 * 1000


class Covered(NamedTuple):
    """A row, and how many of its records are missing now."""

    view: str
    start: int
    end: int
    read_at: int
    records: int
    #: How many are missing; of these how many without a start, which may belong to any window of the scope.
    missing: int
    undated: int = 0

    @property
    def window(self) -> Window:
        """Return start and end."""
        return self.start, self.end

    @property
    def is_late(self) -> bool:
        """Return whether it was read so late that the source may have dropped records before."""
        return self.read_at - self.end >= LATE


class Scope(NamedTuple):
    """Whose rows: the key of a scope of a source."""

    source: str
    key: str


def load(connection: sa.Connection, source: str, scope_key: str | None = None) -> dict[str, list[Covered]]:
    """Return the rows of a source, or of one scope, by the scope's key, in order of time."""
    coverage, record = get_tables().coverage, get_tables().record
    there = sa.select(sa.func.count()).where(
        record.c.source == coverage.c.source, record.c.scope_key == coverage.c.scope_key,
        record.c.started_at >= coverage.c.window_start, record.c.started_at < coverage.c.window_end,
    ).scalar_subquery()
    statement = sa.select(
        coverage.c.scope_key, coverage.c.view, coverage.c.window_start, coverage.c.window_end, coverage.c.read_at,
        coverage.c.records, there,
    ).where(coverage.c.source == source).order_by(coverage.c.scope_key, coverage.c.window_start)
    if scope_key is not None:
        statement = statement.where(coverage.c.scope_key == scope_key)
    undated = _find_missing_undated(connection, source)
    found: dict[str, list[Covered]] = {}
    for key, view, start, end, read_at, records, now in connection.execute(statement):
        lacking = undated.get(key, 0)
        found.setdefault(key, []).append(Covered(view, start, end, read_at, records, max(0, records - now) + lacking, lacking))
    return found


def _find_missing_undated(connection: sa.Connection, source: str) -> dict[str, int]:
    """Return how many records without a start are missing of scopes, by their keys."""
    undated = get_tables().undated
    statement = sa.select(undated.c.scope_key, undated.c.records).where(undated.c.source == source)
    return {
        key: lacking for key, records in connection.execute(statement).all()
        if (lacking := records - count_in(connection, Scope(source, key), None)) > 0
    }


def prove(
    connection: sa.Connection, scope: Scope, view: str, window: Window, run_id: str, now: int, broken: Collection[int] = ()
) -> None:
    """Store that a window was read completely.

    A window in time extends the row that it follows; what is late is a row of its own.

    :param broken: where rows start whose records are missing: they are not extended.
    """
    coverage = get_tables().coverage
    statement = sa.select(
        coverage.c.window_start, coverage.c.window_end, coverage.c.read_at
    ).where(_select_view(scope, view)).order_by(coverage.c.window_start)
    rows: list[list[int]] = [list(row) for row in connection.execute(statement)]
    intact = [row for row in rows if row[0] not in broken]
    for start, end in find_gaps(((row[0], row[1]) for row in rows), *window):
        for part in split_late(start, end, now):
            _add(connection, scope, view, part, run_id, now, intact)


def split_late(start: int, end: int, now: int) -> list[Window]:
    """Return a window that is read now, cut where it begins to be in time."""
    border = now - LATE
    return [part for part in ((start, min(end, border)), (max(start, border), end)) if part[0] < part[1]]


def _add(connection: sa.Connection, scope: Scope, view: str, window: Window, run_id: str, now: int, rows: list[list[int]]) -> None:
    coverage = get_tables().coverage
    start, end = window
    count = count_in(connection, scope, window)
    late = now - end >= LATE
    before = next((row for row in rows if row[1] == start and (row[2] - row[1] >= LATE) == late and (row[2] == now or not late)), None)
    if before is not None:
        here = sa.and_(_select_view(scope, view), coverage.c.window_start == before[0])
        connection.execute(sa.update(coverage).where(here).values(
            window_end=end, read_at=now, run_id=run_id, records=coverage.c.records + count
        ))
        before[1:] = [end, now]
        return
    connection.execute(coverage.insert().values(
        source=scope.source, scope_key=scope.key, view=view, window_start=start, window_end=end, read_at=now, run_id=run_id,
        records=count,
    ))
    rows.append([start, end, now])


def count_in(connection: sa.Connection, scope: Scope, window: Window | None, since: int = 0) -> int:
    """Return how many records of a scope the store has in a window.

    :param window: null for those without a start.
    :param since: only those that were read at this instant or later, in milliseconds since the epoch.
    """
    record = get_tables().record
    statement = sa.select(sa.func.count()).select_from(record).where(record.c.source == scope.source, record.c.scope_key == scope.key)
    if window is None:
        statement = statement.where(record.c.started_at.is_(None))
    else:
        statement = statement.where(record.c.started_at >= window[0], record.c.started_at < window[1])
    if since:
        statement = statement.where(record.c.last_seen >= since)
    return connection.execute(statement).scalar() or 0


def _select_view(scope: Scope, view: str) -> Any:
    coverage = get_tables().coverage
    return sa.and_(coverage.c.source == scope.source, coverage.c.scope_key == scope.key, coverage.c.view == view)
