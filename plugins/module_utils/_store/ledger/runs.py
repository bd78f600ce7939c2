# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in the store: what was read when, and how it ended. A run that is killed is there, too."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

from ..._base.strict_json import parse_json
from ..._base.version import VERSION
from ..._records.canonical import write_canonical
from ..database.schema import get_tables
from ..database.types import SQLALCHEMY_PROBLEM
from .coverage import Scope
from .windows import Window

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa


RECORDS_MISSING = "records_missing"
BEYOND_RETENTION = "beyond_retention"
#: An attachment could not be fetched; the records are there.
ATTACHMENTS = "attachments"
#: Why a run may be incomplete again and again although it read all that there is.
LASTING = frozenset((RECORDS_MISSING, BEYOND_RETENTION))
#: The reasons of runs that have read all of their windows.
READ_ALL = tuple(
    write_canonical(list(reasons)) for count in range(4) for reasons in combinations((ATTACHMENTS, BEYOND_RETENTION, RECORDS_MISSING), count)
)


class Reach(NamedTuple):
    """From where and up to where a scope was ever to be read, in milliseconds since the epoch."""

    first: int | None
    last: int | None


def reach_of(connection: sa.Connection, scope: Scope, view: str) -> Reach:
    """Return from where and up to where runs of a view were to read; nulls if there was none."""
    run = get_tables().run
    statement = sa.select(sa.func.min(run.c.window_start), sa.func.max(run.c.window_end)).where(
        run.c.source == scope.source, run.c.scope_key == scope.key, run.c.view == view
    )
    return Reach(*connection.execute(statement).one())


def read_by(connection: sa.Connection, scope: Scope, view: str, before: int) -> list[Window]:
    """Return what runs of a view have read before an instant, whether it could be proven or not; a run that failed read nothing."""
    run = get_tables().run
    statement = sa.select(run.c.window_start, run.c.window_end).where(
        run.c.source == scope.source, run.c.scope_key == scope.key, run.c.view == view,
        run.c.window_start < before, run.c.reasons.in_(READ_ALL),
    )
    return [(row[0], row[1]) for row in connection.execute(statement)]


@lru_cache
def read_reasons(text: str | None) -> tuple[str, ...]:
    """Return why a run was not complete.

    :param text: as it is in the table; null while the run is under way.
    :raises ValueError: if it is not as it was written.
    """
    reasons = parse_json(str(text or "[]").encode())
    if not isinstance(reasons, list) or not all(isinstance(each, str) for each in reasons):
        raise ValueError(text)
    return tuple(reasons)


def begin(
    connection: sa.Connection, run_id: str, scope: Scope, view: str, now: int, window: tuple[int, int] | tuple[None, None]
) -> None:
    """Store a run before it reads."""
    run = get_tables().run
    if connection.execute(sa.select(run.c.run_id).where(run.c.run_id == run_id)).first():
        # The connection was lost after this was committed, and before anybody knew.
        return
    connection.execute(run.insert().values(
        run_id=run_id, source=scope.source, scope_key=scope.key, view=view, started_at=now,
        window_start=window[0], window_end=window[1], added=0, updated=0, requests=0, version=VERSION, repeats=0,
    ))


def note(connection: sa.Connection, run_id: str, **values: Any) -> None:
    """Store the progress of a run, or how it ended."""
    run = get_tables().run
    connection.execute(sa.update(run).where(run.c.run_id == run_id).values(**values))


def fold(connection: sa.Connection, run_id: str) -> None:
    """Let an idle run extend the idle one before it: no row for a run that found nothing.

    An idle run added and updated nothing, and lacks nothing but what the one before lacked, too, and no run can mend.
    """
    run = get_tables().run
    own = connection.execute(sa.select(run).where(run.c.run_id == run_id)).mappings().first()
    if own is None or not _is_idle(own):
        return
    statement = sa.select(run).where(
        run.c.source == own["source"], run.c.scope_key == own["scope_key"], run.c.view == own["view"], run.c.run_id != run_id,
    ).order_by(run.c.started_at.desc(), run.c.run_id).limit(1)
    before = connection.execute(statement).mappings().first()
    if before is None or not _is_idle(before) or any(before[name] != own[name] for name in ("version", "reasons")):
        return
    if not _continues(own, before):
        return
    connection.execute(run.delete().where(run.c.run_id == run_id))
    note(
        connection, before["run_id"], ended_at=own["ended_at"],
        window_end=before["window_end"] if own["window_end"] is None else max(before["window_end"], own["window_end"]),
        requests=before["requests"] + own["requests"], repeats=before["repeats"] + 1,
    )
    coverage = get_tables().coverage
    connection.execute(sa.update(coverage).where(coverage.c.run_id == run_id).values(run_id=before["run_id"]))


def _is_idle(row: Any) -> bool:
    if row["ended_at"] is None or row["added"] or row["updated"] or row["error"]:
        return False
    return row["reasons"] in READ_ALL


def _continues(own: Any, before: Any) -> bool:
    """Return whether a run read nothing, or went on where the one before it had been."""
    if own["window_end"] is None:
        return True
    return before["window_end"] is not None and before["window_start"] <= own["window_start"] <= before["window_end"]
