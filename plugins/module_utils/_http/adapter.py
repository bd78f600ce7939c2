# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adapt the library requests: connections that can be stopped, certificates, proxies."""

from __future__ import annotations

import base64
import http.client
import re
import socket
import ssl
import threading
import traceback
import weakref
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from .._base.errors import SourceError
from .request import Request
from .wire import WireResponse, content_of

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

_PROXY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?(?:[^\s/?#\[\]]*@)?(?P<peer>(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#\[\]@:]+)(?::[0-9]{1,5})?)/?")


class Broken(Exception):
    """A request without a whole answer."""

    def __init__(self, problem: Exception) -> None:
        super().__init__()
        self.problem = problem


class Connections:
    """The open connections of one task, so that it can be stopped while threads wait for answers."""

    def __init__(self) -> None:
        # Sockets, not connections: one that closes after an answer forgets its socket before the answer is read.
        self._open: weakref.WeakSet[Any] = weakref.WeakSet()
        self._ended = False
        self._lock = threading.Lock()

    def track_class(self, pool_class: Any) -> Any:
        """Return a subclass of a connection pool whose connections are registered here, and read answers as C(WireResponse)."""
        register = self._register
        base: Any = pool_class.ConnectionCls

        class Connection(base):
            response_class = WireResponse

            def connect(self) -> None:
                super().connect()
                register(self.sock)

        return type(pool_class.__name__, (pool_class,), {"ConnectionCls": Connection})

    def _register(self, sock: Any) -> None:
        with self._lock:
            self._open.add(sock)
            ended = self._ended
        if ended:
            # It was opened while the others were shut down.
            _shut(sock)

    def shut(self) -> None:
        """Shut down all connections: requests under way fail, and so do later ones."""
        with self._lock:
            self._ended = True
            sockets = list(self._open)
        for each in sockets:
            _shut(each)


def _shut(sock: Any) -> None:
    with suppress(AttributeError, OSError):
        sock.shutdown(socket.SHUT_RDWR)


class Proxy:
    """The proxy that the environment names for a URL, if any."""

    def __init__(self, url: str) -> None:
        """Find the proxy for a URL.

        :raises SourceError: if it is no URL; the message does not show it, because it may hold a password.
        """
        try:
            self.by_scheme: dict[str, str] = requests.utils.get_environ_proxies(url)
            chosen = requests.utils.select_proxy(url, self.by_scheme) or ""
        except ValueError:
            raise SourceError("invalid_request", "endpoint is no URL") from None
        match = _PROXY.fullmatch(chosen)
        if chosen and match is None:
            raise SourceError(
                "invalid_request", "the proxy in the environment is no URL such as http://proxy.example.com:3128",
                hint="In its password / ? # [ ] and blanks must be percent-encoded: / is %2F.",
            )
        self._login = chosen.rpartition("@")[0].rpartition("://")[2]
        #: Its host and port.
        self.peer = match["peer"] if match else None

    def secrets(self) -> tuple[str, ...]:
        """Return the secrets to mask: the password, or a user name alone that is long enough to be a key."""
        user, colon, password = self._login.partition(":")
        if not colon:
            return (user,) if len(user) > 8 else ()
        login = base64.b64encode(unquote(self._login).encode()).decode()
        return password, unquote(password), login


class Adapter(HTTPAdapter):
    """An adapter with one TLS context for all connections, because building one is slow.

    Only options decide how certificates are verified: REQUESTS_CA_BUNDLE is ignored.
    """

    def __init__(self, connections: Connections, size: int, verify: bool | str) -> None:
        self._connections = connections
        self._verify = verify
        self._context: ssl.SSLContext | None = None
        super().__init__(pool_connections=4, pool_maxsize=size)

    def open(self, request: Request, headers: Mapping[str, str], proxy: Proxy, timeouts: tuple[float, float]) -> requests.Response:
        """Send a request, and read the head of its answer.

        :param timeouts: seconds to connect, and for the head.
        :raises Broken: if no head arrives.
        """
        # Not prepared by requests, which would encode the query again after it was signed.
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = request.url
        prepared.headers = requests.structures.CaseInsensitiveDict({"Accept": "application/json", "Accept-Encoding": "gzip"})
        prepared.headers.update(request.headers)
        prepared.headers.update(headers)
        prepared.hooks = {}
        prepared.body = request.body or None
        if request.body:
            prepared.headers["Content-Length"] = str(len(request.body))
        verify = self._verify is not False
        try:
            return self.send(prepared, stream=True, verify=verify, proxies=proxy.by_scheme, timeout=timeouts)
        # The last two are raised for an odd URL.
        except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError) as problem:
            raise Broken(problem) from None

    def _make_tls_context(self) -> ssl.SSLContext:
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
            scheme: self._connections.track_class(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
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
        return host, {"ssl_context": self._make_tls_context()} if host["scheme"] == "https" else {}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave verification to the TLS context; before requests 2.32 the pool needs it, too."""
        if url.startswith("https"):
            conn.conn_kw["ssl_context"] = self._make_tls_context()


def body_of(response: requests.Response) -> Iterator[bytes]:
    """Yield the decoded body as it arrives.

    :raises Broken: if it does not arrive whole, or too slowly.
    """
    chunks = content_of(_wire_of(response))
    while True:
        try:
            chunk = next(chunks, None)
        except (OSError, http.client.HTTPException) as problem:
            raise Broken(problem) from None
        if chunk is None:
            return
        yield chunk


def release(response: requests.Response) -> None:
    """Keep the connection for the next request, unless the answer was odd."""
    if not _wire_of(response).is_odd:
        response.raw.release_conn()


def _wire_of(response: Any) -> WireResponse:
    wire: WireResponse = response.raw._original_response
    return wire
