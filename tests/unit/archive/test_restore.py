# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store that comes back from a backup: what it lacks is named, and one task brings it back."""

from __future__ import annotations

import gc
import re
import shutil
import sqlite3

import pytest
from archive_checks import DAY
from archive_scene import HOUR, NOW, Scene, at
from sealing import outcome

from ansible_collections.opsaudit.sessions.tests.guides import GUIDES, documents, tasks


@pytest.fixture
def scene():
    made = Scene()
    yield made
    made.close()


def backup(store, copy):
    """As the guide says: SQLite makes the copy."""
    assert "sqlite3 /var/lib/opsaudit/sessions.db \".backup '/backup/sessions.db'\"" in GUIDES["guide_archive"]
    with sqlite3.connect(store) as source, sqlite3.connect(copy) as target:
        source.backup(target)


def restore(store, copy):
    """As the guide says: without the log of the lost one."""
    assert re.search(r"rm -f \S+-wal \S+-shm\n +install .+ /backup/sessions.db /var/lib/opsaudit/sessions.db", GUIDES["guide_archive"])
    # Nobody has it open any more: a task is a process of its own, and here its last cursor may wait for the collector.
    gc.collect()
    for end in ("-wal", "-shm"):
        (store.parent / (store.name + end)).unlink(missing_ok=True)
    shutil.copy(copy, store)


def removed(result):
    return [each["record_id"] for each in result["removed"]]


def test_what_a_backup_lacks_is_named_and_read_again(scene):
    seals, copy = scene.folder / "seals", scene.folder / "copy.db"
    window = {"start_time": at(NOW - 60 * DAY)}
    old = [scene.has(number, 20 * DAY + number) for number in range(3)]
    scene.hoop(**window)
    assert outcome(scene.store, seals, scene.now)[0]["sealed"]["added"] == 3
    backup(scene.store, copy)
    # After the backup: more records, one of them long before, and a seal of them.
    scene.now += DAY
    new = [scene.has(10 + number, HOUR + number) for number in range(2)]
    new.append(scene.has(20, 30 * DAY))
    assert scene.hoop(reread=True, **window)["added"] == 3
    assert outcome(scene.store, seals, scene.now)[0]["sealed"]["added"] == 3
    assert not outcome(scene.store, seals, scene.now, verify=True)[0].get("failed")
    restore(scene.folder / "store.sqlite", copy)

    scene.now += HOUR
    found = outcome(scene.store, seals, scene.now, verify=True)[0]
    assert found["failure"]["kind"] == "integrity"
    assert sorted(removed(found)) == sorted(each.id for each in new)
    assert any("older copy" in each["problem"] for each in found["broken"])
    # A task as every day does not look back that far.
    scene.hoop(**window)
    assert removed(outcome(scene.store, seals, scene.now, verify=True)[0]) == [new[-1].id]
    # One that reads the window again brings it back; the next seal goes on in the same chain.
    (given,) = [given for name, given in tasks(documents("guide_archive")) if name == "hoop_session_archive" and given.get("reread")]
    assert given.keys() == {"store", "start_time", "reread"}
    assert scene.hoop(reread=given["reread"], **window)["added"] == 1
    found = outcome(scene.store, seals, scene.now, verify=True)[0]
    assert removed(found) == [] and found["altered"] == []
    sealed = outcome(scene.store, seals, scene.now + HOUR)[0]
    assert sealed["number"] == 3 and sealed["sealed"] == {"added": 0, "changed": 0, "final_changed": 0, "pruned": 0}
    found = outcome(scene.store, seals, scene.now + HOUR, verify=True)[0]
    assert not found.get("failed"), found["msg"]
    assert {each["record_id"] for each in scene.query("SELECT record_id FROM record")} == {each.id for each in (*old, *new)}


def test_what_the_source_has_no_more_stays_named(scene):
    seals, copy = scene.folder / "seals", scene.folder / "copy.db"
    scene.has(1, 20 * DAY)
    scene.hoop()
    backup(scene.store, copy)
    lost = scene.has(2, 15 * DAY)
    scene.hoop(reread=True)
    outcome(scene.store, seals, scene.now)
    restore(scene.folder / "store.sqlite", copy)
    del scene.sources.records[lost.place][lost.id]
    scene.now += HOUR
    scene.hoop(reread=True)
    assert removed(outcome(scene.store, seals, scene.now, verify=True)[0]) == [lost.id]
