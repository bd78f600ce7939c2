# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs to keep many records: memory, and time beside what nobody can do without."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import HOME, Cost, environment, interleaved, spend
from sources import emulator, killed_sessions
from table import Row

SCRIPT = Path(__file__).resolve().parent / "archive_ours.py"
#: How many are archived to see what memory it takes; a million are some minutes.
MANY = 1_000_000
FEW = 100_000


def _run(kind: str, options: dict[str, Any], store: str, expected: int) -> dict[str, Any]:
    reported = spend([sys.executable, str(SCRIPT), kind, json.dumps(options), store], environment({}), str(HOME)).own()
    if reported["ids"] != expected:
        raise RuntimeError("%s: %r instead of %d records" % (kind, reported, expected))
    return reported


def fill(store: str, count: int) -> None:
    """Archive so many records into a new store."""
    with emulator() as running:
        _run("ours", killed_sessions(running, count), store, count)


def memory(_rounds: int) -> Iterator[Row]:
    """A million records, once, and a hundred thousand: what memory and time they take."""
    runs = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for count in sorted({MANY, FEW}):
            with emulator() as running:
                started = time.perf_counter()
                options = killed_sessions(running, count, warm=False)
                seeded = time.perf_counter() - started
                reported = runs[count] = _run("ours", options, str(Path(folder, "s.db")), count)
            detail = "%.1f s, %d requests, %d bytes a record in the file; made in %.1f s" % (
                reported["wall"], reported["requests"], reported["bytes"] / count, seeded,
            )
            yield Row(
                8, "%s records archived into SQLite: peak of memory, in MB" % f"{count:,}", "memory", reported["peak"],
                sense="<=", goal=90 if count == MANY else None, detail=detail,
            )
    if len(runs) == 2:
        for kind, measured, unit, goal in (("memory", "peak", "MB", 1.2), ("wall", "wall", "s", 10.8)):
            many, few = (runs[count][measured] for count in (MANY, FEW))
            yield Row(
                8, "%s records archived over %s" % (f"{MANY:,}", f"{FEW:,}"), kind, many / few,
                sense="<=", goal=goal, detail="%.1f %s against %.1f %s" % (many, unit, few, unit),
            )


def storing(rounds: int) -> Iterator[Row]:
    """A hundred thousand records against fetching them for nothing and one bare insert."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, emulator() as running:
        options = killed_sessions(running, FEW)
        store = str(Path(folder, "s.db"))

        def contestant(kind: str):
            def run() -> Cost:
                reported = _run(kind, options, store, FEW)
                return Cost(reported["wall"], reported["cpu"])
            return run

        medians = interleaved({"ours": contestant("ours"), "bare": contestant("bare")}, rounds)
    for kind, goal in (("wall", 1.40), ("cpu", None)):
        yield Row(
            9, "%s records archived into SQLite over fetching them and a bare executemany" % f"{FEW:,}", kind,
            medians.ratio(kind, "ours", "bare"), medians.spread(kind, "ours", "bare"), "<=", goal,
            "%.2f s against %.2f s" % tuple(getattr(medians.cost(each), kind) for each in ("ours", "bare")),
        )
