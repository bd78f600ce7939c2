# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where credentials are found: options, the task's environment, the controller's, files; and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import BCC, DATAARTS, HOOP, SOURCES, TAURUSDB, Scene
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

NOBODY = {**dict.fromkeys(("token", "access_key", "secret_key")), "project_id": None, "endpoint": None}


def nobody(ansible, module, **args):
    return Scene(module, ansible.access(module, **{**NOBODY, **args}))


def names(urls):
    """Every name of the environment, and what goes there."""
    return {
        "first": {
            "TAURUSDB_ENDPOINT": urls["taurusdb"], "DATAARTS_FABRIC_ENDPOINT": urls["fabric"],
            "HUAWEICLOUD_SDK_AK": credentials.HUAWEI_TEMP_AK, "HUAWEICLOUD_SDK_SK": credentials.HUAWEI_TEMP_SK,
            "HUAWEICLOUD_SDK_SECURITY_TOKEN": credentials.HUAWEI_SECURITY_TOKEN,
            "HUAWEICLOUD_SDK_PROJECT_ID": credentials.PROJECT_ID,
            "HOOP_APIURL": urls["hoop"] + "/api", "HOOP_TOKEN": credentials.HOOP_TOKEN,
            "BCE_CA_ENDPOINT": urls["bcc"], "BCE_ACCESS_KEY_ID": credentials.BAIDU_STS_AK,
            "BCE_SECRET_ACCESS_KEY": credentials.BAIDU_STS_SK, "BCE_SECURITY_TOKEN": credentials.BAIDU_STS_TOKEN,
            "BCE_REGION": "gz",
        },
        "second": {
            "TAURUSDB_ENDPOINT": urls["taurusdb"], "DATAARTS_FABRIC_ENDPOINT": urls["fabric"],
            "HW_ACCESS_KEY": credentials.HUAWEI_AK, "HW_SECRET_KEY": credentials.HUAWEI_SK,
            "HW_PROJECT_ID": credentials.PROJECT_ID, "HW_REGION_NAME": "cn-north-4",
            "HOOP_APIURL": urls["hoop"], "HOOP_APIKEY": credentials.HOOP_API_KEY,
            "BCE_CA_ENDPOINT": urls["bcc"], "BAIDUCLOUD_ACCESS_KEY": credentials.BAIDU_STS_AK,
            "BAIDUCLOUD_SECRET_KEY": credentials.BAIDU_STS_SK, "BAIDUCLOUD_SESSION_TOKEN": credentials.BAIDU_STS_TOKEN,
            "BAIDUCLOUD_REGION": "su",
        },
        "token": {
            "TAURUSDB_ENDPOINT": urls["taurusdb"], "DATAARTS_FABRIC_ENDPOINT": urls["fabric"],
            "HW_AUTH_TOKEN": credentials.HUAWEI_TOKEN, "HW_PROJECT_ID": credentials.PROJECT_ID,
            "HOOP_APIURL": urls["hoop"], "HOOP_APIKEY": credentials.HOOP_LEGACY_KEY,
            "BCE_CA_ENDPOINT": urls["bcc"], "BCE_ACCESS_KEY_ID": credentials.BAIDU_AK,
            "BCE_SECRET_ACCESS_KEY": credentials.BAIDU_SK,
        },
    }


def empties(env):
    """Every other name there is, set and empty: as AWX sets what was left out."""
    known = {
        "HUAWEICLOUD_SDK_AK", "HW_ACCESS_KEY", "HUAWEICLOUD_SDK_SK", "HW_SECRET_KEY", "HUAWEICLOUD_SDK_SECURITY_TOKEN",
        "HW_SECURITY_TOKEN", "HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID", "HW_REGION_NAME", "HW_AUTH_TOKEN",
        "HW_USER_NAME", "HW_USER_PASSWORD", "HW_DOMAIN_NAME", "HUAWEICLOUD_SDK_CREDENTIALS_FILE", "BCE_ACCESS_KEY_ID",
        "BAIDUCLOUD_ACCESS_KEY", "BCE_SECRET_ACCESS_KEY", "BAIDUCLOUD_SECRET_KEY", "BCE_SECURITY_TOKEN",
        "BAIDUCLOUD_SESSION_TOKEN", "BCE_REGION", "BAIDUCLOUD_REGION", "HOOP_TOKEN", "HOOP_APIKEY", "HOOP_TLSCA",
    }
    return {**dict.fromkeys(known, ""), **env}


