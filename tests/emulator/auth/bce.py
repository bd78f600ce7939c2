# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""bce-auth-v1, the verifying side: the signature is computed again from the request as received."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import quote

from ..exchange import Exchange, decode

MAX_SKEW = 30 * 60
_DEFAULT_NAMES = ("host", "content-length", "content-md5", "content-type")


class Refused(Exception):
    """A status and an error code of the documented list."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Signed:
    """The parts of an Authorization header."""

    access_key: str
    stamp: str
    seconds: str
    names: tuple[str, ...]
    signature: str

    @property
    def prefix(self) -> str:
        return f"bce-auth-v1/{self.access_key}/{self.stamp}/{self.seconds}"


def parse(authorization: str) -> Signed:
    parts = authorization.split("/")
    if len(parts) != 6 or parts[0] != "bce-auth-v1" or not parts[3].isdigit() or len(parts[5]) != 64:
        raise Refused(400, "InvalidHTTPAuthHeader", "The HTTP authorization header is invalid.")
    names = tuple(parts[4].split(";")) if parts[4] else ()
    return Signed(parts[1], parts[2], parts[3], names, parts[5])


def verify(exchange: Exchange, signed: Signed, secret_key: str, now: float) -> None:
    """Raise Refused unless the request was signed with this key, in time, over at least its host."""
    _check_time(exchange, signed, now)
    names = signed.names
    if names:
        if list(names) != sorted(set(names)) or any(name != name.lower() for name in names):
            raise Refused(400, "InvalidHTTPAuthHeader", "signedHeaders must be lower case, sorted and unique.")
        if "host" not in names:
            raise Refused(400, "InvalidHTTPAuthHeader", "The host header must be signed.")
    key = hmac.new(secret_key.encode(), signed.prefix.encode(), hashlib.sha256).hexdigest()
    expected = hmac.new(key.encode(), canonical_request(exchange, names).encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signed.signature):
        message = "The request signature we calculated does not match the signature you provided."
        raise Refused(400, "SignatureDoesNotMatch", message)


def canonical_request(exchange: Exchange, names: tuple[str, ...]) -> str:
    """Listed headers, or the recommended set where the list is empty."""
    lines = []
    for key, value in exchange.headers:
        value = value.strip()
        chosen = key in names if names else key in _DEFAULT_NAMES or key.startswith("x-bce-")
        if chosen and value:
            lines.append(f"{_encode(key)}:{_encode(value)}")
    pairs = (pair for pair in exchange.pairs() if pair[0].lower() != "authorization")
    query = "&".join(sorted(f"{_encode(key)}={_encode(value)}" for key, value in pairs))
    path = quote(decode(exchange.path).encode("utf-8", "surrogateescape"), safe="/-_.~")
    return "\n".join([exchange.method, path, query, "\n".join(sorted(lines))])


def _check_time(exchange: Exchange, signed: Signed, now: float) -> None:
    try:
        stamp = _seconds(signed.stamp)
        date = _seconds((exchange.header("x-bce-date") or "").strip())
    except ValueError:
        raise Refused(400, "InvalidHTTPAuthHeader", "x-bce-date is absent or is not YYYY-MM-DDThh:mm:ssZ.") from None
    if abs(stamp - date) > 1:
        raise Refused(400, "InvalidHTTPAuthHeader", "x-bce-date differs from the time in the authorization header.")
    if abs(now - stamp) > MAX_SKEW or now > stamp + int(signed.seconds):
        raise Refused(400, "RequestExpired", "Request has expired.")


def _seconds(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()


def _encode(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="-_.~")
