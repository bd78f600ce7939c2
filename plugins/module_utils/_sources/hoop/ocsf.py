# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map a hoop gateway's sessions to OCSF: Datastore Activity for databases, Script Activity for everything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._records.entry import BLOCKED, Entry
from ..._records.ocsf import OTHER_ID, UNKNOWN, UNKNOWN_ID, EventClass, Fields, build_event, email_of, present
from ..._records.shape import Row

_CONNECT, _QUERY = 3, 4
_DATASTORE = EventClass(6005, "Datastore Activity", "Application Activity", {_CONNECT: "Connect", _QUERY: "Query"})
_EXECUTE = 1
_SCRIPT = EventClass(1009, "Script Activity", "System Activity", {_EXECUTE: "Execute"})

#: Types of connections to databases; the last three are used by old gateways.
_DATABASES = ("database", "postgres", "mysql", "mssql")
_DATABASE_TYPES = {
    **dict.fromkeys(("postgres", "mysql", "mssql", "oracledb"), (1, "Relational")), "mongodb": (6, "NoSQL"),
}
_SCRIPT_TYPES = {"bash": (6, "Unix Shell"), "python": (3, "Python"), "nodejs": (4, "JavaScript")}
_USER_TYPES = {"user": (1, "User"), "machine": (4, "Service")}
#: The attributes of a session that a guardrail or a reviewer stopped.
_STOPPED = {"action_id": 2, "action": "Denied", "disposition_id": 2, "disposition": "Blocked"}


def build_events(record: Row, entry: Entry, scope: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the event of a session."""
    fields = Fields(record)
    is_database = record.get("type") in _DATABASES
    fields.drop("id", entry.record_id)
    metadata = present(
        product=present(name="hoop", vendor_name="hoop.dev"),
        log_name="hoop_session",
        correlation_uid=fields.text("correlation_id"),
        original_time=fields.text("start_date"),
        profiles=["security_control"] if entry.outcome == BLOCKED else None,
        tenant_uid=fields.text("org_id") or scope.get("org"),
    )
    common = present(
        actor=_actor(fields, entry), status_code=fields.code("exit_code"), status_detail=fields.text("session_state"),
        **(_STOPPED if entry.outcome == BLOCKED else {}),
    )
    verb = fields.word("verb")
    if is_database:
        activity = {"exec": _QUERY, "connect": _CONNECT}.get(verb, UNKNOWN_ID)
        attributes = _describe_database(fields, entry)
        yield build_event(_DATASTORE, activity, entry, metadata, {**common, **attributes}, fields.rest())
    else:
        # An interactive session is no script: its activity is named as the gateway names it.
        activity = _EXECUTE if verb == "exec" else OTHER_ID if verb else UNKNOWN_ID
        name = verb if activity == OTHER_ID else None
        attributes = _describe_machine(fields)
        yield build_event(_SCRIPT, activity, entry, metadata, {**common, **attributes}, fields.rest(), name)


def _actor(fields: Fields, entry: Entry) -> Row:
    """Return the actor, as far as it is known; there always is a session."""
    name, uid, full_name = fields.text("user"), fields.text("user_id"), fields.text("user_name")
    type_id, kind = _USER_TYPES.get(fields.word("identity_type"), (None, None))
    user = present(name=name or full_name, uid=uid, full_name=full_name, email_addr=email_of(name), type_id=type_id, type=kind)
    session = present(uid=entry.record_id, created_time=entry.started_at)
    return present(session=session, user=user if name or uid or full_name else None)


def _describe_database(fields: Fields, entry: Entry) -> Row:
    subtype = fields.text("connection_subtype")
    type_id, _name = _DATABASE_TYPES.get(subtype or "", (UNKNOWN_ID, UNKNOWN))
    resource, query = fields.text("resource_name"), fields.text("script", "data")
    return present(
        database=present(name=fields.text("connection") or resource or UNKNOWN, type_id=type_id, type=subtype),
        dst_endpoint=present(name=resource),
        query_info={"uid": entry.record_id, "query_string": query} if query else None,
        # The user's own address is unknown: the database saw the gateway.
        src_endpoint={"svc_name": "hoop"},
        type_id=1,
        type="Database",
    )


def _describe_machine(fields: Fields) -> Row:
    type_id, kind = _SCRIPT_TYPES.get(fields.word("connection_subtype"), (UNKNOWN_ID, UNKNOWN))
    connection, resource = fields.text("connection"), fields.text("resource_name")
    return present(
        device=present(name=resource or connection or UNKNOWN, uid=connection, type_id=UNKNOWN_ID),
        script=present(type_id=type_id, type=kind, script_content={"value": fields.text("script", "data") or ""}),
    )
