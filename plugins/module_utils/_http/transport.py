# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send requests over HTTP, retry them if that can help, and read the answers within limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .._base import times
from .._base.errors import ErrorCodes, MissingLibrary, SourceError
from .._base.redaction import Redactor
from .._base.version import VERSION
from .adapter import REQUESTS_PROBLEM, Adapter, Broken, Connections, Proxy, body_of, release
from .auth import Auth
from .body import MAX_BODY, JsonBody, Limited, Memory, Read, Sink
from .request import Request

if TYPE_CHECKING:
    from . import backoff

CONNECT_TIMEOUT = 10
_MAX_ERROR_BODY = 2**20
_NO_CODES = ErrorCodes()
_RETRY_STATUS = frozenset((408, 429, 500, 502, 503, 504))


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
        retries: int = 6,
        retry_budget: float = 120,
        verify: bool | str = True,
        connections: int = 8,
        codes: ErrorCodes = _NO_CODES,
    ) -> None:
        """Prepare the connections; none is opened yet.

        :param verify: whether to verify certificates, or the certificates (PEM) to verify them with.

        :param codes: what the source's own codes mean.
        :raises MissingLibrary: without the library requests.
        """
        if REQUESTS_PROBLEM is not None:
            raise MissingLibrary("requests", REQUESTS_PROBLEM)
        self._redactor = redactor
        self._timeout = timeout
        self._retries = retries
        self._verify = verify
        self._codes = codes
        self._retry_budget = retry_budget
        self._budget: backoff.Budget | None = None
        self._connections = Connections()
        # The adapter of a session without the session: no cookies, no netrc, no redirects.
        self._adapter = Adapter(self._connections, connections, verify)
        self._memory = Memory()
        self._proxies: dict[str, Proxy] = {}
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        #: The credentials that the last answer accepted; null after they were refused.
        self._accepted: Auth | None = None
        self._retrying_alone = threading.Lock()
        #: How many requests were sent, every try counted.
        self.requests = 0
        self.clock = times.SourceClock()

    def send(
        self, request: Request, auth: Auth, read: Read = lambda data: data, max_body: int = MAX_BODY
    ) -> Answer:
        """Send a request that only reads, and retry it if that can help; every try is signed again.

        :raises SourceError: if no try gets a good answer.
        """
        body = JsonBody(read, max_body, self._memory)
        answer = self._send(request, auth, body, self._retries)
        self.forget(body.weight)
        return answer

    def send_and_keep(self, request: Request, auth: Auth, read: Read, max_body: int) -> tuple[Any, int]:
        """Send a request as C(send) does, and count its values until C(forget).

        :returns: the result of C(read), and the weight of its values in bytes: zero if they are of the usual size.
        """
        body = JsonBody(read, max_body, self._memory)
        return self._send(request, auth, body, self._retries).data, body.weight

    def forget(self, weight: int) -> None:
        """Stop counting values that were handed on."""
        self._memory.forget(weight)

    def stream(self, request: Request, auth: Auth, sink: Sink, max_bytes: int, once: bool = False) -> Answer:
        """Send a request that only reads, and hand on the answer's body as it arrives.

        :param max_bytes: the largest body.
        :param once: whether only one request can succeed, so that it is never retried.
        :raises SourceError: if no try gets a good answer.
        """
        return self._send(request, auth, Limited(sink, max_bytes), 0 if once else self._retries)

    def _send(self, request: Request, auth: Auth, sink: JsonBody | Limited, retries: int) -> Answer:
        first_refusal: SourceError | None = None
        for attempt in range(retries + 1):
            retry_after = None
            try:
                if first_refusal is not None:
                    return self._try_alone(request, auth, sink, first_refusal)
                return self._try(request, auth, sink)
            except _Retry as retry:
                failure, retry_after = retry.failure, retry.retry_after
            except SourceError as refused:
                if first_refusal is not None or not self._deserves_one_retry(refused, auth):
                    raise self._redact(refused, request) from None
                failure = first_refusal = refused
            finally:
                sink.release()
            if attempt == retries or not self._wait(attempt, retry_after):
                raise self._redact(failure, request)
        raise AssertionError("unreachable")

    def _deserves_one_retry(self, refused: SourceError, auth: Auth) -> bool:
        """Return whether a refusal may be wrong: the signature expired on the way, or the credentials were accepted just now."""
        return refused.code in self._codes.retry_once or refused.status == 401 and self._accepted is auth

    def _try_alone(self, request: Request, auth: Auth, sink: JsonBody | Limited, first_refusal: SourceError) -> Answer:
        """Try once more, one thread at a time, and stop after one refusal: several wrong tries can lock a key."""
        with self._retrying_alone:
            if first_refusal.status == 401 and self._accepted is None:
                raise first_refusal
            try:
                return self._try(request, auth, sink)
            except SourceError as refused:
                if refused.status == 401:
                    self._accepted = None
                raise

    def _redact(self, failure: SourceError, request: Request) -> SourceError:
        """Return the failure with its host, and with secrets masked in every text of a source or proxy."""
        failure.host = request.host
        return failure.redact(self._redactor.line)

    def login(self, auth: Auth) -> None:
        """Log in, and mask the credentials that this returns.

        :raises SourceError: if the source refuses.
        """
        auth.login(self.send)
        for secret in auth.secrets():
            self._redactor.add_credential(secret)

    def stop(self) -> None:
        """End all requests and waits; later requests fail."""
        self._stopped.set()
        self._connections.shut()
        self._adapter.close()

    def _wait(self, attempt: int, retry_after: str | None) -> bool:
        """Wait for the next try; return false if there is none."""
        # Imported here: most tasks never wait.
        from . import backoff

        with self._lock:
            if self._budget is None:
                self._budget = backoff.Budget(self._retry_budget)
        seconds = backoff.compute_delay(attempt, backoff.retry_after_seconds(retry_after, time.time()))
        granted = self._budget.grant(seconds)
        return granted is not None and not self._stopped.wait(granted)

    def _try(self, request: Request, auth: Auth, sink: JsonBody | Limited) -> Answer:
        if self._stopped.is_set():
            raise SourceError("network", "the task was stopped")
        proxy = self._proxy_for(request.base)
        timeouts = (min(CONNECT_TIMEOUT, self._timeout), self._timeout)
        headers_sent = {"User-Agent": "opsaudit.sessions/" + VERSION, **auth.sign(request, time.time())}
        with self._lock:
            self.requests += 1
        status, headers = None, {}
        # An error answer is small, and usually JSON.
        refused = JsonBody(lambda data: data, _MAX_ERROR_BODY, self._memory)
        try:
            with self._adapter.open(request, headers_sent, proxy, timeouts) as response:
                status = response.status_code
                headers = {name.lower(): value for name, value in response.headers.items()}
                taker = sink if 200 <= status < 300 else refused
                taker.begin(headers)
                for chunk in body_of(response):
                    taker.write(chunk)
                with self._lock:
                    self.clock.note(headers.get("date"))
                if taker is refused:
                    # What refuses may be something on the way, and the source's own answer still to come on this connection.
                    raise self._error_of(status, headers, refused)
                answer = Answer(headers, sink.end())
                release(response)
            self._accepted = auth
            return answer
        except SourceError as failure:
            raise self._complete_failure(failure, status, headers) from None
        except Broken as broken:
            from .no_answer import explain_no_answer

            peer = proxy.peer or request.host
            missed, may_pass = explain_no_answer(broken.problem, peer, timeouts, status is not None, isinstance(self._verify, str))
            raise _Retry(missed) if may_pass else missed from None
        finally:
            refused.release()

    def _proxy_for(self, base: str) -> Proxy:
        if base not in self._proxies:
            proxy = self._proxies[base] = Proxy(base)
            for secret in proxy.secrets():
                self._redactor.add(secret)
        return self._proxies[base]

    def _error_of(self, status: int, headers: Mapping[str, str], body: JsonBody) -> Exception:
        """Return the exception for an error answer."""
        from .error_mapping import explain_refusal

        text = body.line()
        try:
            data = body.end()
        except SourceError:
            data = None
        failure = self._complete_failure(explain_refusal(status, headers, data, text, self._codes), status, headers)
        return _Retry(failure, headers.get("retry-after")) if status in _RETRY_STATUS else failure

    def _complete_failure(self, failure: SourceError, status: int | None, headers: Mapping[str, str]) -> SourceError:
        """Return the failure with the status, request id and clock of the answer."""
        from .error_mapping import explain_clock

        failure.status = failure.status or status
        ids = (headers[name] for name in self._codes.request_id_headers if headers.get(name))
        failure.request_id = next(ids, failure.request_id)
        failure.hint = explain_clock(failure, self._codes, self.clock.skew) or failure.hint
        return failure


class _Retry(Exception):
    """A failure that another try may repair."""

    def __init__(self, failure: SourceError, retry_after: str | None = None) -> None:
        super().__init__()
        self.failure = failure
        self.retry_after = retry_after