@pytest.mark.any_core
def test_every_name_of_the_environment(tasks):
    scenes = {module: nobody(tasks, module) for module in SOURCES}
    for env in names(tasks.urls).values():
        run = tasks.both(scenes, env=empties(env))
        for module in SOURCES:
            assert run.same(module).ok()["count"] > 0


def test_the_environment_of_the_controller_and_of_the_task(ansible):
    # For one task only, and by the same names.
    environment = {"environment": empties(names(ansible.urls)["first"])}
    scenes = {
        "before": nobody(ansible, HOOP), "task": replace(nobody(ansible, BCC), keywords=environment),
        "after": nobody(ansible, BCC, endpoint=ansible.urls["bcc"]),
    }
    run = ansible.both(scenes, env={"HOOP_APIURL": ansible.urls["hoop"], "HOOP_TOKEN": credentials.HOOP_TOKEN})
    assert run.same("before").ok()["count"] > 0 and run.same("task").ok()["count"] > 0
    assert run.same("after").failure["kind"] == "invalid_request"


@pytest.mark.any_core
def test_an_option_goes_before_the_environment(tasks):
    env = {
        "HW_AUTH_TOKEN": "wrong", "HUAWEICLOUD_SDK_SECURITY_TOKEN": "wrong", "HOOP_TOKEN": "wrong",
        "BCE_SECURITY_TOKEN": "wrong", "TAURUSDB_ENDPOINT": "http://127.0.0.1:1", "HOOP_APIURL": "http://127.0.0.1:1",
    }
    scenes = {module: tasks.scene(module) for module in SOURCES}
    scenes["empty option"] = tasks.scene(HOOP, token="")
    scenes["two of the environment"] = nobody(tasks, HOOP, endpoint=tasks.urls["hoop"])
    run = tasks.both(scenes, env={**env, "HOOP_APIKEY": credentials.HOOP_API_KEY})
    for module in SOURCES:
        assert run.same(module).ok()["count"] > 0
    for name in ("empty option", "two of the environment"):
        assert "two ways to authenticate at once" in run.same(name).failure["message"]


