# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map the errors of a database to failures: whether another try can help, and what to do."""

from __future__ import annotations

from typing import Any

from ..._base.errors import SourceError
from .engine import LOCK_WAIT, Database
from .sqlite_file import find_holders
from .types import SQLALCHEMY_PROBLEM

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: The databases' codes for a connection that is gone, or can't be made. 08P01 is what PgBouncer says of its server.
_GONE = 2006
_LOST = {_GONE, "57P01", "57P02", "57P03", "08000", "08001", "08003", "08006", "08P01", 1053, 1927, 2002, 2003, 2013, 2055}
#: The codes of errors that another try can repair: deadlocks, and timeouts of locks.
_BUSY = {"40001", "40P01", "55P03", 1020, 1205, 1213}
_NOT_READY = ("starting up", "shutting down", "not yet accepting", "recovery mode", "too many clients", "remaining connection slots")

_NO_RIGHTS = (
    "The user of the store may not do this. The first task makes the tables, later ones change rows: let an administrator grant the rights "
    "that the guide names (PostgreSQL: GRANT USAGE, CREATE ON SCHEMA public TO the user; MariaDB, MySQL: GRANT ALL ON the database)."
)
_LOCAL_DISK = "Keep an SQLite file on a local disk; for a network file system use PostgreSQL or MariaDB instead."
_KEY_TOO_LONG = "The keys of the tables need an innodb_page_size of 16k or more: use a server that has it."
_LOCKED = (
    "Find the task or the session that keeps its transaction open (PostgreSQL: SELECT * FROM pg_stat_activity WHERE state <> 'idle'; "
    "MariaDB, MySQL: SELECT * FROM information_schema.innodb_trx), end it, and run the task again."
)
#: The hint, by a part of the message (SQLite), or by the code (the others).
_HINTS: dict[str | int, str] = {
    "disk is full": "What was written before is kept. Make room, and run the task again.",
    "readonly database": "The task needs the right to write to the file and to its folder.",
    "unable to open database": (
        "The task needs the right to read the file, and the -wal and -shm beside it. If there is a -wal alone, its writer was killed: "
        "run a task once that may write to the folder."
    ),
    "not a database": "The file is something else: name another one.",
    "malformed": "The file is damaged: restore it from a backup.",
    "locking protocol": _LOCAL_DISK,
    "disk I/O error": _LOCAL_DISK,
    "42501": _NO_RIGHTS, 1044: _NO_RIGHTS, 1142: _NO_RIGHTS,
    "3F000": "The user of the store has no schema to make tables in. Let an administrator run: CREATE SCHEMA AUTHORIZATION the user.",
    "25006": "The server takes no changes. Is it a standby? Name the primary.",
    1290: "The server takes no changes. Is it a replica? Name the primary.",
    1071: _KEY_TOO_LONG, 1709: _KEY_TOO_LONG,
    1153: "Raise max_allowed_packet on the server above the size of the largest record.",
    1665: "The server's binary log can't hold this change: set binlog_format to MIXED or ROW.",
    "55P03": _LOCKED, 1205: _LOCKED,
}


def is_lost(problem: sa.exc.DBAPIError) -> bool:
    """Return whether the connection is lost, or could not be made."""
    return bool(_codes_of(problem) & _LOST)


def is_busy(problem: sa.exc.DBAPIError) -> bool:
    """Return whether another transaction held a lock."""
    return bool(_codes_of(problem) & _BUSY) or _is_locked(problem)


def is_closing(problem: sa.exc.DBAPIError) -> bool:
    """Return whether a reader of SQLite's came just when a writer was opening or closing the file."""
    return any(each in str(problem.orig) for each in ("readonly database", "unable to open database"))


def _is_locked(problem: sa.exc.DBAPIError) -> bool:
    return "is locked" in str(problem.orig)


def failure_of(problem: Exception, database: Database) -> SourceError:
    """Return the one line about a database that can't: neither the statement nor what it was given."""
    hint: str | None = None
    if isinstance(problem, sa.exc.DBAPIError):
        reported: tuple[Any, ...] = getattr(problem.orig, "args", ())
        text = str(reported[1] if len(reported) > 1 and isinstance(reported[0], int) else problem.orig)
        codes = _codes_of(problem)
        hint = next((each for key, each in _HINTS.items() if key in codes or isinstance(key, str) and key in text), None)
        if codes & _LOST:
            hint = "Check that the store's database can be reached. What was written before is kept."
    else:
        text = str(problem)
    message = (text.strip().splitlines() or ["no reason given"])[0]
    if isinstance(problem, sa.exc.DBAPIError) and _is_locked(problem) and database.file:
        by = find_holders(database.file.path)
        message += ", and was for %d seconds" % LOCK_WAIT + (": by " + ", ".join(by) if by else "")
        hint = (
            "Look for an SQL shell with an open transaction, a backup or a copy under way: fuser -v or lsof, with the file and the -wal and -shm "
            "beside it, names who has them open. What was written before is kept."
        )
    if "cryptography" in message:
        hint = "Install PyMySQL[rsa] in place of PyMySQL, or use TLS: ?ssl_ca= and the path of the CA's certificate at the end of the URL."
    return SourceError("store", message, hint=hint).at("Using the store", {"database": database.name})


def _codes_of(problem: sa.exc.DBAPIError) -> set[Any]:
    """Return the driver's message and code."""
    codes = {getattr(problem.orig, "sqlstate", None), *getattr(problem.orig, "args", ())[:1]}
    # psycopg has no code for a connection that can't be made; a server that is there says FATAL, and why.
    text = str(problem.orig)
    nobody = "connection failed" in text and ("FATAL" not in text or any(each in text for each in _NOT_READY))
    return codes | ({_GONE} if problem.connection_invalidated or nobody else set())
