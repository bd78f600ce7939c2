# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows that come and go while someone pages, and seeding."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator import credentials
from tests.emulator.client import Emulator, EmulatorError

WORKSPACE = "5b7c2a54-1f0e-4c3a-9d5e-6a7b8c9d0e1f"
START, END = 1772323200000, 1774915200000
SCOPES = {
    "taurusdb": {"node_id": "d476fd181dad42cbb67e804953fb39ebno07"},
    "fabric": {"workspace_id": WORKSPACE},
    "hoop": {},
    "bcc": {"type": "COMMAND"},
}


def pages(wire: Any, dialect: str, ascending: bool = False) -> Iterator[list[str]]:
    """Ids, page by page, in a window pinned at START and END."""
    for number in range(100):
        if dialect == "taurusdb":
            instance = f"/v3/{credentials.PROJECT_ID}/instances/17b6bbb64d2f4c14a83a88f19da8dcc8in07"
            query = f"node_id={SCOPES[dialect]['node_id']}&start_time={START}&end_time={END}&offset={number * 100}"
            body = wire.token(dialect, f"{instance}/intelligent-kill-session/history?{query}").json()
            rows = [row["task_id"] for row in body["intelligent_kill_session_histories"]]
        elif dialect == "fabric":
            body = wire.token(dialect, f"/v1/workspaces/{WORKSPACE}/sessions?limit=100&offset={number * 100}").json()
            rows = [row["session_id"] for row in body["sessions"]]
        elif dialect == "hoop":
            window = "start_date=2026-03-01T00:00:00Z&end_date=2026-03-31T00:00:00Z"
            body = wire.hoop(f"/api/sessions?limit=100&offset={number * 100}&{window}").json()
            rows = [row["id"] for row in body["data"]]
        else:
            asked = {
                "action": {"type": "COMMAND"},
                "pageNo": number + 1,
                "pageSize": 100,
                "startTime": START,
                "endTime": END,
                "ascending": ascending,
            }
            body = wire.bcc("/v1/ca/actionRun/list", "POST", json.dumps(asked)).json()
            rows = [row["id"] for row in body["result"]["data"]]
        if not rows:
            return
        yield rows


def flat(found: Iterator[list[str]]) -> list[str]:
    return [row for rows in found for row in rows]


@pytest.mark.parametrize("dialect", SCOPES)
def test_seed(wire: Any, emulator: Emulator, dialect: str) -> None:
    emulator.seed(dialect, 450)
    found = flat(pages(wire, dialect))
    assert len(found) == len(set(found)) == 450
    assert found == emulator.ids(dialect, **SCOPES[dialect])
    emulator.reset()
    emulator.seed(dialect, 450)
    assert flat(pages(wire, dialect)) == found  # the same every time
    emulator.seed(dialect, 30, seed=2, keep=True)
    assert len(flat(pages(wire, dialect))) == 480
    emulator.seed(dialect, 10, start=START + 1000, end=START + 60000, warm=True)
    assert len(flat(pages(wire, dialect))) == 10
    emulator.seed(dialect, 0)
    assert flat(pages(wire, dialect)) == []


@pytest.mark.parametrize("dialect", SCOPES)
@pytest.mark.parametrize("at", ["head", "tail", "random", 120])
def test_insert(wire: Any, emulator: Emulator, dialect: str, at: Any) -> None:
    emulator.seed(dialect, 400)
    before = emulator.ids(dialect, **SCOPES[dialect])
    emulator.mutate(dialect, scope=SCOPES[dialect], every=2, at=at, insert=3, times=2)
    found = flat(pages(wire, dialect))
    now = emulator.ids(dialect, **SCOPES[dialect])
    assert emulator.ids(dialect, "start", **SCOPES[dialect]) == before
    assert len(now) == 406 and [row for row in now if row in set(before)] == before
    assert emulator.stats()["mutations"][0]["applied"] == 2
    again = flat(pages(wire, dialect))
    assert again == now  # the new rows are inside the window, and the order is kept
    if at == "head":
        assert len(found) > len(set(found))  # the shift shows rows twice
        assert now[:3] != before[:3]


@pytest.mark.parametrize("dialect", ["hoop", "bcc"])
def test_order_by_time_survives(wire: Any, emulator: Emulator, dialect: str) -> None:
    emulator.seed(dialect, 300)
    emulator.mutate(dialect, every=1, at="random", insert=5)
    flat(pages(wire, dialect))
    if dialect == "hoop":
        rows = wire.hoop("/api/sessions?limit=100").json()["data"]
        times = [row["start_date"] for row in rows]
    else:
        asked = {"action": {"type": "COMMAND"}, "pageNo": 1, "pageSize": 100}
        rows = wire.bcc("/v1/ca/actionRun/list", "POST", json.dumps(asked)).json()["result"]["data"]
        times = [row["createdTimestamp"] for row in rows]
    assert times == sorted(times, reverse=True)


def test_ascending(wire: Any, emulator: Emulator) -> None:
    emulator.seed("bcc", 250)
    before = emulator.ids("bcc", type="COMMAND")
    emulator.mutate("bcc", at="head", insert=2, times=1)
    flat(pages(wire, "bcc", ascending=True))
    now = emulator.ids("bcc", type="COMMAND")
    assert now[:250] == before and len(now) == 252  # the oldest end is the head of that listing
    assert flat(pages(wire, "bcc", ascending=True)) == now[::-1]


@pytest.mark.parametrize("dialect", SCOPES)
def test_delete(wire: Any, emulator: Emulator, dialect: str) -> None:
    emulator.seed(dialect, 400)
    emulator.mutate(dialect, every=1, at="head", delete=2, times=3)
    found = flat(pages(wire, dialect))
    start, now = (emulator.ids(dialect, when, **SCOPES[dialect]) for when in ("start", "now"))
    assert now == start[6:]
    assert len(found) == len(set(found)) == 394  # rows skipped, silently
    assert set(now) - set(found)


@pytest.mark.parametrize("dialect", ["taurusdb", "hoop", "bcc"])
def test_outside_window(wire: Any, emulator: Emulator, dialect: str) -> None:
    emulator.seed(dialect, 200)
    emulator.mutate(dialect, insert=4, times=1, outside_window=True)
    flat(pages(wire, dialect))
    assert len(emulator.ids(dialect, **SCOPES[dialect])) == 204
    assert len(flat(pages(wire, dialect))) == 200


def test_mistakes(emulator: Emulator) -> None:
    for options in ({"at": "middle"}, {"evry": 1}, {"every": 0}):
        with pytest.raises(EmulatorError):
            emulator.mutate("hoop", **options)
    with pytest.raises(EmulatorError, match="4 taurusdb listings"):
        emulator.ids("taurusdb")
