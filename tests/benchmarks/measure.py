# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs contestants in turn, so that what else the machine does meets all of them alike, and takes medians."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".cache" / "home"


class Cost(NamedTuple):
    """Seconds: on the clock, and of processors, user and system, of a process and all that it waited for."""

    wall: float
    cpu: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.wall - other.wall, self.cpu - other.cpu)


class Run(NamedTuple):
    """One run of a command: what it cost, and what it said."""

    cost: Cost
    said: str

    def own(self) -> dict[str, Any]:
        """What a script measured itself: JSON in its last line."""
        return json.loads(self.said.splitlines()[-1])


def environment(extra: Mapping[str, str], python: str = sys.executable) -> dict[str, str]:
    """Nothing of the user's own settings, credentials or proxies."""
    HOME.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join((str(Path(python).parent), os.environ.get("PATH", os.defpath)))
    return {"HOME": str(HOME), "LC_ALL": "C.UTF-8", "PATH": path, **extra}


def spend(command: Sequence[str], env: Mapping[str, str], cwd: str | None = None) -> Run:
    """Run a command to its end; one that fails ends the benchmark."""
    with tempfile.TemporaryFile("w+") as out:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=cwd)
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    if process.returncode != 0:
        raise RuntimeError("%s ended with code %d:\n%s" % (" ".join(command), process.returncode, said[-4000:]))
    return Run(Cost(wall, usage.ru_utime + usage.ru_stime), said)


class Medians:
    """Costs of several contestants, run by run; what one does several times in a run is counted once."""

    def __init__(self, costs: Mapping[str, list[Cost]], times: Mapping[str, int] | None = None) -> None:
        self._costs = costs
        self._times = times or {}

    def cost(self, name: str, less: str | None = None) -> Cost:
        """The median of a contestant's runs, less that of another."""
        found, base = (
            Cost(*(statistics.median(getattr(cost, kind) for cost in self._costs[each]) for kind in Cost._fields))
            if each else Cost(0, 0) for each in (name, less)
        )
        return self._once(name, found - base)

    def ratio(self, kind: str, one: str, other: str, less: str | None = None) -> float:
        """How many times one contestant costs what the other costs, in wall or cpu."""
        return getattr(self.cost(one, less), kind) / getattr(self.cost(other, less), kind)

    def spread(self, kind: str, one: str, other: str, less: str | None = None) -> tuple[float, float]:
        """The smallest and the largest ratio that any of these runs, less the median of another, would give."""
        base = self.cost(less) if less else Cost(0, 0)
        first, second = (
            [getattr(self._once(name, cost - base), kind) for cost in self._costs[name]] for name in (one, other)
        )
        ratios = [a / b for a, b in zip(first, second)]
        return min(ratios), max(ratios)

    def _once(self, name: str, cost: Cost) -> Cost:
        times = self._times.get(name, 1)
        return Cost(cost.wall / times, cost.cpu / times)


def interleaved(
    contestants: Mapping[str, Callable[[], Cost]], rounds: int, times: Mapping[str, int] | None = None
) -> Medians:
    """One run of each, in turn, as often as asked; one more before that doesn't count (caches, byte code)."""
    costs: dict[str, list[Cost]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, contestant in contestants.items():
            cost = contestant()
            if number:
                costs[name].append(cost)
    return Medians(costs, times)
