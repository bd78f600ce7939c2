# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers byte by byte: interim ones, where a body ends, which connection is used again, and answers that never end."""

from __future__ import annotations

import gzip
import json
import threading
import time
import types
import zlib

import pytest
from loopback import Client

from ansible_collections.opsaudit.sessions.plugins.module_utils._http import wire

EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"


def answer(content, *headers):
    lines = b"".join(header + b"\r\n" for header in (b"Content-Length: %d" % len(content), *headers))
    return b"HTTP/1.1 200 OK\r\n%s\r\n%s" % (lines, content)


def chunked(*parts):
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(parts)


class Nodes:
    """Replies in turn, on connections that the server keeps open; notes on which one each request came."""

    def __init__(self, server, *answers):
        self.ports = []
        server.replies = [self._reply(each) for each in answers]

    def _reply(self, parts):
        def reply(handler):
            handler.close_connection = False
            self.ports.append(handler.client_address[1])
            for place, part in enumerate(parts if isinstance(parts, tuple) else (parts,)):
                if place:
                    time.sleep(0.05)
                handler.wfile.write(part)
                handler.wfile.flush()

        return reply


class TestInterimAnswers:
    @pytest.mark.parametrize("interim", [
        EARLY_HINTS, b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 2, b"HTTP/1.1 102 Processing\r\n\r\n",
        b"HTTP/1.1 199 \r\nContent-Length: 7\r\n\r\n", EARLY_HINTS * 8,
    ], ids=["103", "100", "100 twice", "102", "199", "eight"])
    @pytest.mark.parametrize("pause", [False, True], ids=["together", "apart"])
    def test_each_node_gets_its_own_answer(self, server, client, interim, pause):
        first = (interim, answer(b'{"node": 1}')) if pause else interim + answer(b'{"node": 1}')
        nodes = Nodes(server, first, answer(b'{"node": 2}'))
        assert [client.send(server.url).data for _node in range(2)] == [{"node": 1}, {"node": 2}]
        assert len(set(nodes.ports)) == 1, "a connection with interim answers is as good as any"

    @pytest.mark.parametrize("interim, message", [
        (EARLY_HINTS * 9, "more than 8 interim answers"), (b"HTTP/1.1 100 Continue\r\n\r\n" * 9, "more than 8 interim answers"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "it switches to another protocol"),
    ])
    def test_too_many_or_of_the_wrong_kind(self, server, client, interim, message):
        nodes = Nodes(server, interim + answer(b'{"node": 1}'), answer(b'{"node": 2}'))
        failure = client.failure(server.url)
        assert (failure.kind, failure.status, server.count) == ("protocol", None, 1)
        assert failure.message.endswith(message)
        assert client.send(server.url).data == {"node": 2}
        assert len(set(nodes.ports)) == 2

    @pytest.mark.parametrize("status", [b"304 Not Modified", b"600 Odd", b"999 Odd"])
    def test_only_2xx_is_success(self, server, client, status):
        Nodes(server, b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % status)
        assert client.failure(server.url).kind in ("protocol", "server")


