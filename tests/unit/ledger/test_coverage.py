# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows that were proven complete: their rows, and whether they still hold what they held."""

from __future__ import annotations

import random

import pytest
from exporting import keep as keep_sessions
from exporting import scope_of, session

from ansible_collections.opsaudit.sessions.plugins.module_utils._records.entry import Entry
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import coverage, repair, runs
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.windows import merge
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.records import Keeping, save
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.stores.look import connected, rows

DAY = 86_400_000
#: 2026-03-01
MARCH = 1772323200000
SCOPE = coverage.Scope("hoop_session", "org=o")
HOW = Keeping(SCOPE, '{"org":"o"}', lambda record: Entry(record["id"], started_at=record.get("at")), ())


@pytest.fixture
def store(any_store):
    with open_store(any_store, lambda secret: None, writes=True) as opened:
        opened.address = any_store
        yield opened


def prove(store, window, now, view="", broken=(), run="run"):
    store.transact(lambda connection: coverage.prove(connection, SCOPE, view, window, run, now, broken))


def keep(store, *records, now=1):
    """Put records into the store as a run does."""

    def work(connection):
        saved = save(connection, HOW, [{"id": name, "at": at} for name, at in records], now)
        repair.note_starts(connection, SCOPE, [saved.began[name] for name in saved.added], saved.moved)

    return store.transact(work)


def loaded(store):
    """The rows: view, window, when read, how many records, how many of them are missing."""
    return [row[:6] for row in store.transact(lambda connection: coverage.load(connection, *SCOPE)).get(SCOPE.key, [])]


def missing(store):
    found = store.transact(lambda connection: coverage.load(connection, *SCOPE)).get(SCOPE.key, [])
    return {(row.view, row.start): row.missing for row in found if row.missing}


def note_broken(store):
    store.transact(lambda connection: repair.note_broken(connection, SCOPE, coverage.load(connection, *SCOPE)[SCOPE.key]))


def settle(store, start=0):
    return store.transact(lambda connection: repair.settle(connection, SCOPE, "", start))


def delete(store, *names):
    with connected(store.address) as connection:
        for name in names:
            connection.cursor().execute("DELETE FROM record WHERE record_id = '%s'" % name)
        connection.commit()


def test_what_goes_on_extends_the_row(store):
    for number in range(5):
        keep(store, ("r%d" % number, number * 10 + 5))
        prove(store, (max(0, number * 10 - 3), number * 10 + 10), now=number * 10 + 11, run="run%d" % number)
    assert loaded(store) == [("", 0, 50, 51, 5, 0)]
    assert rows(store.address, "SELECT run_id FROM coverage") == [{"run_id": "run4"}]


def test_a_window_apart_is_a_row_of_its_own_until_what_is_between_is_read(store):
    prove(store, (0, 10), now=11)
    prove(store, (30, 40), now=41)
    assert [row[1:3] for row in loaded(store)] == [(0, 10), (30, 40)]
    keep(store, ("a", 20))
    prove(store, (5, 35), now=42)
    # What reads around a row adds to the row before it, and leaves the next as it is.
    assert [row[1:5] for row in loaded(store)] == [(0, 30, 42, 1), (30, 40, 41, 0)]


def test_what_is_read_again_changes_nothing(store):
    keep(store, ("a", 5))
    prove(store, (0, 10), now=11)
    before = rows(store.address, "SELECT * FROM coverage")
    prove(store, (2, 10), now=50, run="other")
    assert rows(store.address, "SELECT * FROM coverage") == before


def test_what_is_read_late_is_a_row_of_its_own(store):
    """One reading of a year: the last week is in time, and what is older is as listed then."""
    now = MARCH + 100 * DAY
    prove(store, (MARCH, now), now=now)
    border = now - coverage.LATE
    assert [row[1:4] for row in loaded(store)] == [(MARCH, border, now), (border, now, now)]
    assert [row.is_late for row in store.transact(lambda connection: coverage.load(connection, *SCOPE))[SCOPE.key]] == [True, False]
    # The next run extends what is in time, and a month without a run is late again.
    prove(store, (now - 1, now + DAY), now=now + DAY)
    later = now + 31 * DAY
    prove(store, (now + DAY, later), now=later)
    assert [(row[1], row[2]) for row in loaded(store)] == [
        (MARCH, border), (border, now + DAY), (now + DAY, later - coverage.LATE), (later - coverage.LATE, later)
    ]


