# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification: each thing that somebody can do to a store or to its seals is found, and named."""

from __future__ import annotations

import shutil

import pytest
from exporting import BEGIN, DAY, keep, note, session
from sealing import NOON, forge, good, lines, outcome, raw, seal, sealed_days, sql, statement, verify, wrong
from signing import allow, make_key

from ansible_collections.opsaudit.sessions.plugins.module_utils._records.canonical import write_canonical
from ansible_collections.opsaudit.sessions.plugins.module_utils._seal import verification
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.pruned import Digest

HOUR = 3_600_000


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "seals"


@pytest.fixture
def store(tmp_path, dest):
    return sealed_days(tmp_path / "s.db", dest)


@pytest.fixture
def key(tmp_path):
    return make_key(tmp_path / "key")


@pytest.fixture
def allowed(tmp_path, key):
    return allow(tmp_path / "allowed", key)


# Records

@pytest.mark.parametrize("rehash", [False, True])
@pytest.mark.parametrize("values", [{"raw": raw(1, user="eve")}, {"actor": "eve"}, {"started_at": 5}, {"outcome": "failure"}, {"scope": "{}"}])
def test_an_altered_row(store, dest, rehash, values):
    forge(store, "s0001", rehash, **values)
    result = verify(store, dest)
    assert result["altered"] == [{"source": "hoop_session", "scope": {"org": "o"}, "record_id": "s0001", "seal": 1}]
    assert result["removed"] == []
    assert "1 altered" in result["msg"] and "s0001" in result["msg"]
    assert result["failure"]["target"] == {"dest": str(dest)}


def test_raw_and_content_hash_altered_alike(store, dest):
    forge(store, "s0001", raw=raw(1, user="eve"))
    row_hash = lines(dest)[0]["row_hash"]
    sql(store, "UPDATE record SET row_hash = ? WHERE record_id = 's0001'", row_hash)
    assert wrong(store, dest)[0] == ["s0001"]


def test_an_ended_record_forged_as_a_late_change_is_listed(store, dest):
    forge(store, "s0001", changed_at=NOON + 1, raw=raw(1, user="eve"))
    result = good(store, dest)
    assert [(each["record_id"], each["seal"]) for each in result["final_changed"]] == [("s0001", None)]
    assert result["unsealed"] == 0


@pytest.mark.parametrize("value", ["text", None, b"\xff"])
def test_a_column_of_another_type(store, dest, value):
    for name in ("started_at", "changed_at", "actor"):
        try:
            sql(store, "UPDATE record SET %s = ? WHERE record_id = 's0001'" % name, value)
        except Exception:
            continue
    result = verify(store, dest)
    assert result["failed"] and result["failure"]["kind"] in ("integrity", "store")


def test_a_removed_row(store, dest):
    sql(store, "DELETE FROM record WHERE record_id = 's0001'")
    result = verify(store, dest)
    assert result["removed"] == [{"source": "hoop_session", "scope": {"org": "o"}, "record_id": "s0001", "seal": 1}]


def test_a_row_under_another_scope(store, dest):
    forge(store, "s0001", scope_key="org=p", scope='{"org":"p"}')
    altered, removed, _broken = wrong(store, dest)
    assert removed == ["s0001"] and altered == []


def test_an_unsealed_row_whose_hashes_do_not_fit(store, dest):
    keep(store, [session(9)], now=NOON + 1)
    assert good(store, dest)["unsealed"] == 1
    forge(store, "s0009", rehash=False, actor="eve")
    assert verify(store, dest)["altered"][0]["seal"] is None


def test_long_lists_are_cut_and_counted(store, dest, monkeypatch):
    monkeypatch.setattr(verification, "_LONGEST", 2)
    sql(store, "DELETE FROM record")
    result, warnings = outcome(store, dest, verify=True)
    assert len(result["removed"]) == 2
    assert warnings == ["removed: there are 4, and the first 2 are listed"]
    assert "4 removed" in result["msg"]


# Coverage

@pytest.mark.parametrize("change, problem", [
    ("window_end = window_end - %d" % HOUR, "has shrunk"),
    ("window_start = window_start + %d" % HOUR, "has shrunk"),
    ("window_end = window_end + %d" % HOUR, "has grown"),
    ("window_start = window_start - %d" % HOUR, "has grown"),
    ("view = 'user=ana'", "has shrunk"),
    ("scope_key = 'org=p'", "has shrunk"),
])
def test_coverage_altered_by_hand(store, dest, change, problem):
    sql(store, "UPDATE coverage SET " + change)
    altered, removed, broken = wrong(store, dest)
    assert altered == removed == []
    assert broken[0][0] is None and any(problem in each[1] for each in broken)
    # Sealed once more it is named still, with the seal that holds it first.
    seal(store, dest, 1)
    assert {each[0] for each in wrong(store, dest)[2]} == {2}


