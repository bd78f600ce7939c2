# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hoop gateway's reading side, with the traps that the real one sets."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import Any

from ..auth.hoop import ORG, OTHER_ORG, Caller, Unauthorized, identify
from ..exchange import Answer, Exchange, decode
from ..records import Record, Store
from ..settings import Settings
from .base import Dialect
from .hoop_arrivals import Arrivals
from .hoop_data import events_of, fixtures, grow, make_records, respawn, row_of
from .hoop_download import Links
from .hoop_list import Invalid, is_older, list_sessions
from .hoop_stream import download, render

_SESSION = re.compile(r"^/api/(?:plugins/audit/)?sessions/([^/]+)$")
_DOWNLOAD = re.compile(r"^/api/sessions/([^/]+)/download(/input)?$")
_RESULT = re.compile(r"^/api/sessions/([^/]+)/result/stream$")
_INDEX = '<!doctype html><html><head><title>hoop</title></head><body><div id="app"></div></body></html>'
_PROXY_ERROR = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>\n"


class Hoop(Dialect):
    """Sessions: list, details, recordings."""

    name = "hoop"

    def __init__(self, settings: Settings):
        super().__init__(settings)
        self._links = Links(settings)
        #: One for each organisation that is served.
        self._stores = {org: Store(self.name, {"org": org}, unit=1, descending=True, render=row_of) for org in (ORG, OTHER_ORG)}
        for store in self._stores.values():
            store.respawn = respawn
        self._arrivals = Arrivals(settings, self._stores[ORG])
        self.reset()

    def reset(self) -> None:
        self._links.clear()
        self._arrivals.clear()
        self._stores[ORG].fill(fixtures())
        self._stores[OTHER_ORG].fill(())

    def stores(self) -> Iterable[Store]:
        return self._stores.values()

    def store(self, scope: dict[str, Any]) -> Store:
        return super().store(scope or {"org": ORG})

    def seed(self, count: int, options: dict[str, Any]) -> dict[str, Any]:
        org = options.get("org", ORG)
        self._stores[org].fill(make_records(count, {**options, "org": org}), keep=bool(options.get("keep")))
        return {}

    def decorate(self, answer: Answer) -> None:
        answer.headers.setdefault("Server", f"hoopgateway/{self.settings.hoop_version}")
        if self.settings.new_access_token:
            answer.headers.setdefault("X-New-Access-Token", self.settings.new_access_token)

    def error(self, status: int, variant: str = "") -> Answer:
        """The gateway's own one-line bodies; what only a proxy before it would send is HTML.

        With the variant `database` it is what every request gets while the gateway's database is away.
        """
        if variant == "database":
            return _message(status, "internal server error, failed loading IDP provider")
        messages = {
            400: "bad request",
            401: "access denied",
            403: "user is not allowed to access this session",
            404: "not found",
            422: "event_stream attribute has an unknown type format",
            500: "failed fetching session",
        }
        if status in messages:
            return _message(status, messages[status])
        reason = {429: "429 Too Many Requests", 502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable"}
        return Answer(status, _PROXY_ERROR.format(reason.get(status, f"{status} Error")), content_type="text/html")

    def answer(self, exchange: Exchange) -> Answer:
        if exchange.method not in ("GET", "HEAD"):
            return Answer(405, "405 method not allowed", content_type="text/plain")
        path, base = decode(exchange.path), self.settings.base_path
        if not path.startswith(base):
            return _no_page()
        path = path[len(base) :]
        if path != "/api" and not path.startswith("/api/"):
            return Answer(200, _INDEX, content_type="text/html; charset=utf-8")
        if path == "/api/sessions/":
            return Answer(301, "", {"Location": f"{base}/api/sessions"}, content_type="text/html; charset=utf-8")
        link = _DOWNLOAD.match(path)
        if link:
            key = link.group(1)
            found = (store.by_id[key] for store in self.stores() if key in store.by_id)
            return self._links.redeem(key, _query(exchange), next(found, None), bool(link.group(2)))
        try:
            return self._open(path) or self._closed(exchange, path)
        except Unauthorized as denied:
            return _message(401, str(denied))

    def _open(self, path: str) -> Answer | None:
        """What needs no login."""
        if path == "/api/healthz":
            return Answer(200, {"liveness": "OK"})
        if path == "/api/publicserverinfo":
            return Answer(200, {"auth_method": "local"})
        return None

    def _closed(self, exchange: Exchange, path: str) -> Answer:
        if path == "/api/sessions":
            try:
                return self._list(exchange, identify(exchange))
            except Invalid as invalid:
                return _message(422, str(invalid))
        for pattern, handler in ((_SESSION, self._session), (_RESULT, self._result)):
            match = pattern.match(path)
            if match and not (pattern is _RESULT and is_older(self.settings, 1, 50, 0)):
                return handler(exchange, match.group(1), identify(exchange))
        if path in ("/api/serverinfo", "/api/userinfo"):
            return self._info(path, identify(exchange))
        return _no_page()

    def _list(self, exchange: Exchange, caller: Caller) -> Answer:
        self._arrivals.catch_up()
        store = self._stores.get(caller.org) or Store(self.name, {}, unit=1, descending=True)
        return list_sessions(exchange, store, caller, self.settings)

    def _find(self, session_id: str, caller: Caller) -> Record | Answer:
        """The session, or why not: the database refuses to take a malformed id for a UUID."""
        try:
            key = str(uuid.UUID(session_id))
        except ValueError:
            return _message(500, "failed fetching session")
        store = self._stores.get(caller.org)
        record = store.by_id.get(key) if store else None
        if record is None:
            return _message(404, "not found")
        if not caller.sees(record.data["session"]):
            return _message(403, "user is not allowed to access this session")
        return record

    def _session(self, exchange: Exchange, session_id: str, caller: Caller) -> Answer:
        found = self._find(session_id, caller)
        if isinstance(found, Answer):
            return found
        query = _query(exchange)
        may_see = caller.sees_recording(found.data["session"])
        if query.get("extension"):
            if self.settings.downloads_disabled or not may_see:
                text = "user is not allowed to download this session"
                return Answer(403, {"status": 403, "message": text})
            return self._links.issue(found.id, query, exchange.base_url)
        session = dict(found.data["session"])
        # A blank after the comma makes another name of it.
        expand = query["expand"].split(",") if query.get("expand") else []
        if expand and "session_input" not in expand:
            session["script"] = {"data": ""}
        if "event_stream" in expand and may_see:
            try:
                self._add_stream(session, found, query.get("event_stream", ""))
            except ValueError as bad:
                return _message(422, str(bad))
        return Answer(200, session)

    def _add_stream(self, session: dict[str, Any], record: Record, form: str) -> None:
        events = events_of(record)
        if events is None:
            return
        session["event_stream"], size = render(events, form, bool(record.data["wire"]))
        if size is not None:
            session["event_size"] = size
        grow(record)

    def _result(self, exchange: Exchange, session_id: str, caller: Caller) -> Answer:
        found = self._find(session_id, caller)
        if isinstance(found, Answer):
            return found
        if not caller.sees_recording(found.data["session"]):
            return _message(403, "user is not allowed to stream this session")
        query = {key: value for key, value in _query(exchange).items() if key != "extension"}
        content = download(events_of(found), found.data["session"]["start_date"], query)
        return Answer(200, content, content_type="text/plain; charset=utf-8")

    def _info(self, path: str, caller: Caller) -> Answer:
        if path == "/api/userinfo":
            return Answer(200, caller.info(), content_type="application/json; charset=utf-8")
        body = {
            "version": self.settings.hoop_version,
            "disable_sessions_download": self.settings.downloads_disabled,
            "api_url": self.settings.download_host,
            "auth_method": "local",
            "tenancy_type": "selfhosted",
        }
        return Answer(200, body)


def _query(exchange: Exchange) -> dict[str, str]:
    """Each parameter's first value; unknown ones do no harm."""
    query: dict[str, str] = {}
    for key, value in exchange.pairs(plus_is_space=True):
        query.setdefault(key, value)
    return query


def _no_page() -> Answer:
    return Answer(404, "404 page not found", content_type="text/plain")


def _message(status: int, text: str) -> Answer:
    return Answer(status, {"message": text})
