# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a store, seen past the code that wrote it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit


@contextmanager
def connected(store: str) -> Iterator[Any]:
    """A connection of the database's own driver."""
    parts = urlsplit(store)
    if parts.scheme == "postgresql":
        import psycopg

        connection: Any = psycopg.connect(store, autocommit=True)
    elif parts.scheme == "mariadb":
        import pymysql

        connection = pymysql.connect(
            host=parts.hostname, port=parts.port or 0, user=parts.username, password=parts.password or "",
            database=parts.path[1:], autocommit=True,
        )
    else:
        connection = sqlite3.connect(store, timeout=30)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def altered(store: str) -> Iterator[sqlite3.Connection]:
    """A connection to a SQLite file for changes by hand, which are committed at the end."""
    with closing(sqlite3.connect(store)) as connection:
        yield connection
        connection.commit()


def rows(store: str, statement: str) -> list[dict[str, Any]]:
    """What a query gives."""
    with connected(store) as connection:
        cursor = connection.cursor()
        cursor.execute(statement)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]


def dump(store: str) -> str:
    """Every value of every row, as text."""
    tables = ("record", "coverage", "run", "store", "scope", "finding", "listener", "outbox")
    return "\n".join(str(row) for table in tables for row in rows(store, "SELECT * FROM " + table))
