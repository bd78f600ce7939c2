# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gates: what breaks a rule, what is new, and that it is reported once, on each database."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._gate import task as gate_task
from ansible_collections.opsaudit.sessions.tests.stores.look import connected, dump, rows
from ansible_collections.opsaudit.sessions.tests.unit.exporting import BEGIN, DAY, GATEWAY, keep, note, session
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of

HOUR = DAY // 24
NOW = BEGIN + 10 * DAY
FAILED = {"source": "hoop_session", "when": "failed", "at_most": 0}


def gate(where, *rules, check=False, now=NOW, **given):
    """What a task returns; it claims nothing, so that a test can look again."""
    given = {"claim": "0s", **given}
    rules = [{"source": "hoop_session", "at_most": 0, **each} for each in rules] or None
    return result_of(gate_task.GateTask(), {"store": str(where), "rules": rules, **given}, check=check, now=now)


def counts(store, *rules, **given):
    """How many new findings each rule has."""
    result = gate(store, *rules, **given)
    assert not result.get("failed"), result
    assert result["changed"] is False
    return [each["count"] for each in result["rules"]]


def notify(store, result, **given):
    reported = gate(store, notified=result["alert"], **given)
    assert not reported.get("failed"), reported
    return reported["changed"]


def failed(number, **more):
    return session(number, BEGIN + number * HOUR, exit_code=1, **more)


def ids(result, rule=0):
    return [each["record_id"] for each in result["rules"][rule]["findings"]]


def test_a_finding_counts_until_it_was_reported_and_never_again(any_store):
    keep(any_store, [session(0), failed(1), failed(2)])
    first = gate(any_store, FAILED)
    assert first["breached"] and ids(first) == ["s0001", "s0002"]
    assert first["summary"].splitlines() == [
        "hoop_session: 2 new records match failed, 0 allowed",
        "2026-03-01T01:00:00.000Z | hoop_session | o | s0001 | ana@example.com | orders | failed",
        "2026-03-01T02:00:00.000Z | hoop_session | o | s0002 | ana@example.com | orders | failed",
        "Next: look at the records in the report or the store. Each finding is reported once.",
    ]
    # Nobody was notified, so the next run must report it.
    again = gate(any_store, FAILED)
    assert ids(again) == ids(first) and again["alert"] != first["alert"]
    # What came after the look was not reported yet.
    keep(any_store, [failed(3)])
    assert notify(any_store, first) is False
    assert notify(any_store, again) is True
    assert notify(any_store, again) is False
    assert ids(gate(any_store, FAILED)) == ["s0003"]
    # Not even if the record changes, or another gate looks with the same rule among others.
    keep(any_store, [failed(1, metadata={"new": 1})], now=5)
    assert counts(any_store, {"when": "blocked"}, FAILED) == [0, 1]
    # Another condition is another finding.
    assert counts(any_store, {"when": "outcome == 'failure'"}) == [3]


def test_what_is_allowed_adds_up_until_it_is_too_much(any_store):
    rule = {**FAILED, "at_most": 2}
    keep(any_store, [failed(1), failed(2)])
    quiet = gate(any_store, rule)
    assert (quiet["breached"], quiet["alert"], quiet["summary"]) == (False, None, None) and ids(quiet) == ["s0001", "s0002"]
    assert rows(any_store, "SELECT * FROM finding") == []
    keep(any_store, [failed(3)])
    loud = gate(any_store, rule)
    assert loud["breached"] and loud["rules"][0]["count"] == 3
    assert notify(any_store, loud)
    assert counts(any_store, rule) == [0]


def test_what_another_rule_breaks_tells_nothing_of_this_one(any_store):
    keep(any_store, [failed(1), session(2, BEGIN, exit_code=254, guardrails_info=[{"rule_name": "r"}])])
    both = gate(any_store, {**FAILED, "at_most": 5}, {"when": "blocked"})
    assert [each["breached"] for each in both["rules"]] == [False, True]
    notify(any_store, both)
    assert counts(any_store, FAILED, {"when": "blocked"}) == [1, 0]


def test_check_mode_notes_nothing(any_store):
    keep(any_store, [failed(1)])
    before = dump(any_store)
    result = gate(any_store, FAILED, check=True)
    assert result["breached"] and result["changed"] is False
    assert notify(any_store, result, check=True) is True
    assert dump(any_store) == before
    assert notify(any_store, result) is False
    assert counts(any_store, FAILED) == [1]


