# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei IAM: password tokens and the projects of an account."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timezone
from typing import Any

from .. import credentials
from ..auth.huawei_gate import Denied, HuaweiGate
from ..exchange import Answer, Exchange
from ..settings import Settings
from .base import Dialect, Refusal, strict_query

_TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}
_MESSAGES = {
    400: "The request body is invalid.",
    401: "The username or password is wrong.",
    403: "You have no right to do this action.",
    404: "Could not find the resource.",
    405: "The method is not allowed for the requested URL.",
    429: "Too many requests.",
    500: "An unexpected error prevented the server from fulfilling your request.",
}


class Iam(Dialect):
    """Keystone v3, as far as a reader needs it."""

    name = "iam"

    def __init__(self, settings: Settings, gate: HuaweiGate):
        super().__init__(settings)
        self._gate = gate

    def decorate(self, answer: Answer) -> None:
        answer.headers.setdefault("X-IAM-Trace-Id", f"token_cn-north-4_null_{uuid.uuid4().hex}")

    def error(self, status: int, variant: str = "") -> Answer:
        return self._error(status, _MESSAGES.get(status, "Service unavailable."))

    def answer(self, exchange: Exchange) -> Answer:
        routes = {
            "/v3/auth/tokens": ("POST", self._token),
            "/v3/projects": ("GET", self._projects),
            "/v3/auth/projects": ("GET", self._own_projects),
        }
        if exchange.path not in routes:
            return self.error(404)
        method, handler = routes[exchange.path]
        if exchange.method != method:
            return self.error(405)
        try:
            return handler(exchange)
        except Refusal as refusal:
            return refusal.answer
        except Denied as denied:
            return self._error(401, f"Incorrect IAM authentication information: {denied}")
        except ValueError as bad:
            return self._error(400, str(bad))

    def _error(self, status: int, message: str) -> Answer:
        title = _TITLES.get(status, "Error")
        return Answer(status, {"error": {"code": status, "message": message, "title": title}})

    def _token(self, exchange: Exchange) -> Answer:
        strict_query(exchange, ("nocatalog",))
        if not (exchange.header("content-type") or "").lower().startswith("application/json"):
            raise ValueError("The Content-Type must be application/json.")
        try:
            auth = json.loads(exchange.body)["auth"]
            identity = auth["identity"]
            if identity["methods"] != ["password"]:
                raise ValueError("Only the method password is known.")
            user = identity["password"]["user"]
            name, password, domain = user["name"], user["password"], user["domain"]["name"]
            wanted = auth["scope"]["project"]
        except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as bad:
            raise ValueError(f"The request body is invalid: {bad}") from None
        expected = (credentials.IAM_USER, credentials.IAM_PASSWORD, credentials.IAM_DOMAIN)
        if (name, password, domain) != expected:
            return self.error(401)
        project = self._scoped_project(wanted)
        token, expires = self._gate.mint()
        body = {"token": self._describe(project, expires, with_catalog="nocatalog=" not in exchange.query)}
        return Answer(201, body, {"X-Subject-Token": token})

    def _scoped_project(self, wanted: Any) -> dict[str, Any]:
        if not isinstance(wanted, dict) or not ({"id", "name"} & set(wanted)):
            raise ValueError("The scope must be a project, by id or by name.")
        for project in self._all_projects():
            if all(project[key] == wanted[key] for key in ("id", "name") if key in wanted):
                return project
        raise Refusal(self._error(401, "The project of the scope does not exist."))

    def _describe(self, project: dict[str, Any], expires: float, with_catalog: bool) -> dict[str, Any]:
        domain = {"id": credentials.IAM_DOMAIN_ID, "name": credentials.IAM_DOMAIN}
        token: dict[str, Any] = {
            "expires_at": _stamp(expires),
            "issued_at": _stamp(self.settings.now("iam")),
            "methods": ["password"],
            "user": {
                "id": credentials.IAM_USER_ID,
                "name": credentials.IAM_USER,
                "domain": domain,
                "password_expires_at": "",
            },
            "project": {"id": project["id"], "name": project["name"], "domain": domain},
            "roles": [{"id": "0", "name": "te_agency"}],
        }
        if with_catalog:
            token["catalog"] = [{"type": "gaussdb", "name": "gaussdb", "id": "0" * 32, "endpoints": []}]
        return token

    def _projects(self, exchange: Exchange) -> Answer:
        query = strict_query(exchange, ("name", "domain_id", "parent_id", "enabled", "page", "per_page"))
        self._gate.check(exchange)
        found = [p for p in self._all_projects() if query.get("name", p["name"]) == p["name"]]
        return self._listing(exchange, found)

    def _own_projects(self, exchange: Exchange) -> Answer:
        strict_query(exchange, ())
        if exchange.header("x-auth-token") is None:
            raise Denied("x-auth-token not found")
        self._gate.check(exchange)
        return self._listing(exchange, self._all_projects())

    def _listing(self, exchange: Exchange, projects: list[dict[str, Any]]) -> Answer:
        links = {"self": exchange.base_url + exchange.target, "previous": None, "next": None}
        return Answer(200, {"links": links, "projects": projects})

    def _all_projects(self) -> list[dict[str, Any]]:
        pairs = [
            (credentials.PROJECT_ID, credentials.PROJECT_NAME),
            (credentials.OTHER_PROJECT_ID, credentials.OTHER_PROJECT_NAME),
            *((extra["id"], extra["name"]) for extra in self.settings.extra_projects),
        ]
        account = credentials.IAM_DOMAIN_ID
        fixed = {"domain_id": account, "parent_id": account, "is_domain": False, "enabled": True, "description": ""}
        return [{"id": key, "name": name, **fixed} for key, name in pairs]


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
