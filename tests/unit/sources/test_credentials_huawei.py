# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Huawei Cloud: as whom, where and for which project a task asks."""

from __future__ import annotations

import pytest
from fake_wire import refused

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.dataarts import endpoints as dataarts
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb import endpoints as taurusdb
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb.endpoints import SOURCE

PROJECT = "0" * 31 + "1"
TASK = {
    "instance_id": ["17b6bbb64d2f4c14a83a88f19da8dcc8in07"], "node_id": ["d476fd181dad42cbb67e804953fb39ebno07"],
    "start_time": "-1h",
}
PLACE = {"region": "cn-north-4", "project_id": PROJECT}
EMPTY = {"total_count": 0, "intelligent_kill_session_histories": []}
WAYS = {
    "token": {"token": "t0ken"},
    "access_key": {"access_key": "AK-1", "secret_key": "SK-1"},
    "username": {"username": "auditor", "password": "pa55word", "domain_name": "acme"},
}
IAM_ANSWER = ({"x-subject-token": "MINTED-TOKEN"}, {"token": {"project": {"id": PROJECT}}})


def answer(sent):
    if sent.path == "/v3/auth/tokens":
        return IAM_ANSWER
    if sent.path.startswith(("/v3/projects", "/v3/auth/projects")):
        return {"projects": [{"id": PROJECT, "name": "cn-north-4"}, {"id": "f" * 32, "name": "cn-north-4_sub"}]}
    return EMPTY


def asked_as(wire):
    """How the listing was authenticated."""
    headers = wire.sent[-1].headers
    if "X-Auth-Token" in headers:
        return "token " + headers["X-Auth-Token"]
    assert headers["Authorization"].startswith("SDK-HMAC-SHA256 Access=")
    more = " with " + headers["X-Security-Token"] if "X-Security-Token" in headers else ""
    return "key " + headers["Authorization"].split("=")[1].split(",")[0] + more


CASES = [
    (WAYS["token"], {}, "token t0ken"),
    (WAYS["access_key"], {}, "key AK-1"),
    ({**WAYS["access_key"], "security_token": "STS"}, {}, "key AK-1 with STS"),
    (WAYS["username"], {}, "token MINTED-TOKEN"),
    ({}, {"HW_AUTH_TOKEN": "from-env"}, "token from-env"),
    ({}, {"HUAWEICLOUD_SDK_AK": "SDK", "HUAWEICLOUD_SDK_SK": "x", "HW_ACCESS_KEY": "HW"}, "key SDK"),
    ({}, {"HUAWEICLOUD_SDK_AK": "", "HUAWEICLOUD_SDK_SK": "x", "HW_ACCESS_KEY": "HW"}, "key HW"),
    ({}, {"HW_ACCESS_KEY": "HW", "HW_SECRET_KEY": "x", "HW_SECURITY_TOKEN": "STS"}, "key HW with STS"),
    ({}, {"HW_USER_NAME": "u", "HW_USER_PASSWORD": "p", "HW_DOMAIN_NAME": "d"}, "token MINTED-TOKEN"),
    # An option wins over another way in the environment, which is not even looked at.
    (WAYS["token"], {"HUAWEICLOUD_SDK_AK": "SDK", "HUAWEICLOUD_SDK_SK": "x"}, "token t0ken"),
    (WAYS["access_key"], {"HW_AUTH_TOKEN": "from-env"}, "key AK-1"),
    (WAYS["username"], {"HW_AUTH_TOKEN": "from-env", "HW_ACCESS_KEY": "HW"}, "token MINTED-TOKEN"),
    # An option may be completed by the environment.
    ({"access_key": "AK-1"}, {"HW_SECRET_KEY": "x"}, "key AK-1"),
    ({"username": "u", "domain_name": "d"}, {"HW_USER_PASSWORD": "p"}, "token MINTED-TOKEN"),
    # The session's token in the environment belongs to the key in the environment.
    (WAYS["access_key"], {"HUAWEICLOUD_SDK_SECURITY_TOKEN": "STS"}, "key AK-1"),
    # What is empty is not there.
    ({"token": "", **WAYS["access_key"]}, {}, "key AK-1"),
    ({"token": ""}, {"HW_AUTH_TOKEN": "", "HW_ACCESS_KEY": "HW", "HW_SECRET_KEY": "x"}, "key HW"),
]


@pytest.mark.parametrize("options, environ, expected", CASES)
def test_who_asks(wire, options, environ, expected):
    wire.answer = answer
    wire.result(SOURCE, **TASK, **PLACE, **options, environ=environ)
    assert asked_as(wire) == expected


