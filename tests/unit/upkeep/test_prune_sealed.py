# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sealed store that is pruned: what goes must be sealed if a task says so, and what is gone must be declared."""

from __future__ import annotations

import pytest
from exporting import BEGIN, DAY, keep, note, session
from pruning import counts, declared, ids, pruned
from sealing import NOON, forge, good, seal, sealed_days, sql, verify, wrong

from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep import prune

CUT = BEGIN + 2 * DAY
ORG = ("hoop_session", '{"org": "o"}')
#: A run that changed a record, which began and ended on the day after the first seal.
RUN = (
    "INSERT INTO run (run_id, source, scope_key, view, started_at, ended_at, complete, reasons, added, updated, requests, version, repeats)"
    " VALUES ('%s', 'hoop_session', 'org=o', '', %d, %d, 1, '[]', 0, 1, 1, '1', 0)"
)


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "seals"


@pytest.fixture
def store(tmp_path, dest):
    return sealed_days(tmp_path / "s.db", dest)


def change(store, number, at=NOON + 1, start=BEGIN + DAY, **more):
    keep(store, [session(number, start, **more)], now=at)
    sql(store, RUN % ("r%d" % at, at, at + 1))


def test_a_prune_of_what_is_sealed(store, dest):
    assert counts(pruned(store, CUT, require_seal=str(dest))) == {ORG: 2}
    good(store, dest)
    assert seal(store, dest, 40)["sealed"]["pruned"] == 2
    good(store, dest)
    # Whoever deletes one more is found.
    sql(store, "DELETE FROM record WHERE record_id = 's0002'")
    assert wrong(store, dest)[1] == ["s0002"]


def test_one_more_that_would_have_been_pruned(store, dest):
    keep(store, [session(9, BEGIN, status="open", end_date=None)], now=NOON + 1)
    seal(store, dest, 1)
    pruned(store, CUT, require_seal=str(dest))
    seal(store, dest, 40)
    sql(store, "DELETE FROM record WHERE record_id = 's0009'")
    assert "declares 2 records, and 3 are gone" in wrong(store, dest)[2][0][1]


@pytest.mark.parametrize("how, name", [
    (lambda store: keep(store, [session(9, BEGIN)], now=NOON + 1), "s0009"),
    (lambda store: change(store, 1, exit_code=9), "s0001"),
    (lambda store: forge(store, "s0001", actor="eve"), "s0001"),
    (lambda store: forge(store, "s0001", rehash=False, raw="{}"), "s0001"),
])
def test_what_is_not_sealed_as_it_is_stops_a_prune(store, dest, how, name):
    how(store)
    before = ids(store)
    result = pruned(store, CUT, require_seal=str(dest))
    assert result["failed"] and result["failure"]["kind"] == "invalid_request"
    assert result["msg"].startswith("require_seal: 1 records are not sealed as they are now: %s of hoop_session, scope org=o" % name)
    assert pruned(store, CUT, require_seal=str(dest), check=True)["msg"] == result["msg"]
    assert ids(store) == before and declared(store) == []
    # What does not go need not be sealed.
    assert counts(pruned(store, BEGIN - 1, require_seal=str(dest))) == {}


def test_a_chain_that_is_broken_stops_a_prune(store, dest):
    (dest / "000001.jsonl").write_bytes(b"")
    assert "the chain of seals is broken" in pruned(store, CUT, require_seal=str(dest))["msg"]
    assert len(ids(store)) == 4


def test_what_changes_after_it_was_compared_stops_a_prune(store, dest, monkeypatch):
    real = prune.open_store

    def opened_store(*given, **more):
        change(store, 1, exit_code=9)
        return real(*given, **more)

    monkeypatch.setattr(prune, "open_store", opened_store)
    result = pruned(store, CUT, require_seal=str(dest))
    assert "have changed since they were compared (run the task again)" in result["msg"]
    assert len(ids(store)) == 4 and declared(store) == []


def test_what_had_changed_since_the_seal_is_no_false_alarm(store, dest):
    change(store, 1, exit_code=9)
    assert counts(pruned(store, CUT)) == {ORG: 2}
    good(store, dest)
    seal(store, dest, 40)
    good(store, dest)


def test_a_record_that_was_open_at_the_first_prune(store, dest):
    keep(store, [session(9, BEGIN, status="open", end_date=None)], now=NOON + 1)
    seal(store, dest, 1)
    pruned(store, CUT)
    change(store, 9, NOON + 2 * DAY, BEGIN)
    # Once without a seal between, and once with one.
    pruned(store, CUT + 1, 1)
    good(store, dest)
    seal(store, dest, 41)
    keep(store, [session(10, BEGIN + 3 * DAY, status="open", end_date=None)], now=NOON + 42 * DAY)
    seal(store, dest, 43)
    pruned(store, BEGIN + 4 * DAY, 44)
    seal(store, dest, 80)
    change(store, 10, NOON + 81 * DAY, BEGIN + 3 * DAY)
    seal(store, dest, 82)
    assert counts(pruned(store, BEGIN + 5 * DAY, 83, require_seal=str(dest))) == {ORG: 1}
    good(store, dest)
    seal(store, dest, 120)
    good(store, dest)
    assert [each["records"] for each in declared(store)] == [2, 2, 1, 1] and ids(store) == []


def test_a_record_that_came_back_and_was_pruned_again(store, dest):
    pruned(store, CUT)
    seal(store, dest, 40)
    keep(store, [session(0, BEGIN)], now=NOON + 41 * DAY)
    good(store, dest)
    seal(store, dest, 42)
    assert counts(pruned(store, CUT, 50)) == {ORG: 1}
    good(store, dest)
    seal(store, dest, 90)
    good(store, dest)


def test_a_prune_does_not_explain_what_was_there_after_it(store, dest):
    keep(store, [session(8, BEGIN)], now=NOON + 1)
    assert counts(pruned(store, CUT)) == {ORG: 3}
    seal(store, dest, 40)
    keep(store, [session(9, BEGIN)], now=NOON + 41 * DAY)
    seal(store, dest, 42)
    sql(store, "DELETE FROM record WHERE record_id = 's0009'")
    assert wrong(store, dest) == ([], ["s0009"], [])


def test_a_seal_in_the_middle_of_a_prune(store, dest, monkeypatch):
    # One of its records is in no seal before.
    keep(store, [session(9, BEGIN)], now=NOON + 1)
    with monkeypatch.context() as patched:
        patched.setattr(prune._Prune, "_delete", lambda *given: None)
        pruned(store, CUT)
    seal(store, dest, 40)
    good(store, dest)
    pruned(store, CUT, 1)
    good(store, dest)
    seal(store, dest, 50)
    assert verify(store, dest)["unsealed"] == 0


def test_a_prune_before_the_first_seal(tmp_path, dest):
    store = str(tmp_path / "s.db")
    keep(store, [session(number, BEGIN + number * DAY) for number in range(4)])
    note(store, (BEGIN, BEGIN + 4 * DAY), [(BEGIN, BEGIN + 4 * DAY)])
    pruned(store, CUT)
    seal(store, dest, 40)
    good(store, dest)
    pruned(store, BEGIN + 3 * DAY, 20, require_seal=str(dest))
    good(store, dest)
