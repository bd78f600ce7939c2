# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a page of records makes of a store, in each database."""

from __future__ import annotations

import hashlib
import json
import random
import threading
from typing import NamedTuple

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._records.canonical import hash_content
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.entry import RUNNING, SUCCESS, Entry
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import open_records
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import records as store_records
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import store as store_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.coverage import Scope
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

SCOPE = Scope("hoop_session", "org=o")


def entry(record):
    outcome = RUNNING if record.get("state") == "open" else SUCCESS
    return Entry(record["id"], state=record.get("state"), outcome=outcome, started_at=record.get("at"), actor=record.get("who"))


class Kept(NamedTuple):
    added: set
    updated: set
    unchanged: set


def save(store, records, now=1, scope=SCOPE, secrets=(), detailed=False):
    how = store_records.Keeping(scope, '{"org":"o"}', entry, secrets)
    return store.transact(lambda connection: store_records.save(connection, how, records, now, store.writes, detailed))


def keep(store, records, now=1, **how):
    saved = save(store, records, now, **how)
    return Kept(saved.added, saved.updated, saved.unchanged)


@pytest.fixture
def store(any_store):
    with store_module.open_store(any_store, lambda secret: None, writes=True) as opened:
        opened.address = any_store
        yield opened


def kept(store):
    return {row["record_id"]: row for row in rows(store.address, "SELECT * FROM record")}


def test_new_known_and_altered_records_are_distinguished(store):
    first = [{"id": "a", "state": "open"}, {"id": "b", "state": "done"}]
    assert keep(store, first, now=10) == ({"a", "b"}, set(), set())
    assert keep(store, first, now=20) == (set(), set(), {"a", "b"})
    ended = [{"id": "a", "state": "done", "code": 0}, *first[1:], {"id": "c", "state": "done"}]
    assert keep(store, ended, now=30) == ({"c"}, {"a"}, {"b"})
    found = kept(store)
    assert {name: (row["first_seen"], row["last_seen"]) for name, row in found.items()} == {
        "a": (10, 30), "b": (10, 30), "c": (30, 30),
    }
    assert json.loads(found["a"]["raw"]) == {"id": "a", "state": "done", "code": 0}
    assert found["a"]["content_hash"] == hash_content(found["a"]["raw"])
    assert (found["a"]["state"], found["a"]["outcome"]) == ("done", "success")


