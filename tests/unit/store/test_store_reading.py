# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a store, in each database: in one order, at one instant, and without leaving a trace."""

from __future__ import annotations

import sqlite3
import tracemalloc

import pytest
from exporting import BEGIN, keep, note, session

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.reader import read_known, read_records, snapshot

#: Which one comes first differs between languages, and so between databases.
IDS = ["a", "B", "b", "A", "ä", "z", "Z", "a\x01", "aa", "a-b", "a_b", "a b", "ab", "\u00e9", "e\u0301", "\uffff", "\U0001f600", "1", "10", "9"]


def read(store, start=None, end=None):
    return snapshot(store, lambda secret: None, lambda connection: list(read_records(connection, "hoop_session", start, end)))


def test_the_order_is_that_of_the_code_points(any_store):
    keep(any_store, [session(0, id=name) for name in reversed(IDS)])
    keep(any_store, [session(0, id=name) for name in IDS], scope={"org": "O"})
    keep(any_store, [session(0, BEGIN - 1, id="zz"), session(0, None, id="none"), session(0, BEGIN + 1, id="0")])
    found = [(row["scope_key"], row["record_id"]) for row in read(any_store)]
    assert found[0] == ("org=o", "zz") and found[-2:] == [("org=o", "0"), ("org=o", "none")]
    assert found[1:-2] == sorted((key, name) for key in ("org=o", "org=O") for name in IDS)


def test_a_window_is_half_open_and_has_what_nobody_can_tell(any_store):
    keep(any_store, [session(number, BEGIN + number) for number in range(4)] + [session(9, None)])
    keep(any_store, [{"session_id": "x"}], source="dataarts_sql_session", scope={"workspace_id": "w"})
    assert [row["record_id"] for row in read(any_store, BEGIN + 1, BEGIN + 3)] == ["s0001", "s0002", "s0009"]
    assert [row["record_id"] for row in read(any_store, None, BEGIN + 1)] == ["s0000", "s0009"]
    assert [row["record_id"] for row in read(any_store, BEGIN + 3, None)] == ["s0003", "s0009"]


def test_one_instant_is_seen_while_others_write(any_store):
    keep(any_store, [session(number, BEGIN + number) for number in range(900)])
    tries = []

    def work(connection):
        tries.append(1)
        found = []
        for row in read_records(connection, "hoop_session", None, None):
            found.append(row["record_id"])
            if len(found) == 10 and len(tries) == 1:
                keep(any_store, [session(number, BEGIN + number) for number in range(895, 1000)], now=2)
                keep(any_store, [session(0)], scope={"org": "other"}, now=2)
        return found, read_known(connection, "hoop_session")

    found, scopes = snapshot(any_store, lambda secret: None, work)
    if "://" in any_store:
        assert (len(tries), len(found), len(scopes)) == (1, 900, 1)
    else:
        # A file that nobody had open is read without locks, and again if that was too bold.
        assert (len(tries), len(found), len(scopes)) == (2, 1001, 2)


def test_a_file_that_somebody_has_open_is_read_once(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [session(number) for number in range(900)])
    tries = []

    def work(connection):
        tries.append(1)
        found = []
        for row in read_records(connection, "hoop_session", None, None):
            found.append(row["record_id"])
            if len(found) == 10:
                writer.execute("DELETE FROM record WHERE record_id > 's0100'")
                writer.commit()
        return found

    writer = sqlite3.connect(store)
    try:
        writer.execute("UPDATE record SET last_seen = 2")
        assert len(snapshot(store, lambda secret: None, work)) == 900 and tries == [1]
    finally:
        writer.close()
    assert len(read(store)) == 101


def test_nothing_is_written(tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    keep(str(folder / "s.db"), [session(1)])
    before = (folder / "s.db").read_bytes()
    folder.chmod(0o500)
    assert len(read(str(folder / "s.db"))) == 1
    folder.chmod(0o700)
    assert [path.name for path in folder.iterdir()] == ["s.db"] and (folder / "s.db").read_bytes() == before


def test_a_store_must_be_there(tmp_path, any_store):
    for store in (str(tmp_path / "none.db"), "sqlite:///%s/none.db" % tmp_path, any_store):
        with pytest.raises(OptionError, match=r"store: nothing was ever kept there \(write "):
            read(store)
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_records(any_store):
    keep(any_store, [session(number, BEGIN + number, script={"data": "x" * 20_000}) for number in range(1500)])

    def work(connection):
        return sum(len(row["raw"]) for row in read_records(connection, "hoop_session", None, None))

    tracemalloc.start()
    try:
        assert snapshot(any_store, lambda secret: None, work) > 30_000_000
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_what_is_known_of_scopes(any_store):
    keep(any_store, [session(1, BEGIN + 20)])
    note(any_store, (BEGIN + 10, BEGIN + 90), [(BEGIN + 10, BEGIN + 40), (BEGIN + 40, BEGIN + 60), (BEGIN + 70, BEGIN + 90)])
    note(any_store, (BEGIN + 5, BEGIN + 50), view="connection=orders")
    note(any_store, (5, 50), scope={"org": "other"})
    note(any_store, (0, 1), source="bcc_action_run", scope={"region": "bj"})
    one, other = snapshot(any_store, lambda secret: None, lambda connection: read_known(connection, "hoop_session"))
    assert (one.key, one.scope, one.incomplete) == ("org=o", {"org": "o"}, None)
    assert one.reaches == {"": (BEGIN + 10, BEGIN + 90), "connection=orders": (BEGIN + 5, BEGIN + 50)}
    assert [(row.view, *row.window, row.records, row.missing) for row in one.rows] == [
        ("", BEGIN + 10, BEGIN + 60, 1, 0), ("", BEGIN + 70, BEGIN + 90, 0, 0),
    ]
    assert (other.key, other.scope, other.reaches, other.rows) == ("org=other", {"org": "other"}, {"": (5, 50)}, [])


def test_a_file_that_is_no_store(tmp_path):
    path = tmp_path / "s.db"
    sqlite3.connect(path).execute("CREATE TABLE other (x)").connection.close()
    with pytest.raises(OptionError, match=r"store: s.db is not a store: it has other tables, other \("):
        read(str(path))
