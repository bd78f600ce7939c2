# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows how a store is: what each scope has, how far it reaches, and how its last run ended. Read-only. Knows neither Ansible nor SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .._base import times
from .._base.options import DURATION, STORE, Declaration, require_store, text, texts
from .._base.task import Call
from .._records.scope import ACTIVE, FULL_VIEW, RETIRED, read_scope
from .._store import attachments, seals, unlisted
from .._store.ledger import overview, scopes
from .._store.ledger.completeness import Gap, Listed, Proof, find_lookups, list_proofs
from .._store.ledger.coverage import Scope
from .._store.ledger.overview import Failure, ViewRuns
from .._store.ledger.returned import gap_as_dict, listed_as_dict, prune_as_dict
from .._store.reader import read_known, report_altered_rows, snapshot
from .selection import select_scopes

_OPTIONS: dict[str, Declaration] = {
    "store": STORE,
    "sources": texts(),
    "stale_after": text(default="6h", **DURATION),
    "query": text(),
}


class Content(NamedTuple):
    """What a store says of itself, at one instant."""

    seal: seals.LastSeal
    version: int
    #: The scopes of each source that is shown.
    proofs: dict[str, list[Proof]]
    #: By the lookup of a scope (of an instance's nodes): where the lookup itself fails, that is its failure, too.
    lookups: dict[Scope, Scope]
    counts: Mapping[Scope, int]
    missing: Mapping[Scope, int]
    gone: Mapping[Scope, int]
    runs: Mapping[Scope, Mapping[str, ViewRuns]]


class StoreInfoTask:
    """Shows how a store is."""

    options = _OPTIONS

    def run(self, call: Call) -> dict[str, Any]:
        """Read the store, and describe each scope."""
        settings = call.resolve(_OPTIONS)
        store = require_store(settings)
        search = None
        if settings["query"] is not None:
            # Imported here: most tasks have no query, and imports slow down a module's start.
            from .._base.jmespath_query import compile_query

            search = compile_query(settings["query"])
        now, wanted = settings.now, settings["sources"]
        stale_after = times.parse_duration(settings["stale_after"])
        content = snapshot(store, call.redactor.add, lambda connection: _read(connection, wanted, now))
        found = [
            _describe(Scope(source, proof.key), proof, content, now, stale_after) for source, proven in content.proofs.items() for proof in proven
        ]
        stale = [
            {name: each[name] for name in ("source", "scope", "label", "seconds_behind")} for each in found
            if each["state"] == ACTIVE and (each["seconds_behind"] is None or each["seconds_behind"] * 1000 > stale_after)
        ]
        seal = content.seal
        result = {
            "count": len(found), "stale": stale,
            "complete": bool(found) and not any(each["gaps"] or each["attachments_missing"] for each in found) and not any(
                proof.pruned for proven in content.proofs.values() for proof in proven
            ),
            "last_seal": None if seal.number is None else {
                "number": seal.number, "statement_sha256": seal.sha256, "sealed_at": _iso(seal.sealed_at),
            },
            "store_id": seal.store_id, "version": content.version,
        }
        return {**result, "scopes": found} if search is None else {**result, "result": search(found)}


def _read(connection: Any, wanted: list[str] | None, now: int) -> Content:
    """Read all that is known, in one transaction; called again if that can help.

    :raises OptionError: if a source is not in the store.
    """
    selected = select_scopes(scopes.load(connection), wanted, None)
    proven: dict[str, list[Proof]] = {}
    above: dict[Scope, Scope] = {}
    runs: dict[Scope, dict[str, ViewRuns]] = {}
    for source in sorted({scope.source for scope in selected}):
        with report_altered_rows(source, "a scope"):
            found = read_known(connection, source)
            proven[source] = list_proofs(found, None, None)
        with report_altered_rows(source, "a run"):
            runs.update(overview.find_last_runs(connection, source, now))
        for lookup, below in find_lookups({each.key: each for each in found}).items():
            above.update((Scope(source, key), Scope(source, lookup)) for key in below)
    counts = overview.count_records(connection)
    return Content(
        seals.read_last_seal(connection), seals.read_version(connection), proven, above, counts, attachments.count_missing(connection, counts),
        unlisted.count_unlisted(connection), runs,
    )