class TestWhichConnectionIsUsedAgain:
    @pytest.mark.parametrize("first", [
        answer(b'{"node": 1}') + answer(b'{"node": 9}'), answer(b'{"node": 1}') + b"\r\n", answer(b'{"node": 1}', b"Connection: close"),
        chunked(b'b\r\n{"node": 1}\r\n0\r\n\r\n') + answer(b'{"node": 9}'),
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" b'b\r\n{"node": 1}\r\n0\r\n\r\n',
    ], ids=["a second answer", "a byte too many", "close", "a second answer after chunks", "two lengths"])
    def test_none_on_which_anything_was_odd(self, server, client, first):
        nodes = Nodes(server, first, answer(b'{"node": 2}'))
        assert [client.send(server.url).data for _node in range(2)] == [{"node": 1}, {"node": 2}]
        assert len(set(nodes.ports)) == 2

    def test_none_whose_body_was_not_read_to_its_end(self, server, client):
        nodes = Nodes(server, answer(b" " * 100_000 + b"{}"), answer(b'{"node": 2}'))
        assert client.failure(server.url, max_body=65_536).kind == "protocol"
        assert client.send(server.url).data == {"node": 2}
        assert len(set(nodes.ports)) == 2

    @pytest.mark.parametrize("first", [
        answer(b'{"node": 1}'), chunked(b'b;a=b\r\n{"node": 1}\r\n0\r\nTrailer: x\r\n\r\n'),
        answer(b'{"node": 1}', b"Content-Length: 11"), answer(gzip.compress(b'{"node": 1}'), b"Content-Encoding: gzip"),
    ], ids=["length", "chunks", "length twice", "gzip"])
    def test_every_other(self, server, client, first):
        nodes = Nodes(server, first, answer(b'{"node": 2}'))
        assert client.send(server.url).data == {"node": 1}
        assert client.send(server.url).data == {"node": 2}
        assert len(set(nodes.ports)) == 1

    @pytest.mark.parametrize("first", [
        b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\n{}", b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 204 Nothing\r\n\r\n", b"HTTP/1.1 304 Not Modified\r\n\r\n", answer(b""), answer(b"<html>"),
    ], ids=["404", "503", "204", "304", "empty", "no JSON"])
    def test_none_whose_answer_was_of_no_use(self, server, client, first):
        """It may be of something on the way: the source's own answer comes later, and is not that to the next request."""
        nodes = Nodes(server, first, answer(b'{"node": 2}'))
        if b" 503 " not in first:
            # A 503 is tried again.
            client.failure(server.url)
        assert client.send(server.url).data == {"node": 2}
        assert len(set(nodes.ports)) == 2


class TestFraming:
    @pytest.mark.parametrize("head", [
        b"Content-Length: " + b"9" * 5000, b"Content-Length: -1", b"Content-Length: 2, 3", b"Content-Length: 2\r\nContent-Length: 3",
        b"Content-Length: \xb2", b"Content-Length: 0x2", b"Transfer-Encoding: gzip", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: identity",
        b"no header\r\nContent-Length: 2",
        b"Content-Length: 2\r\n" + b"X: y\r\n" * 101, b"X: " + b"y" * 70_000 + b"\r\nContent-Length: 2",
        b"\r\n".join(b"X: " + b"y" * 60_000 for _each in range(5)) + b"\r\nContent-Length: 2",
        b"Content-Length: 2\r\nContent-Encoding: br", b"Content-Length: 2\r\nContent-Encoding: gzip, gzip",
        b"Content-Length: 2\r\nContent-Encoding: gzip\r\nContent-Encoding: deflate", b"Content-Length: 2\r\nContent-Encoding: gzip",
    ])
    def test_heads_that_leave_a_doubt(self, server, client, head):
        nodes = Nodes(server, b"HTTP/1.1 200 OK\r\n%s\r\n\r\n{}" % head, answer(b'{"node": 2}'))
        failure = client.failure(server.url)
        assert (failure.kind, server.count) == ("protocol", 1)
        assert client.send(server.url).data == {"node": 2}
        assert len(set(nodes.ports)) == 2

    @pytest.mark.parametrize("chunks", [
        b"x\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n", b"2\r\n{} \r\n0\r\n\r\n", b"2;" + b"e" * 2000 + b"\r\n{}\r\n0\r\n\r\n", b"\r\n{}\r\n0\r\n\r\n",
        b"9" * 5000 + b"\r\n{}", b"0_2\r\n{}\r\n0\r\n\r\n",
    ])
    def test_chunks_that_are_none(self, server, client, chunks):
        Nodes(server, chunked(chunks), answer(b'{"node": 2}'))
        failure = client.failure(server.url)
        assert (failure.kind, server.count) == ("protocol", 1)
        assert client.send(server.url).data == {"node": 2}

    @pytest.mark.parametrize("size", [0, 1, 1023, 8192, 65_536, 65_537, 1_000_000])
    @pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
    @pytest.mark.parametrize("framing", ["length", "chunks", "end"])
    def test_every_byte_arrives(self, server, client, size, packed, framing):
        content = json.dumps({"x": "y" * size}).encode()
        body = gzip.compress(content) if packed else content
        encoding = b"Content-Encoding: gzip\r\n" if packed else b""
        if framing == "chunks":
            blocks = [body[at:at + 1000] for at in range(0, len(body), 1000)]
            sent = b"".join(b"%x\r\n%s\r\n" % (len(block), block) for block in blocks) + b"0\r\n\r\n"
            sent = b"HTTP/1.1 200 OK\r\n%sTransfer-Encoding: chunked\r\n\r\n%s" % (encoding, sent)
        else:
            length = b"Content-Length: %d\r\n" % len(body) if framing == "length" else b""
            sent = b"HTTP/1.1 200 OK\r\n%s%s\r\n%s" % (encoding, length, body)

        def reply(handler):
            handler.wfile.write(sent)

        server.replies = [reply]
        assert client.send(server.url).data == {"x": "y" * size}

    def test_gzip_of_several_members(self, server, client):
        Nodes(server, answer(gzip.compress(b'{"a":') + gzip.compress(b"") + gzip.compress(b' 1}'), b"Content-Encoding: gzip"))
        assert client.send(server.url).data == {"a": 1}


