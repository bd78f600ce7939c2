# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers as administrators set them up: what a store lives with, and what it says where it can't."""

from __future__ import annotations

import itertools
import socket
import threading

import pymysql
import pytest
import sqlalchemy as sa

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.entry import Entry
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import records as store_records
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.engine import database_of
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.failures import failure_of
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.types import TABLE_OPTIONS, Key
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.coverage import Scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.stores.look import rows
from ansible_collections.opsaudit.sessions.tests.stores.servers import PASSWORD, USER

_NUMBERS = itertools.count(1)
HOW = store_records.Keeping(Scope("s", "k"), "{}", lambda record: Entry(record["id"]), ())


def opened(store, writes=True):
    return open_store(store, lambda secret: None, writes)


def keep(store):
    with opened(store) as found:
        return found.transact(lambda connection: store_records.save(connection, HOW, [{"id": "a"}], 1))


def failure(store, writes=True):
    with pytest.raises(SourceError) as problem, opened(store, writes):
        pass
    line = problem.value.line()
    assert problem.value.kind == "store" and "\n" not in line and PASSWORD not in line
    return line


def database(server):
    """A new database, and the URL of a user that has no rights in it."""
    name = "set%d" % next(_NUMBERS)
    server.execute("CREATE DATABASE " + name)
    return name, server.url(name).replace("//%s:" % USER, "//%s_user:" % name)


@pytest.fixture
def postgresql(postgresql_server):
    name, url = database(postgresql_server)
    postgresql_server.execute("CREATE ROLE %s_user LOGIN PASSWORD '%s'" % (name, PASSWORD))
    return name, url


def test_no_right_to_make_tables_in_postgresql(postgresql_server, postgresql):
    name, url = postgresql
    assert "permission denied for schema public" in failure(url) and "GRANT USAGE, CREATE ON SCHEMA public" in failure(url)
    postgresql_server.execute("GRANT USAGE, CREATE ON SCHEMA public TO %s_user" % name, name)
    assert keep(url).added


def test_no_schema_in_postgresql(postgresql_server, postgresql):
    name, url = postgresql
    postgresql_server.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC", name)
    assert "no schema has been selected" in failure(url) and "CREATE SCHEMA AUTHORIZATION" in failure(url)
    postgresql_server.execute("CREATE SCHEMA AUTHORIZATION %s_user" % name, name)
    assert keep(url).added


def test_a_server_that_takes_no_changes(postgresql_server, postgresql):
    name, url = postgresql
    postgresql_server.execute("GRANT USAGE, CREATE ON SCHEMA public TO %s_user" % name, name)
    postgresql_server.execute("ALTER ROLE %s_user SET default_transaction_read_only = on" % name, name)
    assert "Is it a standby? Name the primary." in failure(url)


def test_no_right_to_make_tables_in_mariadb(mariadb_server):
    name, url = database(mariadb_server)
    mariadb_server.execute("CREATE USER %s_user IDENTIFIED BY '%s'" % (name, PASSWORD))
    assert "GRANT ALL ON" in failure(url)
    mariadb_server.execute("GRANT SELECT ON %s.* TO %s_user" % (name, name))
    assert "CREATE command denied" in failure(url) and "GRANT ALL ON" in failure(url)
    mariadb_server.execute("GRANT ALL ON %s.* TO %s_user" % (name, name))
    assert keep(url).added


def test_a_binary_log_of_statements(mariadb_server):
    name, _url = database(mariadb_server)
    url = mariadb_server.url(name)
    assert rows(url, "SELECT @@log_bin AS log, @@binlog_format AS format") == [{"log": 1, "format": "STATEMENT"}]
    assert keep(url).added and keep(url).unchanged


@pytest.fixture
def strict_mariadb(mariadb_server):
    name, _url = database(mariadb_server)
    return mariadb_server.url(name)


def test_primary_keys_are_required_and_rows_are_compact(strict_mariadb):
    assert rows(strict_mariadb, "SELECT @@innodb_force_primary_key AS required, @@innodb_default_row_format AS format") == [
        {"required": 1, "format": "compact"}
    ]
    assert keep(strict_mariadb).added


def test_a_long_key_where_rows_are_compact(strict_mariadb):
    columns = [sa.Column(name, Key(255), primary_key=True) for name in ("source", "scope_key", "record_id")]
    engine = database_of(strict_mariadb).engine
    with engine.begin() as connection:
        sa.Table("long_key", sa.MetaData(), *columns, **TABLE_OPTIONS).create(connection)
    engine.dispose()


@pytest.mark.parametrize("code, text, hint", [
    (1665, "Cannot execute statement: impossible to write to binary log", "set binlog_format to MIXED or ROW"),
    (1071, "Specified key was too long; max key length is 768 bytes", "innodb_page_size of 16k"),
    (1709, "Index column size too large", "innodb_page_size of 16k"),
    (1153, "Got a packet bigger than 'max_allowed_packet' bytes", "Raise max_allowed_packet"),
    (1290, "The MariaDB server is running with the --read-only option", "Name the primary"),
    (1205, "Lock wait timeout exceeded", "information_schema.innodb_trx"),
])
def test_what_mysql_says_and_what_to_do(code, text, hint):
    problem = sa.exc.OperationalError("SELECT 'never shown'", {}, pymysql.err.OperationalError(code, text))
    line = failure_of(problem, database_of("mysql://u:%s@db.example.com:3307/audit?ssl_ca=x" % PASSWORD)).line()
    assert line.startswith("Using the store (database audit on db.example.com:3307) failed: %s. " % text) and hint in line
    assert "never shown" not in line and PASSWORD not in line


class OldHandshake(threading.Thread):
    """The first steps of MySQL 8 with a client that it has not seen before: it wants the password, encrypted with its key."""

    def __init__(self):
        super().__init__()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def run(self):
        connection, _address = self._listener.accept()
        with connection, self._listener:
            capabilities = 0x00FF_F7FF & ~0x0800
            greeting = b"\x0a8.0.36\0" + bytes([1, 0, 0, 0]) + b"12345678\0" + (capabilities & 0xFFFF).to_bytes(2, "little")
            greeting += b"\xff\x02\0" + (capabilities >> 16).to_bytes(2, "little") + bytes([21]) + bytes(10) + b"123456789012\0"
            self._send(connection, 0, greeting + b"caching_sha2_password\0")
            connection.recv(4096)
            self._send(connection, 2, b"\x01\x04")
            connection.recv(4096)
            self._send(connection, 4, b"\x01-----BEGIN PUBLIC KEY-----")
            connection.recv(4096)

    @staticmethod
    def _send(connection, number, payload):
        connection.sendall(len(payload).to_bytes(3, "little") + bytes([number]) + payload)


def test_pymysql_without_cryptography(monkeypatch):
    monkeypatch.setattr(pymysql._auth, "_have_cryptography", False)
    server = OldHandshake()
    server.start()
    line = failure("mysql://u:%s@127.0.0.1:%d/audit" % (PASSWORD, server.port))
    server.join()
    assert "'cryptography' package is required" in line and "Install PyMySQL[rsa] in place of PyMySQL, or use TLS" in line
