# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that a source no longer lists, on each database."""

from __future__ import annotations

from ansible_collections.opsaudit.sessions.plugins.module_utils._records.entry import Entry
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import unlisted
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.coverage import Scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.records import Keeping, save
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

HERE, THERE = Scope("s", "here"), Scope("s", "there")


def test_unlisted_records_count_until_they_are_listed_again(any_store):
    def keep(connection, scope, numbers, now):
        save(connection, Keeping(scope, "{}", lambda record: Entry(record["id"], started_at=record["n"]), ()), [{"id": str(n), "n": n} for n in numbers], now)

    with open_store(any_store, lambda secret: None, True) as store:
        def work(connection):
            for scope in (HERE, THERE):
                keep(connection, scope, range(10), 100)
            keep(connection, HERE, range(6), 200)
            # 6 and 7 are in the window; 8 and 9 are not, and nothing was read of the other scope.
            found = [unlisted.note_window(connection, HERE, (0, 8), 200), unlisted.count_unlisted(connection)]
            found.append(unlisted.note_ids(connection, HERE, ["5", "6", "9", "no record"], 200, [(0, 8)]))
            found.append(unlisted.count_unlisted(connection))
            keep(connection, HERE, [7], 300)
            unlisted.forget(connection, HERE, ["7", "0"])
            found.append(unlisted.count_unlisted(connection))
            found += [unlisted.note_window(connection, HERE, (0, 10), 400), unlisted.count_unlisted(connection)]
            return found

        assert store.transact(work) == [2, {HERE: 2}, 1, {HERE: 3}, {HERE: 2}, 10, {HERE: 10}]
    noted = rows(any_store, "SELECT record_id, since FROM unlisted ORDER BY since, record_id")
    # Since when it is known.
    assert [(each["record_id"], each["since"]) for each in noted] == [("6", 200), ("9", 200), *((name, 400) for name in "01234578")]
