# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seals a store: adds to a folder outside of it what proves later what it held, or verifies the store. Knows neither Ansible nor SQL."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import Any, NamedTuple

from .._base import times
from .._base.errors import OptionError
from .._base.options import STORE, Declaration, Settings, require_store
from .._base.task import Call
from .._files.atomic_file import NewFile
from .._files.destination import convert_os_errors
from .._files.signature import check_allowed_signers, sign
from .._files.signing_key import SigningKey, read_signing_key
from .._store import seals
from .._store.ledger import pruned
from .._store.store import open_store
from .chain import compare_with_store
from .comparison import ALTERED, Gone, change_of, pair
from .delta import ADDED, CHANGED, FINAL_CHANGED, Replay, Sealed, line_of
from .folder import SealFolder
from .statement import Where, prunes_of, statement_of
from .verification import Chain, Found, build_failure, explanation_of, read_links, read_strictly, verify

_OPTIONS: dict[str, Declaration] = {
    "store": STORE,
    "dest": {"type": "path", "required": True, "example": "/srv/seals"},
    "verify": {"type": "bool", "default": False},
    # Paths, and no secrets.
    "signing_key": {"type": "path", "no_log": False},
    "allowed_signers": {"type": "path"},
}
#: So many records that differ are read as a whole at a time.
_ROWS = 500


class SealTask:
    """Seals a store, or verifies it."""

    options = _OPTIONS

    def run(self, call: Call) -> dict[str, Any]:
        """Add a seal, or verify all."""
        settings = call.resolve(_OPTIONS)
        store = require_store(settings)
        if settings["verify"]:
            folder = SealFolder(settings["dest"], writes=False)
            if settings["allowed_signers"] is not None:
                check_allowed_signers(settings["allowed_signers"])
            return verify(folder, settings["allowed_signers"], store, call)
        key = read_signing_key(settings["signing_key"], call.environ) if settings["signing_key"] else None
        folder = SealFolder(settings["dest"], writes=True)
        with folder.locked(writes=not call.check), closing(_Seal(settings, folder, call)) as seal:
            return seal.run(key)


class Content(NamedTuple):
    """What a seal is made of."""

    store: seals.LastSeal
    chain: Chain
    sealed_at: int
    scopes: dict[Where, dict[str, Any]]
    pruned: list[dict[str, Any]]
    #: How many records each scope has.
    counts: Counter[Where]
    #: How many records differ, by the way they do.
    changes: Counter[str]
    removed: int
    unknown: int


class _Seal:
    """One seal, step by step."""

    def __init__(self, settings: Settings, folder: SealFolder, call: Call) -> None:
        self._store: str = settings["store"]
        self._folder = folder
        self._call = call
        self._found = Found()
        self._replay = Replay()

    def close(self) -> None:
        """Let go of what was collected."""
        self._replay.close()

    def run(self, key: SigningKey | None) -> dict[str, Any]:
        content = read_strictly(self._store, self._call.redactor, self._read)
        if self._found.broken:
            return build_failure("Sealing the store", self._folder, self._found, self._call.redactor)
        if key is None and content.chain.number and self._folder.signature(content.chain.number) is not None:
            raise OptionError("signing_key: missing, and seal %d is signed (an unsigned seal after it would break the chain)" % content.chain.number)
        self._warn(content)
        number = content.chain.number + 1
        before = content.chain.statement
        known = {(row["source"], row["scope_key"], row["before_time"]) for row in content.pruned}
        if before is not None:
            known -= {(*where, prune.before) for where, prunes in before.prunes.items() for prune in prunes}
        gone = sum(row["records"] for row in content.pruned if (row["source"], row["scope_key"], row["before_time"]) in known)
        result = {
            "number": number, "statement_sha256": None if self._call.check else self._put(number, content, key),
            "sealed": {**{name: content.changes[name] for name in (ADDED, CHANGED, FINAL_CHANGED)}, "pruned": gone},
        }
        self._call.changed = True
        return result

    def _read(self, connection: Any) -> Content:
        """Compare the store with what is sealed, all in one transaction; it may have been tried before."""
        self.close()
        self._found = Found()
        self._replay = replay = Replay()
        sealed_at = times.now_ms() if self._call.now is None else self._call.now
        store = seals.read_last_seal(connection)
        problems = self._found.broken
        chain = read_links(self._folder, replay, problems, store)
        unknown = compare_with_store(chain.number, chain.sha256.get, store, problems.report)
        rows = pruned.read_rows(connection)
        content = Content(store, chain, sealed_at, seals.read_scopes(connection), rows, Counter(), Counter(), 0, unknown)
        if problems:
            return content
        gone = Gone(prunes_of(rows), chain.listing_of)
        removed = 0
        explanation = explanation_of(connection, chain)
        differing = self._find_differing(connection, content.counts, gone)
        while some := list(islice(differing, _ROWS)):
            removed += sum(key is None for key, _old in some)
            olds = {key: old for key, old in some if key is not None}
            records = seals.verify_some(connection, olds)
            changes = [(change_of(olds[key], record, explanation), record) for key, record in records.items()]
            content.changes.update(change for change, _record in changes if change is not None)
            replay.write(line_of(change, record) for change, record in changes if change not in (None, ALTERED))
        return content._replace(removed=removed)

    def _find_differing(self, connection: Any, counts: Counter[Where], gone: Gone) -> Iterator[tuple[seals.Key | None, Sealed | None]]:
        """Keys of records that are not as they were sealed, and how they were; a null key for one that was removed."""
        for old, record in pair(self._replay.latest(), seals.read_hashes(connection)):
            if record is None:
                if old is not None and not gone.is_declared(old):
                    yield None, old
                continue
            counts[record.key[:2]] += 1
            if old is None or old.hashes != record.hashes:
                yield record.key, old

    def _warn(self, content: Content) -> None:
        warnings = self._call.warnings
        if content.unknown > 1:
            warnings.append(
                "the store was restored from an older copy: its last seal is %d, and the folder has %d (verify: true names what the store lacks)"
                % (content.store.number or 0, content.chain.number)
            )
        wrong = ["%d %s" % (count, name) for count, name in ((content.changes[ALTERED], "altered"), (content.removed, "removed")) if count]
        if wrong:
            warnings.append("records differ from what was sealed, and were not sealed again: %s (verify: true names them)" % ", ".join(wrong))

    def _put(self, number: int, content: Content, key: SigningKey | None) -> str:
        """Add the seal to the folder, then note it in the store.

        :returns: SHA-256 of its statement.
        """
        with convert_os_errors(self._folder.path, "Sealing to the folder"), closing(NewFile(self._folder.path, sys.maxsize)) as delta:
            count = 0
            for line in self._replay.lines():
                delta.write(line)
                count += 1
            previous = content.chain.last
            statement = statement_of(
                number, content.store.store_id, content.sealed_at, previous.sha256 if previous else None, (delta.sha256(), count),
                content.scopes, content.counts, content.pruned,
            )
            signature = sign(statement, key, self._call.environ) if key else None
            self._folder.put(number, delta, statement, signature)
        self._call.changed = True
        sha256 = hashlib.sha256(statement).hexdigest()
        with open_store(self._store, self._call.redactor.add, writes=True, existing=True) as opened:
            opened.transact(lambda connection: seals.note_seal(connection, number, sha256, content.sealed_at))
        return sha256
