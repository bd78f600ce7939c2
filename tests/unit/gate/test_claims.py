# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gates with different names are independent, and of two looks at once one alone returns a finding."""

from __future__ import annotations

import json
import subprocess
import sys

from ansible_collections.opsaudit.sessions.plugins.module_utils._gate import task as gate_task
from ansible_collections.opsaudit.sessions.tests.stores.look import dump, rows
from ansible_collections.opsaudit.sessions.tests.unit.exporting import BEGIN, DAY, keep, note, session
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of

MINUTE = 60_000
HOUR = 60 * MINUTE
NOW = BEGIN + 10 * DAY
FAILED = {"source": "hoop_session", "when": "failed", "at_most": 0}
GAPS = {"source": "hoop_session", "when": "incomplete", "at_most": 0}
#: One look, once the signal is given.
LOOK = """
import json, sys
from ansible_collections.opsaudit.sessions.plugins.module_utils._gate.task import GateTask
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of
given = json.loads(sys.stdin.readline())
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps(result_of(GateTask(), given)))
"""


def failed(number):
    return session(number, BEGIN + number * HOUR, exit_code=1)


def look(store, *rules, now=NOW, check=False, **given):
    result = result_of(gate_task.GateTask(), {"store": store, "rules": list(rules or [FAILED]), **given}, now=now, check=check)
    assert not result.get("failed"), result
    return result


def finish(store, now=NOW, check=False, **given):
    """Whether C(notified) or C(release) changed something."""
    result = result_of(gate_task.GateTask(), {"store": store, **given}, now=now, check=check)
    assert not result.get("failed"), result
    return result["changed"]


def ids(result):
    return [each["record_id"] for each in result["rules"][0]["findings"]]


def test_two_gates_know_nothing_of_each_other(any_store):
    keep(any_store, [failed(1)])
    one = look(any_store, name="dba")
    assert ids(look(any_store, name="auditor")) == ["s0001"]
    assert finish(any_store, notified=one["alert"])
    later = NOW + HOUR
    assert ids(look(any_store, name="dba", now=later)) == []
    assert ids(look(any_store, name="auditor", now=later)) == ["s0001"]
    # Names differ by case and by a blank at the end, as keys do.
    assert ids(look(any_store, name="DBA", now=later)) == ["s0001"]


def test_each_recipient_of_a_gate_has_its_own_findings_and_is_not_stored(any_store):
    keep(any_store, [failed(1)])
    urls = ["https://chat.example.com/robot?key=s3cr3t-one", "https://chat.example.com/robot?key=s3cr3t-two"]
    first = look(any_store, recipient=urls[0])
    finish(any_store, notified=first["alert"])
    assert [ids(look(any_store, recipient=url)) for url in urls] == [[], ["s0001"]]
    assert "s3cr3t" not in dump(any_store) and "s3cr3t" not in json.dumps(first)
    gates = {row["gate"] for row in rows(any_store, "SELECT gate FROM finding")}
    assert len(gates) == 2 and all(gate.startswith("default/") and len(gate) == len("default/") + 16 for gate in gates)


def test_the_hash_of_a_recipient_is_another_in_another_store(tmp_path):
    gates = set()
    for name in ("a.db", "b.db"):
        keep(str(tmp_path / name), [failed(1)])
        look(str(tmp_path / name), recipient="https://chat.example.com/robot?key=s3cr3t")
        gates.update(row["gate"] for row in rows(str(tmp_path / name), "SELECT gate FROM finding"))
    assert len(gates) == 2


def test_a_look_claims_what_it_returns(any_store):
    keep(any_store, [failed(1), failed(2)])
    first = look(any_store)
    assert ids(first) == ["s0001", "s0002"]
    keep(any_store, [failed(3)])
    second = look(any_store, now=NOW + 14 * MINUTE)
    assert ids(second) == ["s0003"] and second["rules"][0]["count"] == 1
    # The claim ends: nobody said that it was reported.
    third = look(any_store, now=NOW + 15 * MINUTE)
    assert ids(third) == ["s0001", "s0002"]
    assert finish(any_store, notified=first["alert"], now=NOW + 15 * MINUTE) is False
    assert finish(any_store, notified=third["alert"], now=NOW + 15 * MINUTE) is True
    assert ids(look(any_store, now=NOW + DAY)) == ["s0003"]


def test_release_gives_findings_back_at_once_and_takes_nothing_back(any_store):
    keep(any_store, [failed(1)])
    first = look(any_store)
    assert finish(any_store, release=first["alert"], check=True) is True
    assert ids(look(any_store)) == []
    assert finish(any_store, release=first["alert"]) is True
    assert finish(any_store, release=first["alert"]) is False
    second = look(any_store)
    assert ids(second) == ["s0001"]
    # It belongs to the second look now.
    assert finish(any_store, release=first["alert"]) is False
    assert ids(look(any_store)) == []
    assert finish(any_store, notified=second["alert"]) is True
    assert finish(any_store, release=second["alert"]) is False
    assert ids(look(any_store, now=NOW + DAY)) == []


def test_check_mode_and_what_is_allowed_claim_nothing(any_store):
    keep(any_store, [failed(1)])
    assert ids(look(any_store, check=True)) == ["s0001"]
    assert ids(look(any_store, {**FAILED, "at_most": 1})) == ["s0001"]
    assert ids(look(any_store)) == ["s0001"]


def test_a_claimed_gap_is_not_returned_however_the_window_cuts_it(any_store):
    note(any_store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + HOUR)])
    now = BEGIN + 26 * HOUR
    first = look(any_store, GAPS, now=now, start_time="-1d")
    assert first["rules"][0]["count"] == 1
    assert look(any_store, GAPS, now=now + 14 * MINUTE, start_time="-10h")["rules"][0]["count"] == 0
    assert look(any_store, GAPS, now=now + 16 * MINUTE, start_time="-10h")["rules"][0]["count"] == 1
    # Closed before anybody was notified that it was open: there is nothing to say.
    note(any_store, (BEGIN + 2, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    assert look(any_store, GAPS, now=now + 17 * MINUTE)["alert"] is None


def test_the_end_of_a_gap_is_claimed_too(any_store):
    note(any_store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + HOUR)])
    finish(any_store, notified=look(any_store, GAPS)["alert"])
    note(any_store, (BEGIN + 2, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    assert len(look(any_store, GAPS)["rules"][0]["closed"]) == 1
    assert look(any_store, GAPS)["alert"] is None
    assert len(look(any_store, GAPS, now=NOW + HOUR)["rules"][0]["closed"]) == 1


def test_processes_that_look_at_once_share_the_findings(any_store):
    keep(any_store, [failed(number) for number in range(1, 30)])
    defaults = {"store": any_store, "rules": [FAILED]}
    running = [
        subprocess.Popen([sys.executable, "-c", LOOK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _each in range(3)
    ]
    for each in running:
        each.stdin.write(json.dumps(defaults) + "\n")
        each.stdin.flush()
    for each in running:
        assert each.stdout.readline() == "ready\n"
    for each in running:
        each.stdin.write("go\n")
        each.stdin.flush()
    results = [json.loads(each.communicate(timeout=120)[0]) for each in running]
    assert not any(each.get("failed") for each in results), results
    assert sorted(len(ids(each)) for each in results) == [0, 0, 29]
    assert sum(each["alert"] is not None for each in results) == 1
