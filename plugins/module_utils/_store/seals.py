# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a seal needs of the store: the number of the last one, scopes with their coverage, and records in the order of their keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from .._records.canonical import hash_content
from .database.schema import get_tables
from .database.types import SQLALCHEMY_PROBLEM
from .ledger.pruned import is_prunable
from .records import HASHED, hash_row

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: So many rows are held at a time: of hashes alone, and of whole records.
_HASHES, _RECORDS = 1000, 100
#: A run that has not ended after so long was killed, in milliseconds.
_LONGEST_RUN = 24 * 3600 * 1000
_KEYS = ("source", "scope_key", "record_id")
_LIGHT = (*_KEYS, "outcome", "started_at", "content_hash", "row_hash", "changed_at")
_TIMES = ("window_start", "window_end", "read_at", "records")

#: Source, key of the scope, id of the record; in all databases in the order of their code points.
Key = tuple[str, str, str]


class LastSeal(NamedTuple):
    """Which store it is, and what it knows of its last seal; nulls if there is none."""

    store_id: str
    number: int | None
    sha256: str | None
    sealed_at: int | None


class Sealable(NamedTuple):
    """A record as far as a seal is concerned."""

    key: Key
    outcome: str
    started_at: int | None
    content_hash: str
    row_hash: str
    changed_at: int
    #: Whether the hashes are those of what is in the row; null where the row was not read.
    fits: bool | None = None

    @property
    def hashes(self) -> tuple[str, str]:
        """What must stay as it was sealed."""
        return self.content_hash, self.row_hash


def read_last_seal(connection: sa.Connection) -> LastSeal:
    """Return what the store knows of its last seal."""
    store = get_tables().store
    statement = sa.select(store.c.id, store.c.seal_number, store.c.seal_sha256, store.c.sealed_at)
    return LastSeal(*connection.execute(statement).one())


def read_version(connection: sa.Connection) -> int:
    """Return the version of the tables."""
    found: int = connection.execute(sa.select(get_tables().store.c.version)).scalar_one()
    return found


def note_seal(connection: sa.Connection, number: int, sha256: str, sealed_at: int) -> None:
    """Note the last seal, which is in its folder already."""
    connection.execute(sa.update(get_tables().store).values(seal_number=number, seal_sha256=sha256, sealed_at=sealed_at))


def read_scopes(connection: sa.Connection) -> dict[tuple[str, str], dict[str, Any]]:
    """Return all scopes by source and key, in that order: the scope as text, when it was retired, its windows.

    :returns: C(scope) (null if only its records or windows are there), C(retired_at), C(coverage): dictionaries with C(view) as text.
    """
    scope, coverage, record = get_tables().scope, get_tables().coverage, get_tables().record
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for source, key, text, retired_at in connection.execute(sa.select(scope.c.source, scope.c.scope_key, scope.c.scope, scope.c.retired_at)):
        found[source, key] = {"scope": text, "retired_at": retired_at, "coverage": []}
    for table in (coverage, record):
        for source, key in connection.execute(sa.select(table.c.source, table.c.scope_key).distinct()):
            found.setdefault((source, key), {"scope": None, "retired_at": None, "coverage": []})
    statement = sa.select(
        coverage.c.source, coverage.c.scope_key, coverage.c.view, *(coverage.c[name] for name in _TIMES)
    ).order_by(coverage.c.source, coverage.c.scope_key, coverage.c.view, coverage.c.window_start)
    for source, key, view, *times in connection.execute(statement):
        found[source, key]["coverage"].append({"view": view, **dict(zip(("start", "end", "read_at", "records"), times))})
    return dict(sorted(found.items()))


def read_hashes(connection: sa.Connection) -> Iterator[Sealable]:
    """Return all records in the order of their keys, with the hashes that are in their columns."""
    for row in _read_in_order(connection, _LIGHT, _HASHES):
        yield _sealable(row, None)


def verify_records(connection: sa.Connection, prunable_before: int | None = None) -> Iterator[Sealable]:
    """Return all records in the order of their keys, and whether their hashes are those of what is in them.

    :param prunable_before: leave out what a prune before this instant does not delete.
    """
    for row in _read_in_order(connection, _list_verified_columns(), _RECORDS, () if prunable_before is None else (is_prunable(prunable_before),)):
        yield _sealable(row, _has_hashes_that_fit(row))


