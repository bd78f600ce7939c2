# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A set that, once it is large, remembers its members by 64 bits of each: a tenth of the memory of a set of texts.

Two members in a million million million are taken for the same one. Then a list has a row less than its
source says, which is what the pager calls incomplete: nothing is lost without a word.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable

#: Tables that grow one by one, so that growing never takes twice the memory.
_SHARDS = 256
_SMALLEST = 16
_MASK = 2**64 - 1


class HashSet:
    """Open addressing with linear probing; 0 marks a free place."""

    #: Up to here the usual set is faster, and not too large.
    few = 25_000

    def __init__(self) -> None:
        self._few: set[Hashable] | None = set()
        self._tables: list[array[int]] = [array("Q")] * _SHARDS
        self._counts = [0] * _SHARDS
        self._length = 0

    def __len__(self) -> int:
        return self._length if self._few is None else len(self._few)

    def __contains__(self, key: Hashable) -> bool:
        if self._few is not None:
            return key in self._few
        number = _number(key)
        table = self._tables[number % _SHARDS]
        return bool(table) and table[_place(table, number)] == number

    def add(self, key: Hashable) -> None:
        """Take a member."""
        if self._few is not None:
            self._few.add(key)
            if len(self._few) > self.few:
                members, self._few = self._few, None
                for member in members:
                    self.add(member)
            return
        number = _number(key)
        shard = number % _SHARDS
        table = self._tables[shard]
        if self._counts[shard] * 4 >= len(table) * 3:
            table = self._tables[shard] = _grow(table)
        place = _place(table, number)
        if not table[place]:
            table[place] = number
            self._counts[shard] += 1
            self._length += 1


def _number(key: Hashable) -> int:
    # Texts have hashes that no source can foresee; those of numbers are the numbers.
    return hash(key if isinstance(key, str) else repr(key)) & _MASK or 1


def _place(table: array[int], number: int) -> int:
    """Return the place of a number, or where it would be."""
    size = len(table)
    place = (number // _SHARDS) % size
    while table[place] and table[place] != number:
        place = place + 1 if place + 1 < size else 0
    return place


def _grow(table: array[int]) -> array[int]:
    larger = array("Q", bytes(8 * max(_SMALLEST, len(table) * 3 // 2)))
    for number in table:
        if number:
            larger[_place(larger, number)] = number
    return larger
