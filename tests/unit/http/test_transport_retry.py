# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is tried again, how often, how long after, and signed by whom."""

from __future__ import annotations

import functools
import socket
import threading
import time
from email.utils import formatdate

import pytest
from loopback import GOOD, Client, raw

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._http import backoff
from ansible_collections.opsaudit.sessions.plugins.module_utils._http import transport as transport_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.adapter import Connections
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.auth import Auth
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.auth_bce_v1 import BceAuth
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.errors import CODES
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.auth import BearerAuth
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.huaweicloud.auth_sdk_hmac import SdkHmacAuth


def error(status, body=b"{}", **headers):
    return status, headers, body


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_tried_again_until_it_is_good(server, client, status):
    server.replies = [error(status), error(status), error(status), GOOD]
    assert client.send(server.url).data == {"ok": True}
    assert server.count == client.transport.requests == 4
    assert len(client.waits.waited) == 3


@pytest.mark.parametrize("retries", [0, 1, 4, 10])
def test_so_often_and_no_oftener(server, retries):
    client = Client(retries=retries)
    server.replies = [error(503, b'{"error_code": "X.1", "error_msg": "busy"}')]
    failure = client.failure(server.url)
    assert server.count == client.transport.requests == retries + 1
    assert (failure.kind, failure.status, failure.code, failure.message) == ("server", 503, "X.1", "busy")
    assert len(client.waits.waited) == retries


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 406, 409, 410, 412, 413, 414, 418, 422, 431, 501, 505])
def test_never_tried_again(server, client, status):
    server.replies = [error(status), GOOD]
    failure = client.failure(server.url)
    assert (server.count, failure.status) == (1, status)


def test_expired_is_tried_again_once(server):
    client = Client(codes=CODES)
    expired = error(400, b'{"code": "RequestExpired", "message": "Request has expired"}')
    server.replies = [expired, GOOD]
    assert client.send(server.url).data == {"ok": True}
    assert server.count == 2
    server.replies = [expired]
    assert client.failure(server.url).code == "RequestExpired"
    assert server.count == 4


class TestCredentialsThatWereGoodJustNow:
    """A gateway whose database is away for a moment says 401."""

    REFUSED = error(401, b'{"message": "access denied"}')

    def test_are_tried_once_more(self, server, client):
        auth = BearerAuth("t0ken")
        server.replies = [GOOD, self.REFUSED, GOOD]
        assert [client.send(server.url, auth=auth).data for _each in range(2)] == [{"ok": True}] * 2
        assert (server.count, len(client.waits.waited)) == (3, 1)

    def test_and_not_twice(self, server, client):
        auth = BearerAuth("t0ken")
        server.replies = [GOOD, self.REFUSED]
        client.send(server.url, auth=auth)
        assert client.failure(server.url, auth=auth).kind == "auth"
        assert server.count == 3
        assert client.failure(server.url, auth=auth).kind == "auth"
        assert server.count == 4, "nothing was good in between"

    def test_others_are_not(self, server, client):
        server.replies = [GOOD, self.REFUSED]
        client.send(server.url, auth=BearerAuth("t0ken"))
        client.failure(server.url, auth=BearerAuth("an0ther"))
        assert server.count == 2

    def test_not_by_many_threads_at_once(self, server, client):
        """Five wrong tries can lock a key: of eight threads one tries again, and then none."""
        auth = BearerAuth("t0ken")
        client.send(server.url, auth=auth)
        all_sent, lock = threading.Barrier(8), threading.Lock()

        def reply(handler):
            with lock:
                place = server.count
            if place <= 9:
                all_sent.wait(20)
            handler.wfile.write(b"HTTP/1.1 401 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

        server.replies = [reply]
        failures = []
        threads = [threading.Thread(target=lambda: failures.append(client.failure(server.url, auth=auth))) for _each in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert [failure.status for failure in failures] == [401] * 8
        assert server.count == 1 + 8 + 1


def test_a_source_that_is_away_for_ten_seconds(server):
    """Its clock is that of the waiting: six retries outlast its bad time, whatever the chance."""
    for share in (0.0, 1.0):
        clock = [0.0]
        client = Client()
        client.waits._clock = clock

        def reply(handler, clock=clock):  # pylint: disable=dangerous-default-value
            status, body = (b"500 No", b'{"message": "no"}') if clock[0] < 10 else (b"200 OK", b'{"ok": true}')
            handler.wfile.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body))

        server.replies = [reply]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(backoff, "compute_delay", functools.partial(backoff.compute_delay, uniform=lambda low, high, share=share: low + share * (high - low)))
            assert client.send(server.url).data == {"ok": True}
        assert clock[0] >= 10


