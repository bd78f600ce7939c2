# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources that live, tasks that archive, export and report them, and somebody who deletes from the store."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from archive_checks import Asked, Checks, View
from fake_wire import FakeWire
from sim_sources import ACCOUNTS, BCC, HOOP, Place, Record, Sources, Viewer
from tasks import result_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.task import ArchiveTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._export.task import ExportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch import client as client_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.scope import write_scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.task import ReportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.windows import (
    Window,
    find_gaps,
    intersect,
)


class Kill(BaseException):
    """The end of a process."""


class Model(Checks):
    """Sources, one store, and what was ever proven."""

    def __init__(self) -> None:
        self.patch = pytest.MonkeyPatch()
        self.wire = FakeWire()
        self.patch.setattr(client_module, "Transport", self.wire)
        self.patch.setattr(times, "now_ms", lambda: self.now)
        self.folder = Path(tempfile.mkdtemp())
        super().__init__(Sources(self.wire), str(self.folder / "store.sqlite"))
        self.number = self.exports = 0
        self.accounts: dict[str, str] = {}
        #: Those of the last task.
        self.warnings: list[str] = []

    def close(self) -> None:
        self.patch.undo()
        shutil.rmtree(self.folder)

    # What happens at the sources.

    def add(self, place: Place, age: int, user: str, target: str, is_open: bool, like_ai_block: bool) -> None:
        self.number += 1
        number = self.number if place.source == HOOP or place.key.startswith("account=") else self.number % 7
        if any(Record(place, number, 0, user, target, True).id == each for each in self.sources.records.get(place, {})):
            number = self.number + 100
        self.sources.add(Record(place, number, self.now - age, user, target, is_open, like_ai_block))

    def wait(self, duration: int) -> None:
        self.now += duration

    def change(self, choice: int, how: str) -> None:
        """Change every third record; or let one vanish, which may be open."""
        found = [each for records in self.sources.records.values() for each in records.values() if each.is_open or how not in ("end", "vanish open")]
        if how.startswith("vanish"):
            for record in found[choice % max(1, len(found)) :][:1]:
                del self.sources.records[record.place][record.id]
            return
        for record in found[choice % 3 :: 3]:
            if how == "end":
                record.finish(self.now)
            else:
                record.version += 1

    # What is done with them.

    def archive_hoop(self, viewer: Viewer, only: str | None, **given: Any) -> None:
        self.sources.look_as(viewer)
        view = {} if viewer.sees_all else {"viewer": viewer.id}
        if only is not None:
            view["connection"] = only
        options = {"endpoint": "http://gw", "token": "t0ken-" + viewer.id, "connection": only}
        self._archive(Place(HOOP, "org=" + viewer.org), view, "details", options, **given)

    def archive_bcc(self, key: str, account: str | None, only: str | None, **given: Any) -> None:
        name, whose = account or "default", self.accounts.get(key)
        refused = whose not in (None, name) or whose is None and account is None and bool(self.accounts)
        if not refused and name != ACCOUNTS[key]:
            # Nobody can know that this is not true.
            return
        options = {
            "access_key": key, "secret_key": "s3cret-s3cret", "account": account, "region": "bj", "type": ["COMMAND"], "name": only,
        }
        prefix = "" if name == "default" else "account=%s," % name
        view = {} if only is None else {"name": only}
        if refused:
            result = self.run(BCC, options, None, False)
            assert result is not None and result.get("failed") and result["msg"].startswith("account: "), result
            assert not self.wire.sent
            return
        if not given["check"]:
            self.accounts[key] = name
        self._archive(Place(BCC, prefix + "region=bj,type=COMMAND"), view, "children", options, **given)

    def _archive(
        self, place: Place, view: dict[str, str], depth: str, options: dict[str, Any], window: tuple[int | None, int | None],
        overlap: str, deep: bool, reread: bool, recheck: str | None, retention: str | None, page_size: int, check: bool,
        fault: tuple[str, int] | None,
    ) -> None:
        # No two tasks begin at the same instant.
        self.now += 1
        start, end = window
        last = self.now if end is None else self.now - end
        first = 0 if start is None else self.now - start
        self.before = self.records()
        given = {
            **options, depth: deep, "overlap": overlap, "reread": reread, "recheck": recheck, "retention": retention,
            "page_size": page_size, "concurrency": 1,
            "start_time": None if start is None else str(times.to_iso(first, "ms")),
            "end_time": None if end is None else str(times.to_iso(last, "ms")),
            "on_error": "continue" if fault and fault[0] == "continue" else "fail",
        }
        shown = set(self.sources.detailed)
        result = self.run(place.source, given, fault, check)
        asked = Asked(
            first, last, deep, reread, times.parse_duration(recheck) if recheck else 0, view,
            self.now - times.parse_duration(retention) if retention else 0, check, fault,
        )
        assert fault is not None or result is not None and not result.get("failed"), result
        after = self.records()
        if check:
            assert after == self.before
            self.sources.detailed = shown
            return
        self.look_for_returned(View(place, write_scope(view)), asked, after)
        self.check_new_proofs(after)
        self.check_open(place, view, after)
        if result is not None and not result.get("failed"):
            self.check_result(View(place, write_scope(view)), asked, result, after)
            self.check_details(place, asked, result, after, self.sources.detailed - shown)

    def run(self, source: str, given: dict[str, Any], fault: tuple[str, int] | None = None, check: bool = False) -> dict[str, Any] | None:
        """The result; null if the task was killed."""
        if fault and fault[0] == "emptied":
            self.sources.emptied = fault[1]
        elif fault and fault[0] != "killed":
            self.sources.refused = fault[1]
        self.wire.sent.clear()
        answers = 0

        def watch(fetch: Any) -> None:
            nonlocal answers
            answers += 1
            if fault and fault[0] == "killed" and answers == fault[1]:
                raise Kill

        archive = ARCHIVES[source]
        defaults = {name: each.get("default") for name, each in archive.source.all_options.items()}
        try:
            params = {**defaults, **given, "store": self.store}
            done = run_task(ArchiveTask(archive), params, {}, now=self.now, check=check, watch=watch)
            self.warnings = done.warnings
            return done.result
        except Kill:
            return None
        finally:
            self.touch()
            self.sources.refused = self.sources.emptied = None

    def delete(self, choice: int, many: bool) -> Place | None:
        """Delete a record, or all of its scope, and return the scope."""
        found = sorted(self.records())
        if not found:
            return None
        place, name = found[choice % len(found)]
        gone = [each for each in found if each[0] == place] if many else [(place, name)]
        records = self.records()
        with sqlite3.connect(self.store) as connection:
            for _place, each in gone:
                connection.execute(
                    "DELETE FROM record WHERE source = ? AND scope_key = ? AND record_id = ?", (place.source, place.key, each)
                )
        connection.close()
        self.touch()
        for _place, each in gone:
            self.deleted.setdefault(place, set()).add(each)
            self.sources.detailed.discard((place, each))
            for view, row in self.coverage():
                if view.place == place and row["window_start"] <= records[place, each]["started_at"] < row["window_end"]:
                    self.lacking.setdefault((view, row["window_start"]), set()).add(each)
        return place

    def export(self, source: str | None, start: int | None, end: int | None) -> None:
        """Export and report what began between two ages."""
        self._export(source, None if start is None else self.now - start, None if end is None else self.now - end)

    def export_between(self, source: str | None, choice: int, other: int) -> None:
        """Export and report from the start of one record to that of another, which is not included."""
        starts = sorted({row["started_at"] for row in self.records().values()})
        if starts:
            self._export(source, *sorted((starts[choice % len(starts)], starts[other % len(starts)])))

    def export_proven(self, source: str, choice: int, earlier: int, later: int) -> None:
        """Export and report a window that is proven for all scopes of a source; or a little more than that, or less."""
        windows = [window for window in self._windows(source) if window[1] - window[0] > 4]
        if windows:
            first, last = windows[choice % len(windows)]
            self._export(source, max(first - earlier, 0), last + later)

    def _windows(self, source: str | None) -> list[Window]:
        """What is proven for all scopes."""
        return reduce(intersect, (self.whole(place) for place in self.places() if source in (None, place.source)), [(0, self.now)])

    def _export(self, source: str | None, first: int | None, last: int | None) -> None:
        places = [place for place in self.places() if source in (None, place.source)]
        sources = sorted({place.source for place in places})
        if not sources or first is not None and last is not None and first >= last:
            return
        self.exports += 1
        window = {
            "start_time": None if first is None else times.to_iso(first, "ms"), "end_time": None if last is None else times.to_iso(last, "ms"),
        }
        given = {"store": self.store, "sources": sources, **window}
        folder = self.folder / str(self.exports)
        exported = result_of(ExportTask(), {**given, "dest": str(folder), "formats": ["jsonl"]}, now=self.now)
        reported = result_of(ReportTask(), {**given, "dest": str(self.folder / ("%d.html" % self.exports))}, now=self.now)
        assert not exported.get("failed") and not reported.get("failed"), (exported, reported)
        assert (exported["complete"], exported["gaps"]) == (reported["complete"], reported["gaps"])
        assert exported["complete"] is (not exported["gaps"])
        if first is not None and last is not None:
            assert exported["complete"] is (not find_gaps(self._windows(source), first, last)), (exported["gaps"], self.proven)
        there = {
            (each["scope_key"], each["record_id"])
            for each in sources for each in map(json.loads, (folder / (each + ".jsonl")).read_text().splitlines())
        }
        kept = self.records()
        assert there == {
            (place.key, name) for (place, name), row in kept.items()
            if place in places and (first is None or row["started_at"] >= first) and (last is None or row["started_at"] < last)
        }
        if exported["complete"]:
            # What was listed where it is proven, and was not deleted since.
            for place in places:
                for name in self.expected.get(place, set()) - self.deleted.get(place, set()):
                    began = kept[place, name]["started_at"]
                    assert (place.key, name) in there or first is not None and began < first or last is not None and began >= last, name
