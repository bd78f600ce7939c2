# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch the attachments that records lack, the newest first, several at once, and store the result of each."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from functools import partial
from typing import NamedTuple

from ..._base.errors import OptionError, SourceError
from ..._base.redaction import Redactor
from ..._base.task import Call
from ..._fetch.archive_spec import AttachmentSpec, Wanted
from ..._fetch.client import Client
from ..._fetch.thread_pool import ThreadPool
from ..._files.atomic_file import NewFile
from ..._files.destination import Place, convert_os_errors, look, make_folders, put_in_place
from ..._files.permissions import Rights
from ..._records.attachment_state import FAILED, GONE, KEPT, TOO_LARGE, WHOLE
from ..._records.canonical import make_storable
from ..._records.entry import OPEN
from ..._records.shape import Row
from ..._store import attachments as table
from ..._store.ledger.runs import ATTACHMENTS
from ..scope import ScopeRun
from .checking import discard_altered
from .place import build_relative_path, view_of

#: How many records are looked at at once: each with all its fields.
_BATCH = 100
#: After so many in a row that got no answer, the source is not there: the next run goes on.
_MOST_UNANSWERED = 16
_NO_ANSWER = ("network", "tls")
_RIGHTS = Rights(0o600)
_LONGEST_ERROR = 1000


class _Job(NamedTuple):
    """One attachment to fetch, and its state before; null if it was never fetched."""

    #: Its place in the order of all.
    number: int
    spec: AttachmentSpec
    record_id: str
    started_at: int | None
    record: Row
    before: str | None


class Progress(NamedTuple):
    """How far a task has come with its attachments."""

    fetched: int

    def line(self, _seconds: float) -> str:
        """Return it as a text."""
        return "%d attachments fetched" % self.fetched


