# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments in the store: which records lack one, and the results of those that were fetched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from .._records.attachment_state import ABSENT, FAILED, KEPT, WHOLE
from .._records.entry import OPEN, UNKNOWN
from .database.schema import get_tables
from .database.types import SQLALCHEMY_PROBLEM
from .ledger.coverage import Scope
from .ledger.windows import Window

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

Row = dict[str, Any]
#: The number of rows in one batch.
_ROWS = 200
#: What was empty less than this after the end of its record, in milliseconds, is fetched again.
_LATE = 600_000


class Lacking(NamedTuple):
    """A record that lacks attachments."""

    record_id: str
    started_at: int | None
    raw: str
    #: By name: the state, null where it was never fetched; whether that is final, so that it is not lacking.
    states: Mapping[str, str | None]
    final: Mapping[str, bool]
    #: By name: of one that was too large the limit that it exceeded.
    sizes: Mapping[str, int | None]


#: The start and the id of the last record of a batch.
Last = tuple["int | None", str]


def list_lacking(
    connection: sa.Connection, scope: Scope, names: Sequence[str], window: Window, after: Last | None, most: int, seen: int | None
) -> list[Lacking]:
    """Return records that have ended and lack attachments, the newest first, those without a start last.

    :param window: when they began.
    :param after: the last record of the batch before; null for the first batch.
    :param most: the size of a batch.
    :param seen: leave out records that were last read before this; null for all.
    """
    record, found = get_tables().record, {name: get_tables().attachment.alias() for name in names}
    joined: Any = record
    for name, each in found.items():
        joined = joined.outerjoin(each, sa.and_(
            each.c.source == record.c.source, each.c.scope_key == record.c.scope_key,
            each.c.record_id == record.c.record_id, each.c.name == name,
        ))
    # A source may store a recording a moment after the end of its session.
    final = {
        name: sa.and_(
            each.c.state.in_(WHOLE), sa.or_(each.c.state == KEPT, record.c.ended_at.is_(None), each.c.fetched_at >= record.c.ended_at + _LATE)
        ) for name, each in found.items()
    }
    where = [
        record.c.source == scope.source, record.c.scope_key == scope.key, record.c.outcome.not_in(OPEN),
        sa.or_(*(sa.or_(each.c.state.is_(None), sa.not_(final[name])) for name, each in found.items())),
    ]
    if seen is not None:
        where.append(record.c.last_seen >= seen)
    columns = [record.c.record_id, record.c.started_at, record.c.raw, *(
        column for name, each in found.items() for column in (each.c.state, sa.case((final[name], 1), else_=0), each.c.size)
    )]
    base = sa.select(*columns).select_from(joined).where(*where)
    rows: list[Any] = []
    if after is None or after[0] is not None:
        dated = base.where(record.c.started_at >= window[0], record.c.started_at < window[1])
        if after is not None:
            # The first condition follows from the second: it lets the database begin there.
            dated = dated.where(record.c.started_at <= after[0], sa.or_(
                record.c.started_at < after[0], sa.and_(record.c.started_at == after[0], record.c.record_id < after[1])
            ))
        rows += connection.execute(dated.order_by(record.c.started_at.desc(), record.c.record_id.desc()).limit(most))
    if len(rows) < most:
        undated = base.where(record.c.started_at.is_(None))
        if after is not None and after[0] is None:
            undated = undated.where(record.c.record_id < after[1])
        rows += connection.execute(undated.order_by(record.c.record_id.desc()).limit(most - len(rows)))
    return [
        Lacking(
            row[0], row[1], row[2], dict(zip(names, row[3::3])), {name: bool(each) for name, each in zip(names, row[4::3])},
            dict(zip(names, row[5::3])),
        ) for row in rows
    ]


def list_kept(
    connection: sa.Connection, scope: Scope, names: Sequence[str], window: Window, after: tuple[str, str] | None, most: int
) -> list[Any]:
    """Return the attachments that are kept, in the order of their keys.

    :param window: when their records began; records without a start are in every window.
    :param after: the id and the name of the last one of the batch before; null for the first batch.
    :param most: the size of a batch.
    """
    table, record = get_tables().attachment, get_tables().record
    statement = sa.select(
        table.c.record_id, table.c.name, table.c.path, table.c.size, table.c.sha256, table.c.fetched_at
    ).join(record, sa.and_(
        table.c.source == record.c.source, table.c.scope_key == record.c.scope_key, table.c.record_id == record.c.record_id,
    )).where(
        table.c.source == scope.source, table.c.scope_key == scope.key, table.c.name.in_(names), table.c.state == KEPT,
        sa.or_(record.c.started_at.is_(None), sa.and_(record.c.started_at >= window[0], record.c.started_at < window[1])),
    )
    if after is not None:
        statement = statement.where(sa.or_(
            table.c.record_id > after[0], sa.and_(table.c.record_id == after[0], table.c.name > after[1])
        ))
    return list(connection.execute(statement.order_by(table.c.record_id, table.c.name).limit(most)))


