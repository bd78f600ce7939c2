# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which requests get a fault: rules that match, skip, fire and wear out."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

from .exchange import Exchange
from .settings import DIALECTS

#: kind -> its own options
KINDS: dict[str, tuple[str, ...]] = {
    "status": ("status", "headers", "body", "variant"),
    "reset": ("mid_body",),
    "truncated_json": (),
    "html": (),
    "not_json_object": ("body",),
    "missing_list": (),
    "empty_page": (),
    "short_page": (),
    "duplicate_rows": ("variant",),
    "extra_rows": (),
    "total": ("value", "delta"),
    "redirect": ("status",),
    "endless_body": (),
    "endless_headers": ("variant", "interval"),
    "interim": ("status", "count", "delay"),
    "second_answer": (),
    "odd_length": (),
    "slow": ("seconds",),
    "drip": ("interval",),
    "baidu_code": ("code", "message"),
    "gzip_bomb": ("size",),
    "gzip_twice": (),
    "list_bomb": ("size",),
}
_COMMON = ("kind", "dialect", "match", "after", "times", "lasts")
_MATCH = ("path", "method", "query", "body")


@dataclass
class Rule:
    """One `fault` control call."""

    kind: str
    dialect: str
    match: dict[str, Any]
    after: int
    times: int | None
    #: Seconds from its first firing on; null is without end.
    lasts: float | None
    options: dict[str, Any]
    seen: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)
    _since: float | None = field(default=None, init=False)

    def fits(self, exchange: Exchange) -> bool:
        match = self.match
        if self.dialect != "*" and self.dialect != exchange.dialect:
            return False
        if "method" in match and match["method"] != exchange.method:
            return False
        if "path" in match and not re.search(match["path"], exchange.path):
            return False
        if "query" in match:
            pairs = exchange.pairs(plus_is_space=True)
            if any((key, str(value)) not in pairs for key, value in match["query"].items()):
                return False
        return "body" not in match or _is_part(match["body"], _json(exchange.body))

    def due(self) -> bool:
        """Count a matching request; whether it is this one that gets the fault."""
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.fired >= self.times):
            return False
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if self.lasts is not None and now >= self._since + self.lasts:
            return False
        self.fired += 1
        return True


class FaultBook:
    """The rules in force, oldest first; the first one that is due decides."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def clear(self) -> None:
        self.rules.clear()

    def add(self, spec: dict[str, Any]) -> None:
        kind = spec.get("kind")
        if kind not in KINDS:
            raise ValueError(f"unknown fault kind {kind!r}; known: {', '.join(KINDS)}")
        _only(spec, (*_COMMON, *KINDS[kind]), f"option of fault {kind}")
        dialect = spec.get("dialect", "*")
        if dialect not in (*DIALECTS, "*"):
            raise ValueError(f"unknown dialect {dialect!r}")
        match = spec.get("match") or {}
        _only(match, _MATCH, "match key")
        re.compile(match.get("path", ""))
        if kind == "status" and not isinstance(spec.get("status"), int):
            raise ValueError("fault status needs a status")
        if kind == "total" and ("value" in spec) == ("delta" in spec):
            raise ValueError("fault total needs either value or delta")
        options = {key: spec[key] for key in KINDS[kind] if key in spec}
        self.rules.append(
            Rule(kind, dialect, match, int(spec.get("after") or 0), spec.get("times"), spec.get("lasts"), options)
        )

    def pick(self, exchange: Exchange) -> Rule | None:
        return next((rule for rule in self.rules if rule.fits(exchange) and rule.due()), None)


def _only(found: dict[str, Any], known: tuple[str, ...], what: str) -> None:
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise ValueError(f"unknown {what}: {', '.join(unknown)}; known: {', '.join(known)}")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _is_part(wanted: Any, found: Any) -> bool:
    """Whether every key of `wanted` is in `found` with an equal value, nested ones too."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(key in found and _is_part(value, found[key]) for key, value in wanted.items())
    return bool(wanted == found)
