# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that knows HTTP: sends a request, tries again where that can help, reads the answer within limits."""

from __future__ import annotations

import http.client
import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, NoReturn

from . import _backoff
from ._auth import Auth
from ._errors import MissingLibrary, SourceError, clock_hint, kind_of, read_error_body
from ._http import REQUESTS_PROBLEM, Adapter, Connections
from ._redaction import Redactor
from ._request import Request
from ._version import VERSION

if REQUESTS_PROBLEM is None:
    import requests
    import urllib3

    _TIMEOUTS = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError)
    _UNREADABLE = (
        requests.exceptions.InvalidURL, requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError,
    )

CONNECT_TIMEOUT = 10
#: What an answer may weigh, in bytes, unless its endpoint says otherwise.
MAX_BODY = 64 * 2**20
_MAX_ERROR_BODY = 2**20
#: Once the time to wait is over, a body that comes slower than this (bytes per second) is given up.
_SLOWEST = 16 * 1024
_CHUNK = 2**16
_RETRY_STATUS = frozenset((408, 429, 500, 502, 503, 504))
_RETRY_ONCE_CODES = frozenset(("RequestExpired",))

#: Looks at a JSON answer with status 2xx; returns the failure that it tells, if it tells one.
Check = Callable[[Any], "SourceError | None"]


class Answer(NamedTuple):
    """A good answer: header names in lower case, the body's JSON."""

    headers: Mapping[str, str]
    data: Any


