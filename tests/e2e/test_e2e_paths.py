# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin and the module: equal results, and each where it belongs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import (
    BCC,
    BIN,
    DATAARTS,
    HOOP,
    INSTANCE,
    NAMESPACE,
    NODE,
    NODE_2,
    PATHS,
    SOURCES,
    TAURUSDB,
    WORKSPACE,
    Scene,
    comparable,
)
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

MODULES = Path(__file__).resolve().parents[2] / "plugins" / "modules"
TERMINAL = "4ea8f841-e7a2-5275-b70e-85e3cf35ee71"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
#: Scenes in which nothing may be sent.
REFUSED_HERE = {
    "no_such_option", "no_number", "not_a_choice", "out_of_range", "no_query", "a_map_for_a_text", "a_list_for_a_number", "no_file", "bad_url",
    "no_access",
}


def in_a_play(ansible, folder):
    """A task of each module that needs a store or a file; each host has its own."""
    own = str(folder) + "/{{ inventory_hostname }}"
    store = own + "/s.db"
    archives = {
        module: Scene(module.removesuffix("_info") + "_archive", {**ansible.access(module), "store": store, "return_new": 2})
        for module in SOURCES
    }
    folder = own + "/attachments"
    archives[HOOP].args.update(attachments=["recording", "input"], attachments_dest=folder)
    recording = "%s/hoop_session/2026-03/%s.recording.jsonl" % (folder, TERMINAL)
    session = {"source": "hoop_session", "endpoint": ansible.urls["hoop"], "token": credentials.HOOP_TOKEN, "id": TERMINAL, "dest": own + "/"}
    rules = [{"source": "hoop_session", "when": "unreviewed"}]
    bad_scope = {"source": "hoop_session", "scope": {"org": "no-such"}, "state": "retired"}
    return {
        **{"archive " + module: scene for module, scene in archives.items()},
        "export": Scene("session_export", {"store": store, "dest": own + "/evidence"}),
        "seal": Scene("session_seal", {"store": store, "dest": own + "/seals"}),
        "report": Scene("session_report", {"store": store, "dest": own + "/report.html"}),
        "info": Scene("session_store_info", {"store": store}),
        "gate": Scene("session_gate", {"store": store, "rules": rules}),
        "scope": Scene("session_scope", {"store": store, **bad_scope}),
        "prune": Scene("session_prune", {
            "store": store, "before": "2026-03-02", "reason": "too old", "require_seal": own + "/seals", "attachments": folder,
        }),
        "notify": Scene("session_notify", {"urls": [ansible.urls["elsewhere"] + "/hook"], "text": "x"}),
        "download": Scene("session_download", session),
        "convert": Scene("session_download", {"attachment": recording, "format": "html", "dest": own + "/"}),
        "no_folder": Scene("session_export", {"store": store, "dest": own + "/no/such/folder"}, keywords={"check_mode": True}),
    }


def without_time_and_place(result, path, folder):
    """A result but for its host's folder, the instants of the run, and the number of an alert."""
    text = json.dumps(result, sort_keys=True).replace("%s/%s" % (folder, path), "FOLDER")
    names = "alert|start|end|listed_on|(?:statement_)?sha256|size|sealed_at|covered_(?:from|until)|last_(?:run|success)|seconds_behind|store_id"
    return json.loads(re.sub(r'("(?:%s)": )("[^"]*"|\d+)' % names, r"\1null", text))


def test_every_module_on_both_paths(ansible, tmp_path):
    """As ansible-playbook runs them; how far equality goes, the others show without it."""
    for path in PATHS:
        (tmp_path / path).mkdir()
    infos = {module: ansible.scene(module) for module in SOURCES}
    infos["bad"] = ansible.scene(HOOP, page_size="many")
    scenes = {**infos, **in_a_play(ansible, tmp_path)}
    run = ansible.both(scenes)
    assert {NAMESPACE + scene.module for scene in scenes.values()} == {NAMESPACE + path.stem for path in MODULES.glob("*.py")}
    for name in infos:
        run.same(name)
    for name in scenes.keys() - infos.keys():
        action, module = (without_time_and_place(run["%s/%s" % (path, name)].result, path, tmp_path) for path in PATHS)
        assert action == module, name
    failed = {name for name in scenes if run["action/" + name].result.get("failed")}
    assert failed == {"bad", "no_folder", "scope"}


