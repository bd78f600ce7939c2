# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sign requests with Huawei Cloud's SDK-HMAC-SHA256.

Its API Request Signing Guide describes the signature; the official SDK's signer makes the same one.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from urllib.parse import unquote

from ..._http.auth import Auth
from ..._http.request import Request, encode

ALGORITHM = "SDK-HMAC-SHA256"
_CONTENT_HASH = "X-Sdk-Content-Sha256"


class SdkHmacAuth(Auth):
    """An access key pair, permanent or temporary (then with a security token)."""

    name = "access_key"

    def __init__(
        self, access_key: str, secret_key: str, security_token: str | None = None, project_id: str | None = None
    ) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._security_token = security_token
        #: The vendor requires it for resources in a sub-project; set when it is known.
        self.project_id = project_id

    def secrets(self) -> tuple[str | None, ...]:
        return (self._access_key, self._secret_key, self._security_token)

    def sign(self, request: Request, now: float) -> dict[str, str]:
        headers = {"Host": request.host, "X-Sdk-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))}
        headers.update((name, value) for name, value in request.headers if name.lower() == "content-type")
        if self.project_id:
            headers["X-Project-Id"] = self.project_id
        if self._security_token:
            headers["X-Security-Token"] = self._security_token
        headers.update(self.authorize(request, headers))
        return headers

    def authorize(self, request: Request, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the Authorization header over these headers, and other headers that signing adds.

        All given headers are signed, but for names with an underscore; X-Sdk-Date must be among them.
        """
        added: dict[str, str] = {}
        names = {name.lower(): value.strip() for name, value in headers.items() if "_" not in name}
        kind = names.get("content-type")
        if kind is not None and not kind.startswith(("application/json", "application/bson")):
            added[_CONTENT_HASH] = names[_CONTENT_HASH.lower()] = "UNSIGNED-PAYLOAD"
        signed = ";".join(sorted(names))
        payload = names.get(_CONTENT_HASH.lower()) if request.body else None
        canonical = "\n".join((
            request.method,
            canonicalize_path(request.full_path),
            canonicalize_query(request),
            "".join("%s:%s\n" % (name, names[name]) for name in sorted(names)),
            signed,
            payload or hashlib.sha256(request.body).hexdigest(),
        ))
        to_sign = "\n".join((ALGORITHM, names["x-sdk-date"], hashlib.sha256(canonical.encode()).hexdigest()))
        signature = hmac.new(self._secret_key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        added["Authorization"] = "%s Access=%s, SignedHeaders=%s, Signature=%s" % (
            ALGORITHM, self._access_key, signed, signature,
        )
        return added


def canonicalize_path(path: str) -> str:
    """Return the path as it is signed: each part decoded and encoded again, with a slash at the end."""
    canonical = "/".join(encode(part) for part in unquote(path).split("/"))
    return canonical if canonical.endswith("/") else canonical + "/"


def canonicalize_query(request: Request) -> str:
    """Return the query as it is signed: sorted before it is encoded, always with an equals sign."""
    return "&".join("%s=%s" % (encode(name), encode(value)) for name, value in sorted(request.query))
