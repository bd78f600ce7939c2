# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles, run by their playbooks as a user runs them, and by a schedule again."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from ansible_collections.opsaudit.sessions.tests.e2e.support import BCC, BIN, DATAARTS, HOOP, NODE, TAURUSDB, Scene
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.look import rows
from ansible_collections.opsaudit.sessions.tests.unit.reporting import data_of
from ansible_collections.opsaudit.sessions.tests.unit.signing import make_key

#: Secrets that no emulator knows, in options that their module takes, refuses, or masks anyway.
PLANTED = ("pl4nted-t0ken", "pl4nted-key", "pl4nted-in-the-url")


FIRST_OF_MARCH = 1772323200000  # 2026, in milliseconds


def sources(ansible):
    """One entry for each source, and hoop twice: another account that can't get in."""
    given = {
        "taurusdb_killed_session": ansible.access(TAURUSDB, node_id=None), "dataarts_sql_session": ansible.access(DATAARTS),
        "hoop_session": ansible.access(HOOP), "bcc_action_run": ansible.access(BCC),
    }
    entries = [{"source": source, **options} for source, options in given.items()]
    return [*entries, {**entries[2], "token": PLANTED[0], "retries": 0}]


@pytest.fixture
def run(ansible, tmp_path):
    """Runs a playbook of the collection, with a variable file."""

    def run(name, variables, *arguments, env=None):
        path = tmp_path / (name + "-variables.yml")
        path.write_text(yaml.safe_dump(variables))
        return ansible.command(BIN / "ansible-playbook", "opsaudit.sessions." + name, "-e", "@%s" % path, *arguments, env=env)

    return run


@pytest.fixture
def store(tmp_path):
    return str(tmp_path / "s.db")


def audit(store, entries, **more):
    return {"audit_store": store, "audit_sources": entries, "audit_start_time": "2024-01-01", **more}


def without_leaks(run):
    for secret in (*credentials.SECRETS, *PLANTED):
        assert secret not in run.output, secret
    return run


def good(run):
    assert run.code == 0, run.output[-4000:]
    return without_leaks(run)


def changed(run):
    return "changed=0" not in run.stdout


def reported(run):
    """The last line of a play that failed."""
    assert run.code != 0, run.output[-4000:]
    return without_leaks(run).output


def test_audit_from_one_variable_file(ansible, emulator, run, store, tmp_path):
    dests = {"audit_export_dest": str(tmp_path / "export"), "audit_report_dest": str(tmp_path / "report.html")}
    whole = audit(store, sources(ansible)[:4], audit_end_time="2026-06-01", **dests)
    more = {"audit_metrics_dest": str(tmp_path / "opsaudit.prom"), "audit_seal_dest": str(tmp_path / "seals"), "audit_signing_key": make_key(tmp_path / "key")}
    assert changed(good(run("collect", {**whole, **more}, "--check")))
    assert not any(tmp_path.joinpath(name).exists() for name in ("s.db", "export", "report.html", "opsaudit.prom", "seals"))
    assert changed(good(run("collect", whole, "-vvvv")))
    assert len(rows(store, "SELECT DISTINCT source FROM record")) == 4
    assert (tmp_path / "export" / "manifest.json").exists() and (tmp_path / "report.html").exists()
    assert not changed(good(run("collect", whole)))
    assert not changed(good(run("report", {**whole, "report_timezone": "UTC"}, "--check")))


def three_lines(run):
    """What collect says at its end."""
    found = re.findall(r'"((?:Archived|Gaps|Behind): .*)"', run.stdout)
    assert [line.partition(":")[0] for line in found] == ["Archived", "Gaps", "Behind"] and '""' not in run.stdout, run.output[-3000:]
    return found


