# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the options of the filters that read recordings, which Ansible does not check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_RENDERINGS = ("utf8", "base64")
_SIZES = range(1, 1001)


def check_rendering(value: Any) -> str:
    """Return how a recording that is one text was rendered.

    :raises ValueError: if it is neither of the two.
    """
    if value not in _RENDERINGS:
        raise ValueError("rendering: %r is not one of %s" % (value, ", ".join(_RENDERINGS)))
    return str(value)


def check_types(value: Any, known: Sequence[str] = ()) -> list[str]:
    """Return types of events; a single one may be given without a list.

    :param known: those that are allowed; empty if any is.
    :raises ValueError: if it is no list of texts, or has others.
    """
    types = [value] if isinstance(value, str) else value
    if not isinstance(types, (list, tuple)) or not all(isinstance(each, str) and each for each in types):
        raise ValueError("events: %r is not a list of types of events, such as ['o', 'e']" % (value,))
    for each in types:
        if known and each not in known or len(each) > 1 and set(each) <= set("ioe,"):
            raise ValueError("events: %r is not one of %s (write a list, such as ['o', 'e'])" % (each, ", ".join(known or "ioe")))
    return list(types)


def check_size(name: str, value: Any) -> int:
    """Return a number of characters.

    :raises ValueError: if it is no whole number, or out of range.
    """
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch("[0-9]{1,9}", text, re.ASCII):
        raise ValueError("%s: %r is not a whole number" % (name, value))
    if int(text) not in _SIZES:
        raise ValueError("%s: %s is out of range (%d to %d)" % (name, text, _SIZES[0], _SIZES[-1]))
    return int(text)
