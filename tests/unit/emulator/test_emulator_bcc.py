# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Baidu Cloud Assistant: signatures over the wire, the list's body, children and their pages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator import credentials
from tests.emulator.client import Emulator

RUN = "r-N0UrpENajU7kQ2xB"
MANY = "r-PartlyFailed25Ch"
LIST = "/v1/ca/actionRun/list"


def listing(wire: Any, **body: Any) -> Any:
    asked = {"action": {"type": "COMMAND"}, "pageNo": 1, "pageSize": 100, **body}
    return wire.bcc(LIST, "POST", json.dumps({key: value for key, value in asked.items() if value is not ...}))


def test_documents_examples(wire: Any) -> None:
    answer = wire.bcc(f"/v1/ca/actionRun?id={RUN}")
    body = answer.json()
    assert (body["code"], answer.headers["x-bce-request-id"]) == ("success", body["requestId"])
    assert body["result"]["action"]["command"]["execParams"] == {"name": "value"}
    assert body["result"]["children"][0]["output"]["stdout"] == "hello world\n"
    assert body["result"]["totalCount"] == 1 and "statistics" not in body["result"]
    page = listing(wire).json()["result"]
    assert (page["pageNo"], page["pageSize"], page["totalCount"]) == (1, 100, 6)
    assert page["data"][0]["id"] == RUN and page["data"][0]["statistics"] == {
        "totalTargetCount": 1,
        "failedTargetCount": 0,
    }
    assert "children" not in page["data"][0] and "execParams" not in page["data"][0]["action"]["command"]
    assert {row["state"] for row in page["data"]} == {"SUCCESS", "PARTIAL_FAILED", "RUNNING", "PENDING"}


def test_children(wire: Any, emulator: Emulator) -> None:
    first = wire.bcc(f"/v1/ca/actionRun?id={MANY}").json()["result"]
    assert (len(first["children"]), first["totalCount"]) == (10, 25)
    last = wire.bcc(f"/v1/ca/actionRun?id={MANY}&pageNo=2&pageSize=20&withLog=true").json()["result"]
    assert len(last["children"]) == 5 and all("log" in child for child in last["children"])
    failed = wire.bcc(f"/v1/ca/actionRun?childRunState=FAILED&id={MANY}").json()["result"]
    assert failed["totalCount"] == 4 and all(child["failReason"] for child in failed["children"])
    emulator.seed("bcc", 250, run_id="r-Big")
    big = wire.bcc("/v1/ca/actionRun?id=r-Big&pageNo=3&pageSize=100").json()["result"]
    assert (len(big["children"]), big["totalCount"]) == (50, 250)
    assert len(emulator.ids("bcc", run_id="r-Big")) == 250
    assert "r-Big" in emulator.ids("bcc", type="COMMAND")


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"id={RUN}&pageSize=101",
        f"id={RUN}&pageNo=0",
        f"childRunState=PENDING&id={RUN}",
        f"id={RUN}&x=1",
        f"id={RUN}&withLog=1",
    ],
)
def test_details_refuse(wire: Any, query: str) -> None:
    answer = wire.bcc(f"/v1/ca/actionRun?{query}")
    assert answer.status_code == 400
    assert set(answer.json()) == {"requestId", "code", "message"}


def test_unknown(wire: Any) -> None:
    assert wire.bcc("/v1/ca/actionRun?id=r-none").status_code == 404
    assert wire.bcc("/v1/ca/nothing").status_code == 404
    assert wire.bcc("/v1/ca/action", "POST", "{}").status_code == 405
    assert wire.bcc("/v1/ca/actionRun", "POST", "{}").status_code == 405


