# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts of the role gate: each recipient gets each finding once, and no output shows a secret."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.opsaudit.sessions.tests import mail_server
from ansible_collections.opsaudit.sessions.tests.e2e.support import BIN, HOOP, Scene
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.look import dump, rows

RULE = {"source": "hoop_session", "when": "blocked"}
HEADER = "hunter2-never-print"


@pytest.fixture
def store(ansible, tasks, tmp_path):
    """A store with the sessions of a gateway."""
    path = str(tmp_path / "s.db")
    given = {**ansible.access(HOOP), "store": path, "start_time": "2024-01-01"}
    assert tasks.scenes({"archive": Scene("hoop_session_archive", given)})["archive"].result["complete"]
    return path


@pytest.fixture
def urls(emulator):
    return credentials.chat_urls(emulator.urls["chat"])


@pytest.fixture
def gate(ansible, store, tmp_path):
    """Runs the playbook with these variables, and returns its output, without a secret in it."""

    def run(*arguments, code=0, **given):
        path = tmp_path / "gate.yml"
        path.write_text(yaml.safe_dump({"gate_store": store, "gate_rules": [RULE], **given}))
        done = ansible.command(BIN / "ansible-playbook", "opsaudit.sessions.gate", "-e", "@%s" % path, "-vvvv", *arguments)
        assert done.code == code, done.output[-4000:]
        for secret in (*credentials.SECRETS, mail_server.PASSWORD, HEADER):
            assert secret not in done.output, secret
        return done.output

    return run


def messages(emulator):
    """What the chat services got, by path: accepted or not."""
    return [(entry["target"].split("/")[1], entry["body"]) for entry in emulator.log("chat")]


def test_a_recipient_that_refuses_gets_it_again_and_the_others_do_not(gate, emulator, urls, store):
    given = {"gate_on_breach": "notify", "gate_notify_urls": [urls["slack"], urls["slack"].replace("127.0.0.1", "localhost")], "gate_notify_format": "slack",
             "gate_report_url": "https://reports.example.com/week.html"}
    gate("--check", **given)
    assert messages(emulator) == []
    # The second is down.
    emulator.fault("status", "chat", status=500, after=1, times=1)
    output = gate(code=2, **given)
    assert "localhost:" in output and "HTTP 500" in output and "The next run sends it again to those that did not accept it." in output
    gate(**given)
    gate(**given)
    _first, refused, accepted = messages(emulator)
    assert refused == accepted
    lines = json.loads(accepted[1])["text"].splitlines()
    assert lines[:2] == ["Audit alert", "https://reports.example.com/week.html"]
    assert lines[2].startswith("hoop_session: ") and " match blocked, 0 allowed" in lines[2]
    assert len(lines) == 4 + int(lines[2].split()[1]) and all(line.endswith(" | blocked") for line in lines[3:-1])
    assert lines[-1].startswith("Next: ")
    assert [entry["headers"]["host"].split(":")[0] for entry in emulator.log("chat")] == ["127.0.0.1", "localhost", "localhost"]
    # No URL is in the store.
    assert credentials.SLACK_TOKEN not in dump(store) and len(rows(store, "SELECT DISTINCT gate FROM finding")) == 2


@pytest.mark.any_core
@pytest.mark.parametrize("name, secret", [("dingtalk", credentials.DINGTALK_SECRET), ("feishu", credentials.FEISHU_SECRET), ("wecom", ""), ("teams", "")])
def test_chat_services(tasks, urls, name, secret):
    """By the module alone; what it is given by the role, the next test shows."""
    def sent(secret):
        result = tasks.scenes({"sent": Scene("session_notify", {"urls": [urls[name]], "format": name, "secret": secret, "text": "2 new"})})["sent"].result
        return result["sent"][0]["accepted"], result

    accepted, result = sent(secret)
    assert accepted and not result.get("failed"), result
    if secret:
        refused, result = sent("SECwrong-secret-1")
        assert not refused and "HTTP 200" in result["msg"] and "did not accept the message" in result["msg"]


