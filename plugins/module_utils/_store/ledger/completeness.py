# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute which windows of a source are proven complete, scope by scope, and the reasons of gaps. Pure functions.

A proof of the full view covers the scope; one of a narrower view (a viewer who sees less, a filter) covers only itself.
Coverage is believed only as far as the records are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..._records.scope import FULL_VIEW
from .collector import pause_collector
from .coverage import Covered
from .pruned import Prune
from .runs import RECORDS_MISSING, Reach
from .scopes import UNNAMED, Life
from .windows import Window, find_gaps, intersect, merge

PARTIAL_VIEW = "partial_view"


class Span(NamedTuple):
    """A stretch of time: its first and its last instant, in milliseconds since the epoch, null where it is open."""

    start: int | None
    end: int | None


class Gap(NamedTuple):
    """A stretch of time of which something may be missing, and why, as far as that is known."""

    start: int | None
    end: int | None
    reasons: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """Return start and end."""
        return Span(self.start, self.end)


class Incomplete(NamedTuple):
    """The last run of a scope that was not complete: what it read, and why it could not read all."""

    start: int | None
    end: int | None
    reasons: tuple[str, ...]


class Known(NamedTuple):
    """What a store knows of a scope, by its key."""

    key: str
    scope: dict[str, Any]
    #: The earliest start and the latest end of all runs, by view.
    reaches: dict[str, Reach]
    rows: list[Covered]
    incomplete: Incomplete | None = None
    life: Life = UNNAMED
    prunes: Sequence[Prune] = ()


class Listed(NamedTuple):
    """A window that is proven, and when it was listed if that was so late that the source may have dropped records."""

    start: int
    end: int
    listed_on: int | None


def read_listed(row: Covered) -> Listed:
    """Return a row as a window that is proven."""
    return Listed(*row.window, row.read_at if row.is_late else None)


class Proof(NamedTuple):
    """What of a window is proven of a scope, and what is missing."""

    key: str
    scope: dict[str, Any]
    covered: list[Listed]
    gaps: list[Gap]
    #: What narrower views have proven for themselves.
    views: dict[str, list[Listed]]
    life: Life = UNNAMED
    #: The prunes that reach into the window, and what of it they have left without a proof. That is no gap.
    prunes: Sequence[Prune] = ()
    pruned: Sequence[Span] = ()


@pause_collector()
def list_proofs(known: Iterable[Known], start: int | None, end: int | None) -> list[Proof]:
    """Return what is proven of each scope of a source, in the order of their keys; of nothing at all, if none is known.

    :param start: the window's first instant; if it is null, the scope's own, from where it was ever to be read.
    :param end: the first instant after the window; if it is null, up to where the scope was ever to be read.
    """
    scopes = _drop_lookups({each.key: each for each in known})
    if not scopes:
        return [Proof("", {}, [], [Gap(start, end)], {})]
    return [_build_proof(each, start, end) for _key, each in sorted(scopes.items())]


def list_proven(rows: Iterable[Covered], view: str) -> list[Window]:
    """Return the windows that are proven for a view: its own, and the full view's; those that lack records are not."""
    return merge(row.window for row in rows if row.view in (view, FULL_VIEW) and not row.missing)


def _build_proof(known: Known, start: int | None, end: int | None) -> Proof:
    views: dict[str, list[Listed]] = {}
    for row in known.rows:
        if not row.missing:
            views.setdefault(row.view, []).append(read_listed(row))
    views = {view: _clip(windows, start, end) for view, windows in views.items()}
    covered = views.pop(FULL_VIEW, [])
    found, pruned = _find_gaps(known, start, end)
    return Proof(
        known.key, known.scope, covered, found, {view: each for view, each in views.items() if each}, known.life,
        [each for each in known.prunes if start is None or each.before > start], pruned,
    )


