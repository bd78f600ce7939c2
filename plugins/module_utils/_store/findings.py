# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find records that match a rule, and store which a gate has reported, or is about to report, so that each is reported once.

A look that reports findings claims them until a time. Until then no other look of that gate returns them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any, NamedTuple

from .._records.entry import RUNNING
from .database.schema import LONGEST_GATE, get_tables
from .database.types import SQLALCHEMY_PROBLEM
from .reader import list_columns, read_records

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa


class Query(NamedTuple):
    """The part of a rule that SQL can evaluate."""

    #: The name of the gate in the table.
    gate: str
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
#: The number of findings that are claimed at a time.
_ROWS = 500
#: The digits of a recipient's hash.
_DIGITS = 16


def gate_of(connection: sa.Connection, name: str, recipient: str | None) -> str:
    """Return the name of a gate in the table: each recipient of a gate has one of its own.

    :param recipient: a URL that is a secret; the table holds its hash, salted with the ID of the store.
    """
    if recipient is None:
        return name
    salt = connection.execute(sa.select(get_tables().store.c.id)).scalar() or ""
    digest = hashlib.sha256(("%s:%s" % (salt, recipient)).encode("utf-8", "surrogatepass")).hexdigest()
    return "%s/%s" % (name, digest[:_DIGITS])


#: The longest name of a gate: its recipients' names must fit, too.
LONGEST_NAME = LONGEST_GATE - 1 - _DIGITS


def find_candidates(
    connection: sa.Connection, query: Query, start: int | None, end: int | None, now: int
) -> Iterator[dict[str, Any]]:
    """Yield records that may match a rule, and that were not reported yet and are not claimed.

    :param now: the time up to which the duration of an open record is counted.
    """
    record, finding = get_tables().record, get_tables().finding
    only: list[Any] = []
    if query.outcome is not None:
        only.append(record.c.outcome == query.outcome)
    if query.longer is not None:
        # Waiting does not count as a duration, except for rules about waiting.
        still = query.outcome or RUNNING
        over = sa.case((record.c.outcome == still, sa.func.coalesce(record.c.ended_at, now)), else_=record.c.ended_at)
        only.append(over - record.c.started_at > query.longer)
    only.append(~sa.exists().where(
        _is_of(query), finding.c.scope_key == record.c.scope_key, finding.c.record_id == record.c.record_id,
        sa.or_(finding.c.notified_at.is_not(None), finding.c.claimed_until > now),
    ))
    return read_records(connection, query.source, start, end, list_columns() if query.whole else _SHORT, only)


def _is_of(query: Query) -> Any:
    finding = get_tables().finding
    return sa.and_(finding.c.source == query.source, finding.c.gate == query.gate, finding.c.rule == query.rule)


def list_reported(connection: sa.Connection, query: Query) -> dict[str, list[str]]:
    """Return all that was ever reported by a rule: the records' ids by the key of their scope."""
    return _ids(connection, query, get_tables().finding.c.notified_at.is_not(None))


def list_claimed(connection: sa.Connection, query: Query, now: int) -> dict[str, list[str]]:
    """Return what another look is about to report: the records' ids by the key of their scope."""
    finding = get_tables().finding
    return _ids(connection, query, sa.and_(finding.c.notified_at.is_(None), finding.c.claimed_until > now))


def _ids(connection: sa.Connection, query: Query, where: Any) -> dict[str, list[str]]:
    finding = get_tables().finding
    statement = sa.select(finding.c.scope_key, finding.c.record_id).where(_is_of(query), where)
    return _group_by_scope((row[0], row[1]) for row in connection.execute(statement))


def claim(connection: sa.Connection, query: Query, keys: Iterable[Key], alert: str, now: int, until: int) -> None:
    """Store findings that are about to be reported. No other look returns them until C(until), and none at all after C(note_notified)."""
    finding = get_tables().finding
    fresh = {"source": query.source, "gate": query.gate, "rule": query.rule, "alert": alert, "found_at": now, "claimed_until": until}
    here = sa.and_(_is_of(query), finding.c.notified_at.is_(None))
    is_first = connection.execute(sa.select(finding.c.record_id).where(here).limit(1)).first() is None
    # A gap that a window shows in two parts is there twice, one after the other.
    distinct = (key for key, _same in groupby(keys))
    while some := list(islice(distinct, _ROWS)):
        known: set[Key] = set()
        for scope_key, ids in () if is_first else _group_by_scope(some).items():
            those = sa.and_(here, finding.c.scope_key == scope_key, finding.c.record_id.in_(ids))
            found = connection.execute(sa.select(finding.c.record_id).where(those)).scalars().all()
            if found:
                connection.execute(sa.update(finding).where(those).values(alert=alert, claimed_until=until))
                known.update((scope_key, record_id) for record_id in found)
        rows = [{**fresh, "scope_key": key[0], "record_id": key[1]} for key in some if key not in known]
        if rows:
            connection.execute(finding.insert(), rows)


def _group_by_scope(keys: Iterable[Key]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for scope_key, record_id in keys:
        found.setdefault(scope_key, []).append(record_id)
    return found


def note_notified(connection: sa.Connection, alert: str, now: int) -> int:
    """Store that an alert was sent, and return how many findings it reported."""
    return connection.execute(sa.update(get_tables().finding).where(_is_waiting(alert)).values(notified_at=now)).rowcount


def release(connection: sa.Connection, alert: str, now: int) -> int:
    """End the claim of an alert that was not sent, and return how many findings are new again."""
    finding = get_tables().finding
    here = sa.and_(_is_waiting(alert), finding.c.claimed_until > now)
    return connection.execute(sa.update(finding).where(here).values(claimed_until=now)).rowcount


def count_waiting(connection: sa.Connection, alert: str) -> int:
    """Return how many findings of an alert were not reported yet."""
    statement = sa.select(sa.func.count()).select_from(get_tables().finding).where(_is_waiting(alert))
    return connection.execute(statement).scalar() or 0


def _is_waiting(alert: str) -> Any:
    finding = get_tables().finding
    return sa.and_(finding.c.alert == alert, finding.c.notified_at.is_(None))
