# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Saving what is behind a record, as a playbook does it, on both paths."""

from __future__ import annotations

import hashlib
import io
import json
import signal
import subprocess
import time

import pytest

pytest.register_assert_rewrite("ansible_collections.opsaudit.sessions.tests.e2e.download")

from ansible_collections.opsaudit.sessions.tests.e2e.download import (
    EXEC,
    REVIEWED,
    SPLIT,
    TERMINAL,
    WIRE,
    Downloads,
    same,
)
from ansible_collections.opsaudit.sessions.tests.e2e.support import BIN, INSTANCE, NAMESPACE, NODE, PATHS
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.tables import csv_rows

FORMATS = ("raw", "txt", "jsonl", "csv", "cast")
OLD = ("config", {"hoop_version": "1.44.0"})
NO_EVENTS = ("fault", {"kind": "status", "status": 500, "dialect": "hoop", "match": {"query": {"expand": "event_stream"}}})
SEED = ("seed", {"dialect": "taurusdb", "count": 150})


def link_fault(status, **more):
    return ("fault", {"kind": "status", "status": status, "dialect": "hoop", "match": {"path": "/download"}, **more})


@pytest.fixture
def downloads(tasks):
    return Downloads(tasks)


@pytest.fixture
def by_playbook(ansible):
    return Downloads(ansible)


@pytest.fixture
def task(emulator):
    """A killing task on the second page of its node."""
    emulator.seed("taurusdb", 150)
    return emulator.ids("taurusdb", instance_id=INSTANCE, node_id=NODE)[120]


@pytest.mark.any_core
def test_every_format_on_both_paths(tasks, downloads):
    sessions = {"exec": EXEC, "terminal": TERMINAL, "split": SPLIT}
    scenes = {
        "%s.%s" % (name, form): downloads.scene("%s.%s" % (name, form), id=session, format=form)
        for name, session in sessions.items() for form in FORMATS
    }
    scenes["both_ways"] = downloads.scene("both_ways", id=TERMINAL, format="txt", events=["o", "i"])
    scenes["input"] = downloads.scene("", content="input", format="txt")
    run = tasks.both(scenes)
    for name in scenes:
        result = same(run, name).result
        assert not result.get("failed"), result
        if name == "input":
            continue
        content = downloads.saved(name)
        assert (result["changed"], result["size"]) == (True, len(content))
        assert result["sha256"] == hashlib.sha256(content).hexdigest()
        assert (downloads.folder / "action" / name).stat().st_mode & 0o7777 == 0o600
        # Newer versions keep the options in what is registered, if they are asked for.
        assert set(result) <= {"changed", "dest", "size", "sha256", "format", "failed", "warnings", "invocation"}
    assert downloads.saved(EXEC + ".input.txt") == b"SELECT count(*) FROM orders WHERE status = 'open';"
    assert "naïve" in downloads.saved("split.txt").decode()
    rows = list(csv_rows(io.StringIO(downloads.saved("split.csv").decode(), newline="")))
    lines = [json.loads(line) for line in downloads.saved("split.jsonl").splitlines()]
    assert "".join(row["text"] for row in rows) == "".join(row["text"] for row in lines) == downloads.saved("split.txt").decode()
    assert json.loads(downloads.saved("terminal.cast").splitlines()[0])["version"] == 2
    # The best way for each.
    targets = {name: [entry["target"] for entry in same(run, name).log] for name in scenes}
    assert targets["exec.raw"] == ["/api/sessions/" + EXEC, "/api/sessions/%s/result/stream?events=o%%2Ce" % EXEC]
    assert targets["exec.cast"][1:] == ["/api/sessions/%s?expand=event_stream" % EXEC]


