# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers to surveys, sent as AWX sends them: missing ones are null or empty texts, dates are dates, numbers are numbers or texts."""

from __future__ import annotations

import re

import pytest

from ansible_collections.opsaudit.sessions.tests.awx import extra_vars, header
from ansible_collections.opsaudit.sessions.tests.e2e.support import BIN, HOOP, Scene
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

RUN_ID = "r-N0UrpENajU7kQ2xB"


@pytest.fixture
def store(tmp_path):
    return str(tmp_path / "s.db")


@pytest.fixture
def env(emulator, store):
    return credentials.environment(emulator.urls) | {"OPSAUDIT_STORE": store, "HOOP_APIKEY": "", "BCE_REGION": ""}


@pytest.fixture
def run(ansible, tmp_path, env):
    """Runs a playbook of the collection with answers."""

    def run(name, answers):
        path = tmp_path / "extravars"
        path.write_text(extra_vars(answers))
        return ansible.command(BIN / "ansible-playbook", "opsaudit.sessions." + name, "-e", "@%s" % path, env=env)

    return run


@pytest.fixture
def kept(ansible, tasks, store):
    """A store with the sessions of a gateway."""
    given = {**ansible.access(HOOP), "store": store, "start_time": "2024-01-01"}
    assert tasks.scenes({"archive": Scene("hoop_session_archive", given)})["archive"].result["complete"]


def needed(name, tmp_path):
    """What a playbook can't do without."""
    return {
        "collect": {"audit_sources": [{"source": "hoop_session"}]},
        "report": {"audit_report_dest": str(tmp_path / "report.html")},
        "gate": {"gate_rules": [{"source": "hoop_session", "when": "longer 9999h"}]},
        "evidence": {"evidence_dest": str(tmp_path / "evidence"), "evidence_start_time": "2026-01-01"},
        "wait_for_action_run": {"wait_action_run_id": RUN_ID},
    }[name]


PLAYBOOKS = ("collect", "report", "gate", "evidence", "wait_for_action_run")
#: What the others can't do without: only what is missing is looked at.
MORE_NEEDED = {
    "seal": ("audit_seal_dest",), "retire_scope": ("retire_source", "retire_scope"), "fleet": ("fleet_start_time",), "check_credentials": ("audit_sources",),
}


@pytest.mark.any_core
@pytest.mark.parametrize("name", PLAYBOOKS)
def test_missing_answers_are_as_if_nobody_had_asked(run, kept, tmp_path, name):
    """Every variable of the playbook that can be left out; from ansible-core 2.19 on an answer that is empty is read as null."""
    must = needed(name, tmp_path)
    answers = {variable: "" for variable in header(name + ".yml") if variable not in must}
    assert answers
    done = run(name, {**must, **answers})
    assert done.code == 0, done.output[-3000:]
    assert not [secret for secret in credentials.SECRETS if secret in done.output]


@pytest.mark.any_core
@pytest.mark.parametrize("name", [*PLAYBOOKS, *MORE_NEEDED])
def test_a_missing_answer_that_is_needed_is_named(run, tmp_path, name):
    must = MORE_NEEDED.get(name) or needed(name, tmp_path)
    done = run(name, dict.fromkeys(must, ""))
    assert done.code != 0 and re.search('"msg": "(%s): missing' % "|".join(must), done.stdout), done.output[-2000:]
    assert "Traceback" not in done.output and "Finalization" not in done.output
    if name in ("collect", "gate"):
        # One short line: Ansible's own check of a role's variables prints the whole specification, which is longer than a screen.
        (fatal,) = [line for line in done.stdout.splitlines() if line.startswith("fatal: ")]
        assert ": missing (" in fatal and len(fatal) < 200
        # Around it there are only the names of the tasks, and from ansible-core 2.19 on the place of the task.
        assert len(done.output) < 2500 and "version_added" not in done.output and "description" not in done.output


#: The same window in every form: dates, moments and numbers, with quotes and without.
FORMS = [("2026-01-01", "20260301120000"), (20260101, "2026-03-01T12:00:00Z"), ("20260101", 1772366400), ("1767225600000", "2026-03-01 12:00:00")]


def windows(store):
    """The window of each entry, by the connection that it is limited to."""
    found = rows(store, "SELECT view, window_start, window_end FROM coverage")
    return {row["view"].removeprefix("connection="): (row["window_start"], row["window_end"]) for row in found}


def test_times_are_read_whatever_yaml_makes_of_them(run, store):
    """The first form is that of all entries, the others each of one."""
    (start, end), *others = FORMS
    entries = [{"source": "hoop_session", "connection": "form-0"}]
    for number, (own_start, own_end) in enumerate(others, 1):
        entries.append({"source": "hoop_session", "connection": "form-%d" % number, "start_time": own_start, "end_time": own_end})
    done = run("collect", {"audit_sources": entries, "audit_start_time": start, "audit_end_time": end, "audit_export_dest": ""})
    assert done.code == 0, done.output[-3000:]
    assert windows(store) == {entry["connection"]: (1767225600000, 1772366400000) for entry in entries}


def test_dates_without_quotes_in_a_variable_file(ansible, env, tmp_path, store):
    """A moment of all entries, and dates of all and of each."""
    path = tmp_path / "audit.yml"
    path.write_text("""
audit_start_time: 2026-01-01T00:00:00Z
audit_end_time: 2026-03-01
audit_sources:
  - {source: hoop_session, connection: a, end_time: 2026-02-01}
  - {source: hoop_session, connection: b, start_time: 2026-01-02}
""")
    done = ansible.command(BIN / "ansible-playbook", "opsaudit.sessions.collect", "-e", "@%s" % path, env=env)
    assert done.code == 0, done.output[-3000:]
    assert windows(store) == {"a": (1767225600000, 1769904000000), "b": (1767312000000, 1772323200000)}


@pytest.mark.any_core
@pytest.mark.parametrize("limit, pause", [("3", 60), (0, "")])
def test_numbers_are_read_from_numbers_and_texts(run, emulator, limit, pause):
    emulator.fault("status", "bcc", status=200, body={
        "requestId": "1", "code": "success",
        "result": {"id": RUN_ID, "state": "RUNNING", "action": {"type": "COMMAND"}, "createdTimestamp": 1709700000000, "children": [], "totalCount": 0},
    })
    done = run("wait_for_action_run", {"wait_action_run_id": RUN_ID, "wait_seconds": limit, "wait_first_pause": pause, "wait_longest_pause": ""})
    assert done.code != 0 and "%s is RUNNING after %s seconds" % (RUN_ID, limit) in done.output, done.output[-3000:]
    # The last pause is no longer than the rest of the time, and the run is read once more at its end.
    assert (len(emulator.log("bcc")) > 1) is (limit != 0)


@pytest.mark.any_core
def test_what_is_no_number_is_named(run, emulator):
    done = run("wait_for_action_run", {"wait_action_run_id": RUN_ID, "wait_seconds": "-1", "wait_longest_pause": "yes"})
    assert done.code != 0
    for name in ("wait_seconds", "wait_longest_pause"):
        assert re.search(name + ": .* is not a number of seconds", done.stdout), name
    assert emulator.log("bcc") == []