@pytest.mark.any_core
def test_mail_and_a_webhook_of_ones_own_and_a_second_gate_that_signs(gate, emulator, urls):
    with mail_server.running() as mail:
        mail.refuses = "554 the password %s is known" % mail_server.PASSWORD
        given = {
            "gate_on_breach": "notify", "gate_notify_urls": [mail.url(), urls["json"]], "gate_notify_title": "Nightly gate",
            "gate_notify_body": {"queue": "audit", "findings": "{{ gate_results.rules[0].findings }}"}, "gate_notify_headers": {"X-Token": HEADER},
            "gate_notify_accept": "body.taken",
        }
        assert "554" in gate(code=2, **given)
        mail.refuses = None
        gate(**given)
        assert len(mail.mails) == 1 and mail.text().startswith("Nightly gate\nhoop_session: ")
    ((_name, body),) = messages(emulator)
    assert json.loads(body)["queue"] == "audit" and json.loads(body)["findings"][0]["outcome"] == "blocked"
    assert emulator.log("chat")[0]["headers"]["x-token"] == HEADER
    # What the first gate has reported is new to the second.
    gate(gate_name="auditor", gate_on_breach="notify", gate_notify_urls=urls["dingtalk"], gate_notify_format="dingtalk",
         gate_notify_secret=credentials.DINGTALK_SECRET)
    assert len(messages(emulator)) == 2 and "match blocked, 0 allowed" in messages(emulator)[1][1]


@pytest.mark.any_core
def test_a_test_alert_marks_nothing(gate, emulator, urls, store, tmp_path):
    notify = {"gate_on_breach": "notify", "gate_notify_urls": [urls["wecom"], urls["wecom"] + "x"], "gate_notify_format": "wecom", "gate_test": True}
    assert "93000" in gate(code=2, **notify, gate_name="nightly")
    assert len(messages(emulator)) == 2 and "Test alert of the gate nightly. Nothing was looked for." in messages(emulator)[0][1]
    assert "Test alert of the gate default." in gate(code=2, gate_test=True)
    acted = tmp_path / "acted"
    (tmp_path / "act.yml").write_text(json.dumps([{"ansible.builtin.copy": {"content": "{{ gate_results.summary }}", "dest": str(acted), "mode": "0600"}}]))
    gate(gate_test=True, gate_on_breach="tasks", gate_tasks_file=str(tmp_path / "act.yml"))
    assert acted.read_text().startswith("Test alert")
    assert rows(store, "SELECT * FROM finding") == []


def test_tasks_are_searched_beside_the_playbook_and_what_fails_is_included_again(ansible, gate, store, tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    acted = folder / "acted"
    (folder / "act.yml").write_text(json.dumps([{"ansible.builtin.copy": {"content": "{{ gate_results.summary }}", "dest": str(acted), "mode": "0600"}}]))
    # In the current folder there is another one of that name, which must not be used.
    (ansible.folder / "act.yml").write_text(json.dumps([{"ansible.builtin.fail": {"msg": "no luck"}}]))
    variables = {"gate_store": store, "gate_rules": [RULE], "gate_on_breach": "tasks", "gate_tasks_file": "act.yml"}
    (folder / "play.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "vars": variables, "roles": ["opsaudit.sessions.gate"]}]))
    # The collection's own playbook finds the one in the current folder.
    assert "no luck" in gate(code=2, gate_on_breach="tasks", gate_tasks_file="act.yml")
    assert rows(store, "SELECT * FROM finding WHERE notified_at IS NOT NULL") == []
    done = ansible.command(BIN / "ansible-playbook", str(folder / "play.yml"))
    assert done.code == 0, done.output
    assert "match blocked" in acted.read_text()
    assert [row["notified_at"] is None for row in rows(store, "SELECT DISTINCT notified_at FROM finding")] == [False]


@pytest.mark.any_core
def test_both_paths(tasks, emulator, urls):
    scenes = {
        "sent": Scene("session_notify", {"urls": [urls["slack"]], "format": "slack", "text": "x"}),
        "body": Scene("session_notify", {"urls": [urls["json"]], "body": {"a": [1]}, "headers": {"X-Token": HEADER}, "text": "x"}),
        "refused": Scene("session_notify", {"urls": [urls["slack"], urls["wecom"]], "format": "wecom", "text": "x"}),
        "secret": Scene("session_notify", {"urls": [urls["feishu"]], "format": "feishu", "secret": credentials.FEISHU_SECRET + "x", "text": "x"}),
        "misspelt": Scene("session_notify", {"urls": ["htps://x"], "format": "feishu", "text": "x"}),
        "no_format": Scene("session_notify", {"urls": [urls["feishu"]], "format": "irc", "text": "x"}),
    }
    run = tasks.both(scenes)
    for name in scenes:
        action, module = (run["%s/%s" % (path, name)].result for path in ("action", "module"))
        assert {**action, "invocation": None} == {**module, "invocation": None}, name
    assert run["action/sent"].result["changed"] is True and run["action/refused"].result["sent"][1]["accepted"] is True
    shown = json.dumps([kept.result for kept in run.kept.values()])
    for secret in (*credentials.SECRETS, HEADER):
        assert secret not in shown