REFUSED = [
    ({**WAYS["token"], **WAYS["access_key"]}, {}, "token and access_key: two ways to authenticate at once"),
    ({**WAYS["access_key"], **WAYS["username"]}, {}, "access_key and username: two ways to authenticate at once"),
    ({}, {"HW_AUTH_TOKEN": "t", "HW_ACCESS_KEY": "a", "HW_SECRET_KEY": "s"},
     "token (from HW_AUTH_TOKEN) and access_key (from HW_ACCESS_KEY): two ways"),
    ({"access_key": "AK-1"}, {}, "secret_key: missing (access_key needs it)"),
    ({"username": "u"}, {}, "password, domain_name: missing (username needs it)"),
    ({"username": "u", "password": "p"}, {}, "domain_name: missing"),
    ({}, {"HW_ACCESS_KEY": "a", "HW_SECRET_KEY": ""}, "secret_key: missing"),
    ({"secret_key": "SK-1"}, {}, "no credentials were given"),
    ({"password": "p", "domain_name": "d"}, {}, "no credentials were given"),
    ({}, {}, "no credentials were given"),
    ({"token": "br0ken\nt0ken"}, {}, "token: the value is not printable ASCII"),
    ({"token": " t0ken"}, {}, "token"),
]


@pytest.mark.parametrize("options, environ, reported", REFUSED)
def test_who_does_not_get_to_ask(wire, options, environ, reported):
    message = wire.refusal(SOURCE, **TASK, **PLACE, **options, environ=environ)
    assert message.startswith(reported)
    for secret in ("SK-1", "br0ken", "pa55word", "t0ken"):
        assert secret not in message


@pytest.mark.parametrize("region, host", [
    ("cn-north-4", "gaussdb"), ("cn-north-2", "gaussdb"), ("ap-southeast-3", "gaussdb"), ("ru-northwest-2", "gaussdb"),
    ("sa-brazil-1", "gaussdb"), ("ap-southeast-1", "gaussdbformysql"), ("ap-southeast-2", "gaussdbformysql"),
    ("tr-west-1", "gaussdbformysql"), ("cn-north-11", "gaussdbformysql"), ("me-east-1", "gaussdbformysql"),
    ("af-south-1", "gaussdb-mysql"), ("cn-east-5", "gaussdb-mysql"), ("la-north-2", "gaussdb-mysql"),
])
def test_the_hosts_of_the_regions(wire, region, host):
    wire.answer = answer
    wire.result(SOURCE, **TASK, region=region, project_id=PROJECT, token="t0ken")
    assert wire.sent[0].url.startswith("https://%s.%s.myhuaweicloud.com/v3/" % (host, region))


def test_all_known_regions():
    assert len(taurusdb._PREFIXES) == 20


@pytest.mark.parametrize("source, task, known", [
    (SOURCE, TASK, "af-south-1, ap-southeast-1"), (dataarts.SOURCE, {"workspace_id": ["w"]}, "cn-north-4, cn-southwest-2"),
])
def test_an_unknown_region_is_reported_with_the_known_ones(wire, source, task, known):
    message = wire.refusal(source, **task, region="xx", token="t0ken")
    assert message.startswith("region: 'xx' is not one of " + known)
    assert message.endswith("(for any other, set endpoint)")
    assert wire.refusal(source, **task, region="cn-nort-4", token="t0ken").endswith("(did you mean cn-north-4? For any other, set endpoint)")


@pytest.mark.parametrize("place, environ, host", [
    ({"endpoint": "http://127.0.0.1:9"}, {}, "http://127.0.0.1:9/"),
    ({"endpoint": "http://127.0.0.1:9", "region": "mars-1"}, {}, "http://127.0.0.1:9/"),
    ({}, {"TAURUSDB_ENDPOINT": "https://env.example.com/"}, "https://env.example.com/v3"),
    ({"region": "cn-north-4"}, {"HW_REGION_NAME": "cn-north-9"}, "https://gaussdb.cn-north-4."),
    ({}, {"HW_REGION_NAME": "cn-north-9"}, "https://gaussdb.cn-north-9."),
    ({}, {"HW_REGION_NAME": "cn-north-9", "TAURUSDB_ENDPOINT": "HTTPS://Env.example.com:443"}, "https://env.example.com/v3"),
    # An option beats the environment, whichever of the two it is.
    ({"region": "cn-north-4"}, {"TAURUSDB_ENDPOINT": "https://env.example.com/"}, "https://gaussdb.cn-north-4."),
    ({"region": "cn-north-4", "endpoint": "http://h"}, {"TAURUSDB_ENDPOINT": "https://env.example.com/"}, "http://h/v3"),
])
def test_where_to_ask(wire, place, environ, host):
    wire.answer = answer
    wire.result(SOURCE, **TASK, **place, project_id=PROJECT, token="t0ken", environ=environ)
    assert wire.sent[0].url.startswith(host)


