# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive the sessions of a hoop gateway."""

from __future__ import annotations

from ..._fetch.archive_spec import Archive, Depth, adapt_for_archive, declare_attachment_options
from ..._records.entry import BLOCKED, FAILURE, SUCCESS, WAITING, Entry, parse_instant
from ..._records.shape import Row, dig
from .downloads.attachments import ATTACHMENTS
from .endpoints import DETAILS, SOURCE
from .session_state import has_guardrail_match, outcome_of
from .table import COLUMNS

#: The options for single sessions and their recordings.
_DETAILS = ("id", "expand", "event_stream", "extension", "newline", "event_time", "events")

_NOT_REVIEWED = (None, "", "PENDING", "UNKNOWN")


def _entry(session: Row) -> Entry:
    script = dig(session, ("script", "data"))
    return Entry(
        session.get("id"),
        kind=session.get("type"),
        state=session.get("status"),
        outcome=outcome_of(session),
        started_at=parse_instant(session.get("start_date")),
        ended_at=parse_instant(session.get("end_date")),
        actor=session.get("user") or session.get("user_name") or session.get("user_id") or None,
        target=session.get("connection"),
        summary=script.strip() or None if isinstance(script, str) else None,
    )


def _raw(row: Row) -> Row:
    raw = row["raw"]
    return raw if isinstance(raw, dict) else {}


def _hit_guardrail(row: Row) -> bool:
    return has_guardrail_match(_raw(row))


def _is_unreviewed(row: Row) -> bool:
    review = _raw(row).get("review")
    return not isinstance(review, dict) or review.get("status") in _NOT_REVIEWED


ARCHIVE = Archive(
    adapt_for_archive(SOURCE, without=_DETAILS, also={"details": {"type": "bool", "default": False}, **declare_attachment_options(ATTACHMENTS)}), _entry,
    outcomes=(SUCCESS, FAILURE, BLOCKED, WAITING),
    details=DETAILS,
    depth=Depth("details"),
    attachments=ATTACHMENTS,
    conditions={"guardrail": _hit_guardrail, "unreviewed": _is_unreviewed},
    columns=COLUMNS,
)
