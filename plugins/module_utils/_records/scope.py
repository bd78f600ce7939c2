# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scopes and views as texts: where records live, and what somebody could see of that.

A text is C(name=value), joined by commas, in the order of the dictionary. No two different dictionaries have the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from .canonical import canonical

#: Everything of a scope: no viewer who sees less, no filter.
FULL_VIEW = ""
_ESCAPED = re.compile("[%,=\x00-\x1f\x7f]|^ | $")


def scope_text(scope: Mapping[str, Any]) -> str:
    """Return a scope or a view as one text.

    :param scope: texts; anything else stands as its canonical JSON.
    """
    return ",".join("%s=%s" % (name, _escape(value if isinstance(value, str) else canonical(value))) for name, value in scope.items())


def read_scope(text: str) -> dict[str, str]:
    """Return the dictionary of a text. Values that were no texts stay JSON."""
    parts = (part.partition("=") for part in text.split(",") if part)
    return {name: unquote(value) for name, _equals, value in parts}


def _escape(value: str) -> str:
    return _ESCAPED.sub(lambda match: "%%%02X" % ord(match[0]), value)
