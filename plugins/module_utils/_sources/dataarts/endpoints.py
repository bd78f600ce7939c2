# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declare the endpoint of DataArts Fabric's SQL sessions (API document: Querying the SQL Session List)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._base.options import Settings, instant, text, texts
from ..._fetch.endpoint import Connection, Endpoint, Source
from ..._fetch.time_filter import TimeFilter
from ..._paging.styles import OffsetLimit
from ..huaweicloud import connection as huaweicloud

_ID = {"pattern": "[A-Za-z0-9-]{1,36}", "allowed": "1 to 36 letters, digits and hyphens"}

#: In the order of a session's life: a session that changes while statuses are listed in turn is listed twice, not missed.
_STATUSES = ("CREATING", "WAITING", "RUNNING", "CLOSED", "FAIL")

SESSIONS = Endpoint(
    "Listing SQL sessions",
    "/v1/workspaces/{workspace_id}/sessions",
    params={"endpoint_id": "endpoint_id", "status": "status", "session_id": "session_id"},
    fan_out=("workspace_id", "status"),
    in_turn=True,
    paging=OffsetLimit(max_offset=1_000_000_000),
    rows=("sessions",),
    total=("total",),
    id="session_id",
    time=TimeFilter(field="create_time"),
    text_filters=("endpoint_id", "session_id"),
    choice_filters=("status",),
    scope=("workspace_id",),
)


def _scope(target: Mapping[str, Any], settings: Settings, connection: Connection) -> dict[str, str]:
    return {"workspace_id": target["workspace_id"]}


SOURCE = Source(
    "dataarts_sql_session",
    "sql_sessions",
    options={
        **huaweicloud.OPTIONS,
        "endpoint": text(env=("DATAARTS_FABRIC_ENDPOINT",)),
        "workspace_id": texts(required=True, **_ID),
        "endpoint_id": text(**_ID),
        "status": texts(choices=["RUNNING", "CLOSED", "WAITING", "CREATING", "FAIL"], order=_STATUSES),
        "session_id": text(**_ID),
        "start_time": instant(),
        "end_time": instant(),
    },
    # The vendor files the call under the product whose host is fabric-ep.
    connect=huaweicloud.Service({"cn-north-4": "fabric-ep", "cn-southwest-2": "fabric-ep"}, needs_project=False).connect,
    endpoints=((None, SESSIONS),),
    scope=_scope,
)
