# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window of time: what is in it by a row's own time, what is sent, and what is returned of it."""

from __future__ import annotations

import pytest
from fifth.endpoints import LOGINS, SOURCE
from fifth_hosts import Hosts

from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch.time_filter import TimeFilter

BASE = {"endpoint": "https://fifth.example.com", "ticket": "t1cket"}


def source_of(endpoint):
    return SOURCE._replace(endpoints=((None, endpoint),))


def test_the_window_of_time_is_applied_here_where_the_source_cannot(wire):
    times = ["2026-03-30T23:59:59.999Z", "2026-03-31T00:00:00Z", "2026-03-31T02:00:00+02:00", "2026-03-31T12:00:00.5Z",
             "2026-03-31T12:00:00.501Z", None, "soon"]
    rows = [{"loginId": str(place), "at": at} for place, at in enumerate(times)]
    wire.answer = lambda sent: {"data": {"logins": rows, "count": len(rows)}}
    endpoint = LOGINS._replace(time=TimeFilter(field="at"))
    result = wire.result(
        source_of(endpoint), **BASE, host=["a"], start_time="2026-03-31", end_time="2026-03-31T12:00:00.5Z"
    )
    assert [record["login_id"] for record in result["logins"]] == ["1", "2", "5", "6"]
    assert "from" not in wire.sent[0].query


@pytest.mark.parametrize("clock", ["s", "ms"])
def test_a_rows_own_time_is_in_the_unit_of_its_endpoint(wire, clock):
    """What starts at the start is in the window, what starts at the end is not; whole seconds are in it as a whole."""
    factor = {"s": 1, "ms": 1000}[clock]
    rows = [{"loginId": str(place), "at": at} for place, at in enumerate((10 * factor, 20 * factor, 30 * factor, None))]
    wire.answer = lambda sent: {"data": {"logins": rows, "count": 4}}
    endpoint = LOGINS._replace(time=TimeFilter("from", "until", "ms", field="at", clock=clock))
    for start, end, kept in (("10", "30", "013"), ("10001", "30", "013" if clock == "s" else "13"), ("11", "20", "3")):
        instants = {"start_time": start if len(start) > 2 else start + "000", "end_time": end + "000"}
        values = {name: "1970-01-01T00:00:%06.3fZ" % (int(value) / 1000) for name, value in instants.items()}
        result = wire.result(source_of(endpoint), **BASE, host=["a"], **values)
        assert "".join(record["login_id"] for record in result["logins"]) == kept


@pytest.mark.parametrize("options, window, sent", [
    ({}, (None, "2026-04-01T00:00:00.000Z"), {"until": "1775001600"}),
    ({"end_time": "1970-01-01T00:00:00Z"}, (None, "1970-01-01T00:00:00.000Z"), {"until": "0"}),
    ({"start_time": "2026-03-01", "end_time": "2026-03-02T00:00:00.5Z"},
     ("2026-03-01T00:00:00.000Z", "2026-03-02T00:00:00.500Z"), {"from": "1772323200", "until": "1772409601"}),
])
def test_the_window_that_was_read_is_returned(wire, options, window, sent):
    """Without an end it ends with the last full second before the task began; an end in 1970 is an end."""
    wire.answer = Hosts(a=3)
    result = wire.result(SOURCE, **BASE, host=["a"], **options)
    assert result["window"] == dict(zip(("start", "end"), window))
    assert {name: wire.sent[0].query[name] for name in ("from", "until") if name in wire.sent[0].query} == sent


def test_single_records_have_no_window(wire):
    wire.answer = Hosts(a=3).details
    assert wire.result(SOURCE, **BASE, id=["x"])["window"] == {"start": None, "end": None}


def test_what_is_dropped_at_the_edge_does_not_count_towards_the_limit(wire):
    """The newest two rows begin at the end of the window: five others come, by as few requests as for five."""
    wire.answer = Hosts(a=300)
    endpoint = LOGINS._replace(time=LOGINS.time._replace(field="beganAt", clock="s"))
    result = wire.result(
        source_of(endpoint), **BASE, host=["a"], end_time="1774999999", max_records=5, concurrency=1
    )
    assert [record["login_id"] for record in result["logins"]] == ["a-%d" % each for each in range(2, 7)]
    assert result["requests"] == 2
    assert wire.sent[0].query["take"] == "5"
