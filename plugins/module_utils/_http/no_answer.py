# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map a request without a whole answer to a failure: names, connections, TLS, HTTP. Imported when one fails."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator

from .._base.errors import SourceError
from .adapter import REQUESTS_PROBLEM
from .wire import LEAST_CONTENT

if REQUESTS_PROBLEM is None:
    import requests
    import urllib3

    #: Errors that another try cannot repair.
    _FINAL = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, urllib3.exceptions.LocationValueError)

_NO_SUCH_NAME = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)}
#: OpenSSL's reasons when the first bytes are not TLS.
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG", "UNEXPECTED_MESSAGE")
#: OpenSSL's codes for an authority that is not trusted, for another host name, and for dates.
_UNTRUSTED, _OTHER_NAME, _DATES = (2, 18, 19, 20, 21, 27), (62, 64), (9, 10)


def explain_no_answer(
    problem: Exception, peer: str, timeouts: tuple[float, float], has_head: bool, own_ca: bool
) -> tuple[SourceError, bool]:
    """Return the failure, and whether another try may succeed.

    :param peer: the host that the connection is made to: the source's, or a proxy's.
    :param timeouts: seconds to connect, and for the head.
    :param has_head: whether the head of an answer has arrived.
    :param own_ca: whether certificates are verified with those of an option.
    """
    causes = list(_list_causes(problem))
    cause = causes[-1]
    names = [each for each in causes if isinstance(each, socket.gaierror)]
    if names and names[0].errno in _NO_SUCH_NAME:
        return SourceError("network", "the host name %s does not exist" % peer, hint="Check endpoint and the proxy."), False
    tls = [each for each in causes if isinstance(each, ssl.SSLError)]
    if tls and isinstance(tls[-1], ssl.SSLEOFError):
        return SourceError("network", "%s ends the connection in the middle of TLS" % peer), True
    if tls:
        return _describe_tls_failure(tls[-1], own_ca), False
    late = (TimeoutError, requests.exceptions.Timeout, urllib3.exceptions.TimeoutError)
    # A connection that is refused is one of urllib3's timeouts, too.
    if any(isinstance(each, late) and not isinstance(each, urllib3.exceptions.NewConnectionError) for each in causes):
        return SourceError("network", _describe_slowness(causes, timeouts, has_head)), True
    if any(isinstance(each, http.client.IncompleteRead) for each in causes):
        return SourceError("network", "the answer broke off"), True
    if any(isinstance(each, http.client.HTTPException) and not isinstance(each, OSError) for each in causes):
        return SourceError("protocol", "the answer is no HTTP that can be read: %s" % cause), False
    if isinstance(problem, (requests.exceptions.SSLError, urllib3.exceptions.SSLError)):
        return SourceError("tls", str(cause)), False
    # requests raises its own for URLs, and the libraries below it a ValueError.
    if isinstance(problem, (*_FINAL, ValueError)) and not any(isinstance(each, OSError) for each in causes[1:]):
        return SourceError("protocol", "no request can be made of endpoint or proxy: %s" % type(cause).__name__), False
    if isinstance(cause, ConnectionRefusedError):
        # Nothing listens there, or a firewall refuses.
        return SourceError("network", "%s: Connection refused" % peer, hint="Check host and port of endpoint, and the proxy."), True
    return SourceError("network", "%s: %s" % (peer, cause) if str(cause) else type(cause).__name__), True


def is_unsent(problem: Exception) -> bool:
    """Return whether there was no connection, so that the request surely did not arrive."""
    never = (
        urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, requests.exceptions.ConnectTimeout, socket.gaierror,
    )
    return any(isinstance(each, never) for each in _list_causes(problem))


def _list_causes(problem: BaseException) -> Iterator[BaseException]:
    """Yield an exception and its causes, the innermost last: requests and urllib3 wrap the error."""
    seen: set[int] = set()
    following: BaseException | None = problem
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        inner = [
            each for each in (*following.args, getattr(following, "reason", None)) if isinstance(each, BaseException)
        ]
        context = None if following.__suppress_context__ else following.__context__
        following = inner[-1] if inner else following.__cause__ or context


def _describe_slowness(causes: list[BaseException], timeouts: tuple[float, float], has_head: bool) -> str:
    if any(isinstance(each, (requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError)) for each in causes):
        return "no connection within %d seconds" % timeouts[0]
    if has_head:
        return "less than %d bytes of the answer arrived within %d seconds" % (LEAST_CONTENT, timeouts[1])
    return "no answer within %d seconds" % timeouts[1]


def _describe_tls_failure(problem: ssl.SSLError, own_ca: bool) -> SourceError:
    if getattr(problem, "reason", None) in _NOT_TLS:
        return SourceError(
            "tls", "the answer is not TLS (%s)" % problem.reason,
            hint="Check scheme and port of endpoint and of the proxy: this port speaks plain HTTP, or something else.",
        )
    if not isinstance(problem, ssl.SSLCertVerificationError):
        return SourceError("tls", str(problem))
    # If the library compares the host names, there is only a text.
    code, message = getattr(problem, "verify_code", _OTHER_NAME[0]), getattr(problem, "verify_message", str(problem))
    return SourceError("tls", "the server's certificate is refused: %s" % message, hint=_explain_certificate(code, message, own_ca))


def _explain_certificate(code: int, message: str, own_ca: bool) -> str | None:
    if "Key Identifier" in message:
        return (
            "Python 3.13 and newer require this extension. Issue a new server certificate that has it, "
            "or run the task with Python 3.12 or older."
        )
    if code in _OTHER_NAME:
        return "The certificate is for another host: check endpoint."
    if code in _DATES:
        return "Check the clock of this machine, and have the certificate renewed."
    if code not in _UNTRUSTED:
        return None
    if own_ca:
        return "None of the certificates in ca_path signs it: give the certificate of the authority that issued the server's."
    return "Its authority is not trusted here: give the authority's certificate in ca_path."
