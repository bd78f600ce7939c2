# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The statement of a seal: what a store held at one instant, and which statement was before. Canonical JSON, to the byte."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .._base.version import VERSION
from .._records.canonical import is_bigint, write_canonical
from .._records.scope import read_scope

FORMAT = "opsaudit-seal/1"

#: Source and key of a scope.
Where = tuple[str, str]
#: The windows of a scope by view (its canonical JSON), in milliseconds since the epoch.
Windows = Mapping[str, Sequence[tuple[int, int]]]


class Prune(NamedTuple):
    """A declared prune."""

    before: int
    state: str
    records: int
    digest: str
    pruned_at: int


class Statement(NamedTuple):
    """What verification needs of a statement."""

    number: int
    store_id: str
    sealed_at: int
    delta_sha256: str
    delta_count: int
    previous_sha256: str | None
    coverage: dict[Where, Windows]
    prunes: dict[Where, list[Prune]]


def statement_of(
    number: int, store_id: str, sealed_at: int, previous_sha256: str | None, delta: tuple[str, int],
    scopes: Mapping[Where, Mapping[str, Any]], counts: Mapping[Where, int], pruned: Sequence[Mapping[str, Any]],
) -> bytes:
    """Write a statement.

    :param delta: SHA-256 and number of lines.
    :param scopes: as the store gives them.
    :param counts: how many records each scope has.
    """
    return _bytes({
        "format": FORMAT, "number": number, "store_id": store_id, "sealed_at": sealed_at, "version": VERSION,
        "delta_sha256": delta[0], "delta_count": delta[1], "previous_sha256": previous_sha256,
        "scopes": [
            {
                "source": source, "scope_key": key, "scope": _dictionary(found["scope"]), "count": counts.get((source, key), 0),
                "retired_at": found["retired_at"], "coverage": [{**row, "view": read_scope(row["view"])} for row in found["coverage"]],
            }
            for (source, key), found in scopes.items()
        ],
        "pruned": [dict(row) for row in pruned],
    })


def parse_statement(content: bytes) -> Statement:
    """Read a statement.

    :raises ValueError: if it is none, or not written as C(statement_of) does.
    """
    try:
        value = json.loads(content)
        if value["format"] != FORMAT or _bytes(value) != content:
            raise ValueError
        coverage: dict[Where, Windows] = {}
        for scope in value["scopes"]:
            coverage[_text(scope["source"]), _text(scope["scope_key"])] = sort_windows(
                (write_canonical(_is(row["view"], dict)), _number(row["start"]), _number(row["end"])) for row in scope["coverage"]
            )
        previous = value["previous_sha256"]
        return Statement(
            _number(value["number"]), _text(value["store_id"]), _number(value["sealed_at"]), _text(value["delta_sha256"]),
            _number(value["delta_count"]), None if previous is None else _text(previous), coverage, prunes_of(value["pruned"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError("is no statement of session_seal") from None


def sort_windows(rows: Any) -> dict[str, list[tuple[int, int]]]:
    """Sort windows by their view.

    :param rows: view, start and end of each.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    for view, start, end in rows:
        found.setdefault(view, []).append((start, end))
    return found


def coverage_of(scopes: Mapping[Where, Mapping[str, Any]]) -> dict[Where, Windows]:
    """Return the windows that a store has now, as a statement would have them."""
    return {
        where: sort_windows((view_of(row["view"]), row["start"], row["end"]) for row in found["coverage"])
        for where, found in scopes.items()
    }


def view_of(text: str) -> str:
    """Return the view of the store as statements have it."""
    return write_canonical(read_scope(text))


def prunes_of(rows: Sequence[Mapping[str, Any]]) -> dict[Where, list[Prune]]:
    """Sort declared prunes by their scope, and by how far they go."""
    found: dict[Where, list[Prune]] = {}
    for row in rows:
        prune = Prune(_number(row["before_time"]), _text(row["state"]), _number(row["records"]), _text(row["digest"]), _number(row["pruned_at"]))
        found.setdefault((_text(row["source"]), _text(row["scope_key"])), []).append(prune)
    return {where: sorted(each) for where, each in found.items()}


def _dictionary(text: str | None) -> Any:
    """A scope; what somebody broke by hand stays a text."""
    try:
        return json.loads(text or "{}")
    except (ValueError, RecursionError):
        return text


def _bytes(value: Any) -> bytes:
    return (write_canonical(value) + "\n").encode("utf-8", "surrogatepass")


def _is(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError
    return value


def _text(value: Any) -> str:
    return str(_is(value, str))


def _number(value: Any) -> int:
    if not is_bigint(value):
        raise TypeError
    return int(value)
