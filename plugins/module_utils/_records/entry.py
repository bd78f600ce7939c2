# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store keeps of a record beside the record itself, in the same words for all sources."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from .._base import times
from .._base.redaction import MASK
from .shape import Row

SUCCESS = "success"
FAILURE = "failure"
KILLED = "killed"
BLOCKED = "blocked"
#: Nothing runs yet: it waits for a review, or for its turn.
WAITING = "waiting"
RUNNING = "running"
UNKNOWN = "unknown"
#: Not over yet: it will be looked at again.
OPEN = (WAITING, RUNNING)

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ENCODE = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


class Entry(NamedTuple):
    """The columns that can be compared; null is what the source doesn't tell. Times are milliseconds since the epoch."""

    record_id: Any
    kind: str | None = None
    state: str | None = None
    outcome: str = UNKNOWN
    started_at: int | None = None
    ended_at: int | None = None
    actor: str | None = None
    target: str | None = None
    summary: str | None = None


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


def cleaned(record: Row, secrets: Collection[str]) -> tuple[Row, str]:
    """A record without secrets of the task, and its canonical text: a source may repeat what it was sent."""
    text = canonical(record)
    for secret in secrets:
        if secret in text:
            record = _masked(record, sorted(secrets, key=len, reverse=True))
            text = canonical(record)
            break
    return record, text if text.isascii() else text.encode("utf-8", "replace").decode()


def _masked(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, dict):
        return {name: _masked(each, secrets) for name, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, secrets) for each in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
    return value


def combined(old: Any, new: Any) -> Any:
    """A record as it is now, with what only an earlier look told.

    Lists and details tell different things of one record, and so do tasks with different options: a
    field that is absent now, or null, has not become unknown.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{name: combined(old.get(name), value) for name, value in new.items()}}
    return old if new is None else new


def instant(value: Any, unit: str = "ms") -> int | None:
    """A source's time; null if it is none that can be read.

    :param unit: C(s) or C(ms), of a number; a text is ISO 8601.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        # Compared before it is multiplied: a float may become infinite by that.
        if abs(value) >= 2**52:
            return None
        return int(value * 1000) if unit == "s" else int(value)
    try:
        return times.parse_iso(value)
    except (TypeError, ValueError):
        return None
