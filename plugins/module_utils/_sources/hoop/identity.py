# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out which user makes the requests, and which part of an organization it sees: lists are cut without a notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._base.errors import SourceError
from ..._fetch.endpoint import Values
from ..._http.auth import Auth
from ..._http.request import Request

if TYPE_CHECKING:
    from ..._http.transport import Transport

_PATH = "/api/userinfo"
#: The roles that see every session. Groups do not count: an administrator of the gateway can rename them.
_SEE_ALL = ("admin", "auditor")


def look_up_identity(transport: Transport, base: str, auth: Auth) -> dict[str, Any]:
    """Return C(org), the organization's id, and C(viewer): C(id), C(role), and C(sees_all).

    :raises SourceError: if the gateway refuses, or does not know this user.
    """
    try:
        return transport.send(Request(base, _PATH), auth, _read).data
    except SourceError as failure:
        raise failure.at("Getting the current user", {}) from None


def _read(data: Any) -> dict[str, Any]:
    fields = data if isinstance(data, dict) else {}
    viewer, role, org = (fields.get(name) for name in ("id", "role", "org_id"))
    if not isinstance(viewer, str) or not viewer or not isinstance(role, str) or not isinstance(org, str):
        raise SourceError("protocol", "the answer names no user: it lacks id, role or org_id")
    if not org:
        raise SourceError(
            "permission", "the gateway does not know this user (role %s)" % role,
            hint="Ask an administrator of the gateway to approve this user.",
        )
    return {"org": org, "viewer": {"id": viewer, "role": role, "sees_all": role in _SEE_ALL}}


def report_viewer(values: Values) -> tuple[dict[str, Any], list[str]]:
    """Return the keys of a result that describe its viewer, and a warning if the viewer does not see everything.

    :param values: the values of the connection.
    """
    viewer = values.get("viewer")
    if viewer is None:
        return {}, []
    if viewer["sees_all"]:
        return {"viewer": viewer}, []
    return {"viewer": viewer}, [
        "%s (role %s) sees only its own sessions and those it may review: this is a part of what the gateway has. An auditor or "
        "an admin sees all." % (viewer["id"], viewer["role"])
    ]
