# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of authentication that send a header. Signers have files of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .request import Request


class Auth:
    """No authentication; the base class of every method."""

    #: The method's name for a user: its first option.
    name = "no authentication"
    #: The id of the project that the credentials are for; null if unknown, or if the source has no projects.
    project_id: str | None = None

    def secrets(self) -> tuple[str | None, ...]:
        """Return the secrets to mask."""
        return ()

    def login(self, send: Send) -> None:
        """Fetch what the first request needs, such as a token; most methods need nothing.

        :raises SourceError: if the source refuses.
        """

    def sign(self, request: Request, now: float) -> dict[str, str]:
        """Return the headers that authenticate a request; called for every try.

        :param now: seconds since the epoch.
        """
        return {}


class HeaderAuth(Auth):
    """A secret that is sent as it is."""

    header = ""
    prefix = ""

    def __init__(self, secret: str, **also: str) -> None:
        self._headers = {self.header: self.prefix + secret, **also}
        self._secret = secret

    def secrets(self) -> tuple[str | None, ...]:
        return (self._secret,)

    def sign(self, request: Request, now: float) -> dict[str, str]:
        return dict(self._headers)


#: Sends one request with a method of authentication; returns lower-case headers and the JSON body.
Send = Callable[[Request, Auth], tuple[Mapping[str, str], Any]]
