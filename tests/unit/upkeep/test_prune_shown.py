# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A prune is shown as what it is: no gap, and never complete. So is a scope that is retired."""

from __future__ import annotations

import json

import pytest
from exporting import BEGIN, DAY, GATEWAY, keep, note, session, some_days
from pruning import LATER, at, life, pruned
from reporting import data_of
from tasks import result_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._export.task import ExportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._gate.task import GateTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.task import ReportTask
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

CUT = BEGIN + 2 * DAY
LINE = {"source": "hoop_session", "scope": GATEWAY, "before": at(CUT), "records": 2, "pruned_at": at(LATER), "reason": "keep 60 days"}


@pytest.fixture
def store(any_store):
    keep(any_store, [session(number, BEGIN + number * DAY) for number in range(4)])
    note(any_store, (BEGIN, BEGIN + 4 * DAY), [(BEGIN, BEGIN + 4 * DAY)])
    return any_store


def shown(store, folder, **given):
    """What export, its verification, and report say; all say the same."""
    given = {"store": store, "sources": ["hoop_session"], **given}
    exported = result_of(ExportTask(), {**given, "dest": str(folder / "export")})
    assert not exported.get("failed"), exported["msg"]
    verified = result_of(ExportTask(), {"dest": str(folder / "export"), "verify": True})
    reported = result_of(ReportTask(), {**given, "dest": str(folder / "report.html")})
    manifest = json.loads((folder / "export" / "manifest.json").read_text())
    page = data_of(folder / "report.html")
    names = ("complete", "gaps", "pruned")
    for other in (verified, reported, manifest):
        assert [exported[name] for name in names] == [other[name] for name in names]
    assert page["complete"] is exported["complete"]
    return exported, manifest["sources"][0]["scopes"], page["scopes"][0]


def gate(store, now, **given):
    rule = {"source": "hoop_session", "when": "incomplete", "at_most": 0}
    result = result_of(GateTask(), {"store": store, "rules": [rule], **given}, now=now)
    assert not result.get("failed"), result["msg"]
    return result


def test_a_prune_is_neither_a_gap_nor_complete(store, tmp_path):
    assert shown(store, tmp_path)[0]["complete"] is True
    pruned(store, CUT, reason="keep 60 days")
    exported, _scopes, drawn = shown(store, tmp_path)
    assert (exported["complete"], exported["gaps"], exported["pruned"]) == (False, [], [LINE])
    assert drawn["pruned"] == {
        "spans": [[BEGIN, CUT]],
        "declared": [{"before": CUT, "records": 2, "pruned_at": LATER, "reason": "keep 60 days"}],
    }
    # A window before, one after, and one across.
    for start, end, complete, lines in [
        (BEGIN - DAY, BEGIN, False, [LINE]), (CUT, BEGIN + 4 * DAY, True, []), (BEGIN + DAY, BEGIN + 3 * DAY, False, [LINE]),
        (CUT, BEGIN + 5 * DAY, False, []),
    ]:
        exported = shown(store, tmp_path, start_time=at(start), end_time=at(end))[0]
        assert (exported["complete"], exported["pruned"]) == (complete, lines), (start, end)
    # Only what is not pruned is a gap.
    assert [(gap["start"], gap["end"]) for gap in shown(store, tmp_path, end_time=at(BEGIN + 5 * DAY))[0]["gaps"]] == [
        (at(BEGIN + 4 * DAY), at(BEGIN + 5 * DAY)),
    ]


def test_a_prune_that_is_not_done_is_shown_as_well(store, tmp_path, monkeypatch):
    from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep import prune

    monkeypatch.setattr(prune._Prune, "_delete", lambda *given: None)
    pruned(store, CUT, reason="keep 60 days")
    exported = shown(store, tmp_path)[0]
    assert (exported["complete"], exported["gaps"], exported["pruned"]) == (False, [], [LINE])


def test_a_gate_says_what_was_pruned_and_never_that_it_is_closed(store):
    note(store, (BEGIN - DAY, BEGIN))
    early = {"start_time": at(BEGIN - DAY), "end_time": at(BEGIN + 4 * DAY)}
    first = gate(store, LATER, **early)
    assert first["rules"][0]["count"] == 1 and "pruned" not in first["summary"]
    assert result_of(GateTask(), {"store": store, "notified": first["alert"]}, now=LATER)["changed"] is True
    pruned(store, CUT, reason="keep 60 days")
    silent = gate(store, LATER, **early)
    assert (silent["breached"], silent["summary"], silent["rules"][0]["closed"]) == (False, None, [])
    late = gate(store, LATER, **{**early, "end_time": at(BEGIN + 6 * DAY)})
    assert late["summary"] == (
        "hoop_session: 1 gap, 0 allowed\n"
        "hoop_session: pruned before 2026-03-03T00:00:00.000Z on 2026-04-30T00:00:00.000Z, 2 records, keep 60 days\n"
        "2026-03-05T00:00:00.000Z | hoop_session | o | gap until 2026-03-07T00:00:00.000Z: the last run did not end | incomplete\n"
        "Next: archive again, which reads gaps again; session_store_info says what failed. Each finding is reported once."
    )


