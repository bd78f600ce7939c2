# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the records of a store with what was sealed, one after the other, in the order of their keys."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from .._store.seals import Sealable, prune_line
from .chain import Report
from .delta import ADDED, CHANGED, FINAL_CHANGED, Sealed
from .statement import Prune, Where

ALTERED = "altered"
_DONE = "done"


class Explanation(NamedTuple):
    """What makes a change since the last seal believable: its time, or a run that had not ended then."""

    #: When the last seal was made, in milliseconds since the epoch; null if there is none.
    sealed_at: int | None
    #: Source, scope and start of runs that had begun then, and not ended.
    unfinished: Collection[tuple[str, str, int]] = ()

    def explains(self, record: Sealable) -> bool:
        """Whether a record may have changed."""
        at = record.changed_at
        if self.sealed_at is None:
            return True
        return isinstance(at, int) and (at > self.sealed_at or (*record.key[:2], at) in self.unfinished)


def pairs(sealed: Iterable[Sealed], records: Iterable[Sealable]) -> Iterator[tuple[Sealed | None, Sealable | None]]:
    """Return each record with how it was sealed last; null where there is none. Both are in the order of their keys."""
    left, right = iter(sealed), iter(records)
    old, new = next(left, None), next(right, None)
    while old is not None or new is not None:
        if new is None or old is not None and old.key < new.key:
            yield old, None
            old = next(left, None)
        elif old is None or new.key < old.key:
            yield None, new
            new = next(right, None)
        else:
            yield old, new
            old, new = next(left, None), next(right, None)


def change_of(old: Sealed | None, record: Sealable, explanation: Explanation) -> str | None:
    """Return how a record differs from what was sealed; null if it doesn't.

    :param record: with C(fits) known.
    """
    if not record.fits:
        return ALTERED
    if old is None:
        return ADDED
    if old.hashes == record.hashes:
        return None
    if not explanation.explains(record):
        return ALTERED
    return FINAL_CHANGED if old.final else CHANGED


class Gone:
    """Records that were sealed and are no more: those that a prune declares, as far as its count and its digest go."""

    def __init__(self, prunes: Mapping[Where, list[Prune]]) -> None:
        self._prunes = prunes
        self._counts: dict[tuple[Where, int], int] = {}
        self._digests: dict[tuple[Where, int], hashlib._Hash] = {}

    def is_declared(self, record: Sealed) -> bool:
        """Whether a prune explains it. Records are given in the order of their keys."""
        where = record.key[:2]
        start = record.started_at
        if start is None:
            return False
        prune = next((each for each in self._prunes.get(where, ()) if start < each.before), None)
        if prune is None:
            return False
        key = where, prune.before
        self._counts[key] = self._counts.get(key, 0) + 1
        self._digests.setdefault(key, hashlib.sha256()).update(prune_line(record.key[2], record.content_hash))
        return True

    def check(self, report: Report) -> None:
        """Report prunes under which more went than they declare, or something else."""
        for where, prunes in self._prunes.items():
            for prune in prunes:
                count = self._counts.get((where, prune.before), 0)
                name = "the prune before %d of %s, scope %s" % (prune.before, *where)
                if count > prune.records:
                    report(None, "%s declares %d records, and %d are gone" % (name, prune.records, count))
                elif count and count == prune.records and prune.state == _DONE and self._digests[where, prune.before].hexdigest() != prune.digest:
                    report(None, "%s declares other records than those that are gone" % name)
