# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""bce-auth-v1: any request gets the signature that the official SDK gives it.

One known departure of that SDK from its own reference: it never leaves out the query parameter C(authorization).
"""

from __future__ import annotations

import time
from urllib.parse import unquote

from baidubce.auth.bce_credentials import BceCredentials
from baidubce.auth.bce_v1_signer import sign
from baidubce.utils import get_canonical_querystring, normalize_string
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import header_values, hosts, keys, methods, paths, queries, times

from ansible_collections.opsaudit.sessions.plugins.module_utils._http.request import Request
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.auth_bce_v1 import BceAuth

signed_queries = queries.map(lambda query: [pair for pair in query if pair[0].lower() != "authorization"])
bce_headers = st.dictionaries(
    st.from_regex(r"x-bce-[a-z0-9-]{1,12}", fullmatch=True).filter(lambda name: name != "x-bce-date"), header_values, max_size=4
)


class Pairs(list):
    """Parameters that may be repeated, where the SDK takes a dict."""

    def items(self):
        return list(self)


def official(ak, sk, method, path, query, headers, now):
    names = sorted(name.lower().encode() for name, value in headers.items() if value.strip())
    return sign(
        BceCredentials(ak, sk), method.encode(), normalize_string(unquote(path), False),
        {name.encode(): value for name, value in headers.items()}, Pairs(query), timestamp=now, headers_to_sign=names,
    ).decode()


@settings(max_examples=1200)
@given(keys, keys, methods, hosts, paths(), signed_queries, st.binary(max_size=40), times, st.none() | keys)
def test_what_goes_out(ak, sk, method, host, path, query, body, now, security_token):
    request = Request("http://" + host, path, method, tuple(query), (), body)
    ours = BceAuth(ak, sk, security_token).sign(request, now)
    signed = {name: value for name, value in ours.items() if name != "Authorization"}
    assert ours["Authorization"] == official(ak, sk, method, path, query, signed, now)


@settings(max_examples=800)
@given(keys, keys, methods, hosts, paths(), signed_queries, bce_headers, times)
def test_any_headers(ak, sk, method, host, path, query, headers, now):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    headers = {**headers, "Host": host, "x-bce-date": stamp}
    request = Request("http://" + host, path, method, tuple(query))
    ours = BceAuth(ak, sk).authorize(request, headers, stamp)
    assert ours == official(ak, sk, method, path, query, headers, now)


@settings(max_examples=400)
@given(paths(), signed_queries)
def test_the_query_is_encoded_alike(path, query):
    """The order may differ: the SDK sends the query in the order in which it is signed."""
    _path, _mark, sent = Request("http://h", path, query=tuple(query)).target.partition("?")
    theirs = get_canonical_querystring(Pairs(query), False).decode()
    assert sorted(sent.split("&")) == sorted(theirs.split("&"))
