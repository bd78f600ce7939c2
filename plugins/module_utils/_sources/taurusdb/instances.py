# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List all visible instances of TaurusDB with their nodes.

The list of instances lacks their nodes; a second call returns them, for twenty of them at once (API documents: Querying
DB Instances, Querying Details of DB Instances in Batches).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from ..._base.errors import SourceError
from ..._base.options import COMMON, Settings, invalid, text
from ..._base.redaction import Redactor
from ..._base.strict_json import escape_key
from ..._base.task import Call
from ..._base.version import VERSION
from ..._fetch.client import Client, open_client, prepare
from ..._fetch.endpoint import Connection, Endpoint, Source, Values
from ..._fetch.listing import Listing
from ..._paging.styles import SideBySide
from ..._records.canonical import clean, write_canonical
from ..._records.shape import Row
from .endpoints import CONNECTION, ID, SERVICE

#: The filters of the list, under the source's own names.
_FILTERS = ("id", "name", "vpc_id", "subnet_id", "private_ip", "readonly_private_ip", "proxy_ip")
#: The most instances in one request for nodes.
_AT_ONCE = 20
#: The options of info modules that do not apply to an inventory.
_NOT_COMMON = ("max_records", "query", "on_error")
#: Instances in these states may be without nodes.
_WITHOUT_NODES = ("creating", "createfail")


def _filter(name: str) -> Callable[[Values], Any]:
    return lambda values: (values["filters"] or {}).get(name)


def _tags(values: Values) -> str:
    tags = (values["filters"] or {}).get("tags") or {}
    return ",".join("%s=%s" % item for item in tags.items())


INSTANCES = Endpoint(
    "Listing the instances",
    "/v3.1/{project_id}/instances",
    params={**{name: _filter(name) for name in _FILTERS}, "tags": _tags},
    paging=SideBySide(),
    rows=("instances",),
    total=("total_count",),
)

DETAILS = Endpoint(
    "Looking up the nodes",
    "/v3.1/{project_id}/instances/details",
    params={"instance_ids": "instance_ids"},
    rows=("instances",),
)


def _verify(settings: Settings) -> None:
    """Check the filters."""
    filters = settings["filters"] or {}
    for name in _FILTERS:
        value = filters.get(name)
        if value is not None and not re.fullmatch(r"(?!\*\Z)[^\x00-\x1f\x7f]*", value):
            raise invalid("filters." + name, value, "printable text of more than an asterisk")
    for key, value in (filters.get("tags") or {}).items():
        for each, excluded in ((key, ",="), (value, ",")):
            usable = isinstance(each, (str, int)) and not isinstance(each, bool)
            if not usable or not re.fullmatch(r"[^\x00-\x1f\x7f%s]*" % excluded, str(each)):
                raise invalid("filters.tags", {key: value}, "texts without a comma, and keys without an equals sign")


SOURCE = Source(
    "taurusdb_instance",
    "instances",
    options={
        **CONNECTION,
        "hosts": text(default="instances", choices=["instances", "nodes"]),
        "filters": {
            "type": "dict",
            "options": {**{name: text() for name in _FILTERS}, "tags": {"type": "dict"}},
        },
    },
    connect=SERVICE.connect,
    endpoints=((None, INSTANCES),),
    verify=_verify,
    common={name: declaration for name, declaration in COMMON.items() if name not in _NOT_COMMON},
    fixed={**{name: COMMON[name].get("default") for name in _NOT_COMMON}, "start_time": None, "end_time": None},
)
#: Returns the instances that are cached under a key; null if there are none.
Cached = Callable[[str], "list[Row] | None"]


class InstancesTask:
    """Returns all instances, from the cache or from the source.

    Returns C(instances), each with C(id), C(name), C(status), C(region), C(tags) and C(nodes) (each with C(id) and
    C(type)); C(key), under which to cache them (it depends on endpoint, credentials and filters, and holds no secret); and
    C(fresh), whether they are from the source.
    """

    options = SOURCE.all_options

    def __init__(self, cached: Cached = lambda key: None) -> None:
        self._read_cache = cached

    def run(self, call: Call) -> dict[str, Any]:
        """Return the instances, with the key of their cache."""
        settings, connection = prepare(SOURCE, call)
        key = _cache_key(settings, connection)
        instances = self._read_cache(key)
        if instances is not None:
            return {"instances": instances, "key": key, "fresh": False}
        with open_client(SOURCE, settings, connection, call.redactor) as client:
            return {"instances": _fetch_instances(client, call.redactor), "key": key, "fresh": True}


