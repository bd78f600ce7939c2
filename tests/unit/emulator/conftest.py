# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One emulator for all of these tests, reset before each; and signers of their own."""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.emulator import credentials
from tests.emulator.client import Emulator

collect_ignore_glob = [] if importlib.util.find_spec("aiohttp") else ["test_*.py"]


@pytest.fixture(scope="session")
def process() -> Iterator[Emulator]:
    with Emulator(tls=True) as running:
        yield running


@pytest.fixture
def emulator(process: Emulator) -> Emulator:
    process.reset()
    return process


class Wire:
    """Sends requests the way each system wants them, each part open to being spoiled."""

    def __init__(self, urls: dict[str, Any]):
        self.urls = urls
        self.session = requests.Session()
        self.session.trust_env = False

    def send(self, dialect: str, target: str, method: str = "GET", **given: Any) -> requests.Response:
        given.setdefault("allow_redirects", False)
        given.setdefault("timeout", 10)
        return self.session.request(method, self.urls[dialect] + target, **given)

    def token(self, dialect: str, target: str, **given: Any) -> requests.Response:
        headers = {"X-Auth-Token": credentials.HUAWEI_TOKEN, **given.pop("headers", {})}
        return self.send(dialect, target, headers=headers, **given)

    def hoop(self, target: str, token: str = credentials.HOOP_TOKEN, **given: Any) -> requests.Response:
        return self.send("hoop", target, headers={"Authorization": f"Bearer {token}"}, **given)

    def signed_headers(
        self,
        dialect: str,
        target: str,
        *,
        ak: str = credentials.HUAWEI_AK,
        sk: str = credentials.HUAWEI_SK,
        extra: dict[str, str] | None = None,
        age: float = 0,
        names: list[str] | None = None,
    ) -> dict[str, str]:
        """Huawei's SDK-HMAC-SHA256 for a GET whose query is already sorted and encoded."""
        path, dummy, query = target.partition("?")
        then = datetime.now(timezone.utc) - timedelta(seconds=age)
        host = self.urls[dialect].split("//")[1]
        headers = {"host": host, "x-sdk-date": then.strftime("%Y%m%dT%H%M%SZ"), **(extra or {})}
        names = sorted(headers) if names is None else names
        block = "".join(f"{name}:{headers[name]}\n" for name in names)
        empty = hashlib.sha256(b"").hexdigest()
        canonical = f"GET\n{path}/\n{query}\n{block}\n{';'.join(names)}\n{empty}"
        text = f"SDK-HMAC-SHA256\n{headers['x-sdk-date']}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(sk.encode(), text.encode(), hashlib.sha256).hexdigest()
        authorization = f"SDK-HMAC-SHA256 Access={ak}, SignedHeaders={';'.join(names)}, Signature={signature}"
        return {**headers, "Authorization": authorization}

    def signed(self, dialect: str, target: str, **given: Any) -> requests.Response:
        return self.send(dialect, target, headers=self.signed_headers(dialect, target, **given))

    def bcc(
        self,
        target: str,
        method: str = "GET",
        body: str | None = None,
        *,
        ak: str = credentials.BAIDU_AK,
        sk: str = credentials.BAIDU_SK,
        sts: str | None = None,
        age: float = 0,
        listed: bool = True,
        sign_sts: bool = True,
        change: Callable[[dict[str, str]], None] | None = None,
    ) -> requests.Response:
        """bce-auth-v1 over host, x-bce-date and the security token; the list of names may be left empty."""
        path, dummy, query = target.partition("?")
        then = datetime.now(timezone.utc) - timedelta(seconds=age)
        stamp = then.strftime("%Y-%m-%dT%H:%M:%SZ")
        chosen = {"host": self.urls["bcc"].split("//")[1], "x-bce-date": stamp}
        if sts and sign_sts:
            chosen["x-bce-security-token"] = sts
        if not listed and body is not None:
            chosen.update({"content-length": str(len(body)), "content-type": "application/json"})
        lines = sorted(f"{name}:{quote(value, safe='-_.~')}" for name, value in chosen.items())
        canonical = "\n".join([method, path, query, *lines])
        prefix = f"bce-auth-v1/{ak}/{stamp}/1800"
        key = hmac.new(sk.encode(), prefix.encode(), hashlib.sha256).hexdigest()
        signature = hmac.new(key.encode(), canonical.encode(), hashlib.sha256).hexdigest()
        names = ";".join(sorted(chosen)) if listed else ""
        headers = {"Host": chosen["host"], "x-bce-date": stamp, "Authorization": f"{prefix}/{names}/{signature}"}
        if sts:
            headers["x-bce-security-token"] = sts
        if body is not None:
            headers["Content-Type"] = "application/json"
        if change:
            change(headers)
        return self.send("bcc", target, method, headers=headers, data=body)


@pytest.fixture
def wire(emulator: Emulator) -> Wire:
    return Wire(emulator.urls)
