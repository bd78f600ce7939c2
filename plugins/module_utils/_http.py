# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of requests that are not as this collection needs them: connections and trust."""

from __future__ import annotations

import socket
import traceback
import weakref

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:
    REQUESTS_PROBLEM: str | None = traceback.format_exc()
    HTTPAdapter = object
else:
    REQUESTS_PROBLEM = None


class Connections:
    """The open connections of one task, so that it can be stopped while threads wait for answers."""

    def __init__(self) -> None:
        self._open: weakref.WeakSet = weakref.WeakSet()

    def tracked(self, pool_class):
        """A connection pool's class whose connections are remembered here."""
        remember = self._open.add

        class Connection(pool_class.ConnectionCls):
            def connect(self):
                super().connect()
                remember(self)

        return type(pool_class.__name__, (pool_class,), {"ConnectionCls": Connection})

    def shut(self) -> None:
        """Wake every thread that waits for an answer; its request fails."""
        for connection in list(self._open):
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except (AttributeError, OSError):
                continue


class Adapter(HTTPAdapter):
    """One TLS context for all connections: requests builds one, slowly, for each.

    What is verified depends on nothing but the options: no REQUESTS_CA_BUNDLE.
    """

    def __init__(self, connections: Connections, size: int, verify: bool | str) -> None:
        self._connections = connections
        self._verify = verify
        self._context = None
        super().__init__(pool_connections=4, pool_maxsize=size)

    def _tls(self):
        if self._context is None:
            self._context = create_urllib3_context()
            if self._verify is False:
                urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
                self._context.check_hostname = False
                self._context.verify_mode = 0
            else:
                self._context.verify_mode = 2
                self._context.load_verify_locations(
                    requests.certs.where() if self._verify is True else self._verify
                )
        return self._context

    def _track(self, manager):
        manager.pool_classes_by_scheme = {
            scheme: self._connections.tracked(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
        }
        return manager

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        self._track(self.poolmanager)

    def proxy_manager_for(self, proxy, **proxy_kwargs):
        if proxy in self.proxy_manager:
            return self.proxy_manager[proxy]
        return self._track(super().proxy_manager_for(proxy, **proxy_kwargs))

    def build_connection_pool_key_attributes(self, request, verify, cert=None):
        host, _trust = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self._tls()} if host["scheme"] == "https" else {}

    def cert_verify(self, conn, url, verify, cert):
        """Nothing to do: the context verifies. (Before requests 2.32 the pool has to be told of it here.)"""
        if url.startswith("https"):
            conn.conn_kw["ssl_context"] = self._tls()
