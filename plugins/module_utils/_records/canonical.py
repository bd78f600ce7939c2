# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records, scopes and ids as texts: one text for one value, in a form that every database keeps."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from .._base.redaction import masked
from .shape import Row

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ENCODE = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def canonical(value: Any) -> str:
    """JSON of which there is only one for one value."""
    return _ENCODE(value)


def content_hash(text: str) -> str:
    """SHA-256 of a canonical text, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def scope_text(scope: Mapping[str, Any]) -> str:
    """A scope as one text that stays the same; it is read by people, too."""
    return ",".join("%s=%s" % (name, value if isinstance(value, str) else canonical(value)) for name, value in scope.items())


def key(value: Any, longest: int) -> str:
    """An id as a key of a table: what doesn't fit is replaced by its hash."""
    text = storable(value if isinstance(value, str) else canonical(value)) or ""
    return text if len(text) <= longest else "sha256:" + content_hash(text)


def storable(text: Any, longest: int | None = None) -> str | None:
    """A text as every database can keep it: without NUL and halves of characters."""
    if not isinstance(text, str):
        return None
    if not text.isascii() or "\0" in text:
        text = _UNSTORABLE.sub("", text)
    return text if longest is None or len(text) <= longest else text[: longest - 1] + "\u2026"


def cleaned(record: Row, credentials: Collection[str]) -> tuple[Row, str]:
    """A record without the credentials of the task, and its canonical text: a source may repeat what it was sent.

    :param credentials: as the redactor knows them: those that are long enough to be looked for in records.
    """
    text = canonical(record)
    if any(secret in text for secret in credentials):
        record = masked(record, credentials)
        text = canonical(record)
    return record, text if text.isascii() else text.encode("utf-8", "replace").decode()


def combined(old: Any, new: Any) -> Any:
    """A record as it is now, with what only an earlier look told.

    Lists and details tell different things of one record, and so do tasks with different options: a
    field that is absent now, or null, has not become unknown.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{name: combined(old.get(name), value) for name, value in new.items()}}
    return old if new is None else new
