# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look up a project's id at IAM. Imported when it is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._base.errors import SourceError
from ..._http.auth import Auth
from ..._http.request import Request

if TYPE_CHECKING:
    from ..._http.transport import Transport


def look_up_project(transport: Transport, auth: Auth, iam: str, region: str | None) -> str:
    """Return the project's id; it must be the only one.

    Keys list the projects of the region (GET /v3/projects), tokens those that they are valid for
    (GET /v3/auth/projects).

    :raises SourceError: if IAM refuses, or lists none or several.
    """
    by_key = auth.name == "access_key"
    path = "/v3/projects" if by_key else "/v3/auth/projects"
    request = Request(iam, path, query=(("name", region),) if by_key and region else ())

    def read(data: Any) -> str:
        projects = data.get("projects") if isinstance(data, dict) else None
        if not isinstance(projects, list) or not all(isinstance(each, dict) for each in projects):
            raise SourceError("protocol", "the answer lacks the list projects")
        fitting = [each for each in projects if not region or each.get("name") == region]
        if len(fitting) != 1:
            names = ", ".join(str(each.get("name")) for each in projects[:10]) or "none"
            where = " named %s" % region if region else ""
            raise SourceError(
                "invalid_request", "there must be one project%s, but IAM lists: %s" % (where, names),
                hint="Set project_id.",
            )
        return str(fitting[0].get("id"))

    try:
        return transport.send(request, auth, read).data
    except SourceError as failure:
        raise failure.at("Looking up the project at IAM", {}) from None
