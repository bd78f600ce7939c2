# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the ledger proves of a window."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.completeness import Known, proofs

G = '{"gateway":"http://h"}'
FILTERS = ("user", "connection")
KEY = "gateway=http://h"


def known(key=KEY, scope=None, first=0, last=100, covered=()):
    return Known(key, scope, first, last, list(covered))


def told(*what, start=None, end=None, filters=FILTERS):
    return [(proof.scope, proof.gaps) for proof in proofs(what, filters, start, end)]


SCOPE = {"gateway": "http://h"}


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
    assert told(known(covered=covered), start=window[0], end=window[1]) == [(SCOPE, gaps)]


def test_a_source_that_nothing_is_known_of_is_one_gap():
    assert told(start=1, end=2) == [({}, [(1, 2)])]
    assert told() == [({}, [(None, None)])]


def test_filters_prove_nothing_of_the_whole():
    filtered = known(KEY + ",connection=orders", covered=[(0, 100)])
    assert told(filtered) == [(SCOPE, [(0, 100)])]
    assert told(filtered, known(scope=G, first=None, last=None)) == [(SCOPE, [(0, 100)])]
    assert told(filtered, known(covered=[(0, 100)])) == [(SCOPE, [])]
    # It was asked for longer than the whole was.
    assert told(known(KEY + ",user=a,connection=b", last=150, covered=[(0, 150)]), known(covered=[(0, 100)])) == [(SCOPE, [(100, 150)])]


def test_a_gateway_is_no_filter():
    strange = "gateway=http://h/a,connection=b"
    assert told(known(strange, '{"gateway":"http://h/a,connection=b"}', covered=[(0, 100)])) == [({"gateway": "http://h/a,connection=b"}, [])]
    assert told(known("gateway=http://h/?a=b,C=d", covered=[(0, 100)])) == [({"gateway": "http://h/?a=b,C=d"}, [])]


def test_a_lookup_that_failed_counts_while_nothing_else_is_known():
    lookup = known("instance_id=i", last=150)
    node = known("instance_id=i,node_id=n", covered=[(0, 100)])
    assert told(lookup, filters=()) == [({"instance_id": "i"}, [(0, 150)])]
    assert told(lookup, node, filters=()) == [({"instance_id": "i", "node_id": "n"}, [(100, 150)])]
    assert told(lookup, node, filters=(), end=100) == [({"instance_id": "i", "node_id": "n"}, [])]


def test_keys_too_long_to_be_read():
    long = known("sha256:" + "0" * 64, covered=[(0, 100)])
    assert told(long) == [({}, [(None, None)])], "only filters make it that long"
    assert told(long._replace(scope=G)) == [(SCOPE, [])]


def test_scopes_come_in_the_order_of_their_keys():
    assert [scope["gateway"] for scope, _gaps in told(known("gateway=b"), known("gateway=a"), known("gateway=B"))] == ["B", "a", "b"]
    assert told(known("region=bj,type=COMMAND", covered=[(0, 100)])) == [({"region": "bj", "type": "COMMAND"}, [])]
