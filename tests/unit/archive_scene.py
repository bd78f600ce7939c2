# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources and a store for one example, and what tasks say of them."""

from __future__ import annotations

import sqlite3

from archive_checks import DAY
from archive_model import Model
from fake_wire import NOW as BEGIN
from sim_sources import BCC, HOOP, VIEWERS, Place, Record
from tasks import result_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times
from ansible_collections.opsaudit.sessions.plugins.module_utils._export.task import ExportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.task import ReportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.prune import PruneTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.store_info import StoreInfoTask
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

HOUR = DAY // 24
NOW = BEGIN // 1000 * 1000
ORG, RUNS = Place(HOOP, "org=org-a"), Place(BCC, "region=bj,type=COMMAND")


class Scene(Model):
    """Sources and a store, for one example."""

    def __init__(self):
        super().__init__()
        self.now = NOW

    def has(self, number, age, place=ORG, user="ana", target="orders", is_open=False, **more):
        """A record that began some time ago."""
        record = Record(place, number, self.now - age, user, target, is_open, **more)
        self.sources.add(record)
        return record

    def hoop(self, viewer="auditor-a", **given):
        self.sources.look_as(VIEWERS[viewer])
        return self._done(HOOP, {"endpoint": "http://gw", "token": "t0ken-" + viewer, **given})

    def baidu(self, key="AK-first-1", **given):
        return self._done(BCC, {"access_key": key, "secret_key": "s3cret-s3cret", "region": "bj", "type": ["COMMAND"], **given})

    def _done(self, source, given):
        result = self.run(source, {"start_time": at(NOW - 60 * DAY), **given})
        assert not result.get("failed"), result
        return result

    def judged(self, source=HOOP, first=NOW - 60 * DAY, last=None):
        """What export and report say of a window; both say the same."""
        given = {
            "store": self.store, "sources": [source], "start_time": at(first), "end_time": at(self.now if last is None else last),
        }
        exported = result_of(ExportTask(), {**given, "dest": str(self.folder / "export")}, now=self.now)
        reported = result_of(ReportTask(), {**given, "dest": str(self.folder / "report.html")}, now=self.now)
        assert (exported["complete"], exported["gaps"]) == (reported["complete"], reported["gaps"])
        return exported

    def store_info(self):
        """What session_store_info says of the only scope."""
        (found,) = result_of(StoreInfoTask(), {"store": self.store}, now=self.now)["scopes"]
        return found

    def prune(self, before):
        return result_of(PruneTask(), {"store": self.store, "before": at(before)}, now=self.now)

    def query(self, statement):
        return rows(self.store, statement)

    def ids(self):
        return sorted((each["scope_key"], each["record_id"]) for each in self.query("SELECT scope_key, record_id FROM record"))

    def outcome(self, record):
        return self.query("SELECT outcome FROM record WHERE record_id = '%s'" % record.id)[0]["outcome"]

    def remove(self, *records):
        with sqlite3.connect(self.store) as connection:
            connection.executemany("DELETE FROM record WHERE record_id = ?", [(each.id,) for each in records])
        connection.close()

    def details_asked(self):
        return [sent for sent in self.wire.sent if sent.path.endswith("/actionRun") or "/api/sessions/" in sent.path]


def at(instant):
    return str(times.to_iso(instant, "ms"))


def reasons(result):
    """Why a result has gaps."""
    return sorted({reason for gap in result["gaps"] for reason in gap["reasons"]})
