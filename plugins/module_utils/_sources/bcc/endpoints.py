# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declare the endpoints of Baidu Cloud Assistant's action runs (API document: Historical records)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._base.errors import OptionError
from ..._base.options import Settings, instant, text, texts
from ..._fetch.endpoint import Connection, Endpoint, Follow, Source, Values
from ..._fetch.time_filter import TimeFilter
from ..._paging.styles import PageNumber
from ..._records.scope import DEFAULT_ACCOUNT
from ..._records.shape import Row, Shape
from .connection import OPTIONS, check_envelope, connect, place_of

_TYPES = ("COMMAND", "FILE_UPLOAD")
#: The states that the source can filter by, one at a time.
_FILTERABLE = ("FAILED", "RUNNING", "SUCCESS")
_STATES = (*_FILTERABLE, "PARTIAL_FAILED", "PENDING")

_SHAPE = Shape(
    times=dict.fromkeys(("createdTimestamp", "finishedTimestamp", "updatedTimestamp"), "ms"), opaque=("execParams", "tags")
)

DETAILS = Endpoint(
    "Getting the action run",
    "/v1/ca/actionRun",
    fan_out=("id",),
    params={"id": "id", "childRunState": "child_state", "withLog": lambda values: "true" if values["with_log"] else None},
    paging=PageNumber("pageNo", "pageSize"),
    rows=("result", "children"),
    total=("result", "totalCount"),
    record=("result",),
    nest="children",
    echoes=True,
    requires=("id",),
    choice_filters=("child_state",),
    shape=_SHAPE,
    check=check_envelope,
)


def _children_of(run: Row, values: Values) -> Follow | None:
    if not isinstance(run.get("id"), str):
        return None
    return Follow(DETAILS, {"id": run["id"]}, lambda listed, details: {**listed, **details})


def _state(values: Values) -> str | None:
    """Return the state, if the source can filter by it; others are filtered here."""
    states: list[str] = values["state"] or []
    return states[0] if len(states) == 1 and states[0] in _FILTERABLE else None


def _applies(target: Values, settings: Settings) -> bool:
    """Return whether the filters can match runs of this type."""
    if target["type"] == "COMMAND":
        return not settings["filename"]
    return not (settings["name"] or settings["action_id"])


RUNS = Endpoint(
    "Listing action runs",
    "/v1/ca/actionRun/list",
    method="POST",
    fan_out=("type",),
    applies=_applies,
    params={
        "action.type": "type", "action.id": "action_id", "action.name": "name", "action.fileUpload.filename": "filename",
        "state": _state, "ascending": "ascending",
    },
    paging=PageNumber("pageNo", "pageSize"),
    rows=("result", "data"),
    total=("result", "totalCount"),
    time=TimeFilter("startTime", "endTime", "ms", field="createdTimestamp", clock="ms"),
    where={"state": ("state",)},
    text_filters=("action_id", "name", "filename"),
    choice_filters=("state",),
    changing_filters=("state",),
    shape=_SHAPE,
    check=check_envelope,
)

RUNS_WITH_CHILDREN = RUNS._replace(follow=_children_of)


def _verify(settings: Settings) -> None:
    """Check the rules between the options."""
    # start_time and end_time may be from module_defaults; they are ignored with an id.
    given = [name for name in RUNS.filters if settings[name] is not None]
    if settings["id"] and given:
        raise OptionError("%s: no filter goes with id (write id alone, or filters of the list)" % ", ".join(given))
    if not settings["id"] and not settings["children"] and (settings["child_state"] or settings["with_log"]):
        raise OptionError("child_state, with_log: only with id or children (write ids of action runs, or children: true)")


def _scope(target: Mapping[str, Any], settings: Settings, connection: Connection) -> dict[str, str]:
    account = settings.values.get("account") or DEFAULT_ACCOUNT
    named = {} if account == DEFAULT_ACCOUNT else {"account": account}
    return {**named, **place_of(connection.base), "type": target["type"]}


SOURCE = Source(
    "bcc_action_run",
    "action_runs",
    options={
        **OPTIONS,
        "id": texts(pattern=r"r-\S{1,64}", allowed="an id that begins with r-"),
        "child_state": text(choices=list(_FILTERABLE)),
        "with_log": {"type": "bool", "default": False},
        "type": texts(choices=list(_TYPES), default=list(_TYPES), order=_TYPES),
        "action_id": text(),
        "name": text(),
        "filename": text(),
        "state": texts(choices=list(_STATES)),
        "start_time": instant(),
        "end_time": instant(),
        "ascending": {"type": "bool", "default": False},
        "children": {"type": "bool", "default": False},
    },
    connect=connect,
    endpoints=(("id", DETAILS), ("children", RUNS_WITH_CHILDREN), (None, RUNS)),
    verify=_verify,
    scope=_scope,
)
