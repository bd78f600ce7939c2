# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a report of the records of a store, or of a list, to one HTML file. Knows neither Ansible nor SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

from .._base.errors import OptionError
from .._base.options import STORE, Declaration, Settings, check_window, instant, invalid, required_store, resolve
from .._base.redaction import Redactor
from .._base.task import Call
from .._files.destination import place_of, save
from .._files.own_files import only_reports
from .._files.permissions import OPTIONS as PERMISSIONS
from .._files.permissions import rights
from .._sources.archives import SOURCES
from .._store.database.engine import sqlite_path
from .._store.ledger.completeness import Exported, Span, gaps_of, is_complete, proofs, pruned_of
from .._store.reader import as_written, known, records, snapshot
from .data import Report, axis_of
from .items import COLUMNS, Item, Shown, item_of_row, items_of_records
from .lanes import Lanes
from .page import LARGEST, MOST, render_page
from .totals import Totals
from .zone import UTC, Zone

_NAME = "session-report.html"

_OPTIONS: dict[str, Declaration] = {
    "store": STORE,
    "dest": {"type": "path", "required": True},
    "sources": SOURCES,
    "start_time": instant(),
    "end_time": instant(),
    "title": {
        "type": "str", "default": "Session report", "pattern": r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}",
        "allowed": "1 to 200 characters in one line",
    },
    "timezone": {"type": "str", "default": UTC},
    "force": {"type": "bool", "default": False},
    **PERMISSIONS,
}
#: Apart from the options that are resolved: records are data.
_RECORDS: dict[str, Declaration] = {"records": {"type": "list", "elements": "dict"}}


class ReportTask:
    """Writes a report of the records of a store, or of a list."""

    options: Mapping[str, Declaration] = {**_OPTIONS, **_RECORDS}

    def run(self, call: Call) -> dict[str, Any]:
        """Write the file."""
        settings = resolve(_OPTIONS, call.params, call.environ, call.now)
        call.warnings += settings.warnings
        call.redactor.add(settings["store"])
        check_window(settings)
        zone = Zone(settings["timezone"])
        database = sqlite_path(settings["store"]) if settings["store"] else None
        place = place_of(settings["dest"], _NAME, only_reports(settings["force"], database))
        wanted = rights(settings["mode"], settings["owner"], settings["group"], place.found)
        report = _collect_report(settings, call.params.get("records"), zone, call.redactor)
        content = render_page(report)
        saved = save(place, lambda file: file.write(content), wanted, max(LARGEST, len(content)), call.check)
        call.changed = saved.changed
        result = {
            "dest": saved.path, "size": saved.size, "count": report.totals.records, "complete": is_complete(report.exported),
            "gaps": gaps_of(report.exported), "pruned": pruned_of(report.exported),
        }
        return {**result, "diff": saved.diff} if call.diff and saved.changed else result


def _collect_report(settings: Settings, given: list[dict[str, Any]] | None, zone: Zone, redactor: Redactor) -> Report:
    window = Span(settings["start_time"], settings["end_time"])
    sources = settings["sources"]

    def empty() -> tuple[Totals, Shown]:
        return Totals(zone, *window), Shown(MOST)

    def report(totals: Totals, shown: Shown, exported: list[Exported], stored: bool, again: Callable[[], Iterable[Item]]) -> Report:
        whole = Report(settings["title"], zone, window, sources, totals, shown, exported, stored)
        # Which lanes to count is known only after all records were read: read them again.
        more = totals.records > len(shown)
        return whole._replace(lanes=Lanes(axis_of(whole), totals).count(again())) if more else whole

    if given is not None:
        if settings["store"] and settings.origin.get("store") == "option":
            raise OptionError("store, records: both are given (write one of them)")
        if len(sources) != 1:
            raise invalid("sources", sources, "one source", "with records: the one that they are from")
        own = partial(items_of_records, sources[0], given, *window)
        totals, shown = empty()
        _count(own(), totals, shown)
        # A list of records proves nothing about records that are not in it.
        return report(totals, shown, [Exported(sources[0], totals.records, proofs([], *window))], False, own)
    store = required_store(settings, or_else="; or else records")

    def read(connection: Any) -> Report:
        """Read everything in one transaction; the store may call this again after a failure."""

        def rows(source: str) -> Iterator[Item]:
            return map(item_of_row, records(connection, source, *window, names=COLUMNS))

        totals, shown = empty()
        exported = []
        for source in sources:
            before = totals.records
            _count(rows(source), totals, shown)
            with as_written(source, "a scope"):
                proven = proofs(known(connection, source), *window)
            exported.append(Exported(source, totals.records - before, proven))
        return report(totals, shown, exported, True, lambda: chain.from_iterable(map(rows, sources)))

    return snapshot(store, redactor.add, read)


def _count(found: Iterable[Item], totals: Totals, shown: Shown) -> None:
    for item in found:
        totals.add(item)
        shown.add(item)
