# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of any length, also while they change: every record once, and complete only where that is so."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.endpoints import SESSIONS
from ansible_collections.opsaudit.sessions.tests.e2e.support import BCC, DATAARTS, HOOP, NODE, SOURCES, TAURUSDB

#: What is asked and what comes back, whatever ansible-core runs the task.
pytestmark = pytest.mark.any_core

SIZES = (1, 10, 100, 101, 2503)
ID = {TAURUSDB: "task_id", DATAARTS: "session_id", HOOP: "id", BCC: "id"}


def seed(module, count, **more):
    scope = {TAURUSDB: {"node_id": NODE}}.get(module, {})
    return [("seed", {"dialect": SOURCES[module][0], "count": count, **scope, **more})]


def listing(ansible, module, before, **args):
    """A scene that returns nothing but the ids."""
    own = {BCC: {"type": "COMMAND"}}.get(module, {})
    return ansible.scene(module, before, query="[].%s" % ID[module], **own, **args)


def seeded_ids(emulator, module, calls):
    """The ids that the emulator makes when set up the same: they are no accident."""
    emulator.reset()
    for name, given in calls:
        emulator.call(name, given)
    return emulator.ids(SOURCES[module][0], **scope_of(module))


def scope_of(module):
    return {TAURUSDB: {"node_id": NODE}, DATAARTS: {"workspace_id": "5b7c2a54-1f0e-4c3a-9d5e-6a7b8c9d0e1f"}}.get(module, {})


@pytest.mark.parametrize("module", SOURCES)
def test_lists_of_any_length(tasks, emulator, module):
    scenes = {str(size): listing(tasks, module, seed(module, size)) for size in SIZES}
    scenes["small_pages"] = listing(tasks, module, seed(module, 101), page_size=7, concurrency=32)
    scenes["one_by_one"] = listing(tasks, module, seed(module, 10), page_size=1)
    run = tasks.scenes(scenes)
    for name, kept in run.kept.items():
        result = kept.ok()
        assert result["result"] == seeded_ids(emulator, module, scenes[name].before), name
        assert result["count"] == result["total"] == len(result["result"])
        assert (result["complete"], result["incomplete_reasons"], result["failed_targets"]) == (True, [], [])
        assert result["requests"] == len(kept.log)
    # Not much more than there are pages.
    assert len(run["2503"].listed) <= 30
    assert len(run["1"].listed) == len(run["10"].listed) == 1


def test_a_very_long_list(tasks, emulator):
    calls = seed(TAURUSDB, 10137)
    run = tasks.both({"long": listing(tasks, TAURUSDB, calls)})
    result = run.same("long").ok()
    assert result["result"] == seeded_ids(emulator, TAURUSDB, calls)
    assert result["complete"] is True and result["total"] == 10137


def test_the_whole_records_of_a_long_list(tasks):
    """Not only their ids, through the registered variable."""
    scene = tasks.scene(HOOP, seed(HOOP, 2503))
    run = tasks.both({"all": scene})
    result = run.same("all").ok()
    assert len({session["id"] for session in result["sessions"]}) == 2503 == result["count"]


def changing(module, count, **mutation):
    dialect = SOURCES[module][0]
    return [*seed(module, count), ("mutate", {"dialect": dialect, "scope": scope_of(module), **mutation})]


@pytest.mark.parametrize("module", SOURCES)
def test_lists_that_change_while_they_are_read(tasks, emulator, module):
    """What was there all the time comes once; complete only where that is so."""
    mutations = {
        "rows arrive": {"insert": 3, "every": 1, "at": "head"},
        "rows arrive anywhere": {"insert": 1, "every": 2, "at": "random"},
        "rows arrive at the end": {"insert": 2, "every": 3, "at": "tail"},
        "rows go": {"delete": 2, "every": 3, "at": "head"},
        "rows go at the end": {"delete": 5, "every": 4, "at": "tail"},
        "rows come and go": {"insert": 1, "delete": 1, "every": 2, "at": "random"},
    }
    if SOURCES[module][0] == "bcc":
        # Counted pages can't overlap, and the window's fixed end lets no run come: the module's notes say so.
        del mutations["rows come and go"]
    ids = [("ids", {"dialect": SOURCES[module][0], "scope": scope_of(module)})]
    scenes = {
        "%s %d" % (name, concurrency): replace(
            listing(tasks, module, changing(module, 1203, **mutation), concurrency=concurrency), after=ids
        )
        for name, mutation in mutations.items() for concurrency in (1, 8)
    }
    run = tasks.scenes(scenes)
    for name, kept in run.kept.items():
        result = kept.ok()
        found = result["result"]
        (listed,) = kept.answers
        assert listed["now"] != listed["start"]
        assert len(found) == len(set(found)), name
        missed = set(listed["start"]) - set(found)
        if "arrive" in name:
            assert not missed, (name, len(missed))
            assert result["complete"] is True, (name, result["incomplete_reasons"])
        elif result["complete"]:
            # Whatever was there all the time; where rows only go, the total says that some went unread.
            assert not missed & set(listed["now"]), (name, len(missed))
            assert not missed or "come" in name, (name, len(missed))
        else:
            assert result["incomplete_reasons"] == ["total_changed"], name


