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
#: What would end a value in the text of a scope, or be invisible in it.
_AMBIGUOUS = re.compile("[%,=\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def scope_text(scope: Mapping[str, Any]) -> str:
    """Write a scope, or a view, as one text that no other has; people read it, too.

    It is C(name=value), joined by commas, in the order of the source. What could be taken for more than a value in it is
    percent-escaped.
    """
    return ",".join("%s=%s" % (name, _escaped(value)) for name, value in scope.items())


def _escaped(value: Any) -> str:
    text = value if isinstance(value, str) else canonical(value)
    text = _AMBIGUOUS.sub(_percent, text)
    bare = text.strip(" ")
    before = len(text) - len(text.lstrip(" "))
    return "%20" * before + bare + "%20" * (len(text) - before - len(bare))


def _percent(found: re.Match[str]) -> str:
    return "".join("%%%02X" % byte for byte in found[0].encode("utf-8", "surrogatepass"))


def read_scope(text: str) -> dict[str, str]:
    """Return the dictionary of a text. Values that were no texts stay JSON."""
    parts = (part.partition("=") for part in text.split(",") if part)
    return {name: unquote(value, errors="surrogatepass") for name, _equals, value in parts}
