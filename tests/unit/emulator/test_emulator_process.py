# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting and stopping: from anywhere, announced, and never left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.emulator.client import ROOT, Emulator, EmulatorError
from tests.emulator.credentials import HOOP_TOKEN

COMMAND = [sys.executable, "-m", "tests.emulator"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_line(tmp_path: Path, number: int) -> None:
    ready = tmp_path / "ready.json"
    command = [*COMMAND, "--ready-file", str(ready), "--records", "7", "--latency", "0.01", "--tls"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        urls = json.loads(process.stdout.readline())
        assert json.loads(ready.read_text()) == urls
        assert urls["pid"] == process.pid
        listeners = {"iam", "taurusdb", "fabric", "hoop", "bcc", "chat", "elsewhere", "control"}
        assert set(urls) == listeners | {"pid", "ca_path", "hoop_tls", "taurusdb_tls"}
        found = requests.post(f"{urls['control']}/ids", json={"dialect": "hoop"}, timeout=5).json()
        assert len(found["now"]) == 7
        ca_path = Path(urls["ca_path"])
        assert ca_path.read_text().startswith("-----BEGIN CERTIFICATE-----")
        process.send_signal(number)
        assert process.wait(timeout=5) == 0
        assert not ca_path.parent.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ready.json"]


def test_ends_with_its_starter() -> None:
    emulator = Emulator()
    emulator.start()
    process = emulator._process
    assert process is not None and process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=5) == 0
    emulator.stop()
    emulator.stop()


def test_start_that_fails() -> None:
    with pytest.raises(EmulatorError, match="(?s)ended with code 2: .*invalid float"), Emulator(latency="soon"):  # type: ignore[arg-type]
        pass


def test_through_a_proxy(wire: Any, emulator: Emulator) -> None:
    """A listener takes the request line a proxy gets, and its log shows that it came that way."""
    host = "http://ca.bj.baidubce.com"
    proxies = {"http": emulator.urls["hoop"]}
    headers = {"Authorization": f"Bearer {HOOP_TOKEN}"}
    answer = wire.session.get(f"{host}/api/sessions?limit=1", headers=headers, proxies=proxies, timeout=5)
    assert len(answer.json()["data"]) == 1
    assert emulator.log()[0]["target"] == f"{host}/api/sessions?limit=1"
