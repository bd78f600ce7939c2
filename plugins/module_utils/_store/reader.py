# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what is in a store, in order, as it was at one instant, and without holding it in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from .._base.errors import SourceError
from .completeness import Known
from .schema import SQLALCHEMY_PROBLEM, tables
from .store import opened_store
from .windows import merged

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

Result = TypeVar("Result")

#: So many rows are held at a time.
_ROWS = 200


def columns() -> tuple[str, ...]:
    """The names of a record's columns, in order."""
    return tuple(column.name for column in tables().record.columns)


def snapshot(store: str, secret: Callable[[str | None], None], work: Callable[[sa.Connection], Result]) -> Result:
    """What comes of reading a store that is there; nothing is written to it.

    :param store: a path or a URL.
    :param secret: is told of the password in the URL.
    :param work: reads in one transaction; it is done again from its beginning where that can help.
    :raises OptionError: if there is no such store.
    :raises MissingLibrary: without SQLAlchemy, or the database's driver.
    :raises SourceError: (store) if the database can't be used.
    """
    with opened_store(store, secret, writes=False, existing=True) as opened:
        return opened.transact(work)


def records(
    connection: sa.Connection, source: str, start: int | None, end: int | None, names: Sequence[str] = (), only: Sequence[Any] = ()
) -> Iterator[dict[str, Any]]:
    """A source's records, by the instant at which they began, then scope and id, both by code point, in every database.

    Those that don't tell when they began come last, whatever the window is.

    :param start: the first instant, in milliseconds since the epoch; null for no limit.
    :param end: the first instant that is too late.
    :param names: the columns that are wanted; all, if none are named.
    :param only: what else must be true of a record, in SQL.
    """
    record = tables().record
    wanted = [record.c[name] for name in names or columns()]
    began = record.c.started_at
    limits: list[Any] = [began.is_not(None)]
    if start is not None:
        limits.append(began >= start)
    if end is not None:
        limits.append(began < end)
    keys = [_by_code_point(connection, column) for column in (record.c.scope_key, record.c.record_id)]
    for where, order in ((sa.and_(*limits), [began, *keys]), (began.is_(None), keys)):
        statement = sa.select(*wanted).where(record.c.source == source, where, *only).order_by(*order)
        for row in connection.execute(statement, execution_options={"yield_per": _ROWS}).mappings():
            yield dict(row)


def _by_code_point(connection: sa.Connection, column: Any) -> Any:
    """A text to be ordered by: databases have orders of their own, which fit people better."""
    if connection.dialect.name == "postgresql":
        return sa.collate(column, "C")
    if connection.dialect.name in ("mysql", "mariadb"):
        return sa.cast(column, sa.LargeBinary)
    return column


def known(connection: sa.Connection, source: str) -> list[Known]:
    """What the store knows of a source's scopes, by the keys of records, runs and windows."""
    record, run, coverage = tables().record, tables().run, tables().coverage
    scopes = {key: text for key, (text,) in _rows(connection, source, record, sa.func.min(record.c.scope)).items()}
    runs = _rows(connection, source, run, sa.func.min(run.c.window_start), sa.func.max(run.c.window_end))
    statement = sa.select(coverage.c.scope_key, coverage.c.window_start, coverage.c.window_end)
    windows: dict[str, list[tuple[int, int]]] = {}
    for key, first, last in connection.execute(statement.where(coverage.c.source == source)):
        windows.setdefault(key, []).append((first, last))
    return [
        Known(key, scopes.get(key), first, last, merged(windows.get(key, ())))
        for key, (first, last) in ((key, runs.get(key, (None, None))) for key in sorted({*scopes, *runs, *windows}))
    ]


def _rows(connection: sa.Connection, source: str, table: sa.Table, *wanted: Any) -> dict[str, tuple[Any, ...]]:
    """Some values for each scope of a table."""
    statement = sa.select(table.c.scope_key, *wanted).where(table.c.source == source).group_by(table.c.scope_key)
    return {row[0]: tuple(row[1:]) for row in connection.execute(statement)}


@contextmanager
def as_written(source: str, what: str) -> Iterator[None]:
    """Something in the store that this collection has never written so, as any other failure."""
    try:
        yield
    except (ValueError, RecursionError):
        failure = SourceError(
            "server", "%s of %s is not as it was written" % (what, source), hint="Its JSON was altered. Archive it to a new store.",
        )
        raise failure.at("Reading the store", {}) from None
