# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that knows HTTP: sends a request, tries again where that can help, reads the answer within limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from .._base.errors import MissingLibrary, SourceError
from .._base.redaction import Redactor
from .._base.version import VERSION
from .adapter import REQUESTS_PROBLEM, Adapter, Connections, chunks
from .auth import Auth
from .body import JsonBody, Limited, Read, Sink
from .request import Request

if REQUESTS_PROBLEM is None:
    import requests
    import urllib3

if TYPE_CHECKING:
    from . import backoff

CONNECT_TIMEOUT = 10
#: What an answer may weigh, in bytes, unless its endpoint says otherwise.
MAX_BODY = 64 * 2**20
_MAX_ERROR_BODY = 2**20
_RETRY_STATUS = frozenset((408, 429, 500, 502, 503, 504))
_RETRY_ONCE_CODES = frozenset(("RequestExpired",))


class Answer(NamedTuple):
    """A good answer: header names in lower case, and what was read from its body."""

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
        """:param verify: whether to verify certificates, or the certificates (PEM) to verify them with.

        :raises MissingLibrary: without the library requests.
        """
        if REQUESTS_PROBLEM is not None:
            raise MissingLibrary("requests", REQUESTS_PROBLEM)
        self._redactor = redactor
        self._timeout = timeout
        self._retries = retries
        self._verify = verify
        self._retry_budget = retry_budget
        self._budget: backoff.Budget | None = None
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

    def send(
        self, request: Request, auth: Auth, read: Read = lambda data: data, max_body: int = MAX_BODY
    ) -> Answer:
        """Send a request that only reads, and try again where that can help; every try is signed afresh.

        :raises SourceError: if no try got a good answer.
        """
        return self._send(request, auth, JsonBody(read, max_body), self._retries)

    def stream(self, request: Request, auth: Auth, sink: Sink, max_bytes: int, once: bool = False) -> Answer:
        """Send a request that only reads, and hand on the answer's body as it comes.

        :param max_bytes: how many bytes of a body to take at most.
        :param once: for what a second request can't get.
        :raises SourceError: if no try got a good answer.
        """
        return self._send(request, auth, Limited(sink, max_bytes), 0 if once else self._retries)

    def _send(self, request: Request, auth: Auth, sink: Sink, retries: int) -> Answer:
        expired = False
        for attempt in range(retries + 1):
            retry_after = None
            try:
                return self._try(request, auth, sink)
            except _Retry as retry:
                failure, retry_after = retry.failure, retry.retry_after
            except SourceError as refused:
                if expired or refused.code not in _RETRY_ONCE_CODES:
                    raise
                failure, expired = refused, True
            if attempt == retries or not self._wait(attempt, retry_after):
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

    def _wait(self, attempt: int, retry_after: str | None) -> bool:
        """Wait for the next try; false if there is to be none."""
        # Imported here: where nothing fails there is nothing to wait for.
        from . import backoff

        with self._lock:
            if self._budget is None:
                self._budget = backoff.Budget(self._retry_budget)
        seconds = backoff.delay(attempt, backoff.retry_after_seconds(retry_after, time.time()))
        granted = self._budget.grant(seconds)
        return granted is not None and not self._stopped.wait(granted)

    def _try(self, request: Request, auth: Auth, sink: Sink) -> Answer:
        if self._stopped.is_set():
            raise SourceError("network", "the task was stopped")
        prepared = self._prepare(request, auth)
        with self._lock:
            self.requests += 1
        status, headers = None, {}
        try:
            with self._adapter.send(
                prepared, stream=True, verify=self._verify is not False, proxies=self._proxies_for(request.base),
                timeout=(min(CONNECT_TIMEOUT, self._timeout), self._timeout),
            ) as response:
                status = response.status_code
                headers = {name.lower(): value for name, value in response.headers.items()}
                # What is no good answer is small, and JSON if it is anything.
                taker = sink if status < 300 else JsonBody(lambda data: data, _MAX_ERROR_BODY)
                taker.begin(headers)
                for chunk in chunks(response, self._timeout):
                    taker.write(chunk)
            self.skew = _skew(headers.get("date"))
            if status < 300:
                return Answer(headers, taker.end())
            raise self._refused(status, headers, taker)
        except SourceError as failure:
            raise self._completed(failure, status, headers) from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as problem:
            from .error_mapping import no_answer

            missed = no_answer(problem, self._timeout)
            raise _Retry(missed) if missed.kind == "network" else missed from None

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

    def _refused(self, status: int, headers: Mapping[str, str], body: Sink) -> Exception:
        """What to raise for an answer that is no good one."""
        from .error_mapping import refusal

        try:
            data = body.end()
        except SourceError:
            data = None
        failure = self._completed(refusal(status, headers, data), status, headers)
        return _Retry(failure, headers.get("retry-after")) if status in _RETRY_STATUS else failure

    def _completed(self, failure: SourceError, status: int | None, headers: Mapping[str, str]) -> SourceError:
        """The same failure, with what the answer tells besides."""
        from .error_mapping import clock_hint

        failure.status = failure.status or status
        names = ("x-request-id", "x-bce-request-id", "x-iam-trace-id")
        failure.request_id = next((headers[name] for name in names if headers.get(name)), failure.request_id)
        failure.hint = clock_hint(failure.kind, failure.code, failure.message, self.skew) or failure.hint
        return failure


class _Retry(Exception):
    """A failure that another try may mend."""

    def __init__(self, failure: SourceError, retry_after: str | None = None) -> None:
        super().__init__()
        self.failure = failure
        self.retry_after = retry_after


def _skew(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time() if date else None
    except (TypeError, ValueError, OverflowError):
        return None
