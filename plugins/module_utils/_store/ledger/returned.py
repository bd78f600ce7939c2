# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what is proven, what is missing and what was pruned as tasks return it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ..._base import times
from ..._records.scope import FULL_VIEW, read_scope
from .completeness import Gap, Listed, Proof
from .pruned import Prune


class Exported(NamedTuple):
    """What is exported of a source."""

    source: str
    record_count: int
    proofs: list[Proof]


def gaps_of(exported: Iterable[Exported]) -> list[dict[str, Any]]:
    """Return what is missing, as a task returns it."""
    return [
        {"source": each.source, "scope": proof.scope, **gap_as_dict(gap)}
        for each in exported for proof in each.proofs for gap in proof.gaps
    ]


def is_complete(exported: Iterable[Exported]) -> bool:
    """Return whether everything is proven complete. What was pruned is neither a gap nor complete."""
    return not any(proof.gaps or proof.pruned for each in exported for proof in each.proofs)


def pruned_of(exported: Iterable[Exported]) -> list[dict[str, Any]]:
    """Return what was pruned, as a task returns it."""
    return [
        {"source": each.source, "scope": proof.scope, **prune_as_dict(prune)} for each in exported for proof in each.proofs for prune in proof.prunes
    ]


def gap_as_dict(gap: Gap) -> dict[str, Any]:
    """Return a gap as a task returns it."""
    return {**window_of(gap.span), "reasons": list(gap.reasons)}


def coverage_of(proof: Proof) -> list[dict[str, Any]]:
    """Return the windows that are proven, view by view, as a task returns them."""
    views = {**({FULL_VIEW: proof.covered} if proof.covered or not proof.views else {}), **dict(sorted(proof.views.items()))}
    return [
        {"scope": proof.scope, "view": read_scope(view), "windows": [listed_as_dict(each) for each in windows]}
        for view, windows in views.items()
    ]


def listed_as_dict(listed: Listed) -> dict[str, Any]:
    """Return a window that is proven, as a task returns it."""
    return {
        **window_of((listed.start, listed.end)),
        "listed_on": None if listed.listed_on is None else times.to_iso(listed.listed_on, "ms"),
    }


def window_of(window: Iterable[int | None]) -> dict[str, str | None]:
    """Return a stretch of time in ISO 8601."""
    start, end = (None if each is None else times.to_iso(each, "ms") for each in window)
    return {"start": start, "end": end}


def prune_as_dict(prune: Prune) -> dict[str, Any]:
    """Return a prune as a task returns it."""
    return {
        "before": times.to_iso(prune.before, "ms"), "records": prune.records, "pruned_at": times.to_iso(prune.pruned_at, "ms"),
        "reason": prune.reason,
    }
