# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the store, and the steps from one version of them to the next. Users query these tables with SQL."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from .._records.canonical import LONGEST_KEY

try:
    import sqlalchemy as sa
    from sqlalchemy.dialects import mysql
except ImportError:
    SQLALCHEMY_PROBLEM: str | None = traceback.format_exc()
else:
    SQLALCHEMY_PROBLEM = None

#: The longest text that is a word of the source's own, such as a state.
LONGEST_WORD = 64
#: The longest rule that is a key as it is.
LONGEST_RULE = 80


class Tables(NamedTuple):
    """The tables, as SQLAlchemy knows them."""

    record: sa.Table
    coverage: sa.Table
    run: sa.Table
    schema_version: sa.Table
    finding: sa.Table
    listener: sa.Table
    event: sa.Table


@lru_cache
def tables() -> Tables:
    """The tables of this version; made when first asked for, because the library may be missing."""
    metadata = sa.MetaData()

    def table(name: str, *columns: Any) -> sa.Table:
        options = {"engine": "InnoDB", "charset": "utf8mb4"}
        own: dict[str, Any] = {
            "%s_%s" % (dialect, key): value for dialect in ("mysql", "mariadb") for key, value in options.items()
        }
        return sa.Table(name, metadata, *columns, **own)

    def number(name: str, **more: Any) -> sa.Column[Any]:
        return sa.Column(name, sa.BigInteger, **more)

    return Tables(
        table(
            "record",
            sa.Column("source", _key(32), primary_key=True),
            sa.Column("scope_key", _key(LONGEST_KEY), primary_key=True),
            sa.Column("record_id", _key(LONGEST_KEY), primary_key=True),
            sa.Column("scope", _long(), nullable=False),
            sa.Column("kind", sa.String(LONGEST_WORD)),
            sa.Column("state", sa.String(LONGEST_WORD)),
            sa.Column("outcome", sa.String(16), nullable=False),
            number("started_at"),
            number("ended_at"),
            sa.Column("actor", sa.Text),
            sa.Column("target", sa.Text),
            sa.Column("summary", sa.Text),
            sa.Column("raw", _long(), nullable=False),
            sa.Column("content_hash", sa.String(64), nullable=False),
            number("first_seen", nullable=False),
            number("last_seen", nullable=False),
            sa.Index("record_time", "source", "started_at"),
            sa.Index("record_outcome", "source", "scope_key", "outcome", "started_at"),
        ),
        table(
            "coverage",
            sa.Column("source", _key(32), nullable=False),
            sa.Column("scope_key", _key(LONGEST_KEY), nullable=False),
            number("window_start", nullable=False),
            number("window_end", nullable=False),
            sa.Column("run_id", _key(32), nullable=False),
            number("records", nullable=False),
            sa.Index("coverage_scope", "source", "scope_key", "window_start"),
        ),
        table(
            "run",
            sa.Column("run_id", _key(32), primary_key=True),
            sa.Column("source", _key(32), nullable=False),
            sa.Column("scope_key", _key(LONGEST_KEY), nullable=False),
            number("started_at", nullable=False),
            number("ended_at"),
            number("window_start"),
            number("window_end"),
            sa.Column("complete", sa.Boolean),
            sa.Column("reasons", sa.Text),
            number("added", nullable=False),
            number("updated", nullable=False),
            number("requests", nullable=False),
            sa.Column("version", sa.String(32), nullable=False),
            sa.Column("error", sa.Text),
            sa.Index("run_scope", "source", "scope_key", "window_start"),
        ),
        table("schema_version", sa.Column("version", sa.Integer, primary_key=True, autoincrement=False)),
        table(
            "finding",
            sa.Column("source", _key(32), primary_key=True),
            sa.Column("scope_key", _key(LONGEST_KEY), primary_key=True),
            sa.Column("record_id", _key(LONGEST_KEY), primary_key=True),
            sa.Column("rule", _key(LONGEST_RULE), primary_key=True),
            sa.Column("alert", _key(32), nullable=False),
            number("found_at", nullable=False),
            number("notified_at"),
            sa.Index("finding_alert", "alert"),
        ),
        table(
            "listener",
            sa.Column("source", _key(32), primary_key=True),
            sa.Column("scope_key", _key(LONGEST_KEY), primary_key=True),
            number("since", nullable=False),
        ),
        table(
            "event",
            sa.Column("source", _key(32), primary_key=True),
            sa.Column("scope_key", _key(LONGEST_KEY), primary_key=True),
            sa.Column("record_id", _key(LONGEST_KEY), primary_key=True),
            number("started_at"),
            number("noted_at", nullable=False),
            number("emitted_at"),
            sa.Index("event_waiting", "source", "scope_key", "emitted_at", "started_at", "record_id"),
        ),
    )


def _key(length: int) -> Any:
    """A text that is compared byte by byte, in every database."""
    binary = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(binary, "mysql", "mariadb")


def _long() -> Any:
    return sa.Text().with_variant(mysql.LONGTEXT(charset="utf8mb4"), "mysql", "mariadb")


#: A step may be repeated: MySQL can't undo half of one.
Step = Callable[["sa.Connection"], None]


def _create(connection: sa.Connection) -> None:
    first = ("record", "coverage", "run", "schema_version")
    tables().record.metadata.create_all(connection, [getattr(tables(), name) for name in first])


def _add_findings(connection: sa.Connection) -> None:
    tables().finding.create(connection, checkfirst=True)


def _add_events(connection: sa.Connection) -> None:
    for table in (tables().listener, tables().event):
        table.create(connection, checkfirst=True)


#: From version 0, which is an empty database, to 1, and so on: a later version of this collection adds steps at the end.
STEPS: tuple[Step, ...] = (_create, _add_findings, _add_events)


class NewerStore(Exception):
    """The store was written by a newer version of this collection."""

    def __init__(self, found: int) -> None:
        super().__init__(
            "it was written by a newer version of this collection (its tables have version %d, this one knows %d)"
            % (found, len(STEPS))
        )


def version_of(connection: sa.Connection) -> int:
    """The version of the tables; 0 where there are none."""
    if not sa.inspect(connection).has_table("schema_version"):
        return 0
    return connection.execute(sa.select(tables().schema_version.c.version)).scalar() or 0


def migrate(connection: sa.Connection, steps: Sequence[Step] = STEPS) -> None:
    """Bring the tables to this collection's version; the caller sees to it that nobody else does the same.

    :raises NewerStore: if they are of a later one.
    """
    found = version_of(connection)
    if found > len(steps):
        raise NewerStore(found)
    for step in steps[found:]:
        step(connection)
    if found < len(steps):
        connection.execute(tables().schema_version.delete())
        connection.execute(tables().schema_version.insert().values(version=len(steps)))
