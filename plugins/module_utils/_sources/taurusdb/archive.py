# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive the killed sessions of TaurusDB."""

from __future__ import annotations

from ..._fetch.archive_spec import Archive, adapt_for_archive, declare_attachment_options
from ..._records.entry import KILLED, Entry, parse_instant
from ..._records.shape import Row
from .attachments import ATTACHMENTS
from .endpoints import SOURCE
from .table import COLUMNS


def _entry(record: Row) -> Entry:
    return Entry(
        record.get("task_id"),
        kind="killing_task",
        # The source lists only sessions that it killed.
        outcome=KILLED,
        started_at=parse_instant(record.get("start_time"), "s"),
        ended_at=parse_instant(record.get("end_time"), "s"),
        target="%s/%s" % (record["instance_id"], record["node_id"]),
    )


#: Links are not archived: they differ each time, and hold their own credentials.
#: A record is a task that killed any number of sessions; the source does not say how many.
ARCHIVE = Archive(
    adapt_for_archive(SOURCE, without=("include_links",), also=declare_attachment_options(ATTACHMENTS)), _entry,
    outcomes=(KILLED,),
    attachments=ATTACHMENTS,
    noun="killing task",
    columns=COLUMNS,
)
