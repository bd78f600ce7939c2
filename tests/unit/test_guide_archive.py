# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to the archive: its SQL runs on each database, its YAML is what Ansible takes."""

from __future__ import annotations

import importlib
import re
import sqlite3
import textwrap
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import yaml
from tasks import result_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._gate import task as gate_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.entry import KILLED, RUNNING, SUCCESS, Entry
from ansible_collections.opsaudit.sessions.plugins.module_utils._seal.task import SealTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import attachments, open_records, outbox
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import records as store_records
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import store as store_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import coverage, scopes
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import runs as store_runs
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.prune import PruneTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.scope import ScopeTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.store_info import StoreInfoTask
from ansible_collections.opsaudit.sessions.tests import guides
from ansible_collections.opsaudit.sessions.tests.stores.look import connected, rows

GUIDE = guides.GUIDES["guide_archive"]
#: 2026-03-01, as in the guide.
MARCH = 1772323200000
DAY = 86_400_000
HOOP = coverage.Scope("hoop_session", "org=o")
NODE = coverage.Scope("taurusdb_killed_session", "instance_id=i,node_id=n")
TEXTS = {HOOP: '{"org":"o"}', NODE: '{"instance_id":"i","node_id":"n"}'}
OLD = 1735689600000 - 1


def blocks(language):
    """The code blocks of a language."""
    found = guides.blocks("guide_archive", language)
    assert found, language
    return found


def after(heading):
    """The portable query that comes next after a text."""
    (block,) = [each for each in blocks("sql") if each in textwrap.dedent(GUIDE.partition(heading)[2][:900].replace("\n   ", "\n"))][:1]
    return block


def entry(record):
    return Entry(
        record["id"], outcome=record.get("outcome", SUCCESS), started_at=record["at"], actor=record.get("who"), target=record.get("on", "t"),
    )


def save(store, scope, *records):
    keeping = store_records.Keeping(scope, TEXTS[scope], entry, ())
    store.transact(lambda connection: store_records.save(connection, keeping, records, MARCH + DAY, store.writes))


def fill(store):
    """Two systems, a gap, a run that was killed and one that failed."""
    save(
        store, HOOP, {"id": "a", "at": MARCH + 5, "who": "ada", "on": "orders-db"}, {"id": "b", "at": MARCH + 6, "who": "ada", "on": "orders-db"},
        {"id": "c", "at": MARCH + 7, "who": "bob"}, {"id": "late", "at": MARCH + 40 * DAY, "who": "bob", "on": "orders-db"},
        {"id": "old", "at": OLD}, {"id": "open", "at": OLD, "outcome": RUNNING}, {"id": "f", "at": MARCH + 8, "who": "eve", "outcome": "failure"},
    )
    save(store, NODE, {"id": "k", "at": MARCH + 9, "outcome": KILLED}, {"id": "l", "at": MARCH + DAY, "outcome": KILLED})

    def noted(connection):
        for scope, name, start, window in (
            (HOOP, "whole", MARCH, (0, MARCH)), (HOOP, "killed", MARCH + 1, None), (HOOP, "later", MARCH + 2, (MARCH + 50, MARCH + 90)),
            (HOOP, "inside", MARCH + 3, (5, 10)), (NODE, "node", MARCH + 4, (MARCH, MARCH + DAY)), (NODE, "failed", MARCH + 5, None),
        ):
            scopes.note_scope(connection, scope, TEXTS[scope], start)
            store_runs.begin(connection, name, scope, "", start, (0, MARCH))
            if window:
                coverage.prove(connection, scope, "", window, name, start)
                store_runs.note(connection, name, ended_at=start, complete=True, reasons="[]")
        store_runs.note(connection, "failed", ended_at=MARCH, complete=False, reasons='["failed_targets"]', error="no")
        attachments.note(connection, HOOP, [{"record_id": "a", "name": "recording", "state": state} for state in ("failed", "gone")])

    store.transact(noted)


@pytest.fixture
def filled(any_store):
    with store_module.open_store(any_store, lambda secret: None, writes=True) as store:
        fill(store)
    return any_store


def remove(store, record_id):
    with connected(store) as connection:
        connection.cursor().execute("DELETE FROM record WHERE record_id = '%s'" % record_id)
        connection.commit()


def test_every_statement_runs_on_every_database(filled):
    remove(filled, "k")
    for statement in blocks("sql"):
        if statement.startswith("SELECT"):
            assert rows(filled, statement), statement