@pytest.mark.any_core
def test_collect_says_in_three_lines_what_it_did(ansible, emulator, run, store):
    hoop, baidu = sources(ansible)[2:4]
    # One that is down is named, with what it lacks, and how far behind it is.
    emulator.fault("status", "hoop", status=403)
    failed = run("collect", audit(store, [hoop, baidu]))
    archived, gaps, behind = three_lines(failed)
    (count,) = rows(store, "SELECT count(*) AS records FROM record")
    assert failed.code != 0 and archived.startswith("Archived: hoop_session FAILED; bcc_action_run %d added, 0 updated, complete" % count["records"])
    assert re.fullmatch(r"Behind: hoop_session not read; bcc_action_run \d{1,3} s", behind)
    assert gaps == "Gaps: none in what was read; unknown for 1 source that failed (hoop_session)"
    emulator.clear_faults()
    # A part of a source: the others are archived.
    taurusdb = {**sources(ansible)[0], "on_error": "continue"}
    broken = sources(ansible)[4]
    emulator.fault("status", "taurusdb", status=403, match={"query": {"node_id": NODE}})
    archived, gaps, behind = three_lines(run("collect", audit(store, [taurusdb, broken, broken])))
    assert "taurusdb_killed_session " in archived and "NOT COMPLETE (failed_targets)" in archived
    assert re.match("Gaps: taurusdb_killed_session .*%s from 2026-03-01T00:00:00.000Z to 2" % NODE, gaps)
    assert gaps.endswith("; unknown for 2 sources that failed (hoop_session, hoop_session)")


@pytest.mark.any_core
def test_wrong_entries_are_refused_all_at_once_before_the_first_request(ansible, emulator, run, store):
    hoop, baidu = sources(ansible)[2:4]
    # One of them is the option of another source, with a secret in it.
    wrong = {"source": "hoop_session", "endpoint": "https://h.invalid", "token": PLANTED[0], "secret_key": PLANTED[1], "node_id": "n"}
    entries = [hoop, wrong, {**baidu, "page_size": 500, "start_time": "yesterday"}]
    output = reported(run("collect", audit(store, entries), "-vvvv"))
    for line in ("audit_sources[1] (hoop_session): secret_key: no such option",
                 "audit_sources[1] (hoop_session): node_id: no such option", "audit_sources[2] (bcc_action_run): page_size: 500 is out of range",
                 "audit_sources[2] (bcc_action_run): start_time: 'yesterday' is not a time"):
        assert line in output
    assert emulator.log() == []


@pytest.mark.any_core
def test_the_store_is_sealed_after_it_was_filled(ansible, run, store, tmp_path):
    dests = {"audit_seal_dest": str(tmp_path / "seals"), "audit_export_dest": str(tmp_path / "export")}
    given = audit(store, sources(ansible)[2:3], audit_signing_key=make_key(tmp_path / "key"), **dests)
    collected = good(run("collect", given))
    archived, gaps, behind = three_lines(collected)
    assert changed(collected) and gaps == "Gaps: none" and re.fullmatch(r"Behind: hoop_session \d{1,3} s", behind)
    statement = (tmp_path / "seals" / "000001.json").read_bytes()
    (note,) = rows(store, "SELECT seal_sha256, (SELECT count(*) FROM record) AS records FROM store")
    assert archived == "Archived: hoop_session %d added, 0 updated, complete" % note["records"]
    assert json.loads(statement)["delta_count"] == note["records"] > 0
    assert note["seal_sha256"] == hashlib.sha256(statement).hexdigest()
    assert (tmp_path / "seals" / "000001.json.sig").exists() and (tmp_path / "export" / "SHA256SUMS.sig").exists()
    assert "seal: signing_key: missing" in reported(run("collect", {**given, "audit_signing_key": ""}))


@pytest.mark.any_core
def test_metrics_are_written_as_a_whole_also_when_a_source_is_down(ansible, emulator, run, store, tmp_path):
    folder = tmp_path / "textfile"
    folder.mkdir()
    path = folder / "opsaudit.prom"
    given = audit(store, sources(ansible)[2:3], audit_metrics_dest=str(path))

    def metrics():
        # The new file is gone, whatever it was called.
        assert list(folder.iterdir()) == [path] and path.stat().st_mode & 0o777 == 0o644
        return {
            sample.name: sample.value for family in text_string_to_metric_families(path.read_text("utf-8")) for sample in family.samples
        }

    assert changed(good(run("collect", given)))
    assert metrics()["opsaudit_last_run_success"] == 1
    emulator.fault("status", "hoop", status=401)
    assert "audit_sources[0]" in reported(run("collect", given))
    assert metrics()["opsaudit_last_run_success"] == 0


