# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks an export against its own checksums. Needs no database."""

from __future__ import annotations

import os
from typing import Any

from .._base.errors import OptionError, SourceError
from .._base.options import invalid
from .._base.redaction import Redactor
from .._files.own_files import SUMS
from .folder import place_in, read
from .manifest import DATA, MANIFEST, read_manifest, read_sums

#: So many files are named in one line.
_NAMED = 10


def verify(dest: str, redactor: Redactor) -> dict[str, Any]:
    """What a task returns that checks an export: as a failure, if anything is not as its checksums say.

    :raises OptionError: if there is no such folder.
    :raises SourceError: (file) if it can't be read.
    """
    if not os.path.isabs(dest) or "\0" in dest or not os.path.isdir(dest):
        raise invalid("dest", dest, "the absolute path of a folder that holds an export")
    checksums, problems = _checksums(dest)
    if checksums:
        for name in (MANIFEST, *DATA):
            _check(dest, name, checksums, problems)
    manifest = read_manifest(read(dest, MANIFEST) or b"") if checksums else None
    if checksums and MANIFEST not in problems:
        if manifest is None:
            problems[MANIFEST] = "is no manifest"
        elif {**manifest["checksums"], MANIFEST: checksums[MANIFEST]} != checksums:
            problems[MANIFEST] = "lists other files than " + SUMS
    if problems or manifest is None:
        return _failed(dest, problems, redactor)
    return {
        "files": [
            *({name: each.get(name) for name in ("path", "sha256", "count")} for each in manifest["files"]),
            {"path": MANIFEST, "sha256": checksums[MANIFEST], "count": None},
            {"path": SUMS, "sha256": place_in(dest, SUMS).sha256, "count": None},
        ],
        "complete": manifest["complete"],
        "gaps": manifest["gaps"],
        "mismatched": [],
    }


def _checksums(dest: str) -> tuple[dict[str, str], dict[str, str]]:
    """The checksums of what can be part of an export, and what is wrong with them."""
    text = read(dest, SUMS)
    if text is None:
        return {}, {SUMS: "is missing"}
    try:
        found = read_sums(text)
    except ValueError as problem:
        return {}, {SUMS: "is no list of checksums (%s)" % problem}
    names = {MANIFEST, *DATA}
    # Nothing else is looked at, wherever it may lead.
    problems = {name: "is no file of an export" for name in found if name not in names}
    checksums = {name: checksum for name, checksum in found.items() if name in names}
    if MANIFEST not in checksums:
        problems.setdefault(MANIFEST, "is not listed")
    return checksums, problems


def _check(dest: str, name: str, checksums: dict[str, str], problems: dict[str, str]) -> None:
    is_there = os.path.lexists(os.path.join(dest, name))
    if name not in checksums:
        if is_there:
            problems[name] = "is not listed"
        return
    if not is_there:
        problems[name] = "is missing"
        return
    try:
        if place_in(dest, name).sha256 != checksums[name]:
            problems[name] = "differs"
    except OptionError:
        problems[name] = "is no plain file"


def _failed(dest: str, problems: dict[str, str], redactor: Redactor) -> dict[str, Any]:
    names = sorted(problems)
    shown = ["%s %s" % (redactor.line(name)[:100], problems[name]) for name in names[:_NAMED]]
    more = ["and %d more" % (len(names) - _NAMED)] if len(names) > _NAMED else []
    failure = SourceError("file", "; ".join(shown + more)).at("Checking the export", {"dest": dest}).redacted(redactor.line)
    return {
        "failed": True, "msg": failure.line(), "failure": failure.as_dict(), "mismatched": [redactor.line(name) for name in names],
    }
