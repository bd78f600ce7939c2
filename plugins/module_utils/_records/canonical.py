# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write records and ids as texts: one text for each value, in a form that every database can store."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from typing import Any

from .._base.redaction import mask
from .shape import Row

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_PREFIXES = ("json:", "sha256:")
#: The longest text that is a key, in characters: MySQL takes 3072 bytes for all columns of a key, 4 for a character.
LONGEST_KEY = 255
_ENCODE = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def write_canonical(value: Any) -> str:
    """Return a value as canonical JSON: equal values have equal texts."""
    return _ENCODE(value)


def is_bigint(value: Any) -> bool:
    """Return whether a value is an integer that a column of 64 bits holds."""
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def hash_content(text: str) -> str:
    """Return the SHA-256 of a canonical text, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def record_key(record_id: Any) -> str:
    """Return the id of a record as a key of a table: ids that differ by type or spelling are different keys.

    A text is kept as it is. Anything else is C(json:) and its JSON. A text that is too long, has NUL, or begins like one
    of these is C(sha256:) and its hash.
    """
    if isinstance(record_id, str):
        if len(record_id) <= LONGEST_KEY and not record_id.startswith(_PREFIXES) and not _UNSTORABLE.search(record_id):
            return record_id
        return "sha256:" + hash_content(record_id)
    text = write_canonical(record_id)
    is_short = len(text) <= LONGEST_KEY - len("json:") and not _UNSTORABLE.search(text)
    return "json:" + (text if is_short else "sha256:" + hash_content(text))


def shorten_key(text: str, longest: int) -> str:
    """Return a text that is no id, such as a scope's, as a key of a table: its hash if it is too long."""
    is_short = len(text) <= longest and not text.startswith(_PREFIXES) and not _UNSTORABLE.search(text)
    return text if is_short else "sha256:" + hash_content(text)


def make_storable(text: Any, longest: int | None = None) -> str | None:
    """Return a text that every database can store: without NUL and lone surrogates."""
    if not isinstance(text, str):
        return None
    if not text.isascii() or "\0" in text:
        text = _UNSTORABLE.sub("", text)
    return text if longest is None or len(text) <= longest else text[: longest - 1] + "\u2026"


def clean(record: Row, credentials: Collection[str]) -> tuple[Row, str, bool]:
    """Return a record without the credentials of the task, its canonical text, and whether anything was masked.

    :param credentials: the secrets that were sent to the source, if they are long enough to be searched for in records.
    """
    text = write_canonical(record)
    is_masked = any(secret in text for secret in credentials)
    if is_masked:
        record = mask(record, credentials)
        text = write_canonical(record)
    return record, text if text.isascii() else text.encode("utf-8", "replace").decode(), is_masked


def combine(old: Any, new: Any) -> Any:
    """Return the newest version of a record, with fields that only an earlier version has.

    Lists, details and tasks with different options return different fields of one record. A field
    that is absent now, or null, keeps its earlier value. Parts of a
    list that have ids, such as children, are combined one by one; the newest version decides which parts there are.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{name: combine(old.get(name), value) for name, value in new.items()}}
    if isinstance(old, list) and isinstance(new, list):
        parts = {write_canonical(each["id"]): each for each in old if _is_part(each)}
        return [combine(parts.get(write_canonical(each["id"])), each) if _is_part(each) else each for each in new]
    return old if new is None else new


def _is_part(value: Any) -> bool:
    return isinstance(value, dict) and "id" in value
