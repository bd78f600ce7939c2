# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-rulebook as a process of its own, with an environment that knows nothing of the user's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.opsaudit.sessions.tests.emulator import credentials

BIN = Path(sys.prefix, "bin")
#: Seconds after which a state is not waited for any more.
_PATIENCE = 120


class Rulebook:
    """One that runs."""

    def __init__(self, folder: Path, urls: dict[str, Any], *arguments: str, number: int, **env: str) -> None:
        self._log = folder / ("log-%d" % number)
        home = folder / "home"
        home.mkdir(exist_ok=True)
        environ = {
            "HOME": str(home), "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1",
            "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
            "HOOP_APIURL": urls["hoop"], "BCE_CA_ENDPOINT": urls["bcc"],
            "BCE_ACCESS_KEY_ID": credentials.BAIDU_AK, "BCE_SECRET_ACCESS_KEY": credentials.BAIDU_SK, **env,
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(BIN / "ansible-rulebook"), *arguments], cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )

    @property
    def log(self) -> str:
        """All that it has said."""
        return self._log.read_text("utf-8", "replace")

    @property
    def taken(self) -> list[str]:
        """The ids that its rule has printed."""
        return re.findall(r"^took (\S+)$", self.log, re.M)

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for a state that it brings about."""
        deadline = time.monotonic() + _PATIENCE
        while not true():
            assert self._process.poll() is None and time.monotonic() < deadline, self.log[-3000:]
            time.sleep(0.05)

    def ended(self) -> int:
        """Wait for its end; the exit code."""
        return self._process.wait(_PATIENCE)

    def terminate(self) -> None:
        """As a service manager does."""
        self._process.terminate()
        self.ended()

    def kill(self) -> None:
        """As the kernel does."""
        self._process.kill()
        self.ended()
