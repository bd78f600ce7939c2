# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TaurusDB, DataArts Fabric and IAM: who gets in, and what is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.emulator import credentials
from tests.emulator.client import Emulator

INSTANCE = "17b6bbb64d2f4c14a83a88f19da8dcc8in07"
NODE = "d476fd181dad42cbb67e804953fb39ebno07"
HISTORY = f"/v3/{credentials.PROJECT_ID}/instances/{INSTANCE}/intelligent-kill-session/history"
WINDOW = "end_time=1775028515000&limit=10&node_id={}&offset=0&start_time=1774528515000"
QUERY = WINDOW.format(NODE)
WORKSPACE = "5b7c2a54-1f0e-4c3a-9d5e-6a7b8c9d0e1f"
SESSIONS = f"/v1/workspaces/{WORKSPACE}/sessions"


def test_documents_examples(wire: Any) -> None:
    answer = wire.token("taurusdb", f"{HISTORY}?{QUERY}")
    assert answer.json() == {
        "total_count": 2,
        "intelligent_kill_session_histories": [
            {
                "task_id": "1774873478588",
                "start_time": 1774873540,
                "end_time": 1774873540,
                "download_link": "https://download_link_1",
            },
            {
                "task_id": "1774873605464",
                "start_time": 1774873618,
                "end_time": 1774873618,
                "download_link": "https://download_link_2",
            },
        ],
    }
    assert answer.headers["X-Request-Id"] and answer.headers["Date"].endswith("GMT")
    body = wire.token("fabric", f"{SESSIONS}?limit=2&endpoint_id=").json()
    assert body["total"] == 15
    assert [row["status"] for row in body["sessions"]] == ["RUNINNG", "CLOSED"]
    assert body["sessions"][0]["create_time"] == "2025-07-22T08:42:39.000+00:00"
    assert len(wire.token("fabric", SESSIONS).json()["sessions"]) == 10  # the default page


def test_signed(wire: Any) -> None:
    assert wire.signed("taurusdb", f"{HISTORY}?{QUERY}").status_code == 200
    temporary = {"ak": credentials.HUAWEI_TEMP_AK, "sk": credentials.HUAWEI_TEMP_SK}
    extra = {"x-security-token": credentials.HUAWEI_SECURITY_TOKEN, "x-project-id": credentials.PROJECT_ID}
    assert wire.signed("fabric", SESSIONS, extra=extra, **temporary).status_code == 200
    assert wire.signed("fabric", SESSIONS, extra=extra).status_code == 401  # not a temporary key
    assert wire.signed("fabric", SESSIONS, **temporary).status_code == 401
    unsigned = wire.signed("fabric", SESSIONS, extra=extra, names=["host", "x-sdk-date"], **temporary)
    assert "must be signed" in unsigned.json()["error_msg"]
    other = {**extra, "x-project-id": "0" * 32}
    assert wire.signed("fabric", SESSIONS, extra=other, **temporary).json()["error_code"] == "APIGW.0310"


def test_clock(wire: Any, emulator: Emulator) -> None:
    answer = wire.signed("taurusdb", f"{HISTORY}?{QUERY}", age=1000)
    assert answer.status_code == 401
    assert answer.json()["error_code"] == "APIGW.0301"
    assert "signature expired" in answer.json()["error_msg"]
    emulator.config(clock_skew={"taurusdb": -1000})
    assert wire.signed("taurusdb", f"{HISTORY}?{QUERY}", age=1000).status_code == 200
    assert wire.signed("fabric", SESSIONS).status_code == 200


