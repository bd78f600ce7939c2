# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events in the store: which records somebody who listens has yet to be told of.

A record is noted in the transaction that keeps it, so that none can be kept and forgotten. Every task that
archives what is listened to notes its records, for what one task has read no other reads again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from .schema import SQLALCHEMY_PROBLEM, tables

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: So many records are noted by one statement.
_AT_ONCE = 500


class Stream(NamedTuple):
    """What can be listened to: a scope with its filters, C(key), and where its records are kept."""

    source: str
    key: str
    records: str


def listen(connection: sa.Connection, stream: Stream, now: int) -> None:
    """From now on, in milliseconds since the epoch, note what is new; once is enough."""
    if since(connection, stream) is None:
        connection.execute(tables().listener.insert().values(source=stream.source, scope_key=stream.key, since=now))


def since(connection: sa.Connection, stream: Stream) -> int | None:
    """Since when somebody listens; null if nobody does."""
    listener = tables().listener
    statement = sa.select(listener.c.since).where(listener.c.source == stream.source, listener.c.scope_key == stream.key)
    return connection.execute(statement).scalar()


def note(connection: sa.Connection, stream: Stream, ids: Collection[str], first: int, now: int) -> None:
    """Note those records, which were just listed, that came since somebody listens and were never noted.

    :param first: since when somebody listens.
    """
    record, event = tables().record, tables().event
    known = sa.select(event.c.record_id).where(
        event.c.source == record.c.source, event.c.scope_key == stream.key, event.c.record_id == record.c.record_id
    )
    names = sorted(ids)
    for at in range(0, len(names), _AT_ONCE):
        fresh = sa.select(
            record.c.source, sa.literal(stream.key), record.c.record_id, record.c.started_at, sa.literal(now, sa.BigInteger)
        ).where(
            record.c.source == stream.source, record.c.scope_key == stream.records,
            record.c.record_id.in_(names[at : at + _AT_ONCE]), record.c.first_seen >= first, ~known.exists(),
        )
        connection.execute(event.insert().from_select(["source", "scope_key", "record_id", "started_at", "noted_at"], fresh))


def waiting(connection: sa.Connection, stream: Stream, most: int) -> list[Any]:
    """Records of which nobody was told yet, those that began first before the others: C(record_id), C(scope), C(raw)."""
    record, event = tables().record, tables().event
    statement = (
        sa.select(record.c.record_id, record.c.scope, record.c.raw)
        .join_from(event, record, sa.and_(record.c.source == event.c.source, record.c.record_id == event.c.record_id))
        .where(
            event.c.source == stream.source, event.c.scope_key == stream.key, event.c.emitted_at.is_(None),
            record.c.scope_key == stream.records,
        )
        # As in the index, so that a page costs the same however many are waiting.
        .order_by(event.c.started_at, event.c.record_id)
        .limit(most)
    )
    return list(connection.execute(statement))


def note_emitted(connection: sa.Connection, stream: Stream, record_id: str, now: int) -> None:
    """Note that somebody was told of a record."""
    event = tables().event
    here = sa.and_(event.c.source == stream.source, event.c.scope_key == stream.key, event.c.record_id == record_id)
    connection.execute(sa.update(event).where(here).values(emitted_at=now))
