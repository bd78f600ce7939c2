# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fifth source's logins as events: Authentication."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.opsaudit.sessions.plugins.module_utils._records.entry import Entry
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.ocsf import (
    EventClass,
    Fields,
    build_event,
    present,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.shape import Row

_LOGON = 1
_CLASS = EventClass(3002, "Authentication", "Identity & Access Management", {_LOGON: "Logon"})


def build_events(record: Row, entry: Entry, scope: Mapping[str, Any]) -> Iterator[Row]:
    """The event of a login."""
    fields = Fields(record)
    fields.drop("login_id", entry.record_id)
    metadata = present(product={"name": "Fifth", "vendor_name": "Example"}, log_name="fifth_login")
    attributes = present(user=present(name=fields.text("user")), device=present(hostname=fields.text("host"), type_id=0))
    yield build_event(_CLASS, _LOGON, entry, metadata, attributes, fields.rest())
