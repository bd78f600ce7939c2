# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The views: the same rows as in the tables, with real timestamps in UTC."""

from __future__ import annotations

import datetime

import pytest
from exporting import BEGIN, DAY, keep, note, session

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.schema import get_tables
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.stores.look import connected, rows

#: To the millisecond; before the epoch; after 2038; further than any timestamp reaches.
INSTANTS = {"a": BEGIN + 123, "b": -1, "c": 4102444799999, "d": 2**62, "e": -(2**62), "f": None, "g": 253402300799999, "h": 0}


def as_ms(value):
    """A timestamp as the drivers return it, in milliseconds since the epoch."""
    if value is None:
        return None
    found = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
    if found.tzinfo is None:
        found = found.replace(tzinfo=datetime.timezone.utc)
    return (found - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


@pytest.fixture
def filled(any_store):
    keep(any_store, [session(number, BEGIN + number * DAY) for number in range(3)])
    note(any_store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    return any_store


@pytest.mark.parametrize("name", ["record", "coverage", "run"])
def test_a_view_has_the_columns_and_the_rows_of_its_table(filled, name):
    table = get_tables().record.metadata.tables[name]
    key = ", ".join(column.name for column in table.primary_key.columns)
    plain, seen = (rows(filled, "SELECT * FROM %s ORDER BY %s" % (each, key)) for each in (name, name + "_view"))
    assert plain and [list(row) for row in seen] == [list(row) for row in plain]
    changed = {column for row, other in zip(plain, seen) for column in row if row[column] is not None and row[column] != other[column]}
    times = {
        column.name for column in table.columns
        if column.name.endswith(("_at", "_seen")) or column.name.startswith("window_")
    }
    assert changed == {column for column in times if any(row[column] is not None for row in plain)}
    assert [{column: as_ms(row[column]) for column in times} for row in seen] == [{column: row[column] for column in times} for row in plain]


def test_times_are_exact_in_utc_and_null_where_there_is_no_such_timestamp(any_store):
    keep(any_store, [session(number) for number in range(len(INSTANTS))])
    with connected(any_store) as connection:
        for number, instant in enumerate(INSTANTS.values()):
            connection.cursor().execute(
                "UPDATE record SET ended_at = %s WHERE record_id = 's%04d'" % ("NULL" if instant is None else instant, number)
            )
        connection.commit()
    found = [as_ms(row["ended_at"]) for row in rows(any_store, "SELECT ended_at FROM record_view ORDER BY record_id")]
    assert found == [each if each is None or abs(each) < 2**60 else None for each in INSTANTS.values()]


def test_a_view_does_not_depend_on_the_time_zone_of_the_session(request):
    server = request.getfixturevalue("mariadb_server")
    server.execute("CREATE DATABASE zone")
    keep(server.url("zone"), [session(0)])
    with connected(server.url("zone")) as connection:
        cursor = connection.cursor()
        cursor.execute("SET time_zone = '+09:00'")
        cursor.execute("SELECT started_at FROM record_view")
        assert as_ms(cursor.fetchone()[0]) == BEGIN


def test_views_that_are_missing_are_made_with_the_tables_that_are(any_store):
    """As after a first task that was interrupted."""
    with open_store(any_store, lambda secret: None, writes=True):
        pass
    with connected(any_store) as connection:
        connection.cursor().execute("DROP VIEW run_view")
        connection.cursor().execute("DELETE FROM store")
        connection.commit()
    with open_store(any_store, lambda secret: None, writes=True):
        pass
    assert rows(any_store, "SELECT * FROM run_view") == []
