# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hoop: rendering, links, filters, and the traps of the real gateway."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from tests.emulator import credentials
from tests.emulator.client import Emulator

DONE = "11d337d0-1f45-5203-8630-eccd7c816bf8"
BATCH = "d77c8aad-8141-541d-bb14-4ae97364580a"
TERMINAL = "4ea8f841-e7a2-5275-b70e-85e3cf35ee71"
RUNNING = "d5d95cef-2790-5f7d-89bc-b30f8b62b35e"
WIRE = "8c36643f-e176-5459-9696-706b782421e7"
WIRE_NONE = "8f729371-bdfc-57cb-9846-e8e26682164e"
UTF8 = "dfcee107-7be1-5c21-95a6-b4e2f914c155"
REVIEWED = "c3d929f1-3c57-5066-aa92-0651c9530902"
WAITING = "6adb9dcf-e868-5071-b56b-7576d2cb8a89"
LOST = "73098717-0ae3-51e9-bd02-b1ed03061bfa"


def detail(wire: Any, session_id: str, query: str = "") -> dict[str, Any]:
    answer = wire.hoop(f"/api/sessions/{session_id}{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_plain_session(wire: Any) -> None:
    answer = wire.hoop(f"/api/sessions/{DONE}")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Server"] == "hoopgateway/1.148.0"
    body = answer.json()
    assert body["script"]["data"].startswith("SELECT") and "event_stream" not in body
    assert wire.hoop(f"/api/plugins/audit/sessions/{DONE.upper()}").json() == body


def test_expand(wire: Any) -> None:
    assert detail(wire, BATCH, "?event_stream=base64") == detail(wire, BATCH)
    only = detail(wire, BATCH, "?expand=event_stream")
    assert only["script"] == {"data": ""} and only["script_size"] == 63
    assert [event[:2] for event in only["event_stream"]] == [[0.412907115, "o"], [0.413551902, "o"]]
    both = detail(wire, BATCH, "?expand=event_stream,session_input")
    assert both["script"]["data"].startswith("\\timing") and both["event_stream"] == only["event_stream"]
    repeated = detail(wire, BATCH, "?expand=session_input&expand=event_stream")
    assert "event_stream" not in repeated and repeated["script"]["data"]
    assert "event_stream" not in detail(wire, WAITING, "?expand=event_stream&event_stream=nonsense")


def test_renderings(wire: Any) -> None:
    undecodable = detail(wire, TERMINAL, "?expand=event_stream&event_stream=utf8")
    assert undecodable["event_stream"][0].startswith("An internal error occurred: unable to decode the event stream")
    assert undecodable["event_size"] == 98
    text = detail(wire, UTF8, "?expand=event_stream&event_stream=utf8")
    expected = 'id | email\n---+------------------\n 1 | [EMAIL_ADDRESS]\n 2 | naïve "quote" \\ tab\there\n'
    assert (text["event_stream"], text["event_size"]) == ([expected], 85)
    coded = detail(wire, UTF8, "?expand=event_stream&event_stream=base64")
    assert (base64.b64decode(coded["event_stream"][0]).decode(), coded["event_size"]) == (expected, 116)
    assert detail(wire, UTF8, "?expand=event_stream")["event_size"] == 260
    queries = detail(wire, WIRE, "?expand=event_stream&event_stream=raw-queries")
    assert [base64.b64decode(event[2]) for event in queries["event_stream"]] == [
        b"SELECT id FROM t1;",
        b"SELECT * FROM t WHERE id=$1",
    ]
    assert queries["event_size"] == 45
    assert detail(wire, WIRE, "?expand=event_stream&event_stream=utf8")["event_stream"] == [""]
    none = detail(wire, WIRE_NONE, "?expand=event_stream&event_stream=raw-queries")
    assert none["event_stream"] is None and none["event_size"] == 0
    assert detail(wire, LOST, "?expand=event_stream")["event_stream"] == [[0, "e", "bm8gbG9nIGZvdW5kIG9uIGRpc2s="]]
    answer = wire.hoop(f"/api/sessions/{UTF8}?expand=event_stream&event_stream=UTF8")
    assert (answer.status_code, answer.json()["message"]) == (
        422,
        "event_stream attribute has an unknown type format",
    )


def test_running_stream_grows(wire: Any) -> None:
    sizes = [len(detail(wire, RUNNING, "?expand=event_stream")["event_stream"]) for _step in range(5)]
    assert sizes == [2, 3, 4, 5, 5]
    assert detail(wire, RUNNING)["end_date"] is None


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({}, 401, "access denied"),
        ({"Authorization": "Bearer  " + credentials.HOOP_TOKEN}, 401, "access denied"),
        ({"Authorization": "bearer " + credentials.HOOP_TOKEN}, 401, "access denied"),
        ({"Authorization": "Bearer " + credentials.HOOP_LEGACY_KEY}, 401, "access denied"),
        ({"Api-Key": credentials.HOOP_API_KEY}, 401, "unauthorize"),
        ({"Api-Key": "x", "Authorization": "Bearer " + credentials.HOOP_TOKEN}, 401, "unauthorize"),
        (
            {"Authorization": "Bearer " + credentials.HOOP_STRANGER_TOKEN},
            403,
            "user is not allowed to access this session",
        ),
    ],
)
def test_not_let_in(wire: Any, headers: dict[str, str], status: int, message: str) -> None:
    answer = wire.send("hoop", f"/api/sessions/{DONE}", headers=headers)
    assert (answer.status_code, answer.json()) == (status, {"message": message})


