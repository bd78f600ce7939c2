# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Baidu Cloud Assistant: the details of an action run with its children, and the list of runs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from .. import credentials
from ..auth import bce
from ..exchange import Answer, Exchange
from ..records import Page, Record, Store
from ..settings import Settings
from .base import Dialect, strict_query, whole_number
from .bcc_data import children_of, example_runs, log_of, make_children, make_runs, respawn, row_of
from .bcc_filter import Inappropriate, read_filter

_KEYS = {
    credentials.BAIDU_AK: (credentials.BAIDU_SK, None),
    credentials.BAIDU_STS_AK: (credentials.BAIDU_STS_SK, credentials.BAIDU_STS_TOKEN),
}
_ERRORS = {
    400: ("InvalidHTTPRequest", "There was an error in the body of your HTTP request."),
    401: ("AccessDenied", "Access denied."),
    403: ("AccessDenied", "Access denied."),
    404: ("ResourceNotFound", "The specified action run does not exist."),
    405: ("MethodNotAllowed", "The specified method is not allowed against this resource."),
    412: ("PreconditionFailed", "The specified If-Match header doesn't match the ETag header."),
    429: ("TooManyRequests", "Request rate is too high."),
    500: ("InternalError", "We encountered an internal error. Please try again."),
    502: ("BadGateway", "Bad gateway."),
    503: ("ServiceUnavailable", "Please reduce your request rate."),
    504: ("GatewayTimeout", "Gateway timeout."),
}


