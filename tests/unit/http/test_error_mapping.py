# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source's refusal says, whatever its shape, and the one line that is made of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import KINDS, ErrorCodes, SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.error_mapping import (
    explain_clock,
    explain_refusal,
    kind_of,
    read_error_body,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.errors import CODES as BAIDU
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.errors import CODES as HOOP
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.huaweicloud.errors import CODES as HUAWEI

SHAPES = [
    # Services and gateways of Huawei Cloud.
    ({"error_code": "DBS.280234", "error_msg": "bad name"}, ("DBS.280234", "bad name", None, None)),
    ({"error_code": "common.01000001", "error_msg": "m", "solution_msg": "do this"}, ("common.01000001", "m", None, "do this")),
    ({"error_code": "APIG.0301", "error_msg": "m", "request_id": "r"}, ("APIG.0301", "m", "r", None)),
    ({"error_code": "APIGW.0301", "error_msg": "m", "encoded_authorization_message": "x"}, ("APIGW.0301", "m", None, None)),
    # The document's 403: nested and integer at once.
    ({"error": {"code": "IAM.1", "message": "inner", "title": "Forbidden"}, "error_code": 403, "error_msg": "outer", "title": "F"},
     ("403", "outer", None, None)),
    # Keystone.
    ({"error": {"code": 401, "message": "wrong", "title": "Unauthorized"}}, ("401", "wrong", None, None)),
    ({"error": {"error_code": "A", "error_msg": "b"}}, ("A", "b", None, None)),
    ({"errorCode": "E.1", "errorMsg": "m"}, ("E.1", "m", None, None)),
    # Baidu.
    ({"code": "AccessDenied", "message": "m", "requestId": "r"}, ("AccessDenied", "m", "r", None)),
    ({"code": "AccessDenied", "message": "m", "requestId": 7}, ("AccessDenied", "m", "7", None)),
    # hoop.
    ({"message": "access denied"}, (None, "access denied", None, None)),
    ({"status": 403, "message": "user is not allowed"}, (None, "user is not allowed", None, None)),
    # Halves: better than nothing, worse than a whole pair inside.
    ({"error_code": "X"}, ("X", None, None, None)),
    ({"error_msg": "m"}, (None, "m", None, None)),
    ({"error_code": "X", "error": {"code": "Y", "message": "m"}}, ("Y", "m", None, None)),
    ({"code": 0, "message": "m"}, ("0", "m", None, None)),
    # Nothing.
    ({}, (None, None, None, None)), ({"error": "text"}, (None, None, None, None)), ({"error": []}, (None, None, None, None)),
    ({"error_code": None, "error_msg": ""}, (None, None, None, None)), (None, (None, None, None, None)),
    ([], (None, None, None, None)), ("text", (None, None, None, None)), (7, (None, None, None, None)),
]


@pytest.mark.parametrize("data, expected", SHAPES)
def test_every_known_shape(data, expected):
    assert tuple(read_error_body(data)) == expected


@given(st.dictionaries(
    st.sampled_from(["error", "error_code", "error_msg", "code", "message", "errorCode", "errorMsg", "request_id", "solution_msg"]),
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["code", "message", "x"]), inner), max_leaves=4),
))
def test_whatever_is_in_it_texts_come_out(data):
    assert all(part is None or isinstance(part, str) for part in read_error_body(data))


@pytest.mark.parametrize("status, code, kind", [
    (400, None, "invalid_request"), (401, None, "auth"), (403, None, "permission"), (404, None, "not_found"), (405, None, "invalid_request"),
    (408, None, "server"), (409, None, "invalid_request"), (413, "APIG.0201", "invalid_request"), (422, None, "invalid_request"),
    (429, None, "rate_limited"), (500, None, "server"), (503, "x", "server"), (504, None, "server"), (302, None, "protocol"),
    (200, None, "protocol"), (200, "Whatever", "protocol"),
    (400, "RequestExpired", "auth"), (400, "SignatureDoesNotMatch", "auth"), (400, "InvalidHTTPAuthHeader", "auth"),
    (403, "InvalidAccessKeyId", "auth"), (403, "IamSignatureInvalid", "auth"), (403, "AccessDenied", "permission"),
    (400, "OptInRequired", "permission"), (200, "AccessDenied", "permission"), (400, "APIG.0308", "rate_limited"),
    (403, "APIGW.0308", "rate_limited"), (200, "InternalError", "server"),
    (404, "common.01000001", "not_found"), (400, "common.01000001", "invalid_request"), (404, "APIG.0101", "not_found"),
    (500, "dataartsfabric.00000001", "server"), (401, "AccessDenied", "auth"),
])
def test_the_kind(status, code, kind):
    """Codes of the sources are never the same, so that one table of all of them says what each says alone."""
    everything = ErrorCodes(kinds={**BAIDU.kinds, **HOOP.kinds, **HUAWEI.kinds})
    assert kind_of(status, code, everything) == kind
    assert kind in KINDS


