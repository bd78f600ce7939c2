# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, told in one line and one dictionary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

KINDS = (
    "auth", "permission", "not_found", "invalid_request", "rate_limited", "server", "network", "tls", "protocol", "file",
)

_HINT_BY_CODE = {
    "APIG.0101": "This API is not published there: check endpoint and region.",
    "APIGW.0101": "This API is not published there: check endpoint and region.",
    "OptInRequired": "The service has to be opened for this account first.",
    "dataartsfabric.00000001": "The service asks to try again later.",
}
_HINT_BY_KIND = {
    "auth": "Check the credentials; five wrong ones in a row can lock a key.",
    "permission": "The credentials are known, but lack the right to read this.",
    "not_found": "Check the id, and that endpoint and region are those it belongs to.",
    "rate_limited": "Lower concurrency, or raise retry_budget.",
    "tls": "Give the CA's certificate in ca_path.",
}


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
        self.hint = hint or _HINT_BY_CODE.get(code or "") or _HINT_BY_KIND.get(kind)
        self.doing = ""
        self.target: dict[str, Any] | None = None

    def at(self, doing: str, target: dict[str, Any]) -> SourceError:
        """The same failure, with what was being done and to what."""
        self.doing, self.target = doing, target
        return self

    def redacted(self, line: Callable[[object], str]) -> SourceError:
        """The same failure, its texts as short lines without secrets."""
        for name in ("message", "code", "request_id", "hint"):
            text = getattr(self, name)
            setattr(self, name, line(text) if text is not None else None)
        return self

    def as_dict(self) -> dict[str, Any]:
        """The C(failure) that a failed task returns."""
        return {
            name: getattr(self, name) for name in ("kind", "status", "code", "message", "request_id", "hint", "target")
        }

    def line(self) -> str:
        """The C(msg) that a failed task returns."""
        where = ", ".join("%s %s" % item for item in (self.target or {}).items() if item[1] is not None)
        what = " ".join(str(part) for part in (self.status and "HTTP %d" % self.status, self.code) if part)
        text = "%s%s failed: %s%s" % (
            self.doing or "The request", " (%s)" % where if where else "", what + ": " if what else "", self.message,
        )
        if self.request_id:
            text += " (request id %s)" % self.request_id
        return "%s. %s" % (text.rstrip("."), self.hint) if self.hint else text
