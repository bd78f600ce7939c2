# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the records of a store with what was sealed, one after the other, in the order of their keys."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from math import inf
from typing import NamedTuple

from .._store.ledger.pruned import DONE, Digest
from .._store.seals import Sealable
from .chain import Report
from .delta import ADDED, CHANGED, FINAL_CHANGED, Sealed
from .statement import Prune, Where

ALTERED = "altered"

#: Says whether a run may have changed records of a scope between two instants.
MayChange = Callable[[Where, int, int], bool]


class Listing(NamedTuple):
    """What seals say of when a prune was."""

    #: The first that lists it as done; null if none does yet.
    number: int | None
    #: When the last one was made that does not list it.
    since: int


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


def pair(sealed: Iterable[Sealed], records: Iterable[Sealable]) -> Iterator[tuple[Sealed | None, Sealable | None]]:
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
    """Records that were sealed and are no more: those that prunes declare, as far as their counts and digests go."""

    def __init__(self, prunes: Mapping[Where, list[Prune]], listing: Callable[[Where, Prune], Listing]) -> None:
        self._listing = listing
        #: A record went with the first prune that could take it.
        self._in_turn = {where: sorted(found, key=lambda each: (self._number(where, each), each.pruned_at)) for where, found in prunes.items()}
        self._ends = {where: sorted(each.before for each in found) for where, found in prunes.items()}
        #: How many records are gone that began before each end, and not before the one before it.
        self._counts: Counter[tuple[Where, int]] = Counter()
        self._digests: dict[tuple[Where, int], Digest] = {}

    def is_declared(self, record: Sealed) -> bool:
        """Whether a prune explains it. Records are given in the order of their keys."""
        where, start = record.key[:2], record.started_at
        if start is None:
            return False
        # A record that a seal lists together with a prune that is done was there after it.
        prune = next((
            each for each in self._in_turn.get(where, ()) if start < each.before and record.seal < self._number(where, each)
        ), None)
        if prune is None:
            return False
        ends = self._ends[where]
        self._counts[where, ends[bisect_right(ends, start)]] += 1
        self._digests.setdefault((where, prune.before), Digest()).add(record.key[2], record.content_hash)
        return True

    def check(self, may_change: MayChange, report: Report) -> None:
        """Report prunes under which more went than they declare, or something else."""
        for where, prunes in self._in_turn.items():
            gone = declared = 0
            for prune in sorted(prunes, reverse=True):
                gone, declared = gone + self._counts[where, prune.before], declared + prune.records
                if gone > declared:
                    report(None, "%s declares %d records, and %d are gone" % (_name(where, prune), declared, gone))
                    break
            for prune in prunes:
                digest = self._digests.get((where, prune.before))
                if digest is None or digest.count != prune.records or prune.state != DONE or digest.hexdigest() == prune.digest:
                    continue
                # What had changed since it was sealed is declared as it was then.
                if not may_change(where, self._listing(where, prune).since, prune.pruned_at):
                    report(None, "%s declares other records than those that are gone" % _name(where, prune))

    def _number(self, where: Where, prune: Prune) -> float:
        number = self._listing(where, prune).number
        return inf if number is None else number


def _name(where: Where, prune: Prune) -> str:
    return "the prune before %d of %s, scope %s" % (prune.before, *where)
