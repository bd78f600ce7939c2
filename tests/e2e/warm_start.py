# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts Ansible's commands as forks of a process that has loaded the libraries they use: the import of these is a third
of what a short play costs.

Ansible itself is not loaded before the fork, for it reads the environment as it is imported. So a command finds arguments,
environment, folder and standard files of its own, as if a shell had started it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

#: What ansible-core, the collection and their libraries import, but for themselves.
_LIBRARIES = (
    "argparse", "asyncio", "cryptography.hazmat.backends.openssl.backend", "cryptography.hazmat.primitives.serialization", "difflib",
    "jinja2.nativetypes", "jinja2.sandbox", "jmespath", "multiprocessing.queues", "multiprocessing.shared_memory", "packaging.specifiers",
    "requests", "sqlalchemy.dialects.mysql", "sqlalchemy.dialects.sqlite", "tarfile", "xml.dom.minidom", "yaml",
)


class WarmStart:
    """The process that forks, seen from the tests: it runs one command at a time."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="warm-start-")
        # Unbuffered, so that whatever was not read yet is seen while waiting.
        self._process = subprocess.Popen([sys.executable, __file__], bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self) -> None:
        with self._process as process:
            assert process.stdin
            process.stdin.close()
        self._folder.cleanup()

    @staticmethod
    def can_run(command: list[str], env: dict[str, str]) -> bool:
        """Whether the command is a script of Ansible's for this Python, and its environment changes nothing before the fork."""
        path = Path(command[0])
        return path.parent == Path(sys.prefix, "bin") and path.name.startswith("ansible") and not any(name.startswith("PYTHON") for name in env)

    def run(self, command: list[str], cwd: Path, env: dict[str, str], timeout: float) -> tuple[int, str, str]:
        """Run a command to its end: its exit code, and what it printed."""
        out, err = (Path(self._folder.name, name) for name in ("stdout", "stderr"))
        given = {"command": command, "cwd": str(cwd), "env": env, "files": [os.devnull, str(out), str(err)]}
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(given).encode() + b"\n")
        pid = int(self._process.stdout.readline())
        ended = select.select([self._process.stdout], [], [], timeout)[0]
        if not ended:
            os.kill(pid, signal.SIGKILL)
        code = int(self._process.stdout.readline())
        if not ended:
            raise subprocess.TimeoutExpired(command, timeout, out.read_bytes(), err.read_bytes())
        return code, out.read_text(errors="replace"), err.read_text(errors="replace")


def _become(given: dict[str, Any]) -> None:
    """Turn this process into the one of the command."""
    for number, path in enumerate(given["files"]):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(given["env"])
    os.chdir(given["cwd"])
    sys.argv = given["command"]
    sys.path[0] = os.path.dirname(sys.argv[0])
    runpy.run_path(sys.argv[0], run_name="__main__")


def main() -> None:
    for name in _LIBRARIES:
        importlib.import_module(name)
    # The forks share what is there, for the collector lets it alone.
    gc.freeze()
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            _become(json.loads(line))
            return
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
