# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GET /api/sessions: filters, order, counting and bounds, as the gateway of the configured version has them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from ..auth.hoop import Caller
from ..exchange import Answer, Exchange
from ..records import Page, Record, Store
from ..settings import Settings
from .hoop_data import APPROVERS
from .hoop_stream import microseconds, parse_time

#: parameter -> key of the session
_LIKE = {"user": "user_id", "connection": "connection", "type": "type"}
_EXACT = {"batch_id": "session_batch_id", "correlation_id": "correlation_id"}
_KNOWN = (*_LIKE, *_EXACT, "review.status", "review.approver", "jira_issue_key")
MAX_LIMIT = 100


class Invalid(Exception):
    """What the gateway answers 422 for."""


def _invalid(option: str, reason: str) -> Invalid:
    return Invalid(f'failed listing sessions, invalid "{option}" option: {reason}')


def is_older(settings: Settings, *version: int) -> bool:
    """Whether the configured gateway came before a release."""
    return tuple(int(part) for part in settings.hoop_version.split(".")) < version


def list_sessions(exchange: Exchange, store: Store, caller: Caller, settings: Settings) -> Answer:
    query: dict[str, str] = {}
    for key, value in exchange.pairs(plus_is_space=True):
        query.setdefault(key, value)  # a repeated parameter is read once, an unknown one not at all
    # An empty value is a filter, too, and mostly one that matches nothing.
    filters = {key: query[key] for key in _KNOWN if key in query and (query[key] or key != "correlation_id")}
    window = _window(query, settings.now("hoop"))
    old = is_older(settings, 1, 144, 0)
    limit, offset = _old_bounds(query) if old else _bounds(query, settings.offset_cap)
    tests = _tests(filters, window, caller)
    view = (tuple(filters.items()), window, caller)
    matched = store.select(view, (lambda row: all(test(row) for test in tests)) if tests else None)
    page = Page(store, matched, offset, limit, ("data",), ("total",), window=window)
    count = "exact" if old else query.get("count", "capped")
    if count not in ("capped", "exact", "none"):
        raise _invalid("count", f'invalid count value "{count}", expected one of [exact none capped]')
    capped = count == "capped" and len(matched) > settings.offset_cap
    body: dict[str, Any] = {"data": None, "total": settings.offset_cap if capped else len(matched)}
    if count == "none":
        body["total"] = None
    if not old:
        body["total_is_capped"] = capped
    body["has_next_page"] = len(page.rows) == limit if old else offset + limit < len(matched)
    return Answer(200, body, content_type="application/json; charset=utf-8", page=page)


def _bounds(query: dict[str, str], offset_cap: int) -> tuple[int, int]:
    limit, offset = _number(query.get("limit", "20"), "limit"), _number(query.get("offset", "0"), "offset")
    if limit < 1:
        raise _invalid("limit", f"must be at least 1, got {limit}")
    if offset < 0:
        raise _invalid("offset", f"must not be negative, got {offset}")
    if offset > offset_cap:
        advice = "narrow the result set with a filter instead of paginating deeper"
        raise _invalid("offset", f"must not be greater than {offset_cap}, got {offset}; {advice}")
    return min(limit, MAX_LIMIT), offset


def _number(text: str, name: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise _invalid(name, f'"{text}" is not a number')
    return int(text)


def _old_bounds(query: dict[str, str]) -> tuple[int, int]:
    """Before bounds were checked: what is no number counts as nought."""

    def number(name: str, default: int) -> int:
        text = query.get(name) or str(default)
        return max(int(text), 0) if re.fullmatch(r"-?[0-9]{1,18}", text) else 0

    return min(number("limit", 20), MAX_LIMIT), number("offset", 0)


def _window(query: dict[str, str], now: float) -> tuple[int | None, int | None]:
    """Inclusive bounds on the creation time, in microseconds; an end alone counts not."""
    low, high = (_bound(query[name]) if name in query else None for name in ("start_date", "end_date"))
    if low is None:
        return None, None
    return low, int(now) * 1000000 if high is None else high


def _bound(text: str) -> int:
    """Fractions of a second are dropped, and so is the zone: 02:00+02:00 is taken for 02:00Z."""
    try:
        parse_time(text)
    except ValueError:
        raise Invalid("start_date or end_date in wrong format") from None
    return microseconds(parse_time(text[:19] + "Z"))


def _tests(
    filters: dict[str, str], window: tuple[int | None, int | None], caller: Caller
) -> list[Callable[[Record], bool]]:
    tests: list[Callable[[Record], bool]] = []
    low, high = window
    if low is not None and high is not None:
        tests.append(lambda row: low <= row.time <= high)
    for name, value in filters.items():
        tests.append(_test(name, value))
    if not caller.sees_all:
        tests.append(lambda row: caller.sees(row.data["session"]))
    return tests


def _test(name: str, value: str) -> Callable[[Record], bool]:
    if name in _LIKE:
        pattern, key = like(value), _LIKE[name]
        return lambda row: bool(pattern.fullmatch(row.data["session"].get(key) or ""))
    if name in _EXACT:
        return lambda row: row.data["session"].get(_EXACT[name]) == value
    if name == "review.status":
        if not value:
            return lambda row: not row.data["session"].get("review")
        status = like(value)
        return lambda row: bool(status.fullmatch((row.data["session"].get("review") or {}).get("status", "")))
    if name == "review.approver":
        approver = Caller("standard", APPROVERS.get(value, ()))
        return lambda row: approver.reviews(row.data["session"])
    wanted = {key.strip().lower() for key in value.split(",")} - {""}
    return lambda row: _jira_key(row.data["session"]) in wanted


def _jira_key(session: dict[str, Any]) -> str:
    return (session.get("integrations_metadata") or {}).get("jira_issue_key", "").lower()


@functools.lru_cache(maxsize=256)
def like(pattern: str) -> re.Pattern[str]:
    """A SQL LIKE pattern: % is any text, _ any one character, a backslash takes either literally."""
    out = []
    escaped = False
    for char in pattern:
        if escaped or char not in "%_\\":
            out.append(re.escape(char))
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            out.append(".*" if char == "%" else ".")
    return re.compile("".join(out), re.DOTALL)
