# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei's gateway: a token or a signature, never both; keys lock after too many bad signatures."""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timezone

from .. import credentials
from ..exchange import Exchange
from ..settings import Settings
from . import huawei

_KEYS = {
    credentials.HUAWEI_AK: (credentials.HUAWEI_SK, None),
    credentials.HUAWEI_TEMP_AK: (credentials.HUAWEI_TEMP_SK, credentials.HUAWEI_SECURITY_TOKEN),
}


class Denied(Exception):
    """The reason a request is not let in, in the gateway's words."""


class HuaweiGate:
    """Who may come in; one for IAM and both services, because a locked key is locked everywhere."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        #: token -> time it expires at
        self._tokens: dict[str, float] = {credentials.HUAWEI_TOKEN: float("inf")}
        self._failures: dict[str, int] = {}
        self._locked_until: dict[str, float] = {}

    def mint(self) -> tuple[str, float]:
        """A fresh token of the configured length, accepted until it expires."""
        start = "MIIFakeMintedTokenEMULATOR"
        size = max(self._settings.token_size - len(start), 16)
        token = start + secrets.token_hex(size // 2 + 1)[:size]
        self._tokens[token] = self._settings.now("iam") + self._settings.token_lifetime
        return token, self._tokens[token]

    def revoke_minted(self) -> int:
        """Void every token but the constant one, as a changed password does."""
        minted = [token for token in self._tokens if token != credentials.HUAWEI_TOKEN]
        for token in minted:
            del self._tokens[token]
        return len(minted)

    def check(self, exchange: Exchange) -> None:
        """Raise Denied unless exactly one valid credential came with the request."""
        token = exchange.header("x-auth-token")
        authorization = exchange.header("authorization")
        if token is not None and authorization is not None:
            raise Denied("x-auth-token and authorization must not be sent together")
        if token is not None:
            self._check_token(token, exchange.dialect)
        elif authorization is not None and authorization.startswith(huawei.ALGORITHM):
            self._check_signature(exchange, authorization)
        else:
            raise Denied("x-auth-token not found")

    def _check_token(self, token: str, dialect: str) -> None:
        expires = self._tokens.get(token)
        if expires is None:
            raise Denied("decrypt token fail")
        if self._settings.now(dialect) > expires:
            text = datetime.fromtimestamp(expires, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
            raise Denied(f"token expires, expires_at {text}")

    def _check_signature(self, exchange: Exchange, authorization: str) -> None:
        try:
            signed = huawei.parse(authorization)
            key = signed.access_key
            if self._locked_until.get(key, 0.0) > time.monotonic():
                raise Denied("AK access failed to reach the limit, forbidden")
            if key not in _KEYS:
                raise huawei.BadSignature("aksk not found", counts=True)
            secret, security_token = _KEYS[key]
            self._check_security_token(exchange, signed, security_token)
            huawei.verify(exchange, signed, secret, self._settings.now(exchange.dialect))
        except huawei.BadSignature as bad:
            if bad.counts:
                self._count_failure(key)
            raise Denied(str(bad)) from None
        self._failures.pop(key, None)

    def _check_security_token(self, exchange: Exchange, signed: huawei.Signed, expected: str | None) -> None:
        sent = exchange.header("x-security-token")
        if expected is None and sent is not None:
            raise huawei.BadSignature("x-security-token does not belong to a permanent access key")
        if expected is not None:
            if sent != expected:
                raise huawei.BadSignature("verify security token fail")
            if "x-security-token" not in signed.names:
                raise huawei.BadSignature("header x-security-token must be signed")

    def _count_failure(self, key: str) -> None:
        self._failures[key] = self._failures.get(key, 0) + 1
        if self._failures[key] > self._settings.lock_after:
            self._locked_until[key] = time.monotonic() + self._settings.lock_seconds
            self._failures.pop(key)
