# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One writer at a time: who waits sees what came before it, and does not wait for ever."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading

import pytest
import sqlalchemy as sa

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import store as store_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database import engine as engine_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database import failures, sqlite_file
from ansible_collections.opsaudit.sessions.tests.stores.look import connected

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement)
print("held", flush=True)
sys.stdin.read()
"""
NOTES = "CREATE TABLE my_notes (id INTEGER PRIMARY KEY)"


def opened(store, writes=True):
    return store_module.open_store(store, lambda secret: None, writes)


@pytest.fixture
def impatient(monkeypatch):
    """Waits that take no minute."""
    monkeypatch.setattr(store_module, "_PATIENCE", 0)
    monkeypatch.setattr(sqlite_file, "WAIT", 0.1)
    for module in (store_module, engine_module):
        monkeypatch.setattr(module, "LOCK_WAIT", 1)


def held(store, *statements):
    """Another process that has the file, and what it has done so far."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, store, *statements], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_a_locked_file_names_who_holds_it(tmp_path, impatient):
    path = str(tmp_path / "s.db")
    with opened(path):
        pass
    with held(path, "BEGIN IMMEDIATE") as process:
        with pytest.raises(SourceError) as problem, opened(path):
            pass
        # Readers don't wait.
        with opened(path, writes=False) as reader:
            reader.transact(lambda connection: None)
        process.stdin.close()
    line = problem.value.line()
    assert problem.value.kind == "store" and path not in line
    assert line.startswith("Using the store (database s.db) failed: database is locked, and was for 50 seconds: by process %d (python" % process.pid)
    assert "an SQL shell with an open transaction" in line and "fuser -v" in line


def test_a_file_that_one_has_for_itself(tmp_path, impatient):
    path = str(tmp_path / "s.db")
    with opened(path):
        pass
    with held(path, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE") as process:
        for writes in (True, False):
            with pytest.raises(SourceError, match="is locked, .*: by process %d" % process.pid), opened(path, writes):
                pass
        process.stdin.close()


def test_nobody_to_name(tmp_path):
    assert sqlite_file.find_holders(str(tmp_path / "none.db")) == []


def test_all_waiting_takes_a_minute_at_most(tmp_path, monkeypatch):
    clock = [0.0]

    class Locked:
        @staticmethod
        def connect():
            # To prepare the file, and to begin: each waits for the lock.
            clock[0] += 2 * sqlite_file.WAIT
            raise sa.exc.OperationalError(None, None, sqlite3.OperationalError("database is locked"))

        @staticmethod
        def dispose():
            pass

    monkeypatch.setattr(store_module.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(store_module.time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    path = str(tmp_path / "s.db")
    store = store_module.Store(engine_module.Database(Locked, "s.db", file=sqlite_file.SqliteFile(path, writes=True)), writes=True)
    with pytest.raises(SourceError, match="is locked"):
        store.prepare()
    assert 45 < clock[0] <= 60


def servers_lock(store):
    """Take the lock that writers of a server wait for."""
    connection = engine_module.database_of(store).engine.connect()
    connection.execute(sa.text("SELECT version FROM store FOR UPDATE"))
    return connection


def test_a_locked_row_is_not_waited_for_for_ever(any_store, impatient):
    if "://" not in any_store:
        return
    with opened(any_store) as store:
        holder = servers_lock(any_store)
        try:
            with pytest.raises(SourceError) as problem:
                store.transact(lambda connection: None)
        finally:
            holder.close()
        store.transact(lambda connection: None)
    assert problem.value.kind == "store" and problem.value.hint == failures._LOCKED


def test_who_waited_sees_what_came_before(any_store):
    with connected(any_store) as connection:
        with opened(any_store):
            pass
        connection.cursor().execute(NOTES)
        connection.commit()
    begun, seen = threading.Event(), []

    def first(connection):
        connection.execute(sa.text("INSERT INTO my_notes VALUES (1)"))
        begun.set()
        # Until the other waits for its turn, or long enough for it to have gone wrong.
        other.join(0.5)

    def second():
        begun.wait()
        with opened(any_store) as store:
            store.transact(lambda connection: seen.extend(connection.execute(sa.text("SELECT id FROM my_notes")).scalars()))

    other = threading.Thread(target=second)
    other.start()
    with opened(any_store) as store:
        store.transact(first)
    other.join()
    assert seen == [1]
