# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The download's options: as documented, checked before any request, each source with its own environment."""

from __future__ import annotations

import re

import pytest
import yaml
from test_structure import RUNTIME, compare, documentation, texts_of

from ansible_collections.opsaudit.sessions.plugins.module_utils import _download
from ansible_collections.opsaudit.sessions.plugins.module_utils._base import options as options_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop import endpoints as hoop
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb import endpoints as taurusdb

ID = "11d337d0-1f45-5203-8630-eccd7c816bf8"
INSTANCE = "17b6bbb64d2f4c14a83a88f19da8dcc8in07"
NODE = "d476fd181dad42cbb67e804953fb39ebno07"
# Nothing listens there.
NOWHERE = "http://127.0.0.1:1"
HOOP = {"source": "hoop_session", "endpoint": NOWHERE, "token": "t0ken", "id": ID}
TAURUSDB = {
    "source": "taurusdb_killed_session", "endpoint": NOWHERE, "access_key": "ak", "secret_key": "s3cret", "project_id": "0" * 32,
    "instance_id": INSTANCE, "task_id": "1774873478588", "start_time": "2026-03-30",
}


def run(tmp_path, environ=None, **options):
    declared = _download.DownloadTask.options
    assert options.keys() <= declared.keys()
    params = {name: declaration.get("default") for name, declaration in declared.items()}
    given = {"dest": str(tmp_path), "retries": 0, **options}
    return run_task(_download.DownloadTask(), {**params, **given}, environ or {}).result


@pytest.mark.parametrize("options, line", [
    ({**HOOP, "id": None}, "id: missing (source hoop_session needs it)"),
    ({**HOOP, "id": "../etc/passwd"}, "id: '../etc/passwd' is not a UUID"),
    ({**HOOP, "task_id": "1"}, "task_id: not with source hoop_session"),
    ({**HOOP, "instance_id": INSTANCE, "node_id": NODE}, "instance_id, node_id: not with source hoop_session"),
    ({**HOOP, "content": "input", "format": "cast"}, "format: 'cast' is not possible with content input (write raw or txt)"),
    ({**HOOP, "content": "input", "format": "html"}, "format: 'html' is not possible with content input (write raw or txt)"),
    ({**HOOP, "content": "input", "events": ["i"]}, "events: not with content input, which has none"),
    ({**HOOP, "token": None}, "no credentials were given"),
    ({**HOOP, "api_key": "hpk_x"}, "token and api_key: two ways to authenticate at once"),
    ({**HOOP, "endpoint": "ftp://x"}, "endpoint: 'ftp://x' is not "),
    ({**HOOP, "endpoint": None}, "endpoint: missing"),
    ({**HOOP, "max_bytes": 0}, "max_bytes: 0 is out of range (1 to 1099511627776)"),
    ({**HOOP, "width": 0}, "width: 0 is out of range (1 to 1000)"),
    ({**HOOP, "mode": "rw"}, "mode: 'rw' is not "),
    ({**HOOP, "owner": "no-such-user"}, "owner: 'no-such-user' is not "),
    ({**HOOP, "dest": "here"}, "dest: 'here' is not an absolute path"),
    ({**HOOP, "dest": "/no/such/folder"}, "dest: '/no/such/folder' is not a file in a folder that exists"),
    ({**TAURUSDB, "task_id": None, "start_time": None}, "task_id, start_time: missing (source taurusdb_killed_session needs it)"),
    ({**TAURUSDB, "id": ID}, "id: not with source taurusdb_killed_session"),
    ({**TAURUSDB, "events": ["o"]}, "events: not with source taurusdb_killed_session"),
    ({**TAURUSDB, "content": "input"}, "content: 'input' is not possible with source taurusdb_killed_session (write recording)"),
    ({**TAURUSDB, "format": "jsonl"}, "format: 'jsonl' is not possible with source taurusdb_killed_session (write raw or txt)"),
    ({**TAURUSDB, "format": "html"}, "format: 'html' is not possible with source taurusdb_killed_session (write raw or txt)"),
    ({**TAURUSDB, "task_id": "a/b"}, "task_id: 'a/b' is not "),
    ({**TAURUSDB, "instance_id": NODE}, "instance_id: '%s' is not " % NODE),
    ({**TAURUSDB, "node_id": INSTANCE}, "node_id: '%s' is not " % INSTANCE),
    ({**TAURUSDB, "start_time": "now"}, "start_time: "),
    ({**TAURUSDB, "token": "t0ken"}, "token and access_key: two ways to authenticate at once"),
    ({**TAURUSDB, "secret_key": None}, "secret_key: missing (access_key needs it)"),
])
def test_one_clear_line_before_any_request(tmp_path, options, line):
    result = run(tmp_path, **options)
    assert result["failed"] is True and result["changed"] is False
    assert result["msg"].startswith(line) and "\n" not in result["msg"]
    assert result["failure"]["kind"] == "invalid_request"
    assert result["failure"]["hint"] == "No request was sent."


