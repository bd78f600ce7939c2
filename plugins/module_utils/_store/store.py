# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store that is open: transactions one after the other, tried again where a database is busy or was lost.

There is one writer at a time, whatever the database: SQLite's lock on the file, elsewhere the lock on
the one row of C(store). So two tasks never decide about one record at the same time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from .._base import times
from .._base.errors import OptionError, SourceError
from .engine import BUSY, bad_parameters, engine_of, in_memory, mark_of
from .schema import SQLALCHEMY_PROBLEM, OtherStore, create, tables, version_of

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

Result = TypeVar("Result")

_TRIES = 6
#: Who makes or changes the tables does so alone: the lock's name in MySQL, and its number in PostgreSQL.
_LOCK = ("opsaudit.sessions", 0x6F707361756469)
#: The databases' codes for a connection that is gone, or can't be made.
_GONE = 2006
_LOST = {_GONE, "57P01", "57P02", "57P03", "08000", "08001", "08003", "08006", 1053, 1927, 2002, 2003, 2013, 2055}
#: And for what another try can mend: deadlocks, and locks that took too long.
_BUSY = {"40001", "40P01", "55P03", 1205, 1213}
_NOT_READY = ("starting up", "shutting down", "not yet accepting", "recovery mode")
_HINTS = (
    ("disk is full", "What was written before is kept. Make room, and run the task again."),
    ("readonly database", "The task needs the right to write to the file and to its folder."),
    ("not a database", "The file is something else: name another one."),
)


class Store:
    """The store of one task."""

    def __init__(self, engine: sa.Engine, writes: bool) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None
        #: Whether anything may be written.
        self.writes = writes
        self._dialect = engine.dialect.name
        self._mark = mark_of(engine)

    @property
    def changed(self) -> bool:
        """Whether somebody may have written to it meanwhile who did not know that it is read: what was read counts for nothing."""
        return mark_of(self._engine) != self._mark

    def transact(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Do something as one transaction; it is done again from its beginning where that can help.

        :raises SourceError: (server, network) if the database can't do it.
        """

        def locked(connection: sa.Connection) -> Result:
            if self.writes and self._dialect != "sqlite":
                connection.execute(sa.select(tables().store.c.version).with_for_update())
            return work(connection)

        return self._try(locked)

    def prepare(self, existing: bool = False) -> None:
        """Make the tables, or bring them to this version.

        :param existing: whether there must be tables.
        :raises OptionError: if they are of a later version, or there must be some and are none.
        :raises SourceError: (server, network) if the database can't be used.
        """
        try:
            found = self._try(version_of)
            if found:
                return
            if self.writes:
                self._try(self._create)
            elif existing:
                raise OptionError("store: nothing was ever kept there; write the path or URL that an archive task has used")
            else:
                # Nothing may be written, not even tables: it is as if there were a store without a record.
                self.close()
                self._engine = in_memory()
                self._dialect = "sqlite"
                self._try(lambda connection: create(connection, times.now_ms()))
        except OtherStore as other:
            raise OptionError(
                "store: %s; archive to another path or database, or read it with the version that wrote it" % other
            ) from None

    def _create(self, connection: sa.Connection) -> None:
        if self._dialect == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK[1])))
        if self._dialect in ("mysql", "mariadb"):
            connection.execute(sa.select(sa.func.get_lock(_LOCK[0], BUSY)))
        try:
            create(connection, times.now_ms())
        finally:
            if self._dialect in ("mysql", "mariadb"):
                connection.execute(sa.select(sa.func.release_lock(_LOCK[0])))

    def _try(self, work: Callable[[sa.Connection], Result]) -> Result:
        for attempt in range(_TRIES):
            try:
                # One connection for the whole task: to open a file anew costs more than a page of records.
                if self._connection is None:
                    self._connection = _connected(self._engine)
                with self._connection.begin():
                    return work(self._connection)
            except sa.exc.DBAPIError as problem:
                self._disconnect()
                if attempt == _TRIES - 1 or not (_codes(problem) & (_LOST | _BUSY) or "is locked" in str(problem.orig)):
                    raise _failure(problem) from None
            time.sleep(random.uniform(0.05, 0.2 * 2**attempt))
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Let go of the database."""
        self._disconnect()
        self._engine.dispose()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except sa.exc.DBAPIError:
                connection.invalidate()


def _connected(engine: sa.Engine) -> sa.Connection:
    """A connection."""
    try:
        return engine.connect()
    except (TypeError, ValueError, OSError, sa.exc.ArgumentError) as problem:
        raise bad_parameters(problem) from None


def _codes(problem: sa.exc.DBAPIError) -> set[Any]:
    """What the driver says it was."""
    codes = {getattr(problem.orig, "sqlstate", None), *getattr(problem.orig, "args", ())[:1]}
    # psycopg has no code for a connection that can't be made; a server that is there says FATAL, and why.
    text = str(problem.orig)
    nobody = "connection failed" in text and ("FATAL" not in text or any(each in text for each in _NOT_READY))
    return codes | ({_GONE} if problem.connection_invalidated or nobody else set())


def _failure(problem: sa.exc.DBAPIError) -> SourceError:
    """The one line about a database that can't: neither the statement nor what it was given."""
    told: tuple[Any, ...] = getattr(problem.orig, "args", ())
    lines = str(told[1] if len(told) > 1 and isinstance(told[0], int) else problem.orig).strip().splitlines() or ["no reason told"]
    kind = "network" if _codes(problem) & _LOST else "server"
    hint = next((hint for text, hint in _HINTS if text in lines[0]), None)
    if kind == "network":
        hint = "Check that the store's database can be reached. What was written before is kept."
    return SourceError(kind, lines[0], hint=hint).at("Using the store", {})


@contextmanager
def opened_store(
    store: str, secret: Callable[[str | None], None], writes: bool, existing: bool = False
) -> Iterator[Store]:
    """A store, ready to be used.

    :param store: a path or a URL.
    :param secret: is told of the password in the URL.
    :param existing: whether it must be there already.
    :raises OptionError: if it can't be one, or must be there and isn't.
    :raises MissingLibrary: without SQLAlchemy, or the database's driver.
    :raises SourceError: (server, network) if the database can't be used.
    """
    engine, password = engine_of(store, reads_only=not writes)
    secret(password)
    opened = Store(engine, writes)
    try:
        opened.prepare(existing)
        yield opened
    finally:
        opened.close()
