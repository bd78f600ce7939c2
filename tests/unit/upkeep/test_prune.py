# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A prune deletes what began before a time, declares it first, and is never undeclared loss."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from exporting import BEGIN, DAY, keep, note, session, some_days
from pruning import LATER, at, counts, declared, digest_of, hashes, ids, pruned, windows
from tasks import result_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep import prune
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.prune import PruneTask
from ansible_collections.opsaudit.sessions.tests.stores.look import connected, rows

ORG = ("hoop_session", '{"org": "o"}')
CUT = BEGIN + 2 * DAY


def execute(store, statement):
    with connected(store) as connection:
        connection.cursor().execute(statement)
        if not store.startswith(("postgresql", "mariadb")):
            connection.commit()


def still_open(number, start):
    return session(number, start, status="open", end_date=None)


def test_what_began_before_goes_and_is_declared(any_store):
    keep(any_store, [*(session(number, BEGIN + number * DAY) for number in range(4)), still_open(7, BEGIN), session(8, None)])
    note(any_store, (BEGIN, BEGIN + 4 * DAY), [(BEGIN, BEGIN + 4 * DAY)])
    digest = digest_of(hashes(any_store, "s0000", "s0001"))
    predicted = pruned(any_store, CUT, check=True, reason="keep 60 days")
    assert len(ids(any_store)) == 6 and declared(any_store) == []
    result = pruned(any_store, CUT, reason="keep 60 days")
    assert predicted == result and counts(result) == {ORG: 2} and result["changed"] is True
    # What is open, or has no start, stays, as does what began at that instant.
    assert ids(any_store) == ["s0002", "s0003", "s0007", "s0008"]
    assert declared(any_store) == [{
        "source": "hoop_session", "scope_key": "org=o", "before_time": CUT, "state": "done", "records": 2, "digest": digest,
        "pruned_at": LATER, "reason": "keep 60 days",
    }]
    assert windows(any_store) == [(CUT, BEGIN + 4 * DAY, 2)]
    again = pruned(any_store, CUT, 1)
    assert (counts(again), again["changed"], len(declared(any_store))) == ({}, False, 1)


def test_windows_before_go_and_what_lacked_records_lacks_them_still(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [session(number, BEGIN + number * DAY) for number in range(6)])
    note(store, (BEGIN, BEGIN + 6 * DAY), [(BEGIN, BEGIN + DAY), (BEGIN + DAY, BEGIN + 6 * DAY)], read_at=BEGIN + 30 * DAY)
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)], view="user=ana")
    execute(store, "DELETE FROM record WHERE record_id = 's0005'")
    assert counts(pruned(store, BEGIN + 3 * DAY)) == {ORG: 3}
    assert windows(store) == [(BEGIN + 3 * DAY, BEGIN + 6 * DAY, 3)]
    assert ids(store) == ["s0003", "s0004"]


