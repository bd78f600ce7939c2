# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The columns that a table of sessions has beside those of all sources, and where their values are in a record."""

from __future__ import annotations

COLUMNS = {
    "user_name": ("user_name",),
    "email": ("user",),
    "user_id": ("user_id",),
    "verb": ("verb",),
    "connection_type": ("type",),
    "connection_subtype": ("connection_subtype",),
    "session_state": ("session_state",),
    "exit_code": ("exit_code",),
    "review_status": ("review", "status"),
    "reviewed_by": ("review", "review_groups_data", "reviewed_by", "email"),
    "guardrails": ("guardrails_info", "rule_name"),
    "recording_bytes": ("event_size",),
    "correlation_id": ("correlation_id",),
}
