# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source answers: good JSON, failures in all shapes, and everything that is no answer."""

from __future__ import annotations

import gzip
import json
import threading

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from loopback import Client, raw

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import ErrorCodes
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.strict_json import parse_json
from ansible_collections.opsaudit.sessions.plugins.module_utils._http import transport as transport_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.errors import CODES


@pytest.mark.parametrize("data", [{}, [], {"a": [1, None, True, 0.5]}, "text", None, 7, {"ü": "€ \U0001f600"}])
def test_good_json(server, client, data):
    server.replies = [(200, {"Content-Type": "text/whatever", "X-Some": "Header"}, json.dumps(data).encode())]
    answer = client.send(server.url)
    assert answer.data == data
    assert answer.headers["x-some"] == "Header"


def test_what_is_read_is_what_is_returned(server, client):
    assert client.send(server.url, read=lambda data: ("read", data)).data == ("read", {"ok": True})


def test_the_request_as_it_is_on_the_wire(server, client):
    client.send(server.url, "/a%2Fb", query=(("b", "2 +ü"), ("a", "")), headers=(("X-Language", "zh-cn"),))
    method, target, headers, body = server.asked[0]
    assert (method, target, body) == ("GET", "/a%2Fb?a=&b=2%20%2B%C3%BC", b"")
    headers.pop("connection", None)
    assert headers == {
        "host": "127.0.0.1:%d" % server.port, "authorization": "Bearer t0ken", "x-language": "zh-cn",
        "accept": "application/json", "accept-encoding": "gzip", "user-agent": "opsaudit.sessions/" + transport_module.VERSION,
    }


def test_a_body_is_sent_as_it_is(server, client):
    client.send(server.url, method="POST", body='{"a":"ü"}'.encode(), headers=(("Content-Type", "application/json"),))
    method, _target, headers, body = server.asked[0]
    assert (method, body) == ("POST", '{"a":"ü"}'.encode())
    assert (headers["content-type"], headers["content-length"]) == ("application/json", "10")


@pytest.mark.parametrize("body, what", [
    (b"", "nothing"), (b"<!doctype html><html>", "a web page"), (b"  \n<html>", "a web page"), (b"plain", "other text"),
    (b'{"a": NaN}', "other text"), (b"[Infinity]", "other text"), (b"[-Infinity]", "other text"),
    (b"[1e]", "other text"), (b"{} {}", "other text"), (b'{"a": ', "other text"),
    (b'"\xff\xfe"', "other text"), (b"\x00", "other text"), ('{"a": 1}'.encode("utf-16"), "other text"),
    ('{"a": 1}'.encode("utf-16-le"), "other text"), ('{"a": 1}'.encode("utf-32"), "other text"),
])
@pytest.mark.parametrize("status", [200, 204, 206])
def test_a_good_status_without_json_is_a_failure(server, client, status, body, what):
    if status == 204:
        body, what = b"", "nothing"
    server.replies = [(status, {"X-Request-Id": "req-1"}, body)]
    failure = client.failure(server.url)
    assert (failure.kind, failure.status, failure.request_id) == ("protocol", status, "req-1")
    assert failure.message == "the source answered with %s instead of JSON" % what
    assert server.count == 1


def test_half_characters_are_kept_as_text(server, client):
    """A lone surrogate could not be written to any file."""
    server.replies = [(200, {}, rb'{"a": "\ud83d", "b": "\uDE00x", "c": "\ud83d\ude00"}')]
    data = client.send(server.url).data
    assert json.dumps(data, ensure_ascii=False).encode("utf-8")
    assert data["c"] == "\U0001f600"
    assert data["a"] == "\\ud83d" and data["b"] == "\\ude00x"


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10,
))
def test_any_json_is_read_as_it_is(data):
    text = json.dumps(data)
    assert parse_json(text.encode()) == json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "backslashreplace"))


@given(st.binary(max_size=60) | st.text('[]{}",:0.1e-tru\\dn ', max_size=6).map(str.encode))
@example(b'["\\ud83d", 1e400, {"a": -0.0}]')
@example(b"[1, 2")
def test_any_bytes_are_json_or_a_value_error(body):
    try:
        data = parse_json(body)
    except ValueError:
        with pytest.raises(ValueError):
            json.loads(body)
    else:
        assert json.dumps(data, ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize("status, body, expected", [
    (400, {"error_code": "DBS.280234", "error_msg": "bad"}, ("invalid_request", "DBS.280234", "bad")),
    (401, {"message": "access denied"}, ("auth", None, "access denied")),
    (403, {"error": {"code": 403, "message": "no", "title": "Forbidden"}, "error_code": 403, "error_msg": "No.", "title": "F"},
     ("permission", "403", "No.")),
    (404, b"404 page not found", ("not_found", None, "404 page not found")), (404, b"  \n", ("not_found", None, "Not Found")),
    (404, b"x" * 201, ("not_found", None, "Not Found")), (404, b"two\nlines", ("not_found", None, "Not Found")),
    (429, {"error_code": "X.1", "error_msg": "slow"}, ("rate_limited", "X.1", "slow")),
    (500, b"", ("server", None, "Internal Server Error")),
    (502, b"<html>Bad gateway</html>", ("server", None, "Bad Gateway")),
    (418, b"[]", ("invalid_request", None, "I'm a Teapot")),
    (599, b"{}", ("server", None, "unknown status")),
])
def test_failures(server, status, body, expected):
    client = Client(retries=0)
    server.replies = [(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode())]
    failure = client.failure(server.url)
    assert (failure.kind, failure.code, failure.message) == expected
    assert failure.status == status


@pytest.mark.parametrize("headers, body, request_id", [
    ({"X-Request-Id": "h"}, {"request_id": "b"}, "h"), ({"X-request-id": "h"}, {}, "h"),
    ({"x-bce-request-id": "h"}, {"requestId": "b"}, "h"), ({"X-IAM-Trace-Id": "h"}, {}, "h"),
    ({}, {"request_id": "b"}, "b"), ({}, {"requestId": "b"}, "b"), ({}, {}, None),
])
def test_the_request_id(server, headers, body, request_id):
    client = Client(codes=ErrorCodes(request_id_headers=("x-bce-request-id", "x-iam-trace-id", "x-request-id")))
    server.replies = [(400, headers, json.dumps(body).encode())]
    assert client.failure(server.url).request_id == request_id


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server, client, status):
    """Not a request, and not a credential, reaches the other place."""
    from loopback import Loopback

    other = Loopback()
    server.replies = [(status, {"Location": other.url + "/steal?code=S3CRET"}, b"")]
    failure = client.failure(server.url)
    other.close()
    assert other.asked == []
    assert (server.count, failure.kind, failure.status) == (1, "protocol", status)
    assert other.url in failure.message and "Redirects are not followed" in failure.hint


