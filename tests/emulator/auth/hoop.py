# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hoop's two headers: Api-Key decides alone when present, else exactly one Bearer token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import credentials
from ..exchange import Exchange


@dataclass(frozen=True)
class Caller:
    """Who is asking, and the groups whose reviews they take part in."""

    role: str
    groups: tuple[str, ...] = ()

    @property
    def sees_all(self) -> bool:
        return self.role in ("admin", "auditor")

    def reviews(self, session: dict[str, Any]) -> bool:
        review = session.get("review") or {}
        return any(group["group"] in self.groups for group in review.get("review_groups_data") or ())


class Unauthorized(Exception):
    """The gateway's one-line reason."""


_BEARERS = {
    credentials.HOOP_TOKEN: Caller("auditor"),
    credentials.HOOP_API_KEY: Caller("auditor"),
    credentials.HOOP_REVIEWER_TOKEN: Caller("reviewer", ("dba",)),
    credentials.HOOP_STRANGER_TOKEN: Caller("regular"),
}


def identify(exchange: Exchange) -> Caller:
    """The caller, or Unauthorized."""
    api_key = exchange.header("api-key")
    if api_key:
        if api_key != credentials.HOOP_LEGACY_KEY:
            raise Unauthorized("unauthorize")  # the gateway's own spelling
        return Caller("admin")
    scheme, space, token = (exchange.header("authorization") or "").partition(" ")
    if scheme != "Bearer" or not space or token not in _BEARERS:
        raise Unauthorized("access denied")
    return _BEARERS[token]
