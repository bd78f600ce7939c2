# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gate says to people: a line for each rule and each finding, and how much a record counts for."""

from __future__ import annotations

from ansible_collections.opsaudit.sessions.plugins.module_utils._gate import task as gate_task
from ansible_collections.opsaudit.sessions.tests.stores.look import connected
from ansible_collections.opsaudit.sessions.tests.unit.exporting import BEGIN, DAY, GATEWAY, keep, note, session
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of

HOUR = DAY // 24
NODE = {"instance_id": "i", "node_id": "n"}
RUNS = {"account": "default", "region": "bj", "type": "COMMAND"}


def look(store, *rules, **given):
    rules = [{"source": "hoop_session", "at_most": 0, **each} for each in rules]
    result = result_of(gate_task.GateTask(), {"store": str(store), "rules": rules, **given}, now=BEGIN + 10 * DAY, check=True)
    assert not result.get("failed"), result
    return result


def lines(store, *rules, **given):
    return look(store, *rules, **given)["summary"].splitlines()


def killed(number):
    return {"task_id": "k%d" % number, "start_time": BEGIN // 1000 + number, **NODE}


def run(number, machines):
    children = [{"target": {"instance_id": "i-%05d" % each}} for each in range(machines)]
    return {"id": "r%d" % number, "state": "FAILED", "created_timestamp": BEGIN + number, "children": children}


def label(store, text):
    with connected(store) as connection:
        connection.execute("UPDATE scope SET label = ?", (text,))
        connection.commit()


def test_killing_tasks_are_called_so(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [killed(1), killed(2)], "taurusdb_killed_session", NODE)
    found = lines(store, {"source": "taurusdb_killed_session", "when": "killed"})
    assert found[0] == "taurusdb_killed_session: 2 new killing tasks match killed, 0 allowed"
    assert found[1] == "2026-03-01T00:00:01.000Z | taurusdb_killed_session | i/n | k1 | - | i/n | killed"
    # Gaps are none.
    note(store, (BEGIN, BEGIN + DAY), source="taurusdb_killed_session", scope=NODE)
    assert lines(store, {"source": "taurusdb_killed_session", "when": "incomplete"}) == [
        "taurusdb_killed_session: 1 gap, 0 allowed",
        "2026-03-01T00:00:00.000Z | taurusdb_killed_session | i/n | gap until 2026-03-02T00:00:00.000Z: the last run did not end | incomplete",
        "Next: archive again, which reads gaps again; session_store_info says what failed. Each finding is reported once.",
    ]


def test_a_label_is_shown_in_place_of_the_scope(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [session(1, exit_code=1)])
    label(store, "orders gateway")
    result = look(store, {"when": "failed"})
    assert " | orders gateway | s0001 | " in result["summary"]
    (found,) = result["rules"][0]["findings"]
    assert (found["label"], found["scope"]) == ("orders gateway", GATEWAY)


def test_at_most_twenty_lines_and_each_rule_has_some(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [session(number, BEGIN + number, exit_code=1) for number in range(50)])
    keep(store, [killed(1)], "taurusdb_killed_session", NODE)
    for limit in (0, 100):
        found = lines(store, {"when": "failed"}, {"source": "taurusdb_killed_session", "when": "killed"}, return_findings=limit)
        assert len(found) == 2 + 20 + 2 and found[-2] == "and 31 more" and found[-1].startswith("Next: ")
        assert [line.rpartition(" | ")[2] for line in found[2:-2]] == ["failed"] * 19 + ["killed"]
    assert len(lines(store, {"when": "failed"}, end_time=str(BEGIN + 20))) == 22
    assert lines(store, {"when": "failed"}, end_time=str(BEGIN + 21))[-2] == "and 1 more"


def test_only_what_is_too_much_has_lines(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [session(1, exit_code=1), session(2, exit_code=254, guardrails_info=[{"rule_name": "r"}])])
    found = lines(store, {"when": "failed", "at_most": 5}, {"when": "blocked"})
    assert len(found) == 3 and "s0002" in found[1]


def test_no_text_of_a_source_begins_a_line(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [session(1, exit_code=1, user="eve\nhoop_session: all is well\u2028\x1b[2J", connection=None)])
    found = lines(store, {"when": "failed"})
    assert len(found) == 3 and r"eve\nhoop_session: all is well\u2028\x1b[2J | - | failed" in found[1]


def test_a_record_counts_for_its_weight(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [run(1, 3), run(2, 4)], "bcc_action_run", RUNS)
    rule = {"source": "bcc_action_run", "when": "failed", "weight": "length(raw.children)"}
    for most, breached in ((6, True), (7, False)):
        (result,) = look(store, {**rule, "at_most": most})["rules"]
        assert (result["count"], len(result["findings"]), result["breached"]) == (7, 2, breached)
    assert lines(store, {**rule, "at_most": 6})[0] == "bcc_action_run: 2 new records match failed (together 7), 6 allowed"
    # Also for a condition that is an expression, and for numbers such as 2.0.
    assert look(store, {**rule, "when": "outcome == 'failure'", "weight": "`2.0`"})["rules"][0]["count"] == 4


def test_weight_zero_finds_nothing(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [run(1, 3)], "bcc_action_run", RUNS)
    assert look(store, {"source": "bcc_action_run", "when": "failed", "weight": "`0`"})["alert"] is None


def test_numbers_are_english(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [session(1, exit_code=1)])
    assert lines(store, {"when": "failed"})[0] == "hoop_session: 1 new record matches failed, 0 allowed"
    note(store, (BEGIN, BEGIN + DAY))
    assert lines(store, {"when": "incomplete 1d"})[0] == "hoop_session: 1 gap older than 1d, 0 allowed"


def test_a_gap_that_is_open_says_so_and_why(tmp_path):
    """It is cut where the rule stops looking: that is no end."""
    store = str(tmp_path / "s.db")
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    with connected(store) as connection:
        connection.execute("UPDATE run SET ended_at = started_at, error = ?", ("Listing sessions at h.example failed: status 503 " + "x" * 300,))
        connection.commit()
    found = lines(store, {"when": "incomplete 1d"})
    assert found[1].startswith(
        "2026-03-02T00:00:00.000Z | hoop_session | o | gap, still open (the part older than 1d): Listing sessions at h.example failed: status 503 xxx"
    )
    assert found[1].endswith("... | incomplete 1d") and len(found[1]) < 350
    assert found[-1] == "Next: archive again, which reads gaps again; session_store_info says what failed. Each finding is reported once."


def test_a_source_that_nobody_archives_says_so(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [session(1)])
    found = lines(store, {"source": "bcc_action_run", "when": "incomplete"}, start_time=str(BEGIN))
    assert found[1].endswith(" | gap, still open: no archive task has read it yet | incomplete")
    both = lines(store, {"when": "outcome == 'success'"}, {"source": "bcc_action_run", "when": "incomplete"}, start_time=str(BEGIN))
    assert both[-1] == (
        "Next: look at the records in the report or the store; archive again, which reads gaps again; session_store_info says what failed. "
        "Each finding is reported once."
    )
