# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throw-away database servers for tests: real ones, each in a scratch folder, on a loopback port of its own."""

from __future__ import annotations

import glob
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
                told = (self.folder / "log").read_text(errors="replace")[-2000:]
                self.kill()
                raise RuntimeError("%s did not start: %s" % (command[0], told))
            time.sleep(0.05)

    def _answers(self) -> bool:
        raise NotImplementedError

    def create(self) -> None:
        """Make the files, the user and the empty database."""
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


class PostgreSql(Server):
    """A cluster of PostgreSQL."""

    kind = "postgresql"

    def create(self) -> None:
        (self.folder / "password").write_text(PASSWORD)
        (self.folder / "password").chmod(0o644)
        self.run(
            find("initdb"), "--pgdata", "data", "--username", USER, "--pwfile", "password", "--auth", "scram-sha-256",
            "--encoding", "UTF8", "--locale", "C", "--no-sync",
        )
        self.start()
        self.execute("CREATE DATABASE " + DATABASE, "postgres")

    def start(self) -> None:
        self._start(
            find("postgres"), "-D", "data", "-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder), "-c", "fsync=off",
        )

    def stop(self) -> None:
        if self._process is not None:
            # SIGTERM would wait for every client to go.
            self._process.send_signal(2)
        super().stop()

    def kill(self) -> None:
        if self._process is not None:
            # SIGQUIT: at once, without writing anything, the other processes of the cluster as well.
            self._process.send_signal(3)
            self._process.wait()
            self._process = None

    def execute(self, statement: str, database: str = DATABASE) -> None:
        """Run a statement as the cluster's owner."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class MariaDb(Server):
    """A server of MariaDB."""

    kind = "mariadb"

    def create(self) -> None:
        find("mariadbd")
        self.run(
            find("mariadb-install-db"), "--no-defaults", "--datadir=" + str(self.folder / "data"), "--skip-test-db",
            "--auth-root-authentication-method=normal", "--skip-log-bin",
        )
        self.start()
        self.execute("CREATE DATABASE %s CHARACTER SET utf8mb4" % DATABASE)
        self.execute("CREATE USER '%s'@'%%' IDENTIFIED BY '%s'" % (USER, PASSWORD))
        self.execute("GRANT ALL ON `%%`.* TO '%s'@'%%'" % USER)

    def start(self) -> None:
        self._start(
            find("mariadbd"), "--no-defaults", "--datadir=" + str(self.folder / "data"), "--bind-address=127.0.0.1",
            "--port=%d" % self.port, "--socket=" + str(self.folder / "socket"), "--pid-file=" + str(self.folder / "pid"),
            "--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=32M",
        )

    def execute(self, statement: str, database: str | None = None) -> None:
        """Run a statement as root."""
        import pymysql

        connection = pymysql.connect(
            user="root", unix_socket=str(self.folder / "socket"), database=database, autocommit=True, connect_timeout=2
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def _answers(self) -> bool:
        import pymysql

        try:
            self.execute("SELECT 1")
        except pymysql.err.OperationalError:
            return False
        return True


@contextmanager
def running(make: Callable[[Path, str | None], Server]) -> Iterator[Server]:
    """A new server, gone with its files at the end.

    :raises NotInstalled: if its programs are not there.
    """
    # Neither server runs as root.
    user = "nobody" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="store-"))
    server = make(folder, user)
    try:
        if user:
            owner = pwd.getpwnam(user)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        server.create()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
