# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the seals of a folder cover the records that are to be deleted, as they are now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import closing
from typing import Any

from .._base.errors import OptionError
from .._store import seals
from .._store.ledger.coverage import Scope
from .._store.ledger.pruned import Choice, Digest
from .chain import compare_with_store
from .comparison import pair
from .delta import Replay
from .folder import SealFolder
from .verification import Problems, read_links

#: So many records are named in a message.
_NAMED = 5


def check_sealed(connection: Any, dest: str, before: int, wanted: Collection[Scope]) -> Mapping[Scope, Choice]:
    """Compare the records that a prune deletes with the seals, and return which they are, scope by scope.

    :param dest: the folder of the seals.
    :param before: up to when the prune goes, in milliseconds since the epoch.
    :param wanted: the scopes that are pruned.
    :raises OptionError: if a record is in no seal, or is not as it was sealed, or the chain is broken.
    :raises SourceError: if the folder can't be read.
    """
    try:
        folder = SealFolder(dest, writes=False)
    except OptionError as problem:
        raise OptionError("require_seal" + str(problem).removeprefix("dest")) from None
    problems = Problems()
    digests: dict[Scope, Digest] = {}
    lacking: list[str] = []
    count = 0
    with folder.locked(writes=False), closing(Replay()) as replay:
        store = seals.read_last_seal(connection)
        chain = read_links(folder, replay, problems, store)
        compare_with_store(chain.number, chain.sha256.get, store, problems.report)
        if problems:
            raise OptionError("require_seal: the chain of seals is broken (session_seal with verify: true names what is wrong)")
        for old, record in pair(replay.latest(), seals.verify_records(connection, before)):
            if record is None or (scope := Scope(*record.key[:2])) not in wanted:
                continue
            if old is None or not record.fits or old.hashes != record.hashes:
                count += 1
                lacking += ["%s of %s, scope %s" % (record.key[2], *record.key[:2])] if count <= _NAMED else []
            digests.setdefault(scope, Digest()).add(record.key[2], record.content_hash)
    if count:
        more = "; and %d more" % (count - _NAMED) if count > _NAMED else ""
        raise OptionError(
            "require_seal: %d records are not sealed as they are now: %s%s (run session_seal first, with verify: true if this goes on)"
            % (count, "; ".join(lacking), more)
        )
    return {scope: Choice(before, digest.count, digest.hexdigest()) for scope, digest in digests.items()}