@pytest.mark.any_core
def test_check_mode_diff_mode_and_doing_it_twice(tasks, downloads):
    diff = {"diff": True}
    check = {"check_mode": True, "diff": True}
    scenes = {
        "predicted": downloads.scene("a", keywords=check),
        "written": downloads.scene("a", keywords=diff),
        "again": downloads.scene("a", keywords=diff),
        "readable": downloads.scene("a", keywords=check, mode="0644"),
        "made_readable": downloads.scene("a", mode="u=rw,go=r", group="0", owner="root"),
        "readable_again": downloads.scene("a", mode=0o644),
        "other": downloads.scene("a", keywords=check, id=SPLIT),
        "page": downloads.scene("", id=TERMINAL, format="html", width=120),
        "same_page": downloads.scene("", keywords=diff, id=TERMINAL, format="html", width=120),
        "no_page": downloads.scene("", id=WIRE, format="html"),
    }
    run = tasks.both(scenes)
    reported = {name: same(run, name).result for name in scenes}
    assert {name: result["changed"] for name, result in reported.items()} == {
        "predicted": True, "written": True, "again": False, "readable": True, "made_readable": True, "readable_again": False,
        "other": True, "page": True, "same_page": False, "no_page": False,
    }
    assert reported["predicted"] == reported["written"]
    assert reported["written"]["diff"]["before"]["state"] == "absent"
    assert reported["other"]["diff"]["before"]["sha256"] == reported["written"]["sha256"]
    assert reported["other"]["diff"]["after"]["sha256"] == reported["other"]["sha256"] != reported["written"]["sha256"]
    assert "diff" not in reported["made_readable"]
    assert "count" not in json.dumps(reported), "no content"
    assert b"count" in downloads.saved("a")
    page = downloads.saved(TERMINAL + ".html")
    assert reported["page"]["size"] == len(page) and reported["page"]["sha256"] == hashlib.sha256(page).hexdigest()
    assert b'"width": 120' in page and b"invoice-" in page and page.endswith(b"-->\n")
    assert "PostgreSQL" in reported["no_page"]["msg"]
    assert downloads.names() == sorted(["a", TERMINAL + ".html"])


@pytest.mark.any_core
def test_gateways_without_a_result_stream(tasks, downloads):
    slow = {"retries": 0}
    scenes = {
        "events": downloads.scene("events", [OLD]),
        "link": downloads.scene("link", [OLD, NO_EVENTS], **slow),
        "consumed": downloads.scene("consumed", [OLD, NO_EVENTS, link_fault(404, times=1)], **slow),
        "torn": downloads.scene("torn", [OLD, NO_EVENTS, (
            "fault", {"kind": "reset", "mid_body": True, "dialect": "hoop", "match": {"path": "/download"}, "times": 1},
        )], **slow),
        "input": downloads.scene("input", [("fault", {
            "kind": "not_json_object", "body": {"id": EXEC, "script": None}, "dialect": "hoop",
            "match": {"query": {"expand": "session_input"}},
        })], content="input"),
        "expired": downloads.scene("expired", [OLD, NO_EVENTS, ("config", {"link_lifetime": -1})], **slow),
        "unauthorized": downloads.scene("unauthorized", [OLD, NO_EVENTS, link_fault(401)], **slow),
        "no_link_for_events": downloads.scene("no_link_for_events", [OLD, NO_EVENTS], format="jsonl", **slow),
        "prefix": downloads.scene(
            "prefix", [OLD, NO_EVENTS, ("config", {"base_path": "/gw"})], endpoint=tasks.urls["hoop"] + "/gw", **slow
        ),
    }
    run = tasks.both(scenes)
    for name in ("events", "link", "consumed", "torn", "prefix"):
        assert not same(run, name).result.get("failed"), same(run, name).result
        assert b"count" in downloads.saved(name)
    assert downloads.saved("input").startswith(b"SELECT")
    links = {
        name: [entry for entry in same(run, name).asked("hoop") if "/download" in entry["target"]] for name in scenes
    }
    assert {name: len(asked) for name, asked in links.items()} == {
        "events": 0, "link": 1, "consumed": 2, "torn": 2, "input": 1, "expired": 2, "unauthorized": 2, "no_link_for_events": 0,
        "prefix": 1,
    }
    for asked in links.values():
        tokens = [entry["target"].split("token=")[1].split("&")[0] for entry in asked]
        assert len(set(tokens)) == len(tokens), "a link is never used twice"
        for entry in asked:
            assert not {"authorization", "api-key"} & entry["headers"].keys()
    assert same(run, "expired").failure["status"] == 410
    assert same(run, "unauthorized").failure["kind"] == "auth"
    assert same(run, "no_link_for_events").failure["kind"] == "server"
    assert downloads.names() == sorted(["events", "link", "consumed", "torn", "input", "prefix"])
    everything = run.output + json.dumps([kept.result for kept in run.kept.values()])
    for asked in links.values():
        for entry in asked:
            assert entry["target"].split("token=")[1].split("&")[0] not in everything
    assert "download?" not in everything


