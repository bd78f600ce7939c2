# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive one source repeatedly, and hand on new records as events. Knows neither Ansible nor asyncio."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from .._base import times
from .._base.errors import OptionError, SourceError
from .._base.options import STORE, require_store, resolve
from .._base.redaction import Redactor
from .._base.strict_json import parse_json
from .._base.task import TaskResult, run_task
from .._fetch.archive_spec import Archive
from .._store import outbox
from .._store.outbox import Stream
from .._store.reader import report_altered_rows
from .._store.store import Store, open_store
from .task import ArchiveTask

_LOG = logging.getLogger("opsaudit.sessions.sessions")
#: The number of records in one batch.
_PAGE = 100
#: Failures that another try cannot repair. With wrong credentials, five tries can even lock a key.
_FINAL = ("invalid_request", "auth")

#: Hands on one event; returns when it was taken.
Emit = Callable[[dict[str, Any]], None]


class EventSourceError(Exception):
    """A failure that ends the events: one line without secrets."""


class Events:
    """The new records of one source that were not emitted yet."""

    def __init__(self, archive: Archive, params: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        """Prepare the archive task.

        :param params: the options of the source's archive module, validated by Ansible.
        """
        self._archive = archive
        self._params = params
        self._environ = environ
        self._streams: set[Stream] = set()
        self._warned: set[str] = set()
        self._handed: tuple[Stream, str] | None = None
        self._stopped = False
        self._stop: Callable[[], None] = lambda: None

    def turn(self, emit: Emit) -> None:
        """Archive once, then emit the new records; a failure that may pass is logged.

        :param emit: what it raises ends the turn, and the event is handed on again in the next.
        :raises EventSourceError: if it makes no sense to try again.
        :raises MissingLibrary: if a library is not there.
        """
        done = run_task(ArchiveTask(self._archive, self._streams, self._note_start), self._params, self._environ)
        if self._stopped:
            return
        self._log(done)
        redactor = Redactor(done.secrets)
        try:
            self._hand_on(emit, redactor)
        except OptionError as problem:
            raise EventSourceError(redactor.line(problem)) from None
        except SourceError as failure:
            _LOG.warning("%s", failure.redact(redactor.line).line())

    def stop(self) -> None:
        """End a turn that runs in another thread; later turns fail."""
        self._stopped = True
        self._stop()

    def _note_start(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        if self._stopped:
            stop()

    def _log(self, done: TaskResult) -> None:
        result = done.result
        for warning in done.warnings:
            # Log the same warning only once.
            if warning not in self._warned:
                self._warned.add(warning)
                _LOG.warning("%s", warning)
        if result.get("failed"):
            if result["failure"]["kind"] in _FINAL:
                raise EventSourceError(result["msg"])
            _LOG.warning("%s", result["msg"])
            return
        _LOG.info("%d new, %d altered, %d requests", result["added"], result["updated"], result["requests"])
        if not result["complete"]:
            why = [each["failure"]["message"] for each in result["failed_targets"]] or result["incomplete_reasons"]
            _LOG.warning("Not all could be read: %s", "; ".join(why))

    def _hand_on(self, emit: Emit, redactor: Redactor) -> None:
        if not self._streams:
            return
        given = require_store(resolve({"store": STORE}, self._params, self._environ, None))
        with open_store(given, redactor.add, writes=True) as store:
            for stream in sorted(self._streams):
                self._hand_on_stream(store, stream, emit)

    def _hand_on_stream(self, store: Store, stream: Stream, emit: Emit) -> None:
        while rows := store.transact(lambda connection: outbox.list_waiting(connection, stream, _PAGE)):
            for row in rows:
                # Store, without emitting it again, what was emitted before the store failed.
                if self._handed != (stream, row.record_id):
                    emit(_event(stream, row))
                    self._handed = (stream, row.record_id)
                store.transact(partial(outbox.note_emitted, stream=stream, record_id=row.record_id, now=times.now_ms()))


def _event(stream: Stream, row: Any) -> dict[str, Any]:
    """Return the event of a record, in the form that the info module returns."""
    with report_altered_rows(stream.source, "the record %s" % row.record_id):
        scope, record = parse_json(row.scope.encode()), parse_json(row.raw.encode())
    return {"source": stream.source, "scope": scope, "record": record}
