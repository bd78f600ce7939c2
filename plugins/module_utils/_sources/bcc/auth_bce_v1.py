# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sign requests with Baidu AI Cloud's bce-auth-v1, as its authentication reference describes it."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping

from ..._http.auth import Auth
from ..._http.request import Request, encode

_VALID_SECONDS = 1800


class BceAuth(Auth):
    """An access key pair, permanent or temporary (then with a session token).

    Only Host and every x-bce-* header are signed and listed: no HTTP library and no proxy
    changes them.
    """

    name = "access_key"

    def __init__(self, access_key: str, secret_key: str, security_token: str | None = None) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._security_token = security_token

    def secrets(self) -> tuple[str | None, ...]:
        return (self._access_key, self._secret_key, self._security_token)

    def sign(self, request: Request, now: float) -> dict[str, str]:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
        headers = {"Host": request.host, "x-bce-date": stamp}
        if self._security_token:
            headers["x-bce-security-token"] = self._security_token
        headers["Authorization"] = self.authorize(request, headers, stamp)
        return headers

    def authorize(self, request: Request, headers: Mapping[str, str], stamp: str) -> str:
        """Return the Authorization header, over all of these headers that have a value.

        :param stamp: the time of signing, C(2024-03-22T09:38:06Z).
        """
        prefix = "bce-auth-v1/%s/%s/%d" % (self._access_key, stamp, _VALID_SECONDS)
        # The next key is the text of this digest, not its bytes.
        key = hmac.new(self._secret_key.encode(), prefix.encode(), hashlib.sha256).hexdigest()
        signed = {name.lower(): value.strip() for name, value in headers.items() if value.strip()}
        canonical = "\n".join((
            request.method,
            encode(request.full_path_decoded, safe="/"),
            canonicalize_query(request),
            "\n".join(sorted("%s:%s" % (encode(name), encode(value)) for name, value in signed.items())),
        ))
        signature = hmac.new(key.encode(), canonical.encode(), hashlib.sha256).hexdigest()
        return "%s/%s/%s" % (prefix, ";".join(sorted(signed)), signature)


def canonicalize_query(request: Request) -> str:
    """Return the query as it is signed: encoded before it is sorted, without C(authorization)."""
    return "&".join(sorted(
        "%s=%s" % (encode(name), encode(value)) for name, value in request.query if name.lower() != "authorization"
    ))
