# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database that is not ours is refused by its name, and stays as it is."""

from __future__ import annotations

import hashlib
import sqlite3
from urllib.parse import urlsplit

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError, SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database import ownership
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.schema import get_tables
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.stores.look import connected, rows

LISTED = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    "mariadb": "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()",
}


def opened(store, writes=True):
    return open_store(store, lambda secret: None, writes)


def execute(store, *statements):
    with connected(store) as connection:
        for statement in statements:
            connection.cursor().execute(statement)
        connection.commit()


def names(store):
    return {row["name"] for row in rows(store, LISTED[urlsplit(store).scheme or "sqlite"])}


def refused(store, writes=True):
    with pytest.raises(OptionError) as problem, opened(store, writes):
        pass
    message = str(problem.value)
    assert message.startswith("store: ") and "\n" not in message
    return message


@pytest.mark.parametrize("statements, shown", [
    (["CREATE TABLE customers (id INTEGER PRIMARY KEY)"], "customers"),
    (["CREATE TABLE %s (id INTEGER PRIMARY KEY)" % name for name in "abcde"], "a, b, c and 2 more"),
    # What another program has may be called as ours is.
    (["CREATE TABLE record (id INTEGER PRIMARY KEY, artist VARCHAR(99))"], "record"),
    (["CREATE TABLE schema_version (version INTEGER PRIMARY KEY)", "CREATE TABLE users (id INTEGER PRIMARY KEY)"], "schema_version, users"),
    (["CREATE TABLE store (id INTEGER PRIMARY KEY, city VARCHAR(99))"], "store"),
])
def test_tables_of_something_else(any_store, statements, shown):
    execute(any_store, *statements)
    before = names(any_store)
    for writes in (True, False):
        message = refused(any_store, writes)
        assert "is not a store: it has other tables, %s (" % shown in message
        assert urlsplit(any_store).path.rpartition("/")[2] in message
    assert names(any_store) == before


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_the_file_of_another_application(tmp_path, journal):
    path = tmp_path / "map.gpkg"
    execute(str(path), "PRAGMA application_id = 1196444487", "PRAGMA journal_mode = %s" % journal)
    before = {each.name: hashlib.sha256(each.read_bytes()).digest() for each in tmp_path.iterdir()}
    assert "map.gpkg is not a store: the file belongs to another application (application_id 1196444487)" in refused(str(path))
    refused(str(path), writes=False)
    execute(str(path), "CREATE TABLE gpkg_contents (x)")
    refused(str(path))
    assert before.keys() == {each.name for each in tmp_path.iterdir()}


def test_a_file_of_something_else_keeps_its_bytes(tmp_path):
    path = tmp_path / "shop.db"
    execute(str(path), "CREATE TABLE customers (id)", "INSERT INTO customers VALUES (1)")
    before = path.read_bytes(), path.stat().st_mtime_ns
    refused(str(path))
    refused(str(path), writes=False)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before and list(tmp_path.iterdir()) == [path]


def test_a_store_says_whose_it_is(tmp_path):
    path = str(tmp_path / "s.db")
    with opened(path):
        pass
    assert rows(path, "PRAGMA application_id") == [{"application_id": ownership.APPLICATION_ID}]
    assert rows(path, "PRAGMA journal_mode") == [{"journal_mode": "wal"}]


def test_an_empty_file_becomes_a_store(tmp_path):
    path = tmp_path / "s.db"
    path.touch()
    with opened(str(path)):
        pass
    assert get_tables().record.name in names(str(path))


def test_tables_that_users_add_are_theirs(any_store):
    with opened(any_store):
        pass
    execute(any_store, "CREATE TABLE my_notes (id INTEGER PRIMARY KEY)")
    for writes in (True, False):
        with opened(any_store, writes):
            pass
    assert "my_notes" in names(any_store)


def test_making_the_tables_goes_on_where_it_was_interrupted(any_store):
    with opened(any_store):
        pass
    execute(any_store, "DROP TABLE %s" % ownership.MARKER, "DROP VIEW run_view", "DROP TABLE run")
    with opened(any_store):
        pass
    assert {"run", ownership.MARKER} <= names(any_store)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_an_encoding_that_can_not_hold_every_text(postgresql_server, encoding):
    name = "enc_" + encoding.lower()
    postgresql_server.execute("CREATE DATABASE %s ENCODING '%s' TEMPLATE template0" % (name, encoding))
    message = refused(postgresql_server.url(name))
    assert "%s on 127.0.0.1:%d has the encoding %s, not UTF8" % (name, postgresql_server.port, encoding) in message
    assert "CREATE DATABASE sessions ENCODING 'UTF8' TEMPLATE template0" in message
    assert names(postgresql_server.url(name)) == set()
    postgresql_server.execute("CREATE DATABASE %s_8 ENCODING 'UTF8' TEMPLATE template0" % name)
    with opened(postgresql_server.url(name + "_8")):
        pass


def test_a_file_that_is_no_database(tmp_path):
    path = tmp_path / "s.db"
    path.write_text("Dear diary, " * 1000)
    for writes in (True, False):
        with pytest.raises(SourceError) as problem, opened(str(path), writes):
            pass
        assert problem.value.kind == "store"
        assert problem.value.line() == "Using the store (database s.db) failed: file is not a database. The file is something else: name another one."
    assert path.read_text().startswith("Dear diary") and list(tmp_path.iterdir()) == [path]


def test_a_damaged_file(tmp_path):
    path = tmp_path / "s.db"
    sqlite3.connect(path).execute("CREATE TABLE a (x)").connection.close()
    content = bytearray(path.read_bytes())
    content[100:200] = b"\xff" * 100
    path.write_bytes(content)
    with pytest.raises(SourceError, match="malformed") as problem, opened(str(path)):
        pass
    assert problem.value.hint == "The file is damaged: restore it from a backup."


def test_a_file_of_views_alone_is_somebody_elses(tmp_path):
    store = str(tmp_path / "views.db")
    execute(store, "CREATE VIEW answers AS SELECT 42 AS answer")
    assert "it has other tables, answers (" in refused(store)
