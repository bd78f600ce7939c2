# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of requests that are not as this collection needs them: connections, trust, reading a body."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import traceback
import weakref
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter as _HTTPAdapter
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:
    REQUESTS_PROBLEM: str | None = traceback.format_exc()
    HTTPAdapter: Any = object
else:
    REQUESTS_PROBLEM = None
    HTTPAdapter = _HTTPAdapter

#: Once the time to wait is over, a body that comes slower than this (bytes per second) is given up.
_SLOWEST = 16 * 1024
_CHUNK = 2**16


def chunks(response: requests.Response, timeout: float) -> Iterator[bytes]:
    """A body as it comes, decoded.

    :param timeout: seconds to wait for the next bytes.
    :raises requests.exceptions.RequestException: if it comes too slowly.
    :raises urllib3.exceptions.HTTPError: if it breaks off.
    """
    size, started, raw = 0, time.monotonic(), response.raw
    # read1 returns what has come, so that a body in drips can be told (urllib3 1 has none).
    read1 = getattr(raw, "read1", None)
    for chunk in iter(lambda: read1(_CHUNK, decode_content=True), b"") if read1 else response.iter_content(_CHUNK):
        yield chunk
        size += len(chunk)
        if time.monotonic() - started > timeout + size / _SLOWEST:
            raise requests.exceptions.ReadTimeout("the answer comes too slowly")
    promised = response.headers.get("Content-Length", "")
    # urllib3 1 doesn't mind.
    if promised.isdecimal() and raw.tell() < int(promised):
        raise urllib3.exceptions.ProtocolError("the answer broke off")


class Connections:
    """The open connections of one task, so that it can be stopped while threads wait for answers."""

    def __init__(self) -> None:
        self._open: weakref.WeakSet[Any] = weakref.WeakSet()
        self._ended = False
        self._lock = threading.Lock()

    def tracked(self, pool_class: Any) -> Any:
        """A connection pool's class whose connections are remembered here."""
        remember = self._remember
        base: Any = pool_class.ConnectionCls

        class Connection(base):
            def connect(self) -> None:
                super().connect()
                remember(self)

        return type(pool_class.__name__, (pool_class,), {"ConnectionCls": Connection})

    def _remember(self, connection: Any) -> None:
        with self._lock:
            self._open.add(connection)
            ended = self._ended
        if ended:
            # It was being opened while the others were shut.
            _shut(connection)

    def shut(self) -> None:
        """Wake every thread that waits for an answer; its request fails, and so does any later one."""
        with self._lock:
            self._ended = True
            connections = list(self._open)
        for connection in connections:
            _shut(connection)


def _shut(connection: Any) -> None:
    with suppress(AttributeError, OSError):
        connection.sock.shutdown(socket.SHUT_RDWR)


class Adapter(HTTPAdapter):
    """One TLS context for all connections: requests builds one, slowly, for each.

    What is verified depends on nothing but the options: no REQUESTS_CA_BUNDLE.
    """

    def __init__(self, connections: Connections, size: int, verify: bool | str) -> None:
        self._connections = connections
        self._verify = verify
        self._context: ssl.SSLContext | None = None
        super().__init__(pool_connections=4, pool_maxsize=size)

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            context = create_urllib3_context()
            if self._verify is False:
                urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            else:
                context.verify_mode = ssl.CERT_REQUIRED
                if self._verify is True:
                    context.load_verify_locations(requests.utils.DEFAULT_CA_BUNDLE_PATH)
                else:
                    context.load_verify_locations(cadata=self._verify)
            self._context = context
        return self._context

    def _track(self, manager: Any) -> Any:
        manager.pool_classes_by_scheme = {
            scheme: self._connections.tracked(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
        }
        return manager

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._track(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        if proxy in self.proxy_manager:
            return self.proxy_manager[proxy]
        return self._track(super().proxy_manager_for(proxy, **proxy_kwargs))

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, _trust = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self._tls()} if host["scheme"] == "https" else {}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to do: the context verifies. (Before requests 2.32 the pool has to be told of it here.)"""
        if url.startswith("https"):
            conn.conn_kw["ssl_context"] = self._tls()
