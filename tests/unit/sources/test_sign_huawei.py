# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SDK-HMAC-SHA256: the vendor's answers, and what must hold for any request."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._http.request import Request
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.huaweicloud.auth_sdk_hmac import (
    SdkHmacAuth,
    canonicalize_query,
)

VECTORS = json.loads((Path(__file__).resolve().parents[1] / "vectors" / "huawei_sdk_hmac_sha256.json").read_text("utf-8"))["vectors"]
NOON = 1768465800.0  # 2026-01-15T08:30:00Z

texts = st.text(st.characters(codec="utf-8"), max_size=12)
queries = st.lists(st.tuples(texts, texts), max_size=6)


def as_text(value):
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def request_of(given):
    query = [
        (name, as_text(each))
        for name, value in given["query"] for each in (value if isinstance(value, list) else [value])
    ]
    body = (given["body"] or "").encode()
    return Request("%s://%s" % (given["scheme"], given["host"]), given["path"], given["method"], tuple(query), (), body)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_official_signers_answers(vector):
    given, expected = vector["input"], vector["expected"]
    request = request_of(given)
    headers = dict(given["headers"])
    if not any(name.lower() == "host" for name in headers):
        headers["Host"] = request.host
    if not any(name.lower() == "x-sdk-date" for name in headers):
        headers["X-Sdk-Date"] = given["x_sdk_date"]
    if given["project_id"]:
        headers["X-Project-Id"] = given["project_id"]
    if given["security_token"]:
        headers["X-Security-Token"] = given["security_token"]
    added = SdkHmacAuth(given["ak"], given["sk"]).authorize(request, headers)
    assert added["Authorization"] == expected["authorization"]
    assert request.target == expected["wire_request_target"]
    unsigned = expected["headers_after_signing"].get("X-Sdk-Content-Sha256")
    assert added.get("X-Sdk-Content-Sha256") == unsigned


def test_all_vectors_are_there():
    assert len(VECTORS) == 12


def test_the_worked_example_of_the_signing_guide():
    request = Request(
        "https://service.region.example.com", "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs",
        query=(("limit", "2"), ("marker", "13551d6b-755d-4757-b956-536f674975c0")),
    )
    headers = {
        "Content-Type": "application/json", "Host": "service.region.example.com", "X-Sdk-Date": "20191115T033655Z",
    }
    auth = SdkHmacAuth("QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc")
    assert auth.authorize(request, headers)["Authorization"] == (
        "SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, SignedHeaders=content-type;host;x-sdk-date, "
        "Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"
    )


PLAIN = [vector for vector in VECTORS if set(vector["input"]["headers"]) <= {"Content-Type"}]


@pytest.mark.parametrize("vector", PLAIN, ids=[vector["name"] for vector in PLAIN])
def test_what_the_core_sends_is_what_the_official_client_sends(vector):
    """Through C(sign), with the headers that it chooses itself."""
    given = vector["input"]
    auth = SdkHmacAuth(given["ak"], given["sk"], given["security_token"], given["project_id"])
    headers = auth.sign(request_of(given)._replace(headers=tuple(given["headers"].items())), NOON)
    assert headers == vector["expected"]["headers_after_signing"]


def sign(query=(), now=NOON, token=None, project=None, **more):
    request = Request("https://gaussdb.cn-north-4.myhuaweicloud.com", "/v3/x", query=tuple(query), **more)
    return request, SdkHmacAuth("FAKEAK", "fakesk", token, project).sign(request, now)


def signed_names(headers):
    return re.search("SignedHeaders=([^,]*),", headers["Authorization"])[1].split(";")


@given(query=queries, order=st.randoms(use_true_random=False))
def test_the_order_of_the_query_does_not_matter(query, order):
    shuffled = list(query)
    order.shuffle(shuffled)
    first, second = sign(query), sign(shuffled)
    assert first[1]["Authorization"] == second[1]["Authorization"]
    assert first[0].target == second[0].target


@given(query=queries)
def test_what_is_sent_is_what_is_signed(query):
    request, _headers = sign(query)
    _path, _mark, wire = request.target.partition("?")
    assert wire == canonicalize_query(request)
    assert sorted(parse_qsl(wire, keep_blank_values=True, separator="&")) == sorted(query)


@given(value=texts, other=texts)
def test_another_value_has_another_signature(value, other):
    first, second = sign([("a", value)]), sign([("a", other)])
    assert (first[1]["Authorization"] == second[1]["Authorization"]) == (value == other)


@given(seconds=st.integers(1, 10**8))
def test_signed_afresh_at_another_time(seconds):
    now, later = sign()[1], sign(now=NOON + seconds)[1]
    assert now["X-Sdk-Date"] != later["X-Sdk-Date"]
    assert now["Authorization"] != later["Authorization"]


def test_the_time_is_utc_and_whole_seconds():
    assert sign(now=NOON + 0.9)[1]["X-Sdk-Date"] == "20260115T083000Z"


@pytest.mark.parametrize("token", [None, "t0ken"])
@pytest.mark.parametrize("project", [None, "p" * 32])
def test_every_header_that_matters_is_signed(token, project):
    _request, headers = sign(token=token, project=project)
    expected = ["host", "x-sdk-date"] + ["x-project-id"] * bool(project) + ["x-security-token"] * bool(token)
    assert signed_names(headers) == sorted(expected)
    assert headers.get("X-Security-Token") == token
    assert headers.get("X-Project-Id") == project
    assert headers["Host"] == "gaussdb.cn-north-4.myhuaweicloud.com"


def test_a_changed_security_token_or_project_changes_the_signature():
    signatures = {
        sign(token=token, project=project)[1]["Authorization"]
        for token in (None, "one", "two") for project in (None, "1" * 32, "2" * 32)
    }
    assert len(signatures) == 9


def test_content_type_and_body_are_signed():
    json_type = (("Content-Type", "application/json"),)
    _request, headers = sign(method="POST", headers=json_type, body=b"{}")
    assert signed_names(headers) == ["content-type", "host", "x-sdk-date"]
    assert headers["Content-Type"] == "application/json"
    assert "X-Sdk-Content-Sha256" not in headers
    assert headers["Authorization"] != sign(method="POST", headers=json_type, body=b"[]")[1]["Authorization"]


def test_other_headers_are_left_to_proxies():
    """X-Language is sent, but not signed: whatever is between may touch it."""
    _request, headers = sign(headers=(("X-Language", "zh-cn"),))
    assert signed_names(headers) == ["host", "x-sdk-date"]


def test_the_key_never_travels():
    for headers in (sign()[1], sign(token="t0ken", project="p" * 32)[1]):
        assert "fakesk" not in repr(headers)
    assert SdkHmacAuth("FAKEAK", "fakesk", "t0ken").secrets() == ("FAKEAK", "fakesk", "t0ken")
