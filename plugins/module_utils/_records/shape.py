# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a record: keys in snake_case, a readable twin for each numeric time, and its scope."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from .._base.times import to_iso

Row = dict[str, Any]

_WORD_STARTS = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"


#: More different fields than any document has: a source that makes them up is not remembered.
_MOST_PLANS = 4096


def snake_case(name: str) -> str:
    """C(createdTimestamp) as C(created_timestamp), C(instanceID) as C(instance_id)."""
    return re.sub(_WORD_STARTS, "_", name).replace("-", "_").lower()


def dig(data: Any, path: tuple[str, ...]) -> Any:
    """Return what is at a path of names; null if it isn't there."""
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data


class Shape:
    """How the records of one endpoint are shaped. Values stay as the source gave them."""

    def __init__(self, times: Mapping[str, str] | None = None, opaque: Collection[str] = ()) -> None:
        """:param times: fields (of the source's own name, at any depth) that are numeric times, and their unit.

        :param opaque: fields that are maps with the user's own keys; what is in them is left alone.
        """
        self._times = times or {}
        self._opaque = frozenset(opaque)
        self._plans: dict[str, tuple[str, str | None, bool]] = {}

    def apply(self, row: Mapping[str, Any], scope: Mapping[str, Any]) -> dict[str, Any]:
        """A record with its scope."""
        record = self._shaped(row)
        record.update(scope)
        return record

    def _shaped(self, row: Mapping[str, Any]) -> dict[str, Any]:
        record: dict[str, Any] = {}
        readable: dict[str, str] = {}
        for name, value in row.items():
            key, unit, opaque = self._plans.get(name) or self._plan(name)
            # A field that has the name already wins over one that only gets it.
            if key != name and key in row:
                key = name
            if isinstance(value, (dict, list)):
                value = value if opaque else self._inner(value)
            elif unit is not None and isinstance(value, (int, float)) and not isinstance(value, bool):
                text = to_iso(value, unit)
                if text is not None:
                    readable[key + "_iso"] = text
            record[key] = value
        for key, text in readable.items():
            record.setdefault(key, text)
        return record

    def _plan(self, name: str) -> tuple[str, str | None, bool]:
        """What to do with a field; the rows of an endpoint have the same ones over and over."""
        plan = (snake_case(name), self._times.get(name), name in self._opaque)
        if len(self._plans) < _MOST_PLANS:
            self._plans[name] = plan
        return plan

    def _inner(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._shaped(value)
        if isinstance(value, list):
            return [self._inner(each) for each in value]
        return value