def test_nowhere_to_ask(wire):
    assert wire.refusal(SOURCE, **TASK, project_id=PROJECT, token="t0ken").startswith("region: missing")


class TestProject:
    """The project's id is in the path: from the option, the login, or IAM."""

    def test_a_login_tells_it(self, wire):
        wire.answer = answer
        wire.result(SOURCE, **TASK, region="cn-north-4", **WAYS["username"])
        assert [sent.url.split("?")[0] for sent in wire.sent][0] == "https://iam.cn-north-4.myhuaweicloud.com/v3/auth/tokens"
        assert wire.sent[0].body["auth"]["scope"] == {"project": {"name": "cn-north-4"}}
        assert len(wire.sent) == 2 and "/v3/%s/" % PROJECT in wire.sent[1].path

    def test_a_login_for_a_project(self, wire):
        wire.answer = answer
        wire.result(SOURCE, **TASK, **PLACE, **WAYS["username"])
        assert wire.sent[0].body["auth"]["scope"] == {"project": {"id": PROJECT}}

    def test_a_login_without_project_and_region(self, wire):
        assert wire.refusal(SOURCE, **TASK, endpoint="https://x", **WAYS["username"]).startswith("project_id: missing (32 letters and digits")

    @pytest.mark.parametrize("way, url", [
        ("token", "https://iam.cn-north-4.myhuaweicloud.com/v3/auth/projects"),
        ("access_key", "https://iam.cn-north-4.myhuaweicloud.com/v3/projects?name=cn-north-4"),
    ])
    def test_iam_tells_it(self, wire, way, url):
        wire.answer = answer
        wire.result(SOURCE, **TASK, region="cn-north-4", **WAYS[way])
        assert wire.sent[0].url == url
        assert len(wire.sent) == 2 and "/v3/%s/" % PROJECT in wire.sent[1].path
        if way == "access_key":
            assert wire.sent[0].headers.get("X-Project-Id") is None
            assert wire.sent[1].headers["X-Project-Id"] == PROJECT

    @pytest.mark.parametrize("projects, kind", [
        ([], "invalid_request"), ([{"id": "1", "name": "other"}], "invalid_request"), (None, "protocol"), ({}, "protocol"),
        ([{"id": "1", "name": "cn-north-4"}, {"id": "2", "name": "cn-north-4"}], "invalid_request"), (["x"], "protocol"),
    ])
    def test_iam_leaves_doubt(self, wire, projects, kind):
        wire.answer = lambda sent: {"projects": projects}
        result = wire.failure(SOURCE, **TASK, region="cn-north-4", **WAYS["access_key"])
        assert result["failure"]["kind"] == kind
        assert result["msg"].startswith("Looking up the project at IAM failed: ")
        assert len(wire.sent) == 1

    def test_the_region_is_that_of_the_host_that_is_asked(self, wire):
        """Not one that the environment names for other tasks."""
        wire.answer = answer
        endpoint = "https://gaussdb.cn-north-4.myhuaweicloud.com"
        wire.result(SOURCE, **TASK, endpoint=endpoint, environ={"HW_REGION_NAME": "cn-south-1"}, **WAYS["access_key"])
        assert wire.sent[0].url == "https://iam.cn-north-4.myhuaweicloud.com/v3/projects?name=cn-north-4"
        assert wire.sent[1].url.startswith(endpoint)

    def test_iam_may_be_elsewhere(self, wire):
        wire.answer = lambda sent: IAM_ANSWER if "/iam/" in sent.path else EMPTY
        wire.result(SOURCE, **TASK, region="cn-north-4", iam_endpoint="http://127.0.0.1:7/iam/", **WAYS["username"])
        assert wire.sent[0].url == "http://127.0.0.1:7/iam/v3/auth/tokens?nocatalog=true"

    def test_a_refused_login(self, wire):
        wire.answer = refused("auth", "wrong password", 401)
        result = wire.failure(SOURCE, **TASK, **PLACE, **WAYS["username"])
        assert result["msg"].startswith("Logging in at IAM failed: HTTP 401: wrong password")
        assert "pa55word" not in result["msg"]
        assert len(wire.sent) == 1

    def test_a_minted_token_is_a_secret(self, wire):
        wire.answer = answer
        assert "MINTED-TOKEN" in wire.run(SOURCE, **TASK, **PLACE, **WAYS["username"]).secrets


def test_the_other_source_has_its_own_endpoint(wire):
    wire.answer = lambda sent: {"sessions": [], "total": 0}
    wire.result(dataarts.SOURCE, workspace_id=["w"], token="t0ken", environ={"DATAARTS_FABRIC_ENDPOINT": "https://f.example.com"})
    assert wire.sent[0].url == "https://f.example.com/v1/workspaces/w/sessions?limit=100&offset=0"
