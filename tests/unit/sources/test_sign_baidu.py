# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""bce-auth-v1: the official signers' answers, and what must hold for any request."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._http.request import Request
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.auth_bce_v1 import (
    BceAuth,
    canonicalize_query,
)

DATA = json.loads((Path(__file__).resolve().parents[1] / "vectors" / "bce_auth_v1.json").read_text("utf-8"))
VECTORS = DATA["vectors"]
NOW = float(DATA["timestamp"])

texts = st.text(st.characters(codec="utf-8"), max_size=12)
queries = st.lists(st.tuples(texts, texts), max_size=6)


def request_of(vector, scheme="http"):
    query = tuple((name, value or "") for name, value in vector["params"])
    return Request("%s://%s" % (scheme, vector["headers"]["Host"]), vector["path"], vector["method"], query, (),
                   vector["body"].encode())


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_the_official_signers_answers(vector):
    request = request_of(vector)
    chosen = {
        name: value for name, value in vector["headers"].items()
        if name.lower() == "host" or name.lower().startswith("x-bce-")
    }
    auth = BceAuth(DATA["access_key_id"], DATA["secret_access_key"])
    assert canonicalize_query(request) == vector["canonical_query_string"]
    assert auth.authorize(request, chosen, DATA["x_bce_date"]) == vector["explicit"]["authorization"]


def test_all_vectors_are_there():
    assert len(VECTORS) == 10


@pytest.mark.parametrize("vector", [
    vector for vector in VECTORS
    if vector["explicit"]["signed_headers"] in (["host", "x-bce-date"], ["host", "x-bce-date", "x-bce-security-token"])
], ids=lambda vector: vector["id"])
def test_what_the_core_sends_by_itself(vector):
    """Through C(sign), with the headers that it chooses itself."""
    token = vector["headers"].get("x-bce-security-token")
    auth = BceAuth(DATA["access_key_id"], DATA["secret_access_key"], token)
    request = request_of(vector)
    headers = auth.sign(request, NOW)
    assert headers.pop("Authorization") == vector["explicit"]["authorization"]
    expected = {"Host": vector["headers"]["Host"], "x-bce-date": DATA["x_bce_date"]}
    assert headers == (expected | {"x-bce-security-token": token} if token else expected)


def test_the_known_end_of_the_first_vector():
    request = Request("http://ca.bj.baidubce.com", "/v1/ca/actionRun",
                      query=(("id", "r-N0UrpENajU123456"), ("pageNo", "1"), ("pageSize", "100")))
    auth = BceAuth(DATA["access_key_id"], DATA["secret_access_key"])
    assert auth.sign(request, NOW)["Authorization"].endswith(
        "/1800/host;x-bce-date/2cb469d651e30a0e790f854a4055508caa2fd8f670a31bf8fddf71aa2b4350aa"
    )


def sign(query=(), now=NOW, token=None, base="http://ca.bj.baidubce.com", **more):
    request = Request(base, "/v1/ca/actionRun", query=tuple(query), **more)
    return request, BceAuth("FAKEAK", "fakesk", token).sign(request, now)


def parts(headers):
    version, key, stamp, seconds, names, signature = headers["Authorization"].split("/")
    return {"version": version, "key": key, "stamp": stamp, "seconds": seconds, "names": names.split(";"),
            "signature": signature}


@given(query=queries, order=st.randoms(use_true_random=False))
def test_the_order_of_the_query_does_not_matter(query, order):
    shuffled = list(query)
    order.shuffle(shuffled)
    first, second = sign(query), sign(shuffled)
    assert first[1]["Authorization"] == second[1]["Authorization"]
    assert first[0].target == second[0].target


@given(query=queries)
def test_what_is_sent_is_what_is_signed(query):
    """The same pairs, encoded alike; only their order is another, for which the source does not care."""
    request, _headers = sign(query)
    _path, _mark, wire = request.target.partition("?")
    reported = [pair for pair in wire.split("&") if pair and pair.partition("=")[0].lower() != "authorization"]
    assert sorted(reported) == [pair for pair in canonicalize_query(request).split("&") if pair]
    assert sorted(parse_qsl(wire, keep_blank_values=True)) == sorted(query)


@given(value=texts, other=texts)
def test_another_value_has_another_signature(value, other):
    first, second = sign([("a", value)])[1], sign([("a", other)])[1]
    assert (first["Authorization"] == second["Authorization"]) == (value == other)


@given(seconds=st.integers(1, 10**8))
def test_signed_afresh_at_another_time(seconds):
    now, later = sign()[1], sign(now=NOW + seconds)[1]
    assert now["x-bce-date"] != later["x-bce-date"]
    assert parts(now)["signature"] != parts(later)["signature"]


@given(now=st.floats(0, 2**32))
def test_one_instant_in_header_and_prefix(now):
    headers = sign(now=now)[1]
    assert parts(headers)["stamp"] == headers["x-bce-date"]


@pytest.mark.parametrize("token", [None, "t0ken"])
def test_host_date_and_session_token_are_signed_and_listed(token):
    headers = sign(token=token)[1]
    reported = parts(headers)
    assert reported["names"] == ["host", "x-bce-date"] + ["x-bce-security-token"] * bool(token)
    assert (reported["version"], reported["key"], reported["seconds"]) == ("bce-auth-v1", "FAKEAK", "1800")
    assert headers.get("x-bce-security-token") == token
    assert len({parts(sign(token=each)[1])["signature"] for each in (None, "one", "two")}) == 3


@pytest.mark.parametrize("base, host", [
    ("http://ca.bj.baidubce.com:80", "ca.bj.baidubce.com"),
    ("https://ca.bj.baidubce.com:443", "ca.bj.baidubce.com"),
    ("http://ca.bj.baidubce.com:443", "ca.bj.baidubce.com:443"),
    ("https://CA.example.com:8443/prefix", "ca.example.com:8443"),
])
def test_the_port_is_left_out_where_it_is_the_schemes_own(base, host):
    assert sign(base=base)[1]["Host"] == host


def test_a_path_prefix_is_signed():
    plain, below = sign()[1], sign(base="http://ca.bj.baidubce.com/prefix")[1]
    assert parts(plain)["signature"] != parts(below)["signature"]


def test_the_body_is_not_signed_but_the_method_is():
    first, second = (sign(method="POST", body=body)[1] for body in (b"{}", b"[]"))
    assert first == second
    assert first != sign()[1]


def test_the_key_never_travels():
    assert "fakesk" not in repr(sign(token="t0ken")[1])
    assert BceAuth("FAKEAK", "fakesk", "t0ken").secrets() == ("FAKEAK", "fakesk", "t0ken")
