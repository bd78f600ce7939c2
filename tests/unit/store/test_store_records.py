# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a page of records makes of a store, in each database."""

from __future__ import annotations

import json
import random
import threading
from typing import NamedTuple

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._records.canonical import content_hash
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.entry import RUNNING, SUCCESS, Entry
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import records as store_records
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import store as store_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import runs as store_runs
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

SCOPE = store_records.Scope("hoop_session", "gateway=http://h", '{"gateway":"http://h"}')


def entry(record):
    outcome = RUNNING if record.get("state") == "open" else SUCCESS
    return Entry(record["id"], state=record.get("state"), outcome=outcome, started_at=record.get("at"), actor=record.get("who"))


class Kept(NamedTuple):
    added: set
    updated: set
    unchanged: set


def keep(store, records, now=1, scope=SCOPE, secrets=()):
    saved = store.transact(lambda connection: store_records.save(connection, scope, records, entry, secrets, now, store.writes))
    return Kept(saved.added, saved.updated, saved.unchanged)


@pytest.fixture
def store(any_store):
    with store_module.opened_store(any_store, lambda secret: None, writes=True) as opened:
        opened.address = any_store
        yield opened


def kept(store):
    return {row["record_id"]: row for row in rows(store.address, "SELECT * FROM record")}


def test_new_known_and_altered_records_are_told_apart(store):
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
    assert found["a"]["content_hash"] == content_hash(found["a"]["raw"])
    assert (found["a"]["state"], found["a"]["outcome"]) == ("done", "success")


def test_what_is_over_is_not_begun_again(store):
    keep(store, [{"id": "a", "state": "done"}])
    assert keep(store, [{"id": "a", "state": "open"}]) == (set(), set(), {"a"})
    assert kept(store)["a"]["state"] == "done"


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
    other = SCOPE._replace(key="gateway=http://i")
    keep(store, [{"id": "a"}])
    assert keep(store, [{"id": "a"}], scope=other).added == {"a"}
    assert len(rows(store.address, "SELECT * FROM record")) == 2


def test_secrets_are_not_kept(store):
    keep(store, [{"id": "a", "text": "Bearer s3cr3t", "who": "s3cr3t", "more": [{"x": "a s3cr3t"}]}], secrets={"s3cr3t"})
    assert "s3cr3t" not in str(kept(store))
    assert json.loads(kept(store)["a"]["raw"])["text"] == "Bearer ********"


def test_unfinished_records(store):
    keep(store, [{"id": "a", "state": "open", "at": 5}, {"id": "b", "state": "open", "at": 50}, {"id": "c", "at": 5}])
    assert store.transact(lambda connection: store_records.unfinished(connection, SCOPE, 50)) == {"a": 5}
    store.transact(lambda connection: store_records.give_up(connection, SCOPE, ["a", "c"]))
    assert {name: row["outcome"] for name, row in kept(store).items()} == {"a": "unknown", "b": "running", "c": "success"}


def test_many_writers_at_once(store, any_store):
    """Each record once, counted as new once, and never an end undone."""
    writers, pages = 4, 12
    added = []
    problems = []

    def write(number):
        rng = random.Random(number)
        try:
            with store_module.opened_store(any_store, lambda secret: None, writes=True) as own:
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


def test_a_run_may_be_noted_twice(store):
    """As after a connection that was lost while it was told that all was done."""
    for _each in range(2):
        store.transact(lambda connection: store_runs.begin(connection, "run", "s", "k", 1, (1, 2)))
    assert len(rows(store.address, "SELECT * FROM run")) == 1
