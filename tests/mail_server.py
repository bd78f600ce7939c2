# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mail server on loopback that wants a login, and keeps what it gets."""

from __future__ import annotations

import email
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER = "auditor"
PASSWORD = "never-print-Ma1l"


class _AnyPort(Controller):
    """A controller for which the system chooses the port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailServer:
    """The server; C(refuses) is what it says in place of taking a mail."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.refuses: str | None = None
        self._controller = _AnyPort(
            self, hostname="127.0.0.1", port=0, authenticator=_check_login, auth_required=True, auth_require_tls=False,
        )

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuses:
            return self.refuses
        self.mails.append(email.message_from_bytes(envelope.content))
        return "250 taken"

    def url(self, password: str = PASSWORD) -> str:
        """What Apprise sends a mail with."""
        return "mailto://%s:%s@127.0.0.1:%d/dba@example.com?from=audit@example.com&mode=insecure" % (USER, password, self.port)

    @property
    def port(self) -> int:
        port: int = self._controller.port
        return port

    def text(self, number: int = -1) -> str:
        """The text of a mail, its title first."""
        mail = self.mails[number]
        parts = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
        content = parts[0].get_payload(decode=True)
        assert isinstance(content, bytes)
        title = str(email.header.make_header(email.header.decode_header(mail["Subject"])))
        return "%s\n%s" % (title, content.decode())


def _check_login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    is_known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_known, handled=False)


@contextmanager
def running() -> Iterator[MailServer]:
    """Run a server."""
    server = MailServer()
    server._controller.start()
    try:
        yield server
    finally:
        server._controller.stop()