def test_a_retired_scope_has_no_gaps_after_it(store, tmp_path):
    until = {"end_time": at(LATER + DAY)}
    assert [gap["end"] for gap in shown(store, tmp_path, **until)[0]["gaps"]] == [at(LATER + DAY)]
    reported = gate(store, LATER + DAY, **until)
    assert reported["breached"] and result_of(GateTask(), {"store": store, "notified": reported["alert"]}, now=LATER)["changed"] is True
    predicted = result_of(task(), {**SCOPE, "store": store, "state": "retired"}, now=BEGIN + 5 * DAY, check=True)
    assert predicted == {"scope_key": "org=o", "changed": True}
    assert life(store, BEGIN + 5 * DAY, state="retired") == predicted
    # The time of the first stays.
    assert life(store, BEGIN + 9 * DAY, state="retired")["changed"] is False
    exported, scopes, drawn = shown(store, tmp_path, **until)
    assert [(gap["start"], gap["end"]) for gap in exported["gaps"]] == [(at(BEGIN + 4 * DAY), at(BEGIN + 5 * DAY))]
    assert scopes == [{"scope": GATEWAY, "label": None, "retired_at": at(BEGIN + 5 * DAY)}]
    assert drawn["retired"] == BEGIN + 5 * DAY
    assert shown(store, tmp_path, start_time=at(BEGIN + 6 * DAY), **until)[0]["complete"] is True
    # Nobody has closed the gap that was reported.
    after = gate(store, LATER + DAY, start_time=at(BEGIN + 6 * DAY), **until)
    assert (after["summary"], after["rules"][0]["closed"]) == (None, [])
    assert life(store, state="active")["changed"] is True
    assert [gap["end"] for gap in shown(store, tmp_path, **until)[0]["gaps"]] == [at(LATER + DAY)]


def task():
    from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.scope import ScopeTask

    return ScopeTask()


SCOPE = {"source": "hoop_session", "scope": {"org": "o"}}


def test_a_label_is_shown_wherever_the_scope_is(store, tmp_path):
    assert life(store, label="prod gateway") == {"scope_key": "org=o", "changed": True}
    assert life(store, label="prod gateway")["changed"] is False
    _exported, scopes, drawn = shown(store, tmp_path)
    assert scopes == [{"scope": GATEWAY, "label": "prod gateway", "retired_at": None}]
    assert (drawn["scope"], drawn["label"]) == ("org=o", "prod gateway")
    findings = gate(store, LATER, end_time=at(LATER))["rules"][0]["findings"]
    assert [each["label"] for each in findings] == ["prod gateway"]
    rule = {"source": "hoop_session", "when": "actor != null", "at_most": 0}
    found = result_of(GateTask(), {"store": store, "rules": [rule]}, now=LATER)["rules"][0]["findings"]
    assert {each["label"] for each in found} == {"prod gateway"}
    # The state stays as it is, and an empty text takes it away.
    life(store, BEGIN + 5 * DAY, state="retired", label="gone")
    assert life(store, label="")["changed"] is True
    assert rows(store, "SELECT label, retired_at FROM scope") == [{"label": None, "retired_at": BEGIN + 5 * DAY}]


@pytest.mark.parametrize("given, line", [
    ({"scope": {"org": "x"}, "state": "retired"}, "scope: org=x is not in this store (it knows org=o)"),
    ({"scope": {}, "state": "retired"}, "scope: an empty dictionary is not in this store (it knows org=o)"),
    ({"source": "hoop", "state": "retired"}, "source: 'hoop' is not one of hoop_session (did you mean hoop_session? This store has no other)"),
    ({}, "state, label: missing (write what to change)"),
    ({"label": "a\nb"}, "label: 'a\\nb' is not 1 to 200 characters in one line"),
])
def test_bad_input_is_one_line(tmp_path, given, line):
    store = some_days(tmp_path / "s.db")
    result = life(store, **given) if "scope" not in given and "source" not in given else result_of(task(), {"store": store, **SCOPE, **given})
    assert (result["failed"], result["msg"]) == (True, line)


def test_a_long_list_of_scopes_is_cut(tmp_path):
    store = str(tmp_path / "s.db")
    for number in range(12):
        keep(store, [session(number)], scope={"org": "o%02d" % number})
    assert result_of(task(), {"store": store, "source": "hoop_session", "scope": {"org": "x"}, "state": "active"})["msg"].endswith("org=o09 and 2 more)")
