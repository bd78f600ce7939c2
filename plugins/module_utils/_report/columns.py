# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encode records column by column, so that a page stays small: a repeated word is stored once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .items import Item

_WORDS = ("source", "scope", "kind", "state", "outcome", "actor", "target", "summary")
#: Names are cut in the middle, all other texts at the end.
_NAMES = ("scope", "actor", "target")


def truncate(text: str | None, longest: int) -> str | None:
    """Return a text, cut to C(longest) characters."""
    return text if text is None or len(text) <= longest else text[: longest - 1] + "\u2026"


def shorten(text: str | None, longest: int) -> str | None:
    """Return a name, cut in its middle to C(longest) characters: names differ at their ends."""
    if text is None or len(text) <= longest:
        return text
    head = longest // 2
    return text[:head] + "\u2026" + text[len(text) - (longest - head - 1):]


def encode_columns(items: Sequence[Item], longest: int) -> dict[str, Any]:
    """Return the columns of records.

    A column of words is the list of distinct words, and for each record the index of its word.
    C(started_at) is how many milliseconds a record began after the last one before it whose start is known,
    C(lasted) is its duration in milliseconds; null is unknown.

    :param longest: the longest text, in characters.
    """
    columns: dict[str, Any] = {
        name: _words([(shorten if name in _NAMES else truncate)(getattr(item, name), longest) for item in items]) for name in _WORDS
    }
    columns["id"] = [shorten(item.record_id, longest) for item in items]
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