def test_coverage_that_a_run_explains(store, dest):
    note(store, (BEGIN, BEGIN + 6 * DAY), [(BEGIN + 4 * DAY, BEGIN + 6 * DAY)])
    good(store, dest)
    seal(store, dest, 1)
    good(store, dest)


# Prunes

def prune(store, before, ids, state="done", records=None, digest=None):
    """What session_prune does."""
    content = Digest()
    for name, found in sql(store, "SELECT record_id, content_hash FROM record ORDER BY record_id"):
        if name in ids:
            content.add(name, found)
    values = before, state, len(ids) if records is None else records, digest or content.hexdigest()
    sql(store, "INSERT INTO pruned (source, scope_key, before_time, state, records, digest, pruned_at, reason)"
               " VALUES ('hoop_session', 'org=o', ?, ?, ?, ?, 1, 'retention')", *values)
    for name in ids:
        sql(store, "DELETE FROM record WHERE record_id = ?", name)
    sql(store, "UPDATE coverage SET window_start = ?, records = records - ?", before, len(ids))


@pytest.mark.parametrize("state", ["begun", "done"])
def test_a_declared_prune(store, dest, state):
    prune(store, BEGIN + 2 * DAY, ["s0000", "s0001"], state)
    good(store, dest)
    assert seal(store, dest, 1)["sealed"] == {"added": 0, "changed": 0, "final_changed": 0, "pruned": 2}
    assert statement(dest, 2)["pruned"][0]["records"] == 2
    assert seal(store, dest, 2)["sealed"]["pruned"] == 0
    good(store, dest)


def test_more_went_than_a_prune_declares(store, dest):
    prune(store, BEGIN + 2 * DAY, ["s0001"])
    sql(store, "DELETE FROM record WHERE record_id = 's0000'")
    assert [each[0] for each in wrong(store, dest)[2]] == [None]
    assert "declares 1 records, and 2 are gone" in wrong(store, dest)[2][0][1]


def test_others_went_than_a_prune_declares(store, dest):
    prune(store, BEGIN + 2 * DAY, ["s0000", "s0001"], digest="0" * 64)
    assert "declares other records" in wrong(store, dest)[2][0][1]


def test_what_is_later_than_a_prune_must_be_there(store, dest):
    prune(store, BEGIN + 2 * DAY, ["s0000", "s0001"])
    sql(store, "DELETE FROM record WHERE record_id = 's0003'")
    assert wrong(store, dest) == ([], ["s0003"], [])


@pytest.mark.parametrize("statement", ["DELETE FROM pruned", "UPDATE pruned SET records = 1", "UPDATE pruned SET digest = '%s'" % ("0" * 64)])
def test_an_altered_declaration(store, dest, statement):
    prune(store, BEGIN + 2 * DAY, ["s0000", "s0001"])
    seal(store, dest, 1)
    sql(store, statement)
    assert any("the declaration of the prune" in each[1] for each in wrong(store, dest)[2])


# The chain

def three(store, dest, **given):
    """Two more seals."""
    for day in (1, 2):
        keep(store, [session(10 + day)], now=NOON + day * DAY - 1)
        seal(store, dest, day, **given)


@pytest.mark.parametrize("name, problem", [
    ("000002.json", (2, "it is missing")),
    ("000002.jsonl", (2, "its delta is missing")),
    ("000003.json", (3, "it is missing; the folder is an older copy, or belongs to another store")),
])
def test_a_missing_file(store, dest, name, problem):
    three(store, dest)
    (dest / name).unlink()
    assert problem in wrong(store, dest)[2]


@pytest.mark.parametrize("name, old, new, problem", [
    ("000002.jsonl", b"s0011", b"s0099", (2, "its delta was altered")),
    ("000002.jsonl", b"\n", b"", (2, "its delta is not as session_seal writes it")),
    ("000002.jsonl", b'"final":true', b'"final":1', (2, "its delta is not as session_seal writes it")),
    ("000002.json", b'"count":5', b'"count":6', (3, "its hash of the previous seal does not match: the previous seal was altered or replaced")),
    ("000003.json", b'"count":6', b'"count":7', (3, "it is another one than the store knows")),
    ("000002.jsonl", b'"started_at":', b'"started_at":9999999999', (2, "its delta is not as session_seal writes it")),
    ("000002.json", b'"start":', b'"start":9999999999', (2, "its statement is no statement of session_seal")),
    ("000002.json", b"{", b"{ ", (2, "its statement is no statement of session_seal")),
    ("000002.json", b'"number":2', b'"number":4', (2, "its statement has the number 4")),
    ("000002.json", b'"format":', b'"formed":', (2, "its statement is no statement of session_seal")),
    ("000002.json", b'"scopes":[', b'"scopes":[[],', (2, "its statement is no statement of session_seal")),
])
def test_an_edited_file(store, dest, name, old, new, problem):
    three(store, dest)
    content = (dest / name).read_bytes()
    assert old in content
    (dest / name).write_bytes(content.replace(old, new, 1))
    assert problem in wrong(store, dest)[2]