@pytest.mark.parametrize(
    "change",
    [
        {"action": ...},
        {"action": {}},
        {"action": {"type": "OTHER"}},
        {"action": {"type": "COMMAND", "typo": 1}},
        {"action": {"type": "FILE_UPLOAD", "name": "x"}},
        {"action": {"type": "FILE_UPLOAD", "fileUpload": {}}},
        {"pageNo": ...},
        {"pageSize": ...},
        {"pageNo": 0},
        {"pageSize": 101},
        {"pageSize": "100"},
        {"pageNo": True},
        {"state": "PENDING"},
        {"state": None},
        {"ascending": "true"},
        {"startTime": "1710777600000"},
        {"startTime": 1710777600},
        {"startTime": 1711382399999, "endTime": 1710777600000},
        {"runId": 3},
        {"sort": "name"},
        {"keyword": ""},
    ],
)
def test_list_refuses(wire: Any, change: dict[str, Any]) -> None:
    answer = listing(wire, **change)
    assert (answer.status_code, answer.json()["code"]) == (400, "InappropriateJSON")


def test_list_malformed(wire: Any, emulator: Emulator) -> None:
    assert wire.bcc(LIST, "POST", "{").json()["code"] == "MalformedJSON"
    assert wire.bcc(LIST, "POST", "[]").json()["code"] == "InappropriateJSON"
    emulator.config(lenient_body=True)
    assert (
        listing(wire, keyword="", state=None, action={"type": "COMMAND", "name": None, "userId": ""}).status_code == 200
    )


def test_list_filters(wire: Any, emulator: Emulator) -> None:
    def found(**body: Any) -> list[str]:
        return [row["id"] for row in listing(wire, **body).json()["result"]["data"]]

    everything = found()
    assert found(ascending=True) == everything[::-1]
    assert found(pageNo=2, pageSize=2, ascending=True) == everything[::-1][2:4]
    assert found(state="RUNNING") == ["r-StillRunning0001"]
    assert found(runId=RUN) == [RUN]
    assert found(startTime=1711100286000, endTime=1711100286000) == [RUN]
    assert found(action={"type": "COMMAND", "name": "auto_test"}) == ["r-vufYpbTTydW5n9Re"]
    assert len(found(action={"type": "COMMAND", "id": "c-5iEoMgGqXLp4T6vD"})) == 2
    uploads = found(action={"type": "FILE_UPLOAD", "fileUpload": {"filename": "app.conf"}})
    assert uploads == ["r-UploadOk00000001"]
    emulator.seed("bcc", 250, type="FILE_UPLOAD")
    times = [row["createdTimestamp"] for row in listing(wire, action={"type": "FILE_UPLOAD"}).json()["result"]["data"]]
    assert times == sorted(times, reverse=True) and len(set(times)) == 100


def test_auth(wire: Any, emulator: Emulator) -> None:
    target = f"/v1/ca/actionRun?id={RUN}"
    sts = {"ak": credentials.BAIDU_STS_AK, "sk": credentials.BAIDU_STS_SK, "sts": credentials.BAIDU_STS_TOKEN}
    assert wire.bcc(target, listed=False).status_code == 200
    assert (
        wire.bcc(LIST, "POST", '{"action":{"type":"COMMAND"},"pageNo":1,"pageSize":1}', listed=False).status_code == 200
    )
    assert wire.bcc(target, **sts).status_code == 200
    assert wire.bcc(target, sk="wrong").json()["code"] == "SignatureDoesNotMatch"
    assert wire.bcc(target, ak="unknown").json()["code"] == "InvalidAccessKeyId"
    assert wire.bcc(target, **{**sts, "sts": "wrong"}).json()["code"] == "AccessDenied"
    assert wire.bcc(target, **{**sts, "sts": None}).json()["code"] == "AccessDenied"
    assert wire.bcc(target, sign_sts=False, **sts).json()["code"] == "InvalidHTTPAuthHeader"
    assert wire.bcc(target, change=lambda headers: headers.pop("Authorization")).status_code == 403
    assert wire.bcc(target, change=lambda h: h.pop("x-bce-date")).json()["code"] == "InvalidHTTPAuthHeader"
    expired = wire.bcc(target, age=1900)
    assert (expired.status_code, expired.json()["code"]) == (400, "RequestExpired")
    emulator.config(clock_skew={"bcc": -1900})
    assert wire.bcc(target, age=1900).status_code == 200
