# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive the SQL sessions of DataArts Fabric."""

from __future__ import annotations

from ..._fetch.archive_spec import Archive, adapt_for_archive
from ..._records.entry import FAILURE, RUNNING, SUCCESS, UNKNOWN, WAITING, Entry, parse_instant
from ..._records.shape import Row, dig
from .endpoints import SOURCE
from .table import COLUMNS

#: FAIL is a status of its own: a session that is closed has not failed.
_OUTCOMES = {"CREATING": WAITING, "WAITING": WAITING, "RUNNING": RUNNING, "CLOSED": SUCCESS, "FAIL": FAILURE}


def _entry(record: Row) -> Entry:
    status = record.get("status")
    return Entry(
        record.get("session_id"),
        kind="sql_session",
        state=status,
        outcome=_OUTCOMES.get(str(status), UNKNOWN),
        started_at=parse_instant(record.get("create_time")),
        target=dig(record, ("endpoint_info", "name")) or dig(record, ("endpoint_info", "id")),
    )


ARCHIVE = Archive(
    adapt_for_archive(SOURCE), _entry, outcomes=(SUCCESS, FAILURE, WAITING),
    columns=COLUMNS,
)
