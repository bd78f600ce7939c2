# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's signature checks against known answers made by the vendors' own signers."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.auth import bce, huawei
from tests.emulator.exchange import Exchange

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
HUAWEI = json.loads((VECTORS / "huawei_sdk_hmac_sha256.json").read_text(encoding="utf-8"))["vectors"]
BAIDU = json.loads((VECTORS / "bce_auth_v1.json").read_text(encoding="utf-8"))
HUAWEI_NOW = datetime(2026, 1, 15, 8, 30, tzinfo=timezone.utc).timestamp()


def huawei_exchange(vector: dict[str, Any], **changes: Any) -> Exchange:
    given, expected = vector["input"], vector["expected"]
    # as sent: names in any case, UTF-8 bytes seen as Latin-1 by the sender
    sent = expected["headers_after_signing"].items()
    headers = [(name.lower(), value.encode("latin-1").decode()) for name, value in sent]
    parts = {
        "dialect": "taurusdb",
        "method": given["method"],
        "target": expected["wire_request_target"],
        "headers": headers,
        "body": (given["body"] or "").encode(),
        "base_url": "",
    }
    return Exchange(**{**parts, **changes})


def check_huawei(exchange: Exchange, vector: dict[str, Any], now: float = HUAWEI_NOW) -> None:
    huawei.verify(exchange, huawei.parse(exchange.header("authorization") or ""), vector["input"]["sk"], now)


@pytest.mark.parametrize("vector", HUAWEI, ids=lambda vector: vector["name"])
def test_huawei_vector_is_accepted(vector: dict[str, Any]) -> None:
    exchange = huawei_exchange(vector)
    names = huawei.parse(exchange.header("authorization") or "").names
    assert huawei.canonical_request(exchange, names) == vector["expected"]["canonical_request"]
    check_huawei(exchange, vector)


@pytest.mark.parametrize("vector", HUAWEI, ids=lambda vector: vector["name"])
def test_huawei_vector_tampered_is_refused(vector: dict[str, Any]) -> None:
    whole = huawei_exchange(vector)
    target = whole.target + ("&" if "?" in whole.target else "?") + "extra=1"
    forged = [(k, v.replace("Signature=", "Signature=0")[:-1] if k == "authorization" else v) for k, v in whole.headers]
    moved = [(k, "other.example.com" if k == "host" else v) for k, v in whole.headers]
    for changes in ({"method": "PUT"}, {"target": target}, {"headers": forged}, {"headers": moved}):
        with pytest.raises(huawei.BadSignature):
            check_huawei(huawei_exchange(vector, **changes), vector)
    if (whole.header("x-sdk-content-sha256") or "") != "UNSIGNED-PAYLOAD":
        with pytest.raises(huawei.BadSignature, match="verify aksk signature fail"):
            check_huawei(huawei_exchange(vector, body=b"{}x"), vector)


@pytest.mark.parametrize("seconds", [901, -901])
def test_huawei_skew(seconds: int) -> None:
    vector = HUAWEI[0]
    check_huawei(huawei_exchange(vector), vector, HUAWEI_NOW + (900 if seconds > 0 else -900))
    with pytest.raises(huawei.BadSignature, match="signature expired") as caught:
        check_huawei(huawei_exchange(vector), vector, HUAWEI_NOW + seconds)
    assert not caught.value.counts


def test_huawei_plus_is_no_space() -> None:
    vector = next(v for v in HUAWEI if v["name"] == "query_spaces_unicode_empty_reserved")
    target = vector["expected"]["wire_request_target"].replace("%20", "+")
    with pytest.raises(huawei.BadSignature):
        check_huawei(huawei_exchange(vector, target=target), vector)


@pytest.mark.parametrize(
    "names", ["host", "x-sdk-date", "x-sdk-date;host", "Host;x-sdk-date", "host;missing;x-sdk-date"]
)
def test_huawei_signed_headers(names: str) -> None:
    vector = HUAWEI[0]
    sent = huawei_exchange(vector).headers
    headers = [(k, v.replace("host;x-sdk-date", names) if k == "authorization" else v) for k, v in sent]
    with pytest.raises(huawei.BadSignature) as caught:
        check_huawei(huawei_exchange(vector, headers=headers), vector)
    assert not caught.value.counts


def bce_exchange(vector: dict[str, Any], mode: str, **changes: Any) -> Exchange:
    pairs = [f"{bce._encode(key)}={bce._encode(value or '')}" for key, value in vector["params"]]
    path = "/".join(bce._encode(part) for part in vector["path"].split("/"))
    headers = [(name.lower(), value.strip()) for name, value in vector["headers"].items()]
    parts = {
        "dialect": "bcc",
        "method": vector["method"],
        "target": path + ("?" + "&".join(pairs) if pairs else ""),
        "headers": [*headers, ("authorization", vector[mode]["authorization"])],
        "body": vector["body"].encode(),
        "base_url": "",
    }
    return Exchange(**{**parts, **changes})


def check_bce(exchange: Exchange, now: float = BAIDU["timestamp"]) -> None:
    bce.verify(exchange, bce.parse(exchange.header("authorization") or ""), BAIDU["secret_access_key"], now)


@pytest.mark.parametrize("mode", ["explicit", "default"])
@pytest.mark.parametrize("vector", BAIDU["vectors"], ids=lambda vector: vector["id"])
def test_bce_vector(vector: dict[str, Any], mode: str) -> None:
    exchange = bce_exchange(vector, mode)
    names = tuple(vector[mode].get("signed_headers", ()))
    assert bce.canonical_request(exchange, names) == vector[mode]["canonical_request"]
    check_bce(exchange)
    others = [(k, "other.example.com" if k == "host" else v) for k, v in exchange.headers]
    for changes in ({"method": "HEAD"}, {"target": exchange.path + "?x=1"}, {"headers": others}):
        with pytest.raises(bce.Refused) as caught:
            check_bce(bce_exchange(vector, mode, **changes))
        assert caught.value.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("seconds", [1801, -1801])
def test_bce_skew(seconds: int) -> None:
    check_bce(bce_exchange(BAIDU["vectors"][0], "explicit"), BAIDU["timestamp"] + (1800 if seconds > 0 else -1800))
    with pytest.raises(bce.Refused) as caught:
        check_bce(bce_exchange(BAIDU["vectors"][0], "explicit"), BAIDU["timestamp"] + seconds)
    assert (caught.value.status, caught.value.code) == (400, "RequestExpired")


@pytest.mark.parametrize(
    "text", ["", "Basic eDp5", "bce-auth-v1/a/b/c/d/e", "bce-auth-v2/a/2024-03-22T09:38:06Z/1800//" + "0" * 64]
)
def test_bce_malformed(text: str) -> None:
    with pytest.raises(bce.Refused) as caught:
        bce.parse(text)
    assert caught.value.code == "InvalidHTTPAuthHeader"
