# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hoop's two headers: Api-Key decides alone when present, else exactly one Bearer token. And who that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import credentials
from ..exchange import Exchange

#: The organisation of the examples, and another one behind the same URL.
ORG = "b79ff037-d0ed-5c31-84f8-95d42c0e5426"
OTHER_ORG = "5d2c1f0e-9a64-5b0a-8a51-0e6f3f8a7c11"
_ORG_NAMES = {ORG: "default", OTHER_ORG: "other", "": ""}


@dataclass(frozen=True)
class Caller:
    """Who is asking, for which organisation, and the groups whose reviews they take part in."""

    role: str
    groups: tuple[str, ...] = ()
    #: The subject that sessions name, and the e-mail; a key's are its UUID and its name.
    id: str = ""
    email: str = ""
    org: str = ORG

    @property
    def sees_all(self) -> bool:
        return self.role in ("admin", "auditor")

    def owns(self, session: dict[str, Any]) -> bool:
        return bool(self.id) and session.get("user_id") == self.id

    def reviews(self, session: dict[str, Any]) -> bool:
        review = session.get("review") or {}
        return any(group["group"] in self.groups for group in review.get("review_groups_data") or ())

    def sees(self, session: dict[str, Any]) -> bool:
        """Whether the session's data is shown."""
        return self.sees_all or self.owns(session) or self.reviews(session)

    def sees_recording(self, session: dict[str, Any]) -> bool:
        """Reviewers are shown what was asked for, and not what resulted from it."""
        return self.sees_all or self.owns(session)

    def info(self) -> dict[str, Any]:
        """What GET /api/userinfo answers."""
        return {
            "id": self.id,
            "name": self.email,
            "email": self.email,
            "status": "active",
            "verified": True,
            "role": self.role,
            "slack_id": "",
            "picture": "",
            "groups": list(self.groups),
            "is_admin": self.role == "admin",
            "is_multitenant": False,
            "tenancy_type": "selfhosted",
            "org_id": self.org,
            "org_name": _ORG_NAMES[self.org],
            "org_license": "",
            "feature_ask_ai": "unavailable",
            "webapp_users_management": "on",
            "intercom_hmac_digest": credentials.HOOP_DIGEST,
            "default_protection_profile": None,
            "show_origin_survey": False,
            "show_setup_checklist": False,
        }


class Unauthorized(Exception):
    """The gateway's one-line reason."""


def _person(role: str, groups: tuple[str, ...], email: str, subject: str = "", org: str = ORG) -> Caller:
    """With local users the subject is the e-mail; with an identity provider it is the provider's."""
    return Caller(role, groups, subject or email, email, org)


_BEARERS = {
    credentials.HOOP_TOKEN: _person("auditor", ("auditor",), "auditor@example.com"),
    credentials.HOOP_ADMIN_TOKEN: _person("admin", ("admin",), "admin@example.com"),
    credentials.HOOP_USER_TOKEN: _person("standard", ("dev",), "ana.ruiz@example.com", "auth0|64f0a1b2c3d4"),
    credentials.HOOP_REVIEWER_TOKEN: _person("standard", ("dba",), "dba@example.com"),
    credentials.HOOP_STRANGER_TOKEN: _person("standard", ("dev",), "stranger@example.com"),
    credentials.HOOP_OTHER_TOKEN: _person("admin", ("admin",), "admin@other.example.com", org=OTHER_ORG),
    credentials.HOOP_UNREGISTERED_TOKEN: _person("unregistered", (), "new@example.com", "auth0|new", org=""),
    credentials.HOOP_API_KEY: Caller("auditor", ("auditor",), "0a4e6c1e-3d0b-4c4f-9a37-6f1f5f0d0001", "audit-key"),
    credentials.HOOP_ADMIN_KEY: Caller("admin", ("admin",), "0a4e6c1e-3d0b-4c4f-9a37-6f1f5f0d0002", "admin-key"),
    credentials.HOOP_DEV_KEY: Caller("standard", ("dev",), "0a4e6c1e-3d0b-4c4f-9a37-6f1f5f0d0003", "dev-key"),
    credentials.HOOP_BARE_KEY: Caller("standard", (), "0a4e6c1e-3d0b-4c4f-9a37-6f1f5f0d0004", "bare-key"),
}


def identify(exchange: Exchange) -> Caller:
    """The caller, or Unauthorized."""
    api_key = exchange.header("api-key")
    if api_key:
        if api_key != credentials.HOOP_LEGACY_KEY:
            raise Unauthorized("unauthorize")  # the gateway's own spelling
        return Caller("admin", ("admin",), "API_KEY", "API_KEY")
    scheme, space, token = (exchange.header("authorization") or "").partition(" ")
    if scheme != "Bearer" or not space or token not in _BEARERS:
        raise Unauthorized("access denied")
    return _BEARERS[token]
