# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of Cloud Assistant's list call, read strictly."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ..records import Record

_KEYS = ("action", "pageNo", "pageSize", "ascending", "state", "runId", "startTime", "endTime", "sort")
_ACTION_KEYS = ("type", "id", "name", "command", "fileUpload")
_COMMAND_KEYS = ("scope", "name", "type", "content")
_STATES = ("FAILED", "RUNNING", "SUCCESS")
#: Below this a time can only be seconds.
_LEAST_MILLISECONDS = 10**11


class Inappropriate(Exception):
    """A body that is no JSON (MalformedJSON), or JSON that does not fit the call (InappropriateJSON)."""

    def __init__(self, message: str, code: str = "InappropriateJSON"):
        super().__init__(message)
        self.code = code


@dataclass
class RunFilter:
    """What was asked for."""

    kind: str
    page_no: int
    page_size: int
    ascending: bool = False
    conditions: dict[str, Any] = field(default_factory=dict)

    @property
    def window(self) -> tuple[int | None, int | None]:
        return self.conditions.get("startTime"), self.conditions.get("endTime")

    def fits(self, row: Record) -> bool:
        run, wanted = row.data, self.conditions
        action = run["action"]
        command = action.get("command", {})
        start, end = self.window
        return (
            (start is None or row.time >= start)
            and (end is None or row.time <= end)
            and wanted.get("state") in (None, run["state"])
            and wanted.get("runId") in (None, row.id)
            and wanted.get("id") in (None, action.get("id"))
            and wanted.get("name", "") in action.get("name", "")
            and wanted.get("filename", "") in action.get("fileUpload", {}).get("filename", "")
            and all(wanted["command"][key] == command.get(key) for key in wanted.get("command", ()))
        )


def read_filter(body: bytes, lenient: bool = False) -> RunFilter:
    """The filter of a body, or Inappropriate. `lenient` bears with nulls and unknown keys, as the real service does."""
    try:
        asked = json.loads(body)
    except ValueError:
        raise Inappropriate("The JSON you provided was not well-formed.", "MalformedJSON") from None
    if not isinstance(asked, dict):
        raise Inappropriate("The body must be a JSON object.")
    if lenient:
        asked = {key: value for key, value in asked.items() if key in _KEYS and value not in (None, "")}
        action = asked.get("action")
        if isinstance(action, dict):
            asked["action"] = {key: value for key, value in action.items() if value not in (None, "")}
    _known(asked, _KEYS, "")
    action = asked.get("action")
    if not isinstance(action, dict):
        raise Inappropriate("action is required and is an object.")
    _known(action, _ACTION_KEYS, "action.")
    kind = action.get("type")
    if kind not in ("COMMAND", "FILE_UPLOAD"):
        raise Inappropriate("action.type is required and is COMMAND or FILE_UPLOAD.")
    found = RunFilter(kind, _whole(asked, "pageNo", 1), _whole(asked, "pageSize", 1, 100))
    found.conditions = {**_run_conditions(asked), **_action_conditions(action, kind)}
    ascending = asked.get("ascending", False)
    if not isinstance(ascending, bool):
        raise Inappropriate("ascending is a boolean.")
    found.ascending = ascending
    return found


def _run_conditions(asked: dict[str, Any]) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    if "state" in asked:
        if asked["state"] not in _STATES:
            raise Inappropriate(f"state is one of {', '.join(_STATES)}.")
        conditions["state"] = asked["state"]
    if "runId" in asked:
        conditions["runId"] = _text(asked, "runId")
    if asked.get("sort", "createTime") != "createTime":
        raise Inappropriate("sort is createTime.")
    for name in ("startTime", "endTime"):
        if name in asked:
            conditions[name] = _whole(asked, name, _LEAST_MILLISECONDS)
    if conditions.get("startTime", 0) > conditions.get("endTime", 10**18):
        raise Inappropriate("startTime is later than endTime.")
    return conditions


def _action_conditions(action: dict[str, Any], kind: str) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    for name in ("id", "name", "command"):
        if name in action and kind != "COMMAND":
            raise Inappropriate(f"action.{name} is valid only for COMMAND.")
    for name in ("id", "name"):
        if name in action:
            conditions[name] = _text(action, name)
    if "command" in action:
        if not isinstance(action["command"], dict):
            raise Inappropriate("action.command is an object.")
        _known(action["command"], _COMMAND_KEYS, "action.command.")
        conditions["command"] = action["command"]
    if "fileUpload" in action:
        upload = action["fileUpload"]
        if kind != "FILE_UPLOAD" or not isinstance(upload, dict):
            raise Inappropriate("action.fileUpload is an object, and valid only for FILE_UPLOAD.")
        _known(upload, ("filename",), "action.fileUpload.")
        conditions["filename"] = _text(upload, "filename")
    return conditions


def _known(asked: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    unknown = sorted(set(asked) - set(keys))
    if unknown:
        raise Inappropriate(f"Unknown key {where}{unknown[0]}.")


def _whole(asked: dict[str, Any], name: str, low: int, high: int | None = None) -> int:
    value = asked.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Inappropriate(f"{name} must be an integer.")
    if value < low or (high is not None and value > high):
        raise Inappropriate(f"{name} is out of range.")
    return value


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value:
        raise Inappropriate(f"{name} must be a text.")
    return value
