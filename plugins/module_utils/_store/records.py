# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records in the store: what a page adds, what it changes, and what was known already."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from .._records import canonical
from .._records.canonical import cleaned, combined, content_hash, storable
from .._records.entry import OPEN, UNKNOWN, Entry
from .schema import LONGEST_WORD, SQLALCHEMY_PROBLEM, tables

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa
    from sqlalchemy.dialects import mysql, postgresql, sqlite

Row = dict[str, Any]

#: Texts that say what a record is about are no place for a whole script: that is in C(raw).
_LONGEST_TEXT = 1000
_KEYS = ("source", "scope_key", "record_id")
_FIXED = (*_KEYS, "first_seen")


class Scope(NamedTuple):
    """Where records belong: C(key) is the stable text of what is in C(text), JSON."""

    source: str
    key: str
    text: str


class Saved(NamedTuple):
    """What came of a page: keys of new and of altered records, and of those that were known."""

    added: set[str]
    updated: set[str]
    unchanged: set[str]
    #: When each of them began, in milliseconds since the epoch; null where that isn't known.
    began: dict[str, int | None]


def save(
    connection: sa.Connection,
    scope: Scope,
    records: Iterable[Row],
    entry: Callable[[Row], Entry],
    secrets: Collection[str],
    now: int,
    writes: bool = True,
) -> Saved:
    """Keep a page of records, in a transaction of the caller's that nobody else is in.

    :param entry: what a record's columns are.
    :param secrets: what must not be kept.
    :param now: when they were seen, in milliseconds since the epoch.
    :param writes: whether to do it, or only to tell what would come of it.
    """
    wanted = {row["record_id"]: row for row in (_row(scope, record, entry, secrets, now) for record in records)}
    known = _known(connection, scope, sorted(wanted))
    changed = {name for name, row in wanted.items() if name in known and known[name].content_hash != row["content_hash"]}
    # A look that was overtaken by another task's must not undo the end that the other saw.
    changed -= {name for name in changed if wanted[name]["outcome"] in OPEN and known[name].outcome not in OPEN}
    for name, old in _raw(connection, scope, sorted(changed)).items():
        whole = combined(json.loads(old), json.loads(wanted[name]["raw"]))
        wanted[name] = _row(scope, whole, entry, secrets, now)
        if wanted[name]["content_hash"] == known[name].content_hash:
            changed.discard(name)
    added = wanted.keys() - known.keys()
    unchanged = wanted.keys() - added - changed
    if writes:
        fresh = [wanted[name] for name in sorted(added | changed)]
        if fresh:
            _put(connection, fresh)
        _touch(connection, scope, sorted(unchanged), now)
    return Saved(set(added), changed, set(unchanged), {name: row["started_at"] for name, row in wanted.items()})


def record_key(record_id: Any, raw: str) -> str:
    """The key of a record. One without an id is known by what is in it: others without an id must not take its place."""
    return canonical.record_key(json.loads(raw) if record_id is None or record_id == "" else record_id)


def _row(scope: Scope, record: Row, entry: Callable[[Row], Entry], secrets: Collection[str], now: int) -> Row:
    record, raw = cleaned(record, secrets)
    told = entry(record)
    return {
        "source": scope.source,
        "scope_key": scope.key,
        "record_id": record_key(told.record_id, raw),
        "scope": scope.text,
        "kind": storable(told.kind, LONGEST_WORD),
        "state": storable(told.state, LONGEST_WORD),
        "outcome": told.outcome,
        "started_at": told.started_at,
        "ended_at": told.ended_at,
        "actor": storable(told.actor, _LONGEST_TEXT),
        "target": storable(told.target, _LONGEST_TEXT),
        "summary": storable(told.summary, _LONGEST_TEXT),
        "raw": raw,
        "content_hash": content_hash(raw),
        "first_seen": now,
        "last_seen": now,
    }


def _at(scope: Scope) -> Any:
    record = tables().record
    return sa.and_(record.c.source == scope.source, record.c.scope_key == scope.key)


@lru_cache
def _statements() -> Mapping[str, Any]:
    """The statements that every page needs, made once."""
    record = tables().record
    here = sa.and_(
        record.c.source == sa.bindparam("in_source"),
        record.c.scope_key == sa.bindparam("in_scope"),
        record.c.record_id.in_(sa.bindparam("ids", expanding=True)),
    )
    return {
        "known": sa.select(record.c.record_id, record.c.content_hash, record.c.outcome).where(here),
        "raw": sa.select(record.c.record_id, record.c.raw).where(here),
        "touch": sa.update(record).where(here).values(last_seen=sa.bindparam("seen")),
        "gone": sa.update(record).where(here, record.c.outcome.in_(OPEN)).values(outcome=UNKNOWN),
    }


def _put(connection: sa.Connection, rows: list[Row]) -> None:
    """Write rows, whether they are there or not.

    The statement is SQLAlchemy's, the rows go to the driver as they are: nothing in them has to be converted.
    """
    statement, names = _upsert(connection.dialect)
    connection.exec_driver_sql(statement, [tuple(row[name] for name in names) for row in rows] if names else rows)


@lru_cache
def _upsert(dialect: sa.Dialect) -> tuple[str, list[str]]:
    """Insert, or replace all but the keys and when it was first seen; each dialect has its own way.

    Returns the order of the columns, too, if the driver's parameters have no names.
    """
    record = tables().record
    names = [column.name for column in record.columns if column.name not in _FIXED]
    if dialect.name in ("mysql", "mariadb"):
        own = mysql.insert(record)
        statement: Any = own.on_duplicate_key_update({name: own.inserted[name] for name in names})
    else:
        theirs = (postgresql if dialect.name == "postgresql" else sqlite).insert(record)
        statement = theirs.on_conflict_do_update(
            index_elements=list(_KEYS), set_={name: theirs.excluded[name] for name in names}
        )
    compiled = statement.compile(dialect=dialect)
    return str(compiled), list(getattr(compiled, "positiontup", None) or ())


def _execute(connection: sa.Connection, name: str, scope: Scope, ids: list[str], **more: Any) -> Any:
    given = {"in_source": scope.source, "in_scope": scope.key, "ids": ids, **more}
    return connection.execute(_statements()[name], given)


def _known(connection: sa.Connection, scope: Scope, ids: list[str]) -> dict[str, Any]:
    return {row.record_id: row for row in _execute(connection, "known", scope, ids)} if ids else {}


def _raw(connection: sa.Connection, scope: Scope, ids: list[str]) -> dict[str, str]:
    return {row.record_id: row.raw for row in _execute(connection, "raw", scope, ids)} if ids else {}


def _touch(connection: sa.Connection, scope: Scope, ids: list[str], now: int) -> None:
    if ids:
        _execute(connection, "touch", scope, ids, seen=now)


def unfinished(connection: sa.Connection, scope: Scope, before: int) -> dict[str, int]:
    """Records that were not over when they were last seen, and when they began, as far as that was before an instant."""
    record = tables().record
    statement = sa.select(record.c.record_id, record.c.started_at).where(
        _at(scope), record.c.outcome.in_(OPEN), record.c.started_at < before
    )
    return {row.record_id: row.started_at for row in connection.execute(statement)}


def give_up(connection: sa.Connection, scope: Scope, ids: Iterable[str]) -> None:
    """Records that the source doesn't list any more: how they ended will not be known."""
    names = sorted(ids)
    for at in range(0, len(names), 500):
        _execute(connection, "gone", scope, names[at : at + 500])
