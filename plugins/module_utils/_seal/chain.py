# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of seals: each statement holds the hash of the one before, and of its delta; the store knows the last."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .._store.seals import LastSeal
from .delta import Replay, Sealed, parse_line
from .folder import SealFolder, read_lines
from .statement import Statement, parse_statement

#: Is given the number of a seal (null for the store as it is now) and what is wrong.
Report = Callable[["int | None", str], None]


class Link(NamedTuple):
    """A seal that is there: its statement as it is in the file, and what it says if it is one."""

    number: int
    content: bytes
    statement: Statement | None

    @property
    def sha256(self) -> str:
        """What the next statement must hold."""
        return hashlib.sha256(self.content).hexdigest()


def read_chain(folder: SealFolder, replay: Replay, report: Report) -> Iterator[Link]:
    """Read all seals in order, and add their deltas to the replay.

    :raises SourceError: (file) if one can't be read.
    """
    expected, previous = 1, None
    for number in folder.numbers():
        if number > expected:
            report(expected, _name_missing(expected, number - 1))
        content = folder.statement(number) or b""
        statement = None
        try:
            statement = parse_statement(content)
        except ValueError as problem:
            report(number, "its statement %s" % problem)
        link = Link(number, content, statement)
        if statement is not None:
            if statement.number != number:
                report(number, "its statement has the number %d" % statement.number)
            if number == expected and statement.previous_sha256 != previous:
                report(number, "its hash of the previous seal does not match: the previous seal was altered or replaced")
        _read_delta(folder, link, replay, report)
        yield link
        expected, previous = number + 1, link.sha256


def _read_delta(folder: SealFolder, link: Link, replay: Replay, report: Report) -> None:
    digest, count = hashlib.sha256(), 0

    def parsed(file: Any) -> Iterator[Sealed]:
        nonlocal count
        for line in read_lines(file):
            digest.update(line)
            count += 1
            yield parse_line(line, link.number)

    with folder.delta(link.number) as file:
        if file is None:
            report(link.number, "its delta is missing")
            return
        try:
            replay.add(parsed(file))
        except (ValueError, RecursionError):
            report(link.number, "its delta is not as session_seal writes it")
            return
    if link.statement is not None and (link.statement.delta_sha256, link.statement.delta_count) != (digest.hexdigest(), count):
        report(link.number, "its delta was altered")


def compare_with_store(last: int, sha256_of: Callable[[int], str | None], store: LastSeal, report: Report) -> int:
    """Compare the chain with what the store knows of it.

    :param last: the number of the last seal in the folder, 0 if there is none.
    :param sha256_of: the hash of a statement in the folder.
    :returns: how many seals of the folder the store does not know.
    """
    known = store.number or 0
    if known > last:
        report(last + 1, "%s; the folder is an older copy, or belongs to another store" % _name_missing(last + 1, known))
        return 0
    if known and sha256_of(known) not in (None, store.sha256):
        report(known, "it is another one than the store knows")
    return last - known


def _name_missing(first: int, last: int) -> str:
    return "it is missing" if first == last else "it is missing, and all up to %d" % last
