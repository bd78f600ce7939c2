# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DataArts Fabric: workspaces and their SQL sessions."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from .. import credentials
from ..auth.huawei_gate import Denied, HuaweiGate
from ..exchange import Answer, Exchange
from ..records import Page, Record, Store
from ..settings import Settings
from . import huawei_errors
from .base import Dialect, Refusal, fake_uuid, load, maker, spread, strict_query, whole_number

_SESSIONS = re.compile(r"^/v1/workspaces/([^/]+)/sessions$")
_ID = re.compile(r"^[A-Za-z0-9-]{1,36}$")
_STATUSES = ("RUNNING", "CLOSED", "WAITING", "CREATING", "FAIL")


class Fabric(Dialect):
    """The SQL sessions of each workspace, newest first."""

    name = "fabric"

    def __init__(self, settings: Settings, gate: HuaweiGate):
        super().__init__(settings)
        self._gate = gate
        self.reset()

    def reset(self) -> None:
        data = load("fabric.json")
        self._workspaces: list[dict[str, Any]] = data["workspaces"]
        self._endpoints: list[dict[str, str]] = data["endpoints"]
        self._stores: dict[str, Store] = {}
        for workspace in self._workspaces:
            store = self._add_store(workspace["id"])
            shown = [_record(row) for row in data["sessions"].get(workspace["id"], [])]
            older = data["older"].get(workspace["id"], 0)
            end = shown[-1].time - 1000 if shown else 0
            options = {"start": end - 86400000, "end": end}
            store.fill([*shown, *(self._make(older, workspace["id"], options) if older else [])])

    def decorate(self, answer: Answer) -> None:
        answer.headers.setdefault("X-request-id", uuid.uuid4().hex)

    def error(self, status: int, variant: str = "") -> Answer:
        return huawei_errors.error(self.name, status, variant)

    def stores(self) -> Iterable[Store]:
        return self._stores.values()

    def seed(self, count: int, options: dict[str, Any]) -> dict[str, Any]:
        """Fill one workspace, made if need be; with `workspaces`, that many of them."""
        if "workspaces" in options:
            rest = {key: value for key, value in options.items() if key != "workspaces"}
            ids = [f"ws-{number:04d}" for number in range(int(options["workspaces"]))]
            return {"targets": [self.seed(count, {**rest, "workspace_id": key}) for key in ids]}
        workspace_id = options.get("workspace_id", self._workspaces[0]["id"])
        if workspace_id not in self._stores:
            self._workspaces.append({**self._workspaces[0], "id": workspace_id, "name": workspace_id})
            self._add_store(workspace_id)
        store = self._stores[workspace_id]
        store.fill(self._make(count, workspace_id, options), keep=bool(options.get("keep")))
        return dict(store.scope)

    def _add_store(self, workspace_id: str) -> Store:
        store = Store(self.name, {"workspace_id": workspace_id}, unit=1, descending=True)
        store.respawn = _respawn
        self._stores[workspace_id] = store
        return store

    def _make(self, count: int, workspace_id: str, options: dict[str, Any]) -> list[Record]:
        rng = maker("fabric", workspace_id, options.get("seed", 0))
        rows = []
        for moment in reversed(spread(count, options)):
            status = rng.choices(_STATUSES, (20, 60, 8, 5, 7))[0]
            endpoint = dict(rng.choice(self._endpoints))
            rows.append(_record(_row(fake_uuid(rng), status, moment, endpoint)))
        return rows

    def answer(self, exchange: Exchange) -> Answer:
        match = _SESSIONS.match(exchange.path)
        if match is None and exchange.path != "/v1/workspaces":
            return huawei_errors.no_such_api()
        if exchange.method != "GET":
            return self.error(405)
        try:
            self._gate.check(exchange)
            if exchange.header("x-project-id") not in (None, credentials.PROJECT_ID):
                return huawei_errors.no_such_project(self.name)
            return self._sessions(exchange, match.group(1)) if match else self._list_workspaces(exchange)
        except Denied as denied:
            return huawei_errors.denied(self.name, str(denied))
        except Refusal as refusal:
            return refusal.answer
        except ValueError as bad:
            text = f"failed to read http request, please check your input, code: 400, reason: {bad}"
            return huawei_errors.error(self.name, 400, message=text)

    def _sessions(self, exchange: Exchange, workspace_id: str) -> Answer:
        query = strict_query(exchange, ("endpoint_id", "status", "session_id", "limit", "offset"))
        if not _ID.match(workspace_id):
            raise ValueError("workspace_id has 1 to 36 letters, digits and hyphens")
        limit = whole_number(query.get("limit"), "limit", 10, 1, 100)
        offset = whole_number(query.get("offset"), "offset", 0, 0, 1000000000)
        endpoint_id = query.get("endpoint_id", "")  # the document's own example sends it empty
        session_id, status = query.get("session_id"), query.get("status")
        for name, value in (("endpoint_id", endpoint_id or None), ("session_id", session_id)):
            if value is not None and not _ID.match(value):
                raise ValueError(f"{name} has 1 to 36 letters, digits and hyphens")
        if status is not None and status not in _STATUSES:
            raise ValueError(f"status is one of {', '.join(_STATUSES)}")
        store = self._stores.get(workspace_id)
        if store is None:
            text = "the workspace does not exist"
            raise Refusal(huawei_errors.error(self.name, 400, message=text, code="dataartsfabric.00010003"))

        def keep(row: Record) -> bool:
            data = row.data
            return (
                (not endpoint_id or data["endpoint_info"]["id"] == endpoint_id)
                and session_id in (None, row.id)
                and status in (None, data["status"])
            )

        filtered = bool(endpoint_id or session_id or status)
        matched = store.select((endpoint_id, session_id, status), keep if filtered else None)
        page = Page(store, matched, offset, limit, ("sessions",), ("total",))
        return Answer(200, {"sessions": None, "total": len(matched)}, page=page)

    def _list_workspaces(self, exchange: Exchange) -> Answer:
        query = strict_query(exchange, ("offset", "limit", "name", "id", "enterprise_project_id"))
        limit = whole_number(query.get("limit"), "limit", 10, 1, 100)
        offset = whole_number(query.get("offset"), "offset", 0, 0)
        name = query.get("name")
        if name is not None and not 4 <= len(name) <= 32:
            raise ValueError("name has 4 to 32 characters")
        found = [w for w in self._workspaces if (name or "") in w["name"] and query.get("id", w["id"]) == w["id"]]
        return Answer(200, {"total": len(found), "workspaces": found[offset : offset + limit]})


def _row(session_id: str, status: str, moment: int, endpoint: dict[str, str]) -> dict[str, Any]:
    return {"session_id": session_id, "status": status, "create_time": _stamp(moment), "endpoint_info": endpoint}


def _record(row: dict[str, Any]) -> Record:
    moment = datetime.fromisoformat(row["create_time"])
    return Record(row["session_id"], round(moment.timestamp() * 1000), row)


def _respawn(like: Record, number: int, moment: int) -> Record:
    session_id = fake_uuid(maker("fabric", "respawn", like.id, number))
    return _record(_row(session_id, like.data["status"], moment, like.data["endpoint_info"]))


def _stamp(moment: int) -> str:
    seconds = datetime.fromtimestamp(moment // 1000, timezone.utc)
    return f"{seconds:%Y-%m-%dT%H:%M:%S}.{moment % 1000:03d}+00:00"
