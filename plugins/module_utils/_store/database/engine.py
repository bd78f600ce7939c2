# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the engine of a store from its path or URL."""

from __future__ import annotations

import os
import traceback
from importlib import import_module
from typing import Any, NamedTuple

from ..._base.errors import MissingLibrary, OptionError
from ..._base.options import invalid
from .sqlite_file import SqliteFile, create_file
from .types import SQLALCHEMY_PROBLEM

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa
    from sqlalchemy.pool import NullPool, StaticPool

#: Seconds to wait for a database that has to be reached first, for a lock of another task, and for an answer.
_CONNECT, LOCK_WAIT, _ANSWER = 10, 50, 120
_SQLITE = "sqlite+pysqlite://"
_WHAT = "write a path (SQLite), or a URL that begins with sqlite:///, postgresql://, mysql:// or mariadb://"
#: The drivers, by the database's name in a URL: that of SQLAlchemy, the module, and what to install.
_DRIVERS = {
    "postgresql": ("psycopg", "psycopg", "psycopg[binary]"),
    "mysql": ("pymysql", "pymysql", "PyMySQL"),
    "mariadb": ("pymysql", "pymysql", "PyMySQL"),
}


class Database(NamedTuple):
    """Where a store is."""

    engine: sa.Engine
    #: Its name in messages, without secrets.
    name: str
    password: str | None = None
    file: SqliteFile | None = None


def database_of(store: str, reads_only: bool = False) -> Database:
    """Return where a store is; nothing is connected yet.

    :param reads_only: whether nothing may be written, not even a file.
    :raises OptionError: if it is not usable as a store.
    :raises MissingLibrary: without SQLAlchemy, or the database's driver.
    """
    if SQLALCHEMY_PROBLEM is not None:
        raise MissingLibrary("sqlalchemy", SQLALCHEMY_PROBLEM)
    if "://" not in store:
        return _file(store, reads_only)
    try:
        url = sa.make_url(store)
    except (sa.exc.ArgumentError, ValueError):
        raise OptionError("store: this is no URL of a database (%s)" % _WHAT) from None
    name, _plus, driver = url.drivername.partition("+")
    if name == "sqlite":
        if driver or not url.database or url.query:
            raise OptionError("store: only a path can follow sqlite:/// (%s)" % _WHAT)
        return _file(url.database, reads_only)
    if name not in _DRIVERS or driver not in ("", _DRIVERS[name][0]):
        raise invalid("store", url.drivername, "a database that can be used", _WHAT)
    if "@" in store.partition("@")[2].partition("?")[0]:
        # What follows the first one would be taken for the host, and shown in messages.
        raise OptionError("store: the URL has more than one @ (write %40 for one in a user or a password)")
    return _server(url, *_DRIVERS[name], reads_only)


def find_sqlite_path(store: str) -> str | None:
    """Return the path of a store that is an SQLite file; null for every other."""
    path = store.removeprefix("sqlite:///")
    return None if "://" in path else os.path.abspath(os.path.expanduser(path))


def create_in_memory(name: str) -> Database:
    """Return an empty store in memory.

    :param name: the name of the store that it replaces.
    """
    return Database(_sqlite_engine(poolclass=StaticPool), name)


def bad_parameters(problem: Exception) -> OptionError:
    """Return the one line about parameters that a driver rejects; its own message may repeat their values."""
    return OptionError(
        "store: the database's driver can't use what follows the ? in the URL (%s: write parameters that it knows)" % type(problem).__name__
    )


def _server(url: sa.URL, driver: str, module: str, package: str, reads_only: bool) -> Database:
    try:
        import_module(module)
    except ImportError:
        raise MissingLibrary(package, traceback.format_exc()) from None
    own = _postgresql(reads_only) if module == "psycopg" else _MYSQL
    try:
        engine = sa.create_engine(
            url.set(drivername="%s+%s" % (url.drivername.partition("+")[0], driver)), hide_parameters=True, pool_pre_ping=True, **own
        )
    except (TypeError, ValueError, sa.exc.ArgumentError) as problem:
        raise bad_parameters(problem) from None
    if module == "pymysql":
        _set_up_mysql(engine, reads_only)
    place = "%s:%d" % (url.host, url.port) if url.port else url.host or "localhost"
    return Database(engine, "%s on %s" % (url.database or "(no name)", place), url.password)


def _postgresql(reads_only: bool) -> dict[str, Any]:
    """Set PostgreSQL up without anything that outlasts a transaction: PgBouncer gives each one to another connection."""
    connect = {
        "connect_timeout": _CONNECT, "prepare_threshold": None, "client_encoding": "utf8", "fallback_application_name": "opsaudit.sessions",
    }
    # One that only reads sees one instant throughout a transaction. One that writes waits for the lock, and then sees what came before it.
    isolation = "REPEATABLE READ" if reads_only else "READ COMMITTED"
    return {"connect_args": connect, "isolation_level": isolation, "execution_options": {"postgresql_readonly": True} if reads_only else {}}


_MYSQL: dict[str, Any] = {
    "connect_args": {"connect_timeout": _CONNECT, "charset": "utf8mb4", "read_timeout": _ANSWER, "write_timeout": _ANSWER},
}


def _set_up_mysql(engine: sa.Engine, reads_only: bool) -> None:
    """Let a transaction see one instant: it begins with the first row read, which is after the lock where one is taken.

    In READ COMMITTED a server whose binary log holds statements would refuse to write.
    """
    statements = ["SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ%s" % (", READ ONLY" if reads_only else "")]
    if not reads_only:
        statements.append("SET SESSION innodb_lock_wait_timeout = %d" % LOCK_WAIT)

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _file(path: str, reads_only: bool) -> Database:
    path = os.path.abspath(os.path.expanduser(path))
    if "\0" in path or os.path.isdir(path) or not os.path.isdir(os.path.dirname(path)):
        raise OptionError("store: there can be no file at this path (write a file in a folder that exists)")
    if reads_only and not os.path.exists(path):
        return create_in_memory(os.path.basename(path))
    if not reads_only:
        try:
            create_file(path)
        except OSError as problem:
            raise OptionError("store: the file can't be written (%s)" % problem.strerror) from None
    file = SqliteFile(path, writes=not reads_only)
    engine = _sqlite_engine(poolclass=NullPool, creator=file.connect, begin="BEGIN" if reads_only else "BEGIN IMMEDIATE")
    return Database(engine, os.path.basename(path), file=file)


def _sqlite_engine(begin: str = "BEGIN", **options: Any) -> sa.Engine:
    engine = sa.create_engine(_SQLITE, hide_parameters=True, **options)

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # The driver begins no transactions of its own: it would do so only when something is written.
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def begin_transaction(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
