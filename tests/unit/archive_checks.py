# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true of a store after each task, worked out from what the sources hold and not from what the code says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from fake_wire import NOW
from sim_sources import BCC, HOOP, Place, Sources

from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.scope import read_scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.completeness import list_proofs
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.windows import (
    Window,
    find_gaps,
    intersect,
    merge,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.reader import read_known, snapshot
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

DAY = 86_400_000
OPEN = ("running", "waiting")
#: What a record is given up after, by default.
ABANDONED = 30 * DAY
#: What is in the store, by scope and id.
Records = dict[tuple[Place, str], dict[str, Any]]


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


class Checks:
    """A store, and what was ever proven of it."""

    def __init__(self, sources: Sources, store: str) -> None:
        self.sources = sources
        self.store = store
        self.now = NOW
        #: Whether anything was done with the store since it was checked.
        self.is_touched = False
        #: The rows of its tables, read once until something is done with it.
        self._rows: dict[str, list[dict[str, Any]]] | None = None
        self._records: Records | None = None
        #: The records that must be there: they were listed in a window that was proven.
        self.expected: dict[Place, set[str]] = {}
        self.deleted: dict[Place, set[str]] = {}
        #: What somebody deleted of each row of coverage, by its view and start, until it is whole again, and how many others came since.
        self.lacking: dict[tuple[View, int], set[str]] = {}
        self.others: dict[tuple[View, int], int] = {}
        self.proven: dict[View, list[Window]] = {}
        #: The records as they were before the last task.
        self.before: Records = {}

    @property
    def has_store(self) -> bool:
        return Path(self.store).exists()

    # What the store says.

    def touch(self) -> None:
        """Look again at the store, and check it: something was done with it."""
        self.is_touched, self._rows, self._records = True, None, None

    def read(self, table: str) -> list[dict[str, Any]]:
        if self._rows is None:
            has_tables = self.has_store and rows(self.store, "SELECT name FROM sqlite_master WHERE name = 'record'")
            self._rows = {name: rows(self.store, "SELECT * FROM " + name) for name in ("record", "coverage", "scope")} if has_tables else {}
        return self._rows.get(table, [])

    def records(self) -> Records:
        if self._records is None:
            self._records = {
                (Place(each["source"], each["scope_key"]), each["record_id"]): {**each, "raw": json.loads(each["raw"])}
                for each in self.read("record")
            }
        return self._records

    def coverage(self) -> list[tuple[View, dict[str, Any]]]:
        found = sorted(self.read("coverage"), key=lambda each: each["window_start"])
        return [(View(Place(each["source"], each["scope_key"]), each["view"]), each) for each in found]

    def places(self) -> list[Place]:
        return [Place(each["source"], each["scope_key"]) for each in self.read("scope")]

    def intact(self, view: View) -> list[Window]:
        """The windows of a view of which nothing is lacking."""
        return merge(
            (row["window_start"], row["window_end"]) for each, row in self.coverage() if each == view and not self.missing(each, row)
        )

    def missing(self, view: View, row: dict[str, Any]) -> int:
        """How many records a row of coverage says that there are, and are not."""
        starts = [each["started_at"] for (place, _name), each in self.records().items() if place == view.place]
        return int(row["records"]) - sum(row["window_start"] <= each < row["window_end"] for each in starts)

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
            missing = self.missing(view, row)
            assert missing >= 0 and (not missing or self.lacking.get((view, row["window_start"]))), (view, row, missing)
        if records:
            self._check_completeness()

    def _check_completeness(self) -> None:
        found = snapshot(self.store, lambda secret: None, lambda connection: {source: read_known(connection, source) for source in (HOOP, BCC)})
        for source, scopes in found.items():
            for proof in list_proofs(scopes, None, None):
                place = Place(source, proof.key)
                assert merge(each[:2] for each in proof.covered) == self.whole(place), place
                for view, row in self.coverage():
                    if view == View(place, "") and self.missing(view, row):
                        start = row["window_start"]
                        reasons = {reason for gap in proof.gaps if gap.start is not None and gap.start <= start < gap.end for reason in gap.reasons}
                        assert "records_missing" in reasons, (start, proof.gaps)

    def look_for_returned(self, view: View, asked: Asked, after: Records) -> None:
        """A window that lacks records is whole again when all of it was read again, and what it lacked is back.

        It only counts: what is new may stand for what the source has no more.
        """
        new = {name: after[where, name]["started_at"] for where, name in after.keys() - self.before.keys() if where == view.place}
        self.deleted.setdefault(view.place, set()).difference_update(new)
        rows = {(each, row["window_start"]): row for each, row in self.coverage()}
        for key, lacking in list(self.lacking.items()):
            row = rows[key]
            if key[0].place != view.place or not lacking:
                continue
            self.others[key] = self.others.get(key, 0) + sum(
                row["window_start"] <= began < row["window_end"] and name not in lacking for name, began in new.items()
            )
            lost = {name for name in lacking if (view.place, name) not in after}
            if not self.missing(key[0], row):
                assert len(lost) <= self.others[key], (key, lost)
                del self.lacking[key], self.others[key]
            elif not view.text and not asked.fault and asked.first <= row["window_start"] and row["window_end"] <= asked.last:
                assert lost, (key, row, lacking)

    def check_new_proofs(self, after: Records) -> None:
        """What is proven now and was not before is all there as its source lists it."""
        for view in {each for each, _row in self.coverage()}:
            now, before = self.intact(view), self.proven.get(view, [])
            for window in now:
                for part in find_gaps(before, *window):
                    self._check_window(view.place, read_scope(view.text), part, after)
            self.proven[view] = now

    def _check_window(self, place: Place, view: dict[str, str], window: Window, after: Records) -> None:
        for record in self.sources.of_view(place, view):
            if window[0] <= record.start < window[1]:
                row = after.get((place, record.id))
                assert row is not None, "%s is not in the store, and %s is proven for %s" % (record.id, window, view)
                assert row["raw"]["version"] == record.version, (record.id, row["raw"], record.version)
                assert row["outcome"] == "unknown" or (row["outcome"] in OPEN) is record.is_open, row
                self.expected.setdefault(place, set()).add(record.id)
        if not view:
            listed = {each.id for each in self.sources.of_view(place, {})}
            for (where, name), row in after.items():
                if where == place and name not in listed and window[0] <= row["started_at"] < window[1]:
                    assert row["outcome"] not in OPEN, "%s is open, and its source does not list it" % name

    def check_open(self, place: Place, view: dict[str, str], after: Records) -> None:
        """An open record becomes unknown by a full view that does not list it, or by its age."""
        listed = {each.id for each in self.sources.of_view(place, {})}
        for (where, name), row in after.items():
            old = self.before.get((where, name))
            if where != place:
                assert row == old
            elif old is not None and old["outcome"] in OPEN and row["outcome"] == "unknown":
                assert not view and name not in listed or self.now - row["started_at"] > ABANDONED, (name, view)
        assert self.before.keys() <= after.keys()

    def check_result(self, view: View, asked: Asked, result: dict[str, Any], after: Records) -> None:
        assert result["complete"] is (not result["incomplete_reasons"])
        own = [each for each in result["coverage"] if (each["scope"], each["view"]) == (read_scope(view.place.key), asked.view)]
        assert len(result["coverage"]) == len(own) == 1, result["coverage"]
        said = merge((times.parse_iso(each["start"]), times.parse_iso(each["end"])) for each in own[0]["windows"])
        true = merge([*self.intact(view), *self.whole(view.place)])
        assert intersect(said, true) == said, (said, true)
        broken = [
            row for each, row in self.coverage() if each == view and self.missing(view, row)
            and row["window_start"] < asked.last and row["window_end"] > asked.first
        ]
        if broken:
            assert "records_missing" in result["incomplete_reasons"], (broken, result)
        if result["complete"]:
            assert not result["gaps"] and not find_gaps(said, asked.first, asked.last), (result, said)
            again = [*([asked.first] if asked.reread or "viewer" in asked.view else []), *([asked.last - asked.recheck] if asked.recheck else [])]
            for start in again:
                self._check_window(view.place, asked.view, (max(start, asked.first), asked.last), after)
        elif not asked.fault and not asked.retained_from:
            assert result["incomplete_reasons"] == ["records_missing"], result

    def check_details(
        self, place: Place, asked: Asked, result: dict[str, Any], after: Records, shown: set[tuple[Place, str]]
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


def _holds(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(_holds(found.get(name), each) for name, each in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(_holds, found, wanted))
    return found == wanted
