# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prunes among archive tasks and seals, in any order: every declaration is true, nothing comes back, and no seal calls it a fault."""

from __future__ import annotations

from archive_checks import DAY
from archive_scene import HOUR, NOW, Scene, at
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pruning import declared, digest_of
from sealing import outcome
from tasks import result_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import pruned
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep import prune as prune_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.prune import PruneTask

AGES = [HOUR, 2 * DAY, 12 * DAY, 20 * DAY, 40 * DAY]
STEPS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(AGES), st.booleans()),
    st.tuples(st.just("change"), st.integers(0, 99), st.sampled_from(["end", "change", "vanish"])),
    st.tuples(st.just("archive"), st.sampled_from([{}, {}, {"recheck": "60d"}, {"reread": True}, {"user": "ana@example.com"}, {"viewer": "ana"}])),
    st.tuples(st.just("prune"), st.sampled_from([DAY, 10 * DAY, 10 * DAY, 30 * DAY]), st.booleans(), st.booleans()),
    st.tuples(st.just("seal")),
)


class Interrupted(Exception):
    """The end of a task."""


class Life(Scene):
    """Sources, a store, its seals, and what was pruned."""

    def __init__(self):
        super().__init__()
        self.count = 0
        self.seals = self.folder / "seals"
        self.cut = 0
        #: What went under each declaration.
        self.went: dict[int, dict[str, str]] = {}
        self.interrupts = False
        real = pruned.delete

        def delete(connection, scope, batch, ends):
            if self.interrupts:
                self.interrupts = False
                raise Interrupted
            (begun,) = pruned.find_begun(connection).values()
            rows = connection.exec_driver_sql("SELECT record_id, content_hash FROM record").all()
            self.went.setdefault(begun, {}).update((row[0], row[1]) for row in rows if row[0] in batch.ids)
            return real(connection, scope=scope, batch=batch, ends=ends)

        self.patch.setattr(pruned, "delete", delete)
        self.patch.setattr(prune_module, "_AT_ONCE", 2)

    def step_add(self, age, is_open):
        self.count += 1
        self.has(self.count, age, is_open=is_open)

    def step_change(self, choice, how):
        self.change(choice, how)

    def step_archive(self, given):
        before = {row["record_id"] for row in self.query("SELECT record_id FROM record")}
        self.hoop(start_time=at(NOW - 60 * DAY), **given)
        fresh = [row for row in self.query("SELECT record_id, started_at FROM record") if row["record_id"] not in before]
        if given.get("reread") is None:
            assert all(row["started_at"] >= self.cut for row in fresh)

    def step_prune(self, age, is_interrupted, must_be_sealed):
        self.interrupts = is_interrupted
        given = {"store": self.store, "before": at(self.now - age), "require_seal": str(self.seals) if must_be_sealed and self.seals.exists() else None}
        try:
            result = result_of(PruneTask(), given, now=self.now)
        except Interrupted:
            assert [row["state"] for row in declared(self.store)].count("begun") == 1
        else:
            assert not result.get("failed") or result["msg"].startswith("require_seal: "), result
        self.interrupts = False
        self.cut = max((row["before_time"] for row in declared(self.store)), default=0)

    def step_seal(self):
        result, warnings = outcome(self.store, self.seals, self.now)
        assert not result.get("failed") and not warnings, (result, warnings)

    def check(self):
        for row in declared(self.store):
            if row["state"] == "done":
                assert (row["records"], row["digest"]) == (len(self.went[row["before_time"]]), digest_of(self.went[row["before_time"]]))
        for row in self.query("SELECT window_start, window_end, records FROM coverage"):
            found = self.query("SELECT record_id FROM record WHERE started_at >= %d AND started_at < %d" % (row["window_start"], row["window_end"]))
            assert row["records"] == len(found)
        if self.seals.exists():
            result, _warnings = outcome(self.store, self.seals, self.now, verify=True)
            assert not result.get("failed"), result["msg"]


@settings(
    max_examples=25, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(STEPS, min_size=4, max_size=16))
def test_whatever_happens_around_prunes(steps):
    scene = Life()
    try:
        scene.step_add(20 * DAY, False)
        scene.hoop()
        for name, *values in steps:
            scene.now += HOUR
            getattr(scene, "step_" + name)(*values)
            scene.check()
    finally:
        scene.close()
