# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records column by column, so that a page of them stays small: what repeats itself is told once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .items import Item

_WORDS = ("source", "scope", "kind", "state", "outcome", "actor", "target", "summary")


def cut(text: str | None, longest: int) -> str | None:
    """A text that is not longer than that, in characters."""
    return text if text is None or len(text) <= longest else text[: longest - 1] + "\u2026"


def coded(items: Sequence[Item], longest: int) -> dict[str, Any]:
    """The columns of records.

    A column of words is a list of the different ones, and for each record where in the list its word is.
    C(started_at) is how much later (milliseconds since the epoch) each record began than the last one that tells it,
    C(lasted) how long it took (milliseconds); null is what isn't known.

    :param longest: texts are cut to so many characters.
    """
    columns: dict[str, Any] = {name: _words([cut(getattr(item, name), longest) for item in items]) for name in _WORDS}
    columns["id"] = [cut(item.record_id, longest) for item in items]
    columns["started_at"] = list(_steps(item.started_at for item in items))
    columns["lasted"] = [
        None if item.started_at is None or item.ended_at is None else item.ended_at - item.started_at for item in items
    ]
    return columns


def _words(values: list[str | None]) -> dict[str, list[Any]]:
    numbers: dict[str | None, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    return {"words": list(numbers), "codes": codes}


def _steps(values: Iterable[int | None]) -> Iterable[int | None]:
    before = 0
    for value in values:
        if value is None:
            yield None
        else:
            yield value - before
            before = value
