# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a store in order, as it was at one instant, without holding it in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, TypeVar

from .._base.errors import SourceError
from .._base.strict_json import DECODER, parse_json
from .._records.canonical import write_canonical
from .database.schema import get_tables
from .database.types import SQLALCHEMY_PROBLEM
from .ledger import pruned, scopes
from .ledger.collector import pause_collector
from .ledger.completeness import Incomplete, Known
from .ledger.coverage import load
from .ledger.runs import ATTACHMENTS, Reach, read_reasons
from .store import open_store

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

Result = TypeVar("Result")
#: Source, key of the scope, id of the record.
Key = tuple[str, str, str]

#: The number of rows in one batch.
_ROWS = 200


def list_columns() -> tuple[str, ...]:
    """Return the names of a record's columns, in order."""
    return tuple(column.name for column in get_tables().record.columns)


def snapshot(store: str, secret: Callable[[str | None], None], work: Callable[[sa.Connection], Result]) -> Result:
    """Return the result of reading an existing store; nothing is written.

    :param store: a path or a URL.
    :param secret: masks the password in the URL.
    :param work: reads in one transaction; called again from the beginning if that can help.
    :raises OptionError: if there is no such store.
    :raises MissingLibrary: without SQLAlchemy, or the database's driver.
    :raises SourceError: (store) if the database cannot be used.
    """
    with open_store(store, secret, writes=False, existing=True) as opened:
        return opened.transact(work)


def read_records(
    connection: sa.Connection, source: str, start: int | None, end: int | None, names: Sequence[str] = (), only: Sequence[Any] = ()
) -> Iterator[dict[str, Any]]:
    """Yield a source's records, ordered by start, scope and id; texts by code point, in every database.

    Records without a start time come last, in every window.

    :param start: the first instant, in milliseconds since the epoch; null for no limit.
    :param end: the end of the window, not included.
    :param names: the columns to return; all by default.
    :param only: another condition in SQL.
    """
    names = names or list_columns()
    # Keys are in the order of their bytes, in every database.
    order = [get_tables().record.c[name] for name in ("started_at", "scope_key", "record_id")]
    for row in _read_rows(connection, source, (start, end), names, order, only):
        # Four times as fast as to make a dictionary of a mapping.
        yield dict(zip(names, row))


def read_newest_first(connection: sa.Connection, source: str, start: int | None, end: int | None, names: Sequence[str]) -> Iterator[Sequence[Any]]:
    """Yield columns of the same records, newest first, and those that started at the same time in any order."""
    return _read_rows(connection, source, (start, end), names, [get_tables().record.c.started_at.desc()])


def _read_rows(
    connection: sa.Connection, source: str, window: tuple[int | None, int | None], names: Sequence[str], order: Sequence[Any],
    only: Sequence[Any] = (),
) -> Iterator[Sequence[Any]]:
    """Yield rows in an order that begins with the start time, which some records have not: they come last, in every window."""
    start, end = window
    record = get_tables().record
    wanted = [record.c[name] for name in names]
    began = record.c.started_at
    limits: list[Any] = [began.is_not(None)]
    if start is not None:
        limits.append(began >= start)
    if end is not None:
        limits.append(began < end)
    for where, by in ((sa.and_(*limits), order), (began.is_(None), order[1:])):
        statement = sa.select(*wanted).where(record.c.source == source, where, *only).order_by(*by)
        # Closed even where the reader has seen enough: some drivers can't execute anything else until then.
        with closing(connection.execute(statement, execution_options={"yield_per": _ROWS})) as found:
            yield from found


def parse_stored(text: Any) -> Any:
    """Return the value of a column of JSON, for a file or a test: what a source's answer can have in it was settled before it was stored.

    :raises ValueError: if it is no JSON: somebody altered it.
    """
    return DECODER.decode(str(text))


