# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source in processes that are killed: nothing is lost, and next to nothing comes twice."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import time
from functools import partial

import pytest

from ansible_collections.opsaudit.sessions.plugins.plugin_utils import _event_source
from ansible_collections.opsaudit.sessions.tests.e2e.archiving import BEGIN, CASES, HOUR
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

pytestmark = pytest.mark.any_core

_PROCESSES = multiprocessing.get_context("fork")
_PATIENCE = 60
COUNT = 120
KILLS = 4


def work(path, args):
    """Takes events, and writes down whose they are."""
    taken = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    class Queue:
        async def put(self, event):
            # So slow that a kill comes before the last one.
            await asyncio.sleep(0.005)
            os.write(taken, (event["record"]["id"] + "\n").encode())

    asyncio.run(_event_source.run(Queue(), args))


def until(true):
    deadline = time.monotonic() + _PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def taken(path):
    return path.read_text().splitlines()


def noted(store):
    return len(rows(store, "SELECT * FROM outbox WHERE emitted_at IS NOT NULL"))


def kept(store):
    try:
        return len(rows(store, "SELECT * FROM record"))
    except Exception:
        # There are no tables yet.
        return 0


def test_killed_again_and_again(emulator, any_store, tmp_path):
    case, path, rng = CASES["hoop"], tmp_path / "taken", random.Random(7)
    emulator.seed("hoop", COUNT, start=BEGIN, end=BEGIN + HOUR)
    options = {**case.options, "endpoint": emulator.urls["hoop"], "page_size": 25, "concurrency": 2}
    args = {"source": "hoop_session", "store": any_store, "interval": 86400, "options": options}
    path.touch()
    for turn in range(KILLS + 1):
        before = len(taken(path))
        wanted = before + rng.randrange(1, 20)
        process = _PROCESSES.Process(target=work, args=(path, args))
        process.start()
        try:
            if turn == 0:
                # In the middle of archiving.
                until(partial(kept, any_store))
            elif turn < KILLS:
                until(lambda wanted=wanted: len(taken(path)) >= wanted)
            else:
                until(lambda: noted(any_store) == COUNT)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.join()
    ids = taken(path)
    assert set(ids) == set(emulator.ids("hoop")) and len(set(ids)) == COUNT
    assert 0 < before < COUNT
    # One kill can hit one event between being taken and being noted.
    assert len(ids) <= COUNT + KILLS
