# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that knows HTTP: sends a request, tries again where that can help, reads the answer within limits."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from ._auth import Auth
from ._errors import MissingLibrary, SourceError
from ._http import REQUESTS_PROBLEM, Adapter, Connections
from ._redaction import Redactor
from ._request import Request
from ._version import VERSION

if REQUESTS_PROBLEM is None:
    import requests
    import urllib3

if TYPE_CHECKING:
    from . import _backoff

CONNECT_TIMEOUT = 10
#: What an answer may weigh, in bytes, unless its endpoint says otherwise.
MAX_BODY = 64 * 2**20
_MAX_ERROR_BODY = 2**20
#: Once the time to wait is over, a body that comes slower than this (bytes per second) is given up.
_SLOWEST = 16 * 1024
_CHUNK = 2**16
_RETRY_STATUS = frozenset((408, 429, 500, 502, 503, 504))
_RETRY_ONCE_CODES = frozenset(("RequestExpired",))

#: Takes the JSON of an answer with status 2xx, and returns what it is good for; raises SourceError if it is good for nothing.
Read = Callable[[Any], Any]


class Answer(NamedTuple):
    """A good answer: header names in lower case, and what was read from its JSON."""

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
        self._budget: _backoff.Budget | None = None
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
        expired = False
        for attempt in range(self._retries + 1):
            retry_after = None
            try:
                return self._try(request, auth, read, max_body)
            except _Retry as retry:
                failure, retry_after = retry.failure, retry.retry_after
            except SourceError as refused:
                if expired or refused.code not in _RETRY_ONCE_CODES:
                    raise
                failure, expired = refused, True
            if attempt == self._retries or not self._wait(attempt, retry_after):
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
        from . import _backoff

        with self._lock:
            if self._budget is None:
                self._budget = _backoff.Budget(self._retry_budget)
        seconds = _backoff.delay(attempt, _backoff.retry_after_seconds(retry_after, time.time()))
        granted = self._budget.grant(seconds)
        return granted is not None and not self._stopped.wait(granted)

    def _try(self, request: Request, auth: Auth, read: Read, max_body: int) -> Answer:
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
                body = self._body(response, max_body if status < 400 else _MAX_ERROR_BODY)
            self.skew = _skew(headers.get("date"))
            return Answer(headers, self._judge(status, headers, body, read))
        except SourceError as failure:
            raise self._completed(failure, status, headers) from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as problem:
            from ._refusals import no_answer

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

    def _body(self, response: requests.Response, limit: int) -> bytes:
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

    def _judge(self, status: int, headers: Mapping[str, str], body: bytes, read: Read) -> Any:
        """What a good answer is good for.

        :raises SourceError: if it is none.
        """
        try:
            data = parse_json(body)
        except ValueError:
            data = None
            if status < 300:
                from ._refusals import no_json

                raise no_json(body) from None
        if status < 300:
            return read(data)
        from ._refusals import refusal

        failure = self._completed(refusal(status, headers, data), status, headers)
        if status in _RETRY_STATUS:
            raise _Retry(failure, headers.get("retry-after"))
        raise failure

    def _completed(self, failure: SourceError, status: int | None, headers: Mapping[str, str]) -> SourceError:
        """The same failure, with what the answer tells besides."""
        from ._refusals import clock_hint

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


def parse_json(body: bytes) -> Any:
    """JSON of a source that may be hostile: no NaN, no endless nesting, no half characters.

    :raises ValueError: if it is none.
    """
    try:
        hook = _without_marks if any(mark in body for mark in _MARKS) else None
        data = json.loads(body, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=hook)
        # Lone surrogates can't be written to any file or terminal.
        if b"\\ud" in body or b"\\uD" in body:
            data = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return data


#: What is in an answer that has a key of Ansible's own, as it is or with characters escaped.
_MARKS = (b"_ansible", b"\\u00")


def _without_marks(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Ansible takes keys such as C(__ansible_type) for its own, and stops, or drops them: they get an x in front."""
    return {"x" + key if key.lstrip("_").startswith("ansible") and key[0] == "_" else key: value for key, value in pairs}


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_constant(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _skew(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time() if date else None
    except (TypeError, ValueError, OverflowError):
        return None