@pytest.mark.parametrize("end", ["closed at once", "reset", "half a body"])
def test_a_connection_that_breaks_is_tried_again(server, client, end):
    reply = {
        "closed at once": raw(b""), "reset": raw(b"", reset=True),
        "half a body": raw(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"ok": '),
    }[end]
    server.replies = [reply, reply, GOOD]
    assert client.send(server.url).data == {"ok": True}
    assert server.count == 3
    server.replies = [reply]
    assert client.failure(server.url).kind == "network"
    assert server.count == 10


def test_a_connection_that_breaks_in_the_head_is_no_answer(server, client):
    server.replies = [raw(b"HTTP/1.1 200 OK\r\nContent-")]
    assert client.failure(server.url).kind in ("network", "protocol")


def test_nobody_is_there(client):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        failure = client.failure("http://127.0.0.1:%d" % unused.getsockname()[1])
    assert (failure.kind, failure.status) == ("network", None)
    assert client.transport.requests == 7
    assert failure.message.endswith(": Connection refused") and failure.hint == "Check host and port of endpoint, and the proxy."


@pytest.mark.parametrize("auth", [SdkHmacAuth("AK", "SK"), BceAuth("AK", "SK")], ids=["huawei", "baidu"])
def test_signed_afresh_each_time(server, client, auth, monkeypatch):
    clock = iter(range(1_700_000_000, 1_800_000_000, 7))
    monkeypatch.setattr(transport_module.time, "time", lambda: next(clock))
    server.replies = [error(503), error(503), GOOD]
    client.send(server.url, auth=auth)
    assert len({headers["authorization"] for _method, _target, headers, _body in server.asked}) == 3
    stamps = [headers.get("x-sdk-date") or headers["x-bce-date"] for _method, _target, headers, _body in server.asked]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize("value, low, high", [
    ("0", 0, 0), ("7", 7, 7), (" 7 ", 7, 7), ("60", 60, 60), ("3600", 60, 60), ("99999999999999999999", 60, 60),
    ("-5", 0.25, 0.5), ("soon", 0.25, 0.5), ("7.5", 0.25, 0.5), ("", 0.25, 0.5), (None, 0.25, 0.5),
])
def test_what_the_source_asks_to_wait_is_waited(server, value, low, high):
    client = Client(retries=1)
    server.replies = [error(429, **({} if value is None else {"Retry-After": value}))]
    assert client.failure(server.url).kind == "rate_limited"
    (waited,) = client.waits.waited
    assert low <= waited <= high


def test_a_date_to_wait_for(server, monkeypatch):
    monkeypatch.setattr(transport_module.time, "time", lambda: 1_700_000_000.0)
    client = Client(retries=1)
    server.replies = [error(503, **{"Retry-After": formatdate(1_700_000_009, usegmt=True)})]
    client.failure(server.url)
    assert client.waits.waited == [9.0]


def test_the_budget_bounds_all_waiting(server):
    """Sixty seconds each time, a hundred and thirty in all: two whole waits and a part, then no more."""
    clock = [1000.0]
    client = Client(retries=10, retry_budget=130)
    client.transport._budget = backoff.Budget(130, lambda: clock[0])
    client.waits._clock = clock
    server.replies = [error(429, **{"Retry-After": "60"})]
    client.failure(server.url)
    assert client.waits.waited == [60.0, 60.0, 10.0]
    assert server.count == 4


def test_no_budget_no_waiting(server):
    client = Client(retries=10, retry_budget=0)
    server.replies = [error(429, **{"Retry-After": "60"})]
    client.failure(server.url)
    assert (sum(client.waits.waited), server.count) == (0, 1)


def test_a_failure_of_ones_own_reading_is_not_tried_again(server, client):
    def read(data):
        raise SourceError("protocol", "lacks its list")

    failure = client.failure(server.url, read=read)
    assert (server.count, failure.kind, failure.status) == (1, "protocol", 200)


def test_stop_wakes_who_waits_for_an_answer(server):
    client = Client()
    client.transport._stopped = threading.Event()
    hold, failures = threading.Event(), []
    server.replies = [raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", hold=hold)]
    thread = threading.Thread(target=lambda: failures.append(client.failure(server.url)))
    thread.start()
    while not server.asked or not client.transport._connections._open:
        time.sleep(0.005)
    client.transport.stop()
    thread.join(15)
    hold.set()
    assert not thread.is_alive()
    assert [failure.kind for failure in failures] == ["network"]
    assert server.count == 1


def test_stop_wakes_who_waits_for_the_next_try(server):
    client = Client(retry_budget=3600)
    client.transport._stopped = threading.Event()
    server.replies = [error(429, **{"Retry-After": "60"})]
    failures = []
    thread = threading.Thread(target=lambda: failures.append(client.failure(server.url)))
    thread.start()
    # It is asked for when the answer has been read.
    while not client.transport._budget:
        time.sleep(0.005)
    client.transport.stop()
    thread.join(15)
    assert not thread.is_alive()
    assert [failure.kind for failure in failures] == ["rate_limited"]


def test_nothing_is_sent_after_stop(server):
    client = Client()
    client.transport._stopped = threading.Event()
    client.transport.stop()
    assert client.failure(server.url).kind == "network"
    assert server.count == 0


def test_a_login_keeps_what_it_got_secret(client):
    class Minting(Auth):
        def login(self, send):
            self.token = "M1NTED"

        def secrets(self):
            return (self.token, None)

    client.transport.login(Minting())
    assert "M1NTED" in client.redactor.secrets
    assert client.redactor.line("it is M1NTED") == "it is ********"


def test_a_connection_that_is_opened_while_all_are_shut_is_shut_too():
    class Plain:
        sock = None

        def connect(self):
            self.sock, self.other = socket.socketpair()

    connections = Connections()
    pool = type("Pool", (), {"ConnectionCls": Plain})
    connections.shut()
    late = connections.track_class(pool).ConnectionCls()
    late.connect()
    with late.sock, late.other:
        assert late.other.recv(1) == b""
