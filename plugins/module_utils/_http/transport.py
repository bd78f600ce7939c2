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
        """:param verify: whether to verify certificates, or the certificates (PEM) to verify them with.

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
        #: The credentials that the last answer has accepted; null once they were refused.
        self._accepted: Auth | None = None
        self._doubting = threading.Lock()
        #: How many requests were sent, every try counted.
        self.requests = 0
        #: Seconds by which the source's clock is ahead, by the date of its last answer.
        self.skew: float | None = None

    def send(
        self, request: Request, auth: Auth, read: Read = lambda data: data, max_body: int = MAX_BODY
    ) -> Answer:
        """Send a request that only reads, and try again where that can help; every try is signed afresh.

        :raises SourceError: if no try got a good answer.
        """
        body = JsonBody(read, max_body, self._memory)
        answer = self._send(request, auth, body, self._retries)
        self.forget(body.weight)
        return answer

    def send_and_keep(self, request: Request, auth: Auth, read: Read, max_body: int) -> tuple[Any, int]:
        """Send a request as C(send) does, one of many whose values are kept until they are handed on.

        :returns: what was read, and what its values weigh: zero if they are of the usual size.
        """
        body = JsonBody(read, max_body, self._memory)
        return self._send(request, auth, body, self._retries).data, body.weight

    def forget(self, weight: int) -> None:
        """Values that were kept have been handed on."""
        self._memory.forget(weight)

    def stream(self, request: Request, auth: Auth, sink: Sink, max_bytes: int, once: bool = False) -> Answer:
        """Send a request that only reads, and hand on the answer's body as it comes.

        :param max_bytes: how many bytes of a body to take at most.
        :param once: for what a second request can't get.
        :raises SourceError: if no try got a good answer.
        """
        return self._send(request, auth, Limited(sink, max_bytes), 0 if once else self._retries)

    def _send(self, request: Request, auth: Auth, sink: JsonBody | Limited, retries: int) -> Answer:
        doubted: SourceError | None = None
        for attempt in range(retries + 1):
            retry_after = None
            try:
                if doubted is not None:
                    return self._try_alone(request, auth, sink, doubted)
                return self._try(request, auth, sink)
            except _Retry as retry:
                failure, retry_after = retry.failure, retry.retry_after
            except SourceError as refused:
                if doubted is not None or not self._is_doubtful(refused, auth):
                    raise self._shown(refused, request) from None
                failure = doubted = refused
            finally:
                sink.release()
            if attempt == retries or not self._wait(attempt, retry_after):
                raise self._shown(failure, request)
        raise AssertionError("unreachable")

    def _is_doubtful(self, refused: SourceError, auth: Auth) -> bool:
        """Whether the source may not mean it: a signature that expired on the way, credentials that were good just now."""
        return refused.code in self._codes.retry_once or refused.status == 401 and self._accepted is auth

    def _try_alone(self, request: Request, auth: Auth, sink: JsonBody | Limited, doubted: SourceError) -> Answer:
        """Try once more, one thread at a time and only until one is refused: several wrong tries can lock a key."""
        with self._doubting:
            if doubted.status == 401 and self._accepted is None:
                raise doubted
            try:
                return self._try(request, auth, sink)
            except SourceError as refused:
                if refused.status == 401:
                    self._accepted = None
                raise

    def _shown(self, failure: SourceError, request: Request) -> SourceError:
        """The same failure, fit to be shown: no text of a source or a proxy leaves here with a secret in it."""
        failure.host = request.host
        return failure.redacted(self._redactor.line)

    def login(self, auth: Auth) -> None:
        """Let C(auth) fetch what it needs, and keep what it got secret.

        :raises SourceError: if that is refused.
        """
        auth.login(self.send)
        for secret in auth.secrets():
            self._redactor.add_credential(secret)

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

    def _try(self, request: Request, auth: Auth, sink: JsonBody | Limited) -> Answer:
        if self._stopped.is_set():
            raise SourceError("network", "the task was stopped")
        proxy = self._proxy_for(request.base)
        timeouts = (min(CONNECT_TIMEOUT, self._timeout), self._timeout)
        headers_sent = {"User-Agent": "opsaudit.sessions/" + VERSION, **auth.sign(request, time.time())}
        with self._lock:
            self.requests += 1
        status, headers = None, {}
        # What is no good answer is small, and JSON if it is anything.
        refused = JsonBody(lambda data: data, _MAX_ERROR_BODY, self._memory)
        try:
            with self._adapter.open(request, headers_sent, proxy, timeouts) as response:
                status = response.status_code
                headers = {name.lower(): value for name, value in response.headers.items()}
                taker = sink if 200 <= status < 300 else refused
                taker.begin(headers)
                for piece in body_of(response):
                    taker.write(piece)
                release(response)
            self.skew = _skew(headers.get("date"))
            if taker is sink:
                answer = Answer(headers, sink.end())
                self._accepted = auth
                return answer
            raise self._refused(status, headers, refused)
        except SourceError as failure:
            raise self._completed(failure, status, headers) from None
        except Broken as broken:
            from .no_answer import no_answer

            peer = proxy.peer or request.host
            missed, may_pass = no_answer(broken.problem, peer, timeouts, status is not None, isinstance(self._verify, str))
            raise _Retry(missed) if may_pass else missed from None
        finally:
            refused.release()

    def _proxy_for(self, base: str) -> Proxy:
        if base not in self._proxies:
            proxy = self._proxies[base] = Proxy(base)
            for secret in proxy.secrets():
                self._redactor.add(secret)
        return self._proxies[base]

    def _refused(self, status: int, headers: Mapping[str, str], body: JsonBody) -> Exception:
        """What to raise for an answer that is no good one."""
        from .error_mapping import refusal

        text = body.line()
        try:
            data = body.end()
        except SourceError:
            data = None
        failure = self._completed(refusal(status, headers, data, text, self._codes), status, headers)
        return _Retry(failure, headers.get("retry-after")) if status in _RETRY_STATUS else failure

    def _completed(self, failure: SourceError, status: int | None, headers: Mapping[str, str]) -> SourceError:
        """The same failure, with what the answer says besides."""
        from .error_mapping import clock_hint

        failure.status = failure.status or status
        ids = (headers[name] for name in self._codes.request_id_headers if headers.get(name))
        failure.request_id = next(ids, failure.request_id)
        failure.hint = clock_hint(failure, self._codes, self.skew) or failure.hint
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
