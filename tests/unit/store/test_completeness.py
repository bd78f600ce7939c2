# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the ledger proves of a window, and why not more."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.completeness import (
    Incomplete,
    Known,
    list_proofs,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.coverage import LATE, Covered
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.returned import coverage_of
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.runs import Reach

SCOPE, ORDERS, ANA = {"org": "o"}, "connection=orders", "viewer=ana"


def row(start, end, view="", read_at=None, missing=0):
    return Covered(view, start, end, end if read_at is None else read_at, 10, missing)


def known(*rows, key="org=o", scope=None, incomplete=None, **reaches):
    return Known(key, scope or SCOPE, {view: Reach(*reach) for view, reach in (reaches or {"": (0, 100)}).items()}, list(rows), incomplete)


def missing(*what, start=None, end=None):
    return [(proof.scope, [tuple(gap) for gap in proof.gaps]) for proof in list_proofs(what, start, end)]


def of_views(**reaches):
    return {{"full": "", "orders": ORDERS, "ana": ANA}[name]: reach for name, reach in reaches.items()}


@pytest.mark.parametrize("window, covered, gaps", [
    ((None, None), [(0, 100)], []),
    ((None, None), [(0, 40), (60, 100)], [(40, 60)]),
    ((10, 30), [(0, 40)], []),
    ((10, 50), [(0, 40)], [(40, 50)]),
    ((10, 500), [(0, 100)], [(100, 500)]),
    # Before all that was ever archived, and after it: nothing is known.
    ((None, 0), [(0, 100)], [(None, 0)]),
    ((100, None), [(0, 100)], [(100, None)]),
    ((500, None), [(0, 100)], [(500, None)]),
    ((50, None), [(0, 100)], []),
    ((None, 50), [(0, 100)], []),
])
def test_gaps_in_a_window(window, covered, gaps):
    expected = [(SCOPE, [(*gap, ()) for gap in gaps])]
    assert missing(known(*(row(*each) for each in covered)), start=window[0], end=window[1]) == expected


def test_a_source_that_nothing_is_known_of_is_one_gap():
    assert missing(start=1, end=2) == [({}, [(1, 2, ())])]
    assert missing() == [({}, [(None, None, ())])]


def test_a_narrower_view_proves_nothing_of_the_whole():
    alone = known(row(0, 100, ORDERS), **of_views(orders=(0, 100)))
    assert missing(alone) == [(SCOPE, [(0, 100, ("partial_view",))])]
    # It was to be read for longer than the whole was.
    both = known(row(0, 100), row(0, 150, ORDERS), **of_views(full=(0, 100), orders=(0, 150)))
    assert missing(both) == [(SCOPE, [(100, 150, ("partial_view",))])]
    (proof,) = list_proofs([both], None, None)
    assert [(each["view"], [window["end"] for window in each["windows"]]) for each in coverage_of(proof)] == [
        ({}, ["1970-01-01T00:00:00.100Z"]), ({"connection": "orders"}, ["1970-01-01T00:00:00.150Z"]),
    ]


def test_windows_whose_records_are_missing_prove_nothing():
    whole = known(row(0, 40), row(40, 60, missing=2), row(60, 100))
    assert missing(whole) == [(SCOPE, [(40, 60, ("records_missing",))])]
    assert missing(known(row(0, 40), row(40, 60, ORDERS, missing=2), row(60, 100))) == [(SCOPE, [(40, 60, ())])]


def test_why_a_gap_is_one_is_what_the_last_run_said_of_it():
    failed = known(row(0, 50), incomplete=Incomplete(20, 100, ("failed_targets",)))
    assert missing(failed) == [(SCOPE, [(50, 100, ("failed_targets",))])]
    assert missing(failed, start=0, end=10) == [(SCOPE, [])]
    before = known(row(50, 100), incomplete=Incomplete(50, 100, ("failed_targets",)))
    assert missing(before) == [(SCOPE, [(0, 50, ())])]


def test_what_was_read_late_says_when():
    late, read_at = row(0, 10, read_at=10 + LATE), 10 + LATE
    (proof,) = list_proofs([known(late, row(10, 100))], None, None)
    assert [tuple(each) for each in proof.covered] == [(0, 10, read_at), (10, 100, None)] and not proof.gaps


def test_a_lookup_that_failed_is_a_scope_while_nothing_else_is_known():
    lookup = known(key="instance_id=i", scope={"instance_id": "i"}, **{"": (0, 100)})
    node = known(row(10, 60), key="instance_id=i,node_id=n", scope={"instance_id": "i", "node_id": "n"}, **{"": (10, 60)})
    other = known(row(0, 50), key="instance_id=ix", scope={"instance_id": "ix"}, **{"": (0, 50)})
    assert missing(lookup) == [({"instance_id": "i"}, [(0, 100, ())])]
    assert missing(lookup, node, other) == [
        ({"instance_id": "i", "node_id": "n"}, [(0, 10, ()), (60, 100, ())]), ({"instance_id": "ix"}, []),
    ]
