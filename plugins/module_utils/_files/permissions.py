# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may read a file: mode, owner and group, as options name them."""

from __future__ import annotations

import grp
import os
import pwd
import re
import stat
from typing import Any, NamedTuple

from .._base.options import Declaration, invalid, text

#: The options of a module that writes one file.
OPTIONS: dict[str, Declaration] = {"owner": text(), "group": text(), "mode": {"type": "raw", "default": "0600"}}
_ALLOWED = ("a mode", "write an octal number in quotes such as 0640, or a symbolic mode such as u=rw,g=r,o=")
_CLAUSE = "([ugoa]*)((?:[+=-][rwxXst]*)+)"
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111}
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007}
_NEW = 0o600


class Rights(NamedTuple):
    """What a file is to have; null for what is left as it comes."""

    mode: int
    uid: int | None = None
    gid: int | None = None

    def differ(self, found: os.stat_result) -> bool:
        """Whether a file has others."""
        return (
            stat.S_IMODE(found.st_mode) != self.mode
            or self.uid not in (None, found.st_uid)
            or self.gid not in (None, found.st_gid)
        )

    def give(self, file: int | str) -> None:
        """Give them to a file, by descriptor or path.

        :raises OSError: if that is not allowed.
        """
        if self.uid is not None or self.gid is not None:
            os.chown(file, -1 if self.uid is None else self.uid, -1 if self.gid is None else self.gid)
        # After the owner: changing that takes some bits away.
        os.chmod(file, self.mode)


def rights(mode: Any, owner: str | None, group: str | None, found: os.stat_result | None) -> Rights:
    """Parse the options.

    :param found: of the file that is there; a symbolic mode refers to it.
    :raises OptionError: for no mode, or a name that this machine doesn't know.
    """
    before = stat.S_IMODE(found.st_mode) if found else _NEW
    return Rights(_mode(mode, before), _uid(owner), _gid(group))


def _mode(value: Any, before: int) -> int:
    text = str(value)
    try:
        # YAML has made a number of an octal one already.
        number = value if isinstance(value, int) and not isinstance(value, bool) else int(text, 8)
    except ValueError:
        return _symbolic(text, before)
    if not 0 <= number <= 0o7777:
        raise invalid("mode", value, *_ALLOWED)
    return number


def _symbolic(text: str, mode: int) -> int:
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
                bits |= _bits(letter, mode) & who
            if operator == "+":
                mode |= bits
            elif operator == "-":
                mode &= ~bits
            else:
                mode = mode & ~who | bits
    return mode


def _bits(letter: str, mode: int) -> int:
    if letter == "X":
        return 0o111 if mode & 0o111 else 0
    return {"s": 0o6000, "t": 0o1000}.get(letter) or _BITS[letter]


def _uid(owner: str | None) -> int | None:
    if owner is None or owner.isdecimal():
        return None if owner is None else int(owner)
    try:
        return pwd.getpwnam(owner).pw_uid
    except (KeyError, ValueError):
        raise invalid("owner", owner, "a user of this machine", "by name or number") from None


def _gid(group: str | None) -> int | None:
    if group is None or group.isdecimal():
        return None if group is None else int(group)
    try:
        return grp.getgrnam(group).gr_gid
    except (KeyError, ValueError):
        raise invalid("group", group, "a group of this machine", "by name or number") from None
