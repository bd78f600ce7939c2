# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find records that match a rule, and store which were reported, so that each is reported once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from .._records.entry import RUNNING
from .database.schema import tables
from .database.types import SQLALCHEMY_PROBLEM
from .reader import columns, records

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa


class Query(NamedTuple):
    """The part of a rule that SQL can evaluate."""

    source: str
    #: The name of the rule in the table.
    rule: str
    outcome: str | None = None
    #: Duration in milliseconds that a record exceeds.
    longer: int | None = None
    #: Whether whole records are needed.
    whole: bool = False


#: The key of a finding within a rule: scope and record.
Key = tuple[str, str]

_SHORT = (
    "scope_key", "record_id", "scope", "kind", "state", "outcome", "started_at", "ended_at", "actor", "target",
)


def candidates(
    connection: sa.Connection, query: Query, start: int | None, end: int | None, now: int
) -> Iterator[dict[str, Any]]:
    """Yield records that may match a rule and were not reported yet.

    :param now: the time up to which the duration of an open record is counted.
    """
    record, finding = tables().record, tables().finding
    only: list[Any] = []
    if query.outcome is not None:
        only.append(record.c.outcome == query.outcome)
    if query.longer is not None:
        # Waiting does not count as a duration, except for rules about waiting.
        still = query.outcome or RUNNING
        over = sa.case((record.c.outcome == still, sa.func.coalesce(record.c.ended_at, now)), else_=record.c.ended_at)
        only.append(over - record.c.started_at > query.longer)
    only.append(~sa.exists().where(
        finding.c.source == record.c.source, finding.c.scope_key == record.c.scope_key,
        finding.c.record_id == record.c.record_id, finding.c.rule == query.rule, finding.c.notified_at.is_not(None),
    ))
    return records(connection, query.source, start, end, columns() if query.whole else _SHORT, only)


def reported(connection: sa.Connection, query: Query) -> dict[str, list[str]]:
    """Return all that was ever reported by a rule: the records' ids by the key of their scope."""
    found: dict[str, list[str]] = {}
    finding = tables().finding
    statement = sa.select(finding.c.scope_key, finding.c.record_id).where(
        finding.c.source == query.source, finding.c.rule == query.rule, finding.c.notified_at.is_not(None)
    )
    for scope_key, record_id in connection.execute(statement):
        found.setdefault(scope_key, []).append(record_id)
    return found


def note(connection: sa.Connection, query: Query, keys: Collection[Key], alert: str, now: int) -> None:
    """Store findings that are about to be reported. They count as new until C(note_notified)."""
    finding = tables().finding
    here = sa.and_(finding.c.source == query.source, finding.c.rule == query.rule)
    statement = sa.select(finding.c.scope_key, finding.c.record_id).where(here, finding.c.notified_at.is_(None))
    known = {(row[0], row[1]) for row in connection.execute(statement)}
    fresh = [each for each in dict.fromkeys(keys) if each not in known]
    _each(
        connection, finding.insert().values(source=query.source, rule=query.rule, alert=alert, found_at=now),
        [{"scope_key": scope_key, "record_id": record_id} for scope_key, record_id in fresh],
    )
    again = sa.update(finding).where(
        here, finding.c.scope_key == sa.bindparam("in_scope"), finding.c.record_id == sa.bindparam("of_record")
    )
    _each(
        connection, again.values(alert=alert),
        [{"in_scope": each[0], "of_record": each[1]} for each in dict.fromkeys(keys) if each in known],
    )


def _each(connection: sa.Connection, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def note_notified(connection: sa.Connection, alert: str, now: int) -> int:
    """Store that an alert was sent, and return how many findings it reported."""
    finding = tables().finding
    here = sa.and_(finding.c.alert == alert, finding.c.notified_at.is_(None))
    return connection.execute(sa.update(finding).where(here).values(notified_at=now)).rowcount


def waiting(connection: sa.Connection, alert: str) -> int:
    """Return how many findings C(note_notified) would store."""
    finding = tables().finding
    statement = sa.select(sa.func.count()).select_from(finding).where(finding.c.alert == alert, finding.c.notified_at.is_(None))
    return connection.execute(statement).scalar() or 0