@pytest.mark.any_core
def test_files(tasks):
    profile = tasks.home / ".huaweicloud" / "credentials"
    profile.parent.mkdir()
    other = tasks.folder / "other-profile"
    text = "[%s]\nak = %s\nsk = %s\nproject_id = %s\n"
    profile.write_text(text % ("basic", credentials.HUAWEI_AK, credentials.HUAWEI_SK, credentials.PROJECT_ID))
    other.write_text(
        text % ("basiccredentials", credentials.HUAWEI_TEMP_AK, credentials.HUAWEI_TEMP_SK, credentials.PROJECT_ID)
        + "security_token = %s\n" % credentials.HUAWEI_SECURITY_TOKEN
    )
    config = tasks.home / ".hoop" / "config.toml"
    config.parent.mkdir()
    config.write_text('token = "%s"\napi_url = "%s"\nskip_tls_verify = true\n' % (credentials.HOOP_TOKEN, tasks.urls["hoop"]))
    scenes = {
        TAURUSDB: nobody(tasks, TAURUSDB, endpoint=tasks.urls["taurusdb"]),
        DATAARTS: nobody(tasks, DATAARTS, endpoint=tasks.urls["fabric"]),
        HOOP: nobody(tasks, HOOP),
        # The token of one gateway is no other's business.
        "other gateway": nobody(tasks, HOOP, endpoint=tasks.urls["elsewhere"]),
        "same gateway": nobody(tasks, HOOP, endpoint=tasks.urls["hoop"] + "/"),
        "not verified": nobody(tasks, HOOP, endpoint=tasks.urls["hoop_tls"], token=credentials.HOOP_TOKEN),
    }
    run = tasks.both(scenes)
    for name in (TAURUSDB, DATAARTS, HOOP, "same gateway"):
        assert run.same(name).ok()["count"] > 0
    assert run.same("other gateway").failure["kind"] == "invalid_request"
    assert run["action/other gateway"].log == run["module/other gateway"].log == []
    assert run.same("not verified").failure["kind"] == "tls"
    run = tasks.both({TAURUSDB: scenes[TAURUSDB]}, env={"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(other)})
    assert run.same(TAURUSDB).ok()["count"] > 0
    assert "x-security-token" in run["action/" + TAURUSDB].log[0]["headers"]
    profile.write_text("no profile")
    config.write_text("no = [toml")
    run = tasks.both({name: scenes[name] for name in (TAURUSDB, HOOP)})
    for name in (TAURUSDB, HOOP):
        assert "can be read" in run.same(name).failure["message"]


@pytest.mark.any_core
def test_logging_in_and_looking_up(tasks):
    """The password is sent once per task; a project that is not known is looked up."""
    iam = {"iam_endpoint": tasks.urls["iam"]}
    user = {"username": credentials.IAM_USER, "password": credentials.IAM_PASSWORD, "domain_name": credentials.IAM_DOMAIN}
    keys = {"access_key": credentials.HUAWEI_AK, "secret_key": credentials.HUAWEI_SK}
    url = {"endpoint": tasks.urls["taurusdb"]}
    scenes = {
        "by project": nobody(tasks, TAURUSDB, **url, **iam, **user, project_id=credentials.PROJECT_ID),
        "by region": nobody(tasks, TAURUSDB, **url, **iam, **user, region=credentials.PROJECT_NAME),
        "fabric": nobody(tasks, DATAARTS, endpoint=tasks.urls["fabric"], **iam, **user, region=credentials.PROJECT_NAME),
        "key": nobody(tasks, TAURUSDB, **url, **iam, **keys, region=credentials.PROJECT_NAME),
        "token": nobody(tasks, TAURUSDB, **url, **iam, token=credentials.HUAWEI_TOKEN, region=credentials.PROJECT_NAME),
        "unknown region": nobody(tasks, TAURUSDB, **url, **iam, **keys, region="eu-nowhere-1"),
        "no region": nobody(tasks, TAURUSDB, **url, **iam, **keys),
        "wrong password": nobody(tasks, TAURUSDB, **url, **iam, **{**user, "password": "x"}, project_id=credentials.PROJECT_ID),
        "expired": nobody(tasks, TAURUSDB, **url, **iam, **user, project_id=credentials.PROJECT_ID),
    }
    scenes["expired"].before = [("config", {"token_lifetime": 0})]
    run = tasks.both(scenes)
    for name in ("by project", "by region", "fabric", "key", "token"):
        kept = run.same(name)
        assert kept.ok()["count"] > 0
        assert len(kept.asked("iam")) == 1
    assert "/%s/" % credentials.PROJECT_ID in run["action/key"].asked("taurusdb")[0]["target"]
    assert run.same("unknown region").failure["kind"] == "invalid_request"
    assert run.same("no region").failure["kind"] == "invalid_request"
    refused = run.same("wrong password")
    assert (refused.failure["kind"], len(refused.log)) == ("auth", 1)
    assert "IAM" in refused.result["msg"]
    for path in ("action/", "module/"):
        assert run[path + "expired"].failure["kind"] == "auth"
        assert len(run[path + "expired"].log) <= 4