@pytest.mark.any_core
def test_one_source_that_is_down_stops_nothing_and_comes_back(ansible, emulator, run, store, tmp_path):
    entries = sources(ansible)
    emulator.fault("status", "fabric", status=400)
    # Nor do metrics that can't be written.
    (tmp_path / "file").touch()
    dests = {"audit_export_dest": str(tmp_path / "export"), "audit_metrics_dest": str(tmp_path / "file" / "x.prom")}
    broken = run("collect", audit(store, entries, **dests), "-vvvv")
    output = reported(broken)
    assert "metrics: " in output.split("Fail if a part failed")[-1]
    for number, source, text in ((1, "dataarts_sql_session", "400"), (4, "hoop_session", "401")):
        assert "audit_sources[%d] (%s): " % (number, source) in output and text in output
    assert "audit_sources[0]" not in output.split("Fail if a part failed")[-1]
    assert {row["source"] for row in rows(store, "SELECT DISTINCT source FROM record")} == {
        "taurusdb_killed_session", "hoop_session", "bcc_action_run",
    }
    assert (tmp_path / "export" / "manifest.json").exists()
    emulator.clear_faults()
    good(run("collect", audit(store, entries[:4])))
    assert len(rows(store, "SELECT DISTINCT source FROM record")) == 4


@pytest.mark.any_core
def test_a_source_that_is_down_for_a_day_is_a_gap_until_it_was_read(tasks, store, tmp_path):
    """What the tasks of the two roles do, without the roles: the one above shows that these go on to the report."""
    page = tmp_path / "report.html"

    def day(number, *before):
        given = {**tasks.access(HOOP, retries=0), "store": store, "start_time": "2024-01-01", "end_time": "2026-03-%02d" % number}
        report = {"store": store, "dest": str(page), "sources": ["hoop_session"], "start_time": "2024-01-01", "end_time": given["end_time"]}
        return tasks.scenes({"archived": Scene("hoop_session_archive", given, list(before)), "reported": Scene("session_report", report)})

    def drawn():
        """Up to which day of March something is proven, and up to which something is missing, as the report draws it."""
        (scope,) = data_of(page)["scopes"]
        return {name: [(end - FIRST_OF_MARCH) / 86_400_000 + 1 for _start, end, _note in scope[name]] for name in ("covered", "gaps")}

    def judged():
        rules = {"store": store, "rules": [{"source": "hoop_session", "when": "incomplete"}]}
        found = tasks.scenes({"judged": Scene("session_gate", rules)})["judged"].result
        if found["alert"]:
            tasks.scenes({"notified": Scene("session_gate", {"store": store, "notified": found["alert"]})})
        return found["breached"], found["summary"]

    assert day(2)["archived"].result["complete"]
    assert day(3, ("fault", {"kind": "status", "dialect": "hoop", "status": 503}))["archived"].result["failed"]
    assert drawn() == {"covered": [2], "gaps": [3]} and data_of(page)["complete"] is False
    breached, summary = judged()
    assert breached and "hoop_session: 1 gap, 0 allowed" in summary
    assert day(4)["archived"].result["complete"]
    # Each part says when it was listed: long after.
    assert drawn() == {"covered": [2, 4], "gaps": []} and data_of(page)["complete"] is True
    breached, summary = judged()
    assert not breached and "hoop_session: 1 gap that was reported is closed" in summary


def test_results_are_there_for_more_tasks(ansible, emulator, store, tmp_path):
    entries = [sources(ansible)[2], sources(ansible)[4]]
    tasks = [
        {"block": [{"ansible.builtin.include_role": {"name": "opsaudit.sessions.audit"}}],
         "rescue": [{"ansible.builtin.debug": {"msg": "rescued"}}]},
        {"ansible.builtin.copy": {"content": "{{ audit_results | to_json }}", "dest": str(tmp_path / "results"), "mode": "0600"}},
    ]
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks, "vars": audit(store, entries)}
    good(ansible.playbook([play]))
    results = json.loads((tmp_path / "results").read_text())
    assert results["export"] is None and results["report"] is None
    assert [(each["source"], each["failed"]) for each in results["sources"]] == [("hoop_session", False), ("hoop_session", True)]
    assert results["sources"][0]["added"] > 0 and results["sources"][0]["complete"] is True
    assert results["sources"][1]["failure"]["kind"] == "auth"
    (line,) = results["failed"]
    assert line.startswith("audit_sources[1] (hoop_session): ")


