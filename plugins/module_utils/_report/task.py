# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a report of the records of a store, or of a list, to one HTML file. Knows neither Ansible nor SQL."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .._base.options import LINE, STORE, Declaration, check_window, instant, invalid
from .._base.task import Call
from .._files.destination import place_of, save
from .._files.own_files import allow_only_reports
from .._files.permissions import OPTIONS as PERMISSIONS
from .._files.permissions import parse_rights
from .._records.condition import NO_MATCH, WHERE
from .._records.zone import UTC, Zone
from .._sources.archives import SOURCES
from .._store.database.engine import find_sqlite_path
from .._store.ledger.returned import gaps_of, is_complete, pruned_of
from .collect import collect_report
from .page import LARGEST, render_page

_NAME = "session-report.html"

_OPTIONS: dict[str, Declaration] = {
    "store": STORE,
    "dest": {"type": "path", "required": True},
    "sources": SOURCES,
    "start_time": instant(),
    "end_time": instant(),
    "title": {**LINE, "default": "Session report"},
    "timezone": {"type": "str", "default": UTC},
    "where": WHERE,
    "attachments": {"type": "path"},
    "replays": {"type": "path"},
    "seal": {"type": "dict"},
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
        settings = call.resolve(_OPTIONS)
        check_window(settings)
        zone = Zone(settings["timezone"])
        for name in ("attachments", "replays"):
            if settings[name] and not os.path.isabs(settings[name]):
                raise invalid(name, settings[name], "an absolute path")
        database = find_sqlite_path(settings["store"]) if settings["store"] else None
        place = place_of(settings["dest"], _NAME, allow_only_reports(settings["force"], database))
        wanted = parse_rights(settings["mode"], settings["owner"], settings["group"], place.found)
        report = collect_report(settings, call.params.get("records"), zone, call.redactor)
        if report.where and not report.totals.records:
            call.warnings.append(NO_MATCH)
        if settings["seal"] and report.stored and (report.seal is None or report.seal.verified_at is None):
            call.warnings.append("seal: the store has another last seal than was verified; the report calls it not verified")
        content = render_page(report)
        saved = save(place, lambda file: file.write(content), wanted, max(LARGEST, len(content)), call.check)
        call.changed = saved.changed
        result = {
            "dest": saved.path, "size": saved.size, "count": report.totals.records, "complete": is_complete(report.exported),
            "gaps": gaps_of(report.exported), "pruned": pruned_of(report.exported),
        }
        return {**result, "diff": saved.diff} if call.diff and saved.changed else result
