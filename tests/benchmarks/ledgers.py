# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the cost of a gate and of a report grows with what a store knows: scopes, windows, gaps that were reported, and findings."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from table import Row

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._gate.task import GateTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.task import ReportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.schema import get_tables
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.stores import sample

SOURCE, START, HOUR = "hoop_session", 1772323200000, 3_600_000
#: Small and ten times as many: scopes, windows of one scope, gaps of one scope, records that break a rule.
SIZES = {
    "scopes": ((150, 1_500), (1_500, 15_000)), "windows": ((20_000, 200_000),), "reported gaps": ((2_000, 20_000),),
    "findings": ((10_000, 100_000),),
}
GOAL = 11


def _fill(store: str, what: str, count: int) -> None:
    """So many scopes with a window each; or one scope with so many windows, each apart from the next or touching it; or so many failures."""
    if what == "findings":
        sample.fill(store, (sample.row(SOURCE, number, started_at=START + number, outcome="failure") for number in range(count)))
        return
    scopes = ["org=o%06d" % number for number in range(count if what == "scopes" else 1)]
    step = 2 if what == "reported gaps" else 1
    last = START + (2 if what == "scopes" else step * count) * HOUR

    def put(connection: Any) -> None:
        common = {"source": SOURCE, "view": "", "run_id": "r", "records": 0}
        connection.execute(get_tables().scope.insert(), [
            {"source": SOURCE, "scope_key": key, "scope": '{"org":"%s"}' % key[4:], "first_seen": START} for key in scopes
        ])
        connection.execute(get_tables().run.insert(), [
            {"run_id": "r%d" % number, "source": SOURCE, "scope_key": key, "view": "", "started_at": last, "window_start": START,
             "window_end": last, "complete": True, "added": 0, "updated": 0, "requests": 1, "version": "1", "repeats": 0}
            for number, key in enumerate(scopes)
        ])
        connection.execute(get_tables().coverage.insert(), [
            {**common, "scope_key": scopes[number % len(scopes)], "window_start": START + step * place * HOUR,
             "window_end": START + (step * place + 1) * HOUR, "read_at": START + (step * place + 1) * HOUR}
            for number in range(count) for place in (0 if what == "scopes" else number,)
        ])

    with open_store(store, lambda secret: None, writes=True) as opened:
        opened.transact(put)


def _run(task: Any, options: dict[str, Any]) -> float:
    """The CPU time of a task, in seconds."""
    defaults = {name: each.get("default") for name, each in task.options.items()}
    before = time.process_time()
    result = run_task(task, {**defaults, **options}, {}).result
    if result.get("failed"):
        raise RuntimeError(result["msg"])
    return time.process_time() - before


def growth(_rounds: int) -> Iterator[Row]:
    """Each once: what matters is how much more ten times as many cost."""
    for what, sizes in ((what, pair) for what, pairs in SIZES.items() for pair in pairs):
        rule = {"source": SOURCE, "when": "failed" if what == "findings" else "incomplete", "at_most": 0}
        costs: dict[str, list[float]] = {"gate": [], "report": []}
        for count in sizes:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                store = str(Path(folder, "s.db"))
                _fill(store, what, count)
                look = {"store": store, "rules": [rule], "return_findings": 10}
                if what == "reported gaps":
                    # What was reported is compared with what is missing, each time.
                    defaults = {name: each.get("default") for name, each in GateTask.options.items()}
                    alert = run_task(GateTask(), {**defaults, **look}, {}).result["alert"]
                    _run(GateTask(), {"store": store, "notified": alert})
                costs["gate"].append(_run(GateTask(), look))
                costs["report"].append(_run(ReportTask(), {"store": store, "sources": [SOURCE], "dest": str(Path(folder, "r.html"))}))
        for verb, (small, large) in costs.items():
            yield Row(
                11, "%s of %s %s over %s" % (verb, f"{sizes[1]:,}", what, f"{sizes[0]:,}"), "cpu", large / small,
                sense="<=", goal=GOAL, detail="%.2f s against %.2f s" % (large, small),
            )
