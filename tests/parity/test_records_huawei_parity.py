# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The official SDK and the modules fetch the same records from the same source."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.client import Client, ClientBuilder
from huaweicloudsdkcore.sdk_response import SdkResponse
from huaweicloudsdkgaussdb.v3 import (
    GaussDBAsyncClient,
    GaussDBClient,
    ListGaussMySqlInstanceDetailInfoUnifyStatusRequest,
    ListGaussMySqlInstancesUnifyStatusRequest,
    ListIntelligentKillSessionHistoryRequest,
)
from ours import END, END_MS, SIZES, START, START_MS, fetch, undone, without_scope

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.dataarts import endpoints as dataarts
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb import endpoints as taurusdb
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb import instances
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

KEY = {
    "access_key": credentials.HUAWEI_AK,
    "secret_key": credentials.HUAWEI_SK,
    "project_id": credentials.PROJECT_ID,
}


class ListSqlSessionsResponse(SdkResponse):
    """No official client has this call: what its generator would have made, but for the fields."""

    openapi_types: dict = {}
    attribute_map: dict = {}


class FabricClient(Client):
    """The SDK's generic client."""

    def __init__(self):
        super().__init__()
        self.model_package = SimpleNamespace(ListSqlSessionsResponse=ListSqlSessionsResponse)
        self.preset_headers = {}

    def list_sql_sessions(self, workspace_id, **query):
        return self.do_http_request(
            method="GET",
            resource_path="/v1/workspaces/{workspace_id}/sessions",
            path_params={"workspace_id": workspace_id},
            query_params=list(query.items()),
            header_params={"Content-Type": "application/json"},
            collection_formats={},
            response_type="ListSqlSessionsResponse",
        ).to_json_object()


def client(kind, url):
    key = BasicCredentials(credentials.HUAWEI_AK, credentials.HUAWEI_SK, credentials.PROJECT_ID)
    builder = ClientBuilder(kind) if kind is FabricClient else kind.new_builder()
    return builder.with_credentials(key).with_endpoints([url]).build()


def history(scope, offset, limit=100):
    return ListIntelligentKillSessionHistoryRequest(
        instance_id=scope["instance_id"], node_id=scope["node_id"], start_time=START_MS, end_time=END_MS,
        limit=str(limit), offset=str(offset),
    )


def looped(database, scope):
    rows = []
    while True:
        answer = database.list_intelligent_kill_session_history(history(scope, len(rows)))
        rows += answer.intelligent_kill_session_histories
        if not answer.intelligent_kill_session_histories or len(rows) >= answer.total_count:
            return rows


def pooled(database, scope):
    first = database.list_intelligent_kill_session_history_async(history(scope, 0)).result()
    waiting = [
        database.list_intelligent_kill_session_history_async(history(scope, offset))
        for offset in range(100, first.total_count, 100)
    ]
    answers = [first, *(future.result() for future in waiting)]
    return [row for answer in answers for row in answer.intelligent_kill_session_histories]


@pytest.mark.parametrize(("kind", "fetched"), [(GaussDBClient, looped), (GaussDBAsyncClient, pooled)], ids=["sync", "async"])
@pytest.mark.parametrize("size", SIZES)
def test_killed_sessions(emulator, size, kind, fetched):
    scope = emulator.seed("taurusdb", size)
    rows = fetched(client(kind, emulator.urls["taurusdb"]), scope)
    records = fetch(
        taurusdb.SOURCE, **KEY, endpoint=emulator.urls["taurusdb"], instance_id=[scope["instance_id"]],
        node_id=[scope["node_id"]], start_time=START, end_time=END, include_links=True,
    )
    assert len(records) == size
    assert [undone(without_scope(record, **scope), "s") for record in records] == [row.to_dict() for row in rows]


@pytest.mark.parametrize("tags", [None, {"env": "prod"}])
def test_instances_and_nodes(emulator, tags):
    emulator.seed("taurusdb", 1, instances=130, nodes=3)
    database = client(GaussDBClient, emulator.urls["taurusdb"])
    filtered = ",".join("%s=%s" % item for item in (tags or {}).items()) or None
    requests = [ListGaussMySqlInstancesUnifyStatusRequest(limit=100, offset=offset, tags=filtered) for offset in (0, 100)]
    rows = [row for each in requests for row in database.list_gauss_my_sql_instances_unify_status(each).instances]
    nodes = {}
    for start in range(0, len(rows), 20):
        asked = ListGaussMySqlInstanceDetailInfoUnifyStatusRequest(instance_ids=",".join(row.id for row in rows[start : start + 20]))
        for row in database.list_gauss_my_sql_instance_detail_info_unify_status(asked).instances:
            nodes[row.id] = [(node.id, node.type) for node in row.nodes]
    defaults = {name: declaration.get("default") for name, declaration in instances.InstancesTask.options.items()}
    given = {**defaults, **KEY, "endpoint": emulator.urls["taurusdb"], "filters": {"tags": tags}}
    found = run_task(instances.InstancesTask(), given, {}).result["instances"]
    assert len(found) == (44 if tags else 130)
    assert [(each["id"], each["name"], each["status"], each["region"]) for each in found] == [
        (row.id, row.name, row.status, row.region) for row in rows
    ]
    assert [each["tags"] for each in found] == [{tag.key: tag.value for tag in row.tags} for row in rows]
    assert {each["id"]: [(node["id"], node["type"]) for node in each["nodes"]] for each in found} == nodes


@pytest.mark.parametrize("size", SIZES)
def test_sql_sessions(emulator, size):
    scope = emulator.seed("fabric", size)
    fabric = client(FabricClient, emulator.urls["fabric"])
    first = fabric.list_sql_sessions(scope["workspace_id"], limit=100, offset=0)
    rows = first["sessions"]
    while len(rows) < first["total"]:
        rows += fabric.list_sql_sessions(scope["workspace_id"], limit=100, offset=len(rows))["sessions"]
    records = fetch(dataarts.SOURCE, **KEY, endpoint=emulator.urls["fabric"], workspace_id=[scope["workspace_id"]])
    assert len(records) == size
    assert [undone(without_scope(record, **scope), "s") for record in records] == rows


def test_one_status(emulator):
    scope = emulator.seed("fabric", 250)
    answer = client(FabricClient, emulator.urls["fabric"]).list_sql_sessions(scope["workspace_id"], limit=100, status="FAIL")
    records = fetch(
        dataarts.SOURCE, **KEY, endpoint=emulator.urls["fabric"], workspace_id=[scope["workspace_id"]], status=["FAIL"]
    )
    assert 0 < len(records) == answer["total"]
    assert [undone(without_scope(record, **scope), "s") for record in records] == answer["sessions"]
