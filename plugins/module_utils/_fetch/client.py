# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connect a task to its source: endpoint, credentials and transport."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from .._base.errors import OptionError
from .._base.options import Settings, check_window, resolve
from .._base.redaction import Redactor
from .._base.task import Call, Watch
from .._http.request import Request
from .._http.transport import Transport
from .endpoint import Connection, Endpoint, Source
from .fetcher import Fetch
from .listing import Listing, Part

#: A clock that is further off than this, in seconds, gets a warning: windows end at this machine's now.
_CLOCK_TOLERANCE = 60

#: Called before the first request with what ends every request, from any thread and for good.
Started = Callable[[Callable[[], None]], None]


def prepare(source: Source, call: Call) -> tuple[Settings, Connection]:
    """Check the options of a task, and find out where and as whom to connect. No request is sent.

    :raises OptionError: for a bad option.
    """
    settings = resolve(source.all_options, call.params, call.environ, call.now)
    settings.values.update(source.fixed)
    check_window(settings)
    if source.verify is not None:
        source.verify(settings)
    return settings, connection_of(source, settings, call)


def connection_of(source: Source, settings: Settings, call: Call) -> Connection:
    """Find out where and as whom to connect; the secrets of it are masked from here on.

    :raises OptionError: if the options don't say.
    """
    connection = source.connect(settings, call.environ)
    call.redactor.add_patterns(connection.secret_patterns)
    for secret in connection.auth.secrets():
        call.redactor.add_credential(secret)
    call.warnings += settings.warnings
    return connection


@contextmanager
def open_transport(
    settings: Settings, connection: Connection, redactor: Redactor, started: Started = lambda stop: None
) -> Iterator[tuple[Connection, Transport]]:
    """Log in and look up what is missing, and end every request when the work is over, however it ends.

    :raises OptionError: if the certificates to trust can't be read.
    :raises SourceError: if the source refuses.
    """
    transport = Transport(
        redactor, settings["timeout"], settings["retries"], settings["retry_budget"], find_trust(settings, connection),
        settings["concurrency"], connection.codes,
    )
    try:
        started(transport.stop)
        if connection.prepare is not None:
            more = connection.prepare(transport)
            connection = connection._replace(values={**connection.values, **more}, prepare=None)
        yield connection, transport
    finally:
        transport.stop()


class Client(NamedTuple):
    """What a task lists, and by which transport. C(option) is the one that chose the endpoint."""

    option: str | None
    endpoint: Endpoint
    targets: list[dict[str, Any]]
    settings: Settings
    connection: Connection
    transport: Transport

    def send(self, listing: Listing, request: Request) -> Part:
        """Send a listing's request.

        :returns: what its answer holds.
        :raises SourceError: if no try got a good answer.
        """
        return self.transport.send(request, self.connection.auth, listing.read, listing.endpoint.max_body).data

    def fetch(self, listings: list[Listing], watch: Watch, go_on: bool | None = None) -> Fetch:
        """Return listings, ready to be read.

        :param go_on: whether a listing may fail without the others; null for what O(on_error) says.
        """

        def send(listing: Listing, request: Request) -> tuple[Any, int]:
            return self.transport.send_and_keep(request, self.connection.auth, listing.read, listing.endpoint.max_body)

        go_on = self.settings["on_error"] == "continue" if go_on is None else go_on
        return Fetch(
            listings, send, self.settings["concurrency"], go_on, self.transport.stop, watch, self.transport.forget
        )

    def list_clock_warnings(self) -> list[str]:
        """Return the warnings about the source's clock."""
        skew = self.transport.clock.skew
        if skew is None or abs(skew) <= _CLOCK_TOLERANCE:
            return []
        return [
            "The source's clock is %d seconds %s this machine's: a window that ends now ends there at another time."
            % (abs(skew), "ahead of" if skew > 0 else "behind")
        ]


@contextmanager
def open_client(
    source: Source, settings: Settings, connection: Connection, redactor: Redactor, started: Started = lambda stop: None
) -> Iterator[Client]:
    """Choose the endpoint that the options select, and open the transport.

    :raises OptionError: if the options leave nothing to list, or the certificates to trust can't be read.
    :raises SourceError: if the source refuses.
    """
    option, endpoint = _choose_endpoint(source, settings)
    targets = list(endpoint.targets(settings))
    if not targets:
        raise OptionError("these options exclude each other: nothing is left to list")
    with open_transport(settings, connection, redactor, started) as (ready, transport):
        yield Client(option, endpoint, targets, settings, ready, transport)


def _choose_endpoint(source: Source, settings: Settings) -> tuple[str | None, Endpoint]:
    return next(each for each in source.endpoints if each[0] is None or settings[each[0]])


def find_trust(settings: Settings, connection: Connection) -> bool | str:
    """Return what to verify certificates with: nothing, what was given, or the usual."""
    if not settings["validate_certs"] or not (settings["ca_path"] or connection.ca):
        return bool(settings["validate_certs"])
    from .._http import ca_certificates as certificates

    if settings["ca_path"]:
        return certificates.load_file(settings["ca_path"])
    return certificates.check_pem(connection.ca or "", "the CA's certificates", "what was given")
