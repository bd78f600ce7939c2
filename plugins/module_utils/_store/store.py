# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run transactions on an open store, and repeat them if the database is busy or the connection was lost.

There is one writer at a time, whatever the database: SQLite's lock on the file, elsewhere the lock on
the one row of the table with the version. So two tasks never decide about one record at the same time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from .._base import times
from .._base.errors import OptionError, SourceError
from .database.engine import LOCK_WAIT, Database, bad_parameters, create_in_memory, database_of
from .database.failures import failure_of, is_busy, is_closing, is_lost
from .database.ownership import APPLICATION_ID, check_encoding, find_version
from .database.schema import OtherStore, create, get_tables
from .database.types import SQLALCHEMY_PROBLEM

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

Result = TypeVar("Result")

#: The most reconnections after a lost connection.
_TRIES = 6
#: Seconds after which a transaction is not repeated. With the wait for its last lock it takes a minute at most.
_PATIENCE = LOCK_WAIT
#: Who makes the tables does so alone: the lock's name in MySQL, and its number in PostgreSQL.
_LOCK = ("opsaudit.sessions", 0x6F707361756469)


class Store:
    """The store of one task."""

    def __init__(self, database: Database, writes: bool) -> None:
        self._database = database
        self._connection: sa.Connection | None = None
        #: Whether anything may be written.
        self.writes = writes

    @property
    def _dialect(self) -> str:
        return self._database.engine.dialect.name

    def transact(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Run one transaction; repeat it from the beginning if that can help.

        What it reads is one instant. One that writes is alone.

        :raises SourceError: (store) if the database fails.
        """

        def locked(connection: sa.Connection) -> Result:
            if self.writes:
                self._wait_for_turn(connection)
            return work(connection)

        return self._try(locked)

    def prepare(self, existing: bool = False) -> None:
        """Make the tables if the database is empty.

        :param existing: whether there must be tables.
        :raises OptionError: if the database is something else, of a later version, or must be a store and isn't.
        :raises SourceError: (store) if the database can't be used.
        """
        try:
            found = self._try(lambda connection: find_version(connection, self._database.name))
        except OtherStore as other:
            raise OptionError("store: %s (archive to another path or database, or use the version that wrote it)" % other) from None
        if self._database.file and self.writes:
            self._disconnect()
            self._database.file.accept()
        if not found and self.writes:
            self._try(self._make_tables)
        elif found == 0 and existing:
            raise OptionError("store: nothing was ever kept there (write a store that an archive task has written to)")
        elif found == 0:
            # Nothing may be written, not even tables: use an empty store in memory.
            self.close()
            self._database = create_in_memory(self._database.name)
            self._try(lambda connection: create(connection, times.now_ms()))

    def close(self) -> None:
        """Close the connection."""
        self._disconnect()
        self._database.engine.dispose()
        if self._database.file:
            self._database.file.release()

    def _wait_for_turn(self, connection: sa.Connection) -> None:
        """Lock the only row of the table; in SQLite the transaction has begun with a lock."""
        if self._dialect == "sqlite":
            return
        statement = sa.select(get_tables().store.c.version).with_for_update()
        if self._dialect == "postgresql":
            # Both in one statement, to save a round trip in each transaction.
            text = str(statement.compile(dialect=connection.dialect))
            connection.exec_driver_sql("SET LOCAL lock_timeout = '%ds'; %s" % (LOCK_WAIT, text))
        else:
            connection.execute(statement)

    def _make_tables(self, connection: sa.Connection) -> None:
        check_encoding(connection, self._database.name)
        if self._dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA application_id = %d" % APPLICATION_ID)
        if self._dialect == "postgresql":
            connection.exec_driver_sql("SET LOCAL lock_timeout = '%ds'" % LOCK_WAIT)
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK[1])))
        if self._dialect not in ("mysql", "mariadb"):
            create(connection, times.now_ms())
            return
        # Here each statement that makes a table ends a transaction: the lock is the connection's.
        if connection.execute(sa.select(sa.func.get_lock(_LOCK[0], LOCK_WAIT))).scalar() != 1:
            raise SourceError("store", "another task has been making the tables for %d seconds" % LOCK_WAIT, hint="Run the task again.").at(
                "Using the store", {"database": self._database.name}
            )
        try:
            create(connection, times.now_ms())
            # Before the lock is released: another task must see the row of the table store, or it adds one more.
            connection.exec_driver_sql("COMMIT")
        finally:
            connection.execute(sa.select(sa.func.release_lock(_LOCK[0])))

    def _try(self, work: Callable[[sa.Connection], Result]) -> Result:
        started = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            try:
                # One connection for the whole task: to open a file anew costs more than a page of records.
                if self._connection is None:
                    self._connection = self._connect()
                with self._connection.begin():
                    result = work(self._connection)
            except sa.exc.DBAPIError as problem:
                if not self._was_disturbed():
                    self._disconnect()
                    if self._database.file and not self.writes:
                        self._database.file.hold()
                    late = time.monotonic() - started >= _PATIENCE
                    if late or not (is_busy(problem) or attempt < _TRIES and (is_lost(problem) or not self.writes and is_closing(problem))):
                        raise failure_of(problem, self._database) from None
                    time.sleep(random.uniform(0.05, min(0.2 * 2 ** (attempt - 1), 5)))
            except sa.exc.SQLAlchemyError as problem:
                self._disconnect()
                raise failure_of(problem, self._database) from None
            except Exception:
                # A read that mixes two instants can look damaged.
                if not self._was_disturbed():
                    raise
            else:
                if not self._was_disturbed():
                    return result

    def _was_disturbed(self) -> bool:
        """Return whether the data may be of two instants; then it is discarded, and the next connection prevents that."""
        file = self._database.file
        if file is None or not file.was_disturbed():
            return False
        self._disconnect()
        return True

    def _connect(self) -> sa.Connection:
        try:
            return self._database.engine.connect()
        except RuntimeError as problem:
            # PyMySQL, where the server wants what the library cryptography does.
            raise failure_of(problem, self._database) from None
        except (TypeError, ValueError, OSError, sa.exc.ArgumentError) as problem:
            raise bad_parameters(problem) from None

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except sa.exc.DBAPIError:
                connection.invalidate()


@contextmanager
def open_store(
    store: str, secret: Callable[[str | None], None], writes: bool, existing: bool = False
) -> Iterator[Store]:
    """Open a store, ready to be used.

    :param store: a path or a URL.
    :param secret: masks the password in the URL.
    :param existing: whether it must be there already.
    :raises OptionError: if it can't be one, or must be there and isn't.
    :raises MissingLibrary: without SQLAlchemy, or the database's driver.
    :raises SourceError: (store) if the database can't be used.
    """
    database = database_of(store, reads_only=not writes)
    secret(database.password)
    opened = Store(database, writes)
    try:
        opened.prepare(existing)
        yield opened
    finally:
        opened.close()
