# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TaurusDB: instances, their nodes, and the sessions that were killed on them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import Any

from .. import credentials
from ..auth.huawei_gate import Denied, HuaweiGate
from ..exchange import Answer, Exchange
from ..records import Page, Record, Store
from ..settings import Settings
from . import huawei_errors
from .base import Dialect, Refusal, strict_query, whole_number
from .storage import Storage
from .taurusdb_data import detail_of, example_instances, make_instance, make_records, respawn, summary_of

_HISTORY = re.compile(r"^/v3/([^/]+)/instances/([^/]+)/intelligent-kill-session/history$")
_DETAILS = re.compile(r"^/v3(?:\.1)?/([^/]+)/instances/details$")
_INSTANCE = re.compile(r"^/v3(?:\.1)?/([^/]+)/instances/([^/]+)$")
_INSTANCES = re.compile(r"^/v3(?:\.1)?/([^/]+)/instances$")
_INSTANCE_ID = re.compile(r"^[A-Za-z0-9]{32}in07$")
_NODE_ID = re.compile(r"^[A-Za-z0-9]{32}no07$")
#: How many instances one request may ask for the details of.
_DETAILS_AT_ONCE = 20
#: The filters of the list, by the field of an instance that they are about.
_FILTERS = {"id": "id", "name": "name", "type": "type", "vpc_id": "vpc_id", "subnet_id": "subnet_id"}
_ADDRESSES = {"private_ip": "private_ips", "readonly_private_ip": "readonly_private_ips", "proxy_ip": "proxy_ips"}
#: Below this a time can only be seconds.
_LEAST_MILLISECONDS = 10**11


