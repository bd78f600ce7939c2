# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outbox: which records are still to be emitted as events.

A record is noted in the transaction that keeps it, so that none can be kept and forgotten. Every task that
archives what is listened to notes its records, for what one task has read no other reads again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from .database.schema import get_tables
from .database.types import SQLALCHEMY_PROBLEM

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: The most records in one statement.
_AT_ONCE = 500


class Stream(NamedTuple):
    """A view of a scope, whose new records can be emitted."""

    source: str
    scope_key: str
    view: str


def listen(connection: sa.Connection, stream: Stream, now: int) -> None:
    """Start to put new records into the outbox; later calls change nothing.

    :param now: milliseconds since the epoch.
    """
    if read_start(connection, stream) is None:
        connection.execute(get_tables().listener.insert().values(**stream._asdict(), since=now))


def read_start(connection: sa.Connection, stream: Stream) -> int | None:
    """Return since when new records are put into the outbox; null if they are not."""
    listener = get_tables().listener
    return connection.execute(sa.select(listener.c.since).where(*_at(listener, stream))).scalar()


def note(connection: sa.Connection, stream: Stream, ids: Collection[str], first: int, now: int) -> None:
    """Put records that were just listed into the outbox, if they are new since C(first) and were never put there.

    :param first: since when new records are put into the outbox.
    """
    record, outbox = get_tables().record, get_tables().outbox
    known = sa.select(outbox.c.record_id).where(*_at(outbox, stream), outbox.c.record_id == record.c.record_id)
    names = sorted(ids)
    for at in range(0, len(names), _AT_ONCE):
        fresh = sa.select(
            record.c.source, record.c.scope_key, sa.literal(stream.view), record.c.record_id, record.c.started_at,
            sa.literal(now, sa.BigInteger),
        ).where(
            record.c.source == stream.source, record.c.scope_key == stream.scope_key,
            record.c.record_id.in_(names[at : at + _AT_ONCE]), record.c.first_seen >= first, ~known.exists(),
        )
        connection.execute(outbox.insert().from_select(
            ["source", "scope_key", "view", "record_id", "started_at", "noted_at"], fresh
        ))


def list_waiting(connection: sa.Connection, stream: Stream, most: int) -> list[Any]:
    """Return records that were not emitted yet, those that began first before the others: C(record_id), C(scope), C(raw)."""
    record, outbox = get_tables().record, get_tables().outbox
    same = sa.and_(
        record.c.source == outbox.c.source, record.c.scope_key == outbox.c.scope_key, record.c.record_id == outbox.c.record_id
    )
    statement = (
        sa.select(record.c.record_id, record.c.scope, record.c.raw)
        .join_from(outbox, record, same)
        .where(*_at(outbox, stream), outbox.c.emitted_at.is_(None))
        # In the order of the index, so that the cost of a page does not grow with their number.
        .order_by(outbox.c.started_at, outbox.c.record_id)
        .limit(most)
    )
    return list(connection.execute(statement))


def note_emitted(connection: sa.Connection, stream: Stream, record_id: str, now: int) -> None:
    """Store that a record was emitted."""
    outbox = get_tables().outbox
    connection.execute(
        sa.update(outbox).where(*_at(outbox, stream), outbox.c.record_id == record_id).values(emitted_at=now)
    )


def _at(table: sa.Table, stream: Stream) -> list[Any]:
    return [table.c[name] == value for name, value in stream._asdict().items()]
