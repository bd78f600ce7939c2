# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wire without sockets: notes what is sent, answers what a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.opsaudit.sessions.plugins.module_utils import _info
from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.body import MAX_BODY, Limited
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.transport import Answer

#: The instant at which every task begins: 2026-04-01T00:00:00.250Z.
NOW = 1775001600250
#: The size of the parts in which a body arrives.
_PART = 1000


class Sent(NamedTuple):
    """A request as it goes out."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


class FakeWire:
    """Stands where the transport stands."""

    def __init__(self) -> None:
        self.answer: Callable[[Sent], Any] = lambda sent: {}
        self.sent: list[Sent] = []
        #: Answers to paths that a source looks up before its first request; those are not in C(sent).
        self.fixed: dict[str, Any] = {}
        self.looked_up: list[Sent] = []
        self.limits: list[int] = []
        self.made_with: tuple = ()
        self.stopped = 0
        self.clock = times.SourceClock()
        self.most_in_flight = 0
        self._in_flight = 0
        self._lock = threading.Lock()
        self._redactor: Any = None

    def set_clock(self, skew: float | None, made_at: float = 1e12) -> None:
        """What the source's dates say: by how many seconds it is ahead, and when the task began by its clock."""
        self.clock = times.SourceClock()
        if skew is not None:
            self.clock.skew = self.clock._lowest = skew
            self.clock._made_at = made_at

    @property
    def requests(self) -> int:
        return len(self.sent)

    def __call__(self, redactor: Any, *rest: Any) -> FakeWire:
        self._redactor, self.made_with = redactor, rest
        return self

    def exchange(self, request: Any, auth: Any) -> tuple[Mapping[str, str], Any]:
        headers = {**dict(request.headers), **auth.sign(request, NOW / 1000)}
        body = json.loads(request.body) if request.body else None
        sent = Sent(request.method, request.url, headers, body)
        if sent.path in self.fixed:
            self.looked_up.append(sent)
            return {}, self.fixed[sent.path]
        with self._lock:
            self.sent.append(sent)
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            answer = self.answer(sent)
        finally:
            with self._lock:
                self._in_flight -= 1
        return answer if isinstance(answer, tuple) else ({}, answer)

    def send(self, request: Any, auth: Any, read: Any = lambda data: data, max_body: int = MAX_BODY) -> Answer:
        self.limits.append(max_body)
        headers, data = self.exchange(request, auth)
        return Answer(headers, read(data))

    def send_and_keep(self, request: Any, auth: Any, read: Any, max_body: int) -> tuple[Any, int]:
        return self.send(request, auth, read, max_body).data, 0

    def stream(self, request: Any, auth: Any, sink: Any, max_bytes: int, once: bool = False) -> Answer:
        self.limits.append(max_bytes)
        headers, data = self.exchange(request, auth)
        content = data if isinstance(data, bytes) else json.dumps(data).encode()
        limited = Limited(sink, max_bytes)
        limited.begin(headers)
        for at in range(0, len(content), _PART):
            limited.write(content[at : at + _PART])
        return Answer(headers, limited.end())

    def forget(self, weight: int) -> None:
        assert weight == 0

    def login(self, auth: Any) -> None:
        auth.login(self.send)
        for secret in auth.secrets():
            self._redactor.add_credential(secret)

    def stop(self) -> None:
        self.stopped += 1

    def run(self, source: Any, environ: Mapping[str, str] | None = None, now: int = NOW, watch: Any = None, **options: Any):
        """Run a task as Ansible does: every option is there, those not given with their default."""
        known = source.all_options
        assert options.keys() <= known.keys(), sorted(options.keys() - known.keys())
        params = {name: declaration.get("default") for name, declaration in known.items()}
        more = {} if watch is None else {"watch": watch}
        return run_task(_info.InfoTask(source), {**params, **options}, environ or {}, now=now, **more)

    def result(self, source: Any, **options: Any) -> dict[str, Any]:
        """The result of a task that must not fail."""
        result = self.run(source, **options).result
        assert "failed" not in result, result
        return result

    def failure(self, source: Any, **options: Any) -> dict[str, Any]:
        """The result of a task that must fail."""
        result = self.run(source, **options).result
        assert result["failed"] is True
        assert result["changed"] is False
        assert "\n" not in result["msg"]
        return result

    def refusal(self, source: Any, **options: Any) -> str:
        """The one line about a bad option; no request was sent."""
        result = self.failure(source, **options)
        assert result["failure"]["kind"] == "invalid_request"
        assert result["failure"]["hint"] == "No request was sent."
        assert result["msg"] == result["failure"]["message"]
        assert self.sent == []
        return result["msg"]


def refused(kind: str = "server", message: str = "no", status: int | None = 500) -> Callable[[Sent], Any]:
    """What answers every request with a failure."""

    def answer(sent: Sent) -> Any:
        raise SourceError(kind, message, status)

    return answer