def test_a_code_means_nothing_to_another_source():
    assert kind_of(400, "RequestExpired", HUAWEI) == "invalid_request"
    assert kind_of(400, "APIG.0308", BAIDU) == "invalid_request"
    assert kind_of(403, "InvalidAccessKeyId", ErrorCodes()) == "permission"


@pytest.mark.parametrize("codes, status, data, part", [
    (HOOP, 401, {"message": "access denied"}, "'hoop login'"),
    (HOOP, 500, {"message": "internal server error, failed loading IDP provider"}, "cannot reach its database"),
    (HUAWEI, 401, {"error_code": "APIG.0301", "error_msg": "m"}, "lock a key"),
    (HUAWEI, 404, {"error_code": "APIGW.0101", "error_msg": "m"}, "not published"),
    (HUAWEI, 400, {"error_code": "X", "error_msg": "m", "solution_msg": "Do this."}, "Do this."),
    (BAIDU, 403, {"code": "OptInRequired", "message": "m"}, "opened for this account"),
    (BAIDU, 403, {"code": "InvalidAccessKeyId", "message": "m"}, "secret_key"),
    (HOOP, 404, None, "is behind a path prefix"),
    (HOOP, 404, {"message": "not found"}, "Check the id"),
    (HUAWEI, 503, None, "Run the task again later"),
])
def test_what_to_do_next(codes, status, data, part):
    hint = explain_refusal(status, {}, data, None, codes).hint
    assert part in hint
    assert ("lock" in hint) == (part == "lock a key")


@pytest.mark.parametrize("location, place", [
    ("https://other.example.com/x?token=S3CRET", "https://other.example.com"),
    ("https://me:S3CRET@other.example.com:8443/", "https://other.example.com:8443"),
    ("//other.example.com/S3CRET", "other.example.com"), ("/login?code=S3CRET", "another path of the same host"),
    ("login#S3CRET", "another path of the same host"),
    ("http://[S3CRET", "a place that is no URL"), ("", "nowhere"), (None, "nowhere"),
])
def test_where_a_redirect_leads_is_shown_without_what_may_be_secret(location, place):
    headers = {} if location is None else {"location": location}
    assert explain_refusal(302, headers, None, None, HOOP).message == "the source redirects to " + place


@pytest.mark.parametrize("kind, code, message, skew, hint", [
    ("auth", "RequestExpired", None, None, "Check the clock of this machine: signatures carry the time."),
    ("auth", "RequestExpired", None, 5.0, None), ("auth", "RequestExpired", None, -59.9, None),
    ("auth", "SignatureDoesNotMatch", None, 2000.0, "This machine's clock is 2000 seconds behind the source's."),
    ("auth", "APIG.0303", None, -1800.4, "This machine's clock is 1800 seconds ahead of the source's."),
    ("auth", None, "signature EXPIRED, see", 3600.0, "This machine's clock is 3600 seconds behind the source's."),
    ("auth", "APIG.0301", "wrong token", 3600.0, None), ("permission", "RequestExpired", "expired", 3600.0, None),
    ("server", None, "link expired", 3600.0, None),
])
def test_the_clock(kind, code, message, skew, hint):
    codes = ErrorCodes(clock=BAIDU.clock | HUAWEI.clock)
    assert explain_clock(SourceError(kind, message or "", code=code), codes, skew) == hint


@pytest.mark.parametrize("failure, line", [
    (SourceError("server", "broken"), "The request failed: broken"),
    (SourceError("server", "broken", 500), "The request failed: HTTP 500: broken"),
    (SourceError("server", "broken", 500, "X.1", "r-1"), "The request failed: HTTP 500 X.1: broken (request id r-1)"),
    (SourceError("server", "broken.", hint="Wait."), "The request failed: broken. Wait."),
    (SourceError("network", "gone").at("Listing x", {"a": "1", "b": None, "c": 2}), "Listing x (a 1, c 2) failed: gone"),
    (SourceError("auth", "no", 401), "The request failed: HTTP 401: no. Check the credentials."),
])
def test_one_line(failure, line):
    assert failure.line() == line


def test_the_line_names_the_host():
    failure = SourceError("network", "gone").at("Listing sessions", {"id": "x"})
    failure.host = "gw.example.com:8009"
    assert failure.line() == "Listing sessions at gw.example.com:8009 (id x) failed: gone"


def test_the_dictionary():
    failure = SourceError("permission", "no", 403, "C", "r", "h").at("Listing", {"id": "x"})
    assert failure.as_dict() == {
        "kind": "permission", "status": 403, "code": "C", "message": "no", "request_id": "r", "hint": "h", "target": {"id": "x"},
    }


def test_all_of_its_texts_are_redacted():
    failure = SourceError("auth", "m S\nx", 401, "c S", "r S", "h S").redact(lambda text: str(text).replace("S", "*").replace("\n", " "))
    assert (failure.message, failure.code, failure.request_id, failure.hint) == ("m * x", "c *", "r *", "h *")
    assert "S" not in failure.line()
    assert SourceError("server", "m").redact(str).code is None
