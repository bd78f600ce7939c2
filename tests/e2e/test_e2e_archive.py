# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive modules as a playbook uses them, on both paths."""

from __future__ import annotations

import json
import stat
import time
from dataclasses import replace

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import (
    BCC,
    DATAARTS,
    HOOP,
    INSTANCE,
    NAMESPACE,
    NODE,
    NODE_2,
    SOURCES,
    TAURUSDB,
    Scene,
    comparable,
)
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.look import dump, rows
from ansible_collections.opsaudit.sessions.tests.stores.servers import PASSWORD

#: What each of the modules keeps of the emulator's examples.
COUNTS = {TAURUSDB: 2, DATAARTS: 15, HOOP: 18, BCC: 8}
RETURNED = {
    "added", "updated", "unchanged", "complete", "incomplete_reasons", "failed_targets", "coverage", "gaps", "new_records",
    "requests", "changed", "abandoned", "gone", "attachments",
}


def twin(module):
    return module.removesuffix("_info") + "_archive"


def scene(ansible, module, store, before=None, **args):
    # The emulator's examples are old: what is open there is not to be given up.
    return Scene(twin(module), {**ansible.access(module, **{"abandon_after": "9999d", **args}), "store": str(store)}, before or [])


def timeless(result):
    """A result without the instants at which its windows end, and were listed."""
    windows = [window for each in result.get("coverage", ()) for window in each["windows"]]
    text = json.dumps(comparable(result))
    for instant in {window[name] for window in windows for name in ("end", "listed_on")} - {None}:
        text = text.replace(instant, "NOW")
    return json.loads(text)


@pytest.mark.any_core
@pytest.mark.parametrize("module", SOURCES)
def test_both_paths_keep_the_same(tasks, tmp_path, module):
    store = tmp_path / "{{ inventory_hostname }}.db"
    scenes = {
        "forecast": replace(scene(tasks, module, store, return_new=2), keywords={"check_mode": True}),
        "first": scene(tasks, module, store, return_new=2),
        "idle": scene(tasks, module, store, return_new=2),
    }
    run = tasks.both(scenes)
    for name in scenes:
        action, by_module = run["action/" + name], run["module/" + name]
        assert timeless(action.result) == timeless(by_module.result), name
        assert action.invocation == by_module.invocation, name
    first = run["action/first"].result
    assert set(first) - {"invocation", "failed", "warnings", "exception"} == RETURNED
    assert (first["changed"], first["added"], first["updated"], first["complete"]) == (True, COUNTS[module], 0, True)
    assert first["gaps"] == [] and len(first["new_records"]) == 2
    assert timeless(run["action/forecast"].result) == timeless(first)
    idle = run["action/idle"].result
    assert (idle["changed"], idle["added"], idle["updated"], idle["new_records"]) == (False, 0, 0, [])
    for host in ("action", "module"):
        path = tmp_path / (host + ".db")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert len(rows(str(path), "SELECT * FROM record")) == COUNTS[module]


@pytest.mark.any_core
def test_what_goes_wrong_is_reported_alike_on_both_paths(tasks, tmp_path):
    store = tmp_path / "{{ inventory_hostname }}.db"
    refused = {
        "no_store": scene(tasks, HOOP, ""),
        "no_folder": scene(tasks, HOOP, tmp_path / "nowhere" / "x.db"),
        "no_database": scene(tasks, HOOP, "oracle://h/d"),
        "overlap": scene(tasks, HOOP, store, overlap="soon"),
        "tomorrow": scene(tasks, HOOP, store, start_time="2999-01-01", end_time="2999-01-02"),
    }
    scenes = {
        **refused, "query": scene(tasks, HOOP, store, query="[]"),
        "unreachable": scene(tasks, HOOP, store, endpoint="http://127.0.0.1:1", retries=0),
        "broken": scene(tasks, HOOP, store, [("fault", {
            "kind": "status", "status": 503, "dialect": "hoop", "match": {"path": "sessions"},
        })], retries=0),
    }
    run = tasks.both(scenes)
    for name in scenes:
        assert comparable(run["action/" + name].result) == comparable(run["module/" + name].result), name
    for name in refused:
        failed = run["action/" + name]
        assert failed.failure["kind"] == "invalid_request" and not failed.log
    assert run["action/query"].result["msg"].startswith("query: no such option (")
    unreachable = run["action/unreachable"]
    assert unreachable.failure["kind"] == "network" and unreachable.result["changed"] is False
    # Whose sessions they are is known once somebody answered: only then is there a scope that a run belongs to.
    (noted,) = rows(str(tmp_path / "action.db"), "SELECT * FROM run")
    assert noted["error"] == run["action/broken"].result["msg"] and noted["complete"] == 0


@pytest.mark.any_core
@pytest.mark.parametrize("module", SOURCES)
def test_a_record_is_kept_as_the_info_module_returns_it(tasks, tmp_path, module):
    store = tmp_path / "s.db"
    run = tasks.scenes({"info": tasks.scene(module), "archive": scene(tasks, module, store, return_new=100)})
    listed = run["info"].ok()[SOURCES[module][1]]
    kept = [json.loads(row["raw"]) for row in rows(str(store), "SELECT raw FROM record")]

    def key(record):
        return json.dumps(record, sort_keys=True)

    assert sorted(kept, key=key) == sorted(listed, key=key) == sorted(run["archive"].result["new_records"], key=key)


