# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs to keep an attachment of each record, beside a loop that requests and writes as much."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from measure import HOME, Cost, environment, interleaved, spend
from sources import START_MS, emulator
from table import Row

from ansible_collections.opsaudit.sessions.tests.emulator import credentials

SCRIPT = Path(__file__).resolve().parent / "attachment_tasks.py"
#: Each is a request and a file: more of them only take longer.
ATTACHED = 2_000
BYTES = 10_000
_MONTH = 30 * 24 * 3_600_000
#: Sessions that have ended, so that their recordings are whole.
_ENDED = {"status": "done", "end_date": "2026-03-30T00:00:00Z", "review": None}
GOAL = 1.5


def keeping(rounds: int) -> Iterator[Row]:
    """The sessions' list, their records and their recordings, over the same requests and files by hand."""
    with emulator(0.02) as running, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        march = START_MS + 59 * 24 * 3_600_000
        running.seed("hoop", ATTACHED, start=march, end=march + _MONTH, values=_ENDED, recording=BYTES)
        # The emulator's own work would be most of what is measured: it gives its answers again.
        running.config(replay=True)
        given = {
            "endpoint": running.urls["hoop"], "token": credentials.HOOP_TOKEN, "start_time": str(march), "now": march + 2 * _MONTH,
        }
        targets = Path(folder, "targets")

        def contestant(kind: str, argument: str) -> Callable[[], Cost]:
            def run() -> Cost:
                command = [sys.executable, str(SCRIPT), kind, argument, str(Path(folder, kind))]
                said = spend(command, environment({}), str(HOME)).own()
                if said["ids"] != ATTACHED:
                    raise RuntimeError("%s: %r instead of %d attachments" % (kind, said, ATTACHED))
                return Cost(said["wall"], said["cpu"])
            return run

        ours = contestant("ours", json.dumps(given))
        ours()
        requested = [entry["target"] for entry in running.log("hoop")]
        targets.write_text("\n".join([running.urls["hoop"].removeprefix("http://").partition("/")[0], *requested]))
        medians = interleaved({"ours": ours, "bare": contestant("bare", str(targets))}, min(rounds, 3))
    for kind, goal in (("wall", GOAL), ("cpu", None)):
        yield Row(
            13, "%s attachments of %d kB, 8 in flight, 20 ms: archived over a bare loop" % (f"{ATTACHED:,}", BYTES // 1000), kind,
            medians.ratio(kind, "ours", "bare"), medians.spread(kind, "ours", "bare"), "<=", goal,
            "%.2f s against %.2f s" % tuple(getattr(medians.cost(each), kind) for each in ("ours", "bare")),
        )
