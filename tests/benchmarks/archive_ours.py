# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive killed sessions into SQLite, without Ansible around it, and the same by hand.

    archive_ours.py ours OPTIONS STORE       OPTIONS as JSON; STORE is made anew
    archive_ours.py bare OPTIONS STORE       what is in STORE is inserted into another file

Bare is what nobody could do without: fetch all pages and drop them, then one executemany of the same rows into the same
tables, in one transaction. Prints what was measured, as JSON; peak is the largest memory of this process, in MB.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive import task as archive_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.redaction import Redactor
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import Call, run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch import client
from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch.listing import Listing
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb import archive as taurusdb
from ansible_collections.opsaudit.sessions.tests.memory import peak

ARCHIVE = taurusdb.ARCHIVE


def ours(given: dict, store: str) -> dict:
    for end in ("", "-wal", "-shm"):
        if os.path.exists(store + end):
            os.unlink(store + end)
    with measured() as cost:
        result = run_task(archive_task.ArchiveTask(ARCHIVE), {**given, "store": store}, {}).result
    if result.get("failed") or not result["complete"] or result["gaps"]:
        raise RuntimeError(str({name: result.get(name) for name in ("msg", "incomplete_reasons", "gaps")}))
    return {**cost, "ids": result["added"], "requests": result["requests"], "bytes": os.path.getsize(store)}


def bare(given: dict, store: str) -> dict:
    """Only fetching and inserting are measured; the rows are read before."""
    source = sqlite3.connect(store)
    tables = [row[0] for row in source.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'record' AND sql IS NOT NULL")]
    rows = source.execute("SELECT * FROM record").fetchall()
    source.close()
    path = store + ".bare"
    if os.path.exists(path):
        os.unlink(path)
    target = sqlite3.connect(path, isolation_level=None)
    target.execute("PRAGMA journal_mode=WAL")
    target.execute("PRAGMA synchronous=NORMAL")
    for table in tables:
        target.execute(table)
    with measured() as cost:
        fetched = fetch(given, store)
        target.execute("BEGIN IMMEDIATE")
        target.executemany("INSERT INTO record VALUES (%s)" % ", ".join("?" * len(rows[0])), rows)
        target.execute("COMMIT")
        target.close()
    if fetched != len(rows):
        raise RuntimeError("%d records instead of %d" % (fetched, len(rows)))
    return {**cost, "ids": fetched}


def fetch(given: dict, store: str) -> int:
    """How many records there are; they are dropped as they come."""
    source, redactor = ARCHIVE.source, Redactor()
    settings, connection = client.prepare(source, Call({**given, "store": store}, {}, redactor))
    with client.open_client(source, settings, connection, redactor) as opened:
        listings = [Listing(opened.endpoint, settings, opened.connection, target) for target in opened.targets]
        return sum(len(page) for page in opened.fetch(listings, lambda fetch: None).records())


class measured:
    """Time, on the clock and of processors, and the peak of memory."""

    def __enter__(self) -> dict:
        self._started, self._worked, self._cost = time.perf_counter(), time.process_time(), {}
        return self._cost

    def __exit__(self, *_exception: object) -> None:
        self._cost.update(wall=time.perf_counter() - self._started, cpu=time.process_time() - self._worked, peak=peak() / 1024)


if __name__ == "__main__":
    defaults = {name: declared.get("default") for name, declared in ARCHIVE.source.all_options.items()}
    work = {"ours": ours, "bare": bare}[sys.argv[1]]
    print(json.dumps(work({**defaults, **json.loads(sys.argv[2])}, sys.argv[3])))
