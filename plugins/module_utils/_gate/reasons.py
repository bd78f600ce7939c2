# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say of a gap until when it lasts, and why it is there, as far as the store knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._base import times
from .._store.ledger.completeness import Known, find_lookups
from .._store.ledger.coverage import Scope
from .._store.ledger.overview import find_last_runs
from .gaps import MissingPart

#: The longest reason, in characters.
_LONGEST = 200


def find_failures(connection: Any, source: str, known: Iterable[Known], now: int) -> dict[str, str]:
    """Return the last error of each scope whose last run did not read everything, by its key.

    :raises ValueError: if a run is not as it was written.
    """
    runs = find_last_runs(connection, source, now)

    def find_error(key: str) -> str | None:
        failures = [each.failure for each in runs.get(Scope(source, key), {}).values() if each.failure is not None]
        last = max(failures, key=lambda each: each.last, default=None)
        return None if last is None else last.error or ("the last run did not end" if last.ended_at is None else None)

    scopes = {each.key: each for each in known}
    # Where the nodes of an instance could not be looked up, that is the error of each node.
    above = {key: lookup for lookup, keys in find_lookups(scopes).items() for key in keys}
    errors = {key: find_error(key) or (find_error(above[key]) if key in above else None) for key in scopes}
    return {key: error for key, error in errors.items() if error is not None}


def describe_gap(gap: MissingPart, age: str, now: int, failures: Mapping[str, str]) -> str:
    """Return until when a gap lasts, and why it is there.

    :param age: what the rule leaves out, as it was written: newer parts of gaps; empty if nothing.
    :param now: in milliseconds since the epoch.
    :param failures: the last errors, by the key of their scope.
    """
    if gap.part.end is None or gap.whole.end is None or gap.whole.end >= now:
        lasts = "gap, still open%s" % (" (the part older than %s)" % age if age else "")
    else:
        lasts = "gap until %s" % times.to_iso(gap.part.end, "ms")
    why = failures.get(gap.scope_key) or ", ".join(gap.reasons) or ("" if gap.scope else "no archive task has read it yet")
    return "%s: %s" % (lasts, why if len(why) <= _LONGEST else why[: _LONGEST - 3] + "...") if why else lasts
