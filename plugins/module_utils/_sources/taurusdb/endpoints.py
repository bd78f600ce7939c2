# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declare the endpoints of TaurusDB's killed sessions (API document: Querying Intelligently Killed Sessions)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..._base.errors import OptionError, SourceError
from ..._base.options import Settings, instant, invalid, missing, text, texts
from ..._fetch.endpoint import Connection, Endpoint, Follow, Source, Values
from ..._fetch.time_filter import TimeFilter
from ..._paging.styles import OffsetLimit
from ..._records.shape import Row, Shape
from ..huaweicloud import connection as huaweicloud

#: The pattern of an instance's or a node's id.
ID = "[A-Za-z0-9]{36}"
_INSTANCE = {"pattern": ID, "allowed": "36 letters and digits, ending in in07"}
_NODE = {"pattern": ID, "allowed": "36 letters and digits, ending in no07"}

#: The host's name differs by region (the vendor's SDK, region files).
_PREFIXES = {
    **dict.fromkeys((
        "cn-north-2", "cn-north-4", "cn-north-9", "cn-east-3", "cn-south-1", "cn-south-4", "cn-southwest-2",
        "ap-southeast-3", "ap-southeast-4", "sa-brazil-1", "ru-northwest-2",
    ), "gaussdb"),
    **dict.fromkeys(("ap-southeast-1", "ap-southeast-2", "cn-north-11", "tr-west-1", "me-east-1"), "gaussdbformysql"),
    **dict.fromkeys(("af-south-1", "cn-east-5", "cn-southwest-3", "la-north-2"), "gaussdb-mysql"),
}

#: The options of a connection to TaurusDB.
CONNECTION = {**huaweicloud.OPTIONS, "endpoint": text(env=("TAURUSDB_ENDPOINT",))}
SERVICE = huaweicloud.Service(_PREFIXES, needs_project=True)


def _remove_link(record: Row, values: Values) -> None:
    """Remove the link, which holds its own credentials, unless it is wanted."""
    if not values["include_links"]:
        record.pop("download_link", None)


HISTORY = Endpoint(
    "Listing killed sessions",
    "/v3/{project_id}/instances/{instance_id}/intelligent-kill-session/history",
    params={"node_id": "node_id"},
    headers={"X-Language": "language"},
    fan_out=("instance_id", "node_id"),
    paging=OffsetLimit(),
    rows=("intelligent_kill_session_histories",),
    total=("total_count",),
    id="task_id",
    time=TimeFilter("start_time", "end_time", "ms", field="start_time", clock="s"),
    scope=("instance_id", "node_id"),
    shape=Shape(times={"start_time": "s", "end_time": "s"}),
    finish=_remove_link,
)


def _history_of(node: Row, values: Values) -> Follow:
    if not re.fullmatch(ID, str(node.get("id"))):
        raise SourceError("protocol", "the answer has a node without a usable id")
    return Follow(HISTORY, {"instance_id": values["instance_id"], "node_id": node["id"]})


NODES = Endpoint(
    "Looking up the nodes",
    "/v3.1/{project_id}/instances/{instance_id}",
    headers={"X-Language": "language"},
    fan_out=("instance_id",),
    rows=("instance", "nodes"),
    follow=_history_of,
    replaces_rows=True,
)


def _verify(settings: Settings) -> None:
    """Check the rules between instances and nodes."""
    instances, nodes, targets = settings["instance_id"], settings["node_id"], settings["targets"]
    if targets and (instances or nodes):
        raise OptionError("targets: excludes instance_id and node_id (write either)")
    if not targets and not instances:
        raise missing("instance_id", "ids of instances, or targets instead")
    if nodes and len(instances) != 1:
        raise OptionError("node_id: needs exactly one instance_id (use targets for several)")
    pairs = [(each["instance_id"], each["node_id"]) for each in targets or ()]
    for name, ids, wrong, rule in (
        ("instance_id", [*(instances or ()), *(pair[0] for pair in pairs)], "no07", _INSTANCE),
        ("node_id", [*(nodes or ()), *(pair[1] for pair in pairs)], "in07", _NODE),
    ):
        for each in ids:
            if each.endswith(wrong):
                raise invalid(name, each, rule["allowed"])


def _scope(target: Mapping[str, Any], settings: Settings, connection: Connection) -> dict[str, str]:
    return {name: target[name] for name in ("instance_id", "node_id") if name in target}


SOURCE = Source(
    "taurusdb_killed_session",
    "killed_sessions",
    options={
        **CONNECTION,
        "instance_id": texts(**_INSTANCE),
        "node_id": texts(**_NODE),
        "targets": {
            "type": "list", "elements": "dict",
            "options": {
                "instance_id": text(required=True, **_INSTANCE),
                "node_id": text(required=True, **_NODE),
            },
        },
        "start_time": instant(required=True),
        "end_time": instant(default="now"),
        "include_links": {"type": "bool", "default": False},
        "language": text(choices=["en-us", "zh-cn"]),
    },
    connect=SERVICE.connect,
    endpoints=(("targets", HISTORY._replace(fan_out=("targets",))), ("node_id", HISTORY), (None, NODES)),
    verify=_verify,
    scope=_scope,
)
