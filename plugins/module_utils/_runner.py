# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one task: from options to a result. Knows neither Ansible nor a source.

How a task asks and how it ends is the same whatever it does with the records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from . import _times
from ._endpoint import Connection, Endpoint, Source
from ._errors import OptionError, SourceError
from ._fetch import Fetch
from ._listing import Listing
from ._options import Declaration, Settings, check_window, resolve
from ._pages import MAX_RECORDS
from ._records import snake_case
from ._redaction import Redactor
from ._request import Request
from ._transport import Transport

FAILED_TARGETS = "failed_targets"
#: A clock that is further off than this, in seconds, is told of: windows end at this machine's now.
_CLOCK_TOLERANCE = 60


#: Called after every answer, to tell how far a fetch has come.
Watch = Callable[[Fetch], None]


class Outcome(NamedTuple):
    """What a task returns, and what must be masked in it."""

    result: dict[str, Any]
    warnings: list[str]
    secrets: set[str]


def declarations(source: Source) -> dict[str, Declaration]:
    """All options of a source's module."""
    return {**source.common, **source.options}


def run(
    source: Source,
    params: Mapping[str, Any],
    environ: Mapping[str, str],
    watch: Watch = lambda fetch: None,
    now: int | None = None,
) -> Outcome:
    """Do what a task asks for; failures are results, too.

    :param params: the task's options, as Ansible has validated them.
    :param watch: called after every answer, to tell how far it has come.
    :param now: the instant that C(now) means, in milliseconds.
    :raises MissingLibrary: if a library is not there.
    """
    return concluded(declarations(source), params, _Info(source, params, environ, watch, now).run)


def concluded(
    declared: Mapping[str, Declaration], params: Mapping[str, Any], work: Callable[[Redactor, list[str]], dict[str, Any]]
) -> Outcome:
    """What comes of a task's work: its result, or its failure in one line without secrets.

    :param work: is given the redactor of the task, and where to put warnings.
    """
    redactor = Redactor(params.get(name) for name, declaration in declared.items() if declaration.get("no_log"))
    warnings: list[str] = []
    try:
        result = work(redactor, warnings)
    except OptionError as problem:
        line = redactor.line(problem)
        failure = SourceError("invalid_request", line, hint="Nothing was asked of the source.").as_dict()
        result = {"failed": True, "msg": line, "failure": failure}
    except SourceError as failure:
        failure.redacted(redactor.line)
        result = {"failed": True, "msg": failure.line(), "failure": failure.as_dict()}
    return Outcome({"changed": False, **result}, warnings, redactor.secrets)


def checked(
    source: Source,
    declared: Mapping[str, Declaration],
    params: Mapping[str, Any],
    environ: Mapping[str, str],
    now: int | None,
    redactor: Redactor,
) -> tuple[Settings, Connection]:
    """The options of a task, and where and as whom it asks; nothing was asked yet.

    :raises OptionError: if they are not as they must be.
    """
    settings = resolve(declared, params, environ, _times.now_ms() if now is None else now)
    settings.values.update(source.fixed)
    check_window(settings)
    if source.verify is not None:
        source.verify(settings)
    connection = source.connect(settings, environ)
    for secret in connection.auth.secrets():
        redactor.add(secret)
    return settings, connection


class Opened(NamedTuple):
    """A task that can ask: what for, and by which transport. C(option) is the one that chose the endpoint."""

    option: str | None
    endpoint: Endpoint
    targets: list[dict[str, Any]]
    settings: Settings
    connection: Connection
    transport: Transport

    def fetch(self, listings: list[Listing], watch: Watch) -> Fetch:
        """Listings, ready to be read."""

        def send(listing: Listing, request: Request) -> Any:
            return self.transport.send(request, self.connection.auth, listing.read, listing.endpoint.max_body).data

        go_on = self.settings["on_error"] == "continue"
        return Fetch(listings, send, self.settings["concurrency"], go_on, self.transport.stop, watch)

    def clock_warnings(self) -> list[str]:
        """What has to be told of the source's clock."""
        skew = self.transport.skew
        if skew is None or abs(skew) <= _CLOCK_TOLERANCE:
            return []
        return [
            "The source's clock is %d seconds %s this machine's: a window that ends now ends there at another time."
            % (abs(skew), "ahead of" if skew > 0 else "behind")
        ]