def _describe(where: Scope, proof: Proof, content: Content, now: int, stale_after: int) -> dict[str, Any]:
    """Return a scope as the task returns it."""
    life = proof.life
    is_active = life.retired_at is None
    runs = content.runs.get(where, {})
    lasts = [each.last_ended for each in runs.values() if each.last_ended is not None]
    successes = [each.last_success for each in runs.values() if each.last_success is not None]
    failures = [*_failures(runs, now - stale_after), *_lookup_failures(content, where, max(successes, default=None))]
    until = _end_of(proof.covered)
    reached = until if until is not None else max((end for end in map(_end_of, proof.views.values()) if end is not None), default=None)
    return {
        "source": where.source,
        "scope": proof.scope or dict(read_scope(where.key)),
        "label": life.label,
        "state": ACTIVE if is_active else RETIRED,
        "retired_at": _iso(life.retired_at),
        "count": content.counts.get(where, 0),
        "gone": content.gone.get(where, 0),
        "covered_from": _iso(proof.covered[0].start if proof.covered else None),
        "covered_until": _iso(until),
        "listed_late": [listed_as_dict(each) for each in proof.covered if each.listed_on is not None],
        "views": [
            {"view": read_scope(view), "covered_from": _iso(windows[0].start), "covered_until": _iso(_end_of(windows))}
            for view, windows in sorted(proof.views.items())
        ],
        "gaps": [gap_as_dict(each) for each in proof.gaps],
        "gap_seconds": _seconds_of(proof.gaps),
        "pruned": [prune_as_dict(each) for each in proof.prunes],
        "seconds_behind": max(0, (now - reached) // 1000) if is_active and reached is not None else None,
        "last_run": _iso(max(lasts, default=None)),
        "last_success": _iso(max(successes, default=None)),
        "last_error": _error(failures) if is_active else None,
        "attachments_missing": content.missing.get(where, 0),
    }


def _failures(runs: Mapping[str, ViewRuns], recent: int) -> Iterator[Failure]:
    """Yield the failures of views that no run has made up for.

    One of the full view makes up for all. A view that nobody reads any more, while others are read, is not waited for.
    """
    full = runs.get(FULL_VIEW)
    newest = max((each.newest for each in runs.values()), default=0)
    for view, each in runs.items():
        failure = each.failure
        if failure is None or each.newest < min(recent, newest):
            continue
        if view == FULL_VIEW or full is None or full.last_success is None or full.last_success <= failure.last:
            yield failure


def _lookup_failures(content: Content, where: Scope, last_success: int | None) -> Iterator[Failure]:
    """Yield the failures of a scope's lookup since it was read last."""
    lookup = content.lookups.get(where)
    for each in content.runs.get(lookup, {}).values() if lookup is not None else ():
        if each.failure is not None and (last_success is None or last_success < each.failure.last):
            yield each.failure


def _error(failures: Iterable[Failure]) -> dict[str, Any] | None:
    """Return what went wrong last, and since when."""
    found = sorted(failures, key=lambda each: each.last)
    if not found:
        return None
    last = found[-1]
    message = last.error or ("the run did not end" if last.ended_at is None else "not everything could be read: " + ", ".join(last.reasons))
    return {"message": message, "reasons": list(last.reasons), "since": _iso(last.since)}


def _end_of(windows: Iterable[Listed]) -> int | None:
    return max((each.end for each in windows), default=None)


def _seconds_of(gaps: Iterable[Gap]) -> int | None:
    """Return how long gaps are together, rounded up; null if one has no end or no beginning."""
    total = 0
    for each in gaps:
        if each.start is None or each.end is None:
            return None
        total += each.end - each.start
    return -(-total // 1000)


def _iso(instant: int | None) -> str | None:
    return None if instant is None else times.to_iso(instant, "ms")