@pytest.mark.any_core
def test_failures_leave_what_was_there(tasks, downloads):
    for path in PATHS:
        (downloads.folder / path / "kept").write_text("old")
        (downloads.folder / path / "kept").chmod(0o640)
    stream = {"dialect": "hoop", "match": {"path": "result/stream"}}
    torn = ("fault", {"kind": "reset", "mid_body": True, **stream})
    who = {"token": credentials.HOOP_REVIEWER_TOKEN, "id": REVIEWED}
    scenes = {
        "too_large": downloads.scene("kept", max_bytes=10),
        "far_too_large": downloads.scene("kept", id="e64a2ae4-f9a0-5252-99b4-f8da59efca94", max_bytes=1000, format="cast"),
        "reviewer": downloads.scene("kept", **who),
        "reviewer_events": downloads.scene("kept", format="cast", **who),
        "stranger": downloads.scene("kept", token=credentials.HOOP_STRANGER_TOKEN),
        "unknown": downloads.scene("kept", id="00000000-0000-4000-8000-000000000000"),
        "bad_token": downloads.scene("kept", token="nobody"),
        "torn": downloads.scene("kept", [torn], retries=0),
        "html": downloads.scene("kept", [("fault", {"kind": "html", **stream})]),
        "endless": downloads.scene("kept", [("fault", {"kind": "endless_body", **stream})], max_bytes=300_000),
        "redirect": downloads.scene("kept", [("fault", {"kind": "redirect", **stream})]),
        "truncated_json": downloads.scene(
            "kept", [("fault", {"kind": "truncated_json", "dialect": "hoop", "match": {"query": {"expand": "event_stream"}}})], format="csv",
        ),
        "wire": downloads.scene("kept", id=WIRE, format="cast"),
        "no_folder": downloads.scene("kept", dest="/no/such/folder/file"),
        "no_file": downloads.scene("kept", dest="/dev/null"),
        "no_session": downloads.scene("kept", id=None),
        "mended": downloads.scene("mended", [("fault", {**torn[1], "times": 1})]),
    }
    run = tasks.both(scenes)
    kinds = {name: same(run, name).failure["kind"] for name in scenes if name != "mended"}
    assert kinds == {
        "too_large": "invalid_request", "far_too_large": "invalid_request", "reviewer": "permission", "reviewer_events": "permission",
        "stranger": "permission", "unknown": "not_found", "bad_token": "auth", "torn": "network", "html": "protocol",
        "endless": "invalid_request", "redirect": "protocol", "truncated_json": "protocol", "wire": "invalid_request",
        "no_folder": "invalid_request", "no_file": "invalid_request", "no_session": "invalid_request",
    }
    for name in kinds:
        result = same(run, name).result
        assert "\n" not in result["msg"] and result["changed"] is False
    for name in ("no_folder", "no_file", "no_session"):
        assert same(run, name).log == []
    assert len(same(run, "bad_token").log) == 1
    assert len(same(run, "far_too_large").log) == 1, "its size was reported beforehand"
    assert downloads.saved("kept") == b"old"
    assert (downloads.folder / "action" / "kept").stat().st_mode & 0o7777 == 0o640
    assert b"count" in downloads.saved("mended")
    assert downloads.names() == ["kept", "mended"]


@pytest.mark.any_core
def test_what_taurusdb_killed(tasks, downloads, task):
    expired = ("fault", {"kind": "status", "status": 403, "dialect": "elsewhere"})
    scenes = {
        "node": downloads.killed("node", [SEED], task_id=task),
        "all_nodes": downloads.killed("all_nodes", [SEED], task_id=task, node_id=None),
        "folder": downloads.killed("", [SEED], task_id=task, format="txt"),
        "renewed": downloads.killed("renewed", [SEED, ("fault", {**expired[1], "times": 1})], task_id=task),
        "expired": downloads.killed("expired", [SEED, expired], task_id=task),
        "redirect": downloads.killed("redirect", [SEED, ("fault", {"kind": "redirect", "dialect": "elsewhere"})], task_id=task),
        "too_large": downloads.killed("too_large", [SEED], task_id=task, max_bytes=20),
        "unknown": downloads.killed("unknown", [SEED], task_id="1"),
        "iam": downloads.killed(
            "iam", [SEED], task_id=task, access_key=None, secret_key=None, username=credentials.IAM_USER,
            password=credentials.IAM_PASSWORD, domain_name=credentials.IAM_DOMAIN, iam_endpoint=tasks.urls["iam"],
        ),
    }
    run = tasks.both(scenes)
    expected = downloads.saved("node")
    assert task.encode() in expected
    for name in ("all_nodes", task + ".txt", "renewed", "iam"):
        assert downloads.saved(name) == expected
    assert downloads.names() == sorted(["node", "all_nodes", task + ".txt", "renewed", "iam"])
    for host in PATHS:
        for name in scenes:
            for entry in run["%s/%s" % (host, name)].asked("elsewhere"):
                assert entry["method"] == "GET"
                assert not {"authorization", "x-auth-token", "x-sdk-date", "x-project-id"} & entry["headers"].keys()
    assert same(run, "expired").failure["status"] == 403
    assert len(same(run, "expired").asked("elsewhere")) == 2
    assert same(run, "unknown").failure["kind"] == "not_found"
    assert same(run, "redirect").failure["kind"] == "protocol"
    reported = json.dumps([kept.result for kept in run.kept.values()])
    for secret in (*credentials.SECRETS, "NeverPrint", "EMULATORLINK", "killed-sessions/"):
        assert secret not in reported, secret


