# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Store a page of records, and return which are new, changed or known."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from .._records.canonical import clean, combine, hash_content, make_storable, write_canonical
from .._records.canonical import record_key as key_of
from .._records.entry import OPEN, UNKNOWN, Entry
from .database.schema import LONGEST_WORD, get_tables
from .database.types import SQLALCHEMY_PROBLEM
from .ledger.coverage import Scope
from .ledger.pruned import NOT_CUT, Cut
from .revisions import keep

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa
    from sqlalchemy.dialects import mysql, postgresql, sqlite

Row = dict[str, Any]

#: The longest summary, in characters: a whole script is in C(raw).
_LONGEST_TEXT = 1000
_KEYS = ("source", "scope_key", "record_id")
_FIXED = (*_KEYS, "first_seen")
#: Columns that a row's hash covers: all but the times at which it was fetched.
HASHED = (
    *_KEYS, "scope", "kind", "state", "outcome", "started_at", "ended_at", "actor", "target", "summary", "raw", "content_hash",
)


class Saved(NamedTuple):
    """The result of storing a page: keys of new, changed and known records."""

    added: set[str]
    updated: set[str]
    unchanged: set[str]
    #: When each of them began, in milliseconds since the epoch; null where that isn't known.
    began: dict[str, int | None]
    #: When records began that changed: before, and now.
    moved: list[tuple[int | None, int | None]]
    #: The keys of known records that were new in the same run.
    fresh: set[str]
    #: The keys of records in which a secret of the task was masked.
    masked: set[str]

    @property
    def all(self) -> set[str]:
        """Return the keys of all records of the page."""
        return self.added | self.updated | self.unchanged


class Keeping(NamedTuple):
    """How records of a scope are kept: C(text) is the scope as JSON, C(secrets) is what must not be kept."""

    scope: Scope
    text: str
    entry: Callable[[Row], Entry]
    secrets: Collection[str]


def save(
    connection: sa.Connection, how: Keeping, records: Iterable[Row], now: int, writes: bool = True, detailed: bool = False, cut: Cut = NOT_CUT
) -> Saved:
    """Store a page of records, in the caller's transaction, which holds the lock.

    :param now: when they were listed, in milliseconds since the epoch.
    :param writes: whether to write, or only to return the result that writing would have.
    :param detailed: whether these are details, not rows of a list.
    :param cut: what was pruned, and is not stored.
    """
    wanted: dict[str, Row] = {}
    masked: set[str] = set()
    for record in records:
        row, was_masked = _row(how, record, now)
        wanted[row["record_id"]] = row
        if was_masked:
            masked.add(row["record_id"])
    known = _find_known(connection, how.scope, sorted(wanted))
    held = {name for name, row in wanted.items() if cut.holds(row["started_at"], known.get(name))}
    for name in held:
        del wanted[name]
    changed = {name for name, row in wanted.items() if name in known and known[name].content_hash != row["content_hash"]}
    before = _raw(connection, how.scope, sorted(changed))
    # Another task may have stored the end of a record meanwhile: an older answer must not undo it.
    overtaken = {name for name in changed if wanted[name]["outcome"] in OPEN and _has_ended(how, known[name], before[name])}
    changed -= overtaken
    for name in sorted(changed):
        old = before[name]
        whole = combine(json.loads(old), json.loads(wanted[name]["raw"]))
        wanted[name], _masked = _row(how, whole, now)
        if wanted[name]["content_hash"] == known[name].content_hash:
            changed.discard(name)
    added = wanted.keys() - known.keys()
    unchanged = wanted.keys() - added - changed
    # Columns may change with the code. A record that was given up stays so until its source returns more.
    given_up = {name for name in unchanged if known[name].outcome == UNKNOWN and wanted[name]["outcome"] in OPEN}
    remade = {name for name in unchanged - overtaken - given_up if known[name].row_hash != wanted[name]["row_hash"]}
    unchanged -= remade
    if writes:
        for name in wanted:
            old_row = known.get(name)
            wanted[name]["detailed_at"] = now if detailed else old_row.detailed_at if old_row is not None else None
            # A task that began later may have read it before.
            wanted[name]["last_seen"] = max(now, old_row.last_seen if old_row is not None else 0)
            if name in unchanged:
                wanted[name]["changed_at"] = known[name].changed_at
        _keep_revisions(connection, how.scope, changed, known, before, wanted, now)
        fresh = [wanted[name] for name in sorted(added | changed | remade)]
        if fresh:
            _put(connection, fresh)
        _touch(connection, how.scope, sorted(unchanged), now, detailed)
    return Saved(
        set(added), changed | remade, unchanged | (held & known.keys()), {name: row["started_at"] for name, row in wanted.items()},
        [(known[name].started_at, wanted[name]["started_at"]) for name in changed | remade if known[name].started_at != wanted[name]["started_at"]],
        {name for name in wanted if name in known and known[name].first_seen == now}, masked - held,
    )


