# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Post a message, and return the answer whatever its status.

A source is only read from, and every request to it can be repeated. A message that may have arrived is not sent twice.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

from .._base.errors import MissingLibrary, SourceError
from .._base.redaction import Redactor
from .._base.version import VERSION
from .._http import backoff
from .._http.adapter import REQUESTS_PROBLEM, Adapter, Broken, Connections, Proxy, body_of
from .._http.request import Request
from .._http.transport import CONNECT_TIMEOUT

#: The bytes of an answer that are read.
MAX_ANSWER = 64 * 1024
#: The service says that it did nothing with the request.
_NOT_TAKEN = frozenset((429, 503))


class Post(Request):
    """A request whose path and query are sent as they were given."""

    @property
    def target(self) -> str:
        """Return path and query."""
        return self.path


class Answered(NamedTuple):
    """The answer to a message, its headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Delivery:
    """Posts the messages of one task."""

    def __init__(self, redactor: Redactor, timeout: float, retries: int, retry_budget: float, verify: bool | str) -> None:
        """:param verify: whether to verify certificates, or the certificates (PEM) to verify them with.

        :raises MissingLibrary: without the library requests.
        """
        if REQUESTS_PROBLEM is not None:
            raise MissingLibrary("requests", REQUESTS_PROBLEM)
        self._redactor = redactor
        self._timeouts = (min(CONNECT_TIMEOUT, timeout), timeout)
        self._retries = retries
        self._verify = verify
        self._budget = backoff.Budget(retry_budget)
        # The adapter of a session without the session: no cookies, no netrc, no redirects.
        self._adapter = Adapter(Connections(), 1, verify)

    def post(self, request: Post) -> Answered:
        """Send a message; again only if it surely did not arrive, or the service says that it did not take it.

        :raises SourceError: if there is no answer.
        """
        for attempt in range(self._retries + 1):
            retry_after = None
            try:
                answered = self._try(request)
                if answered.status not in _NOT_TAKEN or attempt == self._retries:
                    return answered
                retry_after = backoff.retry_after_seconds(answered.headers.get("retry-after"), time.time())
                missed: SourceError | None = None
            except _Unsent as unsent:
                answered, missed = None, unsent.failure
            granted = self._budget.grant(backoff.compute_delay(attempt, retry_after)) if attempt < self._retries else None
            if granted is not None:
                time.sleep(granted)
            elif answered is not None:
                return answered
            elif missed is not None:
                raise missed
        raise AssertionError("unreachable")

    def _try(self, request: Post) -> Answered:
        proxy = Proxy(request.base)
        for secret in proxy.secrets():
            self._redactor.add(secret)
        # A connection of its own: one that is kept may be closed just when the message is sent.
        headers = {"User-Agent": "opsaudit.sessions/" + VERSION, "Connection": "close"}
        try:
            response = self._adapter.open(request, headers, proxy, self._timeouts)
        except Broken as broken:
            raise self._failure_of(broken, proxy.peer or request.host) from None
        with response:
            body = bytearray()
            try:
                for chunk in body_of(response):
                    body += chunk
                    if len(body) >= MAX_ANSWER:
                        break
            except (Broken, SourceError):
                # The status is there: what is lacking of the body can only make it a refusal.
                pass
            return Answered(response.status_code, {name.lower(): value for name, value in response.headers.items()}, bytes(body[:MAX_ANSWER]))

    def _failure_of(self, broken: Broken, peer: str) -> Exception:
        from .._http.no_answer import explain_no_answer, is_unsent

        failure, may_pass = explain_no_answer(broken.problem, peer, self._timeouts, False, isinstance(self._verify, str))
        return _Unsent(failure) if may_pass and is_unsent(broken.problem) else failure

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()


class _Unsent(Exception):
    """There was no connection, so that nothing was sent."""

    def __init__(self, failure: SourceError) -> None:
        super().__init__()
        self.failure = failure
