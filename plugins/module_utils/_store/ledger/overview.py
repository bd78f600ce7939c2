# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a store knows of all scopes at once: how their runs ended, how much of them there is. A fixed number of statements, however many scopes."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..database.schema import get_tables
from ..database.types import SQLALCHEMY_PROBLEM
from .coverage import Scope
from .runs import READ_ALL, read_reasons

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: A run that has not ended after so long was killed, in milliseconds.
_LONGEST_RUN = 24 * 3600 * 1000


class Failure(NamedTuple):
    """The runs of a view that have failed since the last one that read everything."""

    #: When the first and the last of them started, in milliseconds since the epoch.
    since: int
    last: int
    ended_at: int | None
    reasons: tuple[str, ...]
    error: str | None


class ViewRuns(NamedTuple):
    """How the runs of a view ended."""

    #: When the newest started, when one ended last, when one last ended that read everything, in milliseconds since the epoch.
    newest: int
    last_ended: int | None
    last_success: int | None
    failure: Failure | None


def count_records(connection: sa.Connection) -> dict[Scope, int]:
    """Return how many records each scope has."""
    record = get_tables().record
    statement = sa.select(record.c.source, record.c.scope_key, sa.func.count()).group_by(record.c.source, record.c.scope_key)
    return {Scope(source, key): count for source, key, count in connection.execute(statement)}


def find_last_runs(connection: sa.Connection, source: str, now: int) -> dict[Scope, dict[str, ViewRuns]]:
    """Return how the runs of each scope of a source ended, by view.

    :param now: the present, in milliseconds since the epoch: a run that started long before, and has not ended, was killed.
    :raises ValueError: if the reasons of a run are not as they were written.
    """
    run = get_tables().run
    place = (run.c.source, run.c.scope_key, run.c.view)
    read_all = sa.and_(run.c.ended_at.is_not(None), run.c.error.is_(None), run.c.reasons.in_(READ_ALL))
    newest = sa.select(
        *place, sa.func.max(run.c.started_at).label("newest"), sa.func.max(run.c.ended_at).label("last_ended"),
        sa.func.max(sa.case((read_all, run.c.ended_at))).label("last_success"),
        sa.func.max(sa.case((read_all, run.c.started_at))).label("since"),
    ).where(run.c.source == source).group_by(*place)
    failures = _find_failures(connection, newest.subquery(), now)
    found: dict[Scope, dict[str, ViewRuns]] = {}
    for _source, key, view, started, ended, success, _since in connection.execute(newest):
        found.setdefault(Scope(source, key), {})[view] = ViewRuns(started, ended, success, failures.get((key, view)))
    return found


def _find_failures(connection: sa.Connection, newest: Any, now: int) -> dict[tuple[str, str], Failure]:
    run = get_tables().run
    here = sa.and_(*(run.c[name] == newest.c[name] for name in ("source", "scope_key", "view")))
    ended = run.c.ended_at.is_not(None)
    # One that has not ended is under way, if nothing started after it.
    was_killed = sa.and_(run.c.ended_at.is_(None), sa.or_(run.c.started_at < newest.c.newest, run.c.started_at < now - _LONGEST_RUN))
    failed = sa.or_(run.c.error.is_not(None), sa.and_(ended, sa.func.coalesce(run.c.reasons, "").not_in(READ_ALL)), was_killed)
    since = sa.or_(newest.c.since.is_(None), run.c.started_at > newest.c.since)
    spans = sa.select(
        run.c.source, run.c.scope_key, run.c.view, sa.func.min(run.c.started_at).label("first"), sa.func.max(run.c.started_at).label("last"),
    ).join(newest, here).where(failed, since).group_by(run.c.source, run.c.scope_key, run.c.view).subquery()
    last = sa.and_(*(run.c[name] == spans.c[name] for name in ("source", "scope_key", "view")), run.c.started_at == spans.c.last)
    statement = sa.select(
        run.c.scope_key, run.c.view, spans.c.first, spans.c.last, run.c.ended_at, run.c.reasons, run.c.error
    ).join(spans, last)
    return {
        (key, view): Failure(first, started, ended_at, read_reasons(reasons), error)
        for key, view, first, started, ended_at, reasons, error in connection.execute(statement)
    }
