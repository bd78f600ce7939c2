# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do with the modules: poll, keep secrets in a vault, loop, act."""

from __future__ import annotations

import json
from pathlib import Path

import ansible_mitogen
import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import BCC, BIN, HOOP, NAMESPACE, PATHS, TAURUSDB
from ansible_collections.opsaudit.sessions.tests.emulator import credentials


def run_in_state(state):
    run = {"id": "r-StillRunning0001", "state": state, "action": {"type": "COMMAND"}, "createdTimestamp": 1709700000000}
    return {"requestId": "1", "code": "success", "result": {**run, "children": [], "totalCount": 0}}


@pytest.mark.any_core
def test_until_an_action_run_has_ended(ansible, emulator):
    for state, times in (("RUNNING", 2), ("PENDING", 1), ("SUCCESS", None)):
        # The rules wear out one after the other.
        emulator.fault("status", "bcc", status=200, body=run_in_state(state), times=times)
    dest = ansible.folder / "result.json"
    tasks = [
        {
            NAMESPACE + BCC: ansible.access(BCC, id="r-StillRunning0001"), "register": "result",
            "until": "result.action_runs[0].state not in ['RUNNING', 'PENDING']", "retries": 10, "delay": 0,
        },
        {"ansible.builtin.copy": {"content": "{{ result | to_json }}", "dest": str(dest), "mode": "0600"}},
    ]
    run = ansible.playbook([{"hosts": "action", "gather_facts": False, "tasks": tasks}])
    assert run.code == 0, run.output
    result = json.loads(dest.read_text())
    assert result["attempts"] == 4 == len(emulator.log("bcc"))
    assert result["action_runs"][0]["state"] == "SUCCESS"


def test_secrets_from_a_vault(ansible, emulator):
    password = ansible.folder / "vault-password"
    password.write_text("open sesame\n")
    secrets = {"hoop_token": credentials.HOOP_TOKEN, "huawei_sk": credentials.HUAWEI_SK}
    names = [word for name in secrets for word in ("--name", name)]
    encrypted = ansible.command(ansible.bin / "ansible-vault", "encrypt_string", "--vault-password-file", password, *names, *secrets.values())
    assert encrypted.code == 0, encrypted.output
    variables = ansible.folder / "secrets.yml"
    variables.write_text("---\n" + encrypted.stdout)
    assert encrypted.stdout.count("!vault") == 2 and credentials.HOOP_TOKEN not in encrypted.stdout
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
        {NAMESPACE + BCC: {**args, "id": "{{ item }}"}, "loop": ids, "register": "looped", "throttle": 1},
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
    run = ansible.both({"one": ansible.scene(HOOP)}, "--check", "--diff")
    assert run.same("one").ok()["count"] > 0
    assert run.code == 0 and run.stdout.count("changed=0") == len(PATHS)


def run_of(children, state):
    """A run's details, with children that are as far."""
    counts = [{"id": "d-%d" % number, "state": each} for number, each in enumerate(children)]
    body = run_in_state(state)
    body["result"] |= {"children": counts, "totalCount": len(counts)}
    return body


def test_waiting_for_an_action_run(ansible, emulator):
    """It asks less often the longer it takes, and a failure on some instances is a result."""
    env = {"BCE_CA_ENDPOINT": emulator.urls["bcc"], "BCE_ACCESS_KEY_ID": credentials.BAIDU_AK, "BCE_SECRET_ACCESS_KEY": credentials.BAIDU_SK}
    command = [BIN / "ansible-playbook", "opsaudit.sessions.wait_for_action_run"]
    # As a survey gives them: texts, and an empty one for what was not answered.
    given = {"wait_action_run_id": "r-StillRunning0001", "wait_seconds": "", "wait_first_pause": "1", "wait_longest_pause": "2"}
    for children, state, times in (([], "PENDING", 1), (["RUNNING", "SUCCESS"], "RUNNING", 2), (["FAILED", "SUCCESS"], "PARTIAL_FAILED", None)):
        emulator.fault("status", "bcc", status=200, body=run_of(children, state), times=times)
    run = ansible.command(*command, "-e", json.dumps(given), "--check", env=env)
    assert run.code == 0, run.output
    assert "r-StillRunning0001: PARTIAL_FAILED; {'FAILED': 1, 'SUCCESS': 1}" in run.stdout and "changed=0" in run.stdout
    begun = [entry["started"] for entry in emulator.log("bcc")]
    pauses = [later - earlier for earlier, later in zip(begun, begun[1:])]
    assert len(pauses) == 3 and pauses[0] >= 1 and pauses[1] >= 2 and pauses[2] >= 2, pauses
    emulator.reset()
    emulator.fault("status", "bcc", status=200, body=run_in_state("RUNNING"))
    run = ansible.command(*command, "-e", json.dumps({**given, "wait_seconds": 1}), env=env)
    assert run.code != 0 and "r-StillRunning0001 is RUNNING after 1 seconds" in run.output


def test_mitogen(ansible):
    """The same play by Mitogen: here, and as a module in another interpreter, which it starts by become."""
    sudo = ansible.folder / "sudo"
    sudo.write_text('#!/bin/sh\n# Becomes nobody else.\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
    sudo.chmod(0o700)
    task = {NAMESPACE + HOOP: ansible.access(HOOP)}
    ways = [
        {}, {"become": True, "vars": {"ansible_become_exe": str(sudo)}}, {"check_mode": True}, {"throttle": 1}, {"delegate_to": "localhost"},
        {"environment": {"HOOP_TOKEN": credentials.HOOP_TOKEN}, NAMESPACE + HOOP: ansible.access(HOOP, token=None)},
    ]
    # Each is compared with what the strategy linear has returned.
    tasks = [{**task, **way, "register": "result_%d" % number} for number, way in enumerate(ways)]
    same = {"ansible.builtin.assert": {"that": ["result_%d.sessions == expected" % number for number in range(len(ways))]}}
    learn = {"ansible.builtin.set_fact": {"expected": "{{ result_0.sessions }}"}}
    play = {"hosts": "action", "gather_facts": False}
    strategies = Path(ansible_mitogen.__file__).parent / "plugins" / "strategy"
    run = ansible.playbook(
        [{**play, "tasks": [tasks[0], learn]}, {**play, "strategy": "mitogen_linear", "tasks": [*tasks, same]}],
        env={"ANSIBLE_STRATEGY_PLUGINS": str(strategies)},
    )
    assert run.code == 0 and "ok=9 " in run.stdout, run.output
