# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys differ if their bytes do, in every database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateTable

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.engine import database_of
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.types import TABLE_OPTIONS, Key

KEYS = ["a", "a ", "a  ", " a", "A", "á", "a\u0301", "a\t", "ｱ", "ア", "ss", "ß", "", " ", "a\u200b"]


def thing():
    return sa.Table(
        "thing", sa.MetaData(), sa.Column("one", Key(255), primary_key=True), sa.Column("two", Key(255), primary_key=True),
        sa.Column("three", Key(200), primary_key=True), **TABLE_OPTIONS,
    )


@pytest.fixture
def engine(any_store):
    open_engine = database_of(any_store).engine
    yield open_engine
    open_engine.dispose()


def test_each_is_a_row_of_its_own(engine):
    table = thing()
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"one": key, "two": "k", "three": "k"} for key in KEYS])
        for key in KEYS:
            assert connection.execute(sa.select(table.c.one).where(table.c.one == key)).scalars().all() == [key]
            assert connection.execute(sa.select(table.c.one).where(table.c.one.in_([key, "none"]))).scalars().all() == [key]
        assert connection.execute(sa.select(sa.func.count(table.c.one.distinct()))).scalar() == len(KEYS)
        ordered = connection.execute(sa.select(table.c.one).order_by(table.c.one)).scalars().all()
        assert ordered == sorted(KEYS, key=lambda key: key.encode())


def test_a_key_that_is_there_is_there_once(engine):
    table = thing()
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"one": "a ", "two": "k", "three": "k"}] * 2)


def test_mysql_has_a_name_of_its_own_for_it():
    # No MySQL here: the statement that makes the table is all there is to see.
    assert "COLLATE utf8mb4_0900_bin" in str(CreateTable(thing()).compile(dialect=mysql.dialect()))


def test_a_mariadb_behind_a_url_of_mysql(mariadb_server):
    mariadb_server.execute("CREATE DATABASE as_mysql")
    url = mariadb_server.url("as_mysql").replace("mariadb://", "mysql://")
    engine = database_of(url).engine
    with engine.begin() as connection:
        thing().create(connection)
        assert connection.execute(sa.text("SHOW CREATE TABLE thing")).one()[1].count("utf8mb4_nopad_bin") == 3
    engine.dispose()
