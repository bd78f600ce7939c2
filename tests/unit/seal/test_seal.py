# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seals: what they hold, and what happens to the folder."""

from __future__ import annotations

import hashlib
import json
import stat

import pytest
from exporting import BEGIN, DAY, contents, keep, note, session
from sealing import NOON, forge, good, lines, outcome, raw, seal, sealed_days, sql, statement, verify
from signing import allow, make_key

FILES = {"000001.json", "000001.jsonl"}


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "seals"


@pytest.fixture
def store(tmp_path, dest):
    return sealed_days(tmp_path / "s.db", dest)


def names(dest):
    return {name for name in contents(dest) if not name.startswith(".")}


def test_the_first_seal(store, dest):
    assert names(dest) == FILES
    content = (dest / "000001.json").read_bytes()
    reported = json.loads(content)
    assert content == (json.dumps(reported, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()
    delta = (dest / "000001.jsonl").read_bytes()
    store_id, number, sha256, sealed_at = sql(store, "SELECT id, seal_number, seal_sha256, sealed_at FROM store")[0]
    assert reported == {
        "format": "opsaudit-seal/1", "number": 1, "store_id": store_id, "sealed_at": NOON, "version": "1.0.0", "previous_sha256": None,
        "delta_sha256": hashlib.sha256(delta).hexdigest(), "delta_count": 4, "pruned": [],
        "scopes": [{
            "source": "hoop_session", "scope_key": "org=o", "scope": {"org": "o"}, "count": 4, "retired_at": None,
            "coverage": [{"view": {}, "start": BEGIN, "end": BEGIN + 4 * DAY, "read_at": BEGIN + 4 * DAY, "records": 4}],
        }],
    }
    assert (number, sha256, sealed_at) == (1, hashlib.sha256(content).hexdigest(), NOON)
    assert delta.splitlines() == sorted(delta.splitlines())
    row = sql(store, "SELECT content_hash, row_hash FROM record WHERE record_id = 's0002'")[0]
    assert next(line for line in lines(dest) if line["record_id"] == "s0002") == {
        "change": "added", "source": "hoop_session", "scope_key": "org=o", "record_id": "s0002", "started_at": BEGIN + 2 * DAY,
        "content_hash": row[0], "row_hash": row[1], "final": True,
    }
    assert all(stat.S_IMODE((dest / name).stat().st_mode) == 0o600 for name in FILES)
    assert stat.S_IMODE(dest.stat().st_mode) == 0o700


def test_a_heartbeat(store, dest):
    before = contents(dest)
    result = seal(store, dest, 1)
    assert result == {
        "number": 2, "statement_sha256": hashlib.sha256((dest / "000002.json").read_bytes()).hexdigest(), "changed": True,
        "sealed": {"added": 0, "changed": 0, "final_changed": 0, "pruned": 0},
    }
    assert (dest / "000002.jsonl").read_bytes() == b""
    assert statement(dest, 2)["previous_sha256"] == hashlib.sha256(before["000001.json"]).hexdigest()
    after = contents(dest)
    assert {name: after[name] for name in before} == before
    assert good(store, dest)["number"] == 2


def test_what_is_new_and_what_changed(tmp_path, dest):
    store = str(tmp_path / "s.db")
    running = session(1, status="open", end_date=None, exit_code=None)
    keep(store, [session(0), running])
    assert seal(store, dest)["sealed"] == {"added": 2, "changed": 0, "final_changed": 0, "pruned": 0}
    assert {line["record_id"]: line["final"] for line in lines(dest)} == {"s0000": True, "s0001": False}
    keep(store, [session(1), session(0, user="eve"), session(2)], now=NOON + 1)
    assert verify(store, dest)["unsealed"] == 2
    assert [each["seal"] for each in good(store, dest)["final_changed"]] == [None]
    assert seal(store, dest, 1)["sealed"] == {"added": 1, "changed": 1, "final_changed": 1, "pruned": 0}
    assert {line["record_id"]: line["change"] for line in lines(dest, 2)} == {"s0000": "final_changed", "s0001": "changed", "s0002": "added"}
    result = good(store, dest)
    assert result["unsealed"] == 0
    assert result["final_changed"] == [{"source": "hoop_session", "scope": {"org": "o"}, "record_id": "s0000", "seal": 2}]


def test_a_long_run_may_write_after_a_seal_what_it_dates_before(tmp_path, dest):
    """A run dates what it writes with its own start, however late it writes."""
    store = str(tmp_path / "s.db")
    keep(store, [session(0)], now=NOON - 5)
    sql(store, "INSERT INTO run (run_id, source, scope_key, view, started_at, added, updated, requests, version, repeats)"
               " VALUES ('r', 'hoop_session', 'org=o', '', ?, 0, 0, 0, '1', 0)", NOON - 1)
    seal(store, dest)
    keep(store, [session(0, user="eve"), session(1)], now=NOON - 1)
    sql(store, "UPDATE run SET ended_at = ?", NOON + 100)
    result = good(store, dest)
    assert (result["unsealed"], len(result["final_changed"])) == (1, 1)
    assert seal(store, dest, 1)["sealed"] == {"added": 1, "changed": 0, "final_changed": 1, "pruned": 0}
    assert good(store, dest)["unsealed"] == 0


def test_a_seal_never_covers_up(store, dest):
    """What was altered or removed is not sealed again: each later verification names it still."""
    forge(store, "s0001", raw=raw(1, user="eve"))
    sql(store, "DELETE FROM record WHERE record_id = 's0002'")
    result, warnings = outcome(store, dest, NOON + DAY)
    assert result["sealed"] == {"added": 0, "changed": 0, "final_changed": 0, "pruned": 0}
    assert warnings == ["records differ from what was sealed, and were not sealed again: 1 altered, 1 removed (verify: true names them)"]
    result = verify(store, dest)
    assert [[each["record_id"] for each in result[name]] for name in ("altered", "removed")] == [["s0001"], ["s0002"]]


def test_check_mode_writes_nothing(store, dest, tmp_path):
    keep(store, [session(9)], now=NOON + 1)
    before = contents(dest)
    result = seal(store, dest, 1, check=True)
    assert result == {
        "number": 2, "statement_sha256": None, "changed": True, "sealed": {"added": 1, "changed": 0, "final_changed": 0, "pruned": 0},
    }
    assert contents(dest) == before
    assert sql(store, "SELECT seal_number FROM store") == [(1,)]
    sql(store, "UPDATE store SET seal_number = NULL")
    assert seal(store, tmp_path / "other", 1, check=True)["number"] == 1
    assert not (tmp_path / "other").exists()


def test_it_is_signed(tmp_path, dest):
    key = make_key(tmp_path / "key")
    store = sealed_days(tmp_path / "s.db", dest, signing_key=key)
    assert names(dest) == {*FILES, "000001.json.sig"}
    good(store, dest, allowed_signers=allow(tmp_path / "allowed", key))
    assert outcome(store, dest, verify=True)[1] == [
        "signatures were not checked; give allowed_signers, the file that lists whose signature counts"
    ]


def test_an_unsigned_seal_never_follows_a_signed_one(tmp_path, dest):
    store = sealed_days(tmp_path / "s.db", dest, signing_key=make_key(tmp_path / "key"))
    before = contents(dest)
    result, _warnings = outcome(store, dest)
    assert result["msg"] == "signing_key: missing, and seal 1 is signed (an unsigned seal after it would break the chain)"
    assert contents(dest) == before


@pytest.mark.parametrize("given, message", [
    ({"dest": "seals"}, "dest: 'seals' is not an absolute path"),
    ({"dest": "/nowhere/seals"}, "dest: '/nowhere/seals' is not a folder, or the name of a new one in a folder that exists and may be written to"),
    ({"dest": "/nowhere", "verify": True}, "dest: '/nowhere' is not the folder of the seals"),
    ({"store": None}, "store: missing"),
    ({"signing_key": "/nowhere"}, "signing_key: '/nowhere' cannot be read (No such file or directory)"),
    ({"allowed_signers": "/nowhere", "verify": True}, "allowed_signers: '/nowhere' cannot be read (No such file or directory)"),
])
def test_bad_options(store, dest, given, message):
    result, _warnings = outcome(**{"store": store, "dest": dest, **given})
    assert result["failed"] and result["failure"]["kind"] == "invalid_request"
    assert result["msg"].startswith(message)


def test_a_foreign_file_is_left_alone(store, dest):
    (dest / "000002.jsonl").write_text("mine")
    result, _warnings = outcome(store, dest)
    assert "is another file than a seal's" in result["msg"]
    assert (dest / "000002.jsonl").read_text() == "mine"


@pytest.mark.parametrize("leave", ["000001.json", "000001.jsonl"])
def test_a_broken_chain_is_not_continued(store, dest, leave):
    (dest / leave).write_bytes((dest / leave).read_bytes().replace(b"s0001", b"s0009") + b" ")
    result, _warnings = outcome(store, dest)
    assert result["failed"] and result["failure"]["kind"] == "integrity"
    assert result["broken"]
    assert names(dest) == FILES


def test_every_database_is_sealed_alike(any_store, tmp_path, dest):
    found = []
    for store, folder in ((any_store, dest), (str(tmp_path / "reference.db"), tmp_path / "reference")):
        keep(store, [session(number, BEGIN + number, user="ä" * number) for number in range(6)])
        keep(store, [session(number, BEGIN) for number in range(3)], scope={"org": "A"})
        keep(store, [session(number, BEGIN) for number in range(3)], scope={"org": "a"})
        note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
        seal(store, folder)
        keep(store, [session(1, BEGIN + 1), session(7)], now=NOON + 1)
        seal(store, folder, 1)
        good(store, folder)
        reported = statement(folder, 2)
        found.append([reported["scopes"], (folder / "000001.jsonl").read_bytes(), (folder / "000002.jsonl").read_bytes()])
    assert found[0] == found[1]
