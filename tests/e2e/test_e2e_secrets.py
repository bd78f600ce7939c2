# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that is secret is reported: not in what is printed, not in the log, not in a result."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import BCC, DATAARTS, HOOP, PATHS, SOURCES, TAURUSDB, Scene
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

NEW_TOKEN = "eyJhbGciOiJFTVVMQVRPUiJ9.renewed-never-print.c2lnbmF0dXJl"
EXEC_DONE = "11d337d0-1f45-5203-8630-eccd7c816bf8"
STS = {"access_key": "BAIDU_STS_AK", "secret_key": "BAIDU_STS_SK", "security_token": "BAIDU_STS_TOKEN"}
TEMPORARY = {"access_key": "HUAWEI_TEMP_AK", "secret_key": "HUAWEI_TEMP_SK", "security_token": "HUAWEI_SECURITY_TOKEN"}
IAM = {"username": "IAM_USER", "password": "IAM_PASSWORD", "domain_name": "IAM_DOMAIN"}
#: Every way to authenticate: the module, and its options by the names of the emulator's credentials.
WAYS = {
    "huawei_key": (TAURUSDB, {"access_key": "HUAWEI_AK", "secret_key": "HUAWEI_SK"}),
    "huawei_temporary": (TAURUSDB, TEMPORARY),
    "huawei_token": (DATAARTS, {"token": "HUAWEI_TOKEN"}),
    "huawei_password": (DATAARTS, IAM),
    "hoop_token": (HOOP, {"token": "HOOP_TOKEN"}),
    "hoop_key": (HOOP, {"api_key": "HOOP_API_KEY"}),
    "hoop_static_key": (HOOP, {"api_key": "HOOP_LEGACY_KEY"}),
    "baidu_key": (BCC, {"access_key": "BAIDU_AK", "secret_key": "BAIDU_SK"}),
    "baidu_session": (BCC, STS),
}
NOBODY = dict.fromkeys(("token", "api_key", "access_key", "secret_key"))


def as_somebody(ansible, way, before=None, **args):
    """A scene whose secrets come from variables: Ansible may well show what a playbook says."""
    module, given = WAYS[way]
    who = {option: "{{ planted.%s }}" % name for option, name in given.items()}
    if "username" in who:
        who["iam_endpoint"] = ansible.urls["iam"]
    if module in (HOOP, BCC):
        who["project_id"] = None
    options = ansible.access(module, **{**NOBODY, **who, **args})
    return Scene(module, options, before or [])


def planted(run):
    """What must not be seen: what was given, and what the emulator saw in headers."""
    secrets = {*credentials.SECRETS, NEW_TOKEN, "NeverPrint", "never-print"}
    for kept in run.kept.values():
        for entry in kept.log:
            headers = entry["headers"]
            secrets |= {headers[name] for name in ("x-auth-token", "api-key", "authorization") if name in headers}
            secrets |= set(re.findall("[0-9a-f]{64}", headers.get("authorization", "")))
    return secrets | {each for secret in secrets for each in (quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])}


def assert_nothing_reported(ansible, run, log):
    reported = {"stdout": run.stdout, "stderr": run.stderr, "log": log.read_text()}
    reported.update(("result of " + name, json.dumps(kept.result)) for name, kept in run.kept.items())
    reported.update(("options of " + name, json.dumps(kept.invocation)) for name, kept in run.kept.items())
    for where, text in reported.items():
        for secret in planted(run):
            assert secret not in text, (where, secret, text[max(0, text.find(secret) - 300) : text.find(secret) + 100])


def variables_of(ansible):
    names = {name: value for name, value in vars(credentials).items() if isinstance(value, str) and name.isupper()}
    file = ansible.folder / "planted.json"
    file.write_text(json.dumps({"planted": names}))
    return file


def run_with_planted(ansible, scenes, hosts=("action", "module"), **env):
    log = ansible.folder / "ansible.log"
    env = {"ANSIBLE_LOG_PATH": str(log), "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1", **env}
    run = ansible.scenes(scenes, hosts, "-vvvv", "-e", "@%s" % variables_of(ansible), env=env)
    assert len(run.kept) == len(scenes) * len(hosts), run.output[-3000:]
    assert_nothing_reported(ansible, run, log)
    return run