@pytest.mark.parametrize("options", [HOOP, TAURUSDB])
def test_good_options_get_as_far_as_the_source(tmp_path, options):
    for more in ({}, {"start_time": "2026-03-30"}):
        result = run(tmp_path, **{**options, **more})
        assert result["failure"]["kind"] == "network", result["msg"]


@pytest.mark.parametrize("options, other, line", [
    (HOOP, {"access_key": "other-access-key", "secret_key": "other-s3cret"}, "access_key, secret_key: not an option of source hoop_session"),
    (HOOP, {"region": "cn-north-4"}, "region: not an option of source hoop_session"), (HOOP, {"password": "other-s3cret"}, "password: not "),
    (TAURUSDB, {"api_key": "other-s3cret"}, "api_key: not an option of source taurusdb_killed_session"),
])
def test_an_option_of_another_provider_is_refused(tmp_path, options, other, line):
    """It may be a default of a group, and must not reach this one's host."""
    result = run(tmp_path, **{**options, **other})
    assert result["msg"].startswith(line) and result["failure"]["kind"] == "invalid_request"
    assert "other-" not in result["msg"]


@pytest.mark.parametrize("given, variables, other", [
    (HOOP, {"HOOP_APIURL": NOWHERE, "HOOP_TOKEN": "t"}, {"TAURUSDB_ENDPOINT": NOWHERE, "HW_AUTH_TOKEN": "t"}),
    (TAURUSDB, {"TAURUSDB_ENDPOINT": NOWHERE, "HW_AUTH_TOKEN": "t"}, {"HOOP_APIURL": NOWHERE, "HOOP_TOKEN": "t"}),
])
def test_each_source_has_its_own_environment(tmp_path, given, variables, other):
    options = {name: value for name, value in given.items() if name not in ("endpoint", "token", "access_key", "secret_key")}
    assert run(tmp_path, variables, **options)["failure"]["kind"] == "network"
    assert run(tmp_path, other, **options)["failure"]["kind"] == "invalid_request"


def test_every_option_of_the_connections_is_there():
    declared = _download.DownloadTask.options
    for source in (hoop.SOURCE, taurusdb.SOURCE):
        for name, declaration in source.options.items():
            if name in declared and name in _download._CONNECTION:
                assert declared[name].get("no_log") == declaration.get("no_log"), name
    # What says who one is, or where to ask, has an environment variable, or belongs to one that has.
    connection = {name for source in (hoop.SOURCE, taurusdb.SOURCE) for name, each in source.options.items() if each.get("env")}
    assert connection | {"iam_endpoint"} == set(_download._CONNECTION)
    assert declared["endpoint"]["aliases"] == ["api_url"]


def test_what_is_passed_to_ansible_has_no_environment():
    assert not any("env" in each for each in options_module.build_argument_spec(_download.DownloadTask.options).values())


def test_options_are_what_is_documented():
    compare(_download.DownloadTask.options, documentation("session_download")["options"], "session_download")


def test_every_variable_of_the_environment_is_documented():
    options = documentation("session_download")["options"]
    for source in (hoop.SOURCE, taurusdb.SOURCE):
        for name, declared in _download._connection_of(source).items():
            reported = re.findall(r"E\((\w+)\)", " ".join(options[name]["description"]))
            assert [variable for variable in reported if variable in declared.get("env", ())] == list(declared.get("env", ())), name


def test_what_it_returns_is_documented():
    reported = yaml.safe_load(texts_of("session_download")["RETURN"])
    assert reported.keys() == {"dest", "size", "sha256", "format", "msg", "failure"}
    assert "file" in reported["failure"]["contains"]["kind"]["choices"]


def test_it_is_in_no_providers_group():
    """Or Huawei Cloud's token would be sent to a gateway, and the gateway's to Huawei Cloud."""
    assert documentation("session_download")["attributes"]["action_group"]["membership"] == ["opsaudit.sessions.all"]
    assert {group for group, members in RUNTIME["action_groups"].items() if "session_download" in members} == {"all"}
