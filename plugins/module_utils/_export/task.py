# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Export records from a store to files that an auditor can verify, or verify such files. Knows neither Ansible nor SQL."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

from .._base.options import STORE, Declaration, Settings, check_window, instant, require_store
from .._base.redaction import Redactor
from .._base.task import Call
from .._files.atomic_file import NewFile
from .._files.destination import convert_os_errors, find_attachments_folder
from .._files.own_files import MANIFEST, SIGNATURE, SUMS
from .._files.permissions import OPTIONS as PERMISSIONS
from .._files.permissions import parse_rights
from .._files.signature import is_made_by, sign
from .._files.signing_key import SigningKey, read_signing_key
from .._records.condition import NO_MATCH, WHERE, parse_condition
from .._records.zone import Zone
from .._sources.archives import SOURCES, choose_sources
from .._store.attachments import Found, read_window
from .._store.ledger.completeness import Span, list_proofs
from .._store.ledger.returned import Exported, gaps_of, is_complete, pruned_of
from .._store.reader import (
    list_columns,
    list_known_sources,
    parse_columns,
    read_known,
    read_records,
    report_altered_rows,
    snapshot,
)
from .attachments import ExportedAttachments, is_whole, list_missing
from .folder import Folder, read
from .formats import ENDINGS, ExportFormat, open_format
from .manifest import Cut, build_file_name, write_manifest, write_sums
from .pages import find_pages
from .verify import verify

_FORMATS = list(ENDINGS)

_OPTIONS: dict[str, Declaration] = {
    "store": STORE,
    "dest": {"type": "path", "required": True},
    "sources": SOURCES,
    "start_time": instant(),
    "end_time": instant(),
    "where": WHERE,
    "timezone": {"type": "str"},
    "formats": {"type": "list", "elements": "str", "choices": _FORMATS, "default": _FORMATS, "order": tuple(_FORMATS)},
    "verify": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
    "attachments": {"type": "path"},
    # Paths, and no secrets.
    "signing_key": {"type": "path", "no_log": False},
    "allowed_signers": {"type": "path"},
    **PERMISSIONS,
}


class ExportTask:
    """Exports records from a store, or verifies an export."""

    options = _OPTIONS

    def run(self, call: Call) -> dict[str, Any]:
        """Write the files, or verify them."""
        settings = call.resolve(_OPTIONS)
        if settings["verify"]:
            return verify(settings["dest"], settings["allowed_signers"], call)
        require_store(settings)
        check_window(settings)
        key = read_signing_key(settings["signing_key"], call.environ) if settings["signing_key"] else None
        result, changes = _Export(settings, key, call).run(call.redactor)
        call.changed = bool(result.pop("changed"))
        return {**result, "diff": changes} if call.diff else result


