# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gaps that overlap others are found without looking at each pair, and found alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._gate.gaps import Spans
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.completeness import Span

EDGES = st.one_of(st.none(), st.integers(0, 40))


@st.composite
def spans(draw):
    start, end = draw(EDGES), draw(EDGES)
    if start is not None and end is not None:
        start, end = min(start, end), max(start, end) + 1
    return Span(start, end)


def overlap(one, other):
    """The rule, said for one pair."""
    return (one.start is None or other.end is None or one.start < other.end) and (
        other.start is None or one.end is None or other.start < one.end
    )


@given(st.lists(spans(), max_size=8), spans())
def test_what_overlaps_is_what_a_look_at_each_pair_finds(there, wanted):
    assert (Spans(there).around(wanted) is not None) == any(overlap(each, wanted) for each in there)


@given(st.lists(spans(), max_size=8), spans())
def test_what_is_around_is_all_that_hangs_together_with_it(there, wanted):
    found, size = [], -1
    while len(found) != size:
        size = len(found)
        found = [each for each in there if overlap(each, wanted) or any(overlap(each, other) for other in found)]
    starts = [float("-inf") if each.start is None else each.start for each in found]
    ends = [float("inf") if each.end is None else each.end for each in found]
    assert Spans(there).around(wanted) == ((min(starts), max(ends)) if found else None)