@contextmanager
def opened(source: Source, settings: Settings, connection: Connection, redactor: Redactor) -> Iterator[Opened]:
    """Log in and look up what is missing, and end every request when the work is over, however it ends.

    :raises OptionError: if there is nothing to ask for, or nothing to trust.
    :raises SourceError: if the source refuses.
    """
    option, endpoint = _chosen(source, settings)
    targets = list(endpoint.targets(settings))
    if not targets:
        raise OptionError("these options exclude each other: nothing is left to ask for")
    transport = Transport(
        redactor, settings["timeout"], settings["retries"], settings["retry_budget"], trust(settings, connection),
        settings["concurrency"],
    )
    try:
        if connection.prepare is not None:
            more = connection.prepare(transport)
            connection = connection._replace(values={**connection.values, **more}, prepare=None)
        yield Opened(option, endpoint, targets, settings, connection, transport)
    finally:
        transport.stop()


def _chosen(source: Source, settings: Settings) -> tuple[str | None, Endpoint]:
    """The endpoint that the options ask for, and the option that does."""
    return next(each for each in source.endpoints if each[0] is None or settings[each[0]])


class _Info:
    """A task that returns the records, step by step."""

    def __init__(
        self, source: Source, params: Mapping[str, Any], environ: Mapping[str, str], watch: Watch, now: int | None
    ) -> None:
        self._source = source
        self._params = params
        self._environ = environ
        self._watch = watch
        self._now = now

    def run(self, redactor: Redactor, warnings: list[str]) -> dict[str, Any]:
        source = self._source
        settings, connection = checked(source, declarations(source), self._params, self._environ, self._now, redactor)
        search = _compiled(settings["query"])
        with opened(source, settings, connection, redactor) as task:
            fetch = task.fetch(_listings(task.endpoint, task.targets, settings, task.connection), self._watch)
            records, reasons = self._collect(fetch, settings)
        if task.endpoint.in_turn and len(task.targets) > 1:
            records = _latest(records, task.endpoint)
        for listing in fetch.listings:
            warnings += listing.warnings
        result = self._summary(fetch, reasons, redactor)
        warnings += task.clock_warnings()
        result["requests"] = task.transport.requests
        result["count"] = len(records)
        other_key = source.other_keys.get(task.option or "")
        if other_key:
            result[source.list_key] = []
        if search is not None:
            result["result"] = search(records)
        else:
            result[other_key or source.list_key] = records
        return result

    def _collect(self, fetch: Fetch, settings: Settings) -> tuple[list[dict[str, Any]], set[str]]:
        limit = settings["max_records"]
        records: list[dict[str, Any]] = []
        pages = fetch.records()
        for page in pages:
            records += page
            if limit is not None and len(records) >= limit:
                cut = len(records) > limit or fetch.unfinished
                pages.close()
                return records[:limit], {MAX_RECORDS} if cut else set()
        return records, set()

    def _summary(self, fetch: Fetch, reasons: set[str], redactor: Redactor) -> dict[str, Any]:
        failed = []
        totals = []
        for listing in fetch.listings:
            reasons |= listing.reasons
            if listing.failure is not None:
                failed.append({"target": listing.target, "failure": listing.failure.redacted(redactor.line).as_dict()})
            elif listing.counts:
                totals.append(listing.total)
        if failed:
            reasons.add(FAILED_TARGETS)
        return {
            "total": sum(totals) if totals and None not in totals else None,
            "complete": not reasons,
            "incomplete_reasons": sorted(reasons),
            "failed_targets": failed,
        }


def _listings(
    endpoint: Endpoint, targets: list[dict[str, Any]], settings: Settings, connection: Connection
) -> list[Listing]:
    listings: list[Listing] = []
    last_of_scope: dict[tuple, Listing] = {}
    for target in targets:
        scope = tuple(target.get(name) for name in endpoint.scope)
        before = last_of_scope.get(scope) if endpoint.in_turn else None
        listings.append(Listing(endpoint, settings, connection, target, after=before))
        last_of_scope[scope] = listings[-1]
    return listings


def _latest(records: list[dict[str, Any]], endpoint: Endpoint) -> list[dict[str, Any]]:
    """Each record once, as it was seen last: one may have been in two listings of its scope, in turn."""
    names = (*endpoint.scope, snake_case(endpoint.id))
    return list({tuple(str(record.get(name)) for name in names): record for record in records}.values())


def _compiled(query: str | None) -> Callable[[list[dict[str, Any]]], Any] | None:
    if query is None:
        return None
    # Imported here: most tasks have none, and a module's start is dear.
    from ._query import compiled

    return compiled(query)


def trust(settings: Settings, connection: Connection) -> bool | str:
    """What to verify certificates with: nothing, what was given, or the usual."""
    if not settings["validate_certs"] or not (settings["ca_path"] or connection.ca):
        return bool(settings["validate_certs"])
    from . import _trust as certificates

    if settings["ca_path"]:
        return certificates.from_file(settings["ca_path"])
    return certificates.checked(connection.ca or "", "the CA's certificates", "what was given")
