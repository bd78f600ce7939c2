# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store keeps of the fifth source's logins."""

from __future__ import annotations

from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch.archive_spec import Archive, adapt_for_archive
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.entry import (
    FAILURE,
    SUCCESS,
    Entry,
    parse_instant,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.shape import Row

from .endpoints import SOURCE


def _entry(record: Row) -> Entry:
    return Entry(
        record.get("login_id"),
        kind="login",
        outcome=SUCCESS if record.get("exit_code") == 0 else FAILURE,
        started_at=parse_instant(record.get("began_at"), "s"),
        actor=record.get("user"),
        target=record["host"],
    )


def _is_root(row: Row) -> bool:
    return row["actor"] == "root"


ARCHIVE = Archive(
    adapt_for_archive(SOURCE, without=("id", "commands")), _entry,
    outcomes=(SUCCESS, FAILURE),
    conditions={"root": _is_root},
    columns={"user": ("user",), "exit_code": ("exit_code",)},
)
