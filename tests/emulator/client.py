# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start an emulator from a test, a demo or a benchmark, and control it. Needs nothing but requests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]


class EmulatorError(RuntimeError):
    """The emulator did not start, or did not understand a control call."""


class Emulator:
    """A running emulator: `with Emulator() as emulator: emulator.urls["hoop"]`."""

    def __init__(
        self,
        *,
        latency: float = 0.0,
        records: int = 0,
        tls: bool = False,
        python: str = sys.executable,
        start_timeout: float = 30.0,
    ):
        self._arguments = ["--latency", str(latency), "--records", str(records), *(["--tls"] if tls else [])]
        self._python = python
        self._start_timeout = start_timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._session = requests.Session()
        self._session.trust_env = False
        #: listener -> base URL, and "pid"; with tls also "hoop_tls", "taurusdb_tls" and "ca_path"
        self.urls: dict[str, Any] = {}

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and wait until it listens."""
        with tempfile.TemporaryDirectory(prefix="emulator-start-") as folder:
            ready = Path(folder) / "ready.json"
            errors = Path(folder) / "stderr"
            command = [self._python, "-m", "tests.emulator", "--exit-with-stdin", "--ready-file", str(ready)]
            path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
            with errors.open("wb") as stream:
                self._process = subprocess.Popen(
                    [*command, *self._arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=stream,
                    cwd=ROOT,
                    env={**os.environ, "PYTHONPATH": path},
                )
            self._wait(ready, errors)

    def _wait(self, ready: Path, errors: Path) -> None:
        assert self._process is not None
        deadline = time.monotonic() + self._start_timeout
        while not ready.exists():
            code = self._process.poll()
            if code is not None or time.monotonic() > deadline:
                said = errors.read_text(encoding="utf-8", errors="replace").strip()
                self.stop()
                why = f"ended with code {code}" if code is not None else f"not ready in {self._start_timeout} s"
                raise EmulatorError(f"the emulator {why}: {said[-2000:] or 'it said nothing'}")
            time.sleep(0.01)
        self.urls = json.loads(ready.read_text(encoding="utf-8"))

    def stop(self) -> None:
        """End the process; safe to call twice."""
        self._session.close()
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def call(self, name: str, given: dict[str, Any] | None = None) -> Any:
        """A control call; see README.md for the names and what each takes."""
        answer = self._session.post(f"{self.urls['control']}/{name}", json=given or {}, timeout=60)
        result = answer.json()
        if answer.status_code != 200:
            raise EmulatorError(f"{name}: {result.get('error')}")
        return result

    def reset(self) -> None:
        """Everything as freshly started: examples, settings, no faults, empty log."""
        self.call("reset")

    def seed(self, dialect: str, count: int, **options: Any) -> dict[str, Any]:
        """Make `count` records; the scope they were made in."""
        result: dict[str, Any] = self.call("seed", {"dialect": dialect, "count": count, **options})
        return result

    def fault(self, kind: str, dialect: str = "*", **options: Any) -> None:
        """Let matching requests fail in some way: match=, after=, times=, lasts=, and the kind's own options."""
        self.call("fault", {"kind": kind, "dialect": dialect, **options})

    def clear_faults(self) -> None:
        """No more faults and no more mutations."""
        self.call("clear_faults")

    def mutate(self, dialect: str, **options: Any) -> None:
        """Let rows come and go while someone pages: scope=, every=, at=, insert=, delete=, times=, outside_window=."""
        self.call("mutate", {"dialect": dialect, **options})

    def alter(self, dialect: str, ids: list[str], values: dict[str, Any], **scope: Any) -> None:
        """Give fields of some rows other values; null takes a field away."""
        self.call("alter", {"dialect": dialect, "ids": ids, "values": values, "scope": scope})

    def forget(self, dialect: str, ids: list[str], **scope: Any) -> None:
        """Let rows be gone, as if they never had been."""
        self.call("forget", {"dialect": dialect, "ids": ids, "scope": scope})

    def latency(self, seconds: float, dialect: str | None = None) -> None:
        """Let every answer take so long, of one dialect or of all."""
        self.call("latency", {"seconds": seconds, "dialect": dialect})

    def config(self, **values: Any) -> dict[str, Any]:
        """Set values of settings.Settings; all values as they are then."""
        result: dict[str, Any] = self.call("config", values)
        return result

    def log(self, dialect: str | None = None) -> list[dict[str, Any]]:
        """Every request since the last reset, in the order they came."""
        result: list[dict[str, Any]] = self.call("log", {"dialect": dialect})["entries"]
        return result

    def stats(self) -> dict[str, Any]:
        """Counts of requests, connections and most in flight, overall and per dialect; what faults and mutations did."""
        result: dict[str, Any] = self.call("stats")
        return result

    def ids(self, dialect: str, when: str = "now", **scope: Any) -> list[str]:
        """The ids of a listing in its order, `now` or at the `start` (last seed, reset or mutate call)."""
        result: list[str] = self.call("ids", {"dialect": dialect, "scope": scope})[when]
        return result

    def revoke_tokens(self) -> int:
        """Void every token that IAM gave out."""
        result: int = self.call("revoke_tokens")["revoked"]
        return result