def test_what_the_queries_tell(filled):
    assert [row["actor"] for row in rows(filled, after("Who was on orders-db"))] == ["ada", "ada"]
    assert [(row["source"], str(row["reaches"])[:19]) for row in rows(filled, after("Which scopes lag"))] == [
        ("hoop_session", "2026-03-01 00:00:00"), ("taurusdb_killed_session", "2026-03-02 00:00:00"),
    ]
    assert [(row["error"], str(row["started_at"])[:10]) for row in rows(filled, after("Runs that did not read everything"))] == [
        ("no", "2026-03-01"), (None, "2026-03-01"),
    ]
    assert [(row["actor"], row["sessions"]) for row in rows(filled, after("Who was where through hoop"))] == [("ada", 2), ("bob", 1), ("eve", 1)]
    assert [row["started_at"] - MARCH for row in rows(filled, after("What ran on one day"))] == [5, 6, 7, 8, 9]
    killed = rows(filled, after("How many sessions were killed"))
    assert [(row["midnight"], row["killed"]) for row in killed] == [(MARCH, 1), (MARCH + DAY, 1)]
    assert [row["record_id"] for row in rows(filled, after("Open for more than a day"))] == ["open"]
    assert [row["reaches"] for row in rows(filled, after("How far each scope reaches"))] == [MARCH + 90, MARCH + DAY]
    (gap,) = rows(filled, after("What is open between two windows"))
    assert (gap["source"], gap["gap_start"], gap["gap_end"]) == ("hoop_session", MARCH, MARCH + 50)
    assert [row["error"] for row in rows(filled, after("Runs since a given time"))] == [None, "no"]
    lacking = after("Windows that now contain fewer records")
    assert rows(filled, lacking) == []
    remove(filled, "k")
    (broken,) = rows(filled, lacking)
    assert (broken["scope_key"], broken["records"], broken["found"]) == (NODE.key, 1, 0)


def of_the_guide(module):
    """The options of the guide's task with a module."""
    (given,) = [given for block in blocks("yaml") for name, given in guides.tasks(yaml.safe_load(block)) if name == module]
    return given


def test_deleting_what_is_old(filled):
    given = {**of_the_guide("session_prune"), "store": filled, "require_seal": None}
    pruned = run_task(PruneTask(), given, {}, now=MARCH + 400 * DAY).result
    assert [each["count"] for each in pruned["pruned"]] == [1] and pruned["changed"] is True
    assert {row["record_id"] for row in rows(filled, "SELECT record_id FROM record")} == {*"abcfkl", "late", "open"}
    assert [(row["before_time"], row["reason"]) for row in rows(filled, "SELECT before_time, reason FROM pruned")] == [(MARCH, "kept 400 days")]
    assert rows(filled, after("Windows that now contain fewer records")) == []


def test_retiring_a_scope(filled):
    given = {**of_the_guide("session_scope"), "store": filled, "scope": {"org": "o"}}
    assert run_task(ScopeTask(), given, {}, now=MARCH).result["changed"] is True
    assert [(row["label"], row["retired_at"]) for row in rows(filled, "SELECT * FROM scope") if row["scope_key"] == HOOP.key] == [("old gateway", MARCH)]


