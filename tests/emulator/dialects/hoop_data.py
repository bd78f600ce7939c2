# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hoop's sessions: raw records with raw event streams, from which every answer is rendered."""

from __future__ import annotations

import base64
import copy
import random
from functools import lru_cache
from typing import Any

from ..auth.hoop import ORG
from ..records import Record
from .base import DEFAULT_END, fake_uuid, load, maker, spread
from .hoop_shapes import reshape
from .hoop_stream import format_time, microseconds, parse_time

#: Review fields that a list leaves null.
_REVIEW_DETAILS = ("time_window", "access_request_rule_name", "min_approvals", "force_approval_groups")
_CONNECTIONS = (
    # connection, type, subtype; my_db and my-db differ only in what LIKE takes for a wildcard
    ("orders-pg-prod", "database", "postgres"),
    ("my_db", "database", "mysql"),
    ("my-db", "database", "mysql"),
    ("web-03-ssh", "application", "ssh"),
    ("billing-django", "custom", ""),
    ("crm-api", "httpproxy", "httpproxy"),
)
_PEOPLE = (
    ("ana.ruiz@example.com", "auth0|64f0a1b2c3d4", "Ana Ruiz"),
    ("li.wei@example.com", "auth0|77aa01", "Li Wei"),
    ("noor.said@example.com", "auth0|77aa00", "Noor Said"),
    ("etl_nightly", "etl_nightly", "etl_nightly"),
)
#: Which review groups a person belongs to.
APPROVERS = {
    "noor.said@example.com": ("dba", "security"),
    "li.wei@example.com": ("dba",),
    "sam.okoye@example.com": ("security",),
}


def fixtures() -> list[Record]:
    """The named sessions of the data file, newest first."""
    data = load("hoop_sessions.json")
    records = []
    for entry in data["sessions"]:
        session = {**copy.deepcopy(data["default"]), **entry["session"]}
        for key in entry.get("drop", ()):
            session.pop(key, None)
        raw = {key: entry.get(key) for key in ("name", "events", "wire", "shown")}
        records.append(_record(session, raw))
    return in_order(records)


def in_order(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda row: (row.time, row.id), reverse=True)


def row_of(data: dict[str, Any]) -> dict[str, Any]:
    """A session as lists show it."""
    row = {**data["session"], "script": None}
    if "ai_analysis" in row:
        row["ai_analysis"] = None
    if row.get("review"):
        row["review"] = {**row["review"], **dict.fromkeys(_REVIEW_DETAILS)}
    return row


def events_of(record: Record) -> list[Any] | None:
    """The stream recorded so far; a generated session's is made when first asked for."""
    data = record.data
    if data["events"] == "generated":
        data["events"] = _make_events(record)
    events = data["events"]
    if events is None or not data.get("shown"):
        return events
    return events[: data["shown"]]


def grow(record: Record) -> None:
    """A running session's next look shows one event more."""
    if record.data.get("shown"):
        record.data["shown"] += 1


