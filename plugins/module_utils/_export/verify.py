# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify an export against its checksums, and their signature. Needs no database."""

from __future__ import annotations

import hashlib
import os
from typing import Any

from .._base.errors import OptionError, SourceError
from .._base.options import invalid
from .._base.redaction import Redactor
from .._base.task import Call
from .._files.destination import convert_os_errors
from .._files.own_files import MANIFEST, SIGNATURE, SUMS
from .._files.signature import BadSignature, check_allowed_signers
from .._files.signature import verify as check_signature
from .attachments import find_added_files, is_attachment
from .folder import place_in, read
from .manifest import DATA, read_manifest, read_sums
from .pages import find_added_pages, is_page

#: The most files that a message names.
_NAMED = 10


def verify(dest: str, allowed_signers: str | None, call: Call) -> dict[str, Any]:
    """Verify an export; return a failure if a file does not match its checksum, or the signature is invalid.

    :param allowed_signers: the path of the file that lists who may sign; null if the signature is not verified.
    :raises OptionError: if there is no such folder, or no such file.
    :raises SourceError: (file) if it can't be read.
    """
    if not os.path.isabs(dest) or "\0" in dest or not os.path.isdir(dest):
        raise invalid("dest", dest, "the absolute path of a folder that holds an export")
    if allowed_signers is not None:
        check_allowed_signers(allowed_signers)
    text = read(dest, SUMS)
    signature, broken = _check_signature(dest, text, allowed_signers, call)
    checksums, problems = _parse_checksums(text)
    if checksums:
        for name in (MANIFEST, *DATA, *filter(_is_beside_records, checksums)):
            _check(dest, name, checksums, problems)
        for name in _find_added(dest, checksums):
            problems.setdefault(name, "is not listed")
    manifest = read_manifest(read(dest, MANIFEST) or b"") if checksums else None
    if checksums and MANIFEST not in problems:
        if manifest is None:
            problems[MANIFEST] = "is no manifest"
        elif {**manifest["checksums"], MANIFEST: checksums[MANIFEST]} != checksums:
            problems[MANIFEST] = "lists other files than " + SUMS
    if problems or broken or manifest is None or text is None:
        return {**_build_failure(dest, problems, broken, call.redactor), "signature": signature}
    return {
        "files": [
            *({name: each.get(name) for name in ("path", "sha256", "count")} for each in manifest["files"]),
            {"path": MANIFEST, "sha256": checksums[MANIFEST], "count": None},
            {"path": SUMS, "sha256": hashlib.sha256(text).hexdigest(), "count": None},
        ],
        "where": manifest["where"],
        "complete": manifest["complete"],
        "gaps": manifest["gaps"],
        "pruned": manifest["pruned"],
        "missing_attachments": manifest["missing_attachments"],
        "mismatched": [],
        "broken": [],
        "signature": signature,
    }


def _check_signature(
    dest: str, text: bytes | None, allowed_signers: str | None, call: Call
) -> tuple[dict[str, Any] | None, list[dict[str, str]]]:
    """Return who signed the checksums, and the problems of the signature."""
    signed = read(dest, SIGNATURE)
    if allowed_signers is None:
        if signed is not None:
            call.warnings.append("%s was not checked; give allowed_signers, the file that lists who may sign" % SIGNATURE)
        return None, []
    try:
        if signed is None:
            raise BadSignature("is missing")
        signer = check_signature(text or b"", signed, allowed_signers, call.environ)
    except BadSignature as problem:
        return None, [{"path": SIGNATURE, "problem": call.redactor.line(problem)}]
    return {"path": SIGNATURE, "key": signer.key, "principal": call.redactor.line(signer.principal)}, []


def _parse_checksums(text: bytes | None) -> tuple[dict[str, str], dict[str, str]]:
    """Return the checksums of files that an export can have, and the problems of the list."""
    if text is None:
        return {}, {SUMS: "is missing"}
    try:
        found = read_sums(text)
    except ValueError as problem:
        return {}, {SUMS: "is no list of checksums (%s)" % problem}
    names = {MANIFEST, *DATA}
    # Other names are not opened: they may be paths outside the folder.
    problems = {name: "is no file of an export" for name in found if name not in names and not _is_beside_records(name)}
    checksums = {name: checksum for name, checksum in found.items() if name not in problems}
    if MANIFEST not in checksums:
        problems.setdefault(MANIFEST, "is not listed")
    return checksums, problems


def _is_beside_records(name: str) -> bool:
    return is_attachment(name) or is_page(name)


def _find_added(dest: str, checksums: dict[str, str]) -> list[str]:
    """Return the names of files that do not belong to the export; folders but those of attachments and pages are ignored."""
    with convert_os_errors(dest, "Checking the export"), os.scandir(dest) as entries:
        added = [
            entry.name for entry in entries
            if entry.name not in checksums and entry.name not in (SUMS, SIGNATURE) and not entry.is_dir(follow_symlinks=False)
        ]
        pages = find_added_pages(dest, checksums) if any(map(is_page, checksums)) else ()
        return sorted([*added, *find_added_files(dest, checksums), *pages])


def _check(dest: str, name: str, checksums: dict[str, str], problems: dict[str, str]) -> None:
    if name not in checksums:
        return
    if not os.path.lexists(os.path.join(dest, name)):
        problems[name] = "is missing"
        return
    try:
        if place_in(dest, name).sha256 != checksums[name]:
            problems[name] = "differs"
    except OptionError:
        problems[name] = "is no plain file"


def _build_failure(dest: str, problems: dict[str, str], broken: list[dict[str, str]], redactor: Redactor) -> dict[str, Any]:
    names = sorted(problems)
    wrong = [(each["path"], each["problem"]) for each in broken] + [(name, problems[name]) for name in names]
    shown = ["%s %s" % (redactor.line(name)[:100], problem) for name, problem in wrong[:_NAMED]]
    more = ["and %d more" % (len(wrong) - _NAMED)] if len(wrong) > _NAMED else []
    failure = SourceError("integrity", "; ".join(shown + more)).at("Checking the export", {"dest": dest}).redact(redactor.line)
    return {
        "failed": True, "msg": failure.line(), "failure": failure.as_dict(),
        "mismatched": [redactor.line(name) for name in names], "broken": broken,
    }
