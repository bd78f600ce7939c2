# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Define and create the tables of the store. Users query them with SQL."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any, NamedTuple

from ..._records.canonical import LONGEST_KEY
from .types import SQLALCHEMY_PROBLEM
from .views import create_views

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa
    from sqlalchemy.dialects import mysql

    from .types import TABLE_OPTIONS, Key

#: The version of the tables.
VERSION = 1
#: The longest name of a view: MySQL takes 3072 bytes for all columns of a key, 4 for a character.
LONGEST_VIEW = 191
#: The longest word of a source, such as a state.
LONGEST_WORD = 64
#: The longest rule that is stored as it is; longer ones are hashed.
LONGEST_RULE = 80
#: The longest name of a gate.
LONGEST_GATE = 64


class Tables(NamedTuple):
    """The tables as objects of SQLAlchemy."""

    store: sa.Table
    record: sa.Table
    revision: sa.Table
    attachment: sa.Table
    coverage: sa.Table
    broken_window: sa.Table
    undated: sa.Table
    pruned: sa.Table
    unlisted: sa.Table
    run: sa.Table
    scope: sa.Table
    credential: sa.Table
    finding: sa.Table
    listener: sa.Table
    outbox: sa.Table


@lru_cache
def get_tables() -> Tables:
    """Return the tables; built at the first call, because the library may be missing."""
    metadata = sa.MetaData()

    def table(name: str, *columns: Any) -> sa.Table:
        options: dict[str, Any] = dict(TABLE_OPTIONS)
        return sa.Table(name, metadata, *columns, **options)

    return Tables(
        table(
            "store",
            sa.Column("id", Key(36), primary_key=True),
            _number("created_at"),
            sa.Column("version", sa.Integer, nullable=False),
            _number("seal_number", nullable=True),
            sa.Column("seal_sha256", sa.String(64)),
            _number("sealed_at", nullable=True),
        ),
        table(
            "record",
            *_recordKey(),
            sa.Column("scope", _long_text(), nullable=False),
            sa.Column("kind", sa.String(LONGEST_WORD)),
            sa.Column("state", sa.String(LONGEST_WORD)),
            sa.Column("outcome", sa.String(16), nullable=False),
            _number("started_at", nullable=True),
            _number("ended_at", nullable=True),
            sa.Column("actor", sa.Text),
            sa.Column("target", sa.Text),
            sa.Column("summary", sa.Text),
            sa.Column("raw", _long_text(), nullable=False),
            sa.Column("content_hash", sa.String(64), nullable=False),
            sa.Column("row_hash", sa.String(64), nullable=False),
            _number("first_seen"),
            _number("last_seen"),
            _number("changed_at"),
            _number("detailed_at", nullable=True),
            sa.Index("record_time", "source", "started_at"),
            sa.Index("record_scope_time", "source", "scope_key", "started_at"),
            sa.Index("record_outcome", "source", "scope_key", "outcome", "started_at"),
            sa.Index("record_changed", "changed_at"),
        ),
        table(
            "revision",
            *_recordKey(),
            _number("from_time", primary_key=True, autoincrement=False),
            sa.Column("content_hash", sa.String(64), nullable=False),
            sa.Column("raw", _long_text(), nullable=False),
            _number("until_time"),
        ),
        table(
            "attachment",
            *_recordKey(),
            sa.Column("name", Key(32), primary_key=True),
            sa.Column("state", sa.String(16), nullable=False),
            sa.Column("path", sa.Text),
            _number("size", nullable=True),
            sa.Column("sha256", sa.String(64)),
            _number("fetched_at", nullable=True),
            sa.Column("error", sa.Text),
        ),
        table(
            "coverage",
            *_scopeKey(),
            sa.Column("view", Key(LONGEST_VIEW), primary_key=True),
            _number("window_start", primary_key=True, autoincrement=False),
            _number("window_end"),
            _number("read_at"),
            sa.Column("run_id", Key(32), nullable=False),
            _number("records"),
        ),
        table(
            "broken_window",
            *_scopeKey(),
            sa.Column("view", Key(LONGEST_VIEW), primary_key=True),
            _number("window_start", primary_key=True, autoincrement=False),
            _number("records"),
        ),
        table("undated", *_scopeKey(), _number("records")),
        table(
            "pruned",
            *_scopeKey(),
            _number("before_time", primary_key=True, autoincrement=False),
            sa.Column("state", sa.String(16), nullable=False),
            _number("records"),
            sa.Column("digest", sa.String(64), nullable=False),
            _number("pruned_at"),
            sa.Column("reason", sa.Text),
        ),
        table("unlisted", *_recordKey(), _number("since")),
        table(
            "run",
            sa.Column("run_id", Key(32), primary_key=True),
            sa.Column("source", Key(32), nullable=False),
            sa.Column("scope_key", Key(LONGEST_KEY), nullable=False),
            sa.Column("view", Key(LONGEST_VIEW), nullable=False),
            _number("started_at"),
            _number("ended_at", nullable=True),
            _number("window_start", nullable=True),
            _number("window_end", nullable=True),
            sa.Column("complete", sa.Boolean),
            sa.Column("reasons", sa.Text),
            _number("added"),
            _number("updated"),
            _number("requests"),
            sa.Column("version", sa.String(32), nullable=False),
            sa.Column("error", sa.Text),
            _number("repeats"),
            sa.Index("run_scope", "source", "scope_key", "window_start"),
        ),
        table(
            "scope",
            *_scopeKey(),
            sa.Column("scope", _long_text(), nullable=False),
            sa.Column("label", sa.Text),
            _number("first_seen"),
            _number("retired_at", nullable=True),
        ),
        table(
            "credential",
            sa.Column("source", Key(32), primary_key=True),
            sa.Column("fingerprint", Key(64), primary_key=True),
            sa.Column("account", Key(LONGEST_KEY), nullable=False),
            _number("first_seen"),
        ),
        table(
            "finding",
            *_recordKey(),
            sa.Column("gate", Key(LONGEST_GATE), primary_key=True),
            sa.Column("rule", Key(LONGEST_RULE), primary_key=True),
            sa.Column("alert", Key(32), nullable=False),
            _number("found_at"),
            _number("claimed_until"),
            _number("notified_at", nullable=True),
            sa.Index("finding_alert", "alert"),
        ),
        table(
            "listener",
            *_scopeKey(),
            sa.Column("view", Key(LONGEST_VIEW), primary_key=True),
            _number("since"),
        ),
        table(
            "outbox",
            *_scopeKey(),
            sa.Column("view", Key(LONGEST_VIEW), primary_key=True),
            sa.Column("record_id", Key(LONGEST_KEY), primary_key=True),
            _number("started_at", nullable=True),
            _number("noted_at"),
            _number("emitted_at", nullable=True),
            sa.Index("outbox_waiting", "source", "scope_key", "emitted_at", "started_at", "record_id"),
        ),
    )


