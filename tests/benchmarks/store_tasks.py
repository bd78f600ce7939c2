# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a whole store as one of the modules does, without Ansible around it, and the same with nothing but Python's own libraries.

    store_tasks.py ours|bare export|report|gate|seal|verify STORE FOLDER

Bare reads the same rows in the same order with SQL, and writes or hashes as much: the least for whoever does it by hand.
Prints what was measured, as JSON; peak is the largest memory of this process, in MB.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from archive_ours import measured

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task

SOURCE = "taurusdb_killed_session"
_ROOM = "ansible_collections.opsaudit.sessions.plugins.module_utils."
#: The classes of the tasks, and the options beside the store.
TASKS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "export": ("_export.task", "ExportTask", {"sources": [SOURCE]}),
    "report": ("_report.task", "ReportTask", {"sources": [SOURCE]}),
    "gate": ("_gate.task", "GateTask", {"rules": [{"source": SOURCE, "when": "killed", "at_most": 0}]}),
    "seal": ("_seal.task", "SealTask", {}),
    "verify": ("_seal.task", "SealTask", {"verify": True}),
}
_SHORT = ("source", "scope_key", "record_id", "kind", "state", "outcome", "started_at", "ended_at", "actor", "target", "summary")
_TIMES = ("first_seen", "last_seen", "changed_at", "detailed_at")
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_SORTED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def ours(what: str, store: str, folder: Path) -> int:
    room, name, options = TASKS[what]
    task = getattr(import_module(_ROOM + room), name)()
    dest = {"gate": None, "verify": "seal"}.get(what, what)
    given = {"store": store, **options, **({"dest": str(folder / dest)} if dest else {})}
    defaults = {option: each.get("default") for option, each in task.options.items()}
    result = run_task(task, {**defaults, **given}, {}).result
    if result.get("failed"):
        raise RuntimeError(str(result))
    return {
        "export": lambda: result["files"][0]["count"], "report": lambda: result["count"], "gate": lambda: result["rules"][0]["count"],
        "seal": lambda: result["sealed"]["added"], "verify": lambda: _lines(folder / "seal" / "000001.jsonl"),
    }[what]()


def bare(what: str, store: str, folder: Path) -> int:
    connection = sqlite3.connect(store, isolation_level=None)
    count: int = globals()["_" + what](connection, folder)
    connection.close()
    return count


def _rows(connection: sqlite3.Connection, columns: Any, order: str) -> Iterator[tuple]:
    return connection.execute("SELECT %s FROM record WHERE source = ? ORDER BY %s" % (", ".join(columns), order), (SOURCE,))


def _columns(connection: sqlite3.Connection) -> list[str]:
    return [row[1] for row in connection.execute("PRAGMA table_info(record)")]


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _line in file)


def _export(connection: sqlite3.Connection, folder: Path) -> int:
    """A file of JSON lines, one of CSV, and another of JSON lines in the place of OCSF, each hashed."""
    columns = [name for name in _columns(connection) if name not in ("last_seen", "detailed_at")]
    scope, raw = columns.index("scope"), columns.index("raw")
    files = [(folder / name).open("wb") for name in ("bare.jsonl", "bare.csv", "bare.ocsf.jsonl")]
    digests = [hashlib.sha256() for _file in files]
    text = io.StringIO(newline="")
    table = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    count = 0
    for row in _rows(connection, columns, "started_at, scope_key, record_id"):
        record = {**dict(zip(columns, row)), "scope": json.loads(row[scope]), "raw": json.loads(row[raw])}
        table.writerow(row)
        lines = (_ENCODE(record) + "\n", text.getvalue(), _SORTED(record["raw"]) + "\n")
        for file, digest, line in zip(files, digests, lines):
            data = line.encode()
            file.write(data)
            digest.update(data)
        text.seek(0)
        text.truncate()
        count += 1
    for file in files:
        file.close()
    return count


def _report(connection: sqlite3.Connection, _folder: Path) -> int:
    digest, count = hashlib.sha256(), 0
    for row in _rows(connection, _SHORT, "started_at, scope_key, record_id"):
        digest.update(_ENCODE(row).encode())
        count += 1
    return count


def _gate(connection: sqlite3.Connection, _folder: Path) -> int:
    """Every record as a finding, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    found = [(row[1], row[2]) for row in _rows(connection, _SHORT, "started_at, scope_key, record_id") if row[5] == "killed"]
    given = {"source": SOURCE, "gate": "default", "rule": "killed", "alert": "0" * 32, "found_at": 0, "claimed_until": 0}
    there = {row[1] for row in connection.execute("PRAGMA table_info(finding)")}
    more = {name: value for name, value in given.items() if name in there}
    statement = "INSERT INTO finding (%s, scope_key, record_id) VALUES (%s, ?, ?)" % (", ".join(more), ", ".join("?" * len(more)))
    connection.executemany(statement, ((*more.values(), *each) for each in found))
    connection.execute("COMMIT")
    return len(found)


def _seal(connection: sqlite3.Connection, folder: Path) -> int:
    """Hash what is in each record, and write a line for each, in order."""
    columns = _columns(connection)
    raw = columns.index("raw")
    hashed = [name for name in columns if name not in ("raw", "content_hash", "row_hash", *_TIMES)]
    lines = []
    for row in _rows(connection, columns, "scope_key, record_id"):
        record = dict(zip(columns, row))
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in (row[raw], _SORTED({name: record[name] for name in hashed}))]
        line = {"record_id": record["record_id"], "scope_key": record["scope_key"], "source": SOURCE, "hashes": digests}
        lines.append(_SORTED(line).encode() + b"\n")
    digest = hashlib.sha256()
    with (folder / "bare.seal").open("wb") as file:
        for line in sorted(lines):
            file.write(line)
            digest.update(line)
    return len(lines)


def _verify(connection: sqlite3.Connection, folder: Path) -> int:
    """Do the same again, and compare."""
    with (folder / "seal" / "000001.jsonl").open("rb") as file:
        known = {(line["scope_key"], line["record_id"]): line for line in map(json.loads, file)}
    return min(_seal(connection, folder), len(known))


if __name__ == "__main__":
    kind, what, store, folder = sys.argv[1:]
    with measured() as cost:
        count = {"ours": ours, "bare": bare}[kind](what, store, Path(folder))
    print(json.dumps({**cost, "ids": count}))