@pytest.mark.any_core
def test_check_mode_writes_nothing(tasks, tmp_path):
    store = tmp_path / "s.db"
    scenes = {module: replace(scene(tasks, module, store), keywords={"check_mode": True}) for module in SOURCES}
    run = tasks.scenes(scenes)
    assert not store.exists()
    for module in SOURCES:
        result = run[module].result
        assert (result["changed"], result["added"]) == (True, COUNTS[module])


@pytest.mark.any_core
def test_a_node_that_fails_is_a_gap_until_the_next_run(tasks, tmp_path):
    store = tmp_path / "s.db"
    broken = [("fault", {"kind": "status", "status": 500, "dialect": "taurusdb", "match": {"query": {"node_id": NODE_2}}})]
    options = {"node_id": None, "on_error": "continue", "retries": 0}
    scenes = {
        "broken": scene(tasks, TAURUSDB, store, broken, **options),
        "mended": scene(tasks, TAURUSDB, store, **options),
        "instance": scene(tasks, TAURUSDB, store, **{**options, "instance_id": [INSTANCE, "0" * 32 + "in07"]}),
    }
    run = tasks.scenes(scenes)
    result = run["broken"].result
    assert (result["complete"], result["incomplete_reasons"], result["added"]) == (False, ["failed_targets"], 2)
    assert [target["target"]["node_id"] for target in result["failed_targets"]] == [NODE_2]
    assert [gap["scope"]["node_id"] for gap in result["gaps"]] == [NODE_2]
    assert result["gaps"][0]["start"] == "2026-03-01T00:00:00.000Z"
    windows = {each["scope"]["node_id"]: each["windows"] for each in result["coverage"]}
    # What is older than a week was listed late, the rest in time.
    assert windows[NODE_2] == [] and [window["listed_on"] is None for window in windows[NODE]] == [False, True]
    mended = run["mended"].result
    assert mended["complete"] and mended["gaps"] == []
    windows = {each["scope"]["node_id"]: each["windows"] for each in mended["coverage"]}
    assert windows[NODE_2][0]["start"] == "2026-03-01T00:00:00.000Z" and len(windows[NODE_2]) == 2
    runs = rows(str(store), "SELECT * FROM run WHERE scope_key LIKE '%%%s'" % NODE_2)
    assert [row["complete"] for row in runs][:2] == [0, 1]
    assert json.loads(runs[0]["reasons"]) == ["failed_targets"] and "HTTP 500" in runs[0]["error"]
    instance = run["instance"].result
    assert instance["complete"] is False
    assert [gap["scope"] for gap in instance["gaps"]] == [{"instance_id": "0" * 32 + "in07"}]


@pytest.mark.any_core
def test_a_failed_task_keeps_what_others_gave(tasks, tmp_path):
    store = tmp_path / "s.db"
    broken = [("fault", {"kind": "status", "status": 500, "dialect": "taurusdb", "match": {"query": {"node_id": NODE_2}}})]
    run = tasks.scenes({"broken": scene(tasks, TAURUSDB, store, broken, node_id=[NODE, NODE_2], retries=0)})
    result = run["broken"].result
    assert result["failed"] is True and result["changed"] is True
    assert result["failure"]["kind"] == "server"
    assert len(rows(str(store), "SELECT * FROM record")) == 2
    covered = {row["scope_key"][-36:] for row in rows(str(store), "SELECT * FROM coverage")}
    assert covered == {NODE}


@pytest.mark.any_core
def test_a_filter_has_a_coverage_of_its_own(tasks, tmp_path):
    store = tmp_path / "s.db"
    run = tasks.scenes({
        "filtered": scene(tasks, HOOP, store, connection="orders-pg-prod"), "all": scene(tasks, HOOP, store),
        "again": scene(tasks, HOOP, store, connection="orders-pg-prod"),
    })
    filtered, everything = run["filtered"].result, run["all"].result
    assert 0 < filtered["added"] < COUNTS[HOOP]
    assert [each["view"] for each in filtered["coverage"]] == [{"connection": "orders-pg-prod"}]
    assert [each["view"] for each in everything["coverage"]] == [{}]
    assert filtered["coverage"][0]["scope"] == everything["coverage"][0]["scope"]
    assert filtered["added"] + everything["added"] == COUNTS[HOOP]
    assert run["again"].result["changed"] is False
    assert len({row["scope_key"] for row in rows(str(store), "SELECT * FROM record")}) == 1


