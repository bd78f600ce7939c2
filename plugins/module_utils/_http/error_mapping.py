# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map an error answer to a failure, by its status, code and body. Imported when one arrives."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .._base.errors import ErrorCodes, SourceError

_KIND_BY_STATUS = {401: "auth", 403: "permission", 404: "not_found", 408: "server", 429: "rate_limited"}
_NO_SUCH_PATH = "The server does not know this path. If the API is behind a path prefix, write it in endpoint, such as https://host/prefix."

_TRY_LATER = "Run the task again later; an archive continues where it ended."


class ErrorBody(NamedTuple):
    """The content of a source's error body, whatever its shape."""

    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    hint: str | None = None


_PAIRS = (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message"))


def read_error_body(data: Any) -> ErrorBody:
    """Parse an error body in any of the known shapes.

    A whole pair of code and message wins over a half pair, and one at the top over one inside.
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


def kind_of(status: int, code: str | None, codes: ErrorCodes) -> str:
    """Return the kind of a failure, by the answer's status and the source's own code."""
    if status != 401 and code is not None and code in codes.kinds:
        return codes.kinds[code]
    if status in _KIND_BY_STATUS:
        return _KIND_BY_STATUS[status]
    if 400 <= status < 500:
        return "invalid_request"
    return "server" if status >= 500 else "protocol"


def explain_refusal(
    status: int, headers: Mapping[str, str], data: Any, text: str | None, codes: ErrorCodes
) -> SourceError:
    """Return the failure for an answer with a status other than 2xx.

    :param data: its body; null if that is not JSON.
    :param text: its body, if that is one line of plain text.
    """
    if 300 <= status < 400:
        return SourceError(
            "protocol", "the source redirects to %s" % _place(headers.get("location")), status,
            hint="Redirects are not followed, because they would send the credentials to another host. Write the final URL in endpoint.",
        )
    body = read_error_body(data)
    message = body.message or (text if data is None else None) or http.client.responses.get(status, "unknown status")
    kind = kind_of(status, body.code, codes)
    own_hint = body.hint or codes.hint(kind, body.code, message)
    hint = own_hint or (_NO_SUCH_PATH if status == 404 and data is None else _TRY_LATER if status >= 500 else None)
    return SourceError(kind, message, status, body.code, body.request_id, hint)


def _place(location: str | None) -> str:
    """Return the target of a redirect: scheme and host, because the rest may hold a secret."""
    try:
        parts = urlsplit(location or "")
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "a place that is no URL"
    if not location:
        return "nowhere"
    if not host:
        return "another path of the same host"
    return "%s://%s" % (parts.scheme, host) if parts.scheme else host


def explain_no_json(body: bytes) -> SourceError:
    """Return the failure for an answer with status 2xx whose body is not JSON."""
    what = "a web page" if body.lstrip()[:1] == b"<" else "other text" if body else "nothing"
    return SourceError(
        "protocol", "the source answered with %s instead of JSON" % what,
        hint="Check endpoint: is there a proxy or another service in between?",
    )


def explain_clock(failure: SourceError, codes: ErrorCodes, skew: float | None) -> str | None:
    """Return the advice for a refused signature if the clocks of source and machine differ.

    :param skew: seconds by which the source's clock is ahead; null if it sent no date.
    """
    about_time = failure.code in codes.clock or "expire" in failure.message.lower()
    if failure.kind != "auth" or not about_time:
        return None
    if skew is None:
        return "Check the clock of this machine: signatures carry the time." if failure.code in codes.clock else None
    if abs(skew) < 60:
        return None
    return "This machine's clock is %d seconds %s the source's." % (abs(skew), "behind" if skew > 0 else "ahead of")
