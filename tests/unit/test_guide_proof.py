# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide's scripts: a stranger checks a chain of seals, and a record, without this collection."""

from __future__ import annotations

import subprocess

import pytest
from exporting import DAY, keep, session
from sealing import NOON, seal, sealed_days, sql, statement
from signing import allow, make_key

from ansible_collections.opsaudit.sessions.tests.guides import GUIDES, blocks

CHECK, RECORD = blocks("guide_proof", "sh")


@pytest.fixture
def dest(tmp_path):
    """A chain of three seals, the second of them empty."""
    key = make_key(tmp_path / "key")
    allow(tmp_path / "allowed", key)
    store = sealed_days(tmp_path / "sessions.db", tmp_path / "seals", signing_key=key)
    seal(store, tmp_path / "seals", 1, signing_key=key)
    keep(store, [session(1, user="eve")], now=NOON + DAY + 1)
    seal(store, tmp_path / "seals", 2, signing_key=key)
    return tmp_path / "seals"


def check(dest, allowed):
    done = subprocess.run(["sh", "-c", CHECK, "sh", dest, allowed], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_good_chain(dest, tmp_path):
    code, said = check(dest, tmp_path / "allowed")
    assert code == 0, said
    sha256 = sql(str(tmp_path / "sessions.db"), "SELECT seal_sha256 FROM store")[0][0]
    assert said.endswith("last seal: 000003.json %s\n" % sha256)


@pytest.mark.parametrize("name, old, new", [
    ("000001.jsonl", b"s0001", b"s0009"),
    ("000003.jsonl", b"s0001", b"s0009"),
    ("000001.json", b'"number":1', b'"number":7'),
    ("000003.json", b'"number":3', b'"number":7'),
    ("000002.json.sig", b"U1NIU0lH", b"U1NIU0lI"),
])
def test_what_was_edited_fails(dest, tmp_path, name, old, new):
    content = (dest / name).read_bytes()
    assert old in content
    (dest / name).write_bytes(content.replace(old, new))
    assert check(dest, tmp_path / "allowed")[0] != 0


@pytest.mark.parametrize("name", ["000001.json", "000002.json", "000002.jsonl", "000003.json.sig"])
def test_what_is_missing_fails(dest, tmp_path, name):
    (dest / name).unlink()
    assert check(dest, tmp_path / "allowed")[0] != 0


def test_another_signer_fails(dest, tmp_path):
    assert check(dest, allow(tmp_path / "strangers", make_key(tmp_path / "stranger")))[0] != 0


def test_one_record(dest, tmp_path):
    """Its hash is in its newest line."""
    (tmp_path / "raw").write_text(sql(str(tmp_path / "sessions.db"), "SELECT raw FROM record WHERE record_id = 's0001'")[0][0] + "\n")
    query = RECORD[:RECORD.index(" |")]
    assert query.startswith("sqlite3 sessions.db ")
    # There may be no program sqlite3 here.
    script = RECORD.replace(query, "cat raw").replace("/srv/seals", str(dest))
    said = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split()
    assert said[0] == said[2]


def test_the_fields_are_those_of_a_statement(dest):
    assert {name for name in statement(dest) if "``%s``" % name not in GUIDES["guide_proof"]} == set()
