# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another host: the target of redirects, and the object storage that download links point to."""

from __future__ import annotations

import re

from ..exchange import Answer, Exchange
from ..settings import Settings
from .base import Dialect
from .storage import Storage

_KILLED = re.compile(r"^/killed-sessions/([A-Za-z0-9]+)$")


class Elsewhere(Dialect):
    """Answers anything, so that a client that should not have come gets no hint of it; the log says."""

    name = "elsewhere"

    def __init__(self, settings: Settings, storage: Storage):
        super().__init__(settings)
        self._storage = storage

    def reset(self) -> None:
        self._storage.clear()

    def error(self, status: int, variant: str = "") -> Answer:
        return Answer(status, {"code": "ElsewhereError", "message": f"status {status}"})

    def answer(self, exchange: Exchange) -> Answer:
        match = _KILLED.match(exchange.path)
        if match is None:
            return Answer(200, {"elsewhere": True})
        if exchange.header("authorization") or exchange.header("x-auth-token"):
            text = "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>"
            return Answer(400, text, content_type="application/xml")
        if "Signature=" not in exchange.query:
            return Answer(403, "<Error><Code>AccessDenied</Code></Error>", content_type="application/xml")
        return self._storage.redeem(match.group(1))