class Attachments:
    """The attachments of one archive task."""

    def __init__(self, client: Client, specs: tuple[AttachmentSpec, ...], call: Call, sees_all: bool) -> None:
        """Prepare to fetch.

        :param specs: the attachments that are wanted.
        :param sees_all: whether the viewer sees everything in a scope; otherwise only what this run has read is fetched for.
        """
        self._client = client
        self._specs = {spec.name: spec for spec in specs}
        self._dest: str = client.settings["attachments_dest"]
        self._call = call
        self._sees_all = sees_all
        self._max_bytes: int = client.settings["attachments_max_bytes"]
        self._unanswered = 0
        self._stopped = False
        self._number = self._fetched = self._failed = 0
        #: The number of the first job that failed, and why.
        self._first_failure: tuple[int, str] | None = None
        #: How many were fetched and kept, and how many are neither kept nor empty.
        self.kept = self.missing = 0
        self.changed = False

    def fetch(self, run: ScopeRun) -> None:
        """Fetch what the records of a scope lack.

        :raises SourceError: if the store or the folder can't be used.
        """
        if self._client.settings["reread"]:
            discard_altered(run, tuple(self._specs), self._dest)
        jobs = self._jobs(run)
        if not run.keeper.store.writes:
            lacking = sum(1 for _job in jobs)
            self.missing += lacking
            self.changed = self.changed or lacking > 0
            return
        pool: ThreadPool | None = None
        waiting: dict[Future[Row], _Job] = {}
        # A transaction for each would be a good part of the work. What a killed task has not stored yet is fetched again.
        done: list[tuple[_Job, Future[Row]]] = []
        try:
            while True:
                free = 0 if self._stopped else self._client.settings["concurrency"] - len(waiting)
                for job in self._take(jobs, free):
                    pool = pool or ThreadPool(self._client.settings["concurrency"])
                    waiting[pool.submit(self._fetch, run, job)] = job
                if not waiting or pool is None:
                    break
                done += [(waiting.pop(each), each) for each in pool.wait_for_any(waiting)]
                if len(done) >= self._client.settings["concurrency"]:
                    some, done = done, []
                    self._note(run, some)
            if done:
                self._note(run, done)
        finally:
            if waiting:
                self._client.transport.stop()
            if pool is not None:
                pool.close()
        rest = sum(1 for _job in jobs)
        if rest:
            # The source no longer answers: the next run fetches them.
            self.missing += rest
            run.reasons.add(ATTACHMENTS)

    @property
    def progress(self) -> Progress:
        """Return the progress."""
        return Progress(self._fetched)

    def counts(self) -> tuple[int, int]:
        """Return how many were kept, and how many are missing; warn about those that failed."""
        if self._first_failure is not None:
            text = "%d attachments could not be fetched, and the next run tries again: %s"
            self._call.warnings.append(text % (self._failed, self._first_failure[1]))
        return self.kept, self.missing

    def _take(self, jobs: Iterator[_Job], most: int) -> Iterator[_Job]:
        for _number in range(most):
            job = next(jobs, None)
            if job is None:
                return
            yield job

    def _jobs(self, run: ScopeRun) -> Iterator[_Job]:
        """Yield what is to be fetched, the newest first, and count what can't be."""
        archive = run.keeper.archive
        view, is_blind = view_of(self._client)
        for lacking in self._records(run, run.keeper.now if is_blind or not self._sees_all else None):
            record = json.loads(lacking.raw)
            # A record that was given up has not ended.
            if not view.passes_filters(record) or archive.entry(record).outcome in OPEN:
                continue
            for name, spec in self._specs.items():
                state, limit = lacking.states[name], lacking.sizes[name]
                if lacking.final[name]:
                    continue
                if state == GONE or state == TOO_LARGE and (limit or 0) >= self._max_bytes:
                    self.missing += 1
                    continue
                self._number += 1
                yield _Job(self._number, spec, lacking.record_id, lacking.started_at, record, state)

    def _records(self, run: ScopeRun, seen: int | None) -> Iterator[table.Lacking]:
        after: table.Last | None = None
        while True:
            rows = run.keeper.store.transact(partial(
                table.list_lacking, scope=run.key, names=tuple(self._specs), window=run.window, after=after,
                most=_BATCH, seen=seen,
            ))
            yield from rows
            if len(rows) < _BATCH:
                return
            after = (rows[-1].started_at, rows[-1].record_id)

    def _fetch(self, run: ScopeRun, job: _Job) -> Row:
        """Fetch one attachment, and return its row; called in a thread.

        :raises SourceError: (file) if the folder can't be used.
        """
        spec = job.spec
        path = build_relative_path(run.key.source, run.key.key, job.record_id, job.started_at, spec.name, spec.extension)
        row: Row = {"record_id": job.record_id, "name": spec.name, "fetched_at": run.keeper.now}
        with convert_os_errors(os.path.join(self._dest, path), "Keeping an attachment"):
            folder = make_folders(self._dest, path, _RIGHTS)
            with closing(NewFile(folder, self._max_bytes)) as file:
                state, error = self._fill(job, file)
                if state == KEPT:
                    saved = put_in_place(self._place(path), file, _RIGHTS, dry=False)
                    return {**row, "state": KEPT, "path": path, "size": saved.size, "sha256": saved.sha256, "error": None}
        return {**row, "state": state, "error": error, **({"size": self._max_bytes} if state == TOO_LARGE else {})}

    def _place(self, path: str) -> Place:
        """Return the file that is there now.

        :raises OSError: if it is something else than a plain file.
        """
        try:
            return look(os.path.join(self._dest, path))
        except OptionError:
            raise FileExistsError(errno.EEXIST, "there is something else than a plain file") from None

    def _fill(self, job: _Job, file: NewFile) -> tuple[str, str | None]:
        """Write the attachment to its file; return its state, and why it failed."""
        client = self._client
        # Links are many, and each is masked only in what is said of its own attachment.
        links = Redactor(())
        wanted = Wanted(job.record, client.settings, client.connection, client.transport, self._max_bytes, links.add_url)
        try:
            state = job.spec.fetch(wanted, file)
        except SourceError as failure:
            if failure.kind == "file":
                raise
            if file.size > self._max_bytes:
                return TOO_LARGE, None
            self._note_failure(failure)
            return FAILED, make_storable(self._call.redactor.line(links.redact(failure.redact(links.line).line())), _LONGEST_ERROR)
        self._unanswered = 0
        return state, None

    def _note_failure(self, failure: SourceError) -> None:
        """Stop where the rest would fail, too: several wrong tries can lock a key."""
        self._unanswered = self._unanswered + 1 if failure.kind in _NO_ANSWER else 0
        if failure.kind == "auth" or self._unanswered >= _MOST_UNANSWERED:
            self._stopped = True

    def _note(self, run: ScopeRun, done: list[tuple[_Job, Future[Row]]]) -> None:
        """Store the results of some jobs, even if one of them ends the task.

        :raises SourceError: if the store or the folder can't be used.
        """
        fetched = [(job, future.result()) for job, future in done if future.exception() is None]
        run.keeper.store.transact(partial(table.note, scope=run.key, rows=[row for _job, row in fetched]))
        for job, row in fetched:
            self._count(run, job, row)
        self._fetched += len(fetched)
        self._call.watch(self)
        for _job, future in done:
            # Raises what ended one.
            future.result()

    def _count(self, run: ScopeRun, job: _Job, row: Row) -> None:
        state = row["state"]
        self.changed = self.changed or state != job.before
        self.kept += state == KEPT
        self.missing += state not in WHOLE
        if state == FAILED:
            run.reasons.add(ATTACHMENTS)
            self._failed += 1
            failure = (job.number, "%s of %s: %s" % (job.spec.name, job.record_id, row["error"]))
            self._first_failure = min(self._first_failure or failure, failure)
