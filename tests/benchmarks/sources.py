# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks ask the emulator for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.emulator.client import Emulator

#: Within which the emulator's records are.
START, END = "2026-01-01", "2026-12-31"
TAURUSDB = "opsaudit.sessions.taurusdb_killed_session_info"
HOOP = "opsaudit.sessions.hoop_session_info"


@contextmanager
def emulator(latency: float = 0.0) -> Iterator[Emulator]:
    """A running emulator with nothing but its examples."""
    with Emulator() as running:
        running.latency(latency)
        yield running


#: What the emulator makes at once.
_BATCH = 100_000
#: START, in milliseconds, and January: nothing may be later than now, for that is not archived.
START_MS, _JANUARY_MS = 1767225600000, 2678400000


def killed_sessions(running: Emulator, count: int, warm: bool = True) -> dict[str, Any]:
    """So many killed sessions of one node; the options to ask for them, signed with a key pair.

    :param warm: whether the emulator is to write them as JSON before it is asked.
    """
    scope: dict[str, Any] = {}
    if count <= _BATCH:
        scope = running.seed("taurusdb", count, warm=warm)
    for made in range(0, count if count > _BATCH else 0, _BATCH):
        # Each batch has its own part of the month.
        first, last = (START_MS + _JANUARY_MS * at // count for at in (made, min(made + _BATCH, count)))
        scope = running.seed(
            "taurusdb", min(_BATCH, count - made), start=first, end=last - 1000, seed=made, keep=bool(made), warm=warm
        )
    return {
        "endpoint": running.urls["taurusdb"],
        "access_key": credentials.HUAWEI_AK,
        "secret_key": credentials.HUAWEI_SK,
        "project_id": credentials.PROJECT_ID,
        "instance_id": [scope["instance_id"]],
        "node_id": [scope["node_id"]],
        "start_time": START,
        "end_time": END,
    }


def hoop_sessions(running: Emulator, count: int) -> tuple[dict[str, Any], list[str]]:
    """So many hoop sessions: the options to ask for any, and their ids."""
    running.seed("hoop", count, warm=True)
    return {"endpoint": running.urls["hoop"], "token": credentials.HOOP_TOKEN}, running.ids("hoop")


def with_token(options: dict[str, Any]) -> dict[str, Any]:
    """The same options for whoever can't sign."""
    kept = {name: value for name, value in options.items() if name not in ("access_key", "secret_key")}
    return {**kept, "token": credentials.HUAWEI_TOKEN}
