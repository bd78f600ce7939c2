# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on loopback that answers what a test says, and notes what it was asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.redaction import Redactor
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.auth import Auth
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.request import Request
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.transport import Transport
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.auth import BearerAuth

#: An answer: status, headers, body; or what writes one by itself.
Reply = "tuple[int, dict[str, str], bytes] | Callable[[BaseHTTPRequestHandler], None]"
GOOD = (200, {}, b'{"ok": true}')


class Loopback:
    """Answers with its replies in turn, the last one for ever."""

    def __init__(self, tls: Any = None) -> None:
        self.replies: list[Any] = [GOOD]
        #: Method, target, headers (lower case) and body of each request.
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (ConnectionError, TimeoutError):
                    self.close_connection = True

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append((self.command, self.path, headers, body))
                reply = outer.replies.pop(0) if len(outer.replies) > 1 else outer.replies[0]
                if callable(reply):
                    self.close_connection = True
                    reply(self)
                    return
                status, more, content = reply
                self.send_response_only(status)
                for name, value in {"Content-Length": str(len(content)), **more}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that goes away is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = "%s://127.0.0.1:%d" % ("https" if tls else "http", self.port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def count(self) -> int:
        return len(self.asked)


def raw(data: bytes, hold: threading.Event | None = None, reset: bool = False) -> Callable[[BaseHTTPRequestHandler], None]:
    """A reply byte for byte; after it the connection ends, or is held open until an event."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)
        handler.wfile.flush()
        if hold is not None:
            hold.wait(20)
        if reset:
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    return reply


class Waits:
    """In place of a transport's event: notes how long it would have waited."""

    def __init__(self, clock: list[float] | None = None) -> None:
        self.waited: list[float] = []
        self._clock = clock

    def is_set(self) -> bool:
        return False

    def set(self) -> None:
        """Nobody waits."""

    def wait(self, seconds: float) -> bool:
        self.waited.append(seconds)
        if self._clock is not None:
            self._clock[0] += seconds
        return False


class Client:
    """A transport whose waiting takes no time."""

    def __init__(self, **options: Any) -> None:
        self.redactor = Redactor()
        self.transport = Transport(self.redactor, **{"timeout": 5, **options})
        self.waits = Waits()
        self.transport._stopped = self.waits  # type: ignore[assignment]

    def send(self, url: str, path: str = "/x", auth: Auth | None = None, **more: Any) -> Any:
        read = more.pop("read", lambda data: data)
        max_body = more.pop("max_body", 2**20)
        return self.transport.send(Request(url, path, **more), auth or BearerAuth("t0ken"), read, max_body)

    def failure(self, url: str, **more: Any) -> SourceError:
        try:
            answer = self.send(url, **more)
        except SourceError as failure:
            return failure
        raise AssertionError("no failure, but %r" % (answer,))
