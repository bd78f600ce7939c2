# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an archive module: those of its info twin, less what makes no sense for it, and its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from .._base.options import COMMON, STORE, Declaration, Settings
from .._records.entry import Entry
from .._records.shape import Row
from .endpoint import Connection, Source

#: All is kept, and kept as it is.
_NOT_COMMON = ("max_records", "query")

OWN: dict[str, Declaration] = {
    "store": STORE,
    "overlap": {
        "type": "str", "default": "10m", "pattern": "[0-9]{1,9}[smhdw]", "allowed": "a duration such as 10m (a number and s, m, h, d or w)",
    },
    "return_new": {"type": "int", "default": 0, "within": (0, 10**6)},
}

_COMMON = {**{name: declaration for name, declaration in COMMON.items() if name not in _NOT_COMMON}, **OWN}


class Archive(NamedTuple):
    """What one archive module keeps, and how; what the gate can look for in it."""

    #: What is fetched, with the options of the archive module.
    source: Source
    #: What makes a record's id one of its kind, for a listing's target.
    scope: Callable[[Mapping[str, Any], Settings, Connection], dict[str, str]]
    #: Options that leave out records: what was proven complete with them was so for the rest only.
    filters: tuple[str, ...]
    entry: Callable[[Row], Entry]
    #: What can become of a record, beside C(running) and C(unknown).
    outcomes: tuple[str, ...]
    #: Conditions of the gate that only this source knows, by name: whether a row of the store meets it.
    conditions: Mapping[str, Callable[[Row], bool]] = {}


def archived(source: Source, without: Collection[str] = ()) -> Source:
    """A source as an archive module asks it: its lists, all of them.

    :param without: options of the info module that this one has not.
    """
    left_out = {name: declaration for name, declaration in source.options.items() if name in without}
    left_out.update((name, COMMON[name]) for name in _NOT_COMMON)
    return source._replace(
        options={name: declaration for name, declaration in source.options.items() if name not in without},
        endpoints=tuple(each for each in source.endpoints if each[0] not in without),
        common=_COMMON,
        fixed={name: declaration.get("default") for name, declaration in left_out.items()},
    )