WRONG = [
    ("collect", {"audit_sources": [{"source": "oracle"}]}, "audit_sources[0]: source: 'oracle' is not one of bcc_action_run, "),
    ("collect", {"audit_sources": [{"source": "hoop_session", "tokn": PLANTED[0]}]},
     "audit_sources[0] (hoop_session): tokn: no such option (did you mean token?)"),
    ("collect", {"audit_sources": [{"token": PLANTED[0]}]}, "audit_sources[0]: source: missing (one of taurusdb_killed_session, "),
    ("collect", {"audit_sources": [{"source": "hoop_session", "token": PLANTED[0], "timeout": "soon"}]},
     "(hoop_session): timeout: 'soon' is not a whole number"),
    ("collect", {}, "audit_sources: missing (such as - {source: ..., and the options of its archive module})"),
    ("collect", {"audit_sources": "hoop_session"}, "audit_sources: the value is not a list of dictionaries (it is not shown here; write - {source: ..., "),
    ("gate", {"gate_rules": [{"source": "hoop_session", "when": "failed"}], "gate_on_breach": "notfy"},
     "gate_on_breach: 'notfy' is not one of fail, notify, tasks (did you mean notify?)"),
    ("gate", {"gate_rules": [{"source": "hoop_session"}]}, "gate_rules[0].when: missing"),
    ("gate", {"gate_rules": [{"source": "hoop_session", "when": "failed"}], "gate_on_breach": "notify"},
     "gate_notify_urls: missing (where to send the alert, with gate_on_breach: notify)"),
    ("gate", {"gate_rules": [{"source": "hoop_session", "when": "failed"}], "gate_on_breach": "tasks"},
     "gate_tasks_file: missing (the file of tasks to include, with gate_on_breach: tasks)"),
    ("gate", {"gate_rules": [{"source": "hoop_session", "when": "failed"}], "gate_on_breach": "tasks", "gate_tasks_file": "none.yml"},
     "gate_tasks_file: 'none.yml' is not a file in "),
    ("gate", {"gate_rules": [{"source": "hoop_session", "when": "faild"}]}, "rules[0].when: 'faild' is not "),
]


def test_wrong_variables_are_refused_before_anything_is_asked(ansible, emulator, run, store):
    """Each by its role; the first by its playbook, too."""
    plays = []
    for number, (name, wrong, _line) in enumerate(WRONG):
        role = {"ansible.builtin.include_role": {"name": "opsaudit.sessions." + name.replace("collect", "audit")}}
        rescue = {"ansible.builtin.debug": {"msg": "%d refused: {{ ansible_failed_result.msg }}" % number}}
        variables = {name.replace("collect", "audit") + "_store": store, **wrong}
        plays.append({"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": [{"block": [role], "rescue": [rescue]}]})
    output = good(ansible.playbook(plays, "-vvvv")).output
    for number, (_name, _wrong, line) in enumerate(WRONG):
        (refused,) = re.findall('"%d refused: (.*)"$' % number, output, re.M)
        assert line in refused
    name, wrong, line = WRONG[0]
    assert line in reported(run(name, wrong))
    assert emulator.log() == []


@pytest.fixture
def kept(ansible, tasks, store):
    """A store with the sessions of a gateway."""
    given = {**ansible.access(HOOP), "store": store, "start_time": "2024-01-01"}
    assert tasks.scenes({"archive": Scene("hoop_session_archive", given)})["archive"].result["complete"]
    return store


RULE = {"source": "hoop_session", "when": "unreviewed"}


def gate(store, **more):
    return {"gate_store": store, "gate_rules": [RULE], **more}


@pytest.mark.any_core
def test_a_gate_fails_once(run, kept):
    """With a line for each finding; tasks in place of that are in test_e2e_notify.py."""
    assert "match unreviewed, 0 allowed" in reported(run("gate", gate(kept), "--check"))
    output = reported(run("gate", gate(kept, gate_report_url="https://reports.example.com/week.html")))
    assert '"https://reports.example.com/week.html",' in output and "match unreviewed, 0 allowed" in output and " | unreviewed\"" in output
    assert not changed(good(run("gate", gate(kept))))
