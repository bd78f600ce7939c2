# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Store the earlier versions of ended records that their source changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .database.schema import get_tables
from .database.types import SQLALCHEMY_PROBLEM

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa


def keep(connection: sa.Connection, rows: Iterable[Mapping[str, Any]], now: int) -> None:
    """Store the versions of records before a change.

    :param rows: C(source), C(scope_key), C(record_id), C(content_hash), C(raw) and C(changed_at) of each.
    """
    revision = get_tables().revision
    for row in rows:
        key = {name: row[name] for name in ("source", "scope_key", "record_id")}
        values = {"until_time": now, "content_hash": row["content_hash"], "raw": row["raw"]}
        # A second change within one millisecond replaces the first. Nothing is deleted: the user of the store need not be able to.
        found = connection.execute(sa.update(revision).where(
            *(revision.c[name] == value for name, value in key.items()), revision.c.from_time == row["changed_at"]
        ).values(**values))
        if not found.rowcount:
            connection.execute(revision.insert().values(**key, from_time=row["changed_at"], **values))