def test_let_in(wire: Any, emulator: Emulator) -> None:
    assert wire.hoop("/api/sessions", credentials.HOOP_API_KEY).status_code == 200
    assert wire.send("hoop", "/api/sessions", headers={"Api-Key": credentials.HOOP_LEGACY_KEY}).status_code == 200
    empty = {"Api-Key": "", "Authorization": "Bearer " + credentials.HOOP_TOKEN}
    assert wire.send("hoop", "/api/sessions", headers=empty).status_code == 200
    emulator.config(new_access_token="emulator-refreshed-token")
    assert wire.hoop("/api/sessions").headers["X-New-Access-Token"] == "emulator-refreshed-token"


def test_reviewer(wire: Any) -> None:
    token = credentials.HOOP_REVIEWER_TOKEN
    body = wire.hoop(f"/api/sessions/{REVIEWED}?expand=event_stream,session_input", token).json()
    assert body["script"] == {"data": "SELECT 1"} and "event_stream" not in body and body["event_size"] > 0
    refused = wire.hoop(f"/api/sessions/{REVIEWED}?extension=txt", token)
    assert refused.json() == {"status": 403, "message": "user is not allowed to download this session"}
    assert wire.hoop(f"/api/sessions/{REVIEWED}/result/stream", token).status_code == 403
    assert wire.hoop(f"/api/sessions/{DONE}", token).status_code == 403
    listed = wire.hoop("/api/sessions?limit=100", token).json()
    assert REVIEWED in [row["id"] for row in listed["data"]]
    assert all(row["review"] for row in listed["data"])


