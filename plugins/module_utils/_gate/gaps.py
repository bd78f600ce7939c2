# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find gaps that have not been reported, and reported gaps that have been closed since.

A gap is reported once, however often it shrinks, and its end once. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .._base import times
from .._store.ledger.completeness import Proof, Span

#: The prefix of a gap's name where its end is reported.
_CLOSED = "closed "


class MissingPart(NamedTuple):
    """A gap in a window: the part that lies in the window, and the whole gap."""

    scope_key: str
    scope: dict[str, Any]
    part: Span
    whole: Span

    @property
    def name(self) -> str:
        """Return the whole gap as an ISO 8601 interval; an open end is empty."""
        return "/".join("" if each is None else times.to_iso(each, "ms") or str(each) for each in self.whole)


def find_gaps(parts: Iterable[Proof], wholes: Iterable[Proof]) -> list[MissingPart]:
    """Return the gaps of a window.

    :param parts: the coverage of the window, one for each scope.
    :param wholes: the coverage of all time that the rule applies to, of the same scopes.
    """
    return [
        MissingPart(part.key, part.scope, gap.span, _join(gap.span, [each.span for each in whole.gaps]))
        for part, whole in zip(parts, wholes) for gap in part.gaps
    ]


def _join(part: Span, wholes: Iterable[Span]) -> Span:
    """Return the whole gap of which a window shows a part; a moving window cuts it elsewhere each time."""
    spans = [part, *(each for each in wholes if _overlap(part, each))]
    starts, ends = [each.start for each in spans], [each.end for each in spans]
    start = None if None in starts else min(each for each in starts if each is not None)
    return Span(start, None if None in ends else max(each for each in ends if each is not None))


def _overlap(one: Span, other: Span) -> bool:
    return (one.start is None or other.end is None or one.start < other.end) and (
        other.start is None or one.end is None or other.start < one.end
    )


def is_reported(gap: MissingPart, reported: Iterable[str]) -> bool:
    """Return whether a gap, or a larger one that it remains of, is among these names."""
    return any(_overlap(gap.whole, _parse_name(name)) for name in reported if not name.startswith(_CLOSED))


class ClosedGap(NamedTuple):
    """A reported gap that has been closed."""

    scope: dict[str, Any]
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
    for scope_key, names in reported.items():
        proof = proofs.get(scope_key, Proof(scope_key, {}, [], [], {}))
        for name in sorted(set(names)):
            if not name.startswith(_CLOSED) and _CLOSED + name not in names:
                span = _parse_name(name)
                if not any(_overlap(span, gap.span) for gap in proof.gaps):
                    yield ClosedGap(proof.scope, scope_key, span, _CLOSED + name)


def _parse_name(name: str) -> Span:
    """Return the span of a gap's name."""
    start, _slash, end = name.partition("/")
    return Span(*(times.parse_iso(each) if each else None for each in (start, end)))
