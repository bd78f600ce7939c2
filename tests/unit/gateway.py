# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hoop gateway behind the wire without sockets."""

from __future__ import annotations

from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times


class Gateway:
    """A gateway that lists what it has in the window that it is asked for."""

    def __init__(self, wire) -> None:
        self.sessions: list[dict] = []
        wire.answer = self.answer
        wire.fixed["/api/userinfo"] = {"id": "auditor@example.com", "role": "auditor", "org_id": "b79ff037"}

    def answer(self, sent):
        first, last = (times.parse_iso(sent.query[name]) for name in ("start_date", "end_date"))
        wanted = sent.query.get("connection")
        found = [
            each for each in self.sessions
            if first <= times.parse_iso(each["start_date"]) <= last and wanted in (None, each["connection"])
        ]
        at = int(sent.query["offset"])
        page = found[at : at + int(sent.query["limit"])]
        return {"data": page, "total": len(found), "total_is_capped": False, "has_next_page": at + len(page) < len(found)}
