# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records as events: each keeps to the schema of OCSF 1.8.0, and says what the record says."""

from __future__ import annotations

import copy
import json

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st
from ocsf_examples import faults, records, validator

from ansible_collections.opsaudit.sessions.plugins.filter.to_ocsf import FilterModule
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.canonical import write_canonical
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.entry import Entry
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.ocsf import build_events, build_events_of_kept
from ansible_collections.opsaudit.sessions.tests.emulator.client import Emulator

to_ocsf = FilterModule().filters()["to_ocsf"]

KILL = {"task_id": "t1", "start_time": 1774873540, "start_time_iso": "2026-03-30T12:25:40Z", "instance_id": "i", "node_id": "n"}
SESSION = {
    "id": "11d337d0-1f45-5203-8630-eccd7c816bf8", "type": "database", "connection_subtype": "postgres", "connection": "orders-pg-prod",
    "verb": "exec", "status": "done", "exit_code": 0, "start_date": "2026-03-02T09:14:07.120331Z", "end_date": "2026-03-02T09:14:08.904117Z",
    "user": "ana.ruiz@example.com", "user_id": "auth0|64", "user_name": "Ana Ruiz", "identity_type": "user", "org_id": "o", "review": None,
    "script": {"data": "SELECT 1"}, "connection_tags": {"env": "prod"}, "resource_name": "orders-pg",
}
CHILD = {
    "id": "d-1", "state": "FAILED", "target": {"instance_id": "i-1", "instance_type": "BCC", "internal_ip": "192.0.2.17"},
    "created_timestamp": 1711100286503, "finished_timestamp": 1711100286576, "output": {"exit_code": 3, "stderr": "no"},
}
RUN = {
    "id": "r-1", "state": "PARTIAL_FAILED", "created_timestamp": 1711100286000, "created_timestamp_iso": "2024-03-22T09:38:06.000Z",
    "action": {"type": "COMMAND", "name": "hello", "command": {"type": "SHELL", "content": "echo", "user": "root"}},
    "children": [CHILD, {**CHILD, "id": "d-2", "state": "RUNNING"}],
}
UPLOAD = {"id": "r-2", "state": "SUCCESS", "action": {"type": "FILE_UPLOAD", "file_upload": {"filename": "a.conf", "filepath": "/etc"}}}
SQL = {"session_id": "s", "status": "RUNNING", "create_time": "2025-07-22T08:42:39.000+00:00", "endpoint_info": {"id": "e", "name": "test2"}}
EXAMPLES = {
    "taurusdb_killed_session": [KILL], "dataarts_sql_session": [SQL], "bcc_action_run": [RUN, UPLOAD],
    "hoop_session": [SESSION, {**SESSION, "type": "custom", "connection_subtype": "bash"}],
}


def one(source, record):
    (event,) = build_events(source, record)
    return event


def test_every_example_keeps_to_the_schema():
    with Emulator() as emulator:
        found = records(emulator)
    classes = set()
    for source, record in found:
        events = list(build_events(source, record))
        assert events
        for event in events:
            assert faults(event) == [], (source, event)
            assert event["metadata"]["uid"].startswith(str(ARCHIVES[source].entry(record).record_id))
            classes.add(event["class_uid"])
    assert classes == {7001, 5017, 6005, 1009}
    assert len({event["metadata"]["uid"] for each in found if each[1].get("children") for event in build_events(*each)}) > 25
    assert "download_link" not in json.dumps([list(build_events(*each)) for each in found])