@pytest.mark.any_core
def test_nothing_secret_is_reported(ansible, by_playbook, task):
    ways = {"token": credentials.HOOP_TOKEN, "api_key": credentials.HOOP_LEGACY_KEY}
    refused = ("fault", {"kind": "status", "status": 403, "dialect": "elsewhere", "times": 1})
    scenes = {"killed": by_playbook.killed("killed", [SEED, refused], task_id=task)}
    for name, value in ways.items():
        who = {"token": None, name: value}
        body = {"message": "you sent " + value}
        echo = ("fault", {"kind": "status", "status": 400, "dialect": "hoop", "body": body})
        scenes[name] = by_playbook.scene(name, [OLD, NO_EVENTS], retries=0, **who)
        scenes["bad_" + name] = by_playbook.scene(name, [echo], **who)
    run = ansible.scenes(scenes, ("action",), "-vvvv", "--diff")
    # What a module is sent and sends back: the same for all of them.
    on_target = ansible.scenes({name: scenes[name] for name in ("killed", "bad_token")}, ("module",), "-vvvv", "--diff")
    for name in ways:
        assert not run["action/" + name].result.get("failed") and "you sent" in run["action/bad_" + name].failure["message"]
    assert not on_target["module/killed"].result.get("failed") and "you sent" in on_target["module/bad_token"].failure["message"]
    saved = b"".join(path.read_bytes() for path in by_playbook.folder.rglob("*") if path.is_file())
    for secret in (*credentials.SECRETS, "NeverPrint", "EMULATORLINK", "killed-sessions/"):
        # The playbook itself says them here; Ansible shows no arguments that are secret.
        assert secret not in run.output + on_target.output and secret.encode() not in saved
        assert secret not in json.dumps([kept.result for kept in (*run.kept.values(), *on_target.kept.values())])


@pytest.mark.any_core
def test_where_the_work_is_done(ansible, by_playbook):
    scenes = {
        "async": by_playbook.scene("async", keywords={"async": 60, "poll": 1}),
        "defaults": by_playbook.scene("defaults", endpoint=None, token=None),
    }
    defaults = {
        "group/opsaudit.sessions.hoop": {"token": "for-the-info-modules"},
        "opsaudit.sessions.session_download": {"endpoint": ansible.urls["hoop"], "token": credentials.HOOP_TOKEN},
        "group/opsaudit.sessions.all": {"page_size": 3, "concurrency": 1},
    }
    run = ansible.scenes(scenes, "action", play={"module_defaults": defaults})
    for name in scenes:
        assert not run[name].result.get("failed"), run[name].result
        assert b"count" in (by_playbook.folder / "action" / name).read_bytes()


@pytest.mark.any_core
@pytest.mark.parametrize("host", PATHS)
@pytest.mark.parametrize("how", ["timeout", "interrupt"])
def test_a_task_that_is_ended_leaves_nothing(ansible, by_playbook, emulator, host, how):
    emulator.fault("drip", "hoop", interval=1, match={"path": "result/stream"})
    scene = by_playbook.scene("never", timeout=30)
    task = {NAMESPACE + scene.module: scene.args, **({"timeout": 3} if how == "timeout" else {})}
    path = ansible.folder / "ended.yml"
    path.write_text(json.dumps([{"hosts": host, "gather_facts": False, "tasks": [task]}]))
    started = time.monotonic()
    with subprocess.Popen(
        [BIN / "ansible-playbook", path], cwd=ansible.folder, env=ansible.env, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:
        if how == "interrupt":
            while len(emulator.log("hoop")) < 2 and time.monotonic() - started < 20:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode != 0
    # A module on the target may end a moment later.
    deadline = time.monotonic() + 5
    while list((by_playbook.folder / host).iterdir()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list((by_playbook.folder / host).iterdir()) == []
