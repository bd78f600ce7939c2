# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gaps as findings: one that is told of once counts as told of for as long as it is open, and then its end is told of.

Pure functions.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import Any, NamedTuple

from .._base import times
from .._store.ledger.completeness import Proof, Span

#: What comes before a gap's name where its end is reported.
_CLOSED = "closed "


class MissingPart(NamedTuple):
    """Something that is missing: in the window that is looked at, and from where to where in all."""

    scope_key: str
    scope: dict[str, Any]
    part: Span
    whole: Span

    @property
    def name(self) -> str:
        """The whole of it as a text: ISO 8601's form of an interval, with nothing where it is open."""
        return "/".join("" if each is None else times.to_iso(each, "ms") or str(each) for each in self.whole)


class Spans:
    """Stretches of time, in order and without overlap, in which those that overlap another are found fast."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[float] = []
        self._ends: list[float] = []
        for start, end in sorted(map(_bounds, spans)):
            if self._ends and start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def around(self, span: Span) -> tuple[float, float] | None:
        """Return from where to where those lie that overlap a stretch; null if there are none."""
        start, end = _bounds(span)
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        return (self._starts[first], self._ends[last - 1]) if first < last else None


def _bounds(span: Span) -> tuple[float, float]:
    return (-inf if span.start is None else span.start, inf if span.end is None else span.end)


def find_gaps(parts: Iterable[Proof], wholes: Iterable[Proof]) -> list[MissingPart]:
    """Return what is missing in a window.

    :param parts: what is proven of the window, scope by scope.
    :param wholes: what is proven of all time that a rule can be about, of the same scopes.
    """
    return [
        MissingPart(part.key, part.scope, gap.span, _join(gap.span, spans))
        for part, whole in zip(parts, wholes) for spans in (Spans(each.span for each in whole.gaps),) for gap in part.gaps
    ]


def _join(part: Span, wholes: Spans) -> Span:
    """A gap that a window may have cut, and which therefore begins elsewhere each time: as it really is."""
    (start, end), around = _bounds(part), wholes.around(part)
    if around is not None:
        start, end = min(start, around[0]), max(end, around[1])
    return Span(None if start == -inf else int(start), None if end == inf else int(end))


def reported_spans(names: Iterable[str]) -> Spans:
    """Return the gaps that were reported.

    :param names: the names of all that was reported of a scope.
    """
    return Spans(_parse_name(name) for name in names if not name.startswith(_CLOSED))


def is_reported(gap: MissingPart, reported: Spans) -> bool:
    """Whether a gap, or one that it is left of, was reported."""
    return reported.around(gap.whole) is not None


class ClosedGap(NamedTuple):
    """A gap that was reported, and is there no longer."""

    scope: dict[str, Any]
    scope_key: str
    span: Span
    #: What to note when its end was reported.
    name: str


def find_closed_gaps(reported: Mapping[str, Iterable[str]], wholes: Iterable[Proof]) -> Iterator[ClosedGap]:
    """Yield the gaps of which nothing is left, and whose end was not reported yet.

    :param reported: the names of all that was reported, by the key of the scope.
    :param wholes: what is proven of all time that the rule can be about, scope by scope.
    """
    proofs = {each.key: each for each in wholes}
    for scope_key, given in reported.items():
        proof = proofs.get(scope_key, Proof(scope_key, {}, [], [], {}))
        names, missing = set(given), Spans(each.span for each in proof.gaps)
        for name in sorted(names):
            if not name.startswith(_CLOSED) and _CLOSED + name not in names:
                span = _parse_name(name)
                if missing.around(span) is None:
                    yield ClosedGap(proof.scope, scope_key, span, _CLOSED + name)


def _parse_name(name: str) -> Span:
    start, _slash, end = name.partition("/")
    return Span(*(times.parse_iso(each) if each else None for each in (start, end)))