@pytest.mark.parametrize("source", EXAMPLES)
def test_the_schema_misses_whatever_it_requires(source):
    """That the check is alive: each required attribute of class and objects, taken away, is missed; so is anything unknown."""
    for record in EXAMPLES[source]:
        for event in build_events(source, record):
            required = validator(event["class_uid"], tuple(event["metadata"].get("profiles", ()))).schema["required"]
            assert set(required) >= {"activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"}
            for name in required:
                assert faults({key: value for key, value in event.items() if key != name}, event), name
            for name in ("product", "version"):
                metadata = {key: value for key, value in event["metadata"].items() if key != name}
                assert faults({**event, "metadata": metadata}, event), name
            for wrong in ({"made_up": 1}, {"severity_id": 77}, {"type_uid": 1}, {"time": "now"}):
                assert faults({**event, **wrong}, event), wrong


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
    | st.sampled_from(["a@b.c", "::1", "10.0.0.1", "fe80::1%eth0", "999.1.1.1", "COMMAND", "database", "exec", "machine", "done", "RUNNING", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8,
)


def changed(example):
    """Records like an example, with anything in any place."""

    def mutated(value, draw):
        if draw(st.integers(0, 3)) == 0:
            return draw(anything)
        if isinstance(value, dict):
            return {name: mutated(inner, draw) for name, inner in value.items() if draw(st.integers(0, 9))}
        return [mutated(inner, draw) for inner in value] if isinstance(value, list) else value

    @st.composite
    def build(draw):
        return {**{name: mutated(value, draw) for name, value in example.items()}, **draw(st.dictionaries(st.text(max_size=8), anything, max_size=2))}

    return build()


@pytest.mark.parametrize("source", EXAMPLES)
@given(data=st.data())
def test_hostile_records_keep_to_the_schema_and_lose_nothing(source, data):
    record = data.draw(st.sampled_from(EXAMPLES[source]).flatmap(changed))
    outcome = data.draw(st.sampled_from(["success", "failure", "killed", "blocked", "running", "unknown", "?"]))
    instants = st.none() | st.integers(-(2**62), 2**62)
    entry = Entry("r", None, data.draw(st.none() | st.text()), outcome, data.draw(instants), data.draw(instants))
    events = list(build_events_of_kept(source, record, entry, data.draw(st.dictionaries(st.sampled_from(["gateway", "region"]), anything))))
    assert events and all(faults(event) == [] for event in events), events
    # What is in no attribute is in unmapped. Links are left out, and a time's readable form where the event has it.
    text = write_canonical(events)
    for name, value in record.items():
        if isinstance(value, str) and not name.endswith("_iso") and name != "download_link":
            assert write_canonical(value)[1:-1] in text, name


def test_a_killing_task_is_a_remediation():
    event = one("taurusdb_killed_session", KILL)
    assert (event["class_uid"], event["type_uid"], event["command_uid"], event["status"]) == (7001, 700102, "t1", "Success")
    assert event["time"] == 1774873540000 and event["metadata"]["original_time"] == "1774873540"
    assert event["device"]["uid"] == "n" and event["unmapped"] == {"instance_id": "i"}
    assert event["metadata"]["version"] == "1.8.0" and "duration" not in event


def test_a_sql_session_is_a_session_that_exists():
    event = one("dataarts_sql_session", SQL)
    assert (event["class_uid"], event["query_result_id"], event["status_id"], event["status"]) == (5017, 1, 99, "RUNNING")
    assert event["session"] == {"uid": "s", "created_time": 1753173759000, "issuer": "e"}
    assert event["unmapped"] == {"endpoint_info": {"name": "test2"}}


def test_a_database_session_is_datastore_activity():
    event = one("hoop_session", SESSION)
    assert (event["class_uid"], event["activity_id"], event["status_code"], event["duration"]) == (6005, 4, "0", 1784)
    assert event["database"] == {"name": "orders-pg-prod", "type_id": 1, "type": "postgres"}
    assert event["actor"]["user"] == {
        "name": "ana.ruiz@example.com", "email_addr": "ana.ruiz@example.com", "uid": "auth0|64", "full_name": "Ana Ruiz", "type_id": 1,
        "type": "User",
    }
    assert event["query_info"]["query_string"] == "SELECT 1"
    assert event["unmapped"] == {
        "connection_tags": {"env": "prod"}, "status": "done", "type": "database", "verb": "exec", "identity_type": "user",
        "end_date": SESSION["end_date"],
    }
    assert one("hoop_session", {**SESSION, "verb": "connect"})["activity_name"] == "Connect"


def test_any_other_session_is_script_activity():
    event = one("hoop_session", {**SESSION, "type": "custom", "connection_subtype": "bash"})
    assert (event["class_uid"], event["activity_id"], event["script"]["type"]) == (1009, 1, "Unix Shell")
    assert event["device"] == {"name": "orders-pg", "uid": "orders-pg-prod", "type_id": 0} and event["script"]["script_content"] == {"value": "SELECT 1"}
    shell = one("hoop_session", {**SESSION, "type": "application", "verb": "connect", "script": None})
    assert (shell["activity_id"], shell["activity_name"], shell["type_name"]) == (99, "connect", "Script Activity: Other")
    assert shell["script"]["script_content"] == {"value": ""}


def test_what_was_stopped_was_denied():
    event = one("hoop_session", {**SESSION, "guardrails_info": [{"rule_name": "r"}], "exit_code": 254})
    assert (event["status"], event["action"], event["disposition"]) == ("Failure", "Denied", "Blocked")
    assert event["metadata"]["profiles"] == ["security_control"]


def test_nobody_is_made_up():
    event = one("hoop_session", {**SESSION, "user": "", "user_id": None, "user_name": ""})
    assert "user" not in event["actor"] and event["actor"]["session"]["uid"] == SESSION["id"]


def test_a_run_is_an_event_for_each_machine():
    failed, running = build_events("bcc_action_run", RUN)
    assert [each["metadata"]["uid"] for each in (failed, running)] == ["r-1/d-1", "r-1/d-2"]
    assert failed["metadata"]["correlation_uid"] == "r-1" and failed["metadata"]["original_event_uid"] == "d-1"
    assert (failed["status"], failed["status_code"], running["status"]) == ("Failure", "3", "RUNNING")
    assert failed["device"] == {"uid": "i-1", "ip": "192.0.2.17", "type": "BCC", "type_id": 6}
    assert failed["unmapped"]["child"] == {"state": "FAILED", "output": {"stderr": "no"}}
    (alone,) = build_events("bcc_action_run", {**RUN, "children": []})
    assert alone["metadata"]["uid"] == "r-1" and alone["status"] == "Failure" and alone["device"]["name"] == "Unknown"
    assert alone["script"]["script_content"]["value"] == "echo"
    upload = one("bcc_action_run", UPLOAD)
    assert (upload["activity_id"], upload["activity_name"], upload["script"]["file"]["name"]) == (99, "FILE_UPLOAD", "a.conf")
    assert upload["time"] == 0, "a required time that nobody knows"


def test_the_store_tells_where_it_was():
    entry = ARCHIVES["hoop_session"].entry(SESSION)
    session = {name: value for name, value in SESSION.items() if name != "org_id"}
    (event,) = build_events_of_kept("hoop_session", session, entry, {"org": "o"})
    assert [event] == to_ocsf([SESSION], "hoop_session") and event["metadata"]["tenant_uid"] == "o"
    (alone,) = build_events_of_kept("bcc_action_run", UPLOAD, ARCHIVES["bcc_action_run"].entry(UPLOAD), {"region": "bj"})
    assert alone["cloud"] == {"provider": "Baidu AI Cloud", "region": "bj"}


@pytest.mark.parametrize("records, source, reported", [
    ([KILL], "taurus", "source: 'taurus' is not one of bcc_action_run, "),
    ({"sessions": []}, "hoop_session", "a list of records is needed, and this is dict"),
    ([SESSION, "x"], "hoop_session", "element 1: it is str, and no record"),
    ([{"task_id": "1"}], "taurusdb_killed_session", "element 0: it has no instance_id"),
    ([{"user": "x"}], "hoop_session", "element 0: it has no id"),
])
def test_what_is_no_record_is_reported(records, source, reported):
    with pytest.raises(AnsibleFilterError) as problem:
        to_ocsf(records, source)
    assert reported in str(problem.value) and "\n" not in str(problem.value)


def test_the_filter_takes_the_records_as_they_are():
    assert to_ocsf([], "hoop_session") == []
    before = copy.deepcopy(RUN)
    assert len(to_ocsf([RUN, RUN], "bcc_action_run")) == 4 and before == RUN