def hosts_of(instances: list[Row], of: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the names and variables of hosts.

    :param of: C(instances) or C(nodes).
    """
    for instance in instances:
        variables = {
            "taurusdb_instance_id": instance["id"],
            "taurusdb_instance_name": instance["name"],
            "taurusdb_instance_status": instance["status"],
            "taurusdb_region": instance["region"],
            "taurusdb_tags": instance["tags"],
        }
        if of == "instances":
            yield instance["id"], {**variables, "taurusdb_node_ids": [node["id"] for node in instance["nodes"]]}
        else:
            for node in instance["nodes"]:
                yield node["id"], {**variables, "taurusdb_node_id": node["id"], "taurusdb_node_type": node["type"]}


def _cache_key(settings: Settings, connection: Connection) -> str:
    """Return the hash of everything that decides which instances are visible."""
    # A user's name only: a password could be guessed from its hash. Otherwise the key's ID, or the token.
    user = [settings["username"], settings["domain_name"]]
    who = user if connection.auth.name == "username" else connection.auth.secrets()[:1]
    where = [connection.base, settings["region"], connection.values["project_id"]]
    decisive = write_canonical([VERSION, where, connection.auth.name, who, settings["filters"]])
    return hashlib.sha256(decisive.encode("utf-8", "surrogatepass")).hexdigest()


def _fetch_instances(client: Client, redactor: Redactor) -> list[Row]:
    """Fetch all instances with their nodes, in the order of their ids.

    :raises SourceError: if the source refuses, or some may be missing.
    """
    try:
        listed = _fetch_list(client)
    except SourceError as failure:
        raise failure if failure.doing else failure.at(INSTANCES.doing, {}) from None
    ids = sorted(listed)
    detailed = _fetch_details(client, ids)
    known: set[str] = set()
    instances = []
    for instance_id in ids:
        try:
            nodes = _check_nodes(detailed.get(instance_id), known)
        except SourceError as failure:
            raise failure.at(DETAILS.doing, {"instance_id": instance_id}) from None
        texts, _text, _masked = clean(_texts_of(listed[instance_id], nodes, client.settings["region"]), redactor.credentials)
        types = texts.pop("types")
        both = [{"id": node["id"], "type": kind} for node, kind in zip(nodes, types)]
        instances.append({"id": instance_id, **texts, "nodes": both})
    return instances


def _fetch_list(client: Client) -> dict[str, Row]:
    """Fetch the list of instances, by id."""
    fetch = client.fetch([Listing(INSTANCES, client.settings, client.connection, {})], lambda fetch: None)
    listed: dict[str, Row] = {}
    for page in fetch.records():
        for row in page:
            instance_id = row.get("id")
            if not isinstance(instance_id, str) or not re.fullmatch(ID, instance_id):
                raise SourceError("protocol", "the list has an instance without a usable id")
            listed[instance_id] = row
    reasons = sorted(reason for listing in fetch.listings for reason in listing.reasons)
    if reasons:
        raise SourceError(
            "protocol", "instances may be missing, for the list changed while it was read (%s)" % ", ".join(reasons),
            hint="Try again.",
        )
    return listed


def _fetch_details(client: Client, ids: list[str]) -> dict[str, Row]:
    """Fetch the details of these instances, by id."""
    batches = [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
    listings = [Listing(DETAILS, client.settings, client.connection, {"instance_ids": batch}) for batch in batches]
    try:
        return {str(row.get("id")): row for page in client.fetch(listings, lambda fetch: None).records() for row in page}
    except SourceError as failure:
        first, *others = (failure.target or {}).get("instance_ids") or [""]
        raise failure.at(DETAILS.doing, {"instance_id": first, "and": "%d more" % len(others) if others else None}) from None


def _check_nodes(details: Row | None, known: set[str]) -> list[Row]:
    """Return the nodes of an instance, after checking them.

    :param details: null if there are none.
    :param known: the ids of the nodes of all instances before; extended here.
    """
    if details is None:
        raise SourceError(
            "protocol", "the instance is listed, but the answer lacks it: it may just have been deleted", hint="Try again."
        )
    nodes = details.get("nodes")
    if nodes is None and details.get("status") in _WITHOUT_NODES:
        nodes = []
    if not isinstance(nodes, list):
        raise SourceError("protocol", "the answer lacks the nodes")
    for node in nodes:
        node_id = node.get("id") if isinstance(node, dict) else None
        if not isinstance(node_id, str) or not re.fullmatch(ID, node_id):
            raise SourceError("protocol", "the answer has a node without a usable id")
        if node_id in known:
            raise SourceError("protocol", "the node %s is there twice" % node_id)
        known.add(node_id)
    count = details.get("node_count")
    if isinstance(count, int) and len(nodes) < count:
        raise SourceError("protocol", "the answer has %d of %d nodes" % (len(nodes), count), hint="Try again.")
    return nodes


def _texts_of(row: Row, nodes: list[Row], region: str | None) -> Row:
    """Return the texts of an instance, which may hold anything."""
    tags = row.get("tags") if isinstance(row.get("tags"), list) else []
    pairs = [(_text(tag.get("key")), _text(tag.get("value"))) for tag in tags or () if isinstance(tag, dict)]
    return {
        "name": _text(row.get("name")),
        "status": _text(row.get("status")),
        "region": _text(row.get("region")) or region,
        "tags": {escape_key(key): value or "" for key, value in pairs if key},
        "types": [_text(node.get("type")) for node in nodes],
    }


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
