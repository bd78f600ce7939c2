# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hoop: the list of sessions, its filters, bounds and counts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulator

DONE = "11d337d0-1f45-5203-8630-eccd7c816bf8"
BATCH = "d77c8aad-8141-541d-bb14-4ae97364580a"
TERMINAL = "4ea8f841-e7a2-5275-b70e-85e3cf35ee71"
WAITING = "6adb9dcf-e868-5071-b56b-7576d2cb8a89"


def ids(wire: Any, query: str) -> list[str]:
    answer = wire.hoop(f"/api/sessions?limit=100&{query}")
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


def test_list_rows(wire: Any) -> None:
    rows = wire.hoop("/api/sessions?limit=100").json()["data"]
    keys = [(row["start_date"], row["id"]) for row in rows]
    assert len(rows) == 18
    assert [day for day, dummy in keys][:3] == ["2026-03-03T01:00:00Z"] * 2 + ["2026-03-02T15:30:00.098Z"]
    assert keys[:2] == sorted(keys[:2], reverse=True)
    assert all(row["script"] is None and "event_stream" not in row for row in rows)
    waiting = next(row for row in rows if row["id"] == WAITING)
    assert waiting["review"]["time_window"] is None and waiting["review"]["status"] == "PENDING"
    assert len(wire.hoop("/api/sessions").json()["data"]) == 18
    assert wire.hoop("/api/sessions?nonsense=1&status=done&limit=1000").json()["total"] == 18


def test_list_filters(wire: Any, emulator: Emulator) -> None:
    assert ids(wire, "review.status=PENDING") == [WAITING]
    assert WAITING not in ids(wire, "review.status=") and len(ids(wire, "review.status=")) == 14
    assert WAITING in ids(wire, "review.approver=noor.said@example.com")
    assert ids(wire, "review.approver=nobody@example.com") == []
    assert ids(wire, "jira_issue_key=ops-1,ops-4502") == [WAITING]
    assert ids(wire, "batch_id=batch-20260302-01") == ids(wire, "correlation_id=awx-job-90817") == [BATCH]
    assert ids(wire, "user=ana.ruiz@example.com") == []  # the subject, not the e-mail
    emulator.seed("hoop", 300)
    exact = {row["connection"] for row in wire.hoop("/api/sessions?limit=100&connection=my%5C_db").json()["data"]}
    loose = {row["connection"] for row in wire.hoop("/api/sessions?limit=100&connection=my_db").json()["data"]}
    assert exact == {"my_db"} and loose == {"my_db", "my-db"}
    assert len(ids(wire, "connection=%25")) == 100


def test_list_dates(wire: Any) -> None:
    start = "start_date=2026-03-02T09:14:07Z"
    same_second = ids(wire, f"{start}&end_date=2026-03-02T09:14:08Z")
    assert DONE in same_second and TERMINAL not in same_second
    assert ids(wire, f"{start}&end_date=2026-03-02T09:14:07.999Z") == []  # the fraction is dropped
    assert DONE in ids(wire, "start_date=2026-03-02T09:14:07.9%2B02:00")  # and so is the zone
    assert DONE not in ids(wire, "start_date=2026-03-02T11:14:07%2B02:00")
    assert len(ids(wire, "end_date=2000-01-01T00:00:00Z")) == 18  # ignored without a start
    for bad in ("start_date=2026-03-02", "start_date=2026-03-02T11:14:07+02:00", "end_date=now", "start_date="):
        answer = wire.hoop(f"/api/sessions?{bad}")
        assert (answer.status_code, answer.json()["message"]) == (422, "start_date or end_date in wrong format")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("limit=0", "must be at least 1, got 0"),
        ("limit=abc", '"abc" is not a number'),
        ("limit=", '"" is not a number'),
        ("offset=", '"" is not a number'),
        ("offset=-1", "must not be negative, got -1"),
        ("offset=10001", "must not be greater than 10000, got 10001"),
        ("count=", 'invalid count value "", expected one of [exact none capped]'),
    ],
)
def test_list_bounds(wire: Any, query: str, reason: str) -> None:
    answer = wire.hoop(f"/api/sessions?{query}")
    assert answer.status_code == 422
    name = query.split("=")[0]
    assert answer.json()["message"].startswith(f'failed listing sessions, invalid "{name}" option: {reason}')


@pytest.mark.parametrize("name", ["user", "connection", "batch_id", "jira_issue_key"])
def test_an_empty_filter_matches_nothing(wire: Any, name: str) -> None:
    assert ids(wire, f"{name}=") == []
    assert len(ids(wire, "correlation_id=")) == 18


def test_list_counts(wire: Any, emulator: Emulator) -> None:
    emulator.seed("hoop", 10500, per_second=7)
    page = wire.hoop("/api/sessions?limit=500&offset=10000").json()
    assert (len(page["data"]), page["total"], page["total_is_capped"], page["has_next_page"]) == (
        100,
        10000,
        True,
        True,
    )
    page = wire.hoop("/api/sessions?count=exact").json()
    assert (len(page["data"]), page["total"], page["total_is_capped"]) == (20, 10500, False)
    page = wire.hoop("/api/sessions?count=none&limit=100").json()
    assert (page["total"], page["total_is_capped"]) == (None, False)
    seconds = [row["start_date"][:19] for row in page["data"]]
    assert seconds[:14] == [seconds[0]] * 7 + [seconds[7]] * 7 and seconds[0] > seconds[7]
    assert len({row["id"] for row in page["data"]}) == 100
    message = wire.hoop("/api/sessions?offset=10001").json()["message"]
    assert message == (
        'failed listing sessions, invalid "offset" option: must not be greater than 10000, got 10001; '
        "narrow the result set with a filter instead of paginating deeper"
    )
    emulator.config(offset_cap=50)
    assert wire.hoop("/api/sessions?offset=51").status_code == 422


def test_list_of_an_old_gateway(wire: Any, emulator: Emulator) -> None:
    emulator.config(hoop_version="1.100.2")
    page = wire.hoop("/api/sessions?limit=18&offset=0&count=none").json()
    assert page["has_next_page"] is True and page["total"] == 18 and "total_is_capped" not in page
    assert wire.hoop("/api/sessions?limit=18&offset=18").json()["data"] == []
    endless = wire.hoop("/api/sessions?limit=0").json()
    assert endless["data"] == [] and endless["has_next_page"] is True