def test_the_parts_of_one_late_reading_are_one_row(store):
    now = MARCH + 100 * DAY
    for number in range(3):
        prove(store, (MARCH + number * DAY, MARCH + (number + 1) * DAY), now=now)
    assert [row[1:4] for row in loaded(store)] == [(MARCH, MARCH + 3 * DAY, now)]
    # Another day's reading is listed on another day.
    prove(store, (MARCH + 3 * DAY, MARCH + 4 * DAY), now=now + DAY)
    assert [row[1:4] for row in loaded(store)] == [(MARCH, MARCH + 3 * DAY, now), (MARCH + 3 * DAY, MARCH + 4 * DAY, now + DAY)]


@pytest.mark.parametrize("seed", range(3))
def test_rows_never_overlap_and_count_what_is_there(store, seed):
    """Whatever is read in whatever order, and whatever comes late or moves."""
    chance = random.Random(seed)
    proven, starts = {"": [], "viewer=u": []}, {}
    for step in range(25):
        view, start = chance.choice(list(proven)), chance.randrange(40) * DAY
        window = (start, start + chance.randrange(1, 15) * DAY)
        batch = {"r%d" % chance.randrange(60): chance.choice([None, chance.randrange(60) * DAY]) for _each in range(4)}
        # A record that says no start any more keeps the one that it had.
        keep(store, *batch.items())
        starts.update({name: at for name, at in batch.items() if at is not None or name not in starts})
        prove(store, window, now=window[1] + chance.randrange(20) * DAY, view=view)
        proven[view].append(window)
        found = loaded(store)
        for view, windows in proven.items():
            own = sorted(row[1:3] for row in found if row[0] == view)
            assert all(one[1] <= other[0] for one, other in zip(own, own[1:])), step
            assert merge(own) == merge(windows), step
        for _view, first, last, _read_at, records, lacking in found:
            assert (records, lacking) == (sum(at is not None and first <= at < last for at in starts.values()), 0), step


def test_late_rows_raise_the_count_of_every_view(store):
    prove(store, (0, 10), now=11)
    prove(store, (0, 100), now=101, view="viewer=u")
    keep(store, ("a", 5), ("b", 50), ("none", None))
    assert [(row[0], row[4]) for row in loaded(store)] == [("", 1), ("viewer=u", 2)]
    delete(store, "a")
    assert missing(store) == {("", 0): 1, ("viewer=u", 0): 1}


def test_a_start_that_moves_keeps_the_sum(store):
    keep(store, ("a", 5), ("b", 6), ("c", 25))
    prove(store, (0, 10), now=11)
    prove(store, (20, 30), now=31)
    keep(store, ("a", 25), ("b", 7), ("c", 500))
    assert [(row[4], row[5]) for row in loaded(store)] == [(1, 0), (1, 0)]


def test_records_that_were_deleted_are_missing_until_their_window_was_read_again(store):
    keep(store, ("a", 1), ("b", 2), ("c", 3))
    prove(store, (0, 10), now=11)
    delete(store, "a", "b")
    assert missing(store) == {("", 0): 2}
    note_broken(store)
    # Neither one that is back nor another makes the window whole before all of it was read.
    keep(store, ("a", 1), ("late", 4), now=20)
    note_broken(store)
    assert missing(store) == {("", 0): 2}
    keep(store, ("b", 2), now=21)
    assert settle(store) is True
    assert loaded(store) == [("", 0, 10, 11, 4, 0)] and rows(store.address, "SELECT * FROM broken_window") == []
    # For another task that read it, too, it is whole.
    assert settle(store) is True


