# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deletes what began before a time, and declares it: first what goes, then batch by batch. Knows neither Ansible nor SQL."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from .._base import times
from .._base.errors import OptionError
from .._base.options import (
    LINE,
    STORE,
    Declaration,
    Settings,
    instant,
    invalid,
    missing,
    require_store,
    texts,
)
from .._base.task import Call
from .._seal.requirement import check_sealed
from .._store.ledger import pruned, scopes
from .._store.ledger.coverage import Scope
from .._store.ledger.pruned import Choice
from .._store.ledger.scopes import KnownScope
from .._store.reader import snapshot
from .._store.store import Store, open_store
from .attachment_files import AttachmentFiles
from .selection import dictionary_of, select_scopes

_OPTIONS: dict[str, Declaration] = {
    "store": STORE,
    "before": instant(required=True, example="-400d"),
    "sources": texts(),
    "scope": {"type": "dict"},
    "reason": LINE,
    # A path, and no secret.
    "require_seal": {"type": "path"},
    "attachments": {"type": "path"},
}
#: So many records are deleted in one transaction: another task waits no longer than this takes.
_AT_ONCE = 500


class PruneTask:
    """Deletes old records, and declares them as pruned."""

    options = _OPTIONS

    def run(self, call: Call) -> dict[str, Any]:
        """Finish what was begun, then prune each scope."""
        settings = call.resolve(_OPTIONS)
        require_store(settings)
        if settings["before"] > settings.now:
            raise invalid("before", times.to_iso(settings["before"], "ms"), "in the past", "what has not begun yet can't be pruned")
        files = AttachmentFiles(settings["attachments"])
        prune = _Prune(settings, call, files)
        try:
            return prune.run()
        finally:
            call.warnings += files.warnings()


class _Planned(NamedTuple):
    """What a prune finds in a store."""

    known: Mapping[Scope, KnownScope]
    #: How many records go, scope by scope.
    counts: dict[Scope, int]
    #: Prunes that were begun, and not done.
    begun: dict[Scope, int]
    #: The scopes that are pruned, and which records if they had to be sealed.
    selected: dict[Scope, Choice | None]


class _Prune:
    """One run."""

    def __init__(self, settings: Settings, call: Call, files: AttachmentFiles) -> None:
        self._store: str = settings["store"]
        self._settings = settings
        self._call = call
        self._files = files
        self._deleted: dict[Scope, int] = {}

    def run(self) -> dict[str, Any]:
        planned = snapshot(self._store, self._call.redactor.add, self._plan)
        if self._call.check:
            self._deleted = planned.counts
        elif planned.counts or planned.begun:
            with open_store(self._store, self._call.redactor.add, writes=True, existing=True) as store:
                for scope in sorted({*planned.begun, *planned.selected}):
                    self._prune(store, scope, planned)
        self._call.changed = bool(self._call.changed or self._deleted or planned.begun)
        return {
            "pruned": [
                {"source": scope.source, "scope": dictionary_of(scope, planned.known), "count": count}
                for scope, count in sorted(self._deleted.items())
            ],
        }

    def _plan(self, connection: Any) -> _Planned:
        """Read what is there, in one transaction; called again if that can help.

        :raises OptionError: if an option names what is not there, or a record is not sealed.
        """
        settings = self._settings
        before = settings["before"]
        known = scopes.load(connection)
        wanted = select_scopes(known, settings["sources"], settings["scope"])
        there = pruned.count_doomed(connection, before)
        selected: dict[Scope, Choice | None] = {scope: None for scope in wanted if there.get(scope)}
        begun = pruned.find_begun(connection)
        if settings["require_seal"] is not None:
            selected.update(check_sealed(connection, settings["require_seal"], before, selected))
        counts = {scope: there[scope] for scope in selected}
        for scope, until in begun.items():
            left = pruned.count_doomed(connection, until, scope).get(scope, 0)
            counts[scope] = max(counts.get(scope, 0), left)
        limits = {scope: max(before if scope in selected else 0, begun.get(scope, 0)) for scope in counts}
        if settings["attachments"] is None and pruned.have_relative_files(connection, limits):
            raise missing("attachments", "records to delete have attachments; write the folder with them, attachments_dest of the archive tasks")
        return _Planned(known, {scope: count for scope, count in counts.items() if count}, begun, selected)

    def _prune(self, store: Store, scope: Scope, planned: _Planned) -> None:
        """Prune a scope: what was begun there first, whoever began it."""
        expected = planned.selected.get(scope)

        def declare(connection: Any) -> tuple[int, bool] | None:
            begun = pruned.find_begun(connection).get(scope)
            if begun is not None:
                return begun, True
            if scope not in planned.selected:
                return None
            choice = pruned.choose(connection, scope, self._settings["before"])
            if not choice.records:
                return None
            if expected is not None and choice[1:] != expected[1:]:
                raise OptionError("require_seal: records of %s, scope %s have changed since they were compared (run the task again)" % scope)
            pruned.declare(connection, scope, choice, self._settings.now, self._settings["reason"])
            return choice.before, False

        while (found := store.transact(declare)) is not None:
            before, was_begun = found
            self._call.changed = True
            self._delete(store, scope, before)
            if not was_begun:
                return

    def _delete(self, store: Store, scope: Scope, before: int) -> None:
        """Delete what is left of a begun prune. Files go first: a row without its file is found again, a file without its row never."""
        after: pruned.Last | None = None
        while True:
            batch = store.transact(partial(pruned.read_batch, scope=scope, before=before, after=after, most=_AT_ONCE))
            self._files.remove(batch.files)
            is_last = len(batch.ids) < _AT_ONCE
            count = store.transact(partial(pruned.delete, scope=scope, batch=batch, ends=before if is_last else None))
            if count is None:
                continue
            if count:
                self._deleted[scope] = self._deleted.get(scope, 0) + count
            if is_last:
                return
            after = batch.last
