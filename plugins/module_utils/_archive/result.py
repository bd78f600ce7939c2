# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an archive task returns."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .._records.shape import Row
from .._store.ledger.returned import gap_as_dict, listed_as_dict
from .scope import ScopeRun


def build_result(
    scopes: Collection[ScopeRun], reasons: set[str], failed: list[dict[str, Any]], new: list[Row], attachments: tuple[int, int], requests: int
) -> dict[str, Any]:
    """Return the result of a task.

    :param reasons: why it may not be complete, beside those of its scopes.
    :param failed: what could not be read.
    :param new: the new records to return.
    :param attachments: how many were kept, and how many are missing.
    """
    reasons = reasons.union(*(scope.reasons for scope in scopes))
    return {
        "added": sum(scope.added for scope in scopes),
        "updated": sum(scope.updated for scope in scopes),
        "unchanged": sum(scope.unchanged for scope in scopes),
        "abandoned": sum(scope.abandoned for scope in scopes),
        "gone": sum(scope.gone for scope in scopes),
        "complete": not reasons,
        "incomplete_reasons": sorted(reasons),
        "failed_targets": failed,
        "coverage": [
            {"scope": scope.scope, "view": scope.view, "windows": [listed_as_dict(each) for each in scope.windows]}
            for scope in scopes
        ],
        "gaps": [{"scope": scope.scope, "view": scope.view, **gap_as_dict(gap)} for scope in scopes for gap in scope.gaps],
        "attachments": dict(zip(("kept", "missing"), attachments)),
        "new_records": new,
        "requests": requests,
    }
