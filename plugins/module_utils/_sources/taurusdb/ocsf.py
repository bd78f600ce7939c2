# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map TaurusDB's killing tasks to OCSF: Remediation Activity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._records.entry import Entry
from ..._records.ocsf import OTHER_ID, EventClass, Fields, build_event, present
from ..._records.shape import Row

#: To end sessions is an eviction: D3FEND has Session Termination there.
_EVICT = 2
_CLASS = EventClass(7001, "Remediation Activity", "Remediation", {_EVICT: "Evict"})
_PRODUCT = {"name": "TaurusDB", "vendor_name": "Huawei Cloud"}


def build_events(record: Row, entry: Entry, scope: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the event of a killing task."""
    fields = Fields(record)
    node = fields.text("node_id")
    fields.drop("task_id", entry.record_id)
    fields.drop("end_time", entry.ended_at)
    # It carries credentials of its own.
    fields.leave_out("download_link")
    metadata = present(
        product=_PRODUCT, log_name="taurusdb_killed_session", original_time=fields.code("start_time"),
        profiles=["cloud", "host"] if node else ["cloud"],
    )
    attributes = present(
        cloud={"provider": "Huawei Cloud"},
        command_uid=entry.record_id,
        device={"uid": node, "type_id": OTHER_ID, "type": "TaurusDB node"} if node else None,
    )
    yield build_event(_CLASS, _EVICT, entry, metadata, attributes, fields.rest())
