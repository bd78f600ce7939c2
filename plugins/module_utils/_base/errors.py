# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The failures of tasks, each as one line and one dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

KINDS = (
    "auth", "permission", "not_found", "invalid_request", "rate_limited", "server", "network", "tls", "protocol", "file", "store",
    "integrity",
)

_HINT_BY_KIND = {
    "auth": "Check the credentials.",
    "permission": "The credentials are known, but lack the right to read this.",
    "not_found": "Check the id, and that endpoint and region are those it belongs to.",
    "rate_limited": "Lower concurrency, or raise retry_budget.",
}


class ErrorCodes(NamedTuple):
    """What a source's own codes, texts and headers mean; each source declares its own."""

    #: Kinds of failure by code, where the code says more than the status does.
    kinds: Mapping[str, str] = {}
    #: Advice by code.
    hints: Mapping[str, str] = {}
    #: Advice by kind, where there is better than the general one.
    hints_by_kind: Mapping[str, str] = {}
    #: Advice by a part of the message.
    hints_by_text: Mapping[str, str] = {}
    #: Codes that a clock which is wrong can cause.
    clock: frozenset[str] = frozenset()
    #: Codes of refusals that one more try, signed afresh, can mend: the transport (_http/transport.py) makes it.
    retry_once: frozenset[str] = frozenset()
    #: Headers that hold the request id, in lower case.
    request_id_headers: tuple[str, ...] = ("x-request-id",)

    def hint(self, kind: str, code: str | None, message: str) -> str | None:
        """Return this source's own hint, if there is one."""
        by_text = (hint for text, hint in self.hints_by_text.items() if text in message)
        return self.hints.get(code or "") or next(by_text, None) or self.hints_by_kind.get(kind)


class OptionError(Exception):
    """A bad option, found before any request: one line with the option, the value and what is allowed."""


class MissingLibrary(Exception):
    """A Python library that the task needs is not there."""

    def __init__(self, library: str, problem: str) -> None:
        super().__init__(library)
        self.library = library
        self.problem = problem


class SourceError(Exception):
    """A source did not answer, refused, or answered what it must not."""

    def __init__(
        self,
        kind: str,
        message: str,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status
        self.code = code
        self.request_id = request_id
        self.hint = hint or _HINT_BY_KIND.get(kind)
        self.doing = ""
        #: The host that the request was for.
        self.host: str | None = None
        self.target: dict[str, Any] | None = None

    def at(self, doing: str, target: dict[str, Any]) -> SourceError:
        """Return the failure with its request and target."""
        self.doing, self.target = doing, target
        return self

    def redact(self, line: Callable[[object], str]) -> SourceError:
        """Return the failure with its texts as short lines without secrets."""
        for name in ("message", "code", "request_id", "hint"):
            text = getattr(self, name)
            setattr(self, name, line(text) if text is not None else None)
        if self.target is not None:
            # An id may be the source's.
            self.target = {name: line(value) if isinstance(value, str) else value for name, value in self.target.items()}
        return self

    def as_dict(self) -> dict[str, Any]:
        """Return the C(failure) of a failed task."""
        return {
            name: getattr(self, name) for name in ("kind", "status", "code", "message", "request_id", "hint", "target")
        }

    def line(self) -> str:
        """Return the C(msg) of a failed task."""
        where = ", ".join("%s %s" % item for item in (self.target or {}).items() if item[1] is not None)
        what = " ".join(str(part) for part in (self.status and "HTTP %d" % self.status, self.code) if part)
        text = "%s%s%s failed: %s%s" % (
            self.doing or "The request", " at %s" % self.host if self.host else "", " (%s)" % where if where else "",
            what + ": " if what else "", self.message,
        )
        if self.request_id:
            text += " (request id %s)" % self.request_id
        return "%s. %s" % (text.rstrip("."), self.hint) if self.hint else text
