# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true of a store after each task, worked out from what the sources hold and not from what the code says."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fake_wire import NOW, FakeWire
from sim_sources import ACCOUNTS, BCC, HOOP, Place, Record, Sources, Viewer
from tasks import result_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.task import ArchiveTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._export.task import ExportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch import client as client_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.scope import read_scope, scope_text
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.task import ReportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.completeness import proofs
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.windows import (
    Window,
    common,
    gaps,
    merged,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.reader import known, snapshot
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

DAY = 86_400_000
OPEN = ("running", "waiting")
#: What a record is given up after, by default.
ABANDONED = 30 * DAY


class Kill(BaseException):
    """The end of a process."""


class View(NamedTuple):
    """A view of a scope, by its text; empty is everything."""

    place: Place
    text: str


class Asked(NamedTuple):
    """What a task was to do."""

    first: int
    last: int
    deep: bool
    reread: bool
    recheck: int
    view: dict[str, str]
    retained_from: int
    check: bool
    fault: tuple[str, int] | None


class Model:
    """Sources, one store, and what was ever proven."""

    def __init__(self) -> None:
        self.patch = pytest.MonkeyPatch()
        self.wire = FakeWire()
        self.patch.setattr(client_module, "Transport", self.wire)
        self.patch.setattr(times, "now_ms", lambda: self.now)
        self.sources = Sources(self.wire)
        self.now = NOW
        self.folder = Path(tempfile.mkdtemp())
        self.store = str(self.folder / "store.sqlite")
        self.number = self.exports = 0
        #: Whether anything was done with the store since it was looked at.
        self.is_touched = False
        #: The records that must be there: they were listed in a window that was proven.
        self.expected: dict[Place, set[str]] = {}
        self.deleted: dict[Place, set[str]] = {}
        #: What is lacking in each row of coverage, by its view and start: what somebody deleted.
        self.lacking: dict[tuple[View, int], set[str]] = {}
        self.proven: dict[View, list[Window]] = {}
        self.accounts: dict[str, str] = {}
        self.before: dict[tuple[Place, str], dict[str, Any]] = {}

    def close(self) -> None:
        self.patch.undo()
        shutil.rmtree(self.folder)

    @property
    def has_store(self) -> bool:
        return Path(self.store).exists()

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
        found = [each for records in self.sources.records.values() for each in records.values() if how != "ends" or each.is_open]
        if not found:
            return
        record = found[choice % len(found)]
        if how == "ends":
            record.finish(self.now)
        elif how == "changes":
            record.version += 1
        else:
            del self.sources.records[record.place][record.id]

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
        known_default = "default" in self.accounts.values()
        refused = whose not in (None, name) or whose is None and account is None and known_default
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
        if not given["check"] and not _is_empty(given["start"], given["end"]):
            self.accounts[key] = name
        self._archive(Place(BCC, prefix + "region=bj,type=COMMAND"), view, "children", options, **given)

    def _archive(
        self, place: Place, view: dict[str, str], depth: str, options: dict[str, Any], start: int | None, end: int | None,
        overlap: str, deep: bool, reread: bool, recheck: str | None, retention: str | None, page_size: int, check: bool,
        fault: tuple[str, int] | None,
    ) -> None:
        last = self.now if end is None else self.now - end
        first = 0 if start is None else self.now - start
        if _is_empty(start, end):
            return
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
        after = self.records()
        if check:
            assert after == self.before
            self.sources.detailed = shown
            return
        self._look_for_returned(place, after)
        self._check_new_proofs(after)
        self._check_open(place, view, after)
        if result is not None and not result.get("failed"):
            self._check_result(View(place, scope_text(view)), asked, result, after)
            self._check_details(place, asked, result, after, self.sources.detailed - shown)

    def run(self, source: str, given: dict[str, Any], fault: tuple[str, int] | None = None, check: bool = False) -> dict[str, Any] | None:
        """The result; null if the task was killed."""
        self.sources.refused = fault[1] if fault and fault[0] != "killed" else None
        self.is_touched = True
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
            return run_task(ArchiveTask(archive), params, {}, now=self.now, check=check, watch=watch).result
        except Kill:
            return None
        finally:
            self.sources.refused = None

    def delete(self, choice: int, many: bool) -> None:
        found = sorted(self.records())
        if not found:
            return
        place, name = found[choice % len(found)]
        self.is_touched = True
        gone = [each for each in found if each[0] == place] if many else [(place, name)]
        records = self.records()
        with sqlite3.connect(self.store) as connection:
            for _place, each in gone:
                connection.execute(
                    "DELETE FROM record WHERE source = ? AND scope_key = ? AND record_id = ?", (place.source, place.key, each)
                )
        connection.close()
        for _place, each in gone:
            self.deleted.setdefault(place, set()).add(each)
            self.sources.detailed.discard((place, each))
            for view, row in self.coverage():
                if view.place == place and row["window_start"] <= records[place, each]["started_at"] < row["window_end"]:
                    self.lacking.setdefault((view, row["window_start"]), set()).add(each)

    def export(self, start: int | None, end: int | None) -> None:
        first = None if start is None else self.now - start
        last = None if end is None else self.now - end
        sources = sorted({place.source for place in self.places()})
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
            true = all(not gaps(self.whole(place), first, last) for place in self.places())
            assert exported["complete"] is true, (exported["gaps"], self.proven)
        if exported["complete"]:
            there = {
                (each["scope_key"], each["record_id"])
                for source in sources for each in map(json.loads, (folder / (source + ".jsonl")).read_text().splitlines())
            }
            for place in self.places():
                for name in self.expected.get(place, ()):
                    record = self.before.get((place, name)) or self.records().get((place, name))
                    if record and (first is None or record["started_at"] >= first) and (last is None or record["started_at"] < last):
                        assert (place.key, name) in there, name

    # What the store says.

    def records(self) -> dict[tuple[Place, str], dict[str, Any]]:
        if not self.has_store or not rows(self.store, "SELECT name FROM sqlite_master WHERE name = 'record'"):
            return {}
        found = rows(self.store, "SELECT * FROM record")
        return {
            (Place(each["source"], each["scope_key"]), each["record_id"]): {**each, "raw": json.loads(each["raw"])} for each in found
        }

    def coverage(self) -> list[tuple[View, dict[str, Any]]]:
        if not self.has_store or not rows(self.store, "SELECT name FROM sqlite_master WHERE name = 'record'"):
            return []
        found = rows(self.store, "SELECT * FROM coverage ORDER BY window_start")
        return [(View(Place(each["source"], each["scope_key"]), each["view"]), each) for each in found]

    def places(self) -> list[Place]:
        return [Place(each["source"], each["scope_key"]) for each in rows(self.store, "SELECT source, scope_key FROM scope")]

    def intact(self, view: View) -> list[Window]:
        """The windows of a view of which nothing is lacking."""
        return merged(
            (row["window_start"], row["window_end"]) for each, row in self.coverage()
            if each == view and not self.lacking.get((view, row["window_start"]))
        )

    def whole(self, place: Place) -> list[Window]:
        return self.intact(View(place, ""))

    # What must be true.

    def check_store(self) -> None:
        """At any time, whatever was done last."""
        if not self.is_touched:
            return
        self.is_touched = False
        records = self.records()
        for (place, name), row in records.items():
            assert row["raw"]["place"] == place.key and row["raw"]["id"] == name
        for place, names in self.expected.items():
            lost = names - self.deleted.get(place, set()) - {name for each, name in records if each == place}
            assert not lost, (place, lost)
        for view, row in self.coverage():
            there = sum(
                place == view.place and row["window_start"] <= each["started_at"] < row["window_end"]
                for (place, _name), each in records.items()
            )
            lacking = self.lacking.get((view, row["window_start"]), set())
            assert row["records"] == there + len(lacking), (view, row, there, lacking)
        if records:
            self._check_completeness()

    def _check_completeness(self) -> None:
        for source in (HOOP, BCC):
            found = snapshot(self.store, lambda secret: None, partial(known, source=source))
            for proof in proofs(found, None, None):
                place = Place(source, proof.key)
                assert merged(each[:2] for each in proof.covered) == self.whole(place), place
                for (view, start), lacking in self.lacking.items():
                    if view == View(place, "") and lacking:
                        reasons = {reason for gap in proof.gaps if gap.start is not None and gap.start <= start < gap.end for reason in gap.reasons}
                        assert "records_missing" in reasons, (start, proof.gaps)

    def _look_for_returned(self, place: Place, after: dict[tuple[Place, str], dict[str, Any]]) -> None:
        """What is there again, is no longer lacking. A window only counts: what is new may stand for what was deleted."""
        new = {name: after[where, name]["started_at"] for where, name in after.keys() - self.before.keys() if where == place}
        self.deleted.setdefault(place, set()).difference_update(new)
        windows = {(view, row["window_start"]): row["window_end"] for view, row in self.coverage()}
        for (view, start), lacking in self.lacking.items():
            if view.place != place:
                continue
            arrived = {name for name, began in new.items() if start <= began < windows[view, start]}
            lacking_before = len(lacking)
            lacking -= arrived
            for _number in range(len(arrived) - (lacking_before - len(lacking))):
                if lacking:
                    lacking.pop()

    def _check_new_proofs(self, after: dict[tuple[Place, str], dict[str, Any]]) -> None:
        """What is proven now and was not before is all there as its source lists it."""
        for view in {each for each, _row in self.coverage()}:
            now, before = self.intact(view), self.proven.get(view, [])
            for window in now:
                for part in gaps(before, *window):
                    self._check_window(view.place, read_scope(view.text), part, after)
            self.proven[view] = merged([*before, *now])

    def _check_window(self, place: Place, view: dict[str, str], window: Window, after: dict[tuple[Place, str], dict[str, Any]]) -> None:
        for record in self.sources.of_view(place, view):
            if window[0] <= record.start < window[1]:
                row = after.get((place, record.id))
                assert row is not None, "%s is not in the store, and %s is proven for %s" % (record.id, window, view)
                assert row["raw"]["version"] == record.version, (record.id, row["raw"], record.version)
                assert row["outcome"] == "unknown" or (row["outcome"] in OPEN) is record.is_open, row
                self.expected.setdefault(place, set()).add(record.id)

    def _check_open(self, place: Place, view: dict[str, str], after: dict[tuple[Place, str], dict[str, Any]]) -> None:
        """An open record becomes unknown by a full view that does not list it, or by its age."""
        listed = {each.id for each in self.sources.of_view(place, {})}
        for (where, name), row in after.items():
            old = self.before.get((where, name))
            if where != place:
                assert row == old
            elif old is not None and old["outcome"] in OPEN and row["outcome"] == "unknown":
                assert not view and name not in listed or self.now - row["started_at"] > ABANDONED, (name, view)
        assert self.before.keys() <= after.keys()

    def _check_result(self, view: View, asked: Asked, result: dict[str, Any], after: dict[tuple[Place, str], dict[str, Any]]) -> None:
        assert result["complete"] is (not result["incomplete_reasons"])
        own = [each for each in result["coverage"] if (each["scope"], each["view"]) == (read_scope(view.place.key), asked.view)]
        assert len(result["coverage"]) == len(own) == 1, result["coverage"]
        said = merged((times.parse_iso(each["start"]), times.parse_iso(each["end"])) for each in own[0]["windows"])
        true = merged([*self.intact(view), *self.whole(view.place)])
        assert common(said, true) == said, (said, true)
        broken = [
            row for each, row in self.coverage() if each == view and self.lacking.get((view, row["window_start"]))
            and row["window_start"] < asked.last and row["window_end"] > asked.first
        ]
        if broken:
            assert "records_missing" in result["incomplete_reasons"], (broken, result)
        if result["complete"]:
            assert not result["gaps"] and not gaps(said, asked.first, asked.last), (result, said)
            again = [*([asked.first] if asked.reread or "viewer" in asked.view else []), *([asked.last - asked.recheck] if asked.recheck else [])]
            for start in again:
                self._check_window(view.place, asked.view, (max(start, asked.first), asked.last), after)
        elif not asked.fault and not asked.retained_from:
            assert result["incomplete_reasons"] == ["records_missing"], result

    def _check_details(
        self, place: Place, asked: Asked, result: dict[str, Any], after: dict[tuple[Place, str], dict[str, Any]], shown: set[tuple[Place, str]]
    ) -> None:
        for key, row in after.items():
            if row["detailed_at"] is not None:
                assert key in self.sources.detailed, key
        if not asked.deep or not result["complete"]:
            return
        for record in self.sources.of_view(place, {name: each for name, each in asked.view.items() if name == "viewer"}):
            row = after.get((place, record.id))
            if row is None or not asked.first <= record.start < asked.last:
                continue
            assert row["detailed_at"] is not None, record.id
            for name, value in record.details.items():
                if row["raw"]["version"] == record.version:
                    assert _holds(row["raw"].get(name), value), (record.id, name, row["raw"], value)


def _is_empty(start: int | None, end: int | None) -> bool:
    """Whether a window that is given by ages holds nothing."""
    return start is not None and end is not None and start <= end


def _holds(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(_holds(found.get(name), each) for name, each in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(_holds, found, wanted))
    return found == wanted
