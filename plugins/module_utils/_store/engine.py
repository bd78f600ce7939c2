# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a store is: a path or a URL, as an engine that is set up as the store needs it."""

from __future__ import annotations

import os
import traceback
from importlib import import_module
from typing import Any
from urllib.parse import quote, unquote

from .._base.errors import MissingLibrary, OptionError
from .._base.options import invalid
from .schema import SQLALCHEMY_PROBLEM

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa
    from sqlalchemy.pool import NullPool, StaticPool

#: Seconds to wait for a database that is busy, or that has to be reached first.
BUSY = 60
_CONNECT = 10
_SQLITE = "sqlite+pysqlite"
_FILE = "file:"
_ALLOWED = (
    "write a path (SQLite), or a URL that begins with sqlite:///, postgresql://, mysql:// or mariadb://"
)
#: The drivers, by the database's name in a URL: that of SQLAlchemy, the module, and what to install.
_DRIVERS = {
    "postgresql": ("psycopg", "psycopg", "psycopg[binary]"),
    "mysql": ("pymysql", "pymysql", "PyMySQL"),
    "mariadb": ("pymysql", "pymysql", "PyMySQL"),
}


def engine_of(store: str, reads_only: bool = False) -> tuple[sa.Engine, str | None]:
    """An engine, and the password in the URL.

    :param reads_only: whether nothing may be written, not even a file.
    :raises OptionError: if it is no store that can be used.
    :raises MissingLibrary: without SQLAlchemy, or the database's driver.
    """
    if SQLALCHEMY_PROBLEM is not None:
        raise MissingLibrary("sqlalchemy", SQLALCHEMY_PROBLEM)
    if "://" not in store:
        return _sqlite(store, reads_only), None
    try:
        url = sa.make_url(store)
    except (sa.exc.ArgumentError, ValueError):
        raise OptionError("store: this is no URL of a database (%s)" % _ALLOWED) from None
    name, _plus, driver = url.drivername.partition("+")
    if name == "sqlite":
        if driver or not url.database or url.query:
            raise OptionError("store: only a path can follow sqlite:/// (%s)" % _ALLOWED)
        return _sqlite(url.database, reads_only), None
    if name not in _DRIVERS or driver not in ("", _DRIVERS[name][0]):
        raise invalid("store", url.drivername, "a database that can be used", _ALLOWED)
    if "@" in store.partition("@")[2].partition("?")[0]:
        # What follows the first one would be taken for the host, and told to whoever reads the failure.
        raise OptionError("store: the URL has more than one @ (write %40 for one in a user or a password)")
    return _server(url.set(drivername="%s+%s" % (name, _DRIVERS[name][0])), *_DRIVERS[name][1:], reads_only), url.password


def sqlite_file(store: str) -> str | None:
    """Return the path of a store that is a file of SQLite; null for every other."""
    path = store.removeprefix("sqlite:///")
    return None if "://" in path else os.path.abspath(os.path.expanduser(path))


def _server(url: sa.URL, module: str, package: str, reads_only: bool) -> sa.Engine:
    try:
        import_module(module)
    except ImportError:
        raise MissingLibrary(package, traceback.format_exc()) from None
    connect: dict[str, Any] = {"connect_timeout": _CONNECT}
    if module == "pymysql":
        connect.update(charset="utf8mb4", read_timeout=2 * BUSY, write_timeout=2 * BUSY)
    # Who only reads sees one instant throughout a transaction. Who writes waits for a lock, and then sees what came before it.
    isolation: Any = "REPEATABLE READ" if reads_only else "READ COMMITTED"
    try:
        return sa.create_engine(url, connect_args=connect, isolation_level=isolation, hide_parameters=True, pool_pre_ping=True)
    except (TypeError, ValueError, sa.exc.ArgumentError) as problem:
        raise bad_parameters(problem) from None


def bad_parameters(problem: Exception) -> OptionError:
    """A driver tells in its own way that it doesn't take a parameter, and may repeat its value."""
    return OptionError(
        "store: the database's driver can't use what follows the ? in the URL (%s: write parameters that it knows)"
        % type(problem).__name__
    )


def _sqlite(path: str, reads_only: bool) -> sa.Engine:
    path = os.path.abspath(os.path.expanduser(path))
    if "\0" in path or os.path.isdir(path) or not os.path.isdir(os.path.dirname(path)):
        raise OptionError("store: there can be no file at this path (write a file in a folder that exists)")
    if not reads_only:
        _create_file(path)
        return _sqlite_engine(sa.URL.create(_SQLITE, database=path), writes=True)
    if not os.path.exists(path):
        return in_memory()
    query = {"uri": "true", "mode": "ro"}
    if not os.path.exists(path + "-wal"):
        # Nobody has it open. SQLite would make files beside it even to read it, unless it is told that.
        query["immutable"] = "1"
    return _sqlite_engine(sa.URL.create(_SQLITE, database=_FILE + quote(path), query=query), writes=False)


def mark_of(engine: sa.Engine) -> tuple[int, ...] | None:
    """What becomes another when a file is written to that SQLite was told nobody has open; null for every other store."""
    if not engine.url.query.get("immutable"):
        return None
    try:
        found = os.stat(unquote((engine.url.database or "").removeprefix(_FILE)))
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def in_memory() -> sa.Engine:
    """A store that is empty, and gone with the task."""
    return _sqlite_engine(sa.URL.create(_SQLITE), writes=False)


def _create_file(path: str) -> None:
    """Make the file, readable for nobody else; SQLite gives its other files the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600))
    except OSError as problem:
        raise OptionError("store: the file can't be written (%s)" % problem.strerror) from None


def _sqlite_engine(url: sa.URL, writes: bool) -> sa.Engine:
    # What is in memory lives with its one connection; a file's connection is closed with what it locks.
    pool = NullPool if url.database else StaticPool
    engine = sa.create_engine(url, connect_args={"timeout": BUSY}, hide_parameters=True, poolclass=pool)

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # The driver begins no transactions of its own: it would do so only when something is written.
        connection.isolation_level = None
        if writes:
            connection.execute("PRAGMA journal_mode=WAL").close()
            # A crash of the machine can cost the newest transactions, but never one that others came after.
            connection.execute("PRAGMA synchronous=NORMAL").close()
            # What is in the journal is copied to the file, and waited for, after so many pages of 4 KB.
            connection.execute("PRAGMA wal_autocheckpoint=4000").close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
