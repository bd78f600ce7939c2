# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of instances on a simulated clock: each run's slices are archived by controllers of their own, into one store."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.store_info import StoreInfoTask
from ansible_collections.opsaudit.sessions.tests.e2e.archiving import BEGIN, CASES, HUAWEI, Task, params
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

#: How often the fleet is archived, in milliseconds.
SCHEDULE = 15 * 60_000


class Fleet:
    """Instances of the emulator with so many records each, in so many runs of the schedule."""

    def __init__(self, emulator: Any, store: str, instances: int, records: int, turns: int) -> None:
        self._emulator, self._store, self._records, self._turns = emulator, store, records, turns
        end = BEGIN + turns * SCHEDULE - 1000
        self.targets = emulator.seed("taurusdb", records, instances=instances, nodes=1, start=BEGIN, end=end)["targets"]
        self.targets.sort(key=lambda target: target["instance_id"])
        self._random = random.Random("fleet")
        self._added = 0
        #: The instances of a controller that died.
        self._dead: set[str] = set()

    def run(self, turn: int, slices: int, kill: bool = False) -> None:
        """One run, and what must be true after it: no instance is behind but for those of a controller that died.

        :param kill: whether the first controller dies under way.
        """
        now = BEGIN + (turn + 1) * SCHEDULE
        given = params(
            CASES["taurusdb"], self._emulator.urls, self._store, **HUAWEI, node_id=None, instance_id=None, on_error="continue", concurrency=4
        )
        parts = [self.targets[number::slices] for number in range(slices)]
        tasks = [Task(CASES["taurusdb"], {**given, "targets": part}, now) for part in parts]
        dead: set[str] = set()
        if kill:
            time.sleep(self._random.uniform(0.05, 0.2))
            assert tasks.pop(0).kill()
            self._dead = dead = {each["instance_id"] for each in parts[0]}
        results = [task.result() for task in tasks]
        assert [result.get("msg") for result in results] == [None] * len(results)
        assert all(result["complete"] and not result["gaps"] for result in results)
        self._added += sum(result["added"] for result in results)
        for instance, seconds in self._seconds_behind(now).items():
            # A controller that died is made up for by the next run, whoever has its instances then.
            assert seconds <= (SCHEDULE / 1000 if instance in dead else 0), instance

    def _seconds_behind(self, now: int) -> dict[str, int]:
        given = {name: each.get("default") for name, each in StoreInfoTask.options.items()}
        result = run_task(StoreInfoTask(), {**given, "store": self._store}, {}, now=now).result
        return {each["scope"]["instance_id"]: each["seconds_behind"] for each in result["scopes"]}

    def check(self, looked_up: int) -> None:
        """Nothing is lost or there twice, and nothing came later than the next run but one.

        :param looked_up: of so many instances each record is looked for.
        """
        found = rows(self._store, "SELECT scope_key, record_id, started_at, first_seen FROM record")
        ids: dict[str, set[str]] = {}
        for row in found:
            ids.setdefault(row["scope_key"], set()).add(row["record_id"])
            instance = row["scope_key"].partition(",")[0].partition("=")[2]
            assert row["first_seen"] - row["started_at"] <= SCHEDULE * (2 if instance in self._dead else 1)
        keys = {"instance_id=%(instance_id)s,node_id=%(node_id)s" % target: target for target in self.targets}
        assert ids.keys() == keys.keys()
        assert Counter(map(len, ids.values())) == {self._records: len(keys)}
        assert len(found) == len(keys) * self._records >= self._added
        for key in self._random.sample(sorted(keys), looked_up):
            assert ids[key] == set(self._emulator.ids("taurusdb", **keys[key]))
        # One proof for each node, that each run extends.
        coverage = rows(self._store, "SELECT * FROM coverage")
        assert len(coverage) == len(keys)
        assert {(row["window_start"], row["window_end"]) for row in coverage} == {(BEGIN, BEGIN + self._turns * SCHEDULE)}
        assert sum(row["records"] for row in coverage) == len(found)