def _number(name: str, nullable: bool = False, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=nullable, **more)


def _scopeKey() -> tuple[sa.Column[Any], ...]:
    return (sa.Column("source", Key(32), primary_key=True), sa.Column("scope_key", Key(LONGEST_KEY), primary_key=True))


def _recordKey() -> tuple[sa.Column[Any], ...]:
    return (*_scopeKey(), sa.Column("record_id", Key(LONGEST_KEY), primary_key=True))


def _long_text() -> Any:
    return sa.Text().with_variant(mysql.LONGTEXT(charset="utf8mb4"), "mysql", "mariadb")


class OtherStore(Exception):
    """The tables there are not those of this version."""


def version_of(connection: sa.Connection) -> int:
    """Return the version of the tables; 0 where there are none.

    :raises OtherStore: if they were written by another version of this collection; the message says by which.
    """
    inspector = sa.inspect(connection)
    if not inspector.has_table("store"):
        return 0
    found: int | None = connection.execute(sa.select(get_tables().store.c.version)).scalar()
    if found is not None and found != VERSION:
        raise OtherStore("its tables have version %d, and this collection knows version %d" % (found, VERSION))
    return found or 0


def create(connection: sa.Connection, now: int) -> None:
    """Make what is missing of the tables; the caller sees to it that nobody else does the same.

    :raises OtherStore: as C(version_of).
    """
    if version_of(connection):
        return
    get_tables().record.metadata.create_all(connection)
    create_views(connection, get_tables().record.metadata)
    connection.execute(get_tables().store.insert().values(id=str(uuid.uuid4()), created_at=now, version=VERSION))
