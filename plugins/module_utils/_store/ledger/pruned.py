# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declared prunes: what is deleted is declared first, as begun, and marked as done with the last batch.

While a prune is begun, nothing that began before its time is added or changed (C(Cut)). So what is left of it is known at
any instant, also after a crash: all ended records that began before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from ..._records.canonical import write_canonical
from ..._records.entry import OPEN
from ..database.schema import get_tables
from ..database.types import SQLALCHEMY_PROBLEM
from .coverage import Scope, count_in

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

BEGUN, DONE = "begun", "done"
#: So many hashes are held at a time.
_HASHES = 1000
_COLUMNS = ("source", "scope_key", "before_time", "state", "records", "digest", "pruned_at", "reason")


class Prune(NamedTuple):
    """A declared prune of a scope. Times are milliseconds since the epoch."""

    #: Ended records that began before were deleted.
    before: int
    records: int
    pruned_at: int
    reason: str | None


class Choice(NamedTuple):
    """The records that a prune deletes: how many, and the digest that declares which."""

    before: int
    records: int
    digest: str


class Cut(NamedTuple):
    """What an archive run must not store, because it was pruned. Times are milliseconds since the epoch."""

    #: What began before is not stored if the store does not have it.
    before: int = 0
    #: What began before belongs to a prune that is not done: it is not changed, either.
    frozen: int = 0

    def holds(self, started_at: int | None, known: Any) -> bool:
        """Return whether a record is not to be stored.

        :param known: its row in the store; null if there is none.
        """
        if known is None:
            return started_at is not None and started_at < self.before
        return any(each is not None and each < self.frozen for each in (started_at, known.started_at))


#: Nothing was pruned.
NOT_CUT = Cut()


class AttachmentFile(NamedTuple):
    """The file of an attachment, as its row has it."""

    path: str
    size: int | None
    sha256: str | None


#: The start and the id of the last record of a batch.
Last = tuple[int, str]


class Batch(NamedTuple):
    """The ids of records to delete, the files of their attachments, and the last of them; null if there are none."""

    ids: list[str]
    files: list[AttachmentFile]
    last: Last | None


