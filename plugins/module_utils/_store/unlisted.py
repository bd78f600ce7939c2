# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Note the records that a source no longer lists. They stay in the store.

A record that is listed again is no longer one of them: it was seen after it was noted. So nothing has to be removed here when a page is stored.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .database.schema import get_tables
from .database.types import SQLALCHEMY_PROBLEM
from .ledger.coverage import Scope
from .ledger.windows import Window

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: The most records in one statement.
_AT_ONCE = 500


def note_window(connection: sa.Connection, scope: Scope, window: Window, now: int) -> int:
    """Note the records of a window that a full reading of it did not list.

    :param now: when it was read, in milliseconds since the epoch.
    :returns: how many there are, those that were noted before included.
    """
    record = get_tables().record
    lost = sa.and_(_is_unseen(scope, now), record.c.started_at >= window[0], record.c.started_at < window[1])
    count = connection.execute(sa.select(sa.func.count()).select_from(record).where(lost)).scalar() or 0
    if count:
        _note(connection, lost, now)
    return count


def note_ids(connection: sa.Connection, scope: Scope, ids: Collection[str], now: int) -> None:
    """Note records that the source did not find by their ids."""
    names = sorted(ids)
    for at in range(0, len(names), _AT_ONCE):
        _note(connection, sa.and_(_is_unseen(scope, now), get_tables().record.c.record_id.in_(names[at : at + _AT_ONCE])), now)


def count_unlisted(connection: sa.Connection) -> dict[Scope, int]:
    """Return how many records of each scope its source no longer lists; nothing for scopes without any."""
    record, unlisted = get_tables().record, get_tables().unlisted
    statement = sa.select(record.c.source, record.c.scope_key, sa.func.count()).join(
        unlisted, sa.and_(_is_same(), record.c.last_seen < unlisted.c.since)
    ).group_by(record.c.source, record.c.scope_key)
    return {Scope(source, key): count for source, key, count in connection.execute(statement)}


def _note(connection: sa.Connection, lost: Any, now: int) -> None:
    record, unlisted = get_tables().record, get_tables().unlisted
    # It was listed in between.
    was_back = sa.exists().where(_is_same(), lost, record.c.last_seen >= unlisted.c.since)
    connection.execute(sa.update(unlisted).where(was_back).values(since=now))
    names = ("source", "scope_key", "record_id")
    fresh = sa.select(*(record.c[name] for name in names), sa.literal(now)).where(lost, sa.not_(sa.exists().where(_is_same())))
    connection.execute(unlisted.insert().from_select([*names, "since"], fresh))


def _is_unseen(scope: Scope, now: int) -> Any:
    record = get_tables().record
    return sa.and_(record.c.source == scope.source, record.c.scope_key == scope.key, record.c.last_seen < now)


def _is_same() -> Any:
    record, unlisted = get_tables().record, get_tables().unlisted
    return sa.and_(*(record.c[name] == unlisted.c[name] for name in ("source", "scope_key", "record_id")))