@pytest.mark.parametrize("when, expected", [
    ("failed", ["s0001"]), ("blocked", ["s0002"]), ("guardrail", ["s0002", "s0003", "s0009"]),
    ("unreviewed", ["s0000", "s0001", "s0002", "s0003", "s0005", "s0006", "s0007", "s0008", "s0009"]),
    ("longer 8h", ["s0005", "s0006"]), (" longer   8h ", ["s0005", "s0006"]), ("longer 100d", []),
    ("waiting", ["s0008"]), ("waiting 2h", ["s0008"]), ("waiting 100d", []),
    ("raw.labels.team == 'a' && actor != null", ["s0007"]),
    ("raw.guardrails_info[?rule_name == 'no drop']", ["s0003"]),
    ("scope.org != 'o'", []),
])
def test_conditions(tmp_path, when, expected):
    store = str(tmp_path / "s.db")
    short = {"end_date": "2026-03-01T07:00:00Z"}
    keep(store, [
        session(0, **short), session(1, BEGIN + 1, exit_code=2, **short),
        session(2, BEGIN + 2, exit_code=254, ai_analysis={"action": "block_execution"}, **short),
        session(3, BEGIN + 3, guardrails_info=[{"rule_name": "no drop"}], **short),
        session(4, BEGIN + 4, review={"status": "APPROVED"}, **short),
        session(5, BEGIN + 5, review={"status": "PENDING"}, end_date="2026-03-02T00:00:00Z"),
        session(6, BEGIN + 6, status="open", end_date=None, exit_code=None),
        session(7, BEGIN + 7, labels={"team": "a"}, **short),
        session(8, BEGIN + 8, status="open", end_date=None, review={"status": "PENDING"}),
        session(9, BEGIN + 9, metrics={"ai_analyzer": {"blocked_count": 1}}, **short),
    ])
    assert ids(gate(store, {"when": when})) == expected


