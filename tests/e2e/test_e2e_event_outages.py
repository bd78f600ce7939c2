# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source while its source, and then the server of its store, are down: each event comes once, each failure is said once."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from ansible_collections.opsaudit.sessions.plugins.plugin_utils import _event_source
from ansible_collections.opsaudit.sessions.tests.e2e.archiving import CASES

pytestmark = pytest.mark.any_core

_PATIENCE = 120


class Scene:
    """An event source that runs while a test goes on."""

    def __init__(self, emulator, caplog):
        self.emulator, self._log = emulator, caplog
        self.taken, self.expected = [], set()

    async def put(self, event):
        self.taken.append(event["record"]["id"])

    def arrive(self, count):
        now = int(time.time() * 1000)
        self.emulator.seed("hoop", count, start=now - 5000, end=now, seed=len(self.expected), keep=bool(self.expected))
        self.expected |= set(self.emulator.ids("hoop"))

    def has_all(self):
        return self.expected == set(self.taken)

    def count(self, text):
        return sum(text in record.getMessage() for record in self._log.records if record.name.startswith("opsaudit"))

    def polls(self):
        return sum(each["target"].startswith("/api/userinfo") for each in self.emulator.log("hoop"))

    async def until(self, true):
        deadline = time.monotonic() + _PATIENCE
        while not true():
            assert time.monotonic() < deadline and not self.task.done(), self._log.text
            await asyncio.sleep(0.05)

    async def run(self, args, server):
        self.task = asyncio.create_task(_event_source.run(self, args))
        await self.until(self.has_all)
        for fault in ({"kind": "status", "status": 503}, {"kind": "reset"}):
            self.emulator.fault(dialect="hoop", **fault)
            polls = self.polls()
            # Each poll is two tries.
            await self.until(lambda polls=polls: self.polls() > polls + 4)
            self.emulator.clear_faults()
            self.arrive(5)
            await self.until(self.has_all)
            await self.until(lambda: self.count("The source can be read again") > 0)
            assert self.count("The source can be read again") == self.count("Polling goes on") == 1
            self._log.clear()
        server.kill()
        await self.until(lambda: self.count("Check that the store's database can be reached") > 0)
        self.arrive(5)
        await asyncio.to_thread(server.start)
        await self.until(self.has_all)
        await self.until(lambda: self.count("The store can be used again") > 0)
        self.task.cancel()
        await asyncio.wait([self.task])


def test_each_event_once(emulator, server_and_store, caplog):
    server, store = server_and_store
    caplog.set_level(logging.WARNING)
    scene = Scene(emulator, caplog)
    scene.arrive(5)
    options = {**CASES["hoop"].options, "endpoint": emulator.urls["hoop"], "retries": 1, "start_time": "-1h"}
    try:
        asyncio.run(scene.run({"source": "hoop_session", "store": store, "interval": 1, "options": options}, server))
    finally:
        # For the tests that come after this one.
        if not server._answers():
            server.start()
    assert len(scene.taken) == len(set(scene.taken)) == 20
    assert scene.count("Polling goes on") == scene.count("again, after") == 1
