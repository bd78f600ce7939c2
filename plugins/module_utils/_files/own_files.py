# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognise the files of this collection by their content, and decide which may be replaced."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress

from .._base.errors import OptionError

#: The beginning of a page: its generator names the module that made it.
PAGE_START = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="opsaudit.sessions %s">
"""
#: The name of this collection in a manifest.
COLLECTION = "opsaudit.sessions"
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
SIGNATURE = SUMS + ".sig"
REPORT = "a report of session_report"

#: The bytes of a file that are read to recognise it.
_HEAD = 4096
_DATABASE = "an SQLite database"
_SIGNED = "a signature"
_MANIFEST = "a manifest of session_export"
_SEAL = "a seal of session_seal"
_SIGNS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    (_DATABASE, re.compile(rb"SQLite format 3\x00")),
    ("the journal of an SQLite database", re.compile(rb"\x37\x7f\x06[\x82\x83]|\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")),
    (_MANIFEST, re.compile(rb'\{\s*"collection":\s*\{\s*"name":\s*"%s"' % re.escape(COLLECTION.encode()))),
    ("a list of SHA-256 checksums", re.compile(rb"(?:[0-9a-f]{64} [ *][^\n]+\n)+[^\n]*\Z")),
    (_SIGNED, re.compile(rb"-----BEGIN SSH SIGNATURE-----\n")),
    (_SEAL, re.compile(rb'\{"delta_count":\d+,"delta_sha256":"[0-9a-f]{64}","format":"opsaudit-seal/')),
    (_SEAL, re.compile(rb'\{"change":"(?:added|changed|final_changed)","content_hash":"[0-9a-f]{64}"')),
    ("a recording of an archive", re.compile(rb'\{"format":"opsaudit-recording/')),
    (REPORT, re.compile(re.escape(PAGE_START % "session_report").encode())),
)
_LINE = re.compile(rb"[0-9a-f]{64} [ *]([^\n]+)\n")

#: Raises an OptionError for a file, by its path, that must not be replaced.
Guard = Callable[[str], None]


def recognise(path: str) -> str | None:
    """Return what a file is, in words for a message; null for one that is not ours.

    :raises OSError: if it can't be read.
    """
    head = _head(path)
    for kind, sign in _SIGNS:
        if sign.match(head):
            return kind
    folder, name = os.path.split(path)
    if name in (SUMS, SIGNATURE):
        return "the file %s" % name
    base, dash, ending = path.rpartition("-")
    if dash and ending in ("wal", "shm", "journal") and _is(_DATABASE, base):
        return "a file of an SQLite database"
    number, _dot, ending = path.rpartition(".")
    if not head and ending == "jsonl" and _is(_SEAL, number + ".json"):
        return _SEAL
    return "a file of an export" if _is(_MANIFEST, os.path.join(folder, MANIFEST)) and _is_listed(folder, name) else None


def is_signature(path: str) -> bool:
    """Return whether there is a signature at a path, whatever it signs."""
    return _is(_SIGNED, path)


def is_made_by(path: str, maker: str) -> bool:
    """Return whether there is a page at a path that this module made."""
    with suppress(OSError):
        return _head(path).startswith((PAGE_START % maker).encode())
    return False


def allow_only_reports(force: bool, database: str | None) -> Guard:
    """Return a guard that allows only a report to be replaced, or any file with C(force).

    :param database: the file of an SQLite database that the report is made from; it is never replaced.
    """
    in_use = {os.path.realpath(database) + ending for ending in ("", "-wal", "-shm", "-journal")} if database else set()

    def guard(path: str) -> None:
        if os.path.realpath(path) in in_use:
            raise refusal(path, "belongs to the store that the report is made of (give another path)")
        kind = recognise(path)
        if kind != REPORT and not force:
            raise refusal(path, "is %s, not %s (give another path, or force: true to replace it)" % (kind or "another file", REPORT))

    return guard


def reject_evidence(path: str) -> None:
    """Reject the files that this collection keeps evidence in.

    :raises OptionError: if the file is one of them.
    """
    kind = recognise(path)
    if kind is not None:
        raise refusal(path, "is %s, which is never replaced (give another path)" % kind)


def refusal(path: str, why: str) -> OptionError:
    """Return the error for a file that must not be replaced."""
    return OptionError("dest: %s %s" % (repr(path)[:200], why))


def _head(path: str) -> bytes:
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return os.read(file, _HEAD)
    finally:
        os.close(file)


def _is(kind: str, path: str) -> bool:
    with suppress(OSError):
        return any(sign.match(_head(path)) for each, sign in _SIGNS if each == kind)
    return False


def _is_listed(folder: str, name: str) -> bool:
    """Return whether the checksums in a folder list this file."""
    with suppress(OSError):
        file = os.open(os.path.join(folder, SUMS), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(file, "rb") as lines:
            return any((match := _LINE.fullmatch(line)) and match[1] == os.fsencode(name) for line in lines)
    return False
