# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sealer that is killed at any instant, two sealers at once, and a store with many records."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import sqlite3

import pytest
from exporting import BEGIN, contents, keep, session
from sealing import NOON, good, lines, outcome, seal, sealed_days, sql, verify
from signing import allow, make_key

from ansible_collections.opsaudit.sessions.plugins.module_utils._seal import folder as folder_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._seal import task as task_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.records import HASHED, hash_row
from ansible_collections.opsaudit.sessions.tests.memory import peak
from ansible_collections.opsaudit.sessions.tests.stores.look import altered

PROCESSES = multiprocessing.get_context("fork")
#: What a seal does, in order: it opens and links delta, signature and statement, and notes it in the store.
#: It is killed before each of these steps, and after the last.
STEPS = ["open", "link", "open", "link", "open", "link", "note"]


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "seals"


def killed_at(step, store, dest, key):
    """Seal, and be killed before one of the steps."""
    left = [step]

    def counted(function):
        def count(*args, **kwargs):
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return function(*args, **kwargs)

        return count

    os.link = counted(os.link)
    task_module.NewFile = folder_module.NewFile = counted(task_module.NewFile)
    task_module.open_store = counted(task_module.open_store)
    outcome(store, dest, NOON + 1, signing_key=key)
    left[0] = 0
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("step", range(len(STEPS) + 1))
def test_a_chain_goes_on_wherever_a_sealer_was_killed(tmp_path, dest, step):
    key = make_key(tmp_path / "key")
    allowed = allow(tmp_path / "allowed", key)
    store = sealed_days(tmp_path / "s.db", dest, signing_key=key)
    keep(store, [session(9)], now=NOON + 1)
    process = PROCESSES.Process(target=killed_at, args=(step, store, dest, key))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    is_there = (dest / "000002.json").exists()
    assert is_there == (step >= 6)
    # Whoever looks now sees a seal or none, and nothing that is wrong.
    result = good(store, dest, allowed_signers=allowed)
    assert (result["number"], result["unsealed"]) == ((2, 0) if is_there else (1, 1))
    assert seal(store, dest, 1, signing_key=key)["number"] == result["number"] + 1
    good(store, dest, allowed_signers=allowed)
    reported = [line["record_id"] for number in range(2, result["number"] + 2) for line in lines(dest, number)]
    assert reported == ["s0009"]
    assert not [name for name in contents(dest) if name.endswith(".part")]


def test_what_a_killed_sealer_left_does_not_count(tmp_path, dest):
    """A signature that an interrupted seal left must not stay beside a statement that was not signed."""
    store = sealed_days(tmp_path / "s.db", dest)
    (dest / "000002.json.sig").write_text("-----BEGIN SSH SIGNATURE-----\n")
    (dest / "000002.jsonl").write_bytes((dest / "000001.jsonl").read_bytes())
    seal(store, dest, 1)
    assert not (dest / "000002.json.sig").exists()
    assert (dest / "000002.jsonl").read_bytes() == b""


def sealer(store, dest, results):
    results.put(outcome(store, dest)[0])


def test_of_two_sealers_one_waits(tmp_path, dest):
    store = sealed_days(tmp_path / "s.db", dest)
    results = PROCESSES.Queue()
    processes = [PROCESSES.Process(target=sealer, args=(store, dest, results)) for _number in range(4)]
    for process in processes:
        process.start()
    assert sorted(results.get(timeout=60)["number"] for _process in processes) == [2, 3, 4, 5]
    for process in processes:
        process.join()
    good(store, dest)


def test_a_sealer_that_never_ends_is_not_waited_for_without_end(tmp_path, dest, monkeypatch):
    store = sealed_days(tmp_path / "s.db", dest)
    monkeypatch.setattr(folder_module, "_PATIENCE", 0.0)
    with open(dest / ".session-seal.lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for given in ({}, {"verify": True}):
            result, _warnings = outcome(store, dest, **given)
            assert result["failure"]["kind"] == "file" and "another task has been sealing" in result["msg"]
    good(store, dest)


def copies(row, count):
    """The values of rows like the one given."""
    for number in range(1, count):
        each = {**row, "record_id": "%08x-%d" % (number * 2654435761 % 2**32, number), "started_at": BEGIN + number}
        yield tuple({**each, "row_hash": hash_row({name: each[name] for name in HASHED})}[name] for name in row)


def many(store, count):
    """Put many records into a store, in no order, some of them large."""
    keep(store, [session(0)])
    with altered(store) as connection:
        connection.execute("PRAGMA cache_size = -100000")
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute("SELECT * FROM record").fetchone())
        connection.executemany("INSERT INTO record (%s) VALUES (%s)" % (", ".join(row), ", ".join("?" * len(row))), copies(row, count))


def measured(store, dest, results):
    before = peak()
    first, _warnings = outcome(store, dest, NOON)
    second, _warnings = outcome(store, dest, NOON + 1)
    found, _warnings = outcome(store, dest, verify=True)
    results.put((first["sealed"]["added"], second["sealed"]["added"], found["unsealed"], found.get("failed"), peak() - before))


def test_memory_does_not_grow_with_the_records(tmp_path):
    results = PROCESSES.Queue()
    grown = []
    for count in (8_000, 16_000):
        store = str(tmp_path / ("%d.db" % count))
        # Elsewhere: a process begins with the memory of the one that it comes from.
        filler = PROCESSES.Process(target=many, args=(store, count))
        filler.start()
        filler.join()
        process = PROCESSES.Process(target=measured, args=(store, tmp_path / str(count), results))
        process.start()
        added, again, unsealed, failed, more = results.get(timeout=300)
        process.join()
        assert (added, again, unsealed, failed) == (count, 0, 0, None)
        grown.append(more)
    # As objects, 8,000 records more would be more than 8 MB.
    assert grown[1] - grown[0] < 5_000, grown


def test_a_store_that_cannot_note_the_seal_fails_after_the_seal_is_there(tmp_path, dest, monkeypatch):
    store = sealed_days(tmp_path / "s.db", dest)
    sql(store, "CREATE TRIGGER never BEFORE UPDATE ON store BEGIN SELECT RAISE(ABORT, 'no'); END")
    result, _warnings = outcome(store, dest, NOON + 1)
    assert result["failure"]["kind"] == "store" and result["changed"]
    sql(store, "DROP TRIGGER never")
    assert verify(store, dest)["number"] == 2
    assert seal(store, dest, 1)["number"] == 3
