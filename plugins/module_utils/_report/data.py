# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the data of a report, as the script of its page reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from .._base.version import VERSION
from .._records.scope import write_scope
from .._records.zone import Zone
from .._store.ledger.completeness import Gap, Listed, Proof, Span
from .._store.ledger.returned import Exported, is_complete
from .._store.ledger.windows import Window
from .._store.reader import Key
from .columns import encode_columns, shorten, truncate
from .counts.lanes import Lanes
from .counts.totals import RANKED, Totals
from .details import PACK, Packs
from .items import OUTCOMES, Item, Shown, keep_plausible
from .seal import Seal

#: The most scopes that are drawn (those with gaps first, then those that were pruned or retired), and the most windows of each.
_SCOPES, _WINDOWS = 60, 200
_LONGEST_TITLE = 200


class Replays(NamedTuple):
    """The pages that play recordings."""

    #: A link to their folder, with a slash at its end.
    folder: str
    #: How many there are.
    pages: int
    #: The name of each listed record's page, without extension.
    names: Mapping[Key, str]


class Report(NamedTuple):
    """The content of a report."""

    title: str
    zone: Zone
    #: Its start (included) and end (not included), in milliseconds since the epoch; null is open.
    window: Span
    sources: Sequence[str]
    totals: Totals
    shown: Shown
    exported: Sequence[Exported]
    #: Whether the records are from a store, which can prove that they are complete.
    stored: bool
    #: The condition that all records meet, as it was given.
    where: str | None = None
    #: Null if nothing was ever sealed.
    seal: Seal | None = None
    #: The timeline as counts, if not all records are listed.
    lanes: Lanes | None = None
    details: Packs = Packs([], {})
    #: Null if there are none.
    replays: Replays | None = None


def build_data(report: Report, longest: int, most: int) -> dict[str, Any]:
    """Return a report as a JSON object.

    :param longest: the longest text, in characters.
    :param most: the most records that are listed.
    """
    axis = axis_of(report)
    shown = report.shown.newest(most)
    # Those that a reader must know of are in the page, however many there are.
    scopes = sorted(_scopes(report), key=lambda scope: (not scope[1].gaps, not scope[1].prunes, scope[1].life.retired_at is None))
    return {
        "version": VERSION,
        "title": truncate(report.title, _LONGEST_TITLE),
        "zone": {"name": report.zone.name, "changes": report.zone.changes(*axis)},
        "window": report.window,
        "axis": axis,
        "sources": report.sources,
        "stored": report.stored,
        "where": truncate(report.where, _LONGEST_TITLE),
        "seal": report.seal and report.seal._asdict(),
        "complete": is_complete(report.exported),
        "gap_count": sum(len(scope[1].gaps) for scope in scopes),
        "scopes": [_as_dict(source, proof, longest) for source, proof in scopes[:_SCOPES]],
        "more_scopes": max(0, len(scopes) - _SCOPES),
        "names": OUTCOMES,
        "totals": {
            **report.totals.as_dict(),
            "ranked": {name: _rank(report.totals, name, longest) for name in RANKED},
        },
        "lanes": report.lanes and report.lanes.as_dict(longest),
        "shown": len(shown),
        "longest": longest,
        "columns": {**encode_columns(shown, longest), "detail": _map_places(report.details, shown), "replay": _list_replays(report, shown, longest)},
        "replays": report.replays and {
            "folder": report.replays.folder, "more": report.replays.pages - sum(item.key in report.replays.names for item in shown),
        },
        "details": {"pack": PACK, "records": len(report.details.places), "texts": report.details.texts},
    }


def axis_of(report: Report) -> Window:
    """Return the start and end of the time axes: the window, and where that is open, the first and last known time."""
    proofs = [proof for scope in report.exported for proof in scope.proofs]
    spans: list[Listed | Gap | Span] = [*chain.from_iterable(each.covered for each in proofs), *chain.from_iterable(each.gaps for each in proofs)]
    spans += chain.from_iterable(each.pruned for each in proofs)
    ends = [edge for span in spans for edge in (span.start, span.end)]
    known = [each for each in map(keep_plausible, (*ends, report.totals.first, report.totals.last)) if each is not None]
    start, end = map(keep_plausible, report.window)
    first = min(known, default=0 if end is None else end) if start is None else start
    last = max(known, default=first) if end is None else end
    return min(first, last), max(first, last)


def _map_places(packs: Packs, shown: Sequence[Item]) -> list[int | None]:
    return [packs.places.get(item.key) for item in shown]


def _list_replays(report: Report, shown: Sequence[Item], longest: int) -> list[str | int]:
    """Return the page of each record whose details are not in the report, which have the link: 0 for none, 1 if its name is the id that is listed."""
    names = report.replays.names if report.replays else {}
    found = [names.get(item.key) if item.key not in report.details.places else None for item in shown]
    return [0 if name is None else 1 if name == shorten(item.record_id, longest) else name for name, item in zip(found, shown)]


def _scopes(report: Report) -> Iterator[tuple[str, Proof]]:
    for each in report.exported:
        for proof in each.proofs:
            yield each.source, proof


def _as_dict(source: str, proof: Proof, longest: int) -> dict[str, Any]:
    label, retired_at = proof.life
    return {
        "source": source, "scope": shorten(write_scope(proof.scope), longest), "label": shorten(label, longest),
        "retired": retired_at,
        "pruned": {
            "spans": proof.pruned[:_WINDOWS],
            "declared": [{**prune._asdict(), "reason": truncate(prune.reason, longest)} for prune in proof.prunes[-_WINDOWS:]],
        },
        "covered": proof.covered[:_WINDOWS], "gaps": proof.gaps[:_WINDOWS],
        "more": max(0, len(proof.covered) - _WINDOWS) + max(0, len(proof.gaps) - _WINDOWS),
    }


def _rank(totals: Totals, name: str, longest: int) -> Mapping[str, Any]:
    return {
        "distinct": totals.count_distinct(name),
        "unnamed": totals.count_unnamed(name),
        "most": [[shorten(value, longest), counts] for value, counts in totals.ranked(name)],
    }