def row_hash_of(row):
    """The hash of a row as the documentation says it: of all columns but itself and the times of looking."""
    left_out = ("row_hash", "first_seen", "last_seen", "changed_at", "detailed_at")
    columns = {name: value for name, value in row.items() if name not in left_out}
    return hashlib.sha256(json.dumps(columns, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def test_the_hash_of_a_row_can_be_made_of_its_columns(store):
    keep(store, [{"id": "a", "state": "open", "at": 5, "who": "größe \U0001f600 \u2028 \"q\" \\"}, {"id": 5}, {"id": "c", "who": "x" * 5000}])
    first = kept(store)
    keep(store, [{"id": "a", "state": "done", "at": 6, "who": None}, {"id": 5}], now=9)
    second = kept(store)
    for found in (first, second):
        assert all(row["row_hash"] == row_hash_of(row) for row in found.values())
    assert [first[name]["row_hash"] == second[name]["row_hash"] for name in ("a", "json:5", "c")] == [False, True, True]


def test_columns_that_are_made_otherwise_by_now_are_made_again(store):
    """As after an upgrade: nothing new came from the source, and a start that moves by that is reported."""
    how = store_records.Keeping(SCOPE, '{"org":"o"}', lambda record: Entry(record["id"], started_at=1, actor="old"), ())
    store.transact(lambda connection: store_records.save(connection, how, [{"id": "a", "who": "new", "at": 2}], 1))
    saved = save(store, [{"id": "a", "who": "new", "at": 2}], now=9)
    assert (saved.updated, saved.moved) == ({"a"}, [(1, 2)])
    found = kept(store)["a"]
    assert (found["actor"], found["started_at"], found["first_seen"], found["changed_at"]) == ("new", 2, 1, 9)
    assert found["row_hash"] == row_hash_of(found) and rows(store.address, "SELECT * FROM revision") == []


def test_what_was_given_up_goes_on_when_its_source_says_more(store):
    keep(store, [{"id": "a", "state": "open"}])
    store.transact(lambda connection: open_records.give_up(connection, SCOPE, ["a"], 2))
    assert keep(store, [{"id": "a", "state": "open"}], now=3).unchanged == {"a"}
    assert (kept(store)["a"]["outcome"], kept(store)["a"]["last_seen"]) == ("unknown", 3)
    assert keep(store, [{"id": "a", "state": "open", "step": 2}], now=4).updated == {"a"}
    assert kept(store)["a"]["outcome"] == "running"
    store.transact(lambda connection: open_records.give_up(connection, SCOPE, ["a"], 5))
    assert keep(store, [{"id": "a", "state": "done"}], now=6).updated == {"a"}
    assert kept(store)["a"]["outcome"] == "success"


def test_when_details_were_read(store):
    keep(store, [{"id": "a"}, {"id": "b"}], now=1)
    save(store, [{"id": "a"}], now=2, detailed=True)
    save(store, [{"id": "b", "children": []}], now=3, detailed=True)
    keep(store, [{"id": "a"}, {"id": "b", "code": 1}], now=4)
    assert {name: (row["detailed_at"], row["last_seen"], row["changed_at"]) for name, row in kept(store).items()} == {
        "a": (2, 4, 1), "b": (3, 4, 4),
    }


def test_what_an_ended_record_said_before_is_kept(store):
    def revisions():
        found = rows(store.address, "SELECT * FROM revision ORDER BY record_id, from_time")
        return [(row["record_id"], json.loads(row["raw"]).get("code"), row["from_time"], row["until_time"]) for row in found]

    # An open record changes as it goes on.
    keep(store, [{"id": "a", "state": "open", "code": None}], now=1)
    keep(store, [{"id": "a", "state": "done", "code": 0}], now=2)
    assert revisions() == []
    # Details that only add are no change of mind, and neither is a list that says less.
    save(store, [{"id": "a", "state": "done", "code": 0, "more": {"x": 1}}], now=3, detailed=True)
    save(store, [{"id": "a", "state": "done", "code": 0, "more": {"x": 1, "y": 2}}], now=4, detailed=True)
    keep(store, [{"id": "a", "state": "done", "code": 0}], now=5)
    assert revisions() == []
    keep(store, [{"id": "a", "state": "done", "code": 1}], now=6)
    keep(store, [{"id": "a", "state": "done", "code": 2}], now=7)
    assert revisions() == [("a", 0, 4, 6), ("a", 1, 6, 7)]
    for row in rows(store.address, "SELECT * FROM revision"):
        assert row["content_hash"] == hash_content(row["raw"])
    # Twice within one millisecond: the first of these was there for no time.
    keep(store, [{"id": "a", "state": "done", "code": 3}], now=7)
    assert revisions() == [("a", 0, 4, 6), ("a", 1, 6, 7), ("a", 2, 7, 7)]


def test_what_is_over_is_not_begun_again(store):
    keep(store, [{"id": "a", "state": "done"}])
    assert keep(store, [{"id": "a", "state": "open"}]) == (set(), set(), {"a"})
    found = kept(store)["a"]
    assert (found["state"], found["outcome"]) == ("done", "success") and json.loads(found["raw"])["state"] == "done"


def test_what_was_known_once_is_not_forgotten(store):
    whole = {"id": "a", "state": "done", "children": [1], "review": {"by": "x", "rule": "r"}, "code": 3}
    keep(store, [whole])
    shorter = {"id": "a", "state": "done", "review": {"by": "x", "rule": None}, "code": None}
    assert keep(store, [shorter]).unchanged == {"a"}
    assert json.loads(kept(store)["a"]["raw"]) == whole
    assert keep(store, [{**shorter, "code": 4}]).updated == {"a"}
    assert json.loads(kept(store)["a"]["raw"]) == {**whole, "code": 4}


@pytest.mark.parametrize("name", ["x" * 5000, "Ä" * 300, "a", "A", "ä", "a ", " a", "a\0b", "\u2028", "\U0001f600", "100%", "a'\"\\;--"])
def test_any_id_is_kept_once(store, name):
    record = {"id": name, "text": name, "who": name}
    assert len(keep(store, [record]).added) == 1
    assert len(keep(store, [record]).unchanged) == 1
    # Others that a careless comparison takes for the same.
    others = [{"id": other} for other in {name.upper(), name.lower(), name + "b"} - {name}]
    assert len(keep(store, others).added) == len(others)
    assert json.loads(next(row["raw"] for row in kept(store).values() if "text" in row["raw"]))["text"] == name


def test_ids_that_are_no_text(store):
    assert len(keep(store, [{"id": 5}, {"id": None, "n": 1}, {"id": [1, 2]}]).added) == 3
    assert len(keep(store, [{"id": 5}, {"id": None, "n": 1}, {"id": [1, 2]}]).unchanged) == 3


def test_large_records_and_large_times(store):
    record = {"id": "a", "text": "é" * 3_000_000, "at": 2**53, "who": "w" * 10_000}
    keep(store, [record])
    found = kept(store)["a"]
    assert json.loads(found["raw"]) == record
    assert found["started_at"] == 2**53
    assert found["actor"].startswith("www")


def test_a_record_twice_in_a_page(store):
    assert keep(store, [{"id": "a", "n": 1}, {"id": "a", "n": 2}]).added == {"a"}
    assert json.loads(kept(store)["a"]["raw"])["n"] == 2


def test_scopes_are_apart(store):
    other = SCOPE._replace(key="org=other")
    keep(store, [{"id": "a"}])
    assert keep(store, [{"id": "a"}], scope=other).added == {"a"}
    assert len(rows(store.address, "SELECT * FROM record")) == 2


def test_secrets_are_not_kept(store):
    keep(store, [{"id": "a", "text": "Bearer s3cr3t", "who": "s3cr3t", "more": [{"x": "a s3cr3t"}]}], secrets={"s3cr3t"})
    assert "s3cr3t" not in str(kept(store))
    saved = save(store, [{"id": "b", "text": "s3cr3t"}, {"id": "c"}], secrets={"s3cr3t"})
    assert saved.masked == {"b"}
    assert json.loads(kept(store)["a"]["raw"])["text"] == "Bearer ********"


def test_unfinished_records(store):
    keep(store, [{"id": "a", "state": "open", "at": 5}, {"id": "b", "state": "open", "at": 50}, {"id": "c", "at": 5}])
    keep(store, [{"id": "d", "state": "open"}], now=3)
    # One that says no start is as old as it is known.
    assert sorted(store.transact(lambda connection: open_records.find(connection, SCOPE))) == [("a", 5, 1), ("b", 50, 1), ("d", 3, 3)]
    store.transact(lambda connection: open_records.give_up(connection, SCOPE, ["a", "c"], 7))
    found = kept(store)
    assert {name: (row["outcome"], row["changed_at"]) for name, row in found.items()} == {
        "a": ("unknown", 7), "b": ("running", 1), "c": ("success", 1), "d": ("running", 3),
    }
    assert all(row["row_hash"] == row_hash_of(row) for row in found.values())


def test_many_writers_at_once(store, any_store):
    """Each record once, counted as new once, and never an end undone."""
    writers, pages = 4, 12
    added = []
    problems = []

    def write(number):
        rng = random.Random(number)
        try:
            with store_module.open_store(any_store, lambda secret: None, writes=True) as own:
                for page in rng.sample(range(pages), pages):
                    state = "done" if number == 0 else "open"
                    records = [{"id": "%d-%d" % (page, each), "state": state, "at": each} for each in range(20)]
                    added.append(len(keep(own, records, now=number).added))
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert sum(added) == len(kept(store)) == pages * 20
    assert {row["state"] for row in kept(store).values()} == {"done"}


def test_records_without_an_id_do_not_take_each_others_place(store):
    records = [{"id": None, "n": 1}, {"id": None, "n": 2}, {"id": "", "n": 1}, {"id": "", "n": 2}]
    assert len(keep(store, records).added) == 4
    assert len(keep(store, records).unchanged) == 4
