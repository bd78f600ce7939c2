# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do with the modules: poll, keep secrets in a vault, loop, act."""

from __future__ import annotations

import json

from ansible_collections.opsaudit.sessions.tests.e2e.support import BCC, HOOP, NAMESPACE, PATHS, TAURUSDB
from ansible_collections.opsaudit.sessions.tests.emulator import credentials


def run_in_state(state):
    run = {"id": "r-StillRunning0001", "state": state, "action": {"type": "COMMAND"}, "createdTimestamp": 1709700000000}
    return {"requestId": "1", "code": "success", "result": {**run, "children": [], "totalCount": 0}}


def test_until_an_action_run_has_ended(ansible, emulator):
    for path in PATHS:
        emulator.reset()
        answers = [("RUNNING", 2), ("PENDING", 1), ("SUCCESS", None)]
        for state, times in answers:
            # The rules wear out one after the other.
            emulator.fault("status", "bcc", status=200, body=run_in_state(state), times=times)
        dest = ansible.folder / (path + ".json")
        tasks = [
            {
                NAMESPACE + BCC: ansible.access(BCC, id="r-StillRunning0001"), "register": "result",
                "until": "result.action_runs[0].state not in ['RUNNING', 'PENDING']", "retries": 10, "delay": 0,
            },
            {"ansible.builtin.copy": {"content": "{{ result | to_json }}", "dest": str(dest), "mode": "0600"}},
        ]
        run = ansible.playbook([{"hosts": path, "gather_facts": False, "tasks": tasks}])
        assert run.code == 0, run.output
        result = json.loads(dest.read_text())
        assert result["attempts"] == 4 == len(emulator.log("bcc"))
        assert result["action_runs"][0]["state"] == "SUCCESS"


def test_secrets_from_a_vault(ansible, emulator):
    password = ansible.folder / "vault-password"
    password.write_text("open sesame\n")
    encrypted = {}
    secrets = {"hoop_token": credentials.HOOP_TOKEN, "huawei_sk": credentials.HUAWEI_SK}
    for name, secret in secrets.items():
        run = ansible.command(
            ansible.bin / "ansible-vault", "encrypt_string", "--vault-password-file", password, "--name", name, secret
        )
        assert run.code == 0, run.output
        encrypted[name] = run.stdout
    variables = ansible.folder / "secrets.yml"
    variables.write_text("---\n" + "\n".join(encrypted.values()))
    assert "!vault" in variables.read_text() and credentials.HOOP_TOKEN not in variables.read_text()
    scenes = {
        "hoop": ansible.scene(HOOP, token="{{ hoop_token }}"),
        "taurusdb": ansible.scene(TAURUSDB, secret_key="{{ huawei_sk }}"),
        "defaults": ansible.scene(HOOP, token=None),
    }
    run = ansible.both(
        scenes, "-vvvv", "-e", "@%s" % variables, "--vault-password-file", password,
        play={"module_defaults": {"group/opsaudit.sessions.hoop": {"token": "{{ hoop_token }}"}}},
    )
    for name in scenes:
        assert run.same(name).ok()["count"] > 0
    for secret in secrets.values():
        assert secret not in run.output


def test_loops_retries_and_delegation(ansible):
    ids = ["r-N0UrpENajU7kQ2xB", "r-QWR6CCMVj0h3Lm8Z"]
    args = ansible.access(BCC)
    tasks = [
        {NAMESPACE + BCC: {**args, "id": "{{ item }}"}, "loop": ids, "register": "looped"},
        {"ansible.builtin.assert": {"that": [
            "looped.results | map(attribute='action_runs') | flatten | map(attribute='id') == %s" % json.dumps(ids),
        ]}},
        {NAMESPACE + BCC: {**args, "id": ids}, "register": "here", "delegate_to": "localhost", "run_once": True},
        {NAMESPACE + BCC: {**args, "id": "r-unknown"}, "register": "failed", "failed_when": "failed.failure.kind != 'not_found'"},
        {
            NAMESPACE + BCC: {**args, "id": "r-unknown"}, "register": "failed", "ignore_errors": True, "retries": 1,
            "delay": 0, "until": "failed is succeeded",
        },
        {"ansible.builtin.assert": {"that": ["here.count == 2", "failed is failed", "failed.attempts == 1"]}},
    ]
    play = {"gather_facts": False, "tasks": tasks}
    run = ansible.playbook([{"hosts": "action:module", **play}], "--forks", "2")
    assert run.code == 0, run.output


def test_diff_and_check_of_a_whole_play(ansible):
    for path in PATHS:
        run = ansible.scenes({"one": ansible.scene(HOOP)}, path, "--check", "--diff")
        assert run["one"].ok()["count"] > 0
        assert run.code == 0 and "changed=0" in run.stdout
