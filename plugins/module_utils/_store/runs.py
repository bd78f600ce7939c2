# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger in the store: which windows were proven complete, by which runs; runs that failed are in it, too."""

from __future__ import annotations

from typing import Any

from .._base.version import VERSION
from .schema import SQLALCHEMY_PROBLEM, tables
from .windows import Window, merged

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa


def covered(connection: sa.Connection, source: str, scope_key: str) -> list[Window]:
    """The windows of a scope that were proven complete, merged."""
    coverage = tables().coverage
    statement = sa.select(coverage.c.window_start, coverage.c.window_end).where(
        coverage.c.source == source, coverage.c.scope_key == scope_key
    )
    return merged((row[0], row[1]) for row in connection.execute(statement))


def first_start(connection: sa.Connection, source: str, scope_key: str) -> int | None:
    """The earliest instant from which a run of this scope was to read; null if there was no run."""
    run = tables().run
    statement = sa.select(sa.func.min(run.c.window_start)).where(run.c.source == source, run.c.scope_key == scope_key)
    return connection.execute(statement).scalar()


def begin(
    connection: sa.Connection, run_id: str, source: str, scope_key: str, now: int, window: Window | tuple[None, None]
) -> None:
    """Note a run before it reads: one that is killed is known, too."""
    run = tables().run
    if connection.execute(sa.select(run.c.run_id).where(run.c.run_id == run_id)).first():
        # A connection was lost when this was done already, and before anybody was told.
        return
    connection.execute(run.insert().values(
        run_id=run_id, source=source, scope_key=scope_key, started_at=now, window_start=window[0], window_end=window[1],
        added=0, updated=0, requests=0, version=VERSION,
    ))


def note(connection: sa.Connection, run_id: str, **values: Any) -> None:
    """Note how far a run has come, or how it ended."""
    run = tables().run
    connection.execute(sa.update(run).where(run.c.run_id == run_id).values(**values))


def prove(connection: sa.Connection, run_id: str, source: str, scope_key: str, window: Window, records: int) -> None:
    """Note that a window was read completely."""
    connection.execute(tables().coverage.insert().values(
        source=source, scope_key=scope_key, window_start=window[0], window_end=window[1], run_id=run_id, records=records,
    ))