@pytest.mark.any_core
def test_what_is_under_way_is_looked_for_until_it_is_over(tasks, emulator, tmp_path):
    store = tmp_path / "s.db"
    begun = int(time.time() * 1000) - 3_600_000

    def alter(**values):
        altered = {"createdTimestamp": begun, **values}
        return [("alter", {"dialect": "bcc", "scope": {"type": "COMMAND"}, "ids": ["r-StillRunning0001"], "values": altered})]

    ended = alter(state="SUCCESS", finishedTimestamp=begun + 5000)
    run = tasks.scenes({
        "first": scene(tasks, BCC, store, alter()), "again": scene(tasks, BCC, store, alter()), "idle": scene(tasks, BCC, store, alter()),
        "ended": scene(tasks, BCC, store, ended), "last": scene(tasks, BCC, store, ended),
    })
    # Looked up by its id, which adds its details once.
    assert (run["again"].result["added"], run["again"].result["updated"]) == (0, 1)
    assert run["idle"].result["changed"] is False
    assert (run["ended"].result["added"], run["ended"].result["updated"]) == (0, 1)
    assert run["last"].result["changed"] is False
    states = {row["record_id"]: row["outcome"] for row in rows(str(store), "SELECT * FROM record")}
    assert states["r-StillRunning0001"] == "success" and states["r-PendingPending01"] == "waiting"


@pytest.mark.any_core
def test_child_runs_are_kept_once_they_are_known(tasks, tmp_path):
    store = tmp_path / "s.db"
    run = tasks.scenes({
        "with": scene(tasks, BCC, store, children=True), "without": scene(tasks, BCC, store, overlap="9999d"),
    })
    assert run["with"].result["added"] == 8
    assert run["without"].result["changed"] is False
    found = {row["record_id"]: row for row in rows(str(store), "SELECT * FROM record")}
    assert len(json.loads(found["r-PartlyFailed25Ch"]["raw"])["children"]) == 25
    assert found["r-N0UrpENajU7kQ2xB"]["target"] == "i-mfIgQ7w2"


def test_module_defaults_and_the_environment(ansible, tmp_path):
    access = ansible.access(HOOP)
    tasks = [
        {NAMESPACE + twin(HOOP): {}, "register": "kept"},
        {"ansible.builtin.assert": {"that": ["kept.added == %d" % COUNTS[HOOP], "kept is changed"]}},
    ]
    play = {"hosts": "action", "gather_facts": False, "tasks": tasks, "module_defaults": {"group/opsaudit.sessions.hoop": access}}
    run = ansible.playbook([play], env={"OPSAUDIT_STORE": str(tmp_path / "s.db")})
    assert run.code == 0, run.output


@pytest.mark.any_core
def test_secrets_are_reported_nowhere(ansible, tasks, postgresql_server):
    """Not the credentials, not the store's password, not the links; not in the store either."""
    postgresql_server.execute("CREATE DATABASE secrets")
    store = postgresql_server.url("secrets")
    planted = {"metadata": {"note": "Bearer " + credentials.HOOP_TOKEN}}
    session = "11d337d0-1f45-5203-8630-eccd7c816bf8"
    alter = ("alter", {"dialect": "hoop", "scope": {}, "ids": [session], "values": planted})
    scenes = {module: scene(ansible, module, store, [alter], return_new=50) for module in SOURCES}
    scenes["bad_store"] = scene(ansible, HOOP, store.replace(PASSWORD, "wrong-" + PASSWORD))
    run = ansible.scenes(scenes, "action", "-vvvv")
    # What Ansible prints of a failure is the same for all of them.
    failed = tasks.scenes({
        "no_database": scene(tasks, HOOP, store + "-which-is-not-there"), "no_scheme": scene(tasks, HOOP, store.replace("postgresql", "oracle")),
        "refused": scene(tasks, HOOP, store, [("fault", {"kind": "status", "status": 403, "dialect": "hoop"})]),
    })
    assert all(each.result["failed"] for each in failed.kept.values())
    # What a module is sent and sends back: the same for all of them.
    on_target = ansible.scenes({name: scenes[name] for name in (HOOP, "bad_store")}, "module", "-vvvv")
    kept = dump(store)
    reported = "".join(each.output + json.dumps([kept.result for kept in each.kept.values()]) for each in (run, on_target, failed))
    for secret in (
        credentials.HOOP_TOKEN, credentials.HUAWEI_SK, credentials.BAIDU_SK, PASSWORD, "NeverPrint", "EMULATORLINK",
    ):
        assert secret not in reported, secret
        assert secret not in kept, secret
    assert session in kept and "Bearer ********" in kept
    assert run["bad_store"].failure["kind"] == "store"
    assert len(rows(store, "SELECT * FROM record")) == sum(COUNTS.values())


@pytest.mark.any_core
def test_other_databases(tasks, tmp_path, mariadb_server, postgresql_server):
    for server in (mariadb_server, postgresql_server):
        server.execute("CREATE DATABASE everything")
        store = server.url("everything")
        scenes = {module: scene(tasks, module, store) for module in (TAURUSDB, DATAARTS, HOOP, BCC)}
        run = tasks.scenes({**scenes, **{"idle_" + module: each for module, each in scenes.items()}})
        for module in SOURCES:
            assert run[module].result["added"] == COUNTS[module], run[module].result
            assert run["idle_" + module].result["changed"] is False
