# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose credentials these are, and what they read: remembered for when the source can't be reached to say so."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from .._base.strict_json import parse_json
from .._fetch.endpoint import Connection
from .._records.canonical import LONGEST_KEY
from .._records.scope import read_scope, write_scope
from .._store.ledger.scopes import check_account, find_reader, note_reader
from .._store.store import Store


def account_of(store: Store, source: str, access_key: str, account: str | None, now: int) -> str:
    """Return the account that an access key belongs to.

    :param account: the name that was given, if one was.
    :raises OptionError: if the key may be another account's.
    :raises SourceError: if the store can't be used.
    """
    return store.transact(
        partial(check_account, source=source, access_key=access_key, account=account, now=now, writes=store.writes)
    )


def note_place(
    store: Store, source: str, connection: Connection, scope: Mapping[str, Any], view: Mapping[str, Any], now: int
) -> None:
    """Remember the scope and the view of these credentials.

    :raises SourceError: if the store can't be used.
    """
    place = write_scope({"scope": scope, "view": view})
    if store.writes and len(place) <= LONGEST_KEY:
        store.transact(partial(note_reader, source=source, key=_key_of(connection), place=place, now=now))


def find_place(store: Store, source: str, connection: Connection) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the scope and the view that these credentials had last; null if they were never used.

    :raises SourceError: if the store can't be used.
    """
    place = store.transact(partial(find_reader, source=source, key=_key_of(connection)))
    if place is None:
        return None
    found = {name: parse_json(text.encode()) for name, text in read_scope(place).items()}
    return found["scope"], found["view"]


def _key_of(connection: Connection) -> str:
    return "\n".join(str(secret) for secret in connection.auth.secrets())
