# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A prune and the archive tasks around it: pruned records stay away, and its declaration stays true whatever arrives meanwhile."""

from __future__ import annotations

import pytest
from archive_checks import DAY
from archive_scene import HOUR, NOW, ORG, RUNS, Scene, at
from pruning import declared, digest_of
from tasks import result_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import pruned
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep import prune as prune_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.prune import PruneTask

CUT = NOW - 10 * DAY


@pytest.fixture
def scene():
    made = Scene()
    yield made
    made.close()


def prune(scene, before=CUT, **given):
    return result_of(PruneTask(), {"store": scene.store, "before": at(before), **given}, now=scene.now)


def begin(scene, monkeypatch, before=CUT):
    """A prune that is interrupted right after it was declared."""
    with monkeypatch.context() as patched:
        patched.setattr(prune_module._Prune, "_delete", lambda *given: None)
        prune(scene, before)
    assert [each["state"] for each in declared(scene.store)] == ["begun"]


def names(scene):
    return {each["record_id"]: each["content_hash"] for each in scene.query("SELECT record_id, content_hash FROM record")}


def test_pruned_records_do_not_come_back(scene):
    old, new = scene.has(1, 20 * DAY), scene.has(2, 5 * DAY)
    scene.hoop()
    prune(scene)
    scene.now += HOUR
    result = scene.hoop()
    assert (result["added"], result["updated"], result["complete"], result["gaps"]) == (0, 0, True, [])
    # Late records, filters and limited viewers bring none back, either.
    late = scene.has(3, 15 * DAY)
    assert scene.hoop(recheck="40d")["added"] == 0
    assert scene.hoop(viewer="ana")["added"] == scene.hoop(user="ana@example.com")["added"] == 0
    assert names(scene).keys() == {new.id}
    assert scene.hoop(start_time=at(NOW - 90 * DAY))["gaps"] == []
    found = scene.judged()
    assert (found["complete"], found["gaps"]) == (False, [])
    assert [(each["before"], each["records"]) for each in found["pruned"]] == [(at(CUT), 1)]
    assert scene.judged(first=CUT)["complete"] is True and scene.judged(first=CUT)["pruned"] == []
    # Asked for by name they come back, and are proven.
    result = scene.hoop(reread=True)
    assert (result["added"], result["complete"], names(scene).keys()) == (2, True, {old.id, new.id, late.id})
    assert scene.judged()["complete"] is True
    # Until they are pruned again.
    prune(scene, CUT - HOUR)
    scene.now += HOUR
    assert scene.hoop()["added"] == 0 and names(scene).keys() == {new.id}
    assert scene.judged()["complete"] is False


def test_what_was_open_at_a_prune_is_kept_up_to_date(scene):
    record = scene.has(1, 12 * DAY, is_open=True)
    scene.has(2, 12 * DAY)
    scene.hoop()
    prune(scene)
    record.finish(scene.now)
    scene.now += 8 * DAY
    scene.hoop()
    assert scene.outcome(record) == "success" and len(names(scene)) == 1
    scene.now += HOUR
    prune(scene, CUT + HOUR)
    assert names(scene) == {} and [each["records"] for each in declared(scene.store)] == [1, 1]


def test_a_source_that_lists_everything_brings_nothing_back(scene):
    scene.has(1, 20 * DAY, RUNS)
    scene.baidu()
    prune(scene)
    scene.now += HOUR
    assert scene.baidu(start_time=None)["added"] == 0


@pytest.mark.parametrize("reread", [False, True])
def test_a_declaration_stays_true_whatever_arrives_before_it_is_done(scene, monkeypatch, reread):
    changing, ended, opened = scene.has(1, 20 * DAY), scene.has(2, 19 * DAY), scene.has(3, 18 * DAY, is_open=True)
    scene.hoop()
    goes = {name: found for name, found in names(scene).items() if name in (changing.id, ended.id)}
    begin(scene, monkeypatch)
    # One changes, one is new, one ends; the full view no longer lists another.
    changing.version += 1
    scene.has(4, 17 * DAY)
    opened.finish(scene.now)
    fresh = scene.has(5, 2 * DAY)
    scene.now += 10 * DAY
    result = scene.hoop(reread=reread, recheck="60d")
    assert names(scene) == {**names(scene), **goes} and names(scene).keys() == {*goes, opened.id, fresh.id}
    assert scene.outcome(opened) == "running" and result["added"] == 1
    del scene.sources.records[ORG][opened.id]
    scene.hoop(reread=reread, abandon_after="1h")
    assert scene.outcome(opened) == "running"
    starts = [window["window_start"] for window in scene.query("SELECT window_start FROM coverage")]
    assert starts and min(starts) >= CUT
    assert prune(scene, CUT)["pruned"][0]["count"] == 2
    assert [(each["state"], each["records"], each["digest"]) for each in declared(scene.store)] == [("done", 2, digest_of(goes))]
    assert names(scene).keys() == {opened.id, fresh.id}
    # Now it is free again.
    scene.now += 8 * DAY
    scene.hoop(abandon_after="1h")
    assert scene.outcome(opened) == "unknown"


def test_a_prune_that_is_declared_while_an_archive_task_reads(scene, monkeypatch):
    scene.has(1, 20 * DAY)
    scene.hoop()
    scene.has(2, 20 * DAY - HOUR)
    real, done = pruned.find_cut, []

    def find_cut(connection, scope, restored_from=None):
        found = real(connection, scope, restored_from)
        if not done:
            # After the run is planned, before its first page is stored.
            done.append(pruned.choose(connection, scope, CUT))
            pruned.declare(connection, scope, done[0], scene.now, None)
        return found

    with monkeypatch.context() as patched:
        patched.setattr("ansible_collections.opsaudit.sessions.plugins.module_utils._archive.scope.find_cut", find_cut)
        result = scene.hoop(reread=True)
    assert result["added"] == 0 and len(names(scene)) == 1
    assert all(window["window_start"] >= CUT for window in scene.query("SELECT window_start FROM coverage"))
    assert scene.judged()["complete"] is False