class Found(NamedTuple):
    """An attachment as the store has it, or one that it lacks; with the scope of its record as JSON."""

    source: str
    scope: str
    record_id: str
    name: str
    state: str
    path: str | None
    size: int | None
    sha256: str | None


def read_window(connection: sa.Connection, source: str, start: int | None, end: int | None) -> Iterator[Found]:
    """Yield the attachments of a source's records, in the order of their keys; records without a start are in every window.

    Those that were never fetched are C(absent): each that other records of the scope have, of a record that has ended.

    :param start: the first instant, in milliseconds since the epoch; null for no limit.
    :param end: the end of the window, not included.
    """
    table, record, (name, joined) = get_tables().attachment, get_tables().record, _join_wanted(source)
    began = record.c.started_at
    limits = [] if start is None else [began >= start]
    limits += [] if end is None else [began < end]
    statement = sa.select(
        record.c.source, record.c.scope, record.c.record_id, name, sa.func.coalesce(table.c.state, ABSENT),
        table.c.path, table.c.size, table.c.sha256,
    ).select_from(joined).where(
        sa.or_(began.is_(None), sa.and_(sa.true(), *limits)), sa.or_(table.c.state.is_not(None), _has_ended())
    ).order_by(record.c.scope_key, record.c.record_id, name)
    for row in connection.execute(statement, execution_options={"yield_per": _ROWS}):
        yield Found(*row)


def count_missing(connection: sa.Connection, records: Mapping[Scope, int]) -> dict[Scope, int]:
    """Return how many attachments of each scope could not be fetched yet, or were never fetched, as C(of_window) defines it.

    All are counted, and what is there is taken off: to look for what is not there would read every record.

    :param records: how many records each scope has.
    """
    table, record = get_tables().attachment, get_tables().record
    place = (table.c.source, table.c.scope_key)
    scopes = sa.select(*place).distinct().subquery()
    unended = scopes.join(record, sa.and_(
        record.c.source == scopes.c.source, record.c.scope_key == scopes.c.scope_key, record.c.outcome.in_((*OPEN, UNKNOWN)),
    ))
    their_rows = unended.join(table, sa.and_(*(table.c[name] == record.c[name] for name in ("source", "scope_key", "record_id"))))
    of_unended = sa.select(record.c.source, record.c.scope_key, sa.func.count()).where(sa.not_(_has_ended())).group_by(
        record.c.source, record.c.scope_key
    )
    failed = sa.func.sum(sa.case((table.c.state == FAILED, 1), else_=0))
    there = sa.select(*place, sa.func.count(table.c.name.distinct()), sa.func.count(), failed).group_by(*place)
    open_records, open_rows = (
        {Scope(*row[:2]): row[2] for row in connection.execute(of_unended.select_from(joined))} for joined in (unended, their_rows)
    )
    found = {}
    for source, key, kinds, rows, lost in connection.execute(there):
        scope = Scope(source, key)
        wanted = kinds * (records.get(scope, 0) - open_records.get(scope, 0))
        found[scope] = wanted - (rows - open_rows.get(scope, 0)) + int(lost)
    return found


def _join_wanted(source: str) -> tuple[Any, Any]:
    """Return the name and the join of a source's records with the attachments that they should have: what was ever fetched in their scope.

    Which attachments an archive task fetches is not in the store, and differs from scope to scope.
    """
    table, record = get_tables().attachment, get_tables().record
    names = sa.select(table.c.source, table.c.scope_key, table.c.name).where(table.c.source == source).distinct().subquery()
    of_scope = sa.and_(record.c.source == names.c.source, record.c.scope_key == names.c.scope_key)
    return names.c.name, names.join(record, of_scope).outerjoin(table, sa.and_(
        table.c.source == record.c.source, table.c.scope_key == record.c.scope_key, table.c.record_id == record.c.record_id,
        table.c.name == names.c.name,
    ))


def _has_ended() -> Any:
    """Return the condition that a record has ended. One that was given up has an unknown outcome, and no end."""
    record = get_tables().record
    return sa.and_(record.c.outcome.not_in(OPEN), sa.or_(record.c.outcome != UNKNOWN, record.c.ended_at.is_not(None)))


def note(connection: sa.Connection, scope: Scope, rows: Iterable[Row]) -> None:
    """Store the results of fetching attachments, in the caller's transaction, which holds the lock.

    A row has the columns that change: one that was kept and can't be fetched again still has the hash that its file had.
    """
    state, update = _build_statements()
    for row in rows:
        key = {"source": scope.source, "scope_key": scope.key, "record_id": row["record_id"], "name": row["name"]}
        here = {"in_" + name: value for name, value in key.items()}
        if connection.execute(state, here).first() is None:
            connection.execute(get_tables().attachment.insert(), {**row, **key})
        else:
            connection.execute(update, {**row, **here})


@lru_cache
def _build_statements() -> tuple[Any, Any]:
    """Return the statements that look up an attachment, and change what else is given; to build them anew is slower than to fetch one."""
    table = get_tables().attachment
    here = sa.and_(*(table.c[name] == sa.bindparam("in_" + name) for name in ("source", "scope_key", "record_id", "name")))
    return sa.select(table.c.state).where(here), sa.update(table).where(here)