def _keep_revisions(
    connection: sa.Connection, scope: Scope, changed: Collection[str], known: Mapping[str, Any], before: Mapping[str, str],
    wanted: Mapping[str, Row], now: int,
) -> None:
    """Store earlier versions of ended records. Details that only add fields are not another version."""
    rows = []
    for name in sorted(changed):
        old = known[name]
        if old.outcome in OPEN or _is_addition(json.loads(before[name]), json.loads(wanted[name]["raw"])):
            continue
        rows.append({
            "source": scope.source, "scope_key": scope.key, "record_id": name, "content_hash": old.content_hash,
            "raw": before[name], "changed_at": old.changed_at,
        })
    keep(connection, rows, now)


def _has_ended(how: Keeping, known: Any, raw: str) -> bool:
    """Return whether a record was seen to end. One that was only given up goes on when its source says more."""
    return known.outcome not in OPEN and how.entry(json.loads(raw)).outcome not in OPEN


def _is_addition(old: Any, new: Any) -> bool:
    """Return whether a record still has all earlier fields unchanged."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(name in new and (value is None or _is_addition(value, new[name])) for name, value in old.items())
    return bool(old == new)


def record_key(record_id: Any, raw: str) -> str:
    """Return the key of a record: its id, or without one its content, so that it is not replaced by another."""
    return key_of(json.loads(raw) if record_id is None or record_id == "" else record_id)


def _row(how: Keeping, record: Row, now: int) -> tuple[Row, bool]:
    """Return a record's row, and whether a secret was masked in it."""
    record, raw, masked = clean(record, how.secrets)
    entry = how.entry(record)
    row = {
        "source": how.scope.source,
        "scope_key": how.scope.key,
        "record_id": record_key(entry.record_id, raw),
        "scope": how.text,
        "kind": make_storable(entry.kind, LONGEST_WORD),
        "state": make_storable(entry.state, LONGEST_WORD),
        "outcome": entry.outcome,
        "started_at": entry.started_at,
        "ended_at": entry.ended_at,
        "actor": make_storable(entry.actor, _LONGEST_TEXT),
        "target": make_storable(entry.target, _LONGEST_TEXT),
        "summary": make_storable(entry.summary, _LONGEST_TEXT),
        "raw": raw,
        "content_hash": hash_content(raw),
    }
    row["row_hash"] = hash_row(row)
    row.update(first_seen=now, last_seen=now, changed_at=now, detailed_at=None)
    return row, masked


def hash_row(row: Mapping[str, Any]) -> str:
    """Return the hash of a row: of the columns that it covers."""
    return hash_content(write_canonical({name: row[name] for name in HASHED}))


def _at(scope: Scope) -> Any:
    record = get_tables().record
    return sa.and_(record.c.source == scope.source, record.c.scope_key == scope.key)


@lru_cache
def _statements() -> Mapping[str, Any]:
    """Return the statements that every page needs; built once."""
    record = get_tables().record
    here = sa.and_(
        record.c.source == sa.bindparam("in_source"),
        record.c.scope_key == sa.bindparam("in_scope"),
        record.c.record_id.in_(sa.bindparam("ids", expanding=True)),
    )
    seen = sa.bindparam("seen", type_=sa.BigInteger)
    latest = sa.case((record.c.last_seen < seen, seen), else_=record.c.last_seen)
    return {
        "known": sa.select(
            record.c.record_id, record.c.content_hash, record.c.row_hash, record.c.outcome, record.c.started_at,
            record.c.changed_at, record.c.detailed_at, record.c.first_seen, record.c.last_seen,
        ).where(here),
        "raw": sa.select(record.c.record_id, record.c.raw).where(here),
        "touch": sa.update(record).where(here).values(last_seen=latest),
        "touch_details": sa.update(record).where(here).values(last_seen=latest, detailed_at=seen),
    }


def _put(connection: sa.Connection, rows: list[Row]) -> None:
    """Insert or replace rows.

    The statement is SQLAlchemy's, the rows go to the driver as they are: nothing in them has to be converted.
    """
    statement, names = _upsert(connection.dialect)
    connection.exec_driver_sql(statement, list(map(itemgetter(*names), rows)) if names else rows)


@lru_cache
def _upsert(dialect: sa.Dialect) -> tuple[str, list[str]]:
    """Insert, or replace all but the keys and when it was first seen; each dialect has its own way.

    Returns the order of the columns, too, if the driver's parameters have no names.
    """
    record = get_tables().record
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


def _find_known(connection: sa.Connection, scope: Scope, ids: list[str]) -> dict[str, Any]:
    return {row.record_id: row for row in _execute(connection, "known", scope, ids)} if ids else {}


def _raw(connection: sa.Connection, scope: Scope, ids: list[str]) -> dict[str, str]:
    return {row.record_id: row.raw for row in _execute(connection, "raw", scope, ids)} if ids else {}


def _touch(connection: sa.Connection, scope: Scope, ids: list[str], now: int, detailed: bool) -> None:
    if ids:
        _execute(connection, "touch_details" if detailed else "touch", scope, ids, seen=now)
