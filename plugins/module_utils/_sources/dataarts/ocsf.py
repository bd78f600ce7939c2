# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map DataArts Fabric's SQL sessions to OCSF: User Session Query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._records.entry import Entry
from ..._records.ocsf import EventClass, Fields, build_event, present
from ..._records.shape import Row

_QUERY = 1
_CLASS = EventClass(5017, "User Session Query", "Discovery", {_QUERY: "Query"})
_PRODUCT = {"name": "DataArts Fabric", "vendor_name": "Huawei Cloud"}
#: A listed session exists.
_EXISTS = {"query_result_id": 1, "query_result": "Exists"}


def build_events(record: Row, entry: Entry, scope: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the event of a session."""
    fields = Fields(record)
    fields.drop("session_id", entry.record_id)
    metadata = present(
        product=_PRODUCT, log_name="dataarts_sql_session", original_time=fields.text("create_time"), profiles=["cloud"],
    )
    session = present(uid=entry.record_id, created_time=entry.started_at, issuer=fields.text("endpoint_info", "id"))
    attributes = present(
        cloud={"provider": "Huawei Cloud"}, session=session, status_code=fields.text("status"), **_EXISTS,
    )
    yield build_event(_CLASS, _QUERY, entry, metadata, attributes, fields.rest())
