# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map Baidu Cloud Assistant's runs to OCSF: Script Activity, one event for each known machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._records.entry import UNKNOWN as UNKNOWN_OUTCOME
from ..._records.entry import Entry, parse_instant
from ..._records.ocsf import OTHER_ID, UNKNOWN, UNKNOWN_ID, EventClass, Fields, build_event, present
from ..._records.shape import Row
from .archive import OUTCOMES

_EXECUTE = 1
_CLASS = EventClass(1009, "Script Activity", "System Activity", {_EXECUTE: "Execute"})
_PRODUCT = {"name": "Cloud Assistant", "vendor_name": "Baidu AI Cloud"}
_SCRIPT_TYPES = {"SHELL": (6, "Unix Shell"), "POWERSHELL": (2, "PowerShell")}
_DEVICE_TYPES = {"BCC": 6, "BBC": 1}


def build_events(record: Row, entry: Entry, scope: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the events of a run's children, or one of the run itself if its children are unknown."""
    found = record.get("children")
    children = [child for child in found if isinstance(child, dict)] if isinstance(found, list) else []
    others = [child for child in found if not isinstance(child, dict)] if isinstance(found, list) else found
    run = Fields({**record, "children": others or None})
    kind = run.word("action", "type")
    activity = {"COMMAND": _EXECUTE, "": UNKNOWN_ID}.get(kind, OTHER_ID)
    name = kind if activity == OTHER_ID else None
    script = _script(run)
    run.drop("id", entry.record_id)
    region = scope.get("region")
    attributes = present(
        # The source does not return who started the run. On the machine it was the agent.
        actor={"app_name": "Cloud Assistant"},
        cloud=present(provider="Baidu AI Cloud", region=region if isinstance(region, str) else None),
        script=script,
    )
    metadata = {"product": _PRODUCT, "log_name": "bcc_action_run", "correlation_uid": entry.record_id, "profiles": ["cloud"]}
    if not children:
        run.drop("finished_timestamp", entry.ended_at)
        more = present(original_time=run.code("created_timestamp"))
        device = {"device": {"name": UNKNOWN, "type_id": UNKNOWN_ID}}
        yield build_event(_CLASS, activity, entry, {**metadata, **more}, {**attributes, **device}, run.rest(), name)
        return
    rest = run.rest()
    for number, child in enumerate(children):
        fields = Fields(child)
        own_id = fields.text("id")
        state = fields.word("state")
        own = Entry(
            "%s/%s" % (entry.record_id, own_id or number),
            state=state,
            outcome=OUTCOMES.get(state, UNKNOWN_OUTCOME),
            started_at=_choose_first(parse_instant(child.get("created_timestamp")), entry.started_at),
            ended_at=parse_instant(child.get("finished_timestamp")),
        )
        fields.drop("finished_timestamp", own.ended_at)
        more = present(original_event_uid=own_id, original_time=fields.code("created_timestamp"))
        about = present(device=_device(fields), status_code=fields.code("output", "exit_code"))
        unmapped = {**rest, **present(child=fields.rest())}
        yield build_event(_CLASS, activity, own, {**metadata, **more}, {**attributes, **about}, unmapped, name)


def _choose_first(*instants: int | None) -> int | None:
    return next((each for each in instants if each is not None), None)


def _script(run: Fields) -> Row:
    type_id, kind = _SCRIPT_TYPES.get(run.word("action", "command", "type"), (UNKNOWN_ID, UNKNOWN))
    file = run.text("action", "file_upload", "filename")
    folder = run.text("action", "file_upload", "filepath") if file else None
    return present(
        name=run.text("action", "name"),
        uid=run.text("action", "id"),
        type_id=type_id,
        type=kind,
        script_content={"value": run.text("action", "command", "content") or ""},
        file=present(name=file, parent_folder=folder, type_id=UNKNOWN_ID) if file else None,
    )


def _device(child: Fields) -> Row:
    kind = child.text("target", "instance_type")
    uid, ip = child.text("target", "instance_id"), child.address("target", "internal_ip")
    name = child.text("target", "instance_name") or (None if uid or ip else UNKNOWN)
    return present(uid=uid, name=name, ip=ip, type=kind, type_id=_DEVICE_TYPES.get(kind or "", UNKNOWN_ID))
