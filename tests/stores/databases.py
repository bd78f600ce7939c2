# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that tests need: PostgreSQL, MariaDB with its strictest settings, and PgBouncer."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.opsaudit.sessions.tests.stores.servers import DATABASE, PASSWORD, USER, Server, find

#: Little room, and no waiting for the disk: what a test kills is the process, not the machine.
_SMALL = (
    "--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync", "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M",
)
#: What administrators set, and what a store has to live with.
_STRICT = (
    "--sql-mode=TRADITIONAL", "--server-id=1", "--log-bin=binlog",
    "--binlog-format=STATEMENT", "--sync-binlog=0", "--innodb-force-primary-key=ON", "--innodb-default-row-format=compact",
)


class PostgreSql(Server):
    """A cluster of PostgreSQL."""

    kind = "postgresql"
    programs = ("postgres", "initdb")

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
    """A server of MariaDB that is as strict as one can be: what works here works with its defaults, too."""

    kind = "mariadb"
    programs = ("mariadbd", "mariadb-install-db")

    def create(self) -> None:
        self.run(
            find("mariadb-install-db"), "--no-defaults", "--datadir=" + str(self.folder / "data"), "--skip-test-db",
            "--auth-root-authentication-method=normal", "--skip-log-bin", *_SMALL,
        )
        self.start()
        self.execute("CREATE DATABASE %s CHARACTER SET utf8mb4" % DATABASE)
        self.execute("CREATE USER '%s'@'%%' IDENTIFIED BY '%s'" % (USER, PASSWORD))
        self.execute("GRANT ALL ON `%%`.* TO '%s'@'%%'" % USER)

    def start(self) -> None:
        self._start(
            find("mariadbd"), "--no-defaults", "--datadir=" + str(self.folder / "data"), "--bind-address=127.0.0.1",
            "--port=%d" % self.port, "--socket=" + str(self.folder / "socket"), "--pid-file=" + str(self.folder / "pid"),
            *_SMALL, *_STRICT,
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


class PgBouncer(Server):
    """A pool of two connections to a server, which gives them to another client after each transaction."""

    kind = "postgresql"
    programs = ("pgbouncer",)
    has_data = False

    def __init__(self, folder: Path, user: str | None, upstream: PostgreSql) -> None:
        super().__init__(folder, user)
        (folder / "users.txt").write_text('"%s" "%s"\n' % (USER, PASSWORD))
        settings = {
            "listen_addr": "127.0.0.1", "listen_port": self.port, "unix_socket_dir": "", "auth_type": "scram-sha-256",
            "auth_file": folder / "users.txt", "pool_mode": "transaction", "default_pool_size": 2,
        }
        lines = ["[databases]", "* = host=127.0.0.1 port=%d" % upstream.port, "[pgbouncer]"]
        (folder / "pgbouncer.ini").write_text("\n".join([*lines, *("%s = %s" % item for item in settings.items()), ""]))

    def start(self) -> None:
        self._start(find("pgbouncer"), str(self.folder / "pgbouncer.ini"))

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2, prepare_threshold=None).close()
        except psycopg.OperationalError:
            return False
        return True
