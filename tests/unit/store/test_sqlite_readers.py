# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of an SQLite file beside writers, as processes of their own: each ends, and sees one instant."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import contextmanager

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database import sqlite_file
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

#: Processes that have loaded the libraries already: to start one takes no time.
FORK = multiprocessing.get_context("fork")
#: Rows that always add up to nothing, and enough text for the log to be copied to the file now and then.
TABLE = "CREATE TABLE IF NOT EXISTS my_sums (name INTEGER PRIMARY KEY, value INTEGER, ballast TEXT)"
ROWS = "INSERT INTO my_sums WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n LIMIT 50) SELECT v, 0, '' FROM n"
NOBODY = 65534

as_root = pytest.mark.skipif(os.getuid() != 0 and os.environ.get("CI") != "true", reason="only root can be somebody else")


def change(connection):
    amount = random.randrange(1000)
    connection.exec_driver_sql("UPDATE my_sums SET ballast = ?", (str(amount) * 2000,))
    connection.exec_driver_sql("UPDATE my_sums SET value = value + ? WHERE name = 1", (amount,))
    connection.exec_driver_sql("UPDATE my_sums SET value = value - ? WHERE name = 2", (amount,))


def write(path, stays_open, begun, enough):
    """Write once, and then until it is enough: in one task after the other, or in one that stays open."""
    while not (begun.is_set() and enough.is_set()):
        with open_store(path, lambda secret: None, writes=True) as store:
            store.transact(change)
            begun.set()
            while stays_open and not enough.is_set():
                store.transact(change)


def look(connection):
    """What the sums add up to; twice, and the second time with a pause in between."""
    at_once = connection.exec_driver_sql("SELECT SUM(value) FROM my_sums").scalar()
    first = connection.exec_driver_sql("SELECT value FROM my_sums WHERE name = 1").scalar()
    time.sleep(0.05)
    return [at_once, first + connection.exec_driver_sql("SELECT value FROM my_sums WHERE name = 2").scalar()]


def read_as(path, count, user, report):
    """Read so many times: the sums, and how often it was tried at most; or the failure."""
    if user:
        os.setgid(user)
        os.setuid(user)
    found, tries = [], []

    def counted(connection):
        tries[-1] += 1
        return look(connection)

    try:
        for _number in range(count):
            tries.append(0)
            with open_store(path, lambda secret: None, writes=False) as store:
                found += store.transact(counted)
    except SourceError as failure:
        report.send(failure.line())
    else:
        report.send((found, max(tries)))


@pytest.fixture
def store():
    # Not below pytest's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield filled(os.path.join(folder, "s.db"))


def filled(path):
    with open_store(path, lambda secret: None, writes=True) as opened:
        opened.transact(lambda connection: connection.exec_driver_sql(TABLE))
        opened.transact(lambda connection: connection.exec_driver_sql(ROWS))
    os.chmod(path, 0o644)
    return path


@contextmanager
def writing(store, manner):
    """A process that writes all the time."""
    begun, enough = FORK.Event(), FORK.Event()
    process = FORK.Process(target=write, args=(store, manner == "open", begun, enough))
    process.start()
    try:
        assert begun.wait(60)
        yield process
    finally:
        enough.set()
        process.join()
    assert process.exitcode in (0, -signal.SIGKILL)


def read(store, count=1, user=0):
    mine, theirs = FORK.Pipe(duplex=False)
    process = FORK.Process(target=read_as, args=(store, count, user, theirs))
    process.start()
    theirs.close()
    found = mine.recv()
    process.join()
    return found


def files(store):
    return sorted(os.listdir(os.path.dirname(store)))


@pytest.mark.skipif(sys.platform != "linux", reason="the list of open files is Linux's")
def test_a_file_that_is_held_again_is_not_opened_again(store):
    file = sqlite_file.SqliteFile(store, writes=False)
    before = os.listdir("/proc/self/fd")
    for _each in range(3):
        file.hold()
    assert len(os.listdir("/proc/self/fd")) == len(before) + 1
    file.release()
    assert len(os.listdir("/proc/self/fd")) == len(before)


@pytest.mark.parametrize("manner", ["open", "again and again"])
def test_a_reader_sees_one_instant_and_ends(store, manner):
    with writing(store, manner):
        found, tries = read(store, 20)
    assert found == [0] * 40 and tries <= 2
    assert rows(store, "SELECT SUM(value) AS sum FROM my_sums") == [{"sum": 0}]


@as_root
@pytest.mark.parametrize("manner", ["open", "again and again"])
def test_a_reader_that_may_write_nothing(store, manner):
    with writing(store, manner):
        found, tries = read(store, 20, user=NOBODY)
    assert found == [0] * 40 and tries <= 2
    # It has left nothing behind that would be in the writer's way.
    with writing(store, "again and again"):
        pass
    assert files(store) == ["s.db"]


@as_root
def test_reading_what_rests_leaves_no_trace(store):
    for user in (0, NOBODY):
        assert read(store, 2, user) == ([0] * 4, 1)
        assert files(store) == ["s.db"]


@as_root
@pytest.mark.parametrize("user", [0, NOBODY])
def test_a_writer_that_was_killed(store, user):
    with writing(store, "open") as process:
        process.kill()
        process.join()
    assert files(store) == ["s.db", "s.db-shm", "s.db-wal"]
    # In the log is what the file lacks.
    assert read(store, 2, user) == ([0] * 4, 1) and files(store) == ["s.db", "s.db-shm", "s.db-wal"]
    with writing(store, "again and again"):
        pass
    assert files(store) == ["s.db"] and read(store)[0] == [0, 0]


@as_root
def test_a_log_without_its_index_where_nothing_may_be_written(store):
    with writing(store, "open"):
        copy = os.path.join(os.path.dirname(store), "copy.db")
        for name in ("", "-wal"):
            with open(store + name, "rb") as original, open(copy + name, "wb") as written:
                written.write(original.read())
    assert "unable to open database file. The task needs the right to read the file, and the -wal" in read(copy, 1, NOBODY)
    assert read(copy)[0] == [0, 0]


def test_a_file_that_is_written_without_a_log(store):
    # A copy that somebody made with other tools: SQLite's locks are in the file, and need no other.
    with sqlite3.connect(store) as connection:
        assert connection.execute("PRAGMA journal_mode = delete").fetchone() == ("delete",)
    connection.close()
    assert read(store, 2) == ([0] * 4, 1) and files(store) == ["s.db"]


def test_without_the_lock_a_reader_is_disturbed_once(store, monkeypatch):
    # Where the system has no such lock the log may be gone again before the second time.
    monkeypatch.setattr(sqlite_file.sys, "platform", "other")
    tries = []

    def work(connection):
        found = connection.exec_driver_sql("SELECT SUM(value) FROM my_sums").scalar()
        if len(tries) < 3:
            tries.append(1)
            with writing(store, "again and again"):
                pass
        return found

    with open_store(store, lambda secret: None, writes=False) as opened:
        assert opened.transact(work) == 0
    assert len(tries) <= 2


def test_what_looks_broken_because_it_was_disturbed_is_read_again(store):
    tries = []

    def work(connection):
        connection.exec_driver_sql("SELECT * FROM my_sums").all()
        tries.append(1)
        if len(tries) == 1:
            with writing(store, "again and again"):
                pass
            raise SourceError("server", "half a record")
        return len(tries)

    with open_store(store, lambda secret: None, writes=False) as opened:
        assert opened.transact(work) == 2
