# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows that can't be believed any more: those whose records are missing, until they are whole again, and those that reach into the future.

Whatever is stored later is counted as one more record of its window, so that it can't hide that another is missing. Only when the whole
window was read again, as many as were stored since that was found stand for the missing ones. What the source has no more leaves the
window broken. Records without a start may belong to any window: all windows of a scope lack them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..database.schema import get_tables
from ..database.types import SQLALCHEMY_PROBLEM
from .coverage import Covered, Scope, count_in
from .runs import READ_ALL
from .windows import Window

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: The place of records without a start, as view and start.
UNDATED = ("", -1)
#: How far the clocks of machines that share a store may be apart, in milliseconds.
_APART = 600_000


def note_broken(connection: sa.Connection, scope: Scope, rows: Sequence[Covered]) -> None:
    """Note the windows whose records are missing, with the number of records that each should have.

    :param rows: all windows of the scope.
    """
    broken = get_tables().broken_window
    lacking = {(row.view, row.start): row.records for row in rows if row.missing > row.undated}
    if any(row.undated for row in rows):
        lacking[UNDATED] = _read_expected(connection, scope, *UNDATED) or 0
    here = sa.and_(broken.c.source == scope.source, broken.c.scope_key == scope.key)
    noted = {(row[0], row[1]) for row in connection.execute(sa.select(broken.c.view, broken.c.window_start).where(here))}
    for view, start in sorted(noted - lacking.keys()):
        # Somebody restored them.
        connection.execute(sa.delete(broken).where(_at(scope, view, start)))
    for view, start in sorted(lacking.keys() - noted):
        _note(connection, scope, view, start, lacking[view, start])


def note_starts(
    connection: sa.Connection, scope: Scope, added: Sequence[int | None], moved: Collection[tuple[int | None, int | None]]
) -> None:
    """Count records that now start in a window, or have no start, and those that no longer do.

    :param added: when records start that are new in the store; null where that isn't known.
    :param moved: when others started before, and when they start now.
    """
    before, after = [old for old, _new in moved], [new for _old, new in moved]
    new, moves = added.count(None), after.count(None) - before.count(None)
    if new or moves:
        _count(connection, scope, UNDATED, None, new, moves)
    every = [each for each in (*added, *before, *after) if each is not None]
    if not every:
        return
    coverage = get_tables().coverage
    statement = sa.select(coverage.c.view, coverage.c.window_start, coverage.c.window_end).where(
        coverage.c.source == scope.source, coverage.c.scope_key == scope.key,
        coverage.c.window_start <= max(every), coverage.c.window_end > min(every),
    )
    for view, start, end in list(connection.execute(statement)):
        new, gone, come = (sum(each is not None and start <= each < end for each in some) for some in (added, before, after))
        if new or come != gone:
            _count(connection, scope, (view, start), (start, end), new, come - gone)


def _count(connection: sa.Connection, scope: Scope, key: tuple[str, int], window: Window | None, new: int, moves: int) -> None:
    """Raise the number of records that a window should have; if some of those before are missing, note that first."""
    broken = get_tables().broken_window
    expected = _read_expected(connection, scope, *key)
    if new and expected is not None and expected + moves > count_in(connection, scope, window) - new:
        if connection.execute(sa.select(broken.c.records).where(_at(scope, *key))).first() is None:
            _note(connection, scope, *key, expected)
    if moves:
        connection.execute(sa.update(broken).where(_at(scope, *key)).values(records=broken.c.records + moves))
    if expected is None:
        connection.execute(get_tables().undated.insert().values(source=scope.source, scope_key=scope.key, records=new + moves))
    else:
        _set_expected(connection, scope, *key, expected + new + moves)


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
        here = _row(scope, view, start)
        if until is None or until <= start:
            connection.execute(sa.delete(coverage).where(here))
        else:
            connection.execute(sa.update(coverage).where(here).values(
                window_end=until, read_at=now, records=coverage.c.records - count_in(connection, scope, (until, end))
            ))


def settle(connection: sa.Connection, scope: Scope, view: str, start: int) -> bool:
    """Settle what a window lacks after all of it was read again, and return whether it is whole.

    :param start: where the window starts; both may be C(UNDATED).
    """
    broken, coverage = get_tables().broken_window, get_tables().coverage
    window = None
    if (view, start) != UNDATED:
        row = connection.execute(sa.select(coverage.c.window_end).where(_row(scope, view, start))).first()
        if row is None:
            # It was pruned.
            return False
        window = (start, row[0])
    expected = _read_expected(connection, scope, view, start) or 0
    missing = max(0, expected - count_in(connection, scope, window))
    noted = connection.execute(sa.select(broken.c.records).where(_at(scope, view, start))).scalar()
    if noted is None:
        # Another task has settled it since this one began.
        return not missing
    returned = min(max(0, expected - noted), missing)
    _set_expected(connection, scope, view, start, expected - returned)
    if returned == missing:
        connection.execute(sa.delete(broken).where(_at(scope, view, start)))
        return True
    # What was stored up to now stands for no other.
    connection.execute(sa.update(broken).where(_at(scope, view, start)).values(records=expected - returned))
    return False


def _read_expected(connection: sa.Connection, scope: Scope, view: str, start: int) -> int | None:
    """Return how many records a window should have; null if none without a start was ever stored."""
    coverage, undated = get_tables().coverage, get_tables().undated
    if (view, start) == UNDATED:
        statement = sa.select(undated.c.records).where(undated.c.source == scope.source, undated.c.scope_key == scope.key)
    else:
        statement = sa.select(coverage.c.records).where(_row(scope, view, start))
    found: int | None = connection.execute(statement).scalar()
    return found


def _set_expected(connection: sa.Connection, scope: Scope, view: str, start: int, records: int) -> None:
    coverage, undated = get_tables().coverage, get_tables().undated
    if (view, start) == UNDATED:
        here = sa.and_(undated.c.source == scope.source, undated.c.scope_key == scope.key)
        connection.execute(sa.update(undated).where(here).values(records=records))
    else:
        connection.execute(sa.update(coverage).where(_row(scope, view, start)).values(records=records))


def _note(connection: sa.Connection, scope: Scope, view: str, start: int, records: int) -> None:
    connection.execute(get_tables().broken_window.insert().values(
        source=scope.source, scope_key=scope.key, view=view, window_start=start, records=records
    ))


def _row(scope: Scope, view: str, start: int) -> Any:
    coverage = get_tables().coverage
    return sa.and_(
        coverage.c.source == scope.source, coverage.c.scope_key == scope.key, coverage.c.view == view, coverage.c.window_start == start
    )


def _at(scope: Scope, view: str, start: int) -> Any:
    broken = get_tables().broken_window
    return sa.and_(
        broken.c.source == scope.source, broken.c.scope_key == scope.key, broken.c.view == view, broken.c.window_start == start
    )