class TaurusDb(Dialect):
    """The kill history of each node, and where to find the nodes."""

    name = "taurusdb"

    def __init__(self, settings: Settings, gate: HuaweiGate, storage: Storage):
        super().__init__(settings)
        self._gate = gate
        self._storage = storage
        self.reset()

    def reset(self) -> None:
        self._stores: dict[tuple[str, str], Store] = {}
        self._catalogue = Store(self.name, {"list": "instances"}, unit=1, descending=False, render=summary_of)
        self._catalogue.respawn = self._another
        for instance in example_instances():
            history = instance.pop("history", {})
            self._add_instance(instance)
            for node_id, rows in history.items():
                records = [Record(row["task_id"], row["start_time"] * 1000, row) for row in rows]
                self._stores[instance["id"], node_id].fill(records)

    def decorate(self, answer: Answer) -> None:
        answer.headers.setdefault("X-Request-Id", uuid.uuid4().hex)

    def error(self, status: int, variant: str = "") -> Answer:
        return huawei_errors.error(self.name, status, variant)

    def stores(self) -> Iterable[Store]:
        return [self._catalogue, *self._stores.values()]

    def seed(self, count: int, options: dict[str, Any]) -> dict[str, Any]:
        """Fill one node's history; with `instances` and `nodes`, make a whole fleet and fill each of its nodes."""
        options = {**options, "storage": self.settings.storage_url}
        if "instances" in options:
            return self._seed_fleet(count, options)
        first = next(iter(self._catalogue.by_id))
        instance_id = options.get("instance_id", first)
        node_id = options.get("node_id")
        if instance_id not in self._catalogue.by_id:
            node_ids = [node_id] if node_id else None
            self._add_instance(make_instance(instance_id, node_ids=node_ids, nodes=options.get("nodes", 2)))
        instance = self._catalogue.by_id[instance_id].data
        node_id = node_id or instance["nodes"][0]["id"]
        if (instance_id, node_id) not in self._stores:
            self._add_node(instance, node_id)
        store = self._stores[instance_id, node_id]
        store.fill(make_records(count, instance_id, node_id, options), keep=bool(options.get("keep")))
        return dict(store.scope)

    def _seed_fleet(self, count: int, options: dict[str, Any]) -> dict[str, Any]:
        if not options.get("keep"):
            self._stores.clear()
            self._catalogue.fill([])
        targets = []
        for number in range(int(options["instances"])):
            instance = make_instance(f"{number:032x}in07", nodes=int(options.get("nodes", 2)), number=number)
            self._add_instance(instance)
            for node in instance["nodes"]:
                scope = {"instance_id": instance["id"], "node_id": node["id"]}
                self._stores[instance["id"], node["id"]].fill(make_records(count, instance["id"], node["id"], options))
                targets.append(scope)
        return {"targets": targets}

    def _add_instance(self, instance: dict[str, Any]) -> None:
        place = len(self._catalogue.rows)
        self._catalogue.insert(place, self._with_stores(instance, place))

    def _with_stores(self, instance: dict[str, Any], place: int) -> Record:
        for node in instance["nodes"]:
            self._add_store(instance["id"], node["id"])
        return Record(instance["id"], place, instance)

    def _another(self, like: Record, number: int, moment: int) -> Record:
        """An instance that comes while the list is read."""
        nodes = len(like.data["nodes"])
        return self._with_stores(make_instance(f"{number:024x}4e455721in07", nodes=nodes, number=number), moment)

    def _add_node(self, instance: dict[str, Any], node_id: str) -> None:
        instance["nodes"].append({**instance["nodes"][-1], "id": node_id, "type": "slave"})
        self._add_store(instance["id"], node_id)

    def _add_store(self, instance_id: str, node_id: str) -> None:
        scope = {"instance_id": instance_id, "node_id": node_id}
        store = Store(self.name, scope, unit=1000, descending=False)
        store.respawn = respawn
        self._stores[instance_id, node_id] = store

    def answer(self, exchange: Exchange) -> Answer:
        routes = (
            (_HISTORY, self._history),
            (_DETAILS, self._details),
            (_INSTANCE, self._instance),
            (_INSTANCES, self._list_instances),
        )
        found = ((pattern.match(exchange.path), handler) for pattern, handler in routes)
        match, handler = next((pair for pair in found if pair[0]), (None, None))
        if match is None or handler is None:
            return huawei_errors.no_such_api()
        if exchange.method != "GET":
            return self.error(405)
        try:
            self._gate.check(exchange)
            self._check_headers(exchange, match.group(1))
            return handler(exchange, *match.groups()[1:])
        except Denied as denied:
            return huawei_errors.denied(self.name, str(denied))
        except Refusal as refusal:
            return refusal.answer
        except ValueError as bad:
            return huawei_errors.error(self.name, 400, message=f"Parameter error: {bad}")

    def _check_headers(self, exchange: Exchange, project_id: str) -> None:
        if project_id != credentials.PROJECT_ID or exchange.header("x-project-id") not in (None, project_id):
            raise Refusal(huawei_errors.no_such_project(self.name))
        if exchange.header("x-language") not in (None, "en-us", "zh-cn"):
            raise ValueError("X-Language is en-us or zh-cn")

    def _find(self, instance_id: str) -> dict[str, Any]:
        if not _INSTANCE_ID.match(instance_id):
            raise ValueError("instance_id has 36 letters and digits and ends in in07")
        if instance_id not in self._catalogue.by_id:
            raise Refusal(self.error(404))
        return self._catalogue.by_id[instance_id].data

    def _history(self, exchange: Exchange, instance_id: str) -> Answer:
        query = strict_query(exchange, ("node_id", "start_time", "end_time", "limit", "offset"))
        self._find(instance_id)
        node_id = query.get("node_id", "")
        if not _NODE_ID.match(node_id):
            raise ValueError("node_id is required, has 36 letters and digits and ends in no07")
        start = whole_number(query.get("start_time"), "start_time", None, _LEAST_MILLISECONDS)
        end = whole_number(query.get("end_time"), "end_time", None, _LEAST_MILLISECONDS)
        if start >= end:
            raise ValueError("start_time must be earlier than end_time")
        limit = whole_number(query.get("limit"), "limit", 100, 1, 100)
        offset = whole_number(query.get("offset"), "offset", 0, 0)
        store = self._stores.get((instance_id, node_id))
        if store is None:
            raise ValueError("the node does not belong to the instance")
        matched = store.select((start, end), lambda row: start <= row.time <= end)
        at = ("intelligent_kill_session_histories",)
        page = Page(store, matched, offset, limit, at, ("total_count",), window=(start, end))
        self._storage.hand_out(row.id for row in page.rows)
        return Answer(200, {"total_count": len(matched), at[0]: None}, page=page)

    def _instance(self, exchange: Exchange, instance_id: str) -> Answer:
        strict_query(exchange, ())
        return Answer(200, {"instance": detail_of(self._find(instance_id))})

    def _details(self, exchange: Exchange) -> Answer:
        """Of several instances; the document doesn't say what happens to one that isn't there: it is left out."""
        ids = strict_query(exchange, ("instance_ids",)).get("instance_ids", "").split(",")
        if len(ids) > _DETAILS_AT_ONCE or not all(map(_INSTANCE_ID.match, ids)):
            raise ValueError("instance_ids has 1 to 20 ids of 36 letters and digits that end in in07")
        known = self._catalogue.by_id
        return Answer(200, {"instances": [detail_of(known[each].data) for each in ids if each in known]})

    def _list_instances(self, exchange: Exchange) -> Answer:
        query = strict_query(exchange, (*_FILTERS, *_ADDRESSES, "datastore_type", "tags", "offset", "limit"))
        limit = whole_number(query.get("limit"), "limit", 100, 1, 100)
        offset = whole_number(query.get("offset"), "offset", 0, 0)
        if "*" in (query.get("name"), query.get("id")):
            raise ValueError("id and name must not be a lone asterisk")
        tags = [tuple(pair.split("=", 1)) for pair in query["tags"].split(",")] if "tags" in query else []
        if any(len(pair) != 2 for pair in tags) or len(dict(tags)) != len(tags):
            raise ValueError("tags are key=value, separated by commas, and no key is repeated")
        matched = self._catalogue.select(
            tuple(sorted(query.items() - {("offset", query.get("offset")), ("limit", query.get("limit"))})),
            lambda row: _fits(row.data, query, tags),
        )
        page = Page(self._catalogue, matched, offset, limit, ("instances",), ("total_count",))
        return Answer(200, {"instances": None, "total_count": len(matched)}, page=page)


def _fits(row: dict[str, Any], query: dict[str, str], tags: list[tuple[str, ...]]) -> bool:
    """Whether an instance is one that the filters ask for."""
    for name, field in _FILTERS.items():
        wanted = query.get(name)
        if wanted and wanted.startswith("*") and name in ("id", "name"):
            if wanted[1:] not in row[field]:
                return False
        elif wanted and wanted != row[field]:
            return False
    if query.get("datastore_type", row["datastore"]["type"]) != row["datastore"]["type"]:
        return False
    if not all(query[name] in row[field] for name, field in _ADDRESSES.items() if query.get(name)):
        return False
    return all({"key": key, "value": value} in row["tags"] for key, value in tags)
