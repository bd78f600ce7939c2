# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is proven of a source in a window of time, scope by scope. Pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from .._base import times
from .windows import Window, gaps, merged


class Span(NamedTuple):
    """A stretch of time: its first and its last instant, in milliseconds since the epoch, null where it is open."""

    start: int | None
    end: int | None


class Known(NamedTuple):
    """What a store knows of a scope, with or without filters, by its key."""

    key: str
    #: The scope as JSON, if there are records.
    scope: str | None
    #: From where and up to where it was ever to be read, in milliseconds since the epoch.
    first: int | None
    last: int | None
    covered: list[Window]


class Proof(NamedTuple):
    """What of a window is proven of a scope, and what is missing."""

    scope: dict[str, Any]
    covered: list[Window]
    gaps: list[Span]


def proofs(known: Iterable[Known], filters: Collection[str], start: int | None, end: int | None) -> list[Proof]:
    """What is proven of each scope of a source, in the order of their keys; of nothing at all, if none is known.

    :param filters: options that leave out records: what was read with them proves nothing of a scope.
    :param start: the window's first instant; if it is null, the scope's own, from where it was ever to be read.
    :param end: its last instant; if it is null, the one up to which the scope was ever to be read.
    """
    scopes = _without_lookups(_without_filters(known, filters))
    if not scopes:
        return [Proof({}, [], [Span(start, end)])]
    return [
        Proof(_scope(each), _clipped(each.covered, start, end), _gaps(each, start, end))
        for _key, each in sorted(scopes.items())
    ]


def _without_filters(known: Iterable[Known], filters: Collection[str]) -> dict[str, Known]:
    """The whole scopes; those that were only ever read with filters are among them, with nothing proven."""
    filtered = re.compile(",(?:%s)=" % "|".join(filters)) if filters else None
    scopes: dict[str, Known] = {}
    for each in known:
        if each.scope is not None:
            whole = each.key
        elif each.key.startswith("sha256:"):
            # Only filters make a key that long; a scope that long is known by its records.
            continue
        else:
            match = filtered.search(each.key) if filtered else None
            whole = each.key[: match.start()] if match else each.key
        own = each if whole == each.key else each._replace(key=whole, covered=[])
        scopes[whole] = _joined(scopes[whole], own) if whole in scopes else own
    return scopes


def _without_lookups(scopes: dict[str, Known]) -> dict[str, Known]:
    """A lookup that failed (of an instance's nodes) is a scope only while nothing is known of what it would have found."""
    result = dict(scopes)
    for key, lookup in scopes.items():
        below = [name for name in scopes if name.startswith(key + ",")]
        if below and not lookup.covered and lookup.scope is None:
            del result[key]
            for name in below:
                result[name] = _joined(result[name], lookup)
    return result


def _joined(one: Known, other: Known) -> Known:
    """A scope, with what else was to be read of it."""
    firsts = [each for each in (one.first, other.first) if each is not None]
    lasts = [each for each in (one.last, other.last) if each is not None]
    return Known(
        one.key, one.scope or (other.scope if one.key == other.key else None), min(firsts, default=None),
        max(lasts, default=None), merged([*one.covered, *other.covered]),
    )


def _scope(known: Known) -> dict[str, Any]:
    """A scope as it was when its key was made of it."""
    if known.scope is not None:
        scope: dict[str, Any] = json.loads(known.scope)
        return scope
    parts = (part.partition("=") for part in re.split(",(?=[a-z_]+=)", known.key))
    return {name: value for name, _equals, value in parts}


def _clipped(windows: Iterable[Window], start: int | None, end: int | None) -> list[Window]:
    """As much of the windows as lies in another one."""
    cut = ((begin if start is None else max(begin, start), last if end is None else min(last, end)) for begin, last in windows)
    return [(begin, last) for begin, last in cut if begin < last]


def _gaps(known: Known, start: int | None, end: int | None) -> list[Span]:
    first = known.first if start is None else start
    last = known.last if end is None else end
    if first is None or last is None or first >= last:
        # Nothing was ever to be read of this window.
        return [Span(start, end)]
    return [Span(*each) for each in gaps(known.covered, first, last)]


class Exported(NamedTuple):
    """What is exported of a source."""

    source: str
    record_count: int
    proofs: list[Proof]


def gaps_of(exported: Iterable[Exported]) -> list[dict[str, Any]]:
    """What is missing, as a task returns it."""
    return [
        {"source": each.source, "scope": proof.scope, **window_of(gap)}
        for each in exported for proof in each.proofs for gap in proof.gaps
    ]


def window_of(window: Iterable[int | None]) -> dict[str, str | None]:
    start, end = (None if each is None else times.to_iso(each, "ms") for each in window)
    return {"start": start, "end": end}
