# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows that can't be believed any more: those whose records are missing, until they are whole again, and those that reach into the future.

Whatever is stored later is counted as one more record of its window, so that it can't hide that another is missing. Only when the whole
window was read again, as many as were stored since then stand for the missing ones. What the source has no more leaves the window broken.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..database.schema import get_tables
from ..database.types import SQLALCHEMY_PROBLEM
from .coverage import Covered, Scope, count_in
from .runs import READ_ALL

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: How far the clocks of machines that share a store may be apart, in milliseconds.
_APART = 600_000


def note_broken(connection: sa.Connection, scope: Scope, rows: Iterable[Covered], now: int) -> None:
    """Note since when it is known that records are missing.

    :param rows: all windows of the scope.
    :param now: the present, in milliseconds since the epoch.
    """
    broken = get_tables().broken_window
    lacking = {(row.view, row.start) for row in rows if row.missing}
    here = sa.and_(broken.c.source == scope.source, broken.c.scope_key == scope.key)
    noted = {(row[0], row[1]) for row in connection.execute(sa.select(broken.c.view, broken.c.window_start).where(here))}
    for view, start in sorted(noted - lacking):
        # Somebody restored them.
        connection.execute(sa.delete(broken).where(_at(scope, view, start)))
    new = [
        {"source": scope.source, "scope_key": scope.key, "view": view, "window_start": start, "found_at": now}
        for view, start in sorted(lacking - noted)
    ]
    if new:
        connection.execute(broken.insert(), new)


def cut_future(connection: sa.Connection, scope: Scope, now: int) -> None:
    """Let no window reach into the future: the clock was wrong when it was proven. It ends where runs before the present ended.

    :param now: the present, in milliseconds since the epoch.
    """
    coverage, run = get_tables().coverage, get_tables().run
    statement = sa.select(coverage.c.view, coverage.c.window_start, coverage.c.window_end).where(
        coverage.c.source == scope.source, coverage.c.scope_key == scope.key, coverage.c.window_end > now + _APART
    )
    for view, start, end in connection.execute(statement).all():
        until = connection.execute(sa.select(sa.func.max(run.c.window_end)).where(
            run.c.source == scope.source, run.c.scope_key == scope.key, run.c.view == view,
            run.c.started_at <= now, run.c.window_end <= now, run.c.reasons.in_(READ_ALL),
        )).scalar()
        here = sa.and_(coverage.c.source == scope.source, coverage.c.scope_key == scope.key, coverage.c.view == view, coverage.c.window_start == start)
        if until is None or until <= start:
            connection.execute(sa.delete(coverage).where(here))
        else:
            connection.execute(sa.update(coverage).where(here).values(
                window_end=until, read_at=now, records=coverage.c.records - count_in(connection, scope, (until, end))
            ))


def settle(connection: sa.Connection, scope: Scope, view: str, start: int, now: int) -> bool:
    """Settle what a window lacks after all of it was read again, and return whether it is whole.

    :param start: where the window starts.
    :param now: when the run began that read it, in milliseconds since the epoch.
    """
    tables = get_tables()
    coverage, broken, record = tables.coverage, tables.broken_window, tables.record
    found_at = connection.execute(sa.select(broken.c.found_at).where(_at(scope, view, start))).scalar()
    here = sa.and_(coverage.c.source == scope.source, coverage.c.scope_key == scope.key, coverage.c.view == view, coverage.c.window_start == start)
    row = connection.execute(sa.select(coverage.c.window_end, coverage.c.records).where(here)).first()
    if row is None:
        # It was pruned.
        return False
    window = (start, row[0])
    missing = max(0, row[1] - count_in(connection, scope, window))
    # Without a note another task has settled it since this one began.
    stored = connection.execute(sa.select(sa.func.count()).select_from(record).where(
        record.c.source == scope.source, record.c.scope_key == scope.key,
        record.c.started_at >= window[0], record.c.started_at < window[1], record.c.first_seen >= (now if found_at is None else found_at),
    )).scalar() or 0
    returned = min(stored, missing)
    if returned:
        connection.execute(sa.update(coverage).where(here).values(records=coverage.c.records - returned))
    if returned == missing:
        connection.execute(sa.delete(broken).where(_at(scope, view, start)))
        return True
    if found_at is not None:
        # What was stored up to now stands for no other.
        connection.execute(sa.update(broken).where(_at(scope, view, start)).values(found_at=now + 1))
    return False


def _at(scope: Scope, view: str, start: int) -> Any:
    broken = get_tables().broken_window
    return sa.and_(
        broken.c.source == scope.source, broken.c.scope_key == scope.key, broken.c.view == view, broken.c.window_start == start
    )