def test_other_sources(tmp_path):
    store = str(tmp_path / "s.db")
    node = {"instance_id": "i", "node_id": "n"}
    keep(store, [{"task_id": "k", "start_time": BEGIN // 1000, **node}], "taurusdb_killed_session", node)
    keep(store, [{"session_id": "f", "status": "FAIL", "create_time": BEGIN}], "dataarts_sql_session", {"workspace_id": "w"})
    keep(store, [{"id": "r", "state": "PARTIAL_FAILED", "created_timestamp": BEGIN}], "bcc_action_run", {"region": "bj", "type": "COMMAND"})
    result = gate(store, *(
        {"source": source, "when": when}
        for source, when in (("taurusdb_killed_session", "killed"), ("dataarts_sql_session", "failed"), ("bcc_action_run", "failed"))
    ))
    assert [ids(result, number) for number in range(3)] == [["k"], ["f"], ["r"]]
    assert result["rules"][0]["findings"][0] == {
        "scope": node, "label": None, "record_id": "k", "kind": "killing_task", "state": None, "outcome": "killed", "actor": None, "target": "i/n",
        "started_at": "2026-03-01T00:00:00.000Z", "ended_at": None,
    }


@pytest.mark.parametrize("machines, length", [(11, 97), (12, 100), (5000, 100)])
def test_a_finding_is_short_on_however_many_machines_it_was(tmp_path, machines, length):
    many = [{"target": {"instance_id": "i-%05d" % number}} for number in range(machines)]
    record = {"id": "r", "state": "FAILED", "created_timestamp": BEGIN, "children": many}
    keep(str(tmp_path / "s.db"), [record], "bcc_action_run", {"region": "bj", "type": "COMMAND"})
    (found,) = gate(tmp_path / "s.db", {"source": "bcc_action_run", "when": "failed"})["rules"][0]["findings"]
    assert found["target"].startswith("i-00000, i-00001, ") and len(found["target"]) == length


def test_the_window(any_store):
    keep(any_store, [failed(1), failed(30), {**failed(40), "start_date": None}])
    assert counts(any_store, FAILED, start_time=str(BEGIN + DAY)) == [2]
    assert counts(any_store, FAILED, end_time=str(BEGIN + DAY)) == [2]
    assert gate(any_store, FAILED, return_findings=1)["rules"][0]["findings"][0]["record_id"] == "s0001"
    assert counts(any_store, FAILED, return_findings=0) == [3]


GAPS = {"when": "incomplete"}


def test_a_gap_is_reported_once_however_the_window_cuts_it(any_store):
    note(any_store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + HOUR)])
    first = gate(any_store, GAPS, start_time="-1d", now=BEGIN + 26 * HOUR)
    (gap,) = first["rules"][0]["findings"]
    # As much as is in the window.
    assert (gap["started_at"], gap["ended_at"]) == ("2026-03-01T02:00:00.000Z", "2026-03-02T00:00:00.000Z")
    notify(any_store, first, now=BEGIN + 26 * HOUR)
    # The window moves on, and the gap grows: nothing new.
    note(any_store, (BEGIN + 1, BEGIN + 3 * DAY))
    for hours in (1, 30, 60):
        assert counts(any_store, GAPS, start_time="-1d", now=BEGIN + 26 * HOUR + hours * HOUR) == [0], hours
    # It is closed, and later another one opens.
    note(any_store, (BEGIN + 2, BEGIN + 8 * DAY), [(BEGIN, BEGIN + 5 * DAY), (BEGIN + 6 * DAY, BEGIN + 8 * DAY)])
    assert counts(any_store, GAPS, start_time=str(BEGIN + 4 * DAY)) == [1]


def test_that_a_gap_is_closed_is_reported_once(any_store):
    patient = {"when": "incomplete 1h"}
    look = {"start_time": "-1d", "now": BEGIN + 26 * HOUR}
    note(any_store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + HOUR)])
    first = gate(any_store, GAPS, **look)
    assert first["rules"][0]["closed"] == []
    notify(any_store, first, now=BEGIN + 26 * HOUR)
    # Some of it is left.
    note(any_store, (BEGIN + 1, BEGIN + DAY), [(BEGIN, BEGIN + 20 * HOUR)])
    assert gate(any_store, GAPS, **look)["alert"] is None
    note(any_store, (BEGIN + 2, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    for _again in range(2):
        last = gate(any_store, GAPS, patient, FAILED, start_time="-12h", now=BEGIN + 30 * HOUR)
        assert last["breached"] is True and [each["breached"] for each in last["rules"]] == [False, True, False]
        assert [each["closed"] for each in last["rules"]] == [
            [{"scope": GATEWAY, "label": None, "started_at": "2026-03-01T01:00:00.000Z", "ended_at": "2026-03-02T00:00:00.000Z"}], [], [],
        ]
    look["now"] = BEGIN + 31 * HOUR
    alone = gate(any_store, GAPS, **look)
    assert alone["breached"] is False and alone["summary"] == "hoop_session: 1 gap that was reported is closed"
    notify(any_store, alone, now=BEGIN + 31 * HOUR)
    assert gate(any_store, GAPS, **look) == {"changed": False, "breached": False, "alert": None, "summary": None, "rules": [
        {"source": "hoop_session", "when": "incomplete", "at_most": 0, "count": 0, "breached": False, "findings": [], "closed": []},
    ]}


def test_patience(tmp_path):
    store = str(tmp_path / "s.db")
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    rules = [GAPS, {"when": "incomplete 6h"}]
    now = BEGIN + DAY
    # Nobody has archived since: only the patient rule sees that, when it has had enough.
    assert counts(store, *rules, start_time=str(BEGIN), now=now + 5 * HOUR) == [0, 0]
    late = gate(store, *rules, start_time=str(BEGIN), now=now + 7 * HOUR)
    assert [each["count"] for each in late["rules"]] == [0, 1]
    notify(store, late)
    for hours in (8, 100, 1000):
        assert counts(store, *rules, start_time="-24h", now=now + hours * HOUR)[1] == 0, hours
    note(store, (BEGIN + 3, now + 1000 * HOUR), [(BEGIN + DAY, now + 1000 * HOUR)])
    assert counts(store, rules[1], start_time="-24h", now=now + 1007 * HOUR) == [1]


def test_a_source_that_was_never_archived_is_a_gap(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [failed(1)])
    rule = {"source": "bcc_action_run", "when": "incomplete"}
    result = gate(store, rule, start_time="-1d")
    assert result["rules"][0]["findings"][0]["scope"] == {} and result["breached"]
    notify(store, result)
    assert counts(store, rule, start_time="-1d", now=NOW + 100 * DAY) == [0]
    assert gate(store, rule, now=NOW + 100 * DAY)["rules"][0]["closed"] == []


@pytest.mark.parametrize("rules, given, line", [
    ([{"when": "faild"}], {}, "rules[0].when: 'faild' is not a condition of hoop_session (did you mean failed? write blocked, failed, guardrail"),
    ([{"when": "longer"}], {}, "rules[0].when: 'longer' is not a condition of hoop_session"),
    ([{"when": "longer than 8h"}], {}, "rules[0].when: 'longer than 8h' is not a condition"),
    ([{"when": "failed 8h"}], {}, "rules[0].when: 'failed 8h' is not a condition"),
    ([{"when": "actor =="}], {}, "rules[0].when: 'actor ==' is not a JMESPath expression over a record"),
    ([{"when": "killed"}], {}, "rules[0].when: 'killed' is not a condition of hoop_session"),
    ([{"when": "failed", "at_most": -1}], {}, "rules[0].at_most: -1 is out of range (0 or more)"),
    ([{"when": "failed"}, {"when": " failed", "at_most": 3}], {}, "failed of hoop_session is there twice"),
    ([{"when": "incomplete 6h"}], {"start_time": "-5h"}, "incomplete 6h is longer than the window"),
    ([], {}, "give exactly one of rules, notified and release"),
    ([], {"rules": []}, "rules: the list is empty (write - {source: ..., when: ...})"),
    ([FAILED, {"when": "faild"}], {}, "rules[1].when: 'faild' is not a condition of hoop_session"),
    ([FAILED], {"notified": "0" * 32}, "give exactly one of rules, notified and release"),
    ([], {"notified": "0" * 32, "release": "0" * 32}, "give exactly one of rules, notified and release, not notified and release"),
    ([FAILED], {"name": "a/b"}, "name: 'a/b' is not 1 to 47 letters, digits and . _ -"),
    ([FAILED], {"name": "x" * 48}, "name: 'x"),
    ([FAILED], {"claim": "soon"}, "claim: 'soon' is not a duration such as 15m"),
    ([{**FAILED, "weight": "raw.["}], {}, "rules[0].weight: 'raw.[' is not a JMESPath expression over a record"),
    ([{**FAILED, "weight": "target"}], {}, 'rules[0].weight: target is "orders" for the record s0001 of hoop_session (write an expression that is a'),
    ([{**FAILED, "weight": "`true`"}], {}, "rules[0].weight: `true` is true for"),
    ([{**FAILED, "weight": "`-1`"}], {}, "rules[0].weight: `-1` is -1 for"),
    ([{**FAILED, "weight": "`0.5`"}], {}, "rules[0].weight: `0.5` is 0.5 for"),
    ([{**FAILED, "weight": "raw.missing"}], {}, "rules[0].weight: raw.missing is null for"),
    ([{"when": "incomplete", "weight": "`1`"}], {}, "rules[0].weight: incomplete counts gaps, which have no weight (leave weight out)"),
    ([], {"notified": "x' OR 1"}, "notified: \"x' OR 1\" is not what an earlier task returned as alert"),
    ([FAILED], {"start_time": "now"}, "start_time"),
    ([FAILED], {"store": ""}, "store: missing"),
    ([FAILED], {"store": "/nowhere/at/all.db"}, "store: "),
    ([{"when": "length(actor) > `1`"}], {}, "rules[0].when: 'length(actor) > `1`' is not "),
])
def test_mistakes_are_one_line(tmp_path, rules, given, line):
    keep(str(tmp_path / "s.db"), [failed(1, user=None, user_name=None)])
    result = gate(tmp_path / "s.db", *rules, **given)
    assert result["failed"] is True and line in result["msg"], result["msg"]
    assert result["failure"]["kind"] == "invalid_request"


def test_no_store_is_made(tmp_path):
    for given in ({}, {"notified": "0" * 32}):
        assert gate(tmp_path / "none.db", *([] if given else [FAILED]), **given)["failed"]
    assert not list(tmp_path.iterdir())


def test_a_long_condition_is_known_again(any_store):
    keep(any_store, [failed(1)])
    rule = {"when": " || ".join("actor == '%d'" % number for number in range(30)) + " || outcome == 'failure'"}
    notify(any_store, gate(any_store, rule))
    assert counts(any_store, rule, {"when": rule["when"] + " || target == 'x'"}) == [0, 1]


def test_altered_json_is_reported_in_one_line(tmp_path):
    keep(str(tmp_path / "s.db"), [failed(1)])
    with connected(str(tmp_path / "s.db")) as connection:
        connection.execute("UPDATE record SET raw = '{'")
        connection.commit()
    result = gate(tmp_path / "s.db", {"when": "guardrail"})
    assert result["failure"]["kind"] == "store" and "the record s0001 of hoop_session" in result["msg"]
