# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declare the endpoints of a hoop gateway's sessions (API documents: Get Session, and the list)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..._base.errors import OptionError, SourceError
from ..._base.options import Settings, instant, text, texts
from ..._fetch.endpoint import Connection, Endpoint, Follow, Source, Values
from ..._fetch.time_filter import TimeFilter
from ..._paging.styles import OffsetLimit
from ..._records.shape import Row, Shape
from ..hoop import connection as hoop_connection
from .identity import report_viewer
from .recording.events import is_undecodable, join_output
from .recording.state import judge_recording, warn_of_state
from .session_state import judge_state, may_be_ai_block

#: The pattern of a session's id.
UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_STREAM = "event_stream"

#: The gateway's names are in snake_case already; the keys of these maps are data.
_SHAPE = Shape(opaque=(
    "labels", "metadata", "integrations_metadata", "connection_tags", "info_types", "data_analyzer", "risk_counts",
    "outcome_counts", "tool_input", _STREAM,
))


def _finish_listed(session: Row, values: Values) -> None:
    session["session_state"] = judge_state(session)


def _finish_details(session: Row, values: Values) -> str | None:
    session["session_state"] = judge_state(session)
    session["event_stream_state"] = state = judge_recording(session) if _is_expanded(values) else "not_requested"
    return warn_of_state(session, state)


def _is_expanded(values: Values) -> bool:
    return bool(values[_STREAM]) or _STREAM in (values["expand"] or ())


def _expand(values: Values) -> list[str]:
    """Return what to expand. A rendering needs the stream: the gateway ignores the one without the other."""
    wanted = list(values["expand"] or ())
    return wanted if not values[_STREAM] or _STREAM in wanted else [_STREAM, *wanted]


def _request_raw(session: Row, values: Values) -> Follow | None:
    """Return the request for the raw recording, if the gateway cannot render it as text."""
    if not is_undecodable(session.get(_STREAM)):
        return None
    return Follow(_RAW_DETAILS, {"id": values["id"]}, _decode_raw)


def _decode_raw(rendered: Row, raw: Row) -> Row:
    return {**raw, _STREAM: [join_output(raw.get(_STREAM))]}


def _finish_decoded(session: Row, values: Values) -> str:
    session["session_state"] = judge_state(session)
    session["event_stream_state"] = "decoded_here"
    return "The gateway can't render the recording of session %s as utf8: it was decoded here." % session["id"]


DETAILS = Endpoint(
    "Getting the session",
    "/api/sessions/{id}",
    fan_out=("id",),
    params={"expand": _expand, "event_stream": _STREAM},
    record=(),
    echoes=True,
    requires=("id",),
    shape=_SHAPE,
    follow=_request_raw,
    finish=_finish_details,
)

_RAW_DETAILS = DETAILS._replace(params={"expand": _expand}, follow=None, finish=_finish_decoded)


def _request_analysis(session: Row, values: Values) -> Follow | None:
    """Return the request for a session's analysis, which lists lack, if the analysis may have blocked it."""
    session_id = session.get("id")
    if not isinstance(session_id, str) or not re.fullmatch(UUID, session_id) or not may_be_ai_block(session):
        return None
    return Follow(_ANALYSIS, {"id": session_id}, _add_analysis)


def _add_analysis(listed: Row, details: Row) -> Row:
    return {**listed, "ai_analysis": details.get("ai_analysis")}


_ANALYSIS = DETAILS._replace(doing="Getting the session's analysis", params={}, follow=None, finish=_finish_listed)


def _flag(name: str) -> Callable[[Values], int | None]:
    """Return a parameter that sends a switch as 1 or 0, if it was given."""
    return lambda values: None if values[name] is None else int(values[name])


def _rebuild_link(link: Row, values: Values) -> Row:
    """Return the link on the configured endpoint: the gateway may name another host, and drops a path prefix."""
    query = urlsplit(str(link["download_url"])).query
    if "token=" not in query:
        raise SourceError("protocol", "the answer's link can't be used")
    return {**link, "id": values["id"], "download_url": "%s/api/sessions/%s/download?%s" % (values["base"], values["id"], query)}