def test_reordered_seals(store, dest):
    three(store, dest)
    for ending in (".json", ".jsonl"):
        (dest / ("000002" + ending)).rename(dest / "kept")
        (dest / ("000003" + ending)).rename(dest / ("000002" + ending))
        (dest / "kept").rename(dest / ("000003" + ending))
    assert {each[0] for each in wrong(store, dest)[2]} >= {2, 3}


def test_signatures(store, dest, key, allowed, tmp_path):
    assert (1, "its signature is missing") in wrong(store, dest, allowed_signers=allowed)[2]
    other = sealed_days(tmp_path / "other.db", tmp_path / "other", signing_key=key)
    three(other, tmp_path / "other", signing_key=key)
    good(other, tmp_path / "other", allowed_signers=allowed)
    stranger = allow(tmp_path / "strangers", make_key(tmp_path / "stranger"))
    assert [each[0] for each in wrong(other, tmp_path / "other", allowed_signers=stranger)[2]] == [1, 2, 3]
    assert "allowed_signers does not list" in wrong(other, tmp_path / "other", allowed_signers=stranger)[2][0][1]
    shutil.copy(tmp_path / "other" / "000001.json.sig", tmp_path / "other" / "000002.json.sig")
    assert [each[0] for each in wrong(other, tmp_path / "other", allowed_signers=allowed)[2]] == [2]


def test_seals_of_another_store(store, dest, tmp_path):
    other = sealed_days(tmp_path / "other.db", tmp_path / "other")
    assert (1, "it is of another store") in wrong(other, dest)[2]
    result, _warnings = outcome(other, dest)
    assert result["failure"]["kind"] == "integrity"


@pytest.mark.parametrize("seals", [1, 2])
def test_the_store_is_an_older_copy(store, dest, tmp_path, seals):
    shutil.copy(store, tmp_path / "copy.db")
    for day in range(1, seals + 1):
        keep(store, [session(10 + day)], now=NOON + day * DAY - 1)
        seal(store, dest, day)
    _altered, removed, broken = wrong(tmp_path / "copy.db", dest)
    assert removed == ["s%04d" % (10 + day) for day in range(1, seals + 1)]
    assert broken == [(1 + seals, "the store does not know it: the store was restored from an older copy (its last seal is 1)")]


def test_a_restored_store_goes_on_and_is_filled_again(store, dest, tmp_path):
    shutil.copy(store, tmp_path / "copy.db")
    three(store, dest)
    copy = str(tmp_path / "copy.db")
    result, warnings = outcome(copy, dest, NOON + 3 * DAY)
    assert result["number"] == 4
    assert "the store was restored from an older copy: its last seal is 1, and the folder has 3" in warnings[0]
    assert wrong(copy, dest) == ([], ["s0011", "s0012"], [])
    keep(copy, [session(11), session(12)], now=NOON + 4 * DAY)
    good(copy, dest)


def test_the_folder_is_an_older_copy(store, dest, tmp_path):
    shutil.copytree(dest, tmp_path / "copy")
    three(store, dest)
    problem = (2, "it is missing, and all up to 3; the folder is an older copy, or belongs to another store")
    assert wrong(store, tmp_path / "copy")[2] == [problem]
    result, _warnings = outcome(store, tmp_path / "copy", NOON + 3 * DAY)
    assert result["failure"]["kind"] == "integrity"
    assert not (tmp_path / "copy" / "000002.json").exists()


def test_a_folder_without_seals(store, tmp_path):
    (tmp_path / "empty").mkdir()
    assert wrong(store, tmp_path / "empty")[2][0][0] == 1
    sql(store, "UPDATE store SET seal_number = NULL, seal_sha256 = NULL, sealed_at = NULL")
    result = good(store, tmp_path / "empty")
    assert (result["number"], result["statement_sha256"], result["unsealed"]) == (None, None, 4)


def test_a_huge_number_costs_no_time(store, dest):
    (dest / "999999999999.json").write_text(write_canonical({}))
    assert (2, "it is missing, and all up to 999999999998") in wrong(store, dest)[2]
