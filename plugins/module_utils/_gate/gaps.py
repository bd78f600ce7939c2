# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gaps as findings: one that is told of once counts as told of for as long as it is open, and then its end is told of.

Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .._base import times
from .._records.canonical import LONGEST_KEY, scope_text, short_key
from .._store.completeness import Proof, Span

#: What comes before a gap's name where its end is told of.
_CLOSED = "closed "


class Gap(NamedTuple):
    """Something that is missing: in the window that is looked at, and from where to where in all."""

    scope: dict[str, Any]
    part: Span
    whole: Span

    @property
    def scope_key(self) -> str:
        """The scope, as the table has it."""
        return short_key(scope_text(self.scope), LONGEST_KEY)

    @property
    def name(self) -> str:
        """The whole of it as a text: ISO 8601's form of an interval, with nothing where it is open."""
        return "/".join("" if each is None else times.to_iso(each, "ms") or str(each) for each in self.whole)


def gaps(parts: Iterable[Proof], wholes: Iterable[Proof]) -> list[Gap]:
    """What is missing in a window.

    :param parts: what is proven of the window, scope by scope.
    :param wholes: what is proven of all time that a rule can be about, of the same scopes.
    """
    return [
        Gap(part.scope, gap, _joined(gap, whole.gaps)) for part, whole in zip(parts, wholes) for gap in part.gaps
    ]


def _joined(part: Span, wholes: Iterable[Span]) -> Span:
    """A gap that a window may have cut, and which therefore begins elsewhere each time: as it really is."""
    all_of_it = [part, *(each for each in wholes if _touch(part, each))]
    starts, ends = [each.start for each in all_of_it], [each.end for each in all_of_it]
    start = None if None in starts else min(each for each in starts if each is not None)
    return Span(start, None if None in ends else max(each for each in ends if each is not None))


def _touch(one: Span, other: Span) -> bool:
    return (one.start is None or other.end is None or one.start < other.end) and (
        other.start is None or one.end is None or other.start < one.end
    )


def is_reported(gap: Gap, reported: Iterable[str]) -> bool:
    """Whether a gap, or one that it is left of, is among these names."""
    return any(_touch(gap.whole, _read(name)) for name in reported if not name.startswith(_CLOSED))


class Closed(NamedTuple):
    """A gap that was told of, and is there no longer."""

    scope: dict[str, Any]
    scope_key: str
    span: Span
    #: What to note when its end was told of.
    name: str


def closed(told: Mapping[str, Iterable[str]], wholes: Iterable[Proof]) -> Iterator[Closed]:
    """The gaps of which nothing is left, and whose end was not told of yet.

    :param told: the names of all that was told of, by the key of the scope.
    :param wholes: what is proven of all time that the rule can be about, scope by scope.
    """
    proofs = {short_key(scope_text(each.scope), LONGEST_KEY): each for each in wholes}
    for scope_key, names in told.items():
        proof = proofs.get(scope_key, Proof({}, [], []))
        for name in sorted(set(names)):
            if not name.startswith(_CLOSED) and _CLOSED + name not in names:
                span = _read(name)
                if not any(_touch(span, gap) for gap in proof.gaps):
                    yield Closed(proof.scope, scope_key, span, _CLOSED + name)


def _read(name: str) -> Span:
    start, _slash, end = name.partition("/")
    return Span(*(times.parse_iso(each) if each else None for each in (start, end)))