def verify_some(connection: sa.Connection, keys: Collection[Key]) -> dict[Key, Sealable]:
    """Return some records by their keys, verified."""
    record = get_tables().record
    ids: dict[tuple[str, str], list[str]] = {}
    for source, scope_key, record_id in keys:
        ids.setdefault((source, scope_key), []).append(record_id)
    found = {}
    columns = [record.c[name] for name in _list_verified_columns()]
    for (source, scope_key), wanted in ids.items():
        for start in range(0, len(wanted), _RECORDS):
            statement = sa.select(*columns).where(
                record.c.source == source, record.c.scope_key == scope_key, record.c.record_id.in_(wanted[start:start + _RECORDS]),
            )
            for row in connection.execute(statement).mappings():
                each = _sealable(row, _has_hashes_that_fit(row))
                found[each.key] = each
    return found


def list_unfinished_runs(connection: sa.Connection, instant: int) -> set[tuple[str, str, int]]:
    """Return source, scope and start of the runs that had begun at an instant and not ended.

    A run gives its records its own start as the time of their change, however late it writes them. One that did not end
    within a day was killed.
    """
    run = get_tables().run
    statement = sa.select(run.c.source, run.c.scope_key, run.c.started_at).where(
        run.c.started_at <= instant,
        sa.or_(sa.and_(run.c.ended_at.is_(None), run.c.started_at > instant - _LONGEST_RUN), run.c.ended_at > instant),
    )
    return {(row[0], row[1], row[2]) for row in connection.execute(statement)}


def read_run_windows(connection: sa.Connection, source: str, scope_key: str, window: tuple[int, int], after: int) -> list[tuple[str, int, int]]:
    """Return view, start and end of what was to be read around a window by runs that had not ended at an instant.

    :param after: the instant, in milliseconds since the epoch.
    """
    run = get_tables().run
    statement = sa.select(run.c.view, run.c.window_start, run.c.window_end).where(
        run.c.source == source, run.c.scope_key == scope_key, run.c.window_start < window[1], run.c.window_end > window[0],
        sa.or_(run.c.ended_at.is_(None), run.c.ended_at > after),
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]


def has_changed(connection: sa.Connection, source: str, scope_key: str, after: int, until: int) -> bool:
    """Return whether a run of a scope may have changed records between two instants."""
    run = get_tables().run
    return connection.execute(sa.select(run.c.run_id).where(
        run.c.source == source, run.c.scope_key == scope_key, run.c.started_at <= until,
        sa.or_(run.c.ended_at.is_(None), run.c.ended_at > after), run.c.updated > 0,
    ).limit(1)).first() is not None


def _read_in_order(connection: sa.Connection, names: Sequence[str], most: int, only: Sequence[Any] = ()) -> Iterator[Any]:
    """All rows in the order of their keys. Page by page: other statements can be executed between the rows, with every driver."""
    record = get_tables().record
    columns = [record.c[name] for name in names]
    found = connection.execute(sa.select(record.c.source, record.c.scope_key).where(*only).distinct()).all()
    for source, scope_key in sorted((row[0], row[1]) for row in found):
        here = sa.select(*columns).where(
            record.c.source == source, record.c.scope_key == scope_key, *only
        ).order_by(record.c.record_id).limit(most)
        page = connection.execute(here).mappings().all()
        while page:
            yield from page
            if len(page) < most:
                break
            page = connection.execute(here.where(record.c.record_id > page[-1]["record_id"])).mappings().all()


def _list_verified_columns() -> tuple[str, ...]:
    return (*HASHED, *(name for name in _LIGHT if name not in HASHED))


def _has_hashes_that_fit(row: Any) -> bool:
    try:
        return bool(row["content_hash"] == hash_content(row["raw"]) and row["row_hash"] == hash_row(row))
    except (TypeError, ValueError, AttributeError):
        # SQLite keeps what is put into a column, of whatever type it is.
        return False


def _sealable(row: Any, fits: bool | None) -> Sealable:
    return Sealable(
        (row["source"], row["scope_key"], row["record_id"]), row["outcome"], row["started_at"], row["content_hash"], row["row_hash"],
        row["changed_at"], fits,
    )
