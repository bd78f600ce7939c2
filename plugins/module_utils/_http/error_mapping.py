# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it means when a request gets no good answer: exceptions, statuses, codes, bodies. Imported when one doesn't."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from typing import Any, NamedTuple

from .._base.errors import SourceError
from .adapter import REQUESTS_PROBLEM

if REQUESTS_PROBLEM is None:
    import requests
    import urllib3

    _UNREADABLE = (
        requests.exceptions.InvalidURL, requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError,
    )

#: Codes of the sources that say more than the status does (facts of the services' error tables).
_KIND_BY_CODE = {
    "IncorrectSignature": "auth",
    "InvalidAccessKeyId": "auth",
    "InvalidHTTPAuthHeader": "auth",
    "RequestExpired": "auth",
    "SignatureDoesNotMatch": "auth",
    "IamSignatureInvalid": "auth",
    "AccessDenied": "permission",
    "OptInRequired": "permission",
    "QualifyNotPass": "permission",
    "APIG.0308": "rate_limited",
    "APIGW.0308": "rate_limited",
    "InternalError": "server",
}
_KIND_BY_STATUS = {401: "auth", 403: "permission", 404: "not_found", 408: "server", 429: "rate_limited"}
_CLOCK_CODES = {"RequestExpired", "SignatureDoesNotMatch", "APIG.0303", "APIGW.0303"}


class ErrorBody(NamedTuple):
    """What a source's error body tells, whatever its shape."""

    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    hint: str | None = None


_PAIRS = (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message"))


def read_error_body(data: Any) -> ErrorBody:
    """Code, message, request id and advice of any error body the four sources are known to send.

    Services and gateways of Huawei Cloud, its IAM (keystone), Baidu, hoop; a whole pair
    at the top wins over one inside, a half pair is better than nothing.
    """
    if not isinstance(data, dict):
        return ErrorBody()
    inner = data.get("error")
    places = [data] + ([inner] if isinstance(inner, dict) else [])
    found = [(place.get(code), place.get(message)) for place in places for code, message in _PAIRS]
    found = [pair for pair in found if pair[0] not in (None, "") or pair[1] not in (None, "")]
    found.sort(key=lambda pair: None in pair)
    code, message = found[0] if found else (None, None)
    request_id = data.get("request_id") or data.get("requestId")
    return ErrorBody(
        None if code is None else str(code),
        None if message is None else str(message),
        str(request_id) if request_id else None,
        str(data["solution_msg"]) if data.get("solution_msg") else None,
    )


def kind_of(status: int, code: str | None) -> str:
    """The kind of a failure, from the answer's status and the source's own code."""
    if status != 401 and code in _KIND_BY_CODE:
        return _KIND_BY_CODE[code]
    if status in _KIND_BY_STATUS:
        return _KIND_BY_STATUS[status]
    if 400 <= status < 500:
        return "invalid_request"
    return "server" if status >= 500 else "protocol"


def refusal(status: int, headers: Mapping[str, str], data: Any) -> SourceError:
    """The failure that an answer is whose status is not 2xx."""
    if 300 <= status < 400:
        return SourceError(
            "protocol", "the source redirects to %s" % headers.get("location", "nowhere"), status,
            hint="Redirects are not followed, for credentials would go along: set endpoint to the right place.",
        )
    told = read_error_body(data)
    message = told.message or http.client.responses.get(status, "unknown status")
    return SourceError(kind_of(status, told.code), message, status, told.code, told.request_id, told.hint)


def no_answer(problem: Exception, timeout: float) -> SourceError:
    """The failure that a request without a whole answer is: C(tls), C(protocol), else C(network)."""
    cause = _innermost(problem)
    if isinstance(problem, (requests.exceptions.SSLError, urllib3.exceptions.SSLError)):
        return SourceError("tls", str(cause))
    if isinstance(cause, http.client.HTTPException) and not isinstance(cause, (OSError, http.client.IncompleteRead)):
        return SourceError("protocol", "the answer is no HTTP that can be read: %s" % cause)
    if isinstance(problem, _UNREADABLE):
        return SourceError("protocol", str(cause))
    if isinstance(problem, (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError)):
        return SourceError("network", "no answer within %d seconds" % timeout)
    return SourceError("network", str(cause) or type(cause).__name__)


def _innermost(problem: BaseException) -> BaseException:
    """What really happened, below the layers of requests and urllib3."""
    while True:
        inner = [part for part in (*problem.args, getattr(problem, "reason", None)) if isinstance(part, Exception)]
        if not inner:
            return problem
        problem = inner[-1]


def no_json(body: bytes) -> SourceError:
    """The failure that a good answer without JSON is."""
    what = "a web page" if body.lstrip()[:1] == b"<" else "what is not JSON" if body else "nothing"
    return SourceError(
        "protocol", "the source answered %s where JSON belongs" % what,
        hint="Check endpoint: is there a proxy or another service in between?",
    )


def clock_hint(kind: str, code: str | None, message: str | None, skew: float | None) -> str | None:
    """Advice for a refused signature when the two clocks are apart.

    :param skew: seconds by which the source's clock is ahead; null if it did not tell.
    """
    about_time = code in _CLOCK_CODES or "expire" in (message or "").lower()
    if kind != "auth" or not about_time:
        return None
    if skew is None:
        return "Check the clock of this machine: signatures carry the time."
    if abs(skew) < 60:
        return None
    return "This machine's clock is %d seconds %s the source's." % (abs(skew), "behind" if skew > 0 else "ahead of")
