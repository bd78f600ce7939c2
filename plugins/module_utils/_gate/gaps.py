# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find gaps that have not been reported, and reported gaps that have been closed since.

A gap is reported once, however often it shrinks, and its end once. Pure functions.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import Any, NamedTuple

from .._base import times
from .._store.ledger.completeness import Proof, Span

#: The prefix of a gap's name where its end is reported.
_CLOSED = "closed "


class MissingPart(NamedTuple):
    """A gap in a window: the part that lies in the window, and the whole gap."""

    scope_key: str
    scope: dict[str, Any]
    label: str | None
    part: Span
    whole: Span
    reasons: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the whole gap as an ISO 8601 interval; an open end is empty."""
        return "/".join("" if each is None else times.to_iso(each, "ms") or str(each) for each in self.whole)


class Spans:
    """Spans of time, in order and joined, in which those that overlap another span are found fast."""

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
        """Return the first start and the last end of those that overlap a span; null if there are none."""
        start, end = _bounds(span)
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        return (self._starts[first], self._ends[last - 1]) if first < last else None


def _bounds(span: Span) -> tuple[float, float]:
    return (-inf if span.start is None else span.start, inf if span.end is None else span.end)


def find_gaps(parts: Iterable[Proof], wholes: Iterable[Proof]) -> list[MissingPart]:
    """Return the gaps of a window.

    :param parts: the coverage of the window, one for each scope.
    :param wholes: the coverage of all time that the rule applies to, of the same scopes.
    """
    return [
        MissingPart(part.key, part.scope, part.life.label, gap.span, _join(gap.span, spans), gap.reasons)
        for part, whole in zip(parts, wholes) for spans in (Spans(each.span for each in whole.gaps),) for gap in part.gaps
    ]


def _join(part: Span, wholes: Spans) -> Span:
    """Return the whole gap of which a window shows a part; a moving window cuts it elsewhere each time."""
    (start, end), around = _bounds(part), wholes.around(part)
    if around is not None:
        start, end = min(start, around[0]), max(end, around[1])
    return Span(None if start == -inf else int(start), None if end == inf else int(end))


def parse_reported_spans(names: Iterable[str]) -> Spans:
    """Return the gaps that were reported.

    :param names: the names of all reported gaps of a scope.
    """
    return Spans(_parse_name(name) for name in names if not name.startswith(_CLOSED))


def is_reported(gap: MissingPart, reported: Spans) -> bool:
    """Return whether a gap, or a larger one that it remains of, was reported."""
    return reported.around(gap.whole) is not None


class ClosedGap(NamedTuple):
    """A reported gap that has been closed."""

    scope: dict[str, Any]
    label: str | None
    scope_key: str
    span: Span
    #: The name under which its end is stored as reported.
    name: str


def find_closed_gaps(reported: Mapping[str, Iterable[str]], wholes: Iterable[Proof]) -> Iterator[ClosedGap]:
    """Yield the reported gaps that are closed completely, and whose end has not been reported.

    :param reported: the names of all reported gaps, by the key of the scope.
    :param wholes: the coverage of all time that the rule applies to, one for each scope.
    """
    proofs = {each.key: each for each in wholes}
    for scope_key, given in reported.items():
        proof = proofs.get(scope_key, Proof(scope_key, {}, [], [], {}))
        # What was pruned, or is no longer waited for, was not closed.
        ended = [] if proof.life.retired_at is None else [Span(proof.life.retired_at, None)]
        names, missing = set(given), Spans([*(each.span for each in proof.gaps), *proof.pruned, *ended])
        for name in sorted(names):
            if not name.startswith(_CLOSED) and _CLOSED + name not in names:
                span = _parse_name(name)
                if missing.around(span) is None:
                    yield ClosedGap(proof.scope, proof.life.label, scope_key, span, _CLOSED + name)


def _parse_name(name: str) -> Span:
    """Return the span of a gap's name."""
    start, _slash, end = name.partition("/")
    return Span(*(times.parse_iso(each) if each else None for each in (start, end)))
