# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast records come: against what the network allows, and against the official SDK."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from measure import HOME, ROOT, Cost, environment, interleaved, spend
from sources import emulator, killed_sessions
from table import Row

HERE = Path(__file__).resolve().parent
IN_FLIGHT = 8
PAGE = 100
FLOOR_RECORDS = 10_000
SDK_RECORDS = 5_000
SDK_PYTHON = ROOT / ".venv-parity" / "bin" / "python"
#: START and END of the sources module, as the SDK wants them.
SDK_WINDOW = {"start_ms": 1767225600000, "end_ms": 1798675200000}


def _runs(python: str, script: str, arguments: list[str], expected: int, own: bool) -> Callable[[], Cost]:
    """Runs a script that has to find so many records; its cost as a process, or as it measured itself."""
    env = environment({}, python)

    def run() -> Cost:
        ran = spend([python, str(HERE / script), *arguments], env, str(HOME))
        reported = ran.own()
        if reported["ids"] != expected or reported.get("complete") is False:
            raise RuntimeError("%s fetched %r instead of %d records" % (script, reported, expected))
        return Cost(reported["wall"], reported["cpu"]) if own else ran.cost

    return run


def bare_client(rounds: int) -> Iterator[Row]:
    """Ten thousand records over a client that fetches the same pages and drops them."""
    text = "%s records, %d in flight, %%d ms: fetch over a bare client" % (f"{FLOOR_RECORDS:,}", IN_FLIGHT)
    for latency, goal in ((0.1, 1.10), (0.02, 1.30)):
        with emulator(latency) as running, tempfile.TemporaryDirectory(prefix="bench-") as folder:
            # The emulator's own work would be most of what is measured: it gives its answers again.
            running.config(replay=True)
            options = killed_sessions(running, FLOOR_RECORDS)
            ours = _runs(sys.executable, "fetch_ours.py", [json.dumps(options)], FLOOR_RECORDS, own=True)
            ours()
            targets = [entry["target"] for entry in running.log("taurusdb")]
            listed = Path(folder, "targets")
            listed.write_text("\n".join(targets))
            place = options["endpoint"].removeprefix("http://")
            bare = _runs(sys.executable, "fetch_bare.py", [place, str(listed)], len(targets), own=True)
            medians = interleaved({"ours": ours, "bare": bare}, rounds)
        own, other = medians.cost("ours"), medians.cost("bare")
        yield Row(
            3, text % (1000 * latency), "wall", medians.ratio("wall", "ours", "bare"), medians.spread("wall", "ours", "bare"),
            "<=", goal, "%.2f s against %.2f s" % (own.wall, other.wall),
        )
    # Counted where there is less to wait for.
    yield Row(
        3, "processor time a record, in microseconds", "cpu", 1e6 * own.cpu / FLOOR_RECORDS,
        detail="%.2f s against %.2f s of the bare client, in all" % (own.cpu, other.cpu),
    )


def official_sdk(rounds: int) -> Iterator[Row]:
    """Five thousand records against the official client, from the start of Python to its end."""
    text = "%s records, 100 ms: faster than the official SDK, %%s, imports included" % f"{SDK_RECORDS:,}"
    goals = (("sequential", "one by one", 6.0), ("threads", "its 8 threads", 1.6))
    if not os.access(SDK_PYTHON, os.X_OK):
        for _name, how, goal in goals:
            yield Row(5, text % how, "wall", None, sense=">=", goal=goal, detail="needs .venv-parity: make parity first")
        return
    with emulator(0.1) as running:
        options = killed_sessions(running, SDK_RECORDS)
        sdk = json.dumps({**options, **SDK_WINDOW})
        medians = interleaved({
            "ours": _runs(sys.executable, "fetch_ours.py", [json.dumps(options)], SDK_RECORDS, own=False),
            "sequential": _runs(str(SDK_PYTHON), "fetch_sdk.py", ["sequential", sdk], SDK_RECORDS, own=False),
            "threads": _runs(str(SDK_PYTHON), "fetch_sdk.py", ["threads", sdk], SDK_RECORDS, own=False),
        }, rounds)
    for name, how, goal in goals:
        for kind, wanted in (("wall", goal), ("cpu", None)):
            yield Row(
                5, text % how, kind, medians.ratio(kind, name, "ours"), medians.spread(kind, name, "ours"), ">=", wanted,
                "%.2f s against %.2f s" % tuple(getattr(medians.cost(each), kind) for each in ("ours", name)),
            )
