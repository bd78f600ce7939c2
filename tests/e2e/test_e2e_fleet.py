# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet: several controllers, each with a slice of the instances, archive into one database on a schedule."""

from __future__ import annotations

import random
import time

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.store_info import StoreInfoTask
from ansible_collections.opsaudit.sessions.tests.e2e.archiving import BEGIN, CASES, HUAWEI, Task, params
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

pytestmark = pytest.mark.any_core

SCHEDULE = 15 * 60_000
INSTANCES, RECORDS, TURNS = 30, 24, 5
#: The slices of each run: their number changes while the fleet is archived.
SLICES = (3, 3, 4, 2, 3)
#: The run in which a controller dies.
KILLED = 1


@pytest.fixture(params=["directly", "through PgBouncer"])
def store(request, postgresql_server):
    name = "fleet_%s" % request.param.rpartition(" ")[2].lower()
    postgresql_server.execute("CREATE DATABASE " + name)
    server = postgresql_server if request.param == "directly" else request.getfixturevalue("pgbouncer_server")
    return server.url(name)


def controllers(emulator, store, targets, turn):
    """The tasks of one run, one for each slice, under way."""
    case = CASES["taurusdb"]
    given = params(case, emulator.urls, store, **HUAWEI, node_id=None, instance_id=None, on_error="continue", concurrency=4)
    slices = [targets[number :: SLICES[turn]] for number in range(SLICES[turn])]
    return slices, [Task(case, {**given, "targets": each}, BEGIN + (turn + 1) * SCHEDULE) for each in slices]


def seconds_behind(store, now):
    """How far each instance is behind at an instant."""
    given = {name: each.get("default") for name, each in StoreInfoTask.options.items()}
    result = run_task(StoreInfoTask(), {**given, "store": store}, {}, now=now).result
    return {each["scope"]["instance_id"]: each["seconds_behind"] for each in result["scopes"]}


def test_nothing_is_lost_or_there_twice_and_the_lag_is_bounded(emulator, store):
    rng = random.Random("fleet")
    targets = emulator.seed(
        "taurusdb", RECORDS, instances=INSTANCES, nodes=1, start=BEGIN, end=BEGIN + TURNS * SCHEDULE - 1000
    )["targets"]
    targets.sort(key=lambda target: target["instance_id"])
    added, dead = 0, set()
    for turn in range(TURNS):
        now = BEGIN + (turn + 1) * SCHEDULE
        slices, tasks = controllers(emulator, store, targets, turn)
        dead_now = set()
        if turn == KILLED:
            time.sleep(rng.uniform(0.05, 0.2))
            assert tasks[0].kill()
            dead = dead_now = {each["instance_id"] for each in slices[0]}
        results = [task.result() for task in tasks[1 if dead_now else 0 :]]
        assert [result.get("msg") for result in results] == [None] * len(results)
        assert all(result["complete"] and not result["gaps"] for result in results)
        added += sum(result["added"] for result in results)
        behind = seconds_behind(store, now)
        assert all(seconds == 0 for instance, seconds in behind.items() if instance not in dead_now)
        # A controller that died is made up for by the next run, whoever has its instances then.
        assert all(seconds <= SCHEDULE / 1000 for instance, seconds in behind.items() if instance in dead_now)
    records = rows(store, "SELECT scope_key, record_id, started_at, first_seen FROM record")
    expected = {
        ("instance_id=%(instance_id)s,node_id=%(node_id)s" % target, record_id)
        for target in targets for record_id in emulator.ids("taurusdb", **target)
    }
    assert {(row["scope_key"], row["record_id"]) for row in records} == expected
    assert len(records) == len(expected) == INSTANCES * RECORDS >= added
    for row in records:
        instance = row["scope_key"].partition(",")[0].partition("=")[2]
        assert row["first_seen"] - row["started_at"] <= SCHEDULE * (2 if instance in dead else 1)
    # One proof for each node, that each run extends.
    coverage = rows(store, "SELECT * FROM coverage")
    assert len(coverage) == INSTANCES
    assert {(row["window_start"], row["window_end"]) for row in coverage} == {(BEGIN, BEGIN + TURNS * SCHEDULE)}
    assert sum(row["records"] for row in coverage) == len(records)
