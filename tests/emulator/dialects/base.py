# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every emulated system has in common, and the checks that strict parameters share."""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..exchange import Answer, Exchange
from ..records import Store
from ..settings import Settings

DATA = Path(__file__).resolve().parent.parent / "data"
#: The window seeded records are spread over unless given otherwise: March 2026, UTC, in milliseconds.
DEFAULT_START = 1772323200000
DEFAULT_END = 1774915200000


class Refusal(Exception):
    """A request the source would not answer; carries the answer it would give instead."""

    def __init__(self, answer: Answer):
        super().__init__(answer.status)
        self.answer = answer


class Dialect:
    """One emulated system."""

    name = ""

    def __init__(self, settings: Settings):
        self.settings = settings

    def reset(self) -> None:
        """Go back to the documents' examples."""

    def answer(self, exchange: Exchange) -> Answer:
        """What the real system would say."""
        raise NotImplementedError

    def error(self, status: int, variant: str = "") -> Answer:
        """The documented error of that status."""
        raise NotImplementedError

    def stores(self) -> Iterable[Store]:
        """Every listing the dialect has."""
        return ()

    def store(self, scope: dict[str, Any]) -> Store:
        """The one listing that fits the scope given."""
        found = [store for store in self.stores() if all(store.scope.get(key) == scope[key] for key in scope)]
        if len(found) != 1:
            known = [store.scope for store in self.stores()]
            raise ValueError(f"{len(found)} {self.name} listings fit the scope {scope}; known: {known}")
        return found[0]

    def seed(self, count: int, options: dict[str, Any]) -> dict[str, Any]:
        """Make `count` records of the scope in the options; the scope that was filled."""
        raise ValueError(f"{self.name} has no records to seed")

    def decorate(self, answer: Answer) -> None:
        """Headers that the system puts on everything, faults included."""


def load(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def strict_query(exchange: Exchange, allowed: Iterable[str]) -> dict[str, str]:
    """The query as a dict; ValueError for an unknown or repeated parameter."""
    found: dict[str, str] = {}
    for key, value in exchange.pairs():
        if key not in allowed:
            raise ValueError(f"unknown parameter {key}")
        if key in found:
            raise ValueError(f"parameter {key} is repeated")
        found[key] = value
    return found


def whole_number(text: str | None, name: str, default: int | None, low: int, high: int | None = None) -> int:
    """An integer parameter within its documented range; ValueError otherwise."""
    if text is None:
        if default is None:
            raise ValueError(f"parameter {name} is required")
        return default
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise ValueError(f"parameter {name} is not a whole number: {text}")
    number = int(text)
    if number < low or (high is not None and number > high):
        raise ValueError(f"parameter {name} is out of range: {number}")
    return number


def spread(count: int, options: dict[str, Any], unit: int = 1) -> list[int]:
    """`count` times in milliseconds, oldest first, evenly spread over the window of the options and never equal."""
    start = int(options.get("start", DEFAULT_START))
    end = int(options.get("end", max(DEFAULT_END, start + count * unit)))
    step = (end - start) / max(count, 1)
    return [int(start + step * (index + 0.5)) // unit * unit for index in range(count)]


def maker(*parts: Any) -> random.Random:
    """A random generator that gives the same for the same scope, every time."""
    return random.Random("/".join(str(part) for part in parts))


def fake_uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def mask(rng: random.Random, size: int) -> str:
    """Letters and digits, as the ids of the vendors have."""
    return "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789", k=size))