def _find_gaps(known: Known, start: int | None, end: int | None) -> tuple[list[Gap], list[Span]]:
    """Return the gaps of a window, and what of it was pruned."""
    firsts = [reach.first for reach in known.reaches.values() if reach.first is not None]
    lasts = [reach.last for reach in known.reaches.values() if reach.last is not None]
    first = min(firsts, default=None) if start is None else start
    last = max(lasts, default=None) if end is None else end
    retired_at, kept_from = known.life.retired_at, max((each.before for each in known.prunes), default=None)
    if retired_at is not None:
        # What is gone since then is not waited for.
        last = retired_at if last is None else min(last, retired_at)
        if first is None or first >= last:
            return [], []
    if first is None or last is None or first >= last:
        # Nothing was ever to be read of this window.
        if kept_from is not None and end is not None and end <= kept_from:
            return [], [Span(start, end)]
        return [Gap(start, end, _list_reasons(known, start, end))], []
    narrower = merge(row.window for row in known.rows if row.view != FULL_VIEW and not row.missing)
    broken = merge(row.window for row in known.rows if row.view == FULL_VIEW and row.missing)
    found: list[Gap] = []
    pruned: list[Span] = []
    for begin, until in find_gaps(list_proven(known.rows, FULL_VIEW), first, last):
        border = begin if kept_from is None else min(max(begin, kept_from), until)
        if begin < border:
            pruned.append(Span(begin, border))
        if border < until:
            found += _name_gap(known, (border, until), broken, narrower)
    return found, pruned


def _name_gap(known: Known, gap: Window, broken: list[Window], narrower: list[Window]) -> list[Gap]:
    """Split a gap into parts, each with its reason."""
    if not broken and not narrower:
        return [Gap(*gap, _list_reasons(known, *gap))]
    parts: list[Gap] = []
    for lacking in intersect([gap], broken):
        parts.append(Gap(*lacking, (RECORDS_MISSING,)))
    for rest in find_gaps(broken, *gap):
        partial = intersect([rest], narrower)
        parts += [Gap(*each, (PARTIAL_VIEW,)) for each in partial]
        parts += [Gap(*each, _list_reasons(known, *each)) for each in find_gaps(partial, *rest)]
    return sorted(parts)


def _list_reasons(known: Known, start: int | None, end: int | None) -> tuple[str, ...]:
    run = known.incomplete
    if run is None:
        return ()
    before = end is not None and run.start is not None and end <= run.start
    after = start is not None and run.end is not None and start >= run.end
    return () if before or after else run.reasons


def find_lookups(scopes: dict[str, Known]) -> dict[str, list[str]]:
    """Return the scopes of lookups (of an instance's nodes) of which scopes are known, by their keys: failed ones, nothing is read of them."""
    result: dict[str, list[str]] = {}
    keys = sorted(scopes)
    for number, key in enumerate(keys):
        if scopes[key].rows:
            continue
        below = []
        for name in keys[number + 1 :]:
            if not name.startswith(key):
                break
            if name.startswith(key + ","):
                below.append(name)
        if below:
            result[key] = below
    return result


def _drop_lookups(scopes: dict[str, Known]) -> dict[str, Known]:
    """Drop scopes of failed lookups if scopes of that lookup are known."""
    result = dict(scopes)
    for key, below in find_lookups(scopes).items():
        lookup = result.pop(key)
        for name in below:
            result[name] = _join_lookup(result[name], lookup)
    return result


def _join_lookup(one: Known, lookup: Known) -> Known:
    """Extend a scope to the windows that its lookup was planned for."""
    reaches = dict(one.reaches)
    for view, reach in lookup.reaches.items():
        own = reaches.get(view, Reach(None, None))
        firsts = [each for each in (own.first, reach.first) if each is not None]
        lasts = [each for each in (own.last, reach.last) if each is not None]
        reaches[view] = Reach(min(firsts, default=None), max(lasts, default=None))
    return one._replace(reaches=reaches, incomplete=lookup.incomplete or one.incomplete)


def _clip(windows: Iterable[Listed], start: int | None, end: int | None) -> list[Listed]:
    """Return the parts of windows that lie in another window, in order."""
    if start is None and end is None:
        return join_windows(windows)
    cut = (
        each._replace(
            start=each.start if start is None else max(each.start, start), end=each.end if end is None else min(each.end, end),
        ) for each in windows
    )
    return join_windows(each for each in cut if each.start < each.end)


def join_windows(windows: Iterable[Listed]) -> list[Listed]:
    """Return windows in order; those that touch and were listed alike are one."""
    result: list[Listed] = []
    for each in sorted(windows, key=lambda one: one[:2]):
        if result and each.start <= result[-1].end and each.listed_on == result[-1].listed_on:
            result[-1] = result[-1]._replace(end=max(result[-1].end, each.end))
        else:
            result.append(each)
    return result