class _Export:
    """One export of records."""

    def __init__(self, settings: Settings, key: SigningKey | None, call: Call) -> None:
        self._settings = settings
        self._key = key
        self._test = parse_condition(settings["where"]) if settings["where"] else None
        self._zone = Zone(settings["timezone"]) if settings["timezone"] else None
        sources = settings["sources"] or choose_sources(snapshot(settings["store"], call.redactor.add, list_known_sources))
        self._environ = call.environ
        self._warnings = call.warnings
        self._window = Span(settings["start_time"], settings["end_time"])
        self._cut = Cut(self._window, settings["where"] or None)
        #: The names of each source's files, by format.
        self._names = {
            source: {form: build_file_name(source, form) for form in settings["formats"]} for source in sources
        }
        names = [name for forms in self._names.values() for name in forms.values()]
        self._with_attachments = settings["attachments"] is not None
        folder = find_attachments_folder(settings["attachments"]) if self._with_attachments else None
        rights_of = partial(parse_rights, settings["mode"], settings["owner"], settings["group"])
        # An invalid option is named before anything is written.
        rights_of(None)
        self._folder = Folder(settings["dest"], names, rights_of, key is not None, settings["force"], call.check)
        self._attachments = ExportedAttachments(folder, self._folder.path, rights_of, self._folder.earlier, settings["force"], call.check)
        self._found: list[Found] = []

    def run(self, redactor: Redactor) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        with convert_os_errors(self._folder.path, "Exporting to the folder"), ExitStack() as stack:
            files = self._folder.fill(stack)
            exported, counts = snapshot(
                self._settings["store"], redactor.add, lambda connection: self._read(connection, files)
            )
            if self._test is not None and not any(each.record_count for each in exported):
                self._warnings.append(NO_MATCH)
            attachments = self._attachments
            attachments.put(self._found)
            attachments.remove_old()
            listed: list[dict[str, Any]] = [
                {"path": name, "sha256": files[name].sha256(), "count": counts[name]}
                for names in self._names.values() for name in names.values()
            ]
            pages = find_pages(self._folder.path)
            files[MANIFEST].write(write_manifest(self._cut, self._settings["formats"], exported, listed, attachments.listed, pages))
            listed.append({"path": MANIFEST, "sha256": files[MANIFEST].sha256(), "count": None})
            checksums = write_sums({**{each["path"]: each["sha256"] for each in listed}, **attachments.checksums, **pages})
            files[SUMS].write(checksums)
            listed.append({"path": SUMS, "sha256": files[SUMS].sha256(), "count": None})
            if self._key:
                files[SIGNATURE].write(self._signature(checksums, self._key))
            changed, changes = self._folder.put(files)
        signature = self._key and {"path": SIGNATURE, "key": self._key.fingerprint, "principal": None}
        result = {
            "files": listed, "where": self._cut.where, "complete": is_complete(exported) and is_whole(attachments.listed),
            "gaps": gaps_of(exported), "pruned": pruned_of(exported),
            "missing_attachments": list_missing(attachments.listed), "mismatched": [], "broken": [], "signature": signature,
            "changed": changed or attachments.changed,
        }
        return result, changes

    def _signature(self, checksums: bytes, key: SigningKey) -> bytes:
        """Return the signature of the checksums: the earlier one if it fits, because some kinds of key never make the same one again."""
        earlier = read(self._folder.path, SIGNATURE)
        if earlier is not None and is_made_by(checksums, earlier, key, self._environ):
            return earlier
        return sign(checksums, key, self._environ)

    def _read(self, connection: Any, files: Mapping[str, NewFile]) -> tuple[list[Exported], dict[str, int]]:
        """Write the records in one transaction; the store may call this again after a failure."""
        exported = []
        self._found = []
        counts: dict[str, int] = {}
        for source, names in self._names.items():
            for name in names.values():
                files[name].restart()
            with report_altered_rows(source, "a scope"):
                proven = list_proofs(read_known(connection, source), *self._window)
            labels = {proof.key: proof.life.label for proof in proven}
            forms = {name: open_format(form, files[name].write, source, labels, self._zone) for form, name in names.items()}
            found = list(read_window(connection, source, *self._window)) if self._with_attachments else []
            count, chosen = self._export(connection, source, list(forms.values()), {(each.scope, each.record_id) for each in found})
            counts.update((name, form.records) for name, form in forms.items())
            self._found += [each for each in found if (each.scope, each.record_id) in chosen]
            exported.append(Exported(source, count, proven))
        return exported, counts

    def _export(self, connection: Any, source: str, forms: list[ExportFormat], keys: set[tuple[str, str]]) -> tuple[int, set[tuple[str, str]]]:
        """Write a source's records, and return how many there are, and which of these keys they have: scope and id."""
        count = 0
        chosen = set()
        # A condition may be about any column.
        for row in read_records(connection, source, *self._window, list_columns() if self._test else _columns()):
            with report_altered_rows(source, "the record %s" % row["record_id"]):
                whole = parse_columns(row)
                if self._test is not None:
                    if not self._test(whole):
                        continue
                    whole = {name: whole[name] for name in _columns()}
                for form in forms:
                    form.row(whole)
            key = (row["scope"], row["record_id"])
            if key in keys:
                chosen.add(key)
            count += 1
        return count, chosen


def _columns() -> list[str]:
    """Return the columns that are exported: not when a record was last looked at, which differs from run to run."""
    return [name for name in list_columns() if name not in ("last_seen", "detailed_at")]