class TestAnswersThatNeverEnd:
    """The clock says that a second goes by whenever it is looked at, which is before each part that is read."""

    @pytest.fixture
    def endless(self, server, monkeypatch):
        now = iter(range(10**9))
        monkeypatch.setattr(wire, "time", types.SimpleNamespace(monotonic=lambda: float(next(now))))
        closed = threading.Event()

        def failure(head, repeated, pause=0.0):
            def reply(handler):
                handler.wfile.write(head)
                while not closed.is_set():
                    handler.wfile.write(repeated)
                    handler.wfile.flush()
                    time.sleep(pause)

            server.replies = [reply]
            client = Client(retries=0, timeout=30)
            return client.failure(server.url)

        yield failure
        closed.set()

    HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100000000\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\xff"

    @pytest.mark.parametrize("head, repeated, message", [
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", "no answer within 30 seconds"),
        (b"HTTP/1.1 103 Early Hints\r\n", b"X: y\r\n", "no answer within 30 seconds"),
        (HEAD + b"2\r\n{}\r\n0\r\n", b"X: y\r\n", "less than 1024 bytes of the answer arrived within 30 seconds"),
        (LONG, b" ", "less than 1024 bytes of the answer arrived within 30 seconds"),
        (HEAD, b"1;extension=%s\r\n \r\n" % (b"e" * 900), "less than 1024 bytes of the answer arrived within 30 seconds"),
        (PACKED, zlib.compressobj(wbits=-15).flush(zlib.Z_FULL_FLUSH) * 10, "less than 1024 bytes of the answer arrived within 30 seconds"),
    ], ids=["headers", "interim", "trailers", "bytes", "chunk extensions", "empty deflate blocks"])
    def test_given_up_in_time(self, endless, head, repeated, message):
        failure = endless(head, repeated, pause=0.002)
        assert (failure.kind, failure.message) == ("network", message)

    def test_interim_answers(self, endless):
        assert endless(b"", EARLY_HINTS).kind == "protocol"

    @pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n", HEAD + b"2\r\n{}\r\n0\r\n"], ids=["head", "trailers"])
    def test_lines_as_fast_as_the_wire(self, endless, head):
        assert endless(head, b"X: %s\r\n" % (b"y" * 50_000)).kind in ("protocol", "network")

    def test_a_slow_body_that_is_fast_enough_is_read_to_its_end(self, server, monkeypatch):
        now = iter(range(10**9))
        monkeypatch.setattr(wire, "time", types.SimpleNamespace(monotonic=lambda: float(next(now))))

        def reply(handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n")
            for _each in range(100):
                handler.wfile.write(b" " * 1998 + b"{}" if _each == 99 else b" " * 2000)
                handler.wfile.flush()
                time.sleep(0.001)

        server.replies = [reply]
        assert Client(retries=0, timeout=8).send(server.url).data == {}


def test_what_the_reader_takes_for_itself_is_not_the_sources_delay(server, client, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(wire, "time", types.SimpleNamespace(monotonic=lambda: now[0]))
    server.replies = [(200, {}, b" " * 300_000 + b"{}")]

    class Slow:
        size = 0

        def begin(self, headers):
            pass

        def write(self, chunk):
            now[0] += 3600
            self.size += len(chunk)

        def end(self):
            return self.size

    from ansible_collections.opsaudit.sessions.plugins.module_utils._http.auth import Auth
    from ansible_collections.opsaudit.sessions.plugins.module_utils._http.request import Request

    assert client.transport.stream(Request(server.url, "/x"), Auth(), Slow(), 10**6).data == 300_002
