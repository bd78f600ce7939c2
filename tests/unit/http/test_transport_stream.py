# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies that are handed on as they come: the same rules for retries and limits, and every try begins anew."""

from __future__ import annotations

import gzip

import pytest
from loopback import Client, raw

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.auth import Auth
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.request import Request
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.auth import BearerAuth

NO_JSON = bytes(range(256)) * 10


class Kept:
    """A sink that keeps what it gets."""

    def __init__(self):
        self.calls = []

    def begin(self, headers):
        self.calls.append("begin")
        self.headers = headers
        self.body = b""

    def write(self, chunk):
        self.body += chunk

    def end(self):
        self.calls.append("end")
        return len(self.body)


def stream(client, server, max_bytes=10**6, auth=None, **more):
    sink = Kept()
    answer = client.transport.stream(Request(server.url, "/x"), auth or BearerAuth("t0ken"), sink, max_bytes, **more)
    return sink, answer


def test_a_body_that_is_no_json(server, client):
    server.replies = [(200, {"Content-Type": "text/plain"}, NO_JSON)]
    sink, answer = stream(client, server)
    assert (sink.body, sink.calls, answer.data) == (NO_JSON, ["begin", "end"], len(NO_JSON))
    assert sink.headers["content-type"] == "text/plain"


def test_packed_bodies_are_unpacked(server, client):
    server.replies = [(200, {"Content-Encoding": "gzip"}, gzip.compress(NO_JSON))]
    assert stream(client, server)[0].body == NO_JSON


def test_without_credentials_no_header_is_sent(server, client):
    stream(client, server, auth=Auth())
    assert not {"authorization", "x-auth-token", "api-key", "cookie"} & server.asked[0][2].keys()


@pytest.mark.parametrize("broken", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf",
    b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", b"",
])
def test_another_try_begins_anew(server, client, broken):
    server.replies = [raw(broken), (200, {}, b"whole")]
    sink, _answer = stream(client, server)
    assert (sink.body, sink.calls[-2:]) == (b"whole", ["begin", "end"])
    assert server.count == 2


@pytest.mark.parametrize("broken", [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"])
def test_what_can_be_had_only_once_is_asked_for_once(server, client, broken):
    server.replies = [raw(broken), (200, {}, b"whole")]
    with pytest.raises(SourceError):
        stream(client, server, once=True)
    assert server.count == 1


def test_a_body_that_breaks_off_is_never_taken_for_whole(server):
    client = Client(retries=0)
    server.replies = [raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")]
    sink = Kept()
    with pytest.raises(SourceError) as caught:
        client.transport.stream(Request(server.url, "/x"), Auth(), sink, 10**6)
    assert caught.value.kind == "network" and "end" not in sink.calls
    client.transport.stop()


def test_a_limit(server, client):
    server.replies = [(200, {}, b"x" * 1000)]
    assert stream(client, server, max_bytes=1000)[0].body == b"x" * 1000
    with pytest.raises(SourceError, match="larger than 999 bytes"):
        stream(client, server, max_bytes=999)
    assert server.count == 2, "what is too large is too large the next time as well"


def test_a_small_answer_that_unpacks_without_end(server, client):
    server.replies = [(200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(50_000_000)))]
    with pytest.raises(SourceError, match="larger than 1000000 bytes"):
        stream(client, server)


def test_redirects_are_not_followed_and_refusals_never_reach_the_sink(server, client):
    server.replies = [(302, {"Location": server.url + "/y?token=s3cret"}, b"")]
    with pytest.raises(SourceError) as caught:
        stream(client, server)
    assert caught.value.kind == "protocol" and server.count == 1
    assert "s3cret" not in client.redactor.line(caught.value.message)
    server.replies = [(403, {}, b"<Error>no</Error>")]
    sink = Kept()
    with pytest.raises(SourceError) as caught:
        client.transport.stream(Request(server.url, "/x"), Auth(), sink, 10)
    assert (caught.value.kind, caught.value.status, sink.calls) == ("permission", 403, [])


def test_problems_of_the_sink_are_its_own(server, client):
    class Full(Kept):
        def write(self, chunk):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        client.transport.stream(Request(server.url, "/x"), Auth(), Full(), 10**6)
    assert server.count == 1
