# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SDK-HMAC-SHA256, the verifying side: the signature is computed again from the request as received."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import quote

from ..exchange import Exchange, decode

ALGORITHM = "SDK-HMAC-SHA256"
MAX_SKEW = 15 * 60
_HEADER = re.compile(rf"^{ALGORITHM} Access=([^,\s]+), SignedHeaders=([^,\s]+), Signature=([0-9a-f]{{64}})$")


class BadSignature(Exception):
    """Why a signed request is refused; `counts` says whether it brings the key closer to being locked."""

    def __init__(self, reason: str, counts: bool = False):
        super().__init__(reason)
        self.counts = counts


@dataclass(frozen=True)
class Signed:
    """The parts of an Authorization header."""

    access_key: str
    names: tuple[str, ...]
    signature: str


def parse(authorization: str) -> Signed:
    match = _HEADER.match(authorization)
    if not match:
        raise BadSignature("authorization header format is invalid")
    return Signed(match.group(1), tuple(match.group(2).split(";")), match.group(3))


def verify(exchange: Exchange, signed: Signed, secret_key: str, now: float) -> None:
    """Raise BadSignature unless the request was signed with this key, in time, over what must be signed."""
    names = signed.names
    if list(names) != sorted(set(names)) or any(name != name.lower() for name in names):
        raise BadSignature("SignedHeaders must be lower case, sorted and unique")
    for required in ("host", "x-sdk-date"):
        if required not in names:
            raise BadSignature(f"header {required} must be signed")
    stamp = exchange.header("x-sdk-date") or ""
    _check_time(stamp, now)
    canonical = canonical_request(exchange, names)
    text = f"{ALGORITHM}\n{stamp}\n{hashlib.sha256(canonical.encode('utf-8', 'surrogateescape')).hexdigest()}"
    expected = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signed.signature):
        raise BadSignature("verify aksk signature fail", counts=True)


def canonical_request(exchange: Exchange, names: tuple[str, ...]) -> str:
    lines = []
    for name in names:
        values = [value for key, value in exchange.headers if key == name]
        if len(values) != 1:
            raise BadSignature(f"signed header {name} must be sent once")
        lines.append(f"{name}:{values[0].strip()}\n")
    return "\n".join(
        [
            exchange.method,
            _canonical_path(exchange.path),
            _canonical_query(exchange),
            "".join(lines),
            ";".join(names),
            _payload_hash(exchange, names),
        ]
    )


def _canonical_path(raw_path: str) -> str:
    path = "/".join(_encode(part) for part in decode(raw_path).split("/"))
    return path if path.endswith("/") else path + "/"


def _canonical_query(exchange: Exchange) -> str:
    return "&".join(f"{_encode(key)}={_encode(value)}" for key, value in sorted(exchange.pairs()))


def _payload_hash(exchange: Exchange, names: tuple[str, ...]) -> str:
    actual = hashlib.sha256(exchange.body).hexdigest()
    claimed = exchange.header("x-sdk-content-sha256")
    if claimed is None or not exchange.body:
        return actual
    if "x-sdk-content-sha256" not in names:
        raise BadSignature("header x-sdk-content-sha256 must be signed")
    if claimed not in ("UNSIGNED-PAYLOAD", actual):
        raise BadSignature("x-sdk-content-sha256 does not fit the body", counts=True)
    return claimed


def _check_time(stamp: str, now: float) -> None:
    try:
        then = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        raise BadSignature("x-sdk-date must be YYYYMMDDTHHMMSSZ") from None
    if abs(now - then) > MAX_SKEW:
        server = datetime.fromtimestamp(now, timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        raise BadSignature(f"signature expired, signature time:{stamp}, server time:{server}")


def _encode(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="-_.~")
