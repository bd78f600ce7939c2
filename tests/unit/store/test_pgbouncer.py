# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PgBouncer gives each transaction to another connection of the server: a store needs nothing that outlasts one."""

from __future__ import annotations

import itertools
import threading

import psycopg
import pytest
import sqlalchemy as sa

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.entry import Entry
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import records as store_records
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.coverage import Scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.reader import read_records, snapshot
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

_NUMBERS = itertools.count(1)
HOW = store_records.Keeping(Scope("s", "k"), "{}", lambda record: Entry(record["id"], started_at=1), ())


@pytest.fixture
def direct(postgresql_server):
    name = "pooled%d" % next(_NUMBERS)
    postgresql_server.execute("CREATE DATABASE " + name)
    return postgresql_server.url(name)


@pytest.fixture
def pooled(direct, pgbouncer_server):
    return pgbouncer_server.url(direct.rpartition("/")[2])


def opened(store, writes=True):
    return open_store(store, lambda secret: None, writes)


def keep(store, first, count=10):
    return store.transact(lambda connection: (
        store_records.save(
            connection, HOW, [{"id": "r%04d" % number, "text": "x" * 500} for number in range(first, first + count)], 1,
        ),
        connection.execute(sa.text("SELECT pg_backend_pid()")).scalar(),
    ))


def test_several_tasks_share_two_connections(pooled, direct):
    problems, backends = [], set()
    start = threading.Barrier(5)

    def work(task):
        start.wait()
        try:
            with opened(pooled) as store:
                for page in range(12):
                    backends.add((task, keep(store, task * 1000 + page * 10)[1]))
                    # Again: what is known already.
                    assert keep(store, task * 1000 + page * 10)[0].unchanged
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert rows(direct, "SELECT COUNT(*) AS records FROM record") == [{"records": 600}]
    # While somebody holds a connection a task is served by the other one, and then by the one that was released last.
    with opened(pooled) as store, psycopg.connect(pooled, prepare_threshold=None) as holder:
        holder.execute("SELECT 1")
        backends.add((0, keep(store, 0)[1]))
        holder.rollback()
        backends.add((0, keep(store, 0)[1]))
    # The pool did what it is for: some task was served by both.
    assert len(backends) > 5 and len({backend for _task, backend in backends}) == 2


def test_a_reader_sees_one_instant(pooled):
    with opened(pooled) as store:
        keep(store, 0, 900)

        def work(connection):
            found = []
            for row in read_records(connection, "s", None, None):
                if len(found) == 10:
                    keep(store, 5000, 50)
                found.append(row["record_id"])
            return found + [row["record_id"] for row in read_records(connection, "s", None, None)]

        assert len(snapshot(pooled, lambda secret: None, work)) == 1800
        assert len(snapshot(pooled, lambda secret: None, lambda connection: list(read_records(connection, "s", None, None)))) == 950


def test_nothing_is_left_with_the_connection(pooled, direct):
    with opened(pooled) as store:
        keep(store, 0)
        keep(store, 0)
    with opened(pooled, writes=False) as store:
        store.transact(lambda connection: connection.execute(sa.text("SELECT 1")))
    with opened(pooled) as store:
        def settings(connection):
            asked = ("lock_timeout", "default_transaction_read_only", "default_transaction_isolation", "application_name")
            return {name: connection.exec_driver_sql("SHOW " + name).scalar() for name in asked} | {
                "prepared": connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar(),
            }

        assert store._try(settings) == {
            "lock_timeout": "0", "default_transaction_read_only": "off", "default_transaction_isolation": "read committed",
            "application_name": "opsaudit.sessions", "prepared": 0,
        }


def test_an_empty_database(pooled, direct):
    with pytest.raises(OptionError, match="nothing was ever kept"):
        snapshot(pooled, lambda secret: None, lambda connection: None)
    assert rows(direct, "SELECT * FROM pg_tables WHERE schemaname = 'public'") == []


def test_a_bouncer_that_restarts(pooled, pgbouncer_server):
    with opened(pooled) as store:
        keep(store, 0)
        pgbouncer_server.kill()
        pgbouncer_server.start()
        assert keep(store, 0)[0].unchanged
