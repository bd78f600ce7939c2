# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SDK-HMAC-SHA256: any request gets the signature that the official SDK gives it."""

from __future__ import annotations

import time

from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import header_values, hosts, keys, methods, paths, queries, times

from ansible_collections.opsaudit.sessions.plugins.module_utils._http.request import Request
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.huaweicloud.auth_sdk_hmac import SdkHmacAuth

content_types = st.none() | st.sampled_from((
    "application/json", "application/json;charset=utf8", "application/bson", "text/plain", "application/octet-stream",
))
header_names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,14}", fullmatch=True).filter(
    lambda name: name.lower() not in ("host", "x-sdk-date", "content-type", "authorization")
)
other_headers = st.dictionaries(header_names, header_values, max_size=4).filter(
    lambda headers: len({name.lower() for name in headers}) == len(headers)
)


class Key:
    def __init__(self, ak, sk):
        self.ak, self.sk = ak, sk


def official(key, method, host, path, query, headers, body):
    request = SdkRequest(
        method=method, schema="https", host=host, resource_path=path, query_params=list(query),
        header_params=dict(headers), body=body,
    )
    return Signer(key).sign(request)


@settings(max_examples=1200)
@given(keys, keys, methods, hosts, paths(), queries, content_types, st.binary(max_size=40), times, st.none() | keys, st.none() | keys)
def test_what_goes_out(ak, sk, method, host, path, query, content_type, body, now, project, security_token):
    also = (("Content-Type", content_type),) if content_type else ()
    request = Request("https://" + host, path, method, tuple(query), also, body)
    ours = SdkHmacAuth(ak, sk, security_token, project).sign(request, now)
    given_headers = {
        name: value for name, value in ours.items() if name not in ("Authorization", "X-Sdk-Content-Sha256")
    }
    theirs = official(Key(ak, sk), method, request.host, path, query, given_headers, body)
    assert ours == theirs.header_params
    assert request.target == theirs.uri


@settings(max_examples=800)
@given(keys, keys, methods, hosts, paths(), queries, other_headers, content_types, st.binary(max_size=40), times)
def test_any_headers(ak, sk, method, host, path, query, headers, content_type, body, now):
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    headers = {**headers, "Host": host, "X-Sdk-Date": stamp}
    if content_type:
        headers["Content-Type"] = content_type
    request = Request("https://" + host, path, method, tuple(query), (), body)
    added = SdkHmacAuth(ak, sk).authorize(request, headers)
    theirs = official(Key(ak, sk), method, host, path, query, headers, body)
    assert added["Authorization"] == theirs.header_params["Authorization"]
