# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole fleet on a schedule, with a simulated clock: whether nothing is lost, and what an instance costs in each run."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sources import emulator
from table import Row

from ansible_collections.opsaudit.sessions.tests.e2e.fleet import Fleet

#: One tenth first: what an instance costs must not depend on how many there are.
FLEETS = (1_000, 10_000)
RECORDS = 3
#: Two slices in each run; in the second, one of their controllers is killed.
SLICES, TURNS, KILLED = 2, 3, 1
_LOOKED_UP = 100
#: The run after it is whole again, which catches up with what was lost; the first one makes all scopes.
_MEASURED = 2


def scheduled(_rounds: int) -> Iterator[Row]:
    """Each once: no instance is lost, there twice or more than a run behind, or else the benchmark ends."""
    costs = []
    for instances in FLEETS:
        with emulator() as running, tempfile.TemporaryDirectory(prefix="bench-") as folder:
            fleet = Fleet(running, str(Path(folder, "s.db")), instances, RECORDS, TURNS)
            for turn in range(TURNS):
                before = _spent()
                fleet.run(turn, SLICES, kill=turn == KILLED)
                if turn == _MEASURED:
                    costs.append(1000 * (_spent() - before) / instances)
            fleet.check(_LOOKED_UP)
    few, many = FLEETS
    yield Row(
        14, "an instance in one run of a schedule, in a fleet of %s over one of %s" % (f"{many:,}", f"{few:,}"), "cpu",
        costs[1] / costs[0], sense="<=", goal=1.1, detail="%.1f ms against %.1f ms; nothing lost, nothing twice" % (costs[1], costs[0]),
    )


def _spent() -> float:
    """Seconds of a processor that all controllers took that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
