# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source in a real ansible-rulebook. Each start costs seconds of Java: one shows many things."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing

from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

SECRETS = (credentials.HOOP_TOKEN, credentials.BAIDU_SK)


def written(path, data):
    # JSON is YAML.
    path.write_text(json.dumps(data))
    return str(path)


def takes(tmp_path, **options):
    """A rulebook that prints the id of each record."""
    given = {"source": "hoop_session", "store": str(tmp_path / "s.db"), "interval": 1, "options": {"token": "{{ HOOP_TOKEN }}", **options}}
    rule = {
        "name": "Take", "condition": "event.record is defined", "action": {"debug": {"msg": "took {{ event.record.id }}"}},
    }
    return written(tmp_path / "takes.yml", [
        {"name": "Takes", "hosts": "all", "sources": [{"opsaudit.sessions.sessions": given}], "rules": [rule]},
    ])


def test_each_record_once_whatever_happens_in_between(tmp_path, emulator, rulebook):
    arguments = ("--rulebook", takes(tmp_path, retries=0), "--env-vars", "HOOP_TOKEN")
    expected = []

    def arrive(count):
        """So many new ones, which began just now."""
        now = int(time.time() * 1000)
        emulator.seed("hoop", count, start=now - 5000, end=now, seed=len(expected), keep=bool(expected))
        expected.extend(sorted(set(emulator.ids("hoop")) - set(expected)))

    def noted():
        return [row["record_id"] for row in rows(str(tmp_path / "s.db"), "SELECT record_id FROM outbox WHERE emitted_at IS NOT NULL")]

    def all_taken(*books):
        return sorted(each for book in books for each in book.taken) == sorted(expected) == sorted(noted())

    # All that it can say, secrets or not.
    first = rulebook(*arguments, "-vv", HOOP_TOKEN=credentials.HOOP_TOKEN)
    arrive(5)
    first.until(lambda: all_taken(first))
    # The source is down for more than one poll, each of one try.
    asked = len(emulator.log("hoop"))
    emulator.fault("status", "hoop", status=503)
    first.until(lambda: len(emulator.log("hoop")) > asked + 3)
    arrive(5)
    emulator.clear_faults()
    first.until(lambda: all_taken(first))
    # Another process has the store for itself, until a poll gives up.
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        arrive(5)
        first.until(lambda: "database is locked" in first.log)
        holder.execute("ROLLBACK")
    first.until(lambda: all_taken(first) and "The store can be used again, after " in first.log)
    assert [first.log.count(each) for each in ("HTTP 503: ", "The source can be read again, after ", "database is locked", "Polling goes on")] == [1, 1, 1, 2]
    first.kill()
    arrive(20)
    second = rulebook(*arguments, HOOP_TOKEN=credentials.HOOP_TOKEN)
    second.until(lambda: all_taken(first, second))
    second.terminate()
    arrive(20)
    third = rulebook(*arguments, HOOP_TOKEN=credentials.HOOP_TOKEN)
    third.until(lambda: all_taken(first, second, third))
    third.kill()
    assert len(second.taken) == len(third.taken) == 20
    assert not [secret for secret in SECRETS for book in (first, second, third) if secret in book.log]


def test_a_wrong_option_ends_it_with_one_line(tmp_path, emulator, rulebook):
    wrong = rulebook("--rulebook", takes(tmp_path, page_size=500), "--env-vars", "HOOP_TOKEN", HOOP_TOKEN=credentials.HOOP_TOKEN)
    assert wrong.ended() == 1
    (line,) = [line for line in wrong.log.splitlines() if "Source error" in line]
    assert "page_size: 500 is out of range (1 to 100)" in line
    assert credentials.HOOP_TOKEN not in wrong.log
    assert emulator.log("hoop") == []


def test_a_bad_record_makes_the_gate_act(tmp_path, emulator, rulebook):
    emulator.seed("bcc", 10, type="COMMAND")
    bad = emulator.ids("bcc", type="COMMAND")[:3]
    emulator.alter("bcc", bad, {"state": "FAILED"}, type="COMMAND")
    tasks = [{"ansible.builtin.copy": {"content": "{{ gate_results | to_json }}", "dest": str(tmp_path / "reported.json"), "mode": "0600"}}]
    variables = {
        "gate_source": "bcc_action_run", "gate_source_options": {"type": ["COMMAND"]}, "gate_store": str(tmp_path / "s.db"),
        "gate_interval": 1, "gate_rules": [{"source": "bcc_action_run", "when": "failed"}], "gate_on_breach": "tasks",
        "gate_tasks_file": written(tmp_path / "tasks.yml", tasks),
    }
    inventory = {"all": {"hosts": {"localhost": {"ansible_connection": "local"}}}}
    gate = rulebook(
        "--rulebook", "opsaudit.sessions.gate", "--inventory", written(tmp_path / "inventory.yml", inventory),
        "--vars", written(tmp_path / "vars.yml", variables),
    )
    gate.until(lambda: "PLAY RECAP" in gate.log)
    reported = json.loads((tmp_path / "reported.json").read_text())
    assert sorted(each["record_id"] for each in reported["rules"][0]["findings"]) == sorted(bad)
    assert not [secret for secret in SECRETS if secret in gate.log]