@pytest.mark.parametrize("module", SOURCES)
def test_lists_that_are_not_what_they_seem(tasks, emulator, module):
    dialect = SOURCES[module][0]

    def spoiled(kind, **options):
        return [*seed(module, 503), ("fault", {"kind": kind, "dialect": dialect, **options})]

    scenes = {
        "total too high": listing(tasks, module, spoiled("total", delta=250)),
        "total too low": listing(tasks, module, spoiled("total", delta=-250)),
        "total zero": listing(tasks, module, spoiled("total", value=0)),
        "total high once": listing(tasks, module, spoiled("total", delta=250, after=1, times=1)),
        "duplicates": listing(tasks, module, spoiled("duplicate_rows")),
        "duplicates of the page before": listing(tasks, module, spoiled("duplicate_rows", variant="previous")),
        "empty page": listing(tasks, module, spoiled("empty_page", after=2, times=1)),
        "empty first page": listing(tasks, module, spoiled("empty_page", times=1)),
        "empty from there on": listing(tasks, module, spoiled("empty_page", after=3)),
        "short page": listing(tasks, module, spoiled("short_page", after=2, times=1)),
        "short pages": listing(tasks, module, spoiled("short_page", after=1)),
        "more rows than requested": listing(tasks, module, spoiled("extra_rows", after=1, times=1)),
    }
    run = tasks.scenes(scenes)
    there = seeded_ids(emulator, module, seed(module, 503))
    for name, kept in run.kept.items():
        if kept.result.get("failed"):
            assert kept.failure["kind"] == "protocol", name
            continue
        result = kept.ok()
        found = result["result"]
        assert len(found) == len(set(found)), name
        assert set(found) <= set(there), name
        if result["complete"]:
            assert sorted(found) == sorted(there), name
        else:
            assert result["incomplete_reasons"] == ["total_changed"], name
    for name in ("duplicates", "duplicates of the page before", "empty page", "short page", "total high once"):
        assert sorted(run[name].ok()["result"]) == sorted(there), name
    for name in ("empty page", "short page"):
        assert run[name].ok()["complete"] is True, name
    assert run["empty from there on"].ok()["complete"] is False
    assert "rows where 100 were requested" in run["more rows than requested"].failure["message"]


def test_hoop_beyond_the_largest_offset(tasks, monkeypatch):
    """As far as the gateway counts, and with a gateway that counts to 1,000."""
    ids = [("ids", {"dialect": "hoop", "scope": {}})]
    real = tasks.scenes({"12,000": replace(listing(tasks, HOOP, seed(HOOP, 12000)), after=ids)})["12,000"]
    assert real.ok()["result"] == real.answers[0]["start"] and real.ok()["complete"] is True
    assert len(real.answers[0]["start"]) == 12000
    assert not [entry["target"] for entry in real.log if entry["status"] == 422]
    monkeypatch.setattr(SESSIONS.paging, "max_offset", 1000)
    cap = ("config", {"offset_cap": 1000})
    calls = [cap, *seed(HOOP, 1200)]
    scenes = {
        "1,200": listing(tasks, HOOP, calls),
        "many in a second": listing(tasks, HOOP, [cap, *seed(HOOP, 1200, per_second=40)]),
        "while rows arrive": listing(
            tasks, HOOP, [*calls, ("mutate", {"dialect": "hoop", "insert": 1, "every": 5, "at": "head"})]
        ),
        "limited": listing(tasks, HOOP, calls, max_records=1100),
        "an answer is lost": listing(
            tasks, HOOP, [*calls, ("fault", {"kind": "empty_page", "dialect": "hoop", "after": 4, "times": 1})], end_time="2026-04-15"
        ),
    }
    run = tasks.scenes({name: replace(scene, after=ids) for name, scene in scenes.items()})
    there, crowd = (run[name].answers[0]["start"] for name in ("1,200", "many in a second"))
    for name in ("1,200", "while rows arrive", "an answer is lost"):
        result = run[name].ok()
        assert len(result["result"]) == len(set(result["result"]))
        assert set(there) <= set(result["result"]), name
        assert result["complete"] is True, name
    assert run["1,200"].ok()["result"] == there
    assert sorted(run["many in a second"].ok()["result"]) == sorted(crowd)
    assert run["many in a second"].ok()["complete"] is True
    assert run["limited"].ok()["result"] == there[:1100]
    assert run["limited"].ok()["incomplete_reasons"] == ["max_records"]
    assert not [entry["target"] for kept in run.kept.values() for entry in kept.log if entry["status"] == 422]


@pytest.mark.parametrize("module", SOURCES)
def test_max_records(tasks, emulator, module):
    counts = (1, 99, 100, 101, 250, 251, 1000)
    scenes = {str(count): listing(tasks, module, seed(module, 250), max_records=count) for count in counts}
    scenes["pages"] = listing(tasks, module, seed(module, 2503), max_records=150, page_size=50)
    run = tasks.scenes(scenes)
    there = seeded_ids(emulator, module, seed(module, 250))
    for count in counts:
        result = run[str(count)].ok()
        assert result["result"] == there[:count]
        cut = count < 250
        assert (result["complete"], result["incomplete_reasons"]) == (not cut, ["max_records"] if cut else [])
        assert result["count"] == min(count, 250)
    assert len(run["1"].listed) == 1
    assert len(run["pages"].listed) <= 5
    assert json.dumps(run["pages"].ok()["incomplete_reasons"]) == '["max_records"]'
