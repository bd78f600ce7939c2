# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throw-away database servers for tests: real ones, each in a scratch folder, on a loopback port of its own."""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: Where Debian puts what is not in everybody's PATH.
_FOLDERS = (*sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True), "/usr/sbin", "/usr/local/sbin")
#: Where the files of new servers are kept, for the next to start from a copy.
_TEMPLATES = Path(__file__).resolve().parents[2] / ".cache" / "stores"
#: A password that must be found in no output.
PASSWORD = "never-print-St0re"
USER = "auditor"
DATABASE = "audit"


class NotInstalled(Exception):
    """A server's programs are not there."""


def find(program: str) -> str:
    """The path of a program.

    :raises NotInstalled: if there is none.
    """
    path = shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), *_FOLDERS]))
    if path is None:
        raise NotInstalled(program)
    return path


def _free_port() -> int:
    """A port of none of those that the system hands out: until the server has started, and while it is down, it would do so."""
    while True:
        port = random.randrange(15_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Server:
    """A server that can be killed and started again."""

    kind = ""
    #: The programs that it needs, the one that runs first.
    programs: tuple[str, ...] = ()
    #: Whether it keeps data: then it starts from a copy of what the first of its kind has made.
    has_data = True

    def __init__(self, folder: Path, user: str | None) -> None:
        self.folder = folder
        self.port = _free_port()
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = DATABASE) -> str:
        """The store's URL, password and all."""
        return "%s://%s:%s@127.0.0.1:%d/%s" % (self.kind, USER, PASSWORD, self.port, database)

    def run(self, *command: str, given: str | None = None) -> None:
        """Run a command of the server's as its user, to its end."""
        done = subprocess.run(
            command, cwd=self.folder, user=self._user, group=self._group, extra_groups=[] if self._user else None,
            input=given, capture_output=True, text=True, check=False, env=self._env,
        )
        if done.returncode:
            raise RuntimeError("%s: %s" % (command[0], (done.stdout + done.stderr)[-2000:]))

    @property
    def _env(self) -> dict[str, str]:
        # Temporary files of its own: two servers that are set up at once get into each other's way.
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": str(self.folder)}

    @property
    def _group(self) -> int | None:
        return pwd.getpwnam(self._user).pw_gid if self._user else None

    def _start(self, *command: str) -> None:
        log = (self.folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, user=self._user, group=self._group, extra_groups=[] if self._user else None,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._env,
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                reported = (self.folder / "log").read_text(errors="replace")[-2000:]
                self.kill()
                raise RuntimeError("%s did not start: %s" % (command[0], reported))
            time.sleep(0.05)

    def _answers(self) -> bool:
        raise NotImplementedError

    def create(self) -> None:
        """Make the folder C(data) with the user and the empty database, and start."""
        raise NotImplementedError

    def start(self) -> None:
        """Start, and wait until it answers."""
        raise NotImplementedError

    def kill(self) -> None:
        """End it as a machine's fall does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End it in peace."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def _fast_folder() -> str | None:
    """Where files are in memory, if there is room: MariaDB waits for the disk whatever is configured."""
    memory = "/dev/shm"
    return memory if os.path.isdir(memory) and shutil.disk_usage(memory).free > 2**30 else None


@contextmanager
def running(make: Callable[[Path, str | None], Server]) -> Iterator[Server]:
    """Run a new server; remove it with its files at the end.

    :raises NotInstalled: if its programs are not there.
    """
    # No server runs as root.
    user = "nobody" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="store-", dir=_fast_folder()))
    server = make(folder, user)
    try:
        for program in server.programs:
            find(program)
        _give(folder, user)
        if server.has_data:
            _create_data(server, user)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _create_data(server: Server, user: str | None) -> None:
    """Copy what the first server of this kind has made: that takes a tenth of the time."""
    made = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))))
    made.update(subprocess.run([find(server.programs[0]), "--version"], capture_output=True, check=True).stdout)
    template = _TEMPLATES / ("%s-%s" % (server.kind, made.hexdigest()[:16]))
    _TEMPLATES.mkdir(parents=True, exist_ok=True)
    with (_TEMPLATES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            for old in _TEMPLATES.glob(server.kind + "-*"):
                shutil.rmtree(old)
            server.create()
            server.stop()
            shutil.copytree(server.folder / "data", template.with_suffix(".new"))
            template.with_suffix(".new").rename(template)
        else:
            shutil.copytree(template, server.folder / "data")
            for path in (server.folder / "data", *server.folder.joinpath("data").rglob("*")):
                _give(path, user)


def _give(path: Path, user: str | None) -> None:
    if user:
        owner = pwd.getpwnam(user)
        os.chown(path, owner.pw_uid, owner.pw_gid)
