# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect what a report shows, from a store or from a list of records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._base.errors import OptionError
from .._base.options import Settings, invalid, missing, require_store
from .._base.redaction import Redactor
from .._records.condition import Test, parse_condition
from .._records.zone import Zone
from .._sources.archives import choose_sources
from .._store.ledger.completeness import Span, list_proofs
from .._store.ledger.returned import Exported
from .._store.reader import (
    Key,
    list_columns,
    list_known_sources,
    parse_columns,
    read_known,
    read_newest_first,
    read_rows_by_key,
    report_altered_rows,
    snapshot,
)
from .._store.seals import read_last_seal
from .counts import lanes
from .counts.lanes import Lanes, Point
from .counts.totals import Totals
from .data import Replays, Report, axis_of
from .details import Detail, Links, pack_details
from .items import COLUMNS, Item, Shown, is_within, item_of_record, item_of_values, row_of_record
from .page import MOST
from .seal import choose_seal, parse_verification


def collect_report(settings: Settings, given: list[dict[str, Any]] | None, zone: Zone, redactor: Redactor) -> Report:
    """Return the report of a store, or of a list of records.

    :param given: the list; null for the store.
    :raises OptionError: if the options do not go together, or there is no such store.
    :raises SourceError: (store) if the database cannot be used.
    """
    test = parse_condition(settings["where"]) if settings["where"] else None
    if given is not None:
        if settings["store"] and settings.origin.get("store") == "option":
            raise OptionError("store, records: both are given (write one of them)")
        if not settings["sources"]:
            raise missing("sources", "with records: the one that they are from")
        if settings["seal"] is not None:
            raise OptionError("seal, records: both are given (a list of records has no seals)")
        if len(settings["sources"]) != 1:
            raise invalid("sources", settings["sources"], "one source", "with records: the one that they are from")
        return _of_list(settings, given, zone, test)
    store = require_store(settings, or_else="; or else records")
    return snapshot(store, redactor.add, lambda connection: _of_store(settings, connection, zone, test))


def _empty(settings: Settings, sources: Sequence[str], zone: Zone, stored: bool) -> Report:
    window = Span(settings["start_time"], settings["end_time"])
    return Report(
        settings["title"], zone, window, sources, Totals(zone, *window), Shown(MOST), [], stored, settings["where"],
    )


def _with_lanes(report: Report, again: Callable[[], Iterable[Point | Item]]) -> Report:
    """Count the timeline's lanes if not all records are listed: which lanes to count is known only after all were read."""
    if report.totals.records <= len(report.shown):
        return report
    return report._replace(lanes=Lanes(axis_of(report), report.totals).count(again()))


def _of_list(settings: Settings, given: list[dict[str, Any]], zone: Zone, test: Test | None) -> Report:
    [source] = settings["sources"]
    report = _empty(settings, [source], zone, False)
    chosen: dict[Key, Any] = {}

    def read() -> Iterator[Item]:
        for record in given:
            item = item_of_record(source, record)
            if is_within(item, *report.window) and (test is None or test(row_of_record(source, record))):
                chosen[item.key] = record
                yield item

    def detail(item: Item) -> Detail:
        return Detail(json.dumps(chosen[item.key], ensure_ascii=False, sort_keys=True, default=str))

    _count(read(), report)
    # A list of records proves nothing about records that are not in it.
    report = report._replace(exported=[Exported(source, report.totals.records, list_proofs([], *report.window))])
    packs = pack_details(report.shown.newest(MOST), lambda items: {item.key: detail(item) for item in items})
    return _with_lanes(report._replace(details=packs), read)


def _of_store(settings: Settings, connection: Any, zone: Zone, test: Test | None) -> Report:
    """Read everything in one transaction; the store may call this again after a failure."""
    sources = settings["sources"] or choose_sources(list_known_sources(connection))
    report = _empty(settings, sources, zone, True)

    def read(source: str, names: Sequence[str]) -> Iterator[Sequence[Any]]:
        """Yield these columns of the records; a condition may need all others."""
        if test is None:
            yield from read_newest_first(connection, source, *report.window, names)
            return
        everything = list_columns()
        for values in read_newest_first(connection, source, *report.window, everything):
            row = dict(zip(everything, values))
            if _meets(row, source, test):
                yield [row[name] for name in names]

    seal = choose_seal(read_last_seal(connection), parse_verification(settings["seal"]))
    newer = 0

    def items(source: str) -> Iterator[Item]:
        nonlocal newer
        for *values, changed_at in read(source, (*COLUMNS, "changed_at")):
            newer += seal is not None and changed_at > seal.sealed_at
            yield item_of_values(values)

    exported = []
    for source in sources:
        before = report.totals.records
        _count(items(source), report)
        with report_altered_rows(source, "a scope"):
            proven = list_proofs(read_known(connection, source), *report.window)
        exported.append(Exported(source, report.totals.records - before, proven))
    sealed = seal and seal._replace(newer=newer)
    links = Links(settings["attachments"], settings["dest"], settings["replays"])
    packs = pack_details(report.shown.newest(MOST), lambda items: _details(connection, items, links))
    report = report._replace(exported=exported, seal=sealed, details=packs, replays=_find_replays(connection, report, links))
    return _with_lanes(report, lambda: (Point(*values) for source in sources for values in read(source, lanes.COLUMNS)))


def _meets(row: Mapping[str, Any], source: str, test: Test) -> bool:
    with report_altered_rows(source, "a record"):
        parsed = parse_columns(row)
    return test(parsed)


def _details(connection: Any, items: Sequence[Item], links: Links) -> dict[Key, Detail]:
    keys = [item.key for item in items]
    raws = read_rows_by_key(connection, "record", keys, ("raw",), "record_id")
    revisions = read_rows_by_key(connection, "revision", keys, ("from_time", "until_time", "raw"), "from_time")
    attachments = read_rows_by_key(connection, "attachment", keys, ("name", "state", "size", "path"), "name")
    return {
        key: Detail(str(found["raw"]), revisions.get(key, ()), links.describe_all(attachments.get(key, ())))
        for key, [found] in raws.items()
    }


def _find_replays(connection: Any, report: Report, links: Links) -> Replays | None:
    if not links.replays:
        return None
    attachments = read_rows_by_key(connection, "attachment", [item.key for item in report.shown.newest(MOST)], ("state", "path"), "name")
    found = {key: links.find_replay(rows) for key, rows in attachments.items()}
    return Replays(links.folder_of_replays, len(links.replays), {key: name for key, name in found.items() if name is not None})


def _count(found: Iterable[Item], report: Report) -> None:
    for item in found:
        report.totals.add(item)
        report.shown.add(item)