def run_here(tasks, scenes, **env):
    """The same without ansible-playbook, on both paths: results and options."""
    given = {name: replace(scene, args=filled_in(scene.args)) for name, scene in scenes.items()}
    run = tasks.both(given, env=env)
    for kept in run.kept.values():
        reported = json.dumps([kept.result, kept.invocation])
        assert not [secret for secret in planted(run) if secret in reported], reported
    return run


def filled_in(args):
    """Options with the values of the variables that are planted."""
    return json.loads(re.sub(r"{{ planted\.(\w+) }}", lambda found: getattr(credentials, found[1]), json.dumps(args)))


@pytest.mark.any_core
def test_where_all_goes_well(ansible, tasks):
    seed = [("seed", {"dialect": "taurusdb", "count": 5}), ("config", {"new_access_token": NEW_TOKEN})]
    scenes = {way: as_somebody(ansible, way, seed) for way in WAYS}
    # What Ansible prints of a task is alike for all ways that have the same options: each secret option of each cloud once.
    printed = {way: scenes[way] for way in ("huawei_temporary", "huawei_password", "hoop_token", "hoop_key", "baidu_session")}
    # And so is what a module is sent.
    on_target = {way: scenes[way] for way in ("huawei_password", "baidu_session")}
    for run in (run_with_planted(ansible, printed, ("action",)), run_with_planted(ansible, on_target, ("module",)), run_here(tasks, scenes)):
        for name, kept in run.kept.items():
            assert kept.ok()["count"] > 0, name
        # The token that IAM gave was used, and is among what was looked for.
        minted = {kept.asked("fabric")[0]["headers"]["x-auth-token"] for name, kept in run.kept.items() if name.endswith("/huawei_password")}
        assert minted and minted <= planted(run)


def echo(way):
    """An error whose text holds what was sent."""
    module, given = WAYS[way]
    secrets = " ".join(getattr(credentials, name) for option, name in given.items() if "name" not in option)
    signature = "Authorization: bce-auth-v1/AK/2024/1800/host/" if way.startswith("baidu") else "Signature="
    # A gateway signs nothing.
    signed = "" if way.startswith("hoop") else signature + "ab" * 32
    text = "refused: %s %s %s https://h/p?token=%s" % (secrets, quote(secrets), signed, quote_plus(secrets))
    body = {"error_code": secrets, "error_msg": text, "code": secrets, "message": text, "solution_msg": text}
    return [("fault", {"kind": "status", "status": 400, "body": body, "dialect": SOURCES[module][0]})]


@pytest.mark.any_core
def test_where_the_source_echoes_what_it_was_sent(tasks):
    run = run_here(tasks, {way: as_somebody(tasks, way, echo(way)) for way in WAYS})
    for name, kept in run.kept.items():
        assert kept.failure["kind"] == "invalid_request", name
        assert "********" in kept.failure["message"]
        assert "ab" * 32 not in json.dumps(kept.result)


def test_where_things_go_wrong(ansible, tasks):
    quick = {"retries": 0}
    wrong_password = as_somebody(ansible, "huawei_password", domain_name="nobody")
    scenes = {
        "wrong_password": wrong_password,
        "iam_down": as_somebody(ansible, "huawei_password", iam_endpoint="http://127.0.0.1:1", **quick),
        "refused_later": as_somebody(
            ansible, "huawei_password", [("fault", {"kind": "status", "status": 401, "dialect": "fabric"})]
        ),
        "unreachable": as_somebody(ansible, "hoop_token", endpoint="http://127.0.0.1:1", **quick),
        "no_such_host": as_somebody(ansible, "baidu_session", endpoint="http://nowhere.invalid", **quick),
        "redirect": as_somebody(ansible, "huawei_temporary", [("fault", {"kind": "redirect", "dialect": "taurusdb"})]),
        "html": as_somebody(ansible, "hoop_static_key", [("fault", {"kind": "html", "dialect": "hoop"})]),
        "crash": as_somebody(ansible, "hoop_key", [("fault", {"kind": "reset", "dialect": "hoop"})], **quick),
        "two_ways": as_somebody(ansible, "huawei_key", token="{{ planted.HUAWEI_TOKEN }}"),
        "bad_number": as_somebody(ansible, "huawei_key", page_size=0),
        "bad_type": as_somebody(ansible, "baidu_key", page_size="many"),
        "line_break": as_somebody(ansible, "hoop_token", token="{{ planted.HOOP_TOKEN }}\n{{ planted.HOOP_TOKEN }}"),
        "in_the_url": as_somebody(ansible, "hoop_token", endpoint="http://me:{{ planted.HOOP_TOKEN }}@h:99999"),
        "bad_query": as_somebody(ansible, "hoop_token", query="[?id == '{{ planted.HOOP_TOKEN }}'"),
    }
    for run in (run_with_planted(ansible, scenes, ("action",)), run_here(tasks, scenes)):
        for name, kept in run.kept.items():
            assert kept.result["failed"] is True, name
            assert "\n" not in kept.result["msg"]


