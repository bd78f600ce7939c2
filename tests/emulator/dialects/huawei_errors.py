# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Error bodies of TaurusDB and DataArts Fabric: the documents' own, and those of the gateway before them."""

from __future__ import annotations

import uuid
from typing import Any

from ..exchange import Answer

_GATEWAY: dict[int, tuple[str, str]] = {
    401: ("APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail"),
    403: ("APIGW.0302", "The IAM user is not allowed to access the API."),
    429: (
        "APIGW.0308",
        "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:1 second",
    ),
    502: ("APIGW.0202", "Backend unavailable."),
    503: ("APIGW.0202", "Backend unavailable."),
    504: ("APIGW.0201", "Backend timeout."),
}
_TAURUSDB: dict[int, tuple[str, str]] = {
    400: ("DBS.280001", "Parameter error."),
    404: ("DBS.280404", "The instance does not exist."),
    405: ("APIGW.0101", "The API does not exist or has not been published in the environment"),
    408: ("APIGW.0201", "Backend timeout."),
    500: ("DBS.05000000", "Server error."),
}
_FABRIC: dict[int, tuple[str, str]] = {
    400: (
        "common.01000001",
        "failed to read http request, please check your input, code: 400, reason: Type mismatch., "
        "cause: TypeMismatchException",
    ),
    401: ("APIG.1002", "Incorrect token or token resolution failed"),
    404: ("common.01000001", "response status exception, code: 404"),
    405: ("APIGW.0101", "The API does not exist or has not been published in the environment"),
    408: ("common.00000408", "timeout exception occurred"),
    500: ("common.00000500", "internal error"),
}
_DOCUMENTED = {"taurusdb": _TAURUSDB, "fabric": _FABRIC}


def error(dialect: str, status: int, variant: str = "", message: str | None = None, code: str | None = None) -> Answer:
    """The body of a status; of the services' codes only some are documented. A 403 comes in two shapes: `document` (nested, integer code) and `plain`."""
    if status == 403 and (variant == "document" or (not variant and dialect == "fabric")):
        return Answer(403, _nested_403())
    usual, text = _DOCUMENTED[dialect].get(status) or _GATEWAY.get(status) or ("APIGW.0201", "Backend error.")
    code = code or usual
    body: dict[str, Any] = {"error_code": code, "error_msg": message or text}
    if code.startswith("APIGW"):
        body["request_id"] = uuid.uuid4().hex
    return Answer(status, body)


def denied(dialect: str, reason: str) -> Answer:
    """The gateway's refusal of a credential. The Fabric document has a body of its own for a bad token."""
    if dialect == "fabric" and "token" in reason and "token expires" not in reason and "security" not in reason:
        return error(dialect, 401)
    return Answer(
        401,
        {
            "error_code": "APIGW.0301",
            "error_msg": f"Incorrect IAM authentication information: {reason}",
            "request_id": uuid.uuid4().hex,
        },
    )


def no_such_project(dialect: str) -> Answer:
    return Answer(403, {"error_code": "APIGW.0310", "error_msg": "The project is unavailable."})


def no_such_api() -> Answer:
    body = {
        "error_code": "APIGW.0101",
        "error_msg": "The API does not exist or has not been published in the environment",
        "request_id": uuid.uuid4().hex,
    }
    return Answer(404, body)


def _nested_403() -> dict[str, Any]:
    text = "X-Auth-Token is invalid in the request"
    return {
        "error": {"code": "403", "message": text, "title": "Forbidden"},
        "error_code": 403,
        "error_msg": text,
        "title": "Forbidden",
    }
