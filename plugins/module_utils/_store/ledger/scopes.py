# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scopes that the store knows, and whose credentials read them."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from ..._base.errors import OptionError
from ..._records.scope import DEFAULT_ACCOUNT
from ..database.schema import get_tables
from ..database.types import SQLALCHEMY_PROBLEM
from .coverage import Scope

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa


class Life(NamedTuple):
    """What people say of a scope: its label, and since when it is retired; nulls if they say nothing."""

    label: str | None
    #: Milliseconds since the epoch.
    retired_at: int | None


UNNAMED = Life(None, None)


class KnownScope(NamedTuple):
    """A scope that the store knows: its dictionary as JSON, and what people say of it."""

    text: str
    life: Life


def load(connection: sa.Connection, source: str | None = None) -> dict[Scope, KnownScope]:
    """Return the scopes of a source, or of all, in the order of their keys."""
    table = get_tables().scope
    statement = sa.select(table.c.source, table.c.scope_key, table.c.scope, table.c.label, table.c.retired_at)
    if source is not None:
        statement = statement.where(table.c.source == source)
    found = connection.execute(statement.order_by(table.c.source, table.c.scope_key))
    return {Scope(row[0], row[1]): KnownScope(row[2], Life(row[3], row[4])) for row in found}


def update_scope(connection: sa.Connection, scope: Scope, life: Life) -> None:
    """Store what people say of a scope."""
    table = get_tables().scope
    here = sa.and_(table.c.source == scope.source, table.c.scope_key == scope.key)
    connection.execute(sa.update(table).where(here).values(label=life.label, retired_at=life.retired_at))


def note_scope(connection: sa.Connection, scope: Scope, text: str, now: int, label: str | None = None) -> None:
    """Store a scope when it is read first, and its label when one is given.

    :param text: the scope as JSON.
    """
    table = get_tables().scope
    here = sa.and_(table.c.source == scope.source, table.c.scope_key == scope.key)
    if connection.execute(sa.select(table.c.source).where(here)).first() is None:
        connection.execute(table.insert().values(
            source=scope.source, scope_key=scope.key, scope=text, label=label, first_seen=now
        ))
    elif label is not None:
        connection.execute(sa.update(table).where(here).values(label=label))


def check_account(
    connection: sa.Connection, source: str, access_key: str, account: str | None, now: int, writes: bool
) -> str:
    """Return the name of the account that an access key belongs to; a key that is new is remembered.

    :param account: the name that was given, if one was.
    :raises OptionError: if the key may be another account's than that name.
    """
    credential = get_tables().credential
    fingerprint = _fingerprint(connection, source, access_key)
    statement = sa.select(credential.c.fingerprint, credential.c.account).where(credential.c.source == source)
    known = {row[0]: row[1] for row in connection.execute(statement)}
    name = account or DEFAULT_ACCOUNT
    before = known.get(fingerprint)
    if before is not None and before != name:
        raise OptionError(
            "account: %r is not whose access key this is (the store knows it as the key of %r); write account: %s"
            % (name, before, before)
        )
    if before is None and account is None and known:
        raise OptionError(
            "account: missing, and the store knows another access key; write account: %s if the key was rotated,"
            " or another name if this is another account" % " or ".join(sorted(set(known.values())))
        )
    if before is None and writes:
        connection.execute(credential.insert().values(source=source, fingerprint=fingerprint, account=name, first_seen=now))
    return name


def note_reader(connection: sa.Connection, source: str, key: str, place: str, now: int) -> None:
    """Store what a key reads, so that a run of it is stored even where the source can't be reached to say so.

    :param place: scope and view as one text.
    """
    credential = get_tables().credential
    fingerprint = _fingerprint(connection, source, key)
    known = find_reader(connection, source, key)
    if known is None:
        connection.execute(credential.insert().values(source=source, fingerprint=fingerprint, account=place, first_seen=now))
    elif known != place:
        here = sa.and_(credential.c.source == source, credential.c.fingerprint == fingerprint)
        connection.execute(sa.update(credential).where(here).values(account=place))


def find_reader(connection: sa.Connection, source: str, key: str) -> str | None:
    """Return what a key read when it was used last; null if it never was."""
    credential = get_tables().credential
    place: str | None = connection.execute(sa.select(credential.c.account).where(
        credential.c.source == source, credential.c.fingerprint == _fingerprint(connection, source, key)
    )).scalar()
    return place


def _fingerprint(connection: sa.Connection, source: str, key: str) -> str:
    salt = connection.execute(sa.select(get_tables().store.c.id)).scalar() or ""
    return hashlib.sha256(("%s:%s:%s" % (salt, source, key)).encode("utf-8", "surrogatepass")).hexdigest()
