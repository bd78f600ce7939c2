# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, told in one line and one dictionary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

KINDS = (
    "auth", "permission", "not_found", "invalid_request", "rate_limited", "server", "network", "tls", "protocol",
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
_HINT_BY_CODE = {
    "APIG.0101": "This API is not published there: check endpoint and region.",
    "APIGW.0101": "This API is not published there: check endpoint and region.",
    "OptInRequired": "The service has to be opened for this account first.",
    "dataartsfabric.00000001": "The service asks to try again later.",
}
_HINT_BY_KIND = {
    "auth": "Check the credentials; five wrong ones in a row can lock a key.",
    "permission": "The credentials are known, but lack the right to read this.",
    "not_found": "Check the id, and that endpoint and region are those it belongs to.",
    "rate_limited": "Lower concurrency, or raise retry_budget.",
    "tls": "Give the CA's certificate in ca_path.",
}


class OptionError(Exception):
    """A bad option, found before any request: one line with the option, the value and what is allowed."""


class MissingLibrary(Exception):
    """A Python library that the task needs is not there."""

    def __init__(self, library: str, problem: str) -> None:
        super().__init__(library)
        self.library = library
        self.problem = problem


class SourceError(Exception):
    """A source did not answer, refused, or answered what it must not."""

    def __init__(
        self,
        kind: str,
        message: str,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status
        self.code = code
        self.request_id = request_id
        self.hint = hint or _HINT_BY_CODE.get(code or "") or _HINT_BY_KIND.get(kind)
        self.doing = ""
        self.target: dict[str, Any] | None = None

    def at(self, doing: str, target: dict[str, Any]) -> SourceError:
        """The same failure, with what was being done and to what."""
        self.doing, self.target = doing, target
        return self

    def redacted(self, line: Callable[[object], str]) -> SourceError:
        """The same failure, its texts as short lines without secrets."""
        for name in ("message", "code", "request_id", "hint"):
            text = getattr(self, name)
            setattr(self, name, line(text) if text is not None else None)
        return self

    def as_dict(self) -> dict[str, Any]:
        """The C(failure) that a failed task returns."""
        return {
            name: getattr(self, name) for name in ("kind", "status", "code", "message", "request_id", "hint", "target")
        }

    def line(self) -> str:
        """The C(msg) that a failed task returns."""
        where = ", ".join("%s %s" % item for item in (self.target or {}).items() if item[1] is not None)
        what = " ".join(str(part) for part in (self.status and "HTTP %d" % self.status, self.code) if part)
        text = "%s%s failed: %s%s" % (
            self.doing or "The request", " (%s)" % where if where else "", what + ": " if what else "", self.message,
        )
        if self.request_id:
            text += " (request id %s)" % self.request_id
        return "%s. %s" % (text.rstrip("."), self.hint) if self.hint else text


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
    if code in _KIND_BY_CODE:
        return _KIND_BY_CODE[code]
    if status in _KIND_BY_STATUS:
        return _KIND_BY_STATUS[status]
    if 400 <= status < 500:
        return "invalid_request"
    return "server" if status >= 500 else "protocol"


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
