# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores that hold what a test needs, and export tasks that read them."""

from __future__ import annotations

import csv
import io
import uuid

from ansible_collections.opsaudit.sessions.plugins.module_utils._export import task as export_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.canonical import write_canonical
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.scope import write_scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import records as store_records
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import store as store_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger import coverage, repair, runs
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.scopes import note_scope
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of

GATEWAY = {"org": "o"}
BEGIN, DAY = 1772323200000, 86_400_000


def session(number, start=BEGIN, **more):
    """A session of hoop, as it is listed."""
    from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times

    return {
        "id": "s%04d" % number, "type": "database", "connection": "orders", "verb": "exec", "status": "done", "exit_code": 0,
        "user": "ana@example.com", "start_date": times.to_iso(start, "ms") if start is not None else None,
        "end_date": "2026-03-30T00:00:00Z", **more,
    }


def scope_of(source, scope):
    """A scope of a source by its key."""
    return coverage.Scope(source, write_scope(scope))


def keep(store, records, source="hoop_session", scope=None, now=1):
    """Put records into a store as an archive task does."""
    scope = GATEWAY if scope is None else scope
    how = store_records.Keeping(scope_of(source, scope), write_canonical(scope), ARCHIVES[source].entry, ())

    def work(connection):
        note_scope(connection, how.scope, how.text, now)
        saved = store_records.save(connection, how, records, now)
        repair.note_starts(connection, how.scope, [saved.began[name] for name in saved.added], saved.moved)
        return saved

    with store_module.open_store(store, lambda secret: None, writes=True) as opened:
        opened.transact(work)


def note(store, window, proven=(), source="hoop_session", scope=None, view="", read_at=None):
    """Put a run into a store, and the windows that it has proven.

    :param read_at: when they were read; null for the end of each.
    """
    scope = GATEWAY if scope is None else scope
    where = scope_of(source, scope)

    def work(connection):
        run = uuid.uuid4().hex
        note_scope(connection, where, write_canonical(scope), 1)
        runs.begin(connection, run, where, view, 1, window)
        for each in proven:
            coverage.prove(connection, where, view, each, run, each[1] if read_at is None else read_at)

    with store_module.open_store(store, lambda secret: None, writes=True) as opened:
        opened.transact(work)


def some_days(path):
    """A store with four days of one gateway, read completely."""
    store = str(path)
    keep(store, [session(number, BEGIN + number * DAY) for number in range(4)])
    note(store, (BEGIN, BEGIN + 4 * DAY), [(BEGIN, BEGIN + 4 * DAY)])
    return store


def export(store, dest, check=False, diff=False, now=BEGIN, **given):
    """What an export task returns."""
    return result_of(export_task.ExportTask(), {"store": store and str(store), "dest": str(dest), **given}, check=check, diff=diff, now=now)


def done(store, dest, **given):
    """What an export task returns that succeeds."""
    result = export(store, dest, **given)
    assert not result.get("failed"), result["msg"]
    return result


def table(path):
    """The rows of a table that an export wrote."""
    text = path.read_bytes().decode("utf-8")
    assert text[0] == "\ufeff" and "\ufeff" not in text[1:]
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def contents(folder):
    """Every file of a folder, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
