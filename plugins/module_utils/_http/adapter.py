# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of requests that are not as this collection needs them: connections, trust, proxies."""

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
    """No whole answer arrived."""

    def __init__(self, problem: Exception) -> None:
        super().__init__()
        self.problem = problem


class Connections:
    """The open connections of one task, so that it can be stopped while threads wait for answers."""

    def __init__(self) -> None:
        # Sockets: a connection that is to be closed after an answer forgets its own before that is read.
        self._open: weakref.WeakSet[Any] = weakref.WeakSet()
        self._ended = False
        self._lock = threading.Lock()

    def tracked(self, pool_class: Any) -> Any:
        """A connection pool's class whose connections are remembered here, and read answers as the wire's class does."""
        remember = self._remember
        base: Any = pool_class.ConnectionCls

        class Connection(base):
            response_class = WireResponse

            def connect(self) -> None:
                super().connect()
                remember(self.sock)

        return type(pool_class.__name__, (pool_class,), {"ConnectionCls": Connection})

    def _remember(self, opened: Any) -> None:
        with self._lock:
            self._open.add(opened)
            ended = self._ended
        if ended:
            # It was being opened while the others were shut.
            _shut(opened)

    def shut(self) -> None:
        """Wake every thread that waits for an answer; its request fails, and so does any later one."""
        with self._lock:
            self._ended = True
            opened = list(self._open)
        for each in opened:
            _shut(each)


def _shut(opened: Any) -> None:
    with suppress(AttributeError, OSError):
        opened.shutdown(socket.SHUT_RDWR)


class Proxy:
    """The proxy that the environment names for a URL, if any."""

    def __init__(self, url: str) -> None:
        """:raises SourceError: if it is no URL; its text isn't shown, for it may hold a password."""
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
        """What must never be shown: the password, or a name alone that is long enough to be a key."""
        user, colon, password = self._login.partition(":")
        if not colon:
            return (user,) if len(user) > 8 else ()
        login = base64.b64encode(unquote(self._login).encode()).decode()
        return password, unquote(password), login


class Adapter(HTTPAdapter):
    """One TLS context for all connections: requests builds one, slowly, for each.

    What is verified depends on nothing but the options: no REQUESTS_CA_BUNDLE.
    """

    def __init__(self, connections: Connections, size: int, verify: bool | str) -> None:
        self._connections = connections
        self._verify = verify
        self._context: ssl.SSLContext | None = None
        super().__init__(pool_connections=4, pool_maxsize=size)

    def open(self, request: Request, headers: Mapping[str, str], proxy: Proxy, timeouts: tuple[float, float]) -> requests.Response:
        """Send a request, and read the head of its answer.

        :param timeouts: seconds to connect, and for the head.
        :raises Broken: if that can't be done.
        """
        # Built by hand: requests would encode the query anew, after it was signed.
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
        # The last two come out of the depths where a URL is odd.
        except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError) as problem:
            raise Broken(problem) from None

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
        """Nothing to do: the context verifies. (Before requests 2.32 it is the pool that has to know it.)"""
        if url.startswith("https"):
            conn.conn_kw["ssl_context"] = self._tls()


def body_of(response: requests.Response) -> Iterator[bytes]:
    """A body as it arrives, decoded.

    :raises Broken: if it doesn't arrive whole, or too slowly.
    """
    pieces = content_of(_wire_of(response))
    while True:
        try:
            piece = next(pieces, None)
        except (OSError, http.client.HTTPException) as problem:
            raise Broken(problem) from None
        if piece is None:
            return
        yield piece


def release(response: requests.Response) -> None:
    """Let the next request use the connection, if nothing about this answer was odd; otherwise it is closed."""
    if not _wire_of(response).is_odd:
        response.raw.release_conn()


def _wire_of(response: Any) -> WireResponse:
    wire: WireResponse = response.raw._original_response
    return wire