def parse_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole row with its columns of JSON parsed.

    :raises ValueError: if one is not JSON.
    """
    return {**row, "scope": parse_stored(row["scope"]), "raw": parse_stored(row["raw"])}


def read_rows_by_key(connection: sa.Connection, table: str, keys: Sequence[Key], names: Sequence[str], order: str) -> dict[Key, list[dict[str, Any]]]:
    """Return the rows of some records in a table that begins with the record's key.

    :param table: the table's name.
    :param names: the columns to return.
    :param order: the column that the rows of a record are ordered by.
    """
    found = getattr(get_tables(), table)
    ids: dict[tuple[str, str], list[str]] = {}
    for source, scope_key, record_id in keys:
        ids.setdefault((source, scope_key), []).append(record_id)
    result: dict[Key, list[dict[str, Any]]] = {}
    columns = [found.c[name] for name in names]
    for (source, scope_key), wanted in ids.items():
        for first in range(0, len(wanted), _ROWS):
            statement = sa.select(found.c.record_id, *columns).where(
                found.c.source == source, found.c.scope_key == scope_key, found.c.record_id.in_(wanted[first : first + _ROWS])
            ).order_by(found.c.record_id, found.c[order])
            for row in connection.execute(statement):
                result.setdefault((source, scope_key, row[0]), []).append(dict(zip(names, row[1:])))
    return result


def list_known_sources(connection: sa.Connection) -> set[str]:
    """Return the sources that the store has a scope, a run or a window of."""
    names = [table.c.source for table in (get_tables().scope, get_tables().run, get_tables().coverage)]
    return set(connection.scalars(sa.union(*map(sa.select, names))))


@pause_collector()
def read_known(connection: sa.Connection, source: str) -> list[Known]:
    """Return what the store knows of a source's scopes, in the order of their keys."""
    run = get_tables().run
    there = {scope.key: each for scope, each in scopes.load(connection, source).items()}
    reaches: dict[str, dict[str, Reach]] = {}
    statement = sa.select(
        run.c.scope_key, run.c.view, sa.func.min(run.c.window_start), sa.func.max(run.c.window_end)
    ).where(run.c.source == source).group_by(run.c.scope_key, run.c.view)
    for key, view, first, last in connection.execute(statement):
        reaches.setdefault(key, {})[view] = Reach(first, last)
    rows, incomplete, prunes = load(connection, source), _find_incomplete(connection, source), pruned.load(connection, source)
    return [
        Known(
            key, parse_json(there[key].text.encode()) if key in there else {}, reaches.get(key, {}), rows.get(key, []), incomplete.get(key),
            there[key].life if key in there else scopes.UNNAMED, prunes.get(key, ()),
        ) for key in sorted({*there, *reaches, *rows})
    ]


def _find_incomplete(connection: sa.Connection, source: str) -> dict[str, Incomplete]:
    """Return the last run of each scope that did not read all records; without reasons that concern only attachments."""
    run = get_tables().run
    failed = sa.and_(run.c.source == source, run.c.complete == sa.false(), run.c.reasons != write_canonical([ATTACHMENTS]))
    last = sa.select(run.c.scope_key, sa.func.max(run.c.started_at).label("at")).where(failed).group_by(run.c.scope_key).subquery()
    statement = sa.select(run.c.scope_key, run.c.window_start, run.c.window_end, run.c.reasons).join(
        last, sa.and_(run.c.scope_key == last.c.scope_key, run.c.started_at == last.c.at)
    ).where(failed)
    return {
        row[0]: Incomplete(row[1], row[2], tuple(each for each in read_reasons(row[3]) if each != ATTACHMENTS))
        for row in connection.execute(statement)
    }


@contextmanager
def report_altered_rows(source: str, what: str) -> Iterator[None]:
    """Turn an error of an altered row into a failure of the store.

    :raises SourceError: (store) in place of a ValueError or a similar error.
    """
    try:
        yield
    except (ValueError, RecursionError):
        failure = SourceError(
            "store", "%s of %s is not as it was written" % (what, source), hint="Its JSON was altered. Archive it to a new store.",
        )
        raise failure.at("Reading the store", {}) from None
