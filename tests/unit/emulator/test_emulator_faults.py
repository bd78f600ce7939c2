# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind of fault, and which requests it meets."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.emulator.client import Emulator, EmulatorError

WORKSPACE = "5b7c2a54-1f0e-4c3a-9d5e-6a7b8c9d0e1f"
SESSIONS = f"/v1/workspaces/{WORKSPACE}/sessions"


def page(wire: Any, query: str = "limit=6") -> Any:
    return wire.token("fabric", f"{SESSIONS}?{query}")


def bcc_list(wire: Any, kind: str = "COMMAND") -> Any:
    return wire.bcc("/v1/ca/actionRun/list", "POST", json.dumps({"action": {"type": kind}, "pageNo": 1, "pageSize": 2}))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 429, 500, 502, 503, 504])
def test_status(wire: Any, emulator: Emulator, status: int) -> None:
    emulator.fault("status", status=status, headers={"Retry-After": "7"})
    for dialect in ("iam", "taurusdb", "fabric", "hoop", "bcc"):
        answer = wire.send(dialect, "/anything")
        assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
        assert answer.text
    emulator.clear_faults()
    assert page(wire).status_code == 200


def test_status_bodies(wire: Any, emulator: Emulator) -> None:
    emulator.fault("status", "fabric", status=403, times=1)
    assert page(wire).json()["error_code"] == 403
    for variant, kind in (("document", dict), ("plain", type(None))):
        emulator.fault("status", "taurusdb", status=403, variant=variant, times=1)
        body = wire.token("taurusdb", "/").json()
        assert isinstance(body.get("error"), kind) and body["error_msg"]
    emulator.fault("status", "fabric", status=400, body={"code": "X", "message": "y"}, times=1)
    assert page(wire).json() == {"code": "X", "message": "y"}
    emulator.fault("status", "fabric", status=503, body="busy", times=1)
    assert page(wire).text == "busy"
    emulator.fault("status", "hoop", status=503, times=1)
    assert wire.hoop("/api/sessions").headers["Content-Type"].startswith("text/html")
    emulator.fault("status", "bcc", status=500, times=1)
    assert bcc_list(wire).json()["code"] == "InternalError"


def test_which_requests(wire: Any, emulator: Emulator) -> None:
    emulator.fault("status", "fabric", status=500, match={"query": {"offset": 2}}, after=1, times=2)
    codes = [page(wire, f"limit=2&offset={offset}").status_code for offset in (0, 2, 2, 0, 2, 2)]
    assert codes == [200, 200, 500, 200, 500, 200]
    assert emulator.stats()["faults"] == [{"kind": "status", "seen": 4, "fired": 2}]
    emulator.clear_faults()
    emulator.fault("status", "bcc", status=500, match={"method": "POST", "body": {"action": {"type": "COMMAND"}}})
    emulator.fault("status", status=418, match={"path": "^/api/"})
    assert [bcc_list(wire, kind).status_code for kind in ("FILE_UPLOAD", "COMMAND")] == [200, 500]
    assert wire.hoop("/api/sessions").status_code == 418
    assert [entry["fault"] for entry in emulator.log()][-3:] == [None, "status", "status"]


@pytest.mark.parametrize("mid_body", [False, True])
def test_reset(wire: Any, emulator: Emulator, mid_body: bool) -> None:
    emulator.fault("reset", times=1, mid_body=mid_body)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        page(wire)
    assert emulator.log("fabric")[0]["status"] is None
    assert page(wire).status_code == 200