def make_records(count: int, options: dict[str, Any]) -> list[Record]:
    """`count` sessions, newest first: evenly spread, or `per_second` of them in each second up to the end.

    With `recording`, each was a terminal that showed so many bytes; `shape` names one of hoop_shapes.SHAPES, `org` is
    whose they are, and `values` are fields that all of them have.
    """
    rng = maker("hoop", options.get("seed", 0))
    per_second = int(options.get("per_second", 0))
    if per_second:
        end = int(options.get("end", DEFAULT_END)) // 1000 * 1000
        gap = 1000000 // per_second
        times = [
            end * 1000 - (i // per_second + 1) * 1000000 + (per_second - 1 - i % per_second) * gap for i in range(count)
        ]
    else:
        times = [moment * 1000 + rng.randrange(1000) for moment in reversed(spread(count, options))]
    default = load("hoop_sessions.json")["default"]
    records = [_record(*_make(default, rng, moment)) for moment in times]
    for record in records:
        if options.get("shape"):
            reshape(record.data, options["shape"], microseconds(parse_time(record.data["session"]["start_date"])))
        record.data["session"].update({"org_id": options.get("org", ORG), **options.get("values", {})})
    if options.get("recording"):
        for record in records:
            _enlarge(record, int(options["recording"]))
    return in_order(records)


def arrived(number: int, moment: int) -> Record:
    """A session that has just begun, or is over already."""
    session, raw = _make(load("hoop_sessions.json")["default"], maker("hoop", "arrived", number), moment)
    return _record(session, raw)


def respawn(like: Record, number: int, moment: int) -> Record:
    """Another session like this one, at another time."""
    session = copy.deepcopy(like.data["session"])
    session["id"] = fake_uuid(maker("hoop", "respawn", like.id, number))
    session["start_date"] = format_time(moment)
    if session["end_date"]:
        session["end_date"] = format_time(moment + 1500000)
    raw = {**like.data, "name": None}
    raw.pop("session")
    return _record(session, raw)


def _record(session: dict[str, Any], raw: dict[str, Any]) -> Record:
    return Record(session["id"], microseconds(parse_time(session["start_date"])), {"session": session, **raw})


def _make(default: dict[str, Any], rng: random.Random, moment: int) -> tuple[dict[str, Any], dict[str, Any]]:
    connection, kind, subtype = rng.choice(_CONNECTIONS)
    user, user_id, user_name = rng.choice(_PEOPLE)
    script = rng.choice(("SELECT now();", "SHOW PROCESSLIST;", "uptime", "SELECT count(*) FROM orders;"))
    status = rng.choices(("done", "open", "ready"), (92, 6, 2))[0]
    done = status == "done"
    verb = rng.choice(("exec", "exec", "connect"))
    size = rng.randrange(10, 4000) if done else 0
    review_status = rng.choices((None, "APPROVED", "EXECUTED", "REJECTED", "PENDING"), (80, 5, 8, 3, 4))[0]
    session = {
        **default,
        "id": fake_uuid(rng),
        "script": {"data": script if verb == "exec" else ""},
        "script_size": len(script) if verb == "exec" else 0,
        "metadata": None,
        "metrics": {**default["metrics"], "event_size": size} if done else None,
        "user": user,
        "user_id": user_id,
        "user_name": user_name,
        "type": kind,
        "connection_subtype": subtype,
        "connection": connection,
        "resource_name": connection,
        "role_name": connection,
        "review": _review(rng, review_status, moment) if review_status else None,
        "verb": verb,
        "status": status,
        "exit_code": rng.choices((0, 1, 254), (90, 6, 4))[0] if done else None,
        "event_size": size,
        "start_date": format_time(moment),
        "end_date": format_time(moment + rng.randrange(1, 900) * 1000000) if done else None,
        "identity_type": "machine" if user == "etl_nightly" else "user",
    }
    if rng.random() < 0.1:
        session["session_batch_id"] = f"batch-{rng.randrange(20):03d}"
    if rng.random() < 0.1:
        session["correlation_id"] = f"awx-job-{rng.randrange(90000, 90050)}"
    if rng.random() < 0.1:
        session["integrations_metadata"] = {"jira_issue_key": f"OPS-{rng.randrange(4000, 4100)}"}
    recorded = None if status == "ready" or review_status == "PENDING" else "generated"
    return session, {"name": None, "events": recorded, "wire": False, "shown": None}


def _review(rng: random.Random, status: str, moment: int) -> dict[str, Any]:
    decided = status in ("APPROVED", "EXECUTED", "REJECTED")
    group_status = {"EXECUTED": "APPROVED"}.get(status, status)
    reviewer = {"id": "auth0|77aa01", "name": "Li Wei", "email": "li.wei@example.com", "slack_id": ""}
    group = {
        "id": fake_uuid(rng),
        "group": rng.choice(("dba", "security")),
        "status": group_status,
        "reviewed_by": reviewer if decided else None,
        "review_date": format_time((moment // 1000 + 60000) * 1000) if decided else None,
        "forced_review": False,
    }
    return {
        "id": fake_uuid(rng),
        "type": "onetime",
        "access_duration": 0,
        "status": status,
        "revoke_at": None,
        "created_at": format_time(moment // 1000 * 1000),
        "review_groups_data": [group],
        "time_window": None,
        "access_request_rule_name": "prod-write",
        "min_approvals": 1,
        "force_approval_groups": None,
    }


def _make_events(record: Record) -> list[Any]:
    """What a command was given is an event, too, and how it failed is the last one."""
    rng = maker("hoop", "events", record.id)
    session = record.data["session"]
    script, code = (session.get("script") or {}).get("data"), session.get("exit_code")
    events = [[0.017, "i", base64.b64encode(script.encode()).decode()]] if script else []
    clock = 0.02
    for number in range(rng.randrange(1, 6)):
        clock += rng.random() * 3
        text = f"line {number} of {record.id[:8]}: né\t{rng.randrange(10**6)}\n"
        events.append([round(clock, 9), "o", base64.b64encode(text.encode()).decode()])
    if session.get("verb") == "exec" and code:
        events.append([round(clock, 9), "e", base64.b64encode(b"exit status %d" % code).decode()])
    return events


#: Cut anywhere, this is what terminals show: colours, a bell, NUL, characters of two, three and four bytes.
_SCREEN = "\x1b[32mok\x1b[0m\x07 né € \U0001f600\x00\r\n".encode()
_EVENT_SIZE = 32 * 1024


@lru_cache
def _screens() -> tuple[list[bytes], list[str]]:
    """What a large event shows, from each place on: its bytes, and as they are in the event."""
    turns = [_SCREEN[at:] + _SCREEN[:at] for at in range(len(_SCREEN))]
    whole = [(turn * (_EVENT_SIZE // len(turn) + 1))[:_EVENT_SIZE] for turn in turns]
    return whole, [base64.b64encode(content).decode() for content in whole]


def _enlarge(record: Record, size: int) -> None:
    """Make a session one with a recording of `size` bytes; events with the same content are one object."""
    whole, encoded = _screens()
    events: list[Any] = []
    for at in range(0, size, _EVENT_SIZE):
        turn, number = at % len(_SCREEN), at // _EVENT_SIZE
        last = size - at < _EVENT_SIZE
        text = base64.b64encode(whole[turn][: size - at]).decode() if last else encoded[turn]
        events.append([number / 100, "o", text])
    record.data["events"] = events
    session = record.data["session"]
    session.update(
        type="application", connection_subtype="ssh", verb="connect", status="done", review=None, exit_code=0,
        end_date=session["end_date"] or session["start_date"], event_size=sum(len(event[2]) + 20 for event in events),
    )