@pytest.mark.parametrize("status", [300, 304, 305])
def test_other_statuses_of_their_kind(server, client, status):
    server.replies = [(status, {}, b"")]
    assert client.failure(server.url).kind == "protocol"


class TestLimits:
    """Several gigabytes, several megabytes of head, a byte now and then: refused, not swallowed."""

    def test_a_body_that_is_too_large(self, server, client):
        server.replies = [(200, {}, b'"' + b"x" * 70_000 + b'"')]
        failure = client.failure(server.url, max_body=65_536)
        assert (failure.kind, server.count) == ("protocol", 1)
        assert "larger than" in failure.message
        assert len(client.send(server.url, max_body=70_002).data) == 70_000

    def test_a_body_without_end(self, server, client):
        def reply(handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _each in range(4096):
                handler.wfile.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")

        server.replies = [reply]
        failure = client.failure(server.url, max_body=2**20)
        assert (failure.kind, failure.message) == ("protocol", "the answer is larger than 1 MB")

    def test_a_body_that_unpacks_to_too_much(self, server, client):
        packed = gzip.compress(b" " * 50_000_000)
        server.replies = [(200, {"Content-Encoding": "gzip"}, packed)]
        failure = client.failure(server.url, max_body=2**20)
        assert (failure.kind, failure.message) == ("protocol", "the answer is larger than 1 MB")

    def test_the_body_of_a_failure(self, server):
        client = Client(retries=0)
        server.replies = [(500, {}, b" " * (2**20 + 70_000))]
        assert client.failure(server.url, max_body=2**30).kind in ("protocol", "server")

    @pytest.mark.parametrize("head", [
        b"".join(b"X-%d: y\r\n" % each for each in range(2000)), b"X: " + b"y" * 100_000 + b"\r\n",
    ], ids=["many", "long"])
    def test_a_head_that_is_too_large(self, server, client, head):
        server.replies = [raw(b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: 2\r\n\r\n{}")]
        failure = client.failure(server.url)
        assert (failure.kind, server.count) == ("protocol", 1)

    @pytest.mark.parametrize("data", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n"])
    def test_no_http_at_all(self, server, client, data):
        server.replies = [raw(data)]
        assert client.failure(server.url).kind == "protocol"

    def test_a_source_that_does_not_answer(self, server):
        client = Client(retries=0, timeout=0.05)
        hold = threading.Event()
        server.replies = [raw(b"", hold=hold)]
        failure = client.failure(server.url)
        hold.set()
        assert failure.kind == "network"
        assert failure.message.startswith("no answer within")


def test_gzip(server, client):
    server.replies = [(200, {"Content-Encoding": "gzip"}, gzip.compress(b'{"a": 1}'))]
    assert client.send(server.url).data == {"a": 1}


@pytest.mark.parametrize("body", [b'{"a": 1}', gzip.compress(b'{"a": 1}', mtime=0)[:14]], ids=["plain", "cut"])
def test_gzip_that_is_none(server, client, body):
    server.replies = [(200, {"Content-Encoding": "gzip"}, body)]
    assert client.failure(server.url).kind in ("protocol", "network")


@pytest.mark.parametrize("date, skew", [
    ("Tue, 14 Nov 2023 22:13:20 GMT", 0.0), ("Tue, 14 Nov 2023 23:13:20 GMT", 3600.0), ("soon", None), (None, None),
])
def test_how_far_the_clocks_are_apart(server, client, monkeypatch, date, skew):
    monkeypatch.setattr(transport_module.time, "time", lambda: 1_700_000_000.0)
    server.replies = [(200, {"Date": date} if date else {}, b"{}")]
    client.send(server.url)
    assert client.transport.clock.skew == skew


def test_a_refused_signature_and_the_clock(server, monkeypatch):
    client = Client(codes=CODES)
    monkeypatch.setattr(transport_module.time, "time", lambda: 1_700_000_000.0)
    body = b'{"code": "SignatureDoesNotMatch", "message": "no"}'
    server.replies = [(400, {"Date": "Tue, 14 Nov 2023 23:13:20 GMT"}, body)]
    failure = client.failure(server.url)
    assert failure.kind == "auth"
    assert failure.hint == "This machine's clock is 3600 seconds behind the source's."
