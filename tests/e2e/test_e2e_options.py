# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of a module does what it says, on the documents' examples."""

from __future__ import annotations

import json

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e import documented
from ansible_collections.opsaudit.sessions.tests.e2e.support import (
    BCC,
    DATAARTS,
    HOOP,
    INSTANCE,
    NODE,
    NODE_2,
    SOURCES,
    TAURUSDB,
    WORKSPACE,
)
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

#: What is requested and what results from it, whatever ansible-core runs the task.
pytestmark = pytest.mark.any_core

OTHER_INSTANCE, OTHER_NODE = "6f1e2d3c4b5a69788796a5b4c3d2e1f0in07", "a1b2c3d4e5f60718293a4b5c6d7e8f90no07"
FIRST, SECOND = "1774873478588", "1774873605464"
RUN = "r-N0UrpENajU7kQ2xB"


def found(key, name):
    return lambda kept: [record[name] for record in kept.ok()[key]]


def target_of(entry):
    return entry["target"]


tasks, sql, runs = found("killed_sessions", "task_id"), found("sql_sessions", "session_id"), found("action_runs", "id")

#: What is asked, and what must be so.
TAURUSDB_CASES = {
    "example": ({}, lambda kept: tasks(kept) == [FIRST, SECOND]),
    "times": ({}, lambda kept: kept.ok()["killed_sessions"][1] == {
        "task_id": SECOND, "start_time": 1774873618, "start_time_iso": "2026-03-30T12:26:58Z", "end_time": 1774873618,
        "end_time_iso": "2026-03-30T12:26:58Z", "instance_id": INSTANCE, "node_id": NODE,
    }),
    "start": ({"start_time": "2026-03-30T12:26:00Z"}, lambda kept: tasks(kept) == [SECOND]),
    "end": ({"end_time": 1774873600}, lambda kept: tasks(kept) == [FIRST]),
    "links": ({"include_links": True}, lambda kept: kept.ok()["killed_sessions"][0]["download_link"] == "https://download_link_1"),
    "two nodes": ({"node_id": [NODE, NODE_2]}, lambda kept: (kept.ok()["total"], len(kept.log)) == (2, 2)),
    "all nodes": (
        {"node_id": None, "instance_id": [INSTANCE, OTHER_INSTANCE]},
        lambda kept: tasks(kept) == [FIRST, SECOND] and len(kept.log) == 5,
    ),
    "targets": (
        {"node_id": None, "instance_id": None, "targets": [
            {"instance_id": OTHER_INSTANCE, "node_id": OTHER_NODE}, {"instance_id": INSTANCE, "node_id": NODE},
        ]}, lambda kept: tasks(kept) == [FIRST, SECOND] and OTHER_NODE in target_of(kept.log[0]),
    ),
    "language": ({"language": "zh-cn"}, lambda kept: kept.log[0]["headers"]["x-language"] == "zh-cn"),
    "no language": ({}, lambda kept: "x-language" not in kept.log[0]["headers"]),
    "temporary key": ({
        "access_key": credentials.HUAWEI_TEMP_AK, "secret_key": credentials.HUAWEI_TEMP_SK,
        "security_token": credentials.HUAWEI_SECURITY_TOKEN, "region": "cn-north-4",
    }, lambda kept: tasks(kept) == [FIRST, SECOND]),
    "wrong node": ({"node_id": OTHER_NODE}, lambda kept: kept.failure["kind"] == "invalid_request"),
}
DATAARTS_CASES = {
    "example": ({}, lambda kept: sql(kept)[0] == "284888e2-c36f-4bec-9b24-e5bf0b386ab0" and kept.ok()["count"] == 15),
    "record": ({}, lambda kept: kept.ok()["sql_sessions"][0] == {
        "session_id": "284888e2-c36f-4bec-9b24-e5bf0b386ab0", "status": "RUNINNG", "workspace_id": WORKSPACE,
        "create_time": "2025-07-22T08:42:39.000+00:00",
        "endpoint_info": {"id": "0470d220-aaaa-410e-a417-0d69a0215683", "name": "test2"},
    }),
    "empty": ({"workspace_id": "empty-workspace"}, lambda kept: (sql(kept), kept.ok()["complete"]) == ([], True)),
    "one": ({"session_id": "4e4b2770-702f-48b7-9737-db107cf63e24"}, lambda kept: len(sql(kept)) == 1),
    "endpoint": (
        {"endpoint_id": "1581e331-bbbb-421f-b528-1e7ab1326794"},
        lambda kept: {each["endpoint_info"]["name"] for each in kept.ok()["sql_sessions"]} == {"etl nightly.v2"},
    ),
    "statuses": (
        {"status": ["CLOSED", "FAIL"]},
        lambda kept: {each["status"] for each in kept.ok()["sql_sessions"]} <= {"CLOSED", "FAIL"} and len(kept.log) == 2,
    ),
    "start": ({"start_time": "2025-07-22T06:13:47Z"}, lambda kept: len(sql(kept)) == 2 and kept.ok()["complete"]),
    "end": ({"end_time": "2025-07-22T06:13:46.999Z"}, lambda kept: len(sql(kept)) == 13),
    "page size": ({"page_size": 10}, lambda kept: "limit=10" in target_of(kept.log[0]) and len(sql(kept)) == 15),
    "on_error": (
        {"workspace_id": ["nowhere", WORKSPACE], "on_error": "continue"},
        lambda kept: len(sql(kept)) == 15 and kept.ok()["failed_targets"][0]["target"]["workspace_id"] == "nowhere",
    ),
}
BCC_CASES = {
    "example": ({"id": RUN}, lambda kept: kept.ok()["action_runs"][0]["children"] == [{
        "id": "d-vVnBqlR4tY9s", "state": "SUCCESS", "target": {"instance_id": "i-mfIgQ7w2", "instance_type": "BCC"},
        "created_timestamp": 1711100286503, "created_timestamp_iso": "2024-03-22T09:38:06.503Z",
        "finished_timestamp": 1711100286576, "finished_timestamp_iso": "2024-03-22T09:38:06.576Z",
        "output": {"exit_code": 0, "stderr": "", "stdout": "hello world\n", "is_truncated": False},
    }]),
    "the user's own keys": (
        {"id": "r-PartlyFailed25Ch"},
        lambda kept: kept.ok()["action_runs"][0]["action"]["command"]["exec_params"] == {"myKey": "A1", "snake_key": "B2"},
    ),
    "all children": (
        {"id": "r-PartlyFailed25Ch", "page_size": 10},
        lambda kept: len({each["id"] for each in kept.ok()["action_runs"][0]["children"]}) == 25,
    ),
    "child_state": (
        {"id": "r-PartlyFailed25Ch", "child_state": "FAILED"},
        lambda kept: [each["error_code"] for each in kept.ok()["action_runs"][0]["children"]] == ["ExitCodeNonzero"] * 4,
    ),
    "with_log": ({"id": RUN, "with_log": True}, lambda kept: kept.ok()["action_runs"][0]["children"][0]["log"] == "hello world\n"),
    "everything": ({}, lambda kept: len(runs(kept)) == 8 and len(kept.log) == 2),
    "uploads": ({"type": "FILE_UPLOAD"}, lambda kept: runs(kept) == ["r-UploadOk00000001", "r-UploadFailed0001"]),
    "filename": ({"filename": "agent.msi"}, lambda kept: runs(kept) == ["r-UploadFailed0001"] and len(kept.log) == 1),
    "name": ({"name": "patch_fleet"}, lambda kept: runs(kept) == ["r-PartlyFailed25Ch"] and len(kept.log) == 1),
    "action_id": ({"action_id": "c-5iEoMgGqXLp4T6vD"}, lambda kept: runs(kept) == ["r-vufYpbTTydW5n9Re", "r-PartlyFailed25Ch"]),
    "state": ({"state": "RUNNING"}, lambda kept: runs(kept) == ["r-StillRunning0001"]
              and json.loads(kept.log[0]["body"])["state"] == "RUNNING"),
    "states": ({"state": ["PENDING", "PARTIAL_FAILED"]}, lambda kept: runs(kept) == ["r-PartlyFailed25Ch", "r-PendingPending01"]
               and "state" not in json.loads(kept.log[0]["body"])),
    "window": (
        {"start_time": "1709700000", "end_time": 1709896694000},
        lambda kept: runs(kept) == ["r-vufYpbTTydW5n9Re", "r-PartlyFailed25Ch", "r-StillRunning0001"],
    ),
    "ascending": ({"ascending": True, "type": "COMMAND"}, lambda kept: runs(kept)[0] == "r-PendingPending01"),
    "children": (
        {"children": True, "type": "FILE_UPLOAD"},
        lambda kept: [len(each["children"]) for each in kept.ok()["action_runs"]] == [3, 1]
        and kept.ok()["action_runs"][1]["statistics"] == {"total_target_count": 1, "failed_target_count": 1},
    ),
    "session token": ({
        "access_key": credentials.BAIDU_STS_AK, "secret_key": credentials.BAIDU_STS_SK,
        "security_token": credentials.BAIDU_STS_TOKEN, "region": "gz",
    }, lambda kept: len(runs(kept)) == 8),
}
CASES = {TAURUSDB: TAURUSDB_CASES, DATAARTS: DATAARTS_CASES, BCC: BCC_CASES}
#: Options that other files are about: those of all modules, and ways to authenticate.
ELSEWHERE = {
    "validate_certs", "ca_path", "timeout", "retries", "retry_budget", "concurrency", "page_size", "max_records", "query",
    "on_error", "token", "username", "password", "domain_name", "iam_endpoint", "region", "security_token",
}


@pytest.mark.parametrize("module", CASES)
def test_options(tasks, module):
    cases = CASES[module]
    run = tasks.scenes({name: tasks.scene(module, **given) for name, (given, _holds) in cases.items()})
    for name, (_given, holds) in cases.items():
        assert holds(run[name]), (name, run[name].result)


def test_no_option_is_forgotten(ansible):
    for module, entry in documented.read(ansible).items():
        if module == HOOP:
            continue
        used = {option for given, _holds in CASES[module].values() for option in given} | set(ansible.access(module))
        assert set(entry["doc"]["options"]) - used - ELSEWHERE == set()
        assert entry["doc"]["attributes"]["action"]["support"] == "full"
        assert SOURCES[module][1] in entry["return"]