def test_key_is_locked_after_more_than_five(wire: Any, emulator: Emulator) -> None:
    target = f"{HISTORY}?{QUERY}"
    for _step in range(5):
        assert "verify aksk signature fail" in wire.signed("taurusdb", target, sk="wrong").json()["error_msg"]
    assert wire.signed("taurusdb", target).status_code == 200  # not in a row any more
    for _step in range(6):
        wire.signed("taurusdb", target, sk="wrong")
    answer = wire.signed("taurusdb", target)
    assert answer.json()["error_msg"].endswith("AK access failed to reach the limit, forbidden")
    assert wire.signed("fabric", SESSIONS).status_code == 401  # locked everywhere
    emulator.reset()
    emulator.config(lock_after=0, lock_seconds=0.05)
    wire.signed("taurusdb", target, sk="wrong")
    assert wire.signed("taurusdb", target).status_code == 401
    import time

    time.sleep(0.06)
    assert wire.signed("taurusdb", target).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Auth-Token": "wrong"},
        {"Authorization": "Basic eDp5"},
        {"X-Auth-Token": credentials.HUAWEI_TOKEN, "Authorization": "Basic eDp5"},
        {"X-Auth-Token": credentials.HUAWEI_TOKEN, "Authorization": "SDK-HMAC-SHA256 Access=a"},
        {"Authorization": "SDK-HMAC-SHA256 nonsense"},
    ],
)
def test_not_let_in(wire: Any, headers: dict[str, str]) -> None:
    answer = wire.send("taurusdb", f"{HISTORY}?{QUERY}", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error_code"] == "APIGW.0301"
    assert wire.send("fabric", SESSIONS, headers=headers).status_code == 401


def test_fabric_token_refusal_is_the_documents(wire: Any) -> None:
    answer = wire.send("fabric", SESSIONS, headers={"X-Auth-Token": "wrong"})
    assert answer.json() == {"error_code": "APIG.1002", "error_msg": "Incorrect token or token resolution failed"}


@pytest.mark.parametrize(
    "change",
    [
        ("limit=10", "limit=0"),
        ("limit=10", "limit=101"),
        ("limit=10", "limit=ten"),
        ("limit=10", "limit=10&limit=10"),
        ("offset=0", "offset=-1"),
        ("offset=0", "page=1"),
        ("1774528515000", "1774528515"),
        ("1775028515000", "1775028515"),
        ("1774528515000", "1775028515000"),
        ("start_time=1774528515000", "limit=10"),
        ("no07", "in07"),
        (NODE, "0" * 32 + "no07"),
    ],
)
def test_history_refuses(wire: Any, change: tuple[str, str]) -> None:
    answer = wire.token("taurusdb", f"{HISTORY}?{QUERY.replace(*change)}")
    assert answer.status_code == 400
    assert answer.json()["error_code"].startswith("DBS.")


def test_history_window_and_language(wire: Any) -> None:
    assert (
        wire.token("taurusdb", f"{HISTORY}?{QUERY}".replace("1775028515000", "1774873600000")).json()["total_count"]
        == 1
    )
    assert wire.token("taurusdb", f"{HISTORY}?{QUERY}", headers={"X-Language": "zh-cn"}).status_code == 200
    assert wire.token("taurusdb", f"{HISTORY}?{QUERY}", headers={"X-Language": "de-de"}).status_code == 400
    unknown = f"{HISTORY}?{QUERY}".replace(INSTANCE, "f" * 32 + "in07")
    assert wire.token("taurusdb", unknown).status_code == 404
    assert wire.token("taurusdb", f"{HISTORY}?{QUERY}".replace(INSTANCE, INSTANCE[:-4] + "in17")).status_code == 400
    assert wire.token("taurusdb", f"{HISTORY}?{QUERY}".replace(credentials.PROJECT_ID, "0" * 32)).status_code == 403
    assert wire.token("taurusdb", HISTORY, method="POST").status_code == 405
    assert wire.token("taurusdb", "/v3/nothing").status_code == 404


@pytest.mark.parametrize("version", ["v3", "v3.1"])
def test_instances(wire: Any, emulator: Emulator, version: str) -> None:
    base = f"/{version}/{credentials.PROJECT_ID}/instances"
    listed = wire.token("taurusdb", f"{base}?limit=1&offset=1").json()
    assert listed["total_count"] == 2
    assert [row["name"] for row in listed["instances"]] == ["billing-stage"]
    assert "nodes" not in listed["instances"][0] and listed["instances"][0]["public_ips"] == []
    assert wire.token("taurusdb", f"{base}?name=*orders").json()["total_count"] == 1
    assert wire.token("taurusdb", f"{base}?name=*").status_code == 400
    detail = wire.token("taurusdb", f"{base}/{INSTANCE}").json()["instance"]
    assert [(node["id"][-4:], node["type"]) for node in detail["nodes"]] == [("no07", "master"), ("no07", "slave")]
    assert detail["public_ips"] == "" and detail["node_count"] == 2
    targets = emulator.seed("taurusdb", 3, instances=4, nodes=3)["targets"]
    assert len(targets) == 12
    assert wire.token("taurusdb", base).json()["total_count"] == 4


def test_killed_session_link(wire: Any, emulator: Emulator) -> None:
    emulator.seed("taurusdb", 1)
    row = wire.token("taurusdb", f"{HISTORY}?{QUERY.replace('1774528515000', '1772323200000')}").json()
    link = row["intelligent_kill_session_histories"][0]["download_link"]
    assert link.startswith(emulator.urls["elsewhere"])
    assert "SELECT" in wire.session.get(link).text
    assert wire.session.get(link, headers={"X-Auth-Token": "x"}).status_code == 400
    assert wire.session.get(link.partition("?")[0]).status_code == 403


def test_killed_session_link_for_one_request(wire: Any, emulator: Emulator) -> None:
    emulator.config(links_once=True, killed_size=1000)
    emulator.seed("taurusdb", 1)
    query = f"{HISTORY}?{QUERY.replace('1774528515000', '1772323200000')}"
    for _listing in range(2):
        link = wire.token("taurusdb", query).json()["intelligent_kill_session_histories"][0]["download_link"]
        first, second = wire.session.get(link), wire.session.get(link)
        assert (first.status_code, len(first.content), second.status_code) == (200, 1000, 403)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "offset=1000000001", "status=RUNINNG", "status=", "session_id=a_b", "start_time=1"],
)
def test_fabric_refuses(wire: Any, query: str) -> None:
    answer = wire.token("fabric", f"{SESSIONS}?{query}")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "common.01000001")


