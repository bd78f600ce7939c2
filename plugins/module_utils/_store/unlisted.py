# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Note the records that a source no longer lists. They stay in the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from .database.schema import get_tables
from .database.types import SQLALCHEMY_PROBLEM
from .ledger.coverage import Scope
from .ledger.windows import Window

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: The most records in one statement.
_AT_ONCE = 500
_KEYS = ("source", "scope_key", "record_id")


def has_unlisted(connection: sa.Connection, scope: Scope) -> bool:
    """Return whether there are any of a scope."""
    unlisted = get_tables().unlisted
    return connection.execute(sa.select(unlisted.c.since).where(_at(unlisted, scope)).limit(1)).first() is not None


def note_window(connection: sa.Connection, scope: Scope, window: Window, now: int) -> int:
    """Note the records of a window that a full reading of it did not list.

    :param now: when it was read, in milliseconds since the epoch.
    :returns: how many there are, those that were noted before included.
    """
    record = get_tables().record
    return _note(connection, scope, sa.and_(record.c.started_at >= window[0], record.c.started_at < window[1]), now)


def note_ids(connection: sa.Connection, scope: Scope, ids: Collection[str], now: int, noted: Iterable[Window] = ()) -> int:
    """Note records that the source did not find by their ids.

    :param noted: windows whose records were noted already.
    :returns: how many there are outside of these windows.
    """
    record = get_tables().record
    names, count = sorted(ids), 0
    outside = [sa.or_(record.c.started_at.is_(None), record.c.started_at < start, record.c.started_at >= end) for start, end in noted]
    for at in range(0, len(names), _AT_ONCE):
        count += _note(connection, scope, sa.and_(record.c.record_id.in_(names[at : at + _AT_ONCE]), *outside), now)
    return count


def forget(connection: sa.Connection, scope: Scope, ids: Collection[str]) -> None:
    """Forget what was noted of records that are listed again."""
    unlisted = get_tables().unlisted
    names = sorted(ids)
    for at in range(0, len(names), _AT_ONCE):
        connection.execute(sa.delete(unlisted).where(_at(unlisted, scope), unlisted.c.record_id.in_(names[at : at + _AT_ONCE])))


def count_unlisted(connection: sa.Connection) -> dict[Scope, int]:
    """Return how many records of each scope its source no longer lists; nothing for scopes without any."""
    record = get_tables().record
    statement = sa.select(record.c.source, record.c.scope_key, sa.func.count()).join(
        get_tables().unlisted, _is_same()
    ).group_by(record.c.source, record.c.scope_key)
    return {Scope(source, key): count for source, key, count in connection.execute(statement)}


def _note(connection: sa.Connection, scope: Scope, which: Any, now: int) -> int:
    record, unlisted = get_tables().record, get_tables().unlisted
    # What another task read later is listed.
    lost = sa.and_(_at(record, scope), record.c.last_seen < now, which)
    count = connection.execute(sa.select(sa.func.count()).select_from(record).where(lost)).scalar() or 0
    if count:
        fresh = sa.select(*(record.c[name] for name in _KEYS), sa.literal(now)).where(lost, sa.not_(sa.exists().where(_is_same())))
        connection.execute(unlisted.insert().from_select([*_KEYS, "since"], fresh))
    return count


def _at(table: Any, scope: Scope) -> Any:
    return sa.and_(table.c.source == scope.source, table.c.scope_key == scope.key)


def _is_same() -> Any:
    record, unlisted = get_tables().record, get_tables().unlisted
    return sa.and_(*(record.c[name] == unlisted.c[name] for name in _KEYS))
