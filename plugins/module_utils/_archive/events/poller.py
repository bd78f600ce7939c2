# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive one source repeatedly, and hand on new records as events. Knows neither Ansible nor asyncio."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..._base import times
from ..._base.errors import OptionError, SourceError
from ..._base.options import STORE, require_store, resolve
from ..._base.redaction import Redactor
from ..._base.strict_json import parse_json
from ..._base.task import Call, TaskResult, run_task
from ..._fetch.archive_spec import Archive
from ..._fetch.client import prepare
from ..._store import outbox
from ..._store.outbox import Stream
from ..._store.reader import report_altered_rows
from ..._store.store import Store, open_store
from ..task import ArchiveTask
from .outages import THE_SOURCE, THE_STORE, Failures, Outages, list_failed_targets

_LOG = logging.getLogger("opsaudit.sessions.sessions")
#: The number of records in one batch.
_PAGE = 100
#: Seconds after which refused credentials are tried again. Five refusals in a row lock a key, or a user, for 5 to 15 minutes.
_REFUSED_WAIT = 900
#: The most warnings that are remembered: one that names a record is not logged twice.
_MOST_WARNINGS = 1000

#: Hands on one event; returns when it was taken.
Emit = Callable[[dict[str, Any]], None]


class EventSourceError(Exception):
    """A failure that ends the events: one line without secrets."""


class Events:
    """The new records of one source that were not emitted yet."""

    def __init__(
        self, archive: Archive, params: Mapping[str, Any], environ: Mapping[str, str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Prepare the archive task.

        :param params: the options of the source's archive module, validated by Ansible.
        :param clock: seconds, from any origin.
        """
        self._archive = archive
        self._params = params
        self._environ = environ
        self._clock = clock
        self._streams: set[Stream] = set()
        self._warned: set[str] = set()
        self._outages = Outages(_LOG.warning, clock)
        #: Whether a poll has succeeded: its options were right, and what was right once can be right again.
        self._has_succeeded = False
        #: Credentials that the source refused, and until when they are not sent again.
        self._refused: tuple[Any, float] | None = None
        #: Events that were emitted, and could not be marked in the store yet.
        self._unmarked: list[tuple[Stream, str]] = []
        self._stopped = False
        self._stop: Callable[[], None] = lambda: None

    def turn(self, emit: Emit) -> None:
        """Poll the source once, then emit the new records. A failure that may pass is logged.

        :param emit: what it raises ends the turn, and the event is handed on again in the next.
        :raises EventSourceError: if the options are wrong, by themselves or to the source, and never were right.
        :raises MissingLibrary: if a library is not there.
        """
        waits = self._awaits_credentials()
        done = None if waits else run_task(ArchiveTask(self._archive, self._streams, self._note_start), self._params, self._environ)
        if self._stopped:
            return
        failed = {} if done is None else self._note_result(done)
        # A store that failed just now would only be waited for again.
        if THE_STORE not in failed:
            failed.update(self._hand_on(emit, Redactor(() if done is None else done.secrets)))
        has_polled = done is not None and not done.result.get("failed")
        self._outages.note_poll(failed, lambda subject: has_polled or subject == THE_STORE and bool(self._streams))

    def stop(self) -> None:
        """End a turn that runs in another thread; later turns fail."""
        self._stopped = True
        self._stop()

    def _note_start(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        if self._stopped:
            stop()

    def _note_result(self, done: TaskResult) -> Failures:
        """Log what a poll has done.

        :returns: what it has failed to do.
        :raises EventSourceError: if the options are wrong, by themselves or to the source, and never were right.
        """
        result = done.result
        for warning in done.warnings:
            self._warn(warning)
        self._refused = None
        if not result.get("failed"):
            self._has_succeeded = True
            _LOG.info("%d new, %d altered, %d requests", result["added"], result["updated"], result["requests"])
            if not result["complete"] and not result["failed_targets"]:
                self._warn("Not all could be read: %s" % "; ".join(result["incomplete_reasons"]))
            return list_failed_targets(result["failed_targets"])
        failure, line = result["failure"], result["msg"]
        if failure["kind"] == "invalid_request" and not self._has_succeeded:
            raise EventSourceError(line)
        if failure["kind"] == "auth":
            self._refused = self._read_credentials(), self._clock() + _REFUSED_WAIT
            line = "%s. Other credentials are tried in the next poll, the same after %d minutes" % (line.rstrip("."), _REFUSED_WAIT / 60)
        return {THE_STORE if failure["kind"] == "store" else THE_SOURCE: (failure, line)}

    def _warn(self, warning: str) -> None:
        """Log a warning, once."""
        if warning not in self._warned:
            if len(self._warned) == _MOST_WARNINGS:
                self._warned.clear()
            self._warned.add(warning)
            _LOG.warning("%s", warning)

    def _awaits_credentials(self) -> bool:
        """Return whether the source has refused these credentials a short while ago."""
        if self._refused is None:
            return False
        refused, until = self._refused
        return self._clock() < until and self._read_credentials() == refused

    def _read_credentials(self) -> Any:
        """Return the credentials that the next request would have; null if there are none. They may come from a file."""
        try:
            _settings, connection = prepare(self._archive.source, Call(self._params, self._environ, Redactor()))
        except (OptionError, SourceError):
            return None
        return connection.auth.secrets()

    def _hand_on(self, emit: Emit, redactor: Redactor) -> Failures:
        """Emit what waits in the store; return the failure if there is one."""
        if not self._streams:
            return {}
        given = require_store(resolve({"store": STORE}, self._params, self._environ, None))
        try:
            with open_store(given, redactor.add, writes=True) as store:
                # First, or one of them would be emitted again.
                while self._unmarked:
                    self._mark(store)
                for stream in sorted(self._streams):
                    self._hand_on_stream(store, stream, emit)
        except OptionError as problem:
            failure = SourceError("store", str(problem))
        except SourceError as problem:
            failure = problem
        else:
            return {}
        failure.redact(redactor.line)
        return {THE_STORE: (failure.as_dict(), failure.line())}

    def _mark(self, store: Store) -> None:
        """Mark an event as emitted."""
        stream, record_id = self._unmarked[0]
        store.transact(partial(outbox.note_emitted, stream=stream, record_id=record_id, now=times.now_ms()))
        del self._unmarked[0]

    def _hand_on_stream(self, store: Store, stream: Stream, emit: Emit) -> None:
        while rows := store.transact(lambda connection: outbox.list_waiting(connection, stream, _PAGE)):
            for row in rows:
                emit(_event(stream, row))
                self._unmarked.append((stream, row.record_id))
                self._mark(store)


def _event(stream: Stream, row: Any) -> dict[str, Any]:
    """Return the event of a record, in the form that the info module returns."""
    with report_altered_rows(stream.source, "the record %s" % row.record_id):
        scope, record = parse_json(row.scope.encode()), parse_json(row.raw.encode())
    return {"source": stream.source, "scope": scope, "record": record}
