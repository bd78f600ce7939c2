# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings in the store: which were told of, so that each is told of once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from .._gate.rules import Rule
from .._records.entry import RUNNING
from .reader import columns, records
from .schema import SQLALCHEMY_PROBLEM, tables

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: The key of a finding within a rule: scope and record.
Key = tuple[str, str]

_SHORT = (
    "scope_key", "record_id", "scope", "kind", "state", "outcome", "started_at", "ended_at", "actor", "target",
)


def remembers(connection: sa.Connection) -> bool:
    """Whether anything can have been told: a store of an older version has no table for it, and is only read so far."""
    return sa.inspect(connection).has_table("finding")


def candidates(
    connection: sa.Connection, rule: Rule, start: int | None, end: int | None, now: int, told: bool
) -> Iterator[dict[str, Any]]:
    """Records that may meet a rule, and that nobody was told of by it; those that it has a test for are whole.

    :param now: how long what is not over has taken.
    :param told: whether there is a table of what was told.
    """
    record, finding = tables().record, tables().finding
    only: list[Any] = []
    if rule.outcome is not None:
        only.append(record.c.outcome == rule.outcome)
    if rule.longer is not None:
        over = sa.case((record.c.outcome == RUNNING, sa.func.coalesce(record.c.ended_at, now)), else_=record.c.ended_at)
        only.append(over - record.c.started_at > rule.longer)
    if told:
        only.append(~sa.exists().where(
            finding.c.source == record.c.source, finding.c.scope_key == record.c.scope_key,
            finding.c.record_id == record.c.record_id, finding.c.rule == rule.name, finding.c.told_at.is_not(None),
        ))
    return records(connection, rule.source, start, end, columns() if rule.test else _SHORT, only)


def told_of(connection: sa.Connection, rule: Rule) -> dict[str, list[str]]:
    """All that was ever told of by a rule: the records' ids by the key of their scope."""
    found: dict[str, list[str]] = {}
    finding = tables().finding
    statement = sa.select(finding.c.scope_key, finding.c.record_id).where(
        finding.c.source == rule.source, finding.c.rule == rule.name, finding.c.told_at.is_not(None)
    )
    for scope_key, record_id in connection.execute(statement):
        found.setdefault(scope_key, []).append(record_id)
    return found


def note(connection: sa.Connection, rule: Rule, keys: Collection[Key], alert: str, now: int) -> None:
    """Note what is about to be told. Until C(tell) it counts as if it were not noted."""
    finding = tables().finding
    here = sa.and_(finding.c.source == rule.source, finding.c.rule == rule.name)
    statement = sa.select(finding.c.scope_key, finding.c.record_id).where(here, finding.c.told_at.is_(None))
    known = {(row[0], row[1]) for row in connection.execute(statement)}
    fresh = [each for each in dict.fromkeys(keys) if each not in known]
    _each(
        connection, finding.insert().values(source=rule.source, rule=rule.name, alert=alert, found_at=now),
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


def tell(connection: sa.Connection, alert: str, now: int) -> int:
    """Note that an alert has arrived; how many findings it told of."""
    finding = tables().finding
    here = sa.and_(finding.c.alert == alert, finding.c.told_at.is_(None))
    return connection.execute(sa.update(finding).where(here).values(told_at=now)).rowcount


def waiting(connection: sa.Connection, alert: str) -> int:
    """How many findings C(tell) would note."""
    finding = tables().finding
    statement = sa.select(sa.func.count()).select_from(finding).where(finding.c.alert == alert, finding.c.told_at.is_(None))
    return connection.execute(statement).scalar() or 0