@pytest.mark.any_core
def test_links_unless_they_are_asked_for(ansible, tasks):
    seed = [("seed", {"dialect": "taurusdb", "count": 3})]
    failing = [*seed, ("fault", {"kind": "html", "dialect": "taurusdb", "after": 1})]
    scenes = {
        "without": as_somebody(ansible, "huawei_key", seed),
        "query": as_somebody(ansible, "huawei_key", seed, query="[].[download_link, task_id]"),
        "failing": as_somebody(ansible, "huawei_key", failing, node_id=None),
    }
    run_here(tasks, scenes)
    run = run_with_planted(ansible, scenes, ("action",))
    assert [link for link, _task in run["action/query"].ok()["result"]] == [None] * 3
    wanted = {
        "links": as_somebody(tasks, "huawei_key", seed, include_links=True),
        "download": as_somebody(tasks, "hoop_token", id=EXEC_DONE, extension="txt"),
    }
    asked = tasks.both({name: replace(scene, args=filled_in(scene.args)) for name, scene in wanted.items()})
    assert all("Signature=NeverPrint" in each["download_link"] for each in asked["module/links"].ok()["killed_sessions"])
    assert "token=" in asked["module/download"].ok()["downloads"][0]["download_url"]


@pytest.mark.any_core
def test_secrets_of_the_environment_and_of_files(ansible, tasks):
    (ansible.home / ".huaweicloud").mkdir()
    profile = "[basic]\nak = %s\nsk = %s\nproject_id = %s\n"
    (ansible.home / ".huaweicloud" / "credentials").write_text(
        profile % (credentials.HUAWEI_AK, credentials.HUAWEI_SK, credentials.PROJECT_ID)
    )
    (ansible.home / ".hoop").mkdir()
    (ansible.home / ".hoop" / "config.toml").write_text(
        'token = "%s"\napi_url = "%s"\n' % (credentials.HOOP_TOKEN, ansible.urls["hoop"])
    )
    from_env = {
        "BCE_ACCESS_KEY_ID": credentials.BAIDU_STS_AK, "BCE_SECRET_ACCESS_KEY": credentials.BAIDU_STS_SK,
        "BCE_SECURITY_TOKEN": credentials.BAIDU_STS_TOKEN,
    }
    given = {module: ansible.access(module, **NOBODY, project_id=None) for module in SOURCES}
    given[HOOP].pop("endpoint")
    # Each source may know only what it was sent.
    sent = {TAURUSDB: "HUAWEI_SK", DATAARTS: "HUAWEI_SK", HOOP: "HOOP_TOKEN", BCC: "BAIDU_STS_TOKEN"}
    scenes = {}
    for module, name in sent.items():
        body = {"code": "X", "message": "you sent " + getattr(credentials, name)}
        echo = [("fault", {"kind": "status", "status": 400, "body": body, "dialect": SOURCES[module][0]})]
        scenes[module] = Scene(module, given[module])
        scenes["bad " + module] = Scene(module, given[module], echo)
    for run, hosts in ((run_with_planted(ansible, scenes, ("action",), **from_env), PATHS[:1]), (run_here(tasks, scenes, **from_env), PATHS)):
        for host in hosts:
            for module in SOURCES:
                assert run["%s/%s" % (host, module)].ok()["count"] > 0
                assert "********" in run["%s/bad %s" % (host, module)].failure["message"]
