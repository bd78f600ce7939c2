# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps secrets out of every text that leaves this collection."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "********"

#: Texts of a source that carry a secret nobody registered: signatures it echoes, links with their query.
_PATTERNS = (
    (r"(?i)(signature=)[0-9a-f]{16,}", r"\1" + MASK),
    (r"bce-auth-v1/\S+", "bce-auth-v1/" + MASK),
    (r"(https?://[^\s?#\"'<>]+)[?#][^\s\"'<>]*", r"\1?" + MASK),
    (r"(https?://)[^\s/@\"'<>]+@", r"\1" + MASK + "@"),
)
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+"
_LONGEST = 400


class Redactor:
    """Knows every secret of a task, those found on the way too."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        self.secrets: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str | None) -> None:
        """Mask this from now on, as it is and as it looks in a URL or in JSON."""
        if secret:
            for text in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
                self.secrets.update((text, re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), text)))

    def line(self, text: object) -> str:
        """Any text as one short line that holds no secret."""
        result = re.sub(_CONTROL, " ", str(text)[: 64 * _LONGEST]).strip()
        for secret in sorted(self.secrets, key=len, reverse=True):
            result = result.replace(secret, MASK)
        for pattern, replacement in _PATTERNS:
            result = re.sub(pattern, replacement, result)
        return result if len(result) <= _LONGEST else result[: _LONGEST - 3] + "..."