@pytest.mark.any_core
@pytest.mark.parametrize("module", SOURCES)
def test_the_two_paths_give_equal_results(tasks, module):
    dialect, list_key = SOURCES[module]
    base = tasks.scene(module)
    options = {
        "ok": {},
        "query": {"query": "[].keys(@) | [0]"},
        "converted": {"page_size": "7", "validate_certs": "yes", "retries": "0", "on_error": "continue", "timeout": 5.0},
        "limited": {"max_records": 1},
        "nothing": {"query": "", "max_records": None, "ca_path": None},
        "no_such_option": {"kill": True},
        "no_number": {"page_size": "many"},
        "not_a_choice": {"on_error": "explode"},
        "out_of_range": {"concurrency": 33},
        "no_query": {"query": "[?"},
        "query_that_fails": {"query": "sum([].nothing)"},
        "a_map_for_a_text": {"query": {"a": 1}},
        "a_list_for_a_number": {"timeout": [1]},
        "no_file": {"ca_path": "~/nowhere/$HOME.pem"},
        "bad_url": {"endpoint": "ftp://example.com"},
        "unreachable": {"endpoint": "http://127.0.0.1:1", "retries": 0},
    }
    scenes = {name: tasks.scene(module, **given) for name, given in options.items()}
    scenes["check_mode"] = replace(base, keywords={"check_mode": True})
    scenes["no_access"] = tasks.scene(module, **dict.fromkeys(("access_key", "secret_key", "token")))
    for status in (401, 404):
        scenes[str(status)] = replace(base, before=[("fault", {"kind": "status", "status": status, "dialect": dialect})])
    run = tasks.both(scenes)

    for name in scenes:
        run.same(name)
        assert name not in REFUSED_HERE or run["action/" + name].log == []
    ok = run.same("ok").ok()
    assert ok["complete"] is True
    assert ok["count"] == len(ok[list_key]) > 0
    assert comparable(run.same("check_mode").ok())[list_key] == ok[list_key]
    assert run.same("query").ok()["result"]
    assert list_key not in run.same("query").result
    assert run.same("limited").ok()["incomplete_reasons"] == ["max_records"]
    # Secrets are masked where the options are shown.
    shown = run.same("ok").invocation["module_args"]
    assert shown["token" if module == HOOP else "secret_key"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert shown["concurrency"] == 8


def test_the_options_are_returned_where_ansible_wants_them(ansible):
    """Whether it does is a setting of newer versions; what is registered is equal in any case."""
    scenes = {"good": ansible.scene(HOOP), "bad": ansible.scene(HOOP, page_size="many")}
    run = ansible.both(scenes, env={"ANSIBLE_INJECT_INVOCATION": "0"})
    for name in scenes:
        run.same(name)


@pytest.mark.any_core
def test_equal_results_where_options_are_the_modules_own(tasks):
    scenes = {
        "nodes": tasks.scene(TAURUSDB, node_id=[NODE, NODE_2], include_links=True, language="en-us"),
        "all_nodes": tasks.scene(TAURUSDB, node_id=None),
        "targets": tasks.scene(
            TAURUSDB, instance_id=None, node_id=None, targets=[{"instance_id": INSTANCE, "node_id": NODE}]
        ),
        "wrong_target": tasks.scene(TAURUSDB, instance_id=None, node_id=None, targets=[{"instance_id": INSTANCE}]),
        "some_failed": tasks.scene(
            TAURUSDB, instance_id=[INSTANCE, "0" * 32 + "in07"], node_id=None, on_error="continue"
        ),
        "unknown_node": tasks.scene(TAURUSDB, node_id="0" * 32 + "no07"),
        "no_start": tasks.scene(TAURUSDB, start_time=None),
        "two_ways": tasks.scene(TAURUSDB, token=credentials.HUAWEI_TOKEN),
        "no_workspace": tasks.scene(DATAARTS, workspace_id=None),
        "statuses": tasks.scene(DATAARTS, workspace_id=WORKSPACE + ",empty-workspace", status="CLOSED,RUNNING"),
        "workspaces": tasks.scene(DATAARTS, workspace_id=["no-such", WORKSPACE], on_error="continue"),
        "alias": tasks.scene(HOOP, endpoint=None, api_url=tasks.urls["hoop"] + "/api/", type="database"),
        "warned": tasks.scene(HOOP, id=TERMINAL, event_stream="utf8"),
        "withheld": tasks.scene(HOOP, id=UNKNOWN, on_error="continue"),
        "empty_id": tasks.scene(HOOP, id=[]),
        "children": tasks.scene(BCC, children=True, type="FILE_UPLOAD"),
        "ids": tasks.scene(BCC, id=["r-PartlyFailed25Ch", "r-unknown"], with_log=True, on_error="continue"),
        "one_of_each": tasks.scene(BCC, state=["PENDING", "FAILED"], ascending=True, start_time=1709600000),
    }
    run = tasks.both(scenes)
    for name in scenes:
        run.same(name)
    assert len(run.same("warned").ok()["warnings"]) == 1
    assert run.same("some_failed").ok()["incomplete_reasons"] == ["failed_targets"]
    # What isn't there is a failure, and no empty list.
    (unknown,) = run.same("workspaces").ok()["failed_targets"]
    assert (unknown["failure"]["kind"], unknown["failure"]["code"]) == ("not_found", "dataartsfabric.00010003")
    assert unknown["failure"]["hint"] == "Check workspace_id, and the region."
    assert "the node does not belong to the instance" in run.same("unknown_node").failure["message"]


def test_where_the_work_is_done(ansible):
    """With -vvv Ansible names the module's file when it sends it to the target."""
    keywords = {
        "plain": {},
        "check": {"check_mode": True},
        "become": {"become": True, "become_method": "plainly"},
        "async": {"async": 60, "poll": 1},
    }
    run = ansible.scenes({name: replace(ansible.scene(HOOP), keywords=words) for name, words in keywords.items()}, "action", "-vvv")
    plain = run["plain"].ok()
    for name in keywords:
        found = run[name].ok()
        assert found["sessions"] == plain["sessions"]
        assert run[name].invocation == run["plain"].invocation
        assert found["complete"] is True
    assert "started" in run["async"].result or "ansible_job_id" in run["async"].result
    # What was run here: plain and check are no processes of their own.
    for name, here in (("plain", True), ("check", True), ("become", False), ("async", False)):
        start = run.stdout.index("TASK [%s]" % name)
        end = run.stdout.index("TASK [Keep]", start)
        assert ("Using module file" not in run.stdout[start:end]) is here, name


def test_module_defaults_and_ad_hoc(ansible):
    access = {module: ansible.access(module) for module in SOURCES}
    own = {TAURUSDB: ("instance_id", "node_id", "start_time"), DATAARTS: ("workspace_id",), HOOP: (), BCC: ()}
    kept = {module: {name: access[module].pop(name) for name in own[module]} for module in SOURCES}
    defaults = {
        "by_name": {NAMESPACE + module: access[module] for module in SOURCES},
        "by_group": {
            "group/opsaudit.sessions.huaweicloud": {
                name: value for name, value in access[TAURUSDB].items() if name != "endpoint"
            },
            "group/opsaudit.sessions.hoop": access[HOOP],
            "group/opsaudit.sessions.baiducloud": access[BCC],
        },
        # One at a time: otherwise the number of requests made ahead is a matter of luck.
        "by_all": {"group/opsaudit.sessions.all": {"page_size": 3, "concurrency": 1}},
    }
    endpoints = {"TAURUSDB_ENDPOINT": ansible.urls["taurusdb"], "DATAARTS_FABRIC_ENDPOINT": ansible.urls["fabric"]}
    for name, module_defaults in defaults.items():
        scenes = {
            module: replace(ansible.scene(module), args=kept[module] if name != "by_all" else {**access[module], **kept[module]})
            for module in SOURCES
        }
        run = ansible.scenes(scenes, play={"module_defaults": module_defaults}, env=endpoints)
        for module in SOURCES:
            assert run[module].ok()["complete"] is True and run[module].ok()["count"] > 0
            assert run[module].invocation["module_args"]["page_size"] == (3 if name == "by_all" else 100)

    given = json.dumps(ansible.access(BCC, query="[].id | length(@)"))
    run = ansible.command(BIN / "ansible", "action", "-m", NAMESPACE + BCC, "-a", given)
    assert run.code == 0, run.output
    assert '"result": 8' in run.stdout
    run = ansible.command(BIN / "ansible", "module", "-m", NAMESPACE + HOOP, "-a", "id=nonsense token=x endpoint=http://h")
    assert run.code == 2
    assert "id: 'nonsense' is not a UUID" in run.stdout


def test_a_result_can_be_saved_and_used_by_later_tasks(ansible):
    """As the examples do it: registered, filtered, saved, acted upon."""
    dest = ansible.folder / "saved.json"
    tasks = [
        {NAMESPACE + HOOP: ansible.access(HOOP, connection="orders-pg-prod"), "register": "week"},
        {"ansible.builtin.assert": {"that": ["week.complete", "week.count == week.sessions | length"]}},
        {"ansible.builtin.copy": {"content": "{{ week.sessions | to_nice_json }}", "dest": str(dest), "mode": "0600"}},
        {
            "ansible.builtin.debug": {"msg": "{{ item.id }} is {{ item.session_state }}"},
            "loop": "{{ week.sessions | selectattr('session_state', 'ne', 'finished') }}",
        },
    ]
    run = ansible.playbook([{"hosts": "action", "gather_facts": False, "tasks": tasks}])
    assert run.code == 0, run.output
    saved = json.loads(dest.read_text())
    assert {session["connection"] for session in saved} == {"orders-pg-prod"}
    assert "971bd689-670c-5afe-b995-9ea627faea25 is blocked" in run.stdout
