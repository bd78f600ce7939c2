# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a store can be, who may read it, which versions of it are understood, and what its failures say."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import uuid
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError, SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.entry import Entry
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import records as store_records
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import store as store_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database import schema
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.coverage import Scope
from ansible_collections.opsaudit.sessions.tests.stores.look import connected, rows
from ansible_collections.opsaudit.sessions.tests.stores.servers import PASSWORD

HOW = store_records.Keeping(Scope("s", "k"), "{}", lambda record: Entry(record["id"]), ())
TABLES = {
    "store", "record", "revision", "attachment", "coverage", "broken_window", "undated", "pruned", "unlisted", "run", "scope", "credential",
    "finding", "listener", "outbox",
}


class Kept(NamedTuple):
    added: set
    updated: set
    unchanged: set


def opened(store, writes=True, secret=lambda secret: None):
    return store_module.open_store(store, secret, writes)


def keep(store, count=1, text="x"):
    records = [{"id": "%s-%d" % (text[:20], number), "text": text} for number in range(count)]
    saved = store.transact(lambda connection: store_records.save(connection, HOW, records, 1, store.writes))
    return Kept(saved.added, saved.updated, saved.unchanged)


def tables(store):
    with opened(store, writes=False) as found:
        return found.transact(lambda connection: set(sa.inspect(connection).get_table_names()))


def test_tables_are_made_once(any_store):
    for _time in range(2):
        with opened(any_store) as store:
            keep(store)
    (made,) = rows(any_store, "SELECT * FROM store")
    assert made["version"] == schema.VERSION == 1 and uuid.UUID(made["id"]).version == 4 and made["created_at"] > 0
    assert {made[name] for name in ("seal_number", "seal_sha256", "sealed_at")} == {None}
    assert tables(any_store) == TABLES
    assert len(rows(any_store, "SELECT * FROM record")) == 1


def test_several_make_the_tables_at_once(any_store):
    problems = []
    start = threading.Barrier(4)

    def work():
        start.wait()
        try:
            with opened(any_store) as store:
                keep(store)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert len(rows(any_store, "SELECT * FROM store")) == 1


@pytest.mark.parametrize("version", [2, 99])
def test_a_store_of_another_version_is_refused_and_left_alone(any_store, version):
    with opened(any_store):
        pass
    with connected(any_store) as connection:
        connection.cursor().execute("UPDATE store SET version = %d" % version)
        connection.commit()
    for writes in (True, False):
        with pytest.raises(OptionError) as problem, opened(any_store, writes):
            pass
        assert str(problem.value) == (
            "store: its tables have version %d, and this collection knows version 1"
            " (archive to another path or database, or use the version that wrote it)" % version
        )
    assert [row["version"] for row in rows(any_store, "SELECT version FROM store")] == [version]


def test_every_table_has_a_primary_key_and_every_time_room_for_milliseconds():
    for table in schema.get_tables():
        assert list(table.primary_key.columns), table.name
        for column in table.columns:
            if column.name.endswith(("_at", "_time", "_seen", "_start", "_end", "since")):
                assert isinstance(column.type, sa.BigInteger), (table.name, column.name)


def test_only_the_owner_can_read_the_files(tmp_path):
    os.umask(0o022)
    with opened(str(tmp_path / "s.db")) as store:
        keep(store)
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        assert files == {"s.db": 0o600, "s.db-wal": 0o600, "s.db-shm": 0o600}
    assert [path.name for path in tmp_path.iterdir()] == ["s.db"]


def test_the_mode_of_a_file_that_is_there_is_its_owners(tmp_path):
    path = tmp_path / "s.db"
    path.touch(mode=0o640)
    with opened(str(path)):
        pass
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_looking_writes_nothing(any_store, tmp_path):
    with opened(any_store, writes=False) as store:
        assert keep(store).added == {"x-0"}
        assert keep(store).added == {"x-0"}
    assert list(tmp_path.iterdir()) == []
    with opened(any_store) as store:
        keep(store)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with opened(any_store, writes=False) as store:
        assert keep(store, 2) == ({"x-1"}, set(), {"x-0"})
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert len(rows(any_store, "SELECT * FROM record")) == 1


def test_looking_while_another_writes(tmp_path):
    path = str(tmp_path / "s.db")
    with opened(path) as writer:
        keep(writer)
        with opened(path, writes=False) as reader:
            assert keep(reader).unchanged == {"x-0"}


@pytest.mark.parametrize("store", ["s.db", "sqlite:///s.db", "~/s.db", "a b?#%&é.db", "./s.db"])
def test_paths(store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with opened(store) as writer:
        keep(writer)
    with opened(store, writes=False) as reader:
        assert keep(reader).unchanged
    assert [path.name for path in tmp_path.iterdir()] == [os.path.basename(store)]


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
def test_nobody_there(scheme, monkeypatch):
    monkeypatch.setattr(store_module.time, "sleep", lambda seconds: None)
    secrets = []
    with pytest.raises(SourceError) as problem, opened(scheme + "://u:%s@127.0.0.1:1/d" % PASSWORD, secret=secrets.append):
        pass
    assert problem.value.kind == "store"
    assert "Check that the store's database can be reached" in problem.value.line()
    assert "\n" not in problem.value.message and PASSWORD not in problem.value.line()
    assert secrets == [PASSWORD]


def test_a_wrong_password(server_and_store):
    _server, store_url = server_and_store
    with pytest.raises(SourceError) as problem, opened(store_url.replace(PASSWORD, "wrong-" + PASSWORD)):
        pass
    assert problem.value.kind == "store"
    assert PASSWORD not in problem.value.line()


def test_a_full_disk_costs_nothing_that_was_written(tmp_path):
    path = str(tmp_path / "s.db")
    with opened(path) as store:
        keep(store, 5)
        limit = store.transact(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar())
        store._connection.exec_driver_sql("PRAGMA max_page_count=%d" % (limit + 2))
        store._connection.rollback()
        with pytest.raises(SourceError) as problem:
            keep(store, 1, "y" * 10**6)
        assert problem.value.line() == (
            "Using the store (database s.db) failed: database or disk is full. What was written before is kept. Make room, and run the task again."
        )
        assert keep(store, 5).unchanged
    assert len(rows(path, "SELECT * FROM record")) == 5


def test_a_busy_file_is_waited_for(tmp_path):
    path = str(tmp_path / "s.db")
    with opened(path) as store:
        blocker = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        blocker.execute("BEGIN IMMEDIATE")
        freed = threading.Event()
        threading.Timer(0.5, lambda: (blocker.execute("COMMIT"), freed.set())).start()
        waiting = not freed.is_set()
        assert keep(store).added
        assert waiting and freed.wait(10)
        blocker.close()


def test_a_connection_that_is_lost_is_made_anew(server_and_store):
    server, store_url = server_and_store
    with opened(store_url) as store:
        keep(store, 3)
        server.kill()
        server.start()
        assert keep(store, 5) == ({"x-3", "x-4"}, set(), {"x-0", "x-1", "x-2"})
    assert len(rows(store_url, "SELECT * FROM record")) == 5


def test_a_transaction_that_is_lost_is_done_again_from_its_beginning(server_and_store):
    server, store_url = server_and_store
    tries = []

    def work(connection):
        tries.append(1)
        store_records.save(connection, HOW, [{"id": "a"}], 1)
        if len(tries) == 1:
            server.kill()
            server.start()
        return store_records.save(connection, HOW, [{"id": "b"}], 1)

    with opened(store_url) as store:
        assert store.transact(work).added == {"b"}
    assert len(tries) == 2
    assert len(rows(store_url, "SELECT * FROM record")) == 2