class Transport:
    """The connections of one task; may be used by several threads at once."""

    def __init__(
        self,
        redactor: Redactor,
        timeout: float = 30,
        retries: int = 4,
        retry_budget: float = 120,
        verify: bool | str = True,
        connections: int = 8,
    ) -> None:
        """:param verify: whether to verify certificates, or a path of what to verify them with.

        :raises MissingLibrary: without the library requests.
        """
        if REQUESTS_PROBLEM is not None:
            raise MissingLibrary("requests", REQUESTS_PROBLEM)
        self._redactor = redactor
        self._timeout = timeout
        self._retries = retries
        self._verify = verify
        self._budget = _backoff.Budget(retry_budget)
        self._connections = Connections()
        # The adapter of a session without the session: no cookies, no netrc, no redirects.
        self._adapter = Adapter(self._connections, connections, verify)
        self._proxies: dict[str, dict[str, str]] = {}
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        #: How many requests were sent, every try counted.
        self.requests = 0
        #: Seconds by which the source's clock is ahead, as its last answer told.
        self.skew: float | None = None

    def send(self, request: Request, auth: Auth, check: Check | None = None, max_body: int = MAX_BODY) -> Answer:
        """Send a request that only reads, and try again where that can help; every try is signed afresh.

        :raises SourceError: if no try got a good answer.
        """
        expired = False
        for attempt in range(self._retries + 1):
            retry_after = None
            try:
                return self._try(request, auth, check, max_body)
            except _Retry as retry:
                failure, retry_after = retry.failure, retry.retry_after
            except SourceError as refused:
                if expired or refused.code not in _RETRY_ONCE_CODES:
                    raise
                failure, expired = refused, True
            if attempt == self._retries or not self._wait(_backoff.delay(attempt, retry_after)):
                raise failure
        raise AssertionError("unreachable")

    def login(self, auth: Auth) -> None:
        """Let C(auth) fetch what it needs, and keep what it got secret.

        :raises SourceError: if that is refused.
        """
        auth.login(self.send)
        for secret in auth.secrets():
            self._redactor.add(secret)

    def stop(self) -> None:
        """End every request under way and every wait; for good."""
        self._stopped.set()
        self._connections.shut()
        self._adapter.close()

    def _wait(self, seconds: float) -> bool:
        granted = self._budget.grant(seconds)
        return granted is not None and not self._stopped.wait(granted)

    def _try(self, request: Request, auth: Auth, check: Check | None, max_body: int) -> Answer:
        if self._stopped.is_set():
            raise SourceError("network", "the task was stopped")
        prepared = self._prepare(request, auth)
        with self._lock:
            self.requests += 1
        try:
            with self._adapter.send(
                prepared, stream=True, verify=self._verify, proxies=self._proxies_for(request.base),
                timeout=(min(CONNECT_TIMEOUT, self._timeout), self._timeout),
            ) as response:
                body = self._read(response, max_body if response.status_code < 400 else _MAX_ERROR_BODY)
        except (requests.exceptions.SSLError, urllib3.exceptions.SSLError) as problem:
            raise SourceError("tls", str(_innermost(problem))) from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as problem:
            raise self._network(problem) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.skew = _skew(headers.get("date"))
        failure = self._judge(response.status_code, headers, body, check)
        if not isinstance(failure, SourceError):
            return Answer(headers, failure)
        if response.status_code in _RETRY_STATUS:
            raise _Retry(failure, _backoff.retry_after_seconds(headers.get("retry-after"), time.time()))
        raise failure

    def _prepare(self, request: Request, auth: Auth) -> requests.PreparedRequest:
        # Built by hand: requests would encode the query anew, after it was signed.
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = request.url
        prepared.headers = requests.structures.CaseInsensitiveDict(
            {"User-Agent": "opsaudit.sessions/" + VERSION, "Accept": "application/json", "Accept-Encoding": "gzip"}
        )
        prepared.headers.update(request.headers)
        prepared.headers.update(auth.sign(request, time.time()))
        prepared.hooks = {}
        prepared.body = request.body or None
        if request.body:
            prepared.headers["Content-Length"] = str(len(request.body))
        return prepared

    def _proxies_for(self, base: str) -> dict[str, str]:
        if base not in self._proxies:
            self._proxies[base] = requests.utils.get_environ_proxies(base)
        return self._proxies[base]

    def _read(self, response: requests.Response, limit: int) -> bytes:
        chunks, size, started = [], 0, time.monotonic()
        # read1 returns what has come, so that a body in drips can be told (urllib3 1 has none).
        read1 = getattr(response.raw, "read1", None)
        for chunk in iter(lambda: read1(_CHUNK, decode_content=True), b"") if read1 else response.iter_content(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise SourceError("protocol", "the answer is larger than %d MB" % (limit // 2**20))
            if time.monotonic() - started > self._timeout + size / _SLOWEST:
                raise requests.exceptions.ReadTimeout("the answer comes too slowly")
        return b"".join(chunks)

    def _network(self, problem: Exception) -> Exception:
        cause = _innermost(problem)
        if isinstance(cause, http.client.HTTPException) and not isinstance(cause, (OSError, http.client.IncompleteRead)):
            return SourceError("protocol", "the answer is no HTTP that can be read: %s" % cause)
        if isinstance(problem, _UNREADABLE):
            return SourceError("protocol", str(cause))
        if isinstance(problem, _TIMEOUTS):
            text = "no answer within %d seconds" % self._timeout
        else:
            text = str(cause) or type(cause).__name__
        return _Retry(SourceError("network", text))

    def _judge(self, status: int, headers: Mapping[str, str], body: bytes, check: Check | None) -> Any:
        """The answer's JSON, or the failure that it is."""
        request_id = headers.get("x-request-id") or headers.get("x-bce-request-id") or headers.get("x-iam-trace-id")
        try:
            data = parse_json(body)
        except ValueError:
            data = None
            if 200 <= status < 300:
                what = "a web page" if body.lstrip()[:1] == b"<" else "nothing" if not body else "what is not JSON"
                return SourceError(
                    "protocol", "the source answered %s where JSON belongs" % what, status,
                    request_id=request_id, hint="Check endpoint: is there a proxy or another service in between?",
                )
        if 200 <= status < 300:
            failure = check(data) if check else None
            if failure is None:
                return data
            failure.status = status
        else:
            failure = self._refused(status, headers, data)
        told = read_error_body(data)
        failure.request_id = request_id or told.request_id
        failure.hint = clock_hint(failure.kind, failure.code, failure.message, self.skew) or failure.hint
        return failure

    def _refused(self, status: int, headers: Mapping[str, str], data: Any) -> SourceError:
        if 300 <= status < 400:
            return SourceError(
                "protocol", "the source redirects to %s" % headers.get("location", "nowhere"), status,
                hint="Redirects are not followed, for credentials would go along: set endpoint to the right place.",
            )
        told = read_error_body(data)
        message = told.message or http.client.responses.get(status, "unknown status")
        return SourceError(kind_of(status, told.code), message, status, told.code, hint=told.hint)


class _Retry(Exception):
    """A failure that another try may mend."""

    def __init__(self, failure: SourceError, retry_after: float | None = None) -> None:
        super().__init__()
        self.failure = failure
        self.retry_after = retry_after


def parse_json(body: bytes) -> Any:
    """JSON of a source that may be hostile: no NaN, no endless nesting, no half characters.

    :raises ValueError: if it is none.
    """
    try:
        data = json.loads(body, parse_constant=_no_constant, parse_float=_finite)
        # Lone surrogates can't be written to any file or terminal.
        if b"\\ud" in body or b"\\uD" in body:
            data = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return data


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_constant(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _innermost(problem: BaseException) -> BaseException:
    """What really happened, below the layers of requests and urllib3."""
    while True:
        inner = [part for part in (*problem.args, getattr(problem, "reason", None)) if isinstance(part, Exception)]
        if not inner:
            return problem
        problem = inner[-1]


def _skew(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time() if date else None
    except (TypeError, ValueError, OverflowError):
        return None
