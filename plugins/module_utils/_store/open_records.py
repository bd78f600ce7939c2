# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find records that are not finished."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from .._records.entry import OPEN, UNKNOWN
from .database.schema import get_tables
from .database.types import SQLALCHEMY_PROBLEM
from .ledger.coverage import Scope
from .ledger.pruned import find_cut
from .ledger.windows import Window
from .records import HASHED, hash_row

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: The most records in one statement.
_AT_ONCE = 500


class OpenRecord(NamedTuple):
    """An open record: its start (or when it was first seen), and when it was last fetched, in milliseconds since the epoch."""

    record_id: str
    since: int
    last_seen: int


def find(connection: sa.Connection, scope: Scope) -> list[OpenRecord]:
    """Return the open records of a scope."""
    record = get_tables().record
    statement = sa.select(
        record.c.record_id, sa.func.coalesce(record.c.started_at, record.c.first_seen), record.c.last_seen
    ).where(_at(scope), record.c.outcome.in_(OPEN))
    return [OpenRecord(*row) for row in connection.execute(statement)]


def list_without_details(
    connection: sa.Connection, scope: Scope, window: Window, before: tuple[int | None, str] | None, most: int,
    deeper: tuple[str, str] | None = None, maps: Collection[str] = (), since: int = 0,
) -> list[Any]:
    """Return records of a window whose details were never read, or not since they changed, the newest first, those without a start last.

    Without those that the source no longer lists.

    :param before: the start and id of the last record of the previous call.
    :param maps: fields with keys of the user's own.
    :param since: only records that were read at this instant or later, in milliseconds since the epoch.
    :param deeper: a list and a key that its parts must have: details without that key count as never read.
    :returns: C(record_id), C(started_at) and C(raw), which is null but for records that only may lack that key: it stands in them, perhaps
        in something else.
    """
    record = get_tables().record
    # Giving up a record changes it, too, but its source has no new details.
    is_from_source = sa.or_(record.c.outcome.in_(OPEN), record.c.ended_at.is_not(None))
    lacks = sa.or_(record.c.detailed_at.is_(None), sa.and_(record.c.detailed_at < record.c.changed_at, is_from_source))
    if deeper is not None:
        # Keys of canonical JSON; in a text of the source the quotes would be escaped.
        has_parts, has_key = record.c.raw.contains('"%s":[{' % deeper[0]), record.c.raw.contains('"%s":' % deeper[1])
        # Maps of the user may have such a key, too.
        has_maps = sa.or_(*(record.c.raw.contains('"%s":{"' % name) for name in maps)) if maps else sa.false()
        may_lack = sa.and_(has_parts, has_key, has_maps, sa.not_(lacks))
        lacks = sa.or_(lacks, sa.and_(has_parts, sa.not_(has_key)), sa.and_(has_parts, has_maps))
    else:
        may_lack = sa.false()
    unlisted = get_tables().unlisted
    is_gone = sa.exists().where(*(unlisted.c[name] == record.c[name] for name in ("source", "scope_key", "record_id")))
    doubtful = sa.case((may_lack, record.c.raw), else_=sa.null()).label("raw")
    statement = sa.select(record.c.record_id, record.c.started_at, doubtful).where(
        _at(scope), lacks, sa.not_(is_gone), *((record.c.last_seen >= since,) if since else ())
    ).order_by(record.c.started_at.desc(), record.c.record_id.desc())
    found: list[Any] = []
    if before is None or before[0] is not None:
        dated = statement.where(record.c.started_at >= window[0], record.c.started_at < window[1])
        if before is not None:
            dated = dated.where(sa.or_(
                record.c.started_at < before[0], sa.and_(record.c.started_at == before[0], record.c.record_id < before[1])
            ))
        found = list(connection.execute(dated.limit(most)))
        before = None
    if len(found) < most:
        undated = statement.where(record.c.started_at.is_(None))
        if before is not None:
            undated = undated.where(record.c.record_id < before[1])
        found += connection.execute(undated.limit(most - len(found)))
    return found


def give_up_old(connection: sa.Connection, scope: Scope, before: int, now: int) -> int:
    """Give up the open records that began before an instant, and return how many."""
    old = [each.record_id for each in find(connection, scope) if each.since < before]
    give_up(connection, scope, old, now)
    return len(old)


def give_up(connection: sa.Connection, scope: Scope, ids: Collection[str], now: int) -> None:
    """Set the outcome of open records to unknown, because the source no longer has them."""
    record = get_tables().record
    names = sorted(ids)
    # What belongs to a prune that is not done stays as it is, or other records would end up in it than it declares.
    frozen = find_cut(connection, scope).frozen if names else 0
    is_free = sa.or_(record.c.started_at.is_(None), record.c.started_at >= frozen)
    for at in range(0, len(names), _AT_ONCE):
        here = sa.and_(_at(scope), record.c.record_id.in_(names[at : at + _AT_ONCE]), record.c.outcome.in_(OPEN), is_free)
        found = connection.execute(sa.select(*(record.c[name] for name in HASHED)).where(here))
        for row in [dict(each) for each in found.mappings()]:
            row["outcome"] = UNKNOWN
            connection.execute(sa.update(record).where(_at(scope), record.c.record_id == row["record_id"]).values(
                outcome=UNKNOWN, row_hash=hash_row(row), changed_at=now
            ))


def _at(scope: Scope) -> Any:
    record = get_tables().record
    return sa.and_(record.c.source == scope.source, record.c.scope_key == scope.key)
