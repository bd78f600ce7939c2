# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs to read a whole store: export, report, gate, seal and its verification, beside plain SQL over the same rows."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from archives import FEW, fill
from measure import HOME, Cost, environment, interleaved, spend
from table import Row

SCRIPT = Path(__file__).resolve().parent / "store_tasks.py"
#: The most findings of a gate, as multiples of the records that are archived.
_COPIES = 5
GOAL, FLAT = 3.0, 1.2


def _run(kind: str, what: str, store: str, folder: str, expected: int) -> dict[str, Any]:
    said = spend([sys.executable, str(SCRIPT), kind, what, store, folder], environment({}), str(HOME)).own()
    if said["ids"] != expected:
        raise RuntimeError("%s %s: %r instead of %d records" % (kind, what, said, expected))
    return said


def reading(rounds: int) -> Iterator[Row]:
    """Each over the same by hand, in turn."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        store = str(Path(folder, "s.db"))
        fill(store, FEW)
        for what in ("export", "report", "seal", "verify"):
            yield from _against_sql(what, store, folder, FEW, rounds)
        copies = str(Path(folder, "copies.db"))
        _copy(store, copies)
        shutil.copyfile(store, store + ".few")
        small = _run("ours", "gate", store + ".few", folder, FEW)
        rows = list(_against_sql("gate", copies, folder, FEW * _COPIES, min(rounds, 3)))
        yield from rows
        large = _run("ours", "gate", _fresh(copies), folder, FEW * _COPIES)
    yield Row(
        12, "gate: %s new findings over %s" % (f"{FEW * _COPIES:,}", f"{FEW:,}"), "memory", large["peak"] / small["peak"],
        sense="<=", goal=FLAT, detail="%.0f MB against %.0f MB" % (large["peak"], small["peak"]),
    )


def _against_sql(what: str, store: str, folder: str, count: int, rounds: int) -> Iterator[Row]:
    peaks = []

    def contestant(kind: str) -> Callable[[], Cost]:
        def run() -> Cost:
            # What was made before is made anew; a seal stays, to be verified.
            shutil.rmtree(Path(folder, what), ignore_errors=True)
            fresh = _fresh(store) if what in ("gate", "seal") else store
            said = _run(kind, what, fresh, folder, count)
            if kind == "ours":
                peaks.append(said["peak"])
            return Cost(said["wall"], said["cpu"])
        return run

    medians = interleaved({"bare": contestant("bare"), "ours": contestant("ours")}, rounds)
    yield Row(
        12, "%s of %s records over plain SQL, JSON and SHA-256" % (what, f"{count:,}"), "cpu",
        medians.ratio("cpu", "ours", "bare"), medians.spread("cpu", "ours", "bare"), "<=", GOAL,
        "%.2f s against %.2f s; %.0f MB" % (medians.cost("ours").cpu, medians.cost("bare").cpu, max(peaks)),
    )


def _fresh(store: str) -> str:
    """A copy of a store that nothing was noted in."""
    path = store + ".fresh"
    for end in ("", "-wal", "-shm"):
        Path(path + end).unlink(missing_ok=True)
    return str(shutil.copyfile(store, path))


def _copy(store: str, path: str) -> None:
    """A store with several times the records."""
    shutil.copyfile(store, path)
    connection = sqlite3.connect(path)
    columns = [row[1] for row in connection.execute("PRAGMA table_info(record)")]
    for number in range(1, _COPIES):
        others = ["record_id || '-%d'" % number if name == "record_id" else name for name in columns]
        connection.execute("INSERT INTO record SELECT %s FROM record WHERE record_id NOT LIKE '%%-%%'" % ", ".join(others))
    connection.commit()
    connection.close()
