# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simple ways to authenticate: a header that says who one is. Signers have files of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .request import Request


class Auth:
    """Nobody. The base of every method to authenticate."""

    #: How a user names this method.
    name = "no authentication"
    #: The id of the project that it is for, where the source has such and the method knows it or wants to know it.
    project_id: str | None = None

    def secrets(self) -> tuple[str | None, ...]:
        """What must never be shown."""
        return ()

    def login(self, send: Send) -> None:
        """Fetch what is needed before the first request can be sent; most methods need nothing.

        :raises SourceError: if that is refused.
        """

    def sign(self, request: Request, now: float) -> dict[str, str]:
        """The headers that authenticate this request; made anew for every try.

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


#: Sends one request with a method to authenticate; returns lower-case headers and the JSON body.
Send = Callable[[Request, Auth], tuple[Mapping[str, str], Any]]