def test_wrong_bodies(wire: Any, emulator: Emulator) -> None:
    whole = page(wire).content
    emulator.fault("truncated_json", "fabric", times=1)
    assert page(wire).content == whole[: len(whole) // 2]
    emulator.fault("html", times=1)
    assert page(wire).headers["Content-Type"].startswith("text/html")
    emulator.fault("not_json_object", times=1)
    assert page(wire).json() == [1, 2, 3]
    emulator.fault("not_json_object", times=1, body="a text")
    assert page(wire).text == "a text"
    emulator.fault("missing_list", times=1)
    assert page(wire).json() == {"total": 15}
    emulator.fault("missing_list", times=1)
    assert "data" not in bcc_list(wire).json()["result"]
    emulator.fault("baidu_code", "bcc", times=1, code="OperationDenied")
    answer = bcc_list(wire)
    assert (answer.status_code, answer.json()["code"], "result" in answer.json()) == (200, "OperationDenied", False)


def test_wrong_pages(wire: Any, emulator: Emulator) -> None:
    def ids(query: str = "limit=4&offset=4") -> list[str]:
        return [row["session_id"] for row in page(wire, query).json()["sessions"]]

    rows, earlier = ids(), ids("limit=4")
    emulator.fault("empty_page", times=1)
    assert page(wire).json() == {"sessions": [], "total": 15}
    emulator.fault("short_page", times=1)
    assert ids() == rows[:2]
    end = ids("limit=4&offset=12")
    emulator.fault("duplicate_rows", times=1)
    assert ids("limit=4&offset=12") == [*end, end[-1]]
    emulator.fault("duplicate_rows", times=1, variant="previous")
    assert ids("limit=4&offset=12") == [ids("limit=1&offset=11")[0], *end]
    emulator.fault("extra_rows", times=1)
    assert ids("limit=4") == [*earlier, *rows]
    emulator.fault("total", times=1, value=3)
    assert page(wire).json()["total"] == 3
    emulator.fault("total", times=1, delta=-1)
    assert bcc_list(wire).json()["result"]["totalCount"] == 5


def test_redirect(wire: Any, emulator: Emulator) -> None:
    emulator.fault("redirect", "fabric", times=2)
    answer = page(wire)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{emulator.urls['elsewhere']}{SESSIONS}?limit=6"
    assert emulator.log("elsewhere") == []
    assert wire.token("fabric", SESSIONS, allow_redirects=True).json() == {"elsewhere": True}
    assert emulator.log("elsewhere")[0]["headers"]["x-auth-token"]


def test_endless_body(wire: Any, emulator: Emulator) -> None:
    emulator.fault("endless_body", times=1)
    answer = wire.token("fabric", SESSIONS, stream=True)
    read = 0
    for chunk in answer.iter_content(1 << 16):
        read += len(chunk)
        if read > 5 << 20:
            break
    answer.close()
    assert read > 5 << 20
    assert page(wire).status_code == 200
    wait_until(lambda: emulator.log("fabric")[0]["ended"] is not None)


@pytest.mark.parametrize("variant", ["many", "huge"])
def test_endless_headers(wire: Any, emulator: Emulator, variant: str) -> None:
    emulator.fault("endless_headers", times=1, variant=variant)
    with pytest.raises(requests.RequestException):
        page(wire)
    wire.session.close()
    assert page(wire).status_code == 200


def raw_answers(emulator: Emulator, count: int) -> bytes:
    """All bytes of the answers to so many requests on one connection."""
    url = urlsplit(emulator.urls["hoop"])
    with socket.create_connection((url.hostname, url.port), timeout=10) as plain:
        for left in range(count, 0, -1):
            end = "close" if left == 1 else "keep-alive"
            plain.sendall(f"GET /api/healthz HTTP/1.1\r\nHost: x\r\nConnection: {end}\r\n\r\n".encode())
        return b"".join(iter(lambda: plain.recv(65536), b""))


def test_interim_answers(emulator: Emulator) -> None:
    emulator.fault("interim", "hoop", times=1, status=102, count=2, delay=0.01)
    heads = raw_answers(emulator, 2).split(b"HTTP/1.1 ")[1:]
    assert [head[:3] for head in heads] == [b"102", b"102", b"200", b"200"]


def test_an_answer_that_nobody_asked_for(emulator: Emulator) -> None:
    emulator.fault("second_answer", "hoop", times=1)
    assert raw_answers(emulator, 1).count(b"HTTP/1.1 200 OK") == 2
    emulator.fault("odd_length", "hoop", times=1)
    assert b"Content-Length: " + b"9" * 5000 in raw_answers(emulator, 1)


def test_a_head_that_comes_slowly(wire: Any, emulator: Emulator) -> None:
    emulator.fault("endless_headers", times=1, variant="slow", interval=0.001)
    with pytest.raises(requests.RequestException):
        page(wire)


def test_bodies_that_unpack_to_more(wire: Any, emulator: Emulator) -> None:
    emulator.fault("list_bomb", times=1, size=5000)
    assert page(wire).json() == [[[]]] * 1000 + [[]]
    emulator.fault("gzip_twice", times=1)
    assert page(wire).json() == {}


def test_slow_and_latency(wire: Any, emulator: Emulator) -> None:
    emulator.fault("slow", times=1, seconds=0.2)
    assert timed(lambda: page(wire)) >= 0.2
    emulator.latency(0.1)
    assert timed(lambda: page(wire)) >= 0.1
    emulator.latency(0.3, "hoop")
    assert timed(lambda: wire.hoop("/api/sessions")) >= 0.3
    emulator.fault("slow", seconds=5, times=1)
    with pytest.raises(requests.ReadTimeout):
        wire.token("fabric", SESSIONS, timeout=0.1)
    wait_until(lambda: emulator.log("fabric")[-1]["ended"] is not None)  # nobody waits for it any more


def test_drip(wire: Any, emulator: Emulator) -> None:
    emulator.fault("drip", times=1, interval=0.001)
    answer = wire.token("fabric", "/v1/workspaces?limit=1")
    assert answer.json()["total"] == 2
    emulator.fault("drip", times=1, interval=0.05)
    answer = wire.token("fabric", SESSIONS, stream=True)
    first = next(answer.iter_content(1))
    answer.close()
    assert first == b"{"


def test_gzip_bomb(wire: Any, emulator: Emulator) -> None:
    emulator.fault("gzip_bomb", times=2, size=3 << 20)
    assert len(page(wire).json()["pad"]) == 3 << 20
    raw = wire.token("fabric", SESSIONS, stream=True).raw.read(decode_content=False)
    assert len(raw) < 20000 and len(gzip.decompress(raw)) > 3 << 20


def test_mistakes_in_calls(emulator: Emulator) -> None:
    for kind, options in {
        "nonsense": {},
        "status": {},
        "total": {},
        "slow": {"sceonds": 1},
        "html": {"match": {"url": "x"}},
    }.items():
        with pytest.raises(EmulatorError):
            emulator.fault(kind, **options)
    with pytest.raises(EmulatorError, match="unknown dialect"):
        emulator.fault("html", "oracle")
    with pytest.raises(EmulatorError, match="unknown config"):
        emulator.config(colour=1)
    with pytest.raises(EmulatorError, match="unknown call"):
        emulator.call("nonsense")


def test_log_and_stats(wire: Any, emulator: Emulator) -> None:
    emulator.latency(0.15)
    threads = [threading.Thread(target=bcc_list, args=(wire,)) for _step in range(3)]
    threads.append(threading.Thread(target=page, args=(wire,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stats = emulator.stats()
    assert (stats["requests"], stats["max_in_flight"]) == (4, 4)
    assert stats["dialects"]["bcc"] == {"requests": 3, "connections": 3, "max_in_flight": 3}
    entry = emulator.log("bcc")[0]
    assert json.loads(entry["body"])["pageSize"] == 2 and entry["status"] == 200
    assert entry["target"] == "/v1/ca/actionRun/list" and entry["headers"]["x-bce-date"]
    assert entry["ended"] - entry["started"] > 0.1
    emulator.reset()
    assert emulator.log() == [] and emulator.stats()["requests"] == 0


def timed(call: Any) -> float:
    start = time.perf_counter()
    with contextlib.suppress(requests.Timeout):
        call()
    return time.perf_counter() - start


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_was_answered_is_given_again(wire: Any, emulator: Emulator) -> None:
    emulator.seed("hoop", 3)
    emulator.config(replay=True)
    first = wire.hoop("/api/sessions?limit=2")
    emulator.seed("hoop", 7)
    emulator.config(clock_skew={"hoop": 3600})
    again, other = wire.hoop("/api/sessions?limit=2", token="nobody's"), wire.hoop("/api/sessions?limit=3")
    assert (again.content, again.headers["Content-Type"], again.status_code) == (first.content, first.headers["Content-Type"], 200)
    assert parsedate_to_datetime(again.headers["Date"]) - parsedate_to_datetime(first.headers["Date"]) >= timedelta(hours=1), "a date of its own"
    assert (first.json()["total"], other.json()["total"]) == (3, 7)
    assert len(emulator.log("hoop")) == 2, "the one that was given again is in no log"
    assert wire.hoop("/api/sessions?limit=4", token="nobody's").status_code == wire.hoop("/api/sessions?limit=4", token="nobody's").status_code == 401
    emulator.config(replay=False)
    assert wire.hoop("/api/sessions?limit=2").json()["total"] == 7
