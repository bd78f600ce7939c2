# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check secrets from options, the environment and files, without showing the value."""

from __future__ import annotations

#: What a header can carry; quotes around it are the shell's or a file's, and not meant.
PATTERN = "(?![\"'])[!-~](?:[ -~]*[!-~])?(?<![\"'])"
ALLOWED = "printable ASCII without line breaks, and without spaces or quotes at its ends"

#: As it is, and as it looks to who reads UTF-8 as Latin-1.
_MARKS = ("\ufeff", "\u00ef\u00bb\u00bf")


def strip_secret(value: str) -> tuple[str, list[str]]:
    """Remove what editors and C(echo) add to a secret.

    :returns: the secret, and what was removed from it, in words.
    """
    removed = []
    for mark in _MARKS:
        if value.startswith(mark):
            value = value[len(mark) :]
            removed.append("a byte order mark")
    bare = value.rstrip("\r\n")
    if bare != value:
        removed.append("the line break at its end")
    return bare, removed