def test_wrong_paths_and_ids(wire: Any, emulator: Emulator) -> None:
    assert wire.hoop("/api/sessions/nonsense").json() == {"message": "failed fetching session"}
    assert wire.hoop("/api/sessions/nonsense").status_code == 500
    assert wire.hoop(f"/api/sessions/{DONE[:-1]}0").status_code == 404
    assert wire.hoop("/api/sessions/").headers["Location"] == "/api/sessions"
    outside = wire.hoop(f"/sessions/{DONE}")
    assert (outside.status_code, outside.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    unknown = wire.hoop("/api/nothing")
    assert (unknown.status_code, unknown.text) == (404, "404 page not found")
    assert unknown.headers["Content-Type"].startswith("text/plain")
    assert wire.hoop(f"/api/sessions/{DONE}/kill", method="POST").status_code == 405
    assert emulator.log("hoop")[-1]["method"] == "POST"
    emulator.config(base_path="/gw")
    assert wire.hoop("/gw/api/sessions").status_code == 200
    above = wire.hoop("/api/sessions")
    assert (above.status_code, above.text) == (404, "404 page not found")


def link(wire: Any, session_id: str, query: str) -> str:
    answer = wire.hoop(f"/api/sessions/{session_id}?{query}").json()
    assert set(answer) == {"download_url", "expire_at"}
    return answer["download_url"]


def follow(wire: Any, url: str, method: str = "GET") -> Any:
    return wire.send("hoop", re.sub(r"^https?://[^/]+", "", url), method)


def test_download_link(wire: Any) -> None:
    url = link(wire, DONE, "extension=csv&newline=1&event-time=1&new_line=1&events=i,x,o")
    assert re.fullmatch(
        rf"http://127\.0\.0\.1:8009/api/sessions/{DONE}/download\?token=[0-9a-f]{{64}}"
        r"&extension=csv&newline=1&event-time=1&events=i,o",
        url,
    )
    body = follow(wire, url)
    assert body.headers["Content-Type"] == "application/octet-stream"
    assert body.headers["Content-Disposition"] == f"attachment; filename=orders-pg-prod-{DONE}-20260302-091408.csv"
    assert body.headers["Accept-Length"] == str(len(body.content))
    assert body.text.startswith("2026-03-02T09:14:07Z  count \n") and body.text.endswith("Time: 11.402 ms\n\n")
    assert follow(wire, url).json() == {"status": 404, "message": "not found"}


def test_download_formats(wire: Any) -> None:
    assert b"tab,here" in follow(wire, link(wire, UTF8, "extension=csv")).content
    rows = follow(wire, link(wire, DONE, "extension=json")).json()
    assert [(row["time"], row["type"]) for row in rows] == [("2026-03-02T09:14:07Z", "o")] * 2
    assert follow(wire, link(wire, DONE, "extension=json&events=e")).content == b"null"
    assert follow(wire, link(wire, WAITING, "extension=json")).content == b""
    text = follow(wire, link(wire, DONE, "extension=txt&blob-type=session_input"))
    assert text.text.startswith("SELECT count") and text.headers["Content-Disposition"].endswith(".txt")


def test_download_link_is_used_up(wire: Any, emulator: Emulator) -> None:
    url = link(wire, DONE, "extension=txt")
    assert follow(wire, url, "HEAD").status_code == 200
    assert follow(wire, url).status_code == 404
    older, newer = link(wire, DONE, "extension=txt"), link(wire, DONE, "extension=txt")
    assert follow(wire, older).status_code == 401
    assert follow(wire, newer).status_code == 404  # the wrong token used it up
    emulator.config(link_lifetime=-1)
    assert follow(wire, link(wire, DONE, "extension=txt")).json()["message"] == "session download link expired"
    emulator.config(downloads_disabled=True, download_host="self")
    assert wire.hoop(f"/api/sessions/{DONE}?extension=txt").status_code == 403
    emulator.config(downloads_disabled=False)
    assert link(wire, DONE, "extension=txt").startswith(emulator.urls["hoop"])


def test_result_stream(wire: Any, emulator: Emulator) -> None:
    answer = wire.hoop(f"/api/sessions/{TERMINAL}/result/stream?events=i")
    assert answer.content == b"ls\r" and answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert wire.hoop(f"/api/sessions/{TERMINAL}/result/stream").content.endswith(b"client disconnected")
    emulator.config(hoop_version="1.44.7")
    assert wire.hoop(f"/api/sessions/{TERMINAL}/result/stream").status_code == 404


def test_tls(emulator: Emulator, wire: Any) -> None:
    headers = {"Authorization": "Bearer " + credentials.HOOP_TOKEN}
    assert wire.send("hoop_tls", "/api/sessions", headers=headers, verify=emulator.urls["ca_path"]).ok
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        wire.send("hoop_tls", "/api/sessions", headers=headers)
    assert emulator.log()[-1]["dialect"] == "hoop"
