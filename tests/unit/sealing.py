# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores that are sealed, and what somebody does to them by hand."""

from __future__ import annotations

import json
import sqlite3

from exporting import BEGIN, DAY, keep, note, session
from signing import ENVIRON

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.canonical import hash_content, write_canonical
from ansible_collections.opsaudit.sessions.plugins.module_utils._seal.task import SealTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.records import HASHED, hash_row
from ansible_collections.opsaudit.sessions.tests.stores.look import altered

#: When the first seal is made; each day has another.
NOON = BEGIN + 30 * DAY


def outcome(store, dest, at=None, check=False, environ=None, **given):
    """What a seal task and its warnings are."""
    defaults = {name: declared.get("default") for name, declared in SealTask.options.items()}
    done = run_task(SealTask(), {**defaults, "store": store and str(store), "dest": str(dest), **given}, environ or ENVIRON, check=check, now=at)
    assert "\n" not in done.result.get("msg", "")
    return json.loads(json.dumps(done.result)), done.warnings


def seal(store, dest, day=0, **given):
    """What a seal task returns that succeeds without a warning."""
    result, warnings = outcome(store, dest, NOON + day * DAY, **given)
    assert not result.get("failed"), result["msg"]
    assert warnings == []
    return result


def verify(store, dest, **given):
    """What a verification returns."""
    return outcome(store, dest, verify=True, **given)[0]


def good(store, dest, **given):
    """What a verification returns that finds nothing."""
    result = verify(store, dest, **given)
    assert not result.get("failed"), result["msg"]
    assert result["altered"] == result["removed"] == result["broken"] == []
    assert result["changed"] is False
    return result


def wrong(store, dest, **given):
    """The lists of a verification that fails: ids of altered and of removed records, and what is broken."""
    result = verify(store, dest, **given)
    assert result["failed"] and result["failure"]["kind"] == "integrity", result
    return (
        [each["record_id"] for each in result["altered"]], [each["record_id"] for each in result["removed"]],
        [(each["seal"], each["problem"]) for each in result["broken"]],
    )


def sql(store, statement, *values):
    """Execute a statement by hand."""
    with altered(store) as connection:
        return connection.execute(statement, values).fetchall()


def forge(store, record_id, rehash=True, changed_at=None, **values):
    """Alter a row by hand; with its hashes made anew nothing in the row shows it."""
    with altered(store) as connection:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute("SELECT * FROM record WHERE record_id = ?", (record_id,)).fetchone())
        where = row["source"], row["scope_key"], row["record_id"]
        row.update(values)
        if rehash:
            row["content_hash"] = hash_content(row["raw"])
            row["row_hash"] = hash_row({name: row[name] for name in HASHED})
        if changed_at is not None:
            row["changed_at"] = changed_at
        names = ", ".join("%s = ?" % name for name in row)
        connection.execute("UPDATE record SET %s WHERE source = ? AND scope_key = ? AND record_id = ?" % names, (*row.values(), *where))


def raw(number=0, **more):
    """What the source said of a session, altered."""
    return write_canonical({**session(number, BEGIN + number * DAY), **more})


def sealed_days(path, dest, **given):
    """A store of four days, sealed once."""
    store = str(path)
    keep(store, [session(number, BEGIN + number * DAY) for number in range(4)])
    note(store, (BEGIN, BEGIN + 4 * DAY), [(BEGIN, BEGIN + 4 * DAY)])
    seal(store, dest, **given)
    return store


def statement(dest, number=1):
    """What a statement says."""
    return json.loads((dest / ("%06d.json" % number)).read_bytes())


def lines(dest, number=1):
    """What a delta says."""
    return [json.loads(line) for line in (dest / ("%06d.jsonl" % number)).read_bytes().splitlines()]
