# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write and read the manifest of an export, and its checksums, which C(sha256sum) can check."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .._base import times
from .._base.strict_json import parse_json
from .._base.version import VERSION
from .._files.own_files import COLLECTION
from .._records.ocsf import VERSION as OCSF_VERSION
from .._sources.archives import ARCHIVES
from .._store.database.schema import VERSION as STORE_VERSION
from .._store.ledger.completeness import Proof, Span
from .._store.ledger.returned import Exported, coverage_of, gaps_of, is_complete, pruned_of, window_of
from .attachments import is_whole, list_missing
from .formats import ENDINGS

_LINE = re.compile("([0-9a-f]{64}) [ *](.+)")


def build_file_name(source: str, form: str) -> str:
    """Return the name of a source's file in a format."""
    return source + ENDINGS[form]


#: The names of all files with records that an export can have.
DATA = tuple(build_file_name(source, form) for source in ARCHIVES for form in ENDINGS)


class Cut(NamedTuple):
    """What of a store is exported: the window, and the condition that all records meet, null if there is none."""

    window: Span
    where: str | None


def write_manifest(
    cut: Cut, formats: Iterable[str], exported: list[Exported], files: list[dict[str, Any]], attachments: list[dict[str, Any]],
    pages: Mapping[str, str],
) -> bytes:
    """Return the text of a manifest. It is the same for the same records, attachments and pages.

    :param files: path, sha256 and count of each.
    :param attachments: all attachments of the records, with their state.
    :param pages: the names of pages, with their SHA-256.
    """
    content = {
        "collection": {"name": COLLECTION, "version": VERSION},
        "store_version": STORE_VERSION,
        "ocsf_version": OCSF_VERSION,
        "window": window_of(cut.window),
        "where": cut.where,
        "formats": list(formats),
        "complete": is_complete(exported) and is_whole(attachments),
        "gaps": gaps_of(exported),
        "pruned": pruned_of(exported),
        "sources": [
            {
                "source": each.source,
                "count": each.record_count,
                "scopes": [_scope_as_dict(proof) for proof in each.proofs if proof.scope],
                "coverage": [covered for proof in each.proofs if proof.scope for covered in coverage_of(proof)],
            }
            for each in exported
        ],
        "files": files,
        "attachments": attachments,
        "pages": [{"path": name, "sha256": checksum} for name, checksum in pages.items()],
    }
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def _scope_as_dict(proof: Proof) -> dict[str, Any]:
    label, retired_at = proof.life
    return {"scope": proof.scope, "label": label, "retired_at": None if retired_at is None else times.to_iso(retired_at, "ms")}


def read_manifest(text: bytes) -> dict[str, Any] | None:
    """Return a parsed manifest of this collection; null if the text is none."""
    try:
        found = parse_json(text)
        collection, files = found["collection"]["name"], {each["path"]: each["sha256"] for each in found["files"]}
        files.update({each["path"]: each["sha256"] for each in found["attachments"] if each["path"] is not None})
        files.update({each["path"]: each["sha256"] for each in found["pages"]})
        found["missing_attachments"] = list_missing(found["attachments"])
        # It is part of what the manifest says: without it, a part would pass for the whole.
        found["where"] = str(found["where"]) if found["where"] else None
        right = collection == COLLECTION and isinstance(found["complete"], bool) and all(isinstance(found[name], list) for name in ("gaps", "pruned"))
        found["checksums"] = files
    except (ValueError, KeyError, TypeError):
        return None
    return found if right else None


def write_sums(checksums: Mapping[str, str]) -> bytes:
    """Return checksums as the text that C(sha256sum --check) reads."""
    return "".join("%s  %s\n" % (checksums[name], name) for name in sorted(checksums)).encode()


def read_sums(text: bytes) -> dict[str, str]:
    """Return the checksums by file name, whatever the names are.

    :raises ValueError: if the text is no list of checksums; it names the line.
    """
    found: dict[str, str] = {}
    *lines, rest = text.decode("utf-8", "replace").split("\n")
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if not match or match[2] in found:
            raise ValueError("line %d is no checksum of another file" % number)
        found[match[2]] = match[1]
    if rest or not found:
        raise ValueError("its end is missing")
    return found
