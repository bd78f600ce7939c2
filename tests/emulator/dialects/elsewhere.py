# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another host: the target of redirects, and the object storage that download links point to."""

from __future__ import annotations

import re

from ..exchange import Answer, Exchange
from .base import Dialect

_KILLED = re.compile(r"^/killed-sessions/([A-Za-z0-9]+)$")


class Elsewhere(Dialect):
    """Answers anything, so that a client that should not have come gets no hint of it; the log tells."""

    name = "elsewhere"

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
        return Answer(200, killed_sessions(match.group(1)), content_type="application/octet-stream")


def killed_sessions(task_id: str) -> str:
    """What the link of a killing task downloads. The document does not tell its form; this is a plain table."""
    rows = "".join(f"{number},app,10.0.0.{number},orders,{number * 3},SELECT {task_id}\n" for number in range(1, 4))
    return "id,user,host,db,time,info\n" + rows
