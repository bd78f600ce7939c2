# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchange the password of a Huawei Cloud IAM user for a token, once per task.

POST /v3/auth/tokens of IAM answers 201 with the token in the header X-Subject-Token.
"""

from __future__ import annotations

import json
from typing import Any

from ..._base.errors import SourceError
from ..._http.auth import Auth, Send
from ..._http.request import Request


class IamPasswordAuth(Auth):
    """A user of an account, for one project."""

    name = "username"

    def __init__(
        self, iam: str, username: str, password: str, domain_name: str, project: dict[str, str]
    ) -> None:
        """Prepare the login.

        :param project: the project that the token is for, by C(id) or by C(name).
        """
        self._iam = iam
        self._password = password
        user = {"name": username, "password": password, "domain": {"name": domain_name}}
        self._body = {"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": project},
        }}
        self._token: str | None = None

    def secrets(self) -> tuple[str | None, ...]:
        return (self._password, self._token)

    def login(self, send: Send) -> None:
        """Get the token.

        :raises SourceError: if IAM refuses, or answers without a token.
        """
        request = Request(
            self._iam, "/v3/auth/tokens", "POST", query=(("nocatalog", "true"),),
            headers=(("Content-Type", "application/json;charset=utf8"),), body=json.dumps(self._body).encode(),
        )
        headers, data = send(request, Auth())
        self._token = headers.get("x-subject-token")
        if not self._token:
            raise SourceError("protocol", "IAM answered without the header X-Subject-Token")
        self.project_id = _project_id(data)

    def sign(self, request: Request, now: float) -> dict[str, str]:
        return {"X-Auth-Token": self._token or ""}


def _project_id(data: Any) -> str | None:
    for name in ("token", "project", "id"):
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, str) else None
