# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task asks a source, whatever it does with what it gets: who, where, and by which transport."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from .._base.errors import OptionError
from .._base.options import Declaration, Settings, check_window, resolve
from .._base.redaction import Redactor
from .._http.request import Request
from .._http.transport import Transport
from .endpoint import Connection, Endpoint, Source
from .fetcher import Fetch
from .listing import Listing

#: A clock that is further off than this, in seconds, is told of: windows end at this machine's now.
_CLOCK_TOLERANCE = 60

#: Called after every answer, to tell how far a fetch has come.
Watch = Callable[[Fetch], None]
#: Called before the first request with what ends every request, from any thread and for good.
Started = Callable[[Callable[[], None]], None]


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
    settings = resolve(declared, params, environ, now)
    settings.values.update(source.fixed)
    check_window(settings)
    if source.verify is not None:
        source.verify(settings)
    return settings, connected(source, settings, environ, redactor)


def connected(source: Source, settings: Settings, environ: Mapping[str, str], redactor: Redactor) -> Connection:
    """Where and as whom a task asks; its secrets are masked from here on.

    :raises OptionError: if that can't be told from what was given.
    """
    connection = source.connect(settings, environ)
    for secret in connection.auth.secrets():
        redactor.add(secret)
    return connection


@contextmanager
def asking(
    settings: Settings, connection: Connection, redactor: Redactor, started: Started = lambda stop: None
) -> Iterator[tuple[Connection, Transport]]:
    """Log in and look up what is missing, and end every request when the work is over, however it ends.

    :raises OptionError: if there is nothing to trust.
    :raises SourceError: if the source refuses.
    """
    transport = Transport(
        redactor, settings["timeout"], settings["retries"], settings["retry_budget"], trust(settings, connection),
        settings["concurrency"],
    )
    try:
        started(transport.stop)
        if connection.prepare is not None:
            more = connection.prepare(transport)
            connection = connection._replace(values={**connection.values, **more}, prepare=None)
        yield connection, transport
    finally:
        transport.stop()


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
def opened(
    source: Source, settings: Settings, connection: Connection, redactor: Redactor, started: Started = lambda stop: None
) -> Iterator[Opened]:
    """A task that C(asking) has made ready.

    :raises OptionError: if there is nothing to ask for, or nothing to trust.
    :raises SourceError: if the source refuses.
    """
    option, endpoint = _chosen(source, settings)
    targets = list(endpoint.targets(settings))
    if not targets:
        raise OptionError("these options exclude each other: nothing is left to ask for")
    with asking(settings, connection, redactor, started) as (ready, transport):
        yield Opened(option, endpoint, targets, settings, ready, transport)


def _chosen(source: Source, settings: Settings) -> tuple[str | None, Endpoint]:
    """The endpoint that the options ask for, and the option that does."""
    return next(each for each in source.endpoints if each[0] is None or settings[each[0]])


def trust(settings: Settings, connection: Connection) -> bool | str:
    """What to verify certificates with: nothing, what was given, or the usual."""
    if not settings["validate_certs"] or not (settings["ca_path"] or connection.ca):
        return bool(settings["validate_certs"])
    from .._http import ca_certificates as certificates

    if settings["ca_path"]:
        return certificates.from_file(settings["ca_path"])
    return certificates.checked(connection.ca or "", "the CA's certificates", "what was given")