class Digest:
    """The digest of a prune: the SHA-256 over a line for each record, in the order of the ids."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.count = 0

    def add(self, record_id: str, content_hash: str) -> None:
        """Add a record."""
        self._hash.update((write_canonical([record_id, content_hash]) + "\n").encode("utf-8", "surrogatepass"))
        self.count += 1

    def hexdigest(self) -> str:
        """Return what the table has."""
        return self._hash.hexdigest()


def read_rows(connection: sa.Connection) -> list[dict[str, Any]]:
    """Return the whole table, in the order of its keys."""
    pruned = get_tables().pruned
    statement = sa.select(*(pruned.c[name] for name in _COLUMNS)).order_by(pruned.c.source, pruned.c.scope_key, pruned.c.before_time)
    return [dict(row) for row in connection.execute(statement).mappings()]


def load(connection: sa.Connection, source: str) -> dict[str, list[Prune]]:
    """Return the prunes of a source by the key of the scope, in order of time."""
    pruned = get_tables().pruned
    statement = sa.select(
        pruned.c.scope_key, pruned.c.before_time, pruned.c.records, pruned.c.pruned_at, pruned.c.reason
    ).where(pruned.c.source == source).order_by(pruned.c.before_time)
    found: dict[str, list[Prune]] = {}
    for key, *values in connection.execute(statement):
        found.setdefault(key, []).append(Prune(*values))
    return found


def find_begun(connection: sa.Connection) -> dict[Scope, int]:
    """Return the prunes that are not done: their scope, and up to when they go."""
    pruned = get_tables().pruned
    statement = sa.select(pruned.c.source, pruned.c.scope_key, pruned.c.before_time).where(pruned.c.state == BEGUN)
    return {Scope(row[0], row[1]): row[2] for row in connection.execute(statement)}


def find_cut(connection: sa.Connection, scope: Scope, restored_from: int | None = None) -> Cut:
    """Return what an archive run must not store.

    :param restored_from: when a run began that brings pruned records back; only what was pruned since then stays away.
    """
    pruned = get_tables().pruned
    frozen = sa.case((pruned.c.state == BEGUN, pruned.c.before_time))
    before = pruned.c.before_time if restored_from is None else sa.case((pruned.c.pruned_at >= restored_from, pruned.c.before_time))
    statement = sa.select(sa.func.max(before), sa.func.max(frozen)).where(pruned.c.source == scope.source, pruned.c.scope_key == scope.key)
    found = connection.execute(statement).one()
    return Cut(max(found[0] or 0, found[1] or 0), found[1] or 0)


def is_prunable(before: int) -> Any:
    """Return the condition that a record can be pruned: it began before an instant, and has ended."""
    record = get_tables().record
    return sa.and_(record.c.started_at < before, record.c.outcome.not_in(OPEN))


def count_doomed(connection: sa.Connection, before: int, scope: Scope | None = None) -> dict[Scope, int]:
    """Return how many records can be pruned, scope by scope.

    :param scope: the only one to look at; null for all.
    """
    record = get_tables().record
    where = is_prunable(before) if scope is None else sa.and_(_of(record, scope), is_prunable(before))
    statement = sa.select(record.c.source, record.c.scope_key, sa.func.count()).where(where).group_by(record.c.source, record.c.scope_key)
    return {Scope(row[0], row[1]): row[2] for row in connection.execute(statement)}


def choose(connection: sa.Connection, scope: Scope, before: int) -> Choice:
    """Return what a prune would delete.

    A scope has one prune for each instant. If it has one for this, the closest earlier one is taken.
    """
    pruned, record = get_tables().pruned, get_tables().record
    statement = sa.select(pruned.c.before_time).where(pruned.c.source == scope.source, pruned.c.scope_key == scope.key)
    taken = set(connection.execute(statement).scalars())
    while before in taken:
        before -= 1
    digest = Digest()
    # The database sorts them: to read all records of the scope in this order would take longer than to sort the few that go.
    hashes = sa.select(record.c.record_id, record.c.content_hash).where(_of(record, scope), is_prunable(before)).order_by(record.c.record_id)
    for record_id, content_hash in connection.execute(hashes, execution_options={"yield_per": _HASHES}):
        digest.add(record_id, content_hash)
    return Choice(before, digest.count, digest.hexdigest())


def declare(connection: sa.Connection, scope: Scope, choice: Choice, now: int, reason: str | None) -> None:
    """Declare a prune as begun, and cut the coverage: what is deleted is no longer proven complete."""
    connection.execute(get_tables().pruned.insert().values(
        source=scope.source, scope_key=scope.key, before_time=choice.before, state=BEGUN, records=choice.records, digest=choice.digest,
        pruned_at=now, reason=reason,
    ))
    _cut_coverage(connection, scope, choice.before)


def read_batch(connection: sa.Connection, scope: Scope, before: int, after: Last | None, most: int) -> Batch:
    """Return the next records of a begun prune, the oldest first.

    :param after: the last record of the batch before; null for the first batch.
    """
    record = get_tables().record
    keys = record.c.started_at, record.c.record_id
    statement = sa.select(*keys).where(_of(record, scope), is_prunable(before)).order_by(*keys).limit(most)
    if after is not None:
        later = sa.or_(keys[0] > after[0], keys[1] > after[1])
        statement = statement.where(keys[0] >= after[0], later)
    found = [(row[0], row[1]) for row in connection.execute(statement)]
    ids = [record_id for _started_at, record_id in found]
    return Batch(ids, _files(connection, scope, ids) if ids else [], found[-1] if found else None)


def have_relative_files(connection: sa.Connection, limits: Mapping[Scope, int]) -> bool:
    """Return whether an attachment of a record that can be pruned is in a file whose path is relative.

    :param limits: the scopes, and before when a record of each must have begun.
    """
    if not limits:
        return False
    record, attachment = get_tables().record, get_tables().attachment
    place = (record.c.source, record.c.scope_key)
    statement = sa.select(*place, sa.func.min(record.c.started_at)).join(attachment, sa.and_(
        *(record.c[name] == attachment.c[name] for name in ("source", "scope_key", "record_id"))
    )).where(
        is_prunable(max(limits.values())), attachment.c.path.is_not(None), attachment.c.path.not_like("/%")
    ).group_by(*place)
    return any(first < limits.get(Scope(source, key), first) for source, key, first in connection.execute(statement))


def delete(connection: sa.Connection, scope: Scope, batch: Batch, ends: int | None) -> int | None:
    """Delete records with their earlier versions, and the rows of their attachments and of what is no longer listed.

    :param batch: with files that were removed before.
    :param ends: with the last batch, up to when the prune goes: it is marked as done.
    :returns: how many records there were; null if they have other files by now, and nothing was deleted.
    """
    if not set(_files(connection, scope, batch.ids)) <= set(batch.files):
        return None
    for table in (get_tables().revision, get_tables().attachment, get_tables().unlisted):
        connection.execute(sa.delete(table).where(_of(table, scope), table.c.record_id.in_(batch.ids)))
    record = get_tables().record
    count = connection.execute(sa.delete(record).where(_of(record, scope), record.c.record_id.in_(batch.ids))).rowcount
    if ends is not None:
        pruned = get_tables().pruned
        connection.execute(sa.update(pruned).where(_of(pruned, scope), pruned.c.before_time == ends).values(state=DONE))
    return count


def _files(connection: sa.Connection, scope: Scope, ids: Collection[str]) -> list[AttachmentFile]:
    attachment = get_tables().attachment
    statement = sa.select(attachment.c.path, attachment.c.size, attachment.c.sha256).where(
        _of(attachment, scope), attachment.c.record_id.in_(ids), attachment.c.path.is_not(None)
    ).order_by(attachment.c.record_id, attachment.c.name)
    return [AttachmentFile(*row) for row in connection.execute(statement)]


def _cut_coverage(connection: sa.Connection, scope: Scope, before: int) -> None:
    """Let windows begin at an instant. What they lack they lack still, because nobody knows when it began."""
    coverage, broken = get_tables().coverage, get_tables().broken_window
    across = sa.and_(_of(coverage, scope), coverage.c.window_start < before)
    for view, start, end in connection.execute(sa.select(coverage.c.view, coverage.c.window_start, coverage.c.window_end).where(across)).all():
        row, mark = (sa.and_(_of(table, scope), table.c.view == view, table.c.window_start == start) for table in (coverage, broken))
        if end <= before:
            connection.execute(sa.delete(coverage).where(row))
            connection.execute(sa.delete(broken).where(mark))
            continue
        went = count_in(connection, scope, (start, before))
        left = sa.case((coverage.c.records > went, coverage.c.records - went), else_=0)
        connection.execute(sa.update(coverage).where(row).values(window_start=before, records=left))
        connection.execute(sa.update(broken).where(mark).values(window_start=before, records=broken.c.records - went))


def _of(table: sa.Table, scope: Scope) -> Any:
    return sa.and_(table.c.source == scope.source, table.c.scope_key == scope.key)
