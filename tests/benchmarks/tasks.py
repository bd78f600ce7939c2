# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task costs beside its work, against the tasks that do nothing."""

from __future__ import annotations

from collections.abc import Iterator

from measure import interleaved
from plays import MODULE_PATH, Plays
from sources import HOOP, TAURUSDB, emulator, hoop_sessions, killed_sessions
from table import Row

TASKS = 20
IDS = 50


def action_path(rounds: int) -> Iterator[Row]:
    """One page on the action path over ping."""
    yield from _one_page(1, "action path", "local", "bench_imports_requests", {"ping": 0.12}, rounds)


def module_path(rounds: int) -> Iterator[Row]:
    """One page on the module path over a module that does nothing with HTTP at hand."""
    yield from _one_page(2, "module path", MODULE_PATH, "bench_module_imports_requests", {"reference": 1.15}, rounds)


def _one_page(
    number: int, path: str, connection: str, reference: str, goals: dict[str, float], rounds: int
) -> Iterator[Row]:
    with emulator() as running, Plays() as plays:
        options = killed_sessions(running, 1)
        contestants = {
            "empty": plays.play("empty", [], connection),
            "ping": plays.play("ping", [{"ansible.builtin.ping": {}}] * TASKS, connection),
            "info": plays.play("info", [{TAURUSDB: options}] * TASKS, connection),
            "reference": plays.play("reference", [{reference: {}}] * TASKS, connection),
        }
        medians = interleaved(contestants, rounds)
    text = "%s: a one-page info task over %%s (%d tasks in a play, less the empty play)" % (path, TASKS)
    for name, floor in (("ping", "ping"), ("reference", "an empty one that imports requests")):
        yield Row(
            number, text % floor, "cpu",
            medians.ratio("cpu", "info", name, "empty"), medians.spread("cpu", "info", name, "empty"), "<=", goals.get(name),
            "%.1f ms against %.1f ms a task" % tuple(1000 * medians.cost(each, "empty").cpu / TASKS for each in ("info", name)),
        )


def many_ids(rounds: int) -> Iterator[Row]:
    """Fifty ids in one task against a loop of fifty tasks."""
    with emulator(0.02) as running, Plays() as plays:
        options, ids = hoop_sessions(running, IDS)
        one = [{HOOP: {**options, "id": ids}}]
        loop = [{HOOP: {**options, "id": "{{ item }}"}, "loop": ids, "loop_control": {"label": "-"}}]
        contestants = {
            "empty": plays.play("empty", []),
            "one": plays.play("one", one),
            "one module": plays.play("one-module", one, MODULE_PATH),
            "loop": plays.play("loop", loop),
            "loop module": plays.play("loop-module", loop, MODULE_PATH),
        }
        # The loop of modules takes half a minute, and is far from the goal.
        medians = interleaved(contestants, min(rounds, 1))
    for fast, slow, text, goal in (
        ("one", "loop module", "one task against a loop of %d tasks on the module path" % IDS, 15),
        ("one module", "loop module", "the same, the one task on the module path, too", None),
        ("one", "loop", "one task against a loop of %d tasks, both on the action path" % IDS, None),
    ):
        yield Row(
            6, "%d ids, 20 ms: %s" % (IDS, text), "wall",
            medians.ratio("wall", slow, fast, "empty"), medians.spread("wall", slow, fast, "empty"), ">=", goal,
            "%.2f s against %.2f s" % tuple(medians.cost(each, "empty").wall for each in (fast, slow)),
        )
