# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked wrongly is said in one line, before anything is sent."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import (
    BCC,
    DATAARTS,
    HOOP,
    INSTANCE,
    NODE,
    SOURCES,
    TAURUSDB,
    WORKSPACE,
)
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

SESSION = "11d337d0-1f45-5203-8630-eccd7c816bf8"
RUN = "r-N0UrpENajU7kQ2xB"
NOBODY = dict.fromkeys(("token", "access_key", "secret_key"))

#: Options, and what the one line begins with or holds.
COMMON = [
    ({"page_size": 0}, "page_size: 0 is out of range (1 to 100)"),
    ({"page_size": 101}, "page_size: 101"),
    ({"concurrency": 0}, "concurrency: 0"),
    ({"concurrency": 33}, "concurrency: 33"),
    ({"timeout": 0}, "timeout: 0"),
    ({"timeout": -1}, "timeout: -1"),
    ({"retries": 11}, "retries: 11"),
    ({"retries": -1}, "retries: -1"),
    ({"retry_budget": -1}, "retry_budget: -1"),
    ({"max_records": 0}, "max_records: 0"),
    ({"query": "[?a = 'b']"}, "query: "),
    ({"query": "nothing("}, "query: "),
    ({"endpoint": "example.com"}, "endpoint: "),
    ({"endpoint": "file:///etc/passwd"}, "endpoint: "),
    ({"endpoint": "https://h:99999"}, "endpoint: "),
    ({"endpoint": "https://h/?a=b"}, "endpoint: "),
    ({"endpoint": "https://h/a b"}, "endpoint: "),
    ({"endpoint": "https://h/\nHost: x"}, "endpoint: "),
    ({"ca_path": "/nowhere/ca.pem"}, "ca_path: "),
    (NOBODY, ""),
    ({"no_such_option": 1}, "no_such_option: no such option (there are "),
    ({"page_size": "ten"}, "page_size: 'ten' is not a whole number"),
    ({"validate_certs": "perhaps"}, "validate_certs: 'perhaps' is not true or false"),
    ({"on_error": "ignore"}, "on_error: 'ignore' is not one of continue, fail"),
]
WINDOWS = [
    ({"start_time": "2026-03-30", "end_time": "2026-03-29"}, "start_time: 2026-03-30T00:00:00.000Z is not before end_time"),
    ({"start_time": "2026-03-30", "end_time": "2026-03-30T00:00:00Z"}, "start_time: "),
    ({"start_time": "2126-01-01"}, "start_time: 2126-01-01T00:00:00.000Z is not before end_time"),
    ({"start_time": "2026-02-30"}, "start_time: '2026-02-30' is not "),
    ({"start_time": "yesterday"}, "start_time: 'yesterday'"),
    ({"start_time": "-24x"}, "start_time: '-24x'"),
    ({"start_time": "17748734785880001"}, "start_time: "),
    ({"start_time": "2026-03-30", "end_time": "tomorrow"}, "end_time: 'tomorrow'"),
]
HUAWEI = [
    ({"token": credentials.HUAWEI_TOKEN}, "two ways to authenticate at once"),
    ({"username": "a", "password": "b", "domain_name": "c"}, "two ways to authenticate at once"),
    ({"secret_key": None}, "secret_key: missing (access_key needs it)"),
    ({"access_key": None, "secret_key": None, "username": "a", "password": "b"}, "domain_name: missing"),
    ({"endpoint": None}, "region: missing"),
    ({"endpoint": None, "region": "mars-north-1"}, "region: 'mars-north-1' is not "),
    ({"project_id": "short"}, "project_id: 'short'"),
    ({"iam_endpoint": "iam"}, "iam_endpoint: "),
]
OWN = {
    TAURUSDB: [
        *WINDOWS, *HUAWEI,
        ({"instance_id": "../../x"}, "instance_id: "),
        ({"instance_id": NODE}, "instance_id: "),
        ({"node_id": INSTANCE}, "node_id: "),
        ({"node_id": "x" * 35}, "node_id: "),
        ({"instance_id": [INSTANCE, "0" * 32 + "in07"]}, "node_id: "),
        ({"instance_id": None}, "instance_id: missing"),
        ({"targets": [{"instance_id": INSTANCE, "node_id": NODE}]}, "targets: excludes instance_id and node_id"),
        ({"instance_id": None, "node_id": None, "targets": [{"instance_id": "x", "node_id": NODE}]}, "targets[0].instance_id: "),
        ({"instance_id": None, "node_id": None, "targets": [{"instance_id": INSTANCE}]}, "targets[0].node_id: missing"),
        ({"start_time": None}, "start_time: missing (such as -24h)"),
        ({"language": "de-de"}, "language: 'de-de' is not one of "),
    ],
    DATAARTS: [
        *WINDOWS, *HUAWEI,
        ({"workspace_id": None}, "workspace_id: missing"),
        ({"workspace_id": "a/b"}, "workspace_id: 'a/b'"),
        ({"workspace_id": "x" * 37}, "workspace_id: "),
        ({"workspace_id": [WORKSPACE, "ä"]}, "workspace_id: "),
        ({"endpoint_id": "a_b"}, "endpoint_id: 'a_b'"),
        ({"session_id": "a b"}, "session_id: 'a b'"),
        ({"status": ["RUNNING", "DONE"]}, "status: 'DONE' is not one of "),
    ],
    HOOP: [
        *WINDOWS,
        ({"api_key": credentials.HOOP_API_KEY}, "token and api_key: two ways to authenticate at once"),
        ({"endpoint": None}, "endpoint: missing"),
        ({"id": "4711"}, "id: '4711' is not a UUID"),
        ({"id": [SESSION, SESSION + "/download"]}, "id: "),
        ({"id": SESSION, "user": "x"}, "user: no filter goes with id"),
        ({"expand": "event_stream"}, "expand: only with id"),
        ({"event_stream": "utf8"}, "event_stream: only with id"),
        ({"extension": "txt"}, "extension: only with id"),
        ({"id": SESSION, "extension": "t&x=1"}, "extension: "),
        ({"id": SESSION, "extension": "txt", "event_stream": "utf8"}, "extension: excludes event_stream"),
        ({"id": SESSION, "newline": True}, "newline: only with extension"),
        ({"id": SESSION, "events": ["o", "x"]}, "events: 'x' is not one of e, i, o"),
        ({"id": SESSION, "expand": "everything"}, "expand: 'everything' is not one of event_stream, session_input"),
        ({"review_status": "PENDNG"}, "review_status: 'PENDNG' is not one of "),
        ({"conection": "x", "user": ["a"]}, "conection: no such option (did you mean connection?); user: a list is not one text"),
        ({"jira_issue_key": ["OPS-1,OPS-2", "a,b"]}, "jira_issue_key"),
    ],
    BCC: [
        *WINDOWS,
        ({"secret_key": None}, "secret_key: missing"),
        ({"region": "Beijing!"}, "region: 'Beijing!'"),
        ({"endpoint": None, "region": "bej"}, "region: 'bej' is not one of bd, bj, cd, fwh, gz, hkg, su, yq (did you mean bj? For any other, set endpoint)"),
        ({"id": "N0UrpENajU"}, "id: 'N0UrpENajU' is not "),
        ({"id": RUN, "state": "FAILED"}, "state: no filter goes with id"),
        ({"child_state": "FAILED"}, "child_state, with_log: only with id or children"),
        ({"with_log": True}, "child_state, with_log: only with id or children"),
        ({"filename": "a", "name": "b"}, "these options exclude each other"),
        ({"type": "FILE_UPLOAD", "action_id": "c-1"}, "these options exclude each other"),
        ({"type": "SCRIPT"}, "type: 'SCRIPT' is not one of COMMAND, FILE_UPLOAD"),
        ({"state": "DONE"}, "state: 'DONE' is not one of "),
    ],
}


@pytest.mark.any_core
@pytest.mark.parametrize("module", SOURCES)
def test_one_line_before_anything_is_sent(tasks, module):
    cases = [*COMMON, *OWN[module]]
    scenes = {str(number): tasks.scene(module, **given) for number, (given, _part) in enumerate(cases)}
    run = tasks.scenes(scenes)
    for number, (given, part) in enumerate(cases):
        kept = run[str(number)]
        assert kept.result.get("failed") is True, given
        assert part in kept.result["msg"], given
        assert "\n" not in kept.result["msg"], given
        assert kept.log == [], given
        failure = kept.failure
        assert (failure["kind"], failure["status"], failure["message"]) == ("invalid_request", None, kept.result["msg"])
    nobody = run[str(cases.index((NOBODY, "")))]
    assert nobody.failure["kind"] == "invalid_request"
    assert "token" in nobody.result["msg"] or "access_key" in nobody.result["msg"]