def test_sources_and_scope_select(tmp_path):
    store = some_days(tmp_path / "s.db")
    keep(store, [session(9, BEGIN)], scope={"org": "p"})
    node = {"instance_id": "1", "node_id": "n"}
    keep(store, [{"task_id": "k", "start_time": BEGIN // 1000, **node}], "taurusdb_killed_session", node)
    assert counts(pruned(store, CUT, check=True)) == {
        ORG: 2, ("hoop_session", '{"org": "p"}'): 1, ("taurusdb_killed_session", '{"instance_id": "1", "node_id": "n"}'): 1,
    }
    # YAML makes a number of an id that is one; the order does not matter.
    assert counts(pruned(store, CUT, scope={"node_id": "n", "instance_id": 1}, check=True)) == {
        ("taurusdb_killed_session", '{"instance_id": "1", "node_id": "n"}'): 1,
    }
    assert counts(pruned(store, CUT, sources=["hoop_session"], scope={"org": "p"})) == {("hoop_session", '{"org": "p"}'): 1}
    assert pruned(store, CUT, scope={"org": "q"}, sources=["hoop_session"])["msg"] == (
        "scope: org=q is not in this store (it knows org=o; org=p)"
    )
    assert pruned(store, CUT, sources=["hoop"])["msg"].startswith("sources: 'hoop' is not one of hoop_session, taurusdb_killed_session")


@pytest.mark.parametrize("given, line", [
    ({"before": "2026-13-01"}, "before: '2026-13-01' is not a time"),
    ({"before": at(LATER + 1)}, "before: '2026-04-30T00:00:00.001Z' is not in the past (what has not begun yet can't be pruned)"),
    ({"reason": "two\nlines"}, "reason: 'two\\nlines' is not 1 to 200 characters in one line"),
    ({"store": None}, "store: missing"),
    ({"attachments": "files"}, "attachments: 'files' is not the absolute path of a folder"),
    ({"require_seal": "seals"}, "require_seal: 'seals' is not an absolute path"),
    ({"require_seal": "/no/such"}, "require_seal: '/no/such' is not the folder of the seals"),
])
def test_bad_input_is_one_line(tmp_path, given, line):
    store = some_days(tmp_path / "s.db")
    result = result_of(PruneTask(), {"store": store, "before": at(CUT), **given}, now=LATER)
    assert result["failed"] and result["msg"].startswith(line), result["msg"]
    assert len(ids(store)) == 4


def test_a_store_that_is_none_is_not_made(tmp_path):
    assert "nothing was ever kept there" in pruned(str(tmp_path / "no.db"), CUT)["msg"]
    assert not (tmp_path / "no.db").exists()


def test_many_records_go_in_batches(any_store, monkeypatch):
    monkeypatch.setattr(prune, "_AT_ONCE", 3)
    keep(any_store, [session(number, BEGIN + number) for number in range(9)])
    digest = digest_of(hashes(any_store, *("s%04d" % number for number in range(9))))
    assert counts(pruned(any_store, CUT)) == {ORG: 9}
    assert [(each["state"], each["records"], each["digest"]) for each in declared(any_store)] == [("done", 9, digest)]


def test_others_write_between_two_batches(any_store, monkeypatch):
    keep(any_store, [session(number, BEGIN + number) for number in range(4)])
    seen = []

    def remove(_self, _files):
        # A lock that is held meanwhile would make this wait for ever.
        keep(any_store, [session(50 + len(seen), BEGIN + 5 * DAY)])
        seen.append(len(ids(any_store)))

    monkeypatch.setattr(prune, "_AT_ONCE", 2)
    monkeypatch.setattr(prune.AttachmentFiles, "remove", remove)
    assert counts(pruned(any_store, CUT)) == {ORG: 4}
    assert seen == [5, 4, 3]


def test_two_prunes_at_once_delete_the_same_once(any_store, monkeypatch):
    keep(any_store, [session(number, BEGIN + number) for number in range(5)])
    digest = digest_of(hashes(any_store, *("s%04d" % number for number in range(5))))
    real, others = prune.AttachmentFiles.remove, []

    def remove(self, files):
        if not others:
            others.append(None)
            others[0] = counts(pruned(any_store, CUT))
        real(self, files)

    monkeypatch.setattr(prune, "_AT_ONCE", 2)
    monkeypatch.setattr(prune.AttachmentFiles, "remove", remove)
    result = pruned(any_store, CUT)
    assert (others, counts(result), result["changed"]) == ([{ORG: 5}], {}, True)
    assert [(each["state"], each["records"], each["digest"]) for each in declared(any_store)] == [("done", 5, digest)]


def test_a_later_prune_with_the_same_time_is_declared_on_its_own(tmp_path):
    store = some_days(tmp_path / "s.db")
    pruned(store, CUT)
    keep(store, [session(9, BEGIN)])
    assert counts(pruned(store, CUT, 1)) == {ORG: 1}
    assert [(each["before_time"], each["records"]) for each in declared(store)] == [(CUT - 1, 1), (CUT, 2)]


def test_earlier_versions_and_attachments_go_too(any_store, tmp_path):
    folder = tmp_path / "files"
    (folder / "a").mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.write_bytes(b"x")
    keep(any_store, [session(number, BEGIN + number * DAY) for number in range(4)])
    keep(any_store, [session(number, BEGIN + number * DAY, exit_code=7) for number in range(4)], now=BEGIN)
    assert len(rows(any_store, "SELECT record_id FROM revision")) == 4
    (folder / "link").symlink_to(outside)
    (folder / "altered").write_bytes(b"y")
    paths = {0: "a/plain", 1: "altered", 2: "a/kept", 3: "b/none"}
    for number, path in {**paths, 10: "link", 11: "../outside", 20: "b/gone"}.items():
        if path.startswith("a/"):
            (folder / path).write_bytes(b"x")
        execute(any_store, "INSERT INTO attachment (source, scope_key, record_id, name, state, path, size, sha256) VALUES"
                           " ('hoop_session', 'org=o', 's%04d', 'n%d', 'kept', '%s', 1, '%s')" % (
                               number % 10 if number < 4 else 0, number, path, hashlib.sha256(b"x").hexdigest()))
    refused = pruned(any_store, CUT)
    assert refused["msg"].startswith("attachments: missing") and len(ids(any_store)) == 4 and declared(any_store) == []
    # The files of another scope don't matter, and those of records that stay.
    keep(any_store, [session(0)], scope={"org": "p"})
    assert counts(pruned(any_store, CUT, 1, scope={"org": "p"})) == {("hoop_session", '{"org": "p"}'): 1}
    assert counts(pruned(any_store, CUT, attachments=str(folder))) == {ORG: 2}
    assert [each["record_id"] for each in rows(any_store, "SELECT record_id FROM revision ORDER BY record_id")] == ["s0002", "s0003"]
    assert [each["path"] for each in rows(any_store, "SELECT path FROM attachment ORDER BY path")] == ["a/kept", "b/none"]
    # Only a plain file that is what the row says, in its folder.
    assert not (folder / "a" / "plain").exists()
    assert (folder / "link").is_symlink() and (folder / "altered").exists() and (folder / "a" / "kept").exists() and outside.exists()


def test_a_file_that_cannot_be_removed_leaves_a_prune_to_finish(tmp_path, monkeypatch):
    store, folder = some_days(tmp_path / "s.db"), tmp_path / "files"
    folder.mkdir()
    (folder / "f").write_bytes(b"x")
    execute(store, "INSERT INTO attachment (source, scope_key, record_id, name, state, path, size, sha256) VALUES"
                   " ('hoop_session', 'org=o', 's0000', 'input', 'kept', 'f', 1, '%s')" % hashlib.sha256(b"x").hexdigest())

    def unlink(path):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", unlink)
        result = pruned(store, CUT, attachments=str(folder))
    assert result["failure"]["kind"] == "file" and result["changed"] is True
    assert [each["state"] for each in declared(store)] == ["begun"] and len(ids(store)) == 4
    assert counts(pruned(store, BEGIN, 1, attachments=str(folder))) == {ORG: 2}
    assert [each["state"] for each in declared(store)] == ["done"] and not (folder / "f").exists()


KILLED = """
import os, signal, sys
sys.path[:0] = %(path)r
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep import prune
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import pruned
from pruning import pruned as run
prune._AT_ONCE = 2
real, done = pruned.delete, []
def delete(connection, scope, batch, ends):
    done.append(1)
    if len(done) > %(batches)d:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(connection, scope=scope, batch=batch, ends=ends)
pruned.delete = delete
run(%(store)r, %(before)d, reason="first")
"""


@pytest.mark.parametrize("batches", [0, 2])
def test_a_prune_that_is_killed_is_finished_by_the_next(any_store, batches):
    keep(any_store, [*(session(number, BEGIN + number) for number in range(5)), still_open(7, BEGIN), session(8, BEGIN + 3 * DAY)])
    note(any_store, (BEGIN, BEGIN + 4 * DAY), [(BEGIN, BEGIN + 4 * DAY)])
    digest = digest_of(hashes(any_store, *("s%04d" % number for number in range(5))))
    script = KILLED % {"path": sys.path, "batches": batches, "store": any_store, "before": CUT}
    child = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[1], check=False)
    assert child.returncode == -signal.SIGKILL
    assert len(ids(any_store)) == 7 - 2 * batches
    assert [(each["state"], each["records"], each["digest"]) for each in declared(any_store)] == [("begun", 5, digest)]
    # Already what is left is no longer proven complete.
    assert windows(any_store) == [(CUT, BEGIN + 4 * DAY, 1)]
    # The next one finishes it, whatever it was asked to prune.
    assert pruned(any_store, BEGIN - DAY, 1, check=True)["pruned"] == [{"source": "hoop_session", "scope": {"org": "o"}, "count": 5 - 2 * batches}]
    result = pruned(any_store, BEGIN - DAY, 1)
    assert (counts(result), result["changed"]) == ({ORG: 5 - 2 * batches}, True)
    assert [(each["state"], each["records"], each["digest"], each["reason"]) for each in declared(any_store)] == [("done", 5, digest, "first")]
    assert ids(any_store) == ["s0007", "s0008"]
    assert pruned(any_store, BEGIN - DAY, 2)["changed"] is False
