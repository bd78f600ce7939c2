# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse and set the mode, owner and group of a file."""

from __future__ import annotations

import grp
import os
import pwd
import re
import stat
from collections.abc import Callable
from typing import Any, NamedTuple

from .._base.options import Declaration, invalid, text

#: The options of a module that writes files: they are those of each.
OPTIONS: dict[str, Declaration] = {"owner": text(), "group": text(), "mode": {"type": "raw", "default": "0600"}}
_ALLOWED = ("a mode", "write an octal number in quotes such as 0640, or a symbolic mode such as u=rw,g=r,o=")
_CLAUSE = "([ugoa]*)((?:[+=-][rwxXst]*)+)"
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111}
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007}
_NEW = 0o600


class Rights(NamedTuple):
    """The mode, owner and group that a file must have; null is left as it is."""

    mode: int
    uid: int | None = None
    gid: int | None = None

    def differ(self, found: os.stat_result) -> bool:
        """Return whether a file has a different mode, owner or group."""
        return (
            stat.S_IMODE(found.st_mode) != self.mode
            or self.uid not in (None, found.st_uid)
            or self.gid not in (None, found.st_gid)
        )

    @property
    def of_folders(self) -> Rights:
        """Return the rights of new folders for such files: who may read a file may enter its folder, and only the owner may write to it."""
        readers = self.mode & 0o044
        return Rights(0o700 | readers | readers >> 2, self.uid, self.gid)

    def give(self, file: int | str) -> None:
        """Set them on a file, by descriptor or path.

        :raises OSError: if that is not allowed.
        """
        if self.uid is not None or self.gid is not None:
            os.chown(file, -1 if self.uid is None else self.uid, -1 if self.gid is None else self.gid)
        # After the owner: changing the owner clears some bits.
        os.chmod(file, self.mode)


#: Is given the status of the file that is there, null if there is none, and returns the parse_rights that it must have.
RightsOf = Callable[["os.stat_result | None"], Rights]


def parse_rights(mode: Any, owner: str | None, group: str | None, found: os.stat_result | None) -> Rights:
    """Parse the options.

    :param found: the status of the file that is there; a symbolic mode changes its mode.
    :raises OptionError: if the mode is invalid, or this machine does not know the owner or group.
    """
    before = stat.S_IMODE(found.st_mode) if found else _NEW
    return Rights(_parse_mode(mode, before), _find_uid(owner), _find_gid(group))


def _parse_mode(value: Any, before: int) -> int:
    text = str(value)
    try:
        # YAML has already parsed an octal number.
        number = value if isinstance(value, int) and not isinstance(value, bool) else int(text, 8)
    except ValueError:
        return _parse_symbolic_mode(text, before)
    if not 0 <= number <= 0o7777:
        raise invalid("mode", value, *_ALLOWED)
    return number


def _parse_symbolic_mode(text: str, mode: int) -> int:
    for clause in text.split(","):
        match = re.fullmatch(_CLAUSE, clause)
        if not match:
            raise invalid("mode", text, *_ALLOWED)
        who = 0
        for letter in match[1] or "a":
            who |= 0o7777 if letter == "a" else _WHO[letter]
        for operator, letters in re.findall("([+=-])([rwxXst]*)", match[2]):
            bits = 0
            for letter in letters:
                bits |= _bits_of(letter, mode) & who
            if operator == "+":
                mode |= bits
            elif operator == "-":
                mode &= ~bits
            else:
                mode = mode & ~who | bits
    return mode


def _bits_of(letter: str, mode: int) -> int:
    if letter == "X":
        return 0o111 if mode & 0o111 else 0
    return {"s": 0o6000, "t": 0o1000}.get(letter) or _BITS[letter]


def _find_uid(owner: str | None) -> int | None:
    if owner is None or owner.isdecimal():
        return None if owner is None else int(owner)
    try:
        return pwd.getpwnam(owner).pw_uid
    except (KeyError, ValueError):
        raise invalid("owner", owner, "a user of this machine", "by name or number") from None


def _find_gid(group: str | None) -> int | None:
    if group is None or group.isdecimal():
        return None if group is None else int(group)
    try:
        return grp.getgrnam(group).gr_gid
    except (KeyError, ValueError):
        raise invalid("group", group, "a group of this machine", "by name or number") from None
