# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows that come and go while someone pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .dialects.base import maker
from .records import Page, Record, Store

_KEYS = ("dialect", "scope", "every", "at", "insert", "delete", "times", "outside_window", "seed")


@dataclass
class Rule:
    """One `mutate` control call."""

    dialect: str
    scope: dict[str, Any]
    every: int = 1
    at: str | int = "head"
    insert: int = 0
    delete: int = 0
    times: int | None = None
    outside_window: bool = False
    seed: int = 0
    seen: int = field(default=0, init=False)
    applied: int = field(default=0, init=False)

    def due(self, store: Store) -> bool:
        """Count a list request of the scope; whether the list changes after it."""
        if store.dialect != self.dialect or any(store.scope.get(key) != value for key, value in self.scope.items()):
            return False
        self.seen += 1
        if self.seen % self.every or (self.times is not None and self.applied >= self.times):
            return False
        self.applied += 1
        return True


class Mutations:
    """The rules in force."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self._made = 0

    def clear(self) -> None:
        self.rules.clear()

    def add(self, spec: dict[str, Any]) -> None:
        unknown = sorted(set(spec) - set(_KEYS))
        if unknown:
            raise ValueError(f"unknown mutate keys {', '.join(unknown)}; known: {', '.join(_KEYS)}")
        rule = Rule(**{**spec, "scope": spec.get("scope") or {}})
        if not (rule.at in ("head", "tail", "random") or isinstance(rule.at, int)) or rule.every < 1:
            raise ValueError("at is head, tail, random or an index, and every is at least 1")
        self.rules.append(rule)

    def after(self, page: Page) -> None:
        """A page was answered: apply what is due to its listing."""
        for rule in self.rules:
            if rule.due(page.store):
                self._apply(rule, page)

    def _apply(self, rule: Rule, page: Page) -> None:
        matched = list(reversed(page.matched)) if page.flipped else list(page.matched)
        rng = maker("mutate", rule.seed, rule.applied)
        for _step in range(rule.delete):
            if not matched:
                break
            page.store.remove(matched.pop(_index(rule.at, len(matched) - 1, rng)))
        for _step in range(rule.insert):
            if not matched:
                break  # nothing to make a new row like
            self._insert(rule, page, matched, _index(rule.at, len(matched), rng))

    def _insert(self, rule: Rule, page: Page, matched: list[Record], index: int) -> None:
        store = page.store
        assert store.respawn is not None
        before = matched[index - 1] if index else None
        after = matched[index] if index < len(matched) else None
        descending = store.descending is not page.flipped
        newer, older = (before, after) if descending else (after, before)
        moment = _between(newer, older, page.window, store.unit)
        if rule.outside_window:
            high = page.window[1]
            newest = max(row.time for row in matched)
            moment = max(newest, high or newest) + 86400 * 1000 * (1000 if store.dialect == "hoop" else 1)
        self._made += 1
        row = store.respawn(before or after or matched[0], self._made, moment)
        # the anchor is whichever neighbour there is; a flipped view runs against the store's order
        anchor, behind = (after, page.flipped) if after is not None else (before, not page.flipped)
        assert anchor is not None
        store.insert(store.rows.index(anchor) + behind, row)
        matched.insert(index, row)


def _index(at: str | int, last: int, rng: Any) -> int:
    if isinstance(at, int):
        return min(max(at, 0), last)
    return {"head": 0, "tail": last}.get(at, rng.randint(0, last))


def _between(newer: Record | None, older: Record | None, window: tuple[int | None, int | None], unit: int) -> int:
    """A time between two neighbours, and inside the window at the ends of the list."""
    low, high = window
    top = newer.time if newer else high
    bottom = older.time if older else low
    if top is None:
        top = (bottom or 0) + 2000 * unit
    if bottom is None:
        bottom = top - 2000 * unit
    moment = (top + bottom) // 2 // unit * unit
    return moment if low is None or moment >= low else moment + unit
