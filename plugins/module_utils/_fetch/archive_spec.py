# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an archive module: those of its info twin, less what makes no sense for it, and its own."""

from __future__ import annotations

from collections.abc import Collection

from .._base.errors import OptionError
from .._base.options import COMMON, Declaration, Settings
from .endpoint import Source

#: All is kept, and kept as it is.
_NOT_COMMON = ("max_records", "query")

OWN: dict[str, Declaration] = {
    "store": {"type": "str", "no_log": True, "env": ("OPSAUDIT_STORE",)},
    "overlap": {
        "type": "str", "default": "10m", "pattern": "[0-9]{1,9}[smhdw]", "allowed": "a number and s, m, h, d or w, such as 10m",
    },
    "return_new": {"type": "int", "default": 0, "within": (0, 10**6)},
}

_COMMON = {**{name: declaration for name, declaration in COMMON.items() if name not in _NOT_COMMON}, **OWN}


def required_store(settings: Settings, or_else: str = "") -> str:
    """The store that was given.

    :param or_else: what could be given in its place.
    :raises OptionError: if none was.
    """
    store: str | None = settings["store"]
    if not store:
        raise OptionError("store: nothing was given; allowed: a path, or the URL of a database" + or_else)
    return store


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
