# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a record: keys in snake_case, a readable twin for each numeric time, and its scope."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from .._base.strict_json import MAX_LEVELS, to_json
from .._base.times import to_iso

Row = dict[str, Any]

_WORD_STARTS = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
#: The most fields that are cached: more than any document has, for sources that invent field names.
_MOST_KEYS = 4096
#: The most kinds of rows that are cached, by their fields, and the most fields of one.
_MOST_LAYOUTS, _MOST_NAMES = 256, 100
#: The types of values that hold no others.
_SCALARS = frozenset((str, int, float, bool, type(None)))


def to_snake_case(name: str) -> str:
    """Return a name in snake_case: C(createdTimestamp) as C(created_timestamp), C(instanceID) as C(instance_id)."""
    return re.sub(_WORD_STARTS, "_", name).replace("-", "_").lower()


def dig(data: Any, path: tuple[str, ...]) -> Any:
    """Return what is at a path of names; null if it isn't there."""
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data


class _Layout(NamedTuple):
    """What the records of rows with the same fields have in common."""

    #: Their keys, in the order of the fields.
    keys: tuple[str, ...]
    #: The fields that are times: the field, the key of its readable twin, and its unit.
    times: tuple[tuple[str, str, str], ...]
    #: Whether two fields would have the same key.
    collides: bool


class Shape:
    """The shape of one endpoint's records. Values stay as the source returned them."""

    def __init__(self, times: Mapping[str, str] | None = None, opaque: Collection[str] = ()) -> None:
        """Prepare to shape records.

        :param times: the unit of each field that is a numeric time, by the source's own name, at any depth.
        :param opaque: fields that are maps with keys of the user; their content is not changed.
        """
        self._times = times or {}
        self._opaque = frozenset(opaque)
        self._keys: dict[str, str] = {}
        self._layouts: dict[tuple[str, ...], _Layout] = {}

    @property
    def maps(self) -> list[str]:
        """Return the fields of records that are maps with keys of the user."""
        return sorted(map(to_snake_case, self._opaque))

    def apply(self, row: Mapping[str, Any], scope: Mapping[str, Any], odd: list[str] | None = None) -> dict[str, Any]:
        """Return a record with its scope.

        :param odd: a list that gets the names of fields that are nested too deeply, and were returned as text.
        """
        record = self._apply(row, 1, [] if odd is None else odd)
        record.update(scope)
        return record

    def _apply(self, row: Mapping[str, Any], level: int, odd: list[str]) -> dict[str, Any]:
        names = tuple(row)
        layout = self._layouts.get(names) or self._lay_out(names)
        if layout.collides:
            return self._apply_with_own_names(row, level, odd)
        record: dict[str, Any] = dict(zip(layout.keys, row.values()))
        if not _SCALARS.issuperset(map(type, row.values())):
            for name, key, value in zip(names, layout.keys, row.values()):
                if isinstance(value, (dict, list)):
                    record[key] = self._apply_field(value, level + 1, name, odd)
        for name, key, unit in layout.times:
            value = row[name]
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                text = to_iso(value, unit)
                if text is not None:
                    record.setdefault(key, text)
        return record

    def _apply_field(self, value: Any, level: int, name: str, odd: list[str]) -> Any:
        if name not in self._opaque:
            return self._apply_inner(value, level, name, odd)
        return _limit_depth(value, level, name, odd) if _is_deep(value, MAX_LEVELS - level + 1) else value

    def _apply_with_own_names(self, row: Mapping[str, Any], level: int, odd: list[str]) -> dict[str, Any]:
        """Return a record in which fields whose names would become equal keep their own spelling."""
        names: dict[str, list[str]] = {}
        for name in row:
            names.setdefault(to_snake_case(name), []).append(name)
        record: dict[str, Any] = {}
        for name, value in row.items():
            alone = self._apply({name: value}, level, odd)
            key = to_snake_case(name)
            shown = name if len(names[key]) > 1 else key
            record[shown] = alone.pop(key)
            # A readable twin gives way to a field of its name.
            if alone and shown + "_iso" not in row:
                record.setdefault(shown + "_iso", alone[key + "_iso"])
        return record

    def _lay_out(self, names: tuple[str, ...]) -> _Layout:
        """Return the layout of rows with these fields; cached, because most rows have the same fields."""
        keys = tuple(self._keys.get(name) or self._make_key(name) for name in names)
        times = tuple((name, key + "_iso", self._times[name]) for name, key in zip(names, keys) if name in self._times)
        layout = _Layout(keys, times, len(set(keys)) != len(keys))
        if len(self._layouts) < _MOST_LAYOUTS and len(names) <= _MOST_NAMES:
            self._layouts[names] = layout
        return layout

    def _make_key(self, name: str) -> str:
        key = to_snake_case(name)
        if len(self._keys) < _MOST_KEYS:
            self._keys[name] = key
        return key

    def _apply_inner(self, value: Any, level: int, name: str, odd: list[str]) -> Any:
        if not isinstance(value, (dict, list)):
            return value
        if level > MAX_LEVELS:
            odd.append(name)
            return to_json(value)
        if isinstance(value, dict):
            return self._apply(value, level, odd)
        return [self._apply_inner(each, level + 1, name, odd) for each in value]


def _is_deep(value: Any, levels: int) -> bool:
    """Return whether a value has containers at more than C(levels) levels."""
    inner = [value]
    for _level in range(levels):
        inner = [
            each for one in inner for each in (one.values() if isinstance(one, dict) else one) if isinstance(each, (dict, list))
        ]
        if not inner:
            return False
    return True


def _limit_depth(value: Any, level: int, name: str, odd: list[str]) -> Any:
    """Return a value with its keys, and with text in place of what is nested too deeply."""
    if not isinstance(value, (dict, list)):
        return value
    if level > MAX_LEVELS:
        odd.append(name)
        return to_json(value)
    if isinstance(value, dict):
        return {key: _limit_depth(each, level + 1, name, odd) for key, each in value.items()}
    return [_limit_depth(each, level + 1, name, odd) for each in value]
