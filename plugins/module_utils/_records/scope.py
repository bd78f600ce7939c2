# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write and read scopes and views as texts: where records are, and which part of them a viewer can see.

A text is C(name=value), joined by commas, in the order of the dictionary. Different dictionaries have different texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from .canonical import write_canonical

#: The whole scope: a viewer who sees all of it, no filter.
FULL_VIEW = ""
#: The states of a scope: it is read, or it is no longer waited for.
ACTIVE, RETIRED = "active", "retired"
#: The account of somebody who names none.
DEFAULT_ACCOUNT = "default"
#: Characters that would end a value, or be invisible in the text.
_AMBIGUOUS = re.compile("[%,=\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def write_scope(scope: Mapping[str, Any]) -> str:
    """Return a scope, or a view, as a unique text for people to read.

    It is C(name=value), joined by commas, in the order of the source. Ambiguous characters in a value are
    percent-encoded.
    """
    return ",".join("%s=%s" % (name, _escape(value)) for name, value in scope.items())


def _escape(value: Any) -> str:
    text = value if isinstance(value, str) else write_canonical(value)
    text = _AMBIGUOUS.sub(_percent_encode, text)
    bare = text.strip(" ")
    before = len(text) - len(text.lstrip(" "))
    return "%20" * before + bare + "%20" * (len(text) - before - len(bare))


def _percent_encode(found: re.Match[str]) -> str:
    return "".join("%%%02X" % byte for byte in found[0].encode("utf-8", "surrogatepass"))


def read_scope(text: str) -> dict[str, str]:
    """Return the dictionary of a text. Values other than texts stay JSON."""
    parts = (part.partition("=") for part in text.split(",") if part)
    return {name: unquote(value, errors="surrogatepass") for name, _equals, value in parts}