def test_fabric_filters(wire: Any, emulator: Emulator) -> None:
    emulator.seed("fabric", 200)
    rows = wire.token("fabric", f"{SESSIONS}?limit=100").json()["sessions"]
    assert [row["create_time"] for row in rows] == sorted((row["create_time"] for row in rows), reverse=True)
    failed = wire.token("fabric", f"{SESSIONS}?limit=100&status=FAIL").json()
    assert 0 < failed["total"] < 200 and {row["status"] for row in failed["sessions"]} == {"FAIL"}
    one = wire.token("fabric", f"{SESSIONS}?session_id={rows[5]['session_id']}").json()
    assert one == {"sessions": [rows[5]], "total": 1}
    assert wire.token("fabric", "/v1/workspaces/none/sessions").json() == {
        "error_code": "dataartsfabric.00010003",
        "error_msg": "the workspace does not exist",
    }
    assert wire.token("fabric", "/v1/workspaces?limit=1").json()["total"] == 2


def body_of(**changes: Any) -> dict[str, Any]:
    user = {
        "name": credentials.IAM_USER,
        "password": credentials.IAM_PASSWORD,
        "domain": {"name": credentials.IAM_DOMAIN},
    }
    scope = {"project": {"name": credentials.PROJECT_NAME}}
    whole = {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}
    whole = copy.deepcopy(whole)
    for path, value in changes.items():
        holder: Any = whole
        *parents, last = path.split("__")
        for key in parents:
            holder = holder[key]
        holder[last] = value
    return {"auth": whole}


def mint(wire: Any, **changes: Any) -> Any:
    return wire.send("iam", "/v3/auth/tokens?nocatalog=true", "POST", json=body_of(**changes))


def test_iam_token(wire: Any, emulator: Emulator) -> None:
    first, second = mint(wire), mint(wire, scope__project={"id": credentials.PROJECT_ID})
    assert first.status_code == second.status_code == 201
    assert first.json()["token"]["project"]["id"] == credentials.PROJECT_ID
    assert first.headers["X-IAM-Trace-Id"]
    tokens = [answer.headers["X-Subject-Token"] for answer in (first, second)]
    assert tokens[0] != tokens[1]
    for token in tokens:
        assert wire.send("fabric", SESSIONS, headers={"X-Auth-Token": token}).status_code == 200
    assert emulator.revoke_tokens() == 2
    assert wire.send("taurusdb", f"{HISTORY}?{QUERY}", headers={"X-Auth-Token": tokens[0]}).status_code == 401
    emulator.config(token_lifetime=-1, token_size=20000)
    long = mint(wire).headers["X-Subject-Token"]
    assert len(long) == 20000
    answer = wire.send("fabric", SESSIONS, headers={"X-Auth-Token": long})
    assert "token expires, expires_at" in answer.json()["error_msg"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"identity__password__user__password": "wrong"}, 401),
        ({"identity__password__user__domain": {"name": "other"}}, 401),
        ({"identity__methods": ["token"]}, 400),
        ({"identity__password": {}}, 400),
        ({"scope": {"domain": {"name": credentials.IAM_DOMAIN}}}, 400),
        ({"scope__project": {"name": "nowhere"}}, 401),
    ],
)
def test_iam_refuses(wire: Any, changes: dict[str, Any], status: int) -> None:
    answer = mint(wire, **changes)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message", "title"}


def test_iam_projects(wire: Any, emulator: Emulator) -> None:
    found = wire.signed("iam", "/v3/projects?name=cn-north-4").json()["projects"]
    assert [project["id"] for project in found] == [credentials.PROJECT_ID]
    assert wire.signed("iam", "/v3/projects?name=nowhere").json()["projects"] == []
    assert len(wire.token("iam", "/v3/auth/projects").json()["projects"]) == 2
    assert wire.signed("iam", "/v3/auth/projects").status_code == 401
    emulator.config(extra_projects=[{"id": "1" * 32, "name": "cn-north-4"}])
    assert len(wire.signed("iam", "/v3/projects?name=cn-north-4").json()["projects"]) == 2