def test_times_and_fields(filled):
    database = {"": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB, MySQL"}[urlsplit(filled).scheme if "://" in filled else ""]
    row = GUIDE.partition("   * - %s\n" % database)[2]
    time, field = re.findall(r"     - ``(.+)``\n", row)[:2]
    with connected(filled) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT %s, %s FROM record WHERE record_id = 'a'" % (time, field))
        when, value = cursor.fetchone()
    assert str(when).startswith(("2026-03-01", "2026-02-28", "2026-03-02")) and value == "a"


def statements(language):
    return [[each.strip() for each in block.split(";") if each.strip()] for block in blocks(language)]


def use_all_rights(connection):
    """What else a writer does: listens, folds idle runs, keeps what an ended record said, remembers keys and labels."""
    stream = outbox.Stream(*HOOP, "")
    outbox.listen(connection, stream, 0)
    outbox.note(connection, stream, ["a"], 0, 5)
    outbox.note_emitted(connection, stream, "a", 6)
    for state in ("failed", "empty"):
        attachments.note(connection, HOOP, [{"record_id": "b", "name": "input", "state": state}])
    for who in ("mal", "eve"):
        store_records.save(
            connection, store_records.Keeping(HOOP, TEXTS[HOOP], entry, ()),
            [{"id": "f", "at": MARCH + 8, "who": who, "outcome": "failure"}], MARCH + DAY,
        )
    scopes.note_scope(connection, HOOP, TEXTS[HOOP], 1, "the gateway")
    scopes.check_account(connection, "bcc_action_run", "AK", "prod", 1, True)
    for _each in range(2):
        run = uuid.uuid4().hex
        store_runs.begin(connection, run, HOOP, "", MARCH + DAY, (0, MARCH))
        store_runs.note(connection, run, ended_at=MARCH, complete=True, reasons="[]")
        store_runs.fold(connection, run)


@pytest.mark.parametrize("kind, language", [("postgresql", "postgresql"), ("mariadb", "mysql")])
def test_privileges_are_enough_and_no_more(request, kind, language, tmp_path):
    server = request.getfixturevalue(kind + "_server")
    before, later = statements(language)

    def as_user(name):
        parts = urlsplit(server.url("sessions"))
        return urlunsplit(parts._replace(netloc="%s:change-me@%s" % (name, parts.netloc.rpartition("@")[2])))

    def opened(name, writes=True):
        return store_module.open_store(as_user(name), lambda secret: None, writes)

    for statement in before:
        server.execute(statement)
    with opened("audit_owner"):
        pass
    for statement in later:
        server.execute(statement, "sessions")
    for _again in range(2):
        with opened("audit_collector") as store:
            fill(store) if not rows(as_user("audit_owner"), "SELECT * FROM run") else save(store, HOOP, {"id": "a", "at": 1})
            store.transact(lambda connection: open_records.give_up(connection, HOOP, ["open"], MARCH))
            store.transact(use_all_rights)
            assert store.transact(lambda connection: coverage.load(connection, *HOOP))
    rules = [{"source": "hoop_session", "when": "failed", "at_most": 0}]
    for again in range(2):
        found = run_task(gate_task.GateTask(), {"store": as_user("audit_collector"), "rules": rules}, {}).result
        assert found["breached"] is not bool(again), found
        assert again or run_task(gate_task.GateTask(), {"store": as_user("audit_collector"), "notified": found["alert"]}, {}).result["changed"]
    # While nothing is new, and in check mode, reading is enough.
    assert not run_task(gate_task.GateTask(), {"store": as_user("audit_reader"), "rules": rules}, {}).result["breached"]
    with opened("audit_reader", writes=False) as store:
        assert store.transact(lambda connection: coverage.load(connection, *HOOP))
        save(store, HOOP, {"id": "a", "at": 2})
    with pytest.raises(SourceError), opened("audit_reader") as store:
        save(store, HOOP, {"id": "a", "at": 2})
    given = {"store": as_user("audit_sealer"), "dest": str(tmp_path / "seals")}
    assert run_task(SealTask(), {**given, "verify": False}, {}).result["number"] == 1
    assert run_task(SealTask(), {**given, "store": as_user("audit_reader"), "verify": True}, {}).result["unsealed"] == 0
    assert run_task(StoreInfoTask(), {"store": as_user("audit_reader"), "stale_after": "6h"}, {}).result["last_seal"]["number"] == 1
    assert rows(as_user("audit_reader"), "SELECT * FROM record_view")
    assert run_task(PruneTask(), {"store": as_user("audit_collector"), "before": "2026-03-01"}, {}).result["failure"]["kind"] == "store"
    assert result_of(PruneTask(), {"store": as_user("audit_pruner"), "before": str(MARCH + DAY // 2)})["pruned"]
    assert rows(as_user("audit_reader"), "SELECT state FROM pruned") == [{"state": "done"}] * 2
    for name, statement in FORBIDDEN:
        with pytest.raises(Exception, match="(?i)denied"), connected(as_user(name)) as connection:
            connection.cursor().execute(statement)


#: Who may not do what.
FORBIDDEN = [
    *(("audit_collector", "DELETE FROM " + name) for name in ("record", "revision", "attachment", "pruned", "scope", "store")),
    ("audit_collector", "UPDATE store SET seal_number = 0"), ("audit_collector", "UPDATE pruned SET records = 0"),
    *(("audit_sealer", "UPDATE " + each) for each in ("record SET summary = ''", "coverage SET records = 0", "store SET version = 2")),
    *(("audit_pruner", "UPDATE " + each) for each in ("record SET summary = ''", "store SET seal_number = 0")),
    *((name, "DELETE FROM run") for name in ("audit_reader", "audit_sealer", "audit_pruner")), ("audit_reader", "UPDATE store SET version = 2"),
]


def test_a_copy_that_sqlite_makes_is_a_store(tmp_path):
    path, copy = str(tmp_path / "s.db"), str(tmp_path / "copy.db")
    command = re.search(r"``(VACUUM INTO '/backup/sessions.db')``", GUIDE)
    with store_module.open_store(path, lambda secret: None, writes=True) as store:
        fill(store)
        # While it is open, with its log beside it.
        connection = sqlite3.connect(path)
        connection.execute(command[1].replace("/backup/sessions.db", copy))
        connection.close()
    with store_module.open_store(copy, lambda secret: None, writes=True) as store:
        save(store, HOOP, {"id": "new", "at": 1})
    assert len(rows(copy, "SELECT * FROM record")) == len(rows(path, "SELECT * FROM record")) + 1


def test_it_keeps_all_four_sources():
    found = {name for block in blocks("yaml") for name, _given in guides.tasks(yaml.safe_load(block))}
    assert found == {
        "taurusdb_killed_session_archive", "dataarts_sql_session_archive", "hoop_session_archive", "bcc_action_run_archive",
        "session_prune", "session_scope",
    }


def variables_of_all_modules():
    found = set()
    for path in (Path(__file__).resolve().parents[2] / "plugins" / "action").glob("*_archive.py"):
        source = importlib.import_module("ansible_collections.opsaudit.sessions.plugins.action." + path.stem).ActionModule.source
        for declaration in source.all_options.values():
            found.update(declaration.get("env", ()))
    return found
