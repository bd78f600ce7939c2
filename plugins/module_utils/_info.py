# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch the records of a source: the task of an info module. Knows neither Ansible nor a source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._base import times
from ._base.options import Settings
from ._base.redaction import Redactor
from ._base.task import FAILED_TARGETS, MAX_RECORDS, Call
from ._fetch.client import Client, open_client, prepare
from ._fetch.endpoint import Connection, Endpoint, Source
from ._fetch.fetcher import Fetch
from ._fetch.listing import Listing
from ._records.canonical import record_key
from ._records.shape import to_snake_case


class InfoTask:
    """Returns the records of a source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.options = source.all_options

    def run(self, call: Call) -> dict[str, Any]:
        """Fetch the records, and return them with what says whether they are complete."""
        source = self.source
        settings, connection = prepare(source, call)
        search = _compile_query(settings["query"])
        with open_client(source, settings, connection, call.redactor) as client:
            fetch = client.fetch(_listings(client.endpoint, client.targets, settings, client.connection), call.watch)
            records, reasons = self._collect(fetch, settings, client.endpoint)
            reasons |= _check_filters(client, fetch, call)
        if client.endpoint.in_turn and len(client.targets) > 1:
            records = _keep_latest(records, client.endpoint)
        for listing in fetch.listings:
            call.warnings += listing.warnings
        if call.redactor.is_in(records):
            # Also in keys, which Ansible does not mask.
            records = call.redactor.mask(records)
        result = self._summary(fetch, reasons, call.redactor)
        result["scopes"] = _scopes(source, client, fetch)
        if source.report_viewer is not None:
            viewer, notes = source.report_viewer(client.connection.values)
            result.update(viewer)
            call.warnings += notes
        call.warnings += client.list_clock_warnings()
        result["requests"] = client.transport.requests
        result["count"] = len(records)
        other_key = source.other_keys.get(client.option or "")
        if other_key:
            result[source.list_key] = []
        if search is not None:
            result["result"] = search(records)
        else:
            result[other_key or source.list_key] = records
        return result

    def _collect(self, fetch: Fetch, settings: Settings, endpoint: Endpoint) -> tuple[list[dict[str, Any]], set[str]]:
        limit = settings["max_records"]
        records: list[dict[str, Any]] = []
        pages = fetch.records()
        for page in pages:
            records += page
            if limit is not None and len(records) >= limit:
                cut = len(records) > limit or fetch.is_unfinished
                pages.close()
                _put_in_order(records, fetch, endpoint)
                return records[:limit], {MAX_RECORDS} if cut else set()
        _put_in_order(records, fetch, endpoint)
        return records, set()

    def _summary(self, fetch: Fetch, reasons: set[str], redactor: Redactor) -> dict[str, Any]:
        failed = []
        totals = []
        for listing in fetch.listings:
            reasons |= listing.reasons
            if listing.failure is not None:
                failed.append({"target": listing.target, "failure": listing.failure.redact(redactor.line).as_dict()})
            elif listing.has_count:
                totals.append(listing.total)
        if failed:
            reasons.add(FAILED_TARGETS)
        return {
            "total": sum(totals) if totals and None not in totals else None,
            "complete": not reasons,
            "incomplete_reasons": sorted(reasons),
            "failed_targets": failed,
            "window": _window(fetch),
        }


def _check_filters(client: Client, fetch: Fetch, call: Call) -> set[str]:
    """Warn of filters that have never matched anything.

    :returns: why a list of which a filter left nothing may not be complete.
    """
    if not any(client.settings[name] for name in client.endpoint.text_filters):
        return set()
    # Imported here: most tasks have no filter, and imports slow down a module's start.
    from ._fetch.filter_check import FilterCheck

    check = FilterCheck(client, call.redactor.line)
    for listing in fetch.listings:
        check.note(listing)
    call.warnings += check.warnings()
    return check.reasons


def _window(fetch: Fetch) -> dict[str, str | None]:
    """Return start and end of the listings; null if the source was given no time."""
    first, last = next((each.window for each in fetch.listings if each.window is not None), (None, None))
    return {
        "start": None if first is None else times.to_iso(first, "ms"), "end": None if last is None else times.to_iso(last, "ms"),
    }


def _scopes(source: Source, client: Client, fetch: Fetch) -> list[dict[str, Any]]:
    """Return the scopes that were listed with their views, each once."""
    settings, connection = client.settings, client.connection
    view = source.view_of(settings, connection.values)
    scopes = [
        source.scope(listing.target, settings, connection) for listing in fetch.listings if listing.endpoint.time is not None
    ]
    return [{"scope": scope, "view": view} for number, scope in enumerate(scopes) if scope not in scopes[:number]]


def _listings(
    endpoint: Endpoint, targets: list[dict[str, Any]], settings: Settings, connection: Connection
) -> list[Listing]:
    listings: list[Listing] = []
    last_of_scope: dict[tuple, Listing] = {}
    for target in targets:
        scope = tuple(target.get(name) for name in endpoint.scope)
        before = last_of_scope.get(scope) if endpoint.in_turn else None
        listings.append(Listing(endpoint, settings, connection, target, after=before))
        last_of_scope[scope] = listings[-1]
    return listings


def _put_in_order(records: list[dict[str, Any]], fetch: Fetch, endpoint: Endpoint) -> None:
    """Put records for which another request was made where the source listed them: among the others, newest first."""
    if endpoint.newest_first is not None and len(fetch.listings) > 1:
        # Imported here: only such lists need it.
        from ._records.entry import parse_instant

        field = to_snake_case(endpoint.newest_first)
        records.sort(key=lambda record: parse_instant(record.get(field)) or 0, reverse=True)


def _keep_latest(records: list[dict[str, Any]], endpoint: Endpoint) -> list[dict[str, Any]]:
    """Return each record once, in its last version: it may have been in two listings of its scope, in turn."""
    names = (*endpoint.scope, to_snake_case(endpoint.id))
    return list({tuple(record_key(record.get(name)) for name in names): record for record in records}.values())


def _compile_query(query: str | None) -> Callable[[list[dict[str, Any]]], Any] | None:
    if query is None:
        return None
    # Imported here: most tasks have no query, and imports slow down a module's start.
    from ._base.jmespath_query import compile_query

    return compile_query(query)
