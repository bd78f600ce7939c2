# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes that a session takes on a gateway that really ran, beside the plain ones."""

from __future__ import annotations

import base64
import copy
from typing import Any

from .hoop_stream import format_time

_HOUR = 3600 * 1000000
#: Nothing is known of how it went.
_OPEN: dict[str, Any] = {
    "status": "open", "end_date": None, "exit_code": None, "metrics": None, "event_size": 0, "review": None, "guardrails_info": None,
}
_DONE: dict[str, Any] = {"status": "done", "review": None, "guardrails_info": None}
_EXEC = {"verb": "exec", "type": "database", "connection_subtype": "postgres", "connection": "orders-pg-prod"}
_CONNECT = {**_EXEC, "verb": "connect", "script": {"data": ""}, "script_size": 0}


def _event(kind: str, text: str, when: float = 0.0) -> list[Any]:
    return [when, kind, base64.b64encode(text.encode()).decode()]


def _review(status: str) -> dict[str, Any]:
    group = {
        "id": "dfa693db-6934-5a62-bf8e-0b40c145106a", "group": "dba", "status": status, "reviewed_by": None,
        "review_date": None, "forced_review": False,
    }
    return {
        "id": "937e02b6-f0c3-519e-9012-e33e3a31b07d", "type": "onetime", "access_duration": 0, "status": status, "revoke_at": None,
        "created_at": "2026-03-02T13:05:10.2Z", "review_groups_data": [group], "time_window": None,
        "access_request_rule_name": None, "min_approvals": None, "force_approval_groups": None,
    }


def _analysis(action: str) -> dict[str, Any]:
    return {"risk_level": "high", "title": "Drops a table", "explanation": "The statement cannot be undone.", "action": action}


def _rule(name: str, kind: str, direction: str) -> list[dict[str, Any]]:
    return [{"rule_name": name, "rule": {"type": kind}, "direction": direction}]


_LOST = "no log found on disk"
#: name -> fields of the session, its events (null: no recording was stored; absent: those of any session)
SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # The gateway crashed, the agent was offline, or a connection has reviewers and no licence.
    "open": ({**_EXEC, **_OPEN}, {"events": None}),
    # Begun within the last 50 seconds: nothing was stored yet.
    "just_begun": ({**_EXEC, **_OPEN}, {"events": []}),
    "pending": ({**_EXEC, **_OPEN, "review": _review("PENDING")}, {"events": None}),
    "ready": ({**_EXEC, **_OPEN, "status": "ready", "review": _review("APPROVED")}, {"events": None}),
    "access_request": (
        {**_EXEC, **_OPEN, "review": _review("PENDING"), "ai_analysis": _analysis("require_access_request")}, {"events": None},
    ),
    # POST .../credentials: done from the beginning, and over days later.
    "credential": ({**_CONNECT, **_OPEN, "status": "done"}, {"events": None}),
    "ai_block": (
        {**_EXEC, **_DONE, "exit_code": 254, "metrics": None, "event_size": 0, "ai_analysis": _analysis("block_execution")},
        {"events": None},
    ),
    "exec_failed_at_once": (
        {**_EXEC, **_DONE, "exit_code": 254, "metrics": None, "event_size": 0, "ai_analysis": None}, {"events": None},
    ),
    "guardrail_mssql": (
        {**_CONNECT, **_DONE, "connection_subtype": "mssql", "exit_code": 0,
         "guardrails_info": _rule("no-bulk-delete", "deny_words_list", "input")}, {},
    ),
    "guardrail_rdp": (
        {**_CONNECT, **_DONE, "type": "application", "connection_subtype": "rdp", "exit_code": 0,
         "guardrails_info": _rule("rdp_pii_guard", "pii_guard_entity", "server_to_client")}, {},
    ),
    "proxy_blocked": (
        {**_CONNECT, **_DONE, "type": "httpproxy", "connection_subtype": "httpproxy", "connection": "crm-api", "exit_code": 0,
         "metrics": {"event_size": 88, "truncated": False, "ai_analyzer": {
             "total_requests": 9, "risk_counts": {"high": 2}, "outcome_counts": {"block": 2}, "blocked_count": 2}}}, {},
    ),
    # A command line waited for the review: it was reported, and that is recorded.
    "rejected": (
        {**_EXEC, **_DONE, "exit_code": 254, "event_size": 48, "review": _review("REJECTED")},
        {"events": [_event("e", "the session was rejected by a reviewer")]},
    ),
    # Nobody waited for it: it has no end.
    "rejected_unattended": (
        {**_EXEC, **_OPEN, "status": "done", "review": _review("REJECTED")}, {"events": None},
    ),
    "lost": ({**_EXEC, **_DONE, "exit_code": 254, "metrics": {}, "event_size": 0}, {"events": [_event("e", _LOST)]}),
    # The gateway was started anew over what it had stored: it no longer knows how much that is.
    "restarted": ({**_EXEC, **_DONE, "exit_code": 0, "event_size": 0}, {}),
    "not_recorded": ({**_EXEC, **_DONE, "exit_code": 0, "event_size": 0, "metrics": {}}, {"events": None}),
}


def reshape(data: dict[str, Any], shape: str, moment: int) -> None:
    """Give a generated session one of the shapes.

    :param moment: when it began, in microseconds.
    """
    fields, raw = copy.deepcopy(SHAPES[shape])
    session = data["session"]
    if fields.get("verb") == "exec" and not session["script"]["data"]:
        fields.update(script={"data": "SELECT now();"}, script_size=13)
    # Most shapes are over, whatever was drawn.
    session.update({"end_date": format_time(moment + 2000000), **fields})
    data.update({"events": "generated", **raw})
    if shape == "credential":
        session["metadata"] = {"credentials_expire_at": format_time(moment + 48 * _HOUR), "credential_session": session["id"]}