def test_what_did_not_come_back_is_missing_whatever_comes_later(store):
    keep(store, ("a", 1), ("b", 2), ("c", 3))
    prove(store, (0, 10), now=11)
    delete(store, "a", "b")
    note_broken(store)
    keep(store, ("a", 1), now=20)
    assert (settle(store), missing(store)) == (False, {("", 0): 1})
    assert (settle(store), missing(store)) == (False, {("", 0): 1})
    assert rows(store.address, "SELECT records FROM broken_window") == [{"records": 3}]
    keep(store, ("b", 2), now=30)
    assert (settle(store), missing(store)) == (True, {})


def test_what_moves_is_nothing_that_came_back(store):
    keep(store, ("a", 1), ("b", 2), ("c", 50))
    prove(store, (0, 10), now=11)
    delete(store, "a")
    note_broken(store)
    # One within its window, and one that was in the store all the time, in another.
    keep(store, ("b", 3), ("c", 4), now=20)
    assert (settle(store), missing(store)) == (False, {("", 0): 1})


def test_what_is_stored_again_before_anybody_saw_that_it_was_missing(store):
    keep(store, ("a", 1), ("b", 2))
    prove(store, (0, 10), now=11)
    delete(store, "a")
    keep(store, ("a", 1), now=1)
    assert missing(store) == {("", 0): 1}
    assert settle(store) is True and missing(store) == {}


def test_records_without_a_start_are_missing_in_every_window(store):
    keep(store, ("a", 1), ("b", None), ("c", None))
    prove(store, (0, 10), now=11)
    prove(store, (20, 30), now=31)
    assert missing(store) == {}
    delete(store, "b")
    assert missing(store) == {("", 0): 1, ("", 20): 1}
    note_broken(store)
    keep(store, ("late", None), ("a", None), now=40)
    assert missing(store) == {("", 0): 1, ("", 20): 1}
    keep(store, ("b", None), ("a", 1), now=50)
    assert store.transact(lambda connection: repair.settle(connection, SCOPE, *repair.UNDATED)) is True
    assert missing(store) == {} and rows(store.address, "SELECT records FROM undated") == [{"records": 3}]


def test_what_somebody_restores_is_not_missing_any_more(store):
    keep(store, ("a", 1), ("b", 2))
    prove(store, (0, 10), now=11)
    delete(store, "a")
    note_broken(store)
    with connected(store.address) as connection:
        connection.cursor().execute("UPDATE record SET record_id = 'a', started_at = 1 WHERE record_id = 'b'")
        connection.commit()
    keep(store, ("b", 2), now=1)
    with connected(store.address) as connection:
        connection.cursor().execute("UPDATE coverage SET records = 2")
        connection.commit()
    note_broken(store)
    assert missing(store) == {} and rows(store.address, "SELECT * FROM broken_window") == []


@pytest.mark.parametrize("run_ends, left", [(500_000, [("", 0, 500_000, 1_000_000, 1, 0)]), (None, [])])
def test_no_window_reaches_into_the_future(store, run_ends, left):
    keep(store, ("a", 400_000), ("b", 900_000_000), now=1)
    prove(store, (0, 1_000_000_000), now=1_000_000_000)

    def work(connection):
        if run_ends:
            runs.begin(connection, "r", SCOPE, "", run_ends, (0, run_ends))
            runs.note(connection, "r", ended_at=run_ends, reasons="[]")
        repair.cut_future(connection, SCOPE, 1_000_000)

    store.transact(work)
    assert loaded(store) == left


def test_a_window_that_lacks_records_is_not_extended(store):
    keep(store, ("a", 1))
    prove(store, (0, 10), now=11)
    delete(store, "a")
    prove(store, (0, 20), now=21, broken=[0])
    assert [row[1:] for row in loaded(store)] == [(0, 10, 11, 1, 1), (10, 20, 21, 0, 0)]


def test_scopes_are_apart(store):
    keep_sessions(store.address, [session(1, MARCH)], scope={"org": "other"})
    prove(store, (MARCH, MARCH + DAY), now=MARCH + DAY)
    assert loaded(store) == [("", MARCH, MARCH + DAY, MARCH + DAY, 0, 0)]
    assert store.transact(lambda connection: coverage.load(connection, SCOPE.source, scope_of(SCOPE.source, {"org": "other"}).key)) == {}