class Bcc(Dialect):
    """Runs of saved and unsaved commands, and of file uploads."""

    name = "bcc"

    def __init__(self, settings: Settings):
        super().__init__(settings)
        self._stores = {}
        for kind in ("COMMAND", "FILE_UPLOAD"):
            self._stores[kind] = Store(self.name, {"type": kind}, unit=1, descending=True, render=row_of)
            self._stores[kind].respawn = respawn
        self.reset()

    def reset(self) -> None:
        self._child_stores: dict[str, Store] = {}
        for kind, rows in example_runs().items():
            self._stores[kind].fill(rows)

    def stores(self) -> Iterable[Store]:
        return (*self._stores.values(), *self._child_stores.values())

    def store(self, scope: dict[str, Any]) -> Store:
        if "run_id" in scope:
            self._children(self._find(str(scope["run_id"])))
        return super().store(scope or {"type": "COMMAND"})

    def seed(self, count: int, options: dict[str, Any]) -> dict[str, Any]:
        """Fill the runs of a type, or with `run_id` the children of one run, made if need be."""
        run_id = options.get("run_id")
        if run_id is None:
            kind = str(options.get("type", "COMMAND"))
            self._stores[kind].fill(make_runs(count, kind, options), keep=bool(options.get("keep")))
            return {"type": kind}
        record = self._find(run_id)
        if record is None:
            (record,) = make_runs(1, "COMMAND", {**options, "seed": run_id})
            record.id = record.data["id"] = run_id
            self._stores["COMMAND"].fill([record], keep=True)
        record.data.pop("generated", None)
        record.data["children"] = make_children(record.data, count, options.get("failed"))
        record.changed()
        self._child_stores.pop(run_id, None)
        return {"run_id": run_id}

    def decorate(self, answer: Answer) -> None:
        body = answer.body
        known = body.get("requestId") if isinstance(body, dict) else None
        answer.headers.setdefault("x-bce-request-id", known or str(uuid.uuid4()))

    def error(self, status: int, variant: str = "") -> Answer:
        code, message = _ERRORS.get(status, ("InternalError", "Unexpected error."))
        return _failure(status, code, message)

    def answer(self, exchange: Exchange) -> Answer:
        routes = {
            ("GET", "/v1/ca/actionRun"): self._details,
            ("POST", "/v1/ca/actionRun/list"): self._list,
        }
        handler = routes.get((exchange.method, exchange.path))
        if handler is None:
            if any(path == exchange.path for dummy, path in routes) or exchange.method not in ("GET", "HEAD"):
                return self.error(405)
            return _failure(404, "InvalidURI", "Could not parse the specified URI.")
        try:
            self._check(exchange)
            return handler(exchange)
        except bce.Refused as refused:
            return _failure(refused.status, refused.code, str(refused))
        except Inappropriate as bad:
            return _failure(400, bad.code, str(bad))
        except ValueError as bad:
            return _failure(400, "InvalidHTTPRequest", str(bad))

    def _check(self, exchange: Exchange) -> None:
        authorization = exchange.header("authorization")
        if authorization is None:
            raise bce.Refused(403, "AccessDenied", "Access denied: no authorization header.")
        signed = bce.parse(authorization)
        if signed.access_key not in _KEYS:
            raise bce.Refused(403, "InvalidAccessKeyId", "The Access Key ID you provided does not exist.")
        secret, security_token = _KEYS[signed.access_key]
        sent = exchange.header("x-bce-security-token")
        if sent != security_token:
            raise bce.Refused(403, "AccessDenied", "The security token does not fit the access key.")
        if security_token is not None and signed.names and "x-bce-security-token" not in signed.names:
            raise bce.Refused(400, "InvalidHTTPAuthHeader", "The x-bce-security-token header must be signed.")
        bce.verify(exchange, signed, secret, self.settings.now(self.name))

    def _find(self, run_id: str) -> Record | None:
        return next((s.by_id[run_id] for s in self._stores.values() if run_id in s.by_id), None)

    def _children(self, record: Record | None) -> Store:
        if record is None:
            raise ValueError("no such run")
        store = self._child_stores.get(record.id)
        if store is None:
            store = Store(self.name, {"run_id": record.id}, unit=1, descending=False)
            store.respawn = _respawn_child
            store.fill([_child_record(child) for child in children_of(record.data)])
            self._child_stores[record.id] = store
        return store

    def _details(self, exchange: Exchange) -> Answer:
        known = ("id", "pageNo", "pageSize", "childRunState", "withLog", "locale")
        query = strict_query(exchange, (*known, "userId") if self.settings.lenient_body else known)
        if not query.get("id"):
            raise ValueError("id is required")
        page_no = whole_number(query.get("pageNo"), "pageNo", 1, 1)
        page_size = whole_number(query.get("pageSize"), "pageSize", 10, 1, 100)
        state = query.get("childRunState")
        if state not in (None, "FAILED", "RUNNING", "SUCCESS"):
            raise ValueError("childRunState is one of FAILED, RUNNING, SUCCESS")
        with_log = query.get("withLog", "false")
        if with_log not in ("true", "false") or query.get("locale", "zh-CN") not in ("zh-CN", "en-US"):
            raise ValueError("withLog is true or false, locale is zh-CN or en-US")
        record = self._find(query["id"])
        if record is None:
            return self.error(404)
        store = self._children(record)
        matched = store.select(state, (lambda row: row.data["state"] == state) if state else None)
        page = Page(
            store, matched, (page_no - 1) * page_size, page_size, ("result", "children"), ("result", "totalCount")
        )
        if with_log == "true":
            logged = [{**row.data, "log": log_of(row.data)} for row in page.rows]
            page.rows = [_child_record(child) for child in logged]
        run = {key: value for key, value in record.data.items() if key not in ("children", "generated")}
        return _success({**run, "children": None, "totalCount": len(matched)}, page)

    def _list(self, exchange: Exchange) -> Answer:
        query = strict_query(exchange, ("locale",))
        if query.get("locale", "zh-CN") not in ("zh-CN", "en-US"):
            raise ValueError("locale is zh-CN or en-US")
        if not (exchange.header("content-type") or "application/json").lower().startswith("application/json"):
            raise ValueError("the Content-Type must be application/json")
        asked = read_filter(exchange.body, lenient=self.settings.lenient_body)
        store = self._stores[asked.kind]
        key = json.dumps(asked.conditions, sort_keys=True)
        matched = store.select(key, asked.fits if asked.conditions else None)
        page = Page(
            store,
            matched,
            (asked.page_no - 1) * asked.page_size,
            asked.page_size,
            ("result", "data"),
            ("result", "totalCount"),
            window=asked.window,
            flipped=asked.ascending,
        )
        counts = {"pageNo": asked.page_no, "pageSize": asked.page_size, "totalCount": len(matched)}
        return _success({**counts, "data": None}, page)


def _success(result: dict[str, Any], page: Page) -> Answer:
    return Answer(200, {"requestId": str(uuid.uuid4()), "code": "success", "result": result}, page=page)


def _failure(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"requestId": str(uuid.uuid4()), "code": code, "message": message})


def _child_record(child: dict[str, Any]) -> Record:
    return Record(child["id"], child["createdTimestamp"], child)


def _respawn_child(like: Record, number: int, moment: int) -> Record:
    return _child_record({**like.data, "id": f"{like.id}x{number}", "createdTimestamp": moment})