def _finish_link(link: Row, values: Values) -> None:
    rebuilt = _rebuild_link(link, values)
    link.clear()
    link.update({name: rebuilt.get(name) for name in ("id", "download_url", "expire_at")})


LINK = Endpoint(
    "Getting the session's link",
    "/api/sessions/{id}",
    fan_out=("id",),
    # The document's new_line is not what the gateway reads.
    params={"extension": "extension", "newline": _flag("newline"), "event-time": _flag("event_time"), "events": "events"},
    record=(),
    requires=("download_url", "expire_at"),
    finish=_finish_link,
)

SESSIONS = Endpoint(
    "Listing sessions",
    "/api/sessions",
    params={
        "user": "user_id", "connection": "connection", "type": "type", "review.status": "review_status",
        "review.approver": "review_approver", "jira_issue_key": "jira_issue_key", "batch_id": "batch_id",
        "correlation_id": "correlation_id", "count": lambda values: "capped",
    },
    paging=OffsetLimit(max_offset=10_000),
    rows=("data",),
    total=("total",),
    capped=("total_is_capped",),
    # The gateway drops fractions of a second, and ignores an end without a start.
    time=TimeFilter("start_date", "end_date", "rfc3339", field="start_date", since=0),
    slide=("end_date", "start_date"),
    # The gateway's filters are patterns, in which _ and % stand for anything.
    where={
        "user_id": ("user_id",), "user_email": ("user",), "connection": ("connection",), "type": ("type",), "review_status": ("review", "status"),
    },
    text_filters=(
        "user", "connection", "type", "review_approver", "jira_issue_key", "batch_id", "correlation_id",
    ),
    choice_filters=("review_status",),
    changing_filters=("review_status", "review_approver", "jira_issue_key"),
    shape=_SHAPE,
    follow=_request_analysis,
    newest_first="start_date",
    finish=_finish_listed,
)

_LINK_OPTIONS = ("newline", "event_time", "events")


def _verify(settings: Settings) -> None:
    """Check the rules between the options."""

    def given(names: tuple[str, ...]) -> str:
        return ", ".join(name for name in names if settings[name] is not None)

    details = ("expand", _STREAM, "extension")
    if settings["id"]:
        # start_time and end_time may be from module_defaults; they are ignored with an id.
        if given(SESSIONS.filters):
            raise OptionError("%s: no filter goes with id (write id alone, or filters of the list)" % given(SESSIONS.filters))
    elif given(details):
        raise OptionError("%s: only with id (write the ids of the sessions)" % given(details))
    if settings["extension"] and given(details[:2]):
        raise OptionError("extension: excludes %s (write one of them)" % given(details[:2]))
    if not settings["extension"] and given(_LINK_OPTIONS):
        raise OptionError("%s: only with extension" % given(_LINK_OPTIONS))


def _scope(target: Mapping[str, Any], settings: Settings, connection: Connection) -> dict[str, str]:
    return {"org": connection.values["org"]}


SOURCE = Source(
    "hoop_session",
    "sessions",
    options={
        **hoop_connection.OPTIONS,
        "id": texts(pattern=UUID, allowed="a UUID"),
        "user": text(),
        "connection": text(),
        "type": text(),
        "review_status": text(
            choices=["PENDING", "APPROVED", "REJECTED", "REVOKED", "PROCESSING", "EXECUTED", "UNKNOWN"]
        ),
        "review_approver": text(),
        "jira_issue_key": texts(no_log=False, pattern="[^,]+", allowed="a key without commas"),
        "batch_id": text(),
        "correlation_id": text(),
        "start_time": instant(),
        "end_time": instant(),
        "expand": texts(choices=[_STREAM, "session_input"]),
        _STREAM: text(choices=["utf8", "base64", "raw-queries"]),
        "extension": text(pattern="[A-Za-z0-9]{1,16}", allowed="1 to 16 letters and digits"),
        "newline": {"type": "bool"},
        "event_time": {"type": "bool"},
        "events": texts(choices=["i", "o", "e"]),
    },
    connect=hoop_connection.connect,
    endpoints=(("extension", LINK), ("id", DETAILS), (None, SESSIONS)),
    verify=_verify,
    other_keys={"extension": "downloads"},
    report_viewer=report_viewer,
    scope=_scope,
)
