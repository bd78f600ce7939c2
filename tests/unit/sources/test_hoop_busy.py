# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""hoop: a gateway in use, with more sessions than it counts, while new ones begin all the time."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

import pytest
from fake_wire import NOW

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.endpoints import SOURCE

BASE = {"endpoint": "https://hoop.example.com", "token": "t0ken"}
ADMIN = {"id": "admin@example.com", "role": "admin", "org_id": "b79ff037-d0ed-5c31-84f8-95d42c0e5426"}
BEGAN = datetime.fromtimestamp(NOW / 1000, timezone.utc)


class BusyGateway:
    """Sessions, newest first; ten begin in each second of its clock, which goes on with every answer."""

    per_second = 10

    def __init__(self, wire, count, ahead, pace):
        """:param ahead: by how many seconds its clock is ahead.

        :param pace: seconds for each answer.
        """
        self._clock = BEGAN + timedelta(seconds=ahead)
        self._pace = timedelta(seconds=pace)
        self._newest = self._clock
        self._made = 0
        self._lock = threading.Lock()
        self.rows = []
        for number in range(count):
            self.rows.append(self._row(self._clock - timedelta(milliseconds=100 * number)))
        self.old = {row["id"] for row in self.rows if row["start_date"] < BEGAN.isoformat()[:19]}
        wire.fixed["/api/userinfo"] = ADMIN
        wire.answer = self

    def _row(self, at):
        self._made += 1
        return {"id": "%08d" % self._made, "status": "open", "start_date": at.isoformat().replace("+00:00", "Z")}

    def __call__(self, sent):
        with self._lock:
            return self._answer(sent)

    def _answer(self, sent):
        self._clock += self._pace
        while self._newest + timedelta(milliseconds=100) <= self._clock:
            self._newest += timedelta(milliseconds=100)
            self.rows.insert(0, self._row(self._newest))
        offset, limit, end = int(sent.query["offset"]), int(sent.query["limit"]), sent.query["end_date"]
        assert offset <= 10_000, "422"
        # Fractions of the parameter are dropped; rows are compared with theirs.
        first = next(place for place, row in enumerate(self.rows) if row["start_date"][:19] < end[:19])
        length = len(self.rows) - first
        return {"data": self.rows[first + offset : first + offset + limit], "total": min(length, 10_000),
                "total_is_capped": length > 10_000, "has_next_page": offset + limit < length}


@pytest.mark.parametrize("ahead", [0, 30], ids=["same clock", "its clock is ahead"])
@pytest.mark.parametrize("count", [9_990, 12_500])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_busy_gateway_is_read_whole(wire, count, ahead, concurrency):
    gateway = BusyGateway(wire, count, ahead, pace=0.05)
    result = wire.result(SOURCE, **BASE, concurrency=concurrency)
    assert (result["complete"], result["incomplete_reasons"]) == (True, [])
    assert gateway.old <= {record["id"] for record in result["sessions"]}
    assert result["count"] == len({record["id"] for record in result["sessions"]})
    assert result["requests"] <= count // 99 + 12


@pytest.mark.parametrize("concurrency", [1, 8])
def test_sessions_that_begin_within_the_window_cost_no_proof(wire, concurrency):
    """Its clock is behind, so that what begins while it is read is in the window, at the head of the list."""
    gateway = BusyGateway(wire, 12_500, -60, pace=0.05)
    result = wire.result(SOURCE, **BASE, concurrency=concurrency)
    assert (result["complete"], result["incomplete_reasons"]) == (True, [])
    assert gateway.old <= {record["id"] for record in result["sessions"]}


def test_one_answer_that_is_lost_among_many(wire):
    """A proxy answers one page with an empty list, without a total: it is read again, not taken for the end."""
    gateway = BusyGateway(wire, 12_500, 0, pace=0)

    def answer(sent):
        body = gateway(sent)
        return {"data": []} if len(wire.sent) == 40 else body

    wire.answer = answer
    result = wire.result(SOURCE, **BASE)
    assert (result["complete"], result["incomplete_reasons"]) == (True, [])
    assert gateway.old <= {record["id"] for record in result["sessions"]}
