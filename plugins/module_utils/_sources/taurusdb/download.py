# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Download the list of sessions that a killing task of TaurusDB killed, by the link in its record."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..._base.errors import SourceError
from ..._base.options import Settings, check_window, invalid
from ..._fetch.endpoint import Connection
from ..._fetch.fetcher import Fetch
from ..._fetch.listing import Listing
from ..._files.atomic_file import NewFile
from ..._files.download_options import BYTES_ALONE, check_options
from ..._files.sinks import BytesSink, TextSink
from ..._http.auth import Auth
from ..._http.request import Request
from ..._records.shape import Row
from .endpoints import SOURCE

if TYPE_CHECKING:
    from ..._http.transport import Transport

_EXPIRED = (403, 404, 410)
#: The kinds of failures that another link may not meet.
_MAY_PASS = ("network", "server", "rate_limited")


class TaurusdbDownload:
    """The download of one killing task's list."""

    def __init__(self, settings: Settings, connection: Connection, transport: Transport, keep_secret: Callable[[str], None]) -> None:
        """Prepare the download.

        :param keep_secret: masks links, and every part of them.
        """
        self._settings = convert_settings(settings)
        self._connection = connection
        self._transport = transport
        self._keep_secret = keep_secret
        self._target = {"task_id": settings["task_id"]}
        self.warnings: list[str] = []

    @staticmethod
    def verify(settings: Settings) -> None:
        """Check the rules between the options.

        :raises OptionError: if one is broken.
        """
        check_options(SOURCE.name, settings, ("instance_id", "task_id", "start_time"), ("id", "events"))
        check_window(settings)
        if settings["content"] != "recording":
            raise invalid("content", settings["content"], "possible with source " + SOURCE.name, "write recording")
        if settings["format"] not in BYTES_ALONE:
            raise invalid("format", settings["format"], "possible with source " + SOURCE.name, "write raw or txt")
        if SOURCE.verify is not None:
            SOURCE.verify(convert_settings(settings))

    def fill(self, file: NewFile) -> None:
        """Write the list to a file.

        :raises SourceError: if there is no such task, or its link is refused.
        """
        try:
            self._fill(file)
        except SourceError as failure:
            # A failure with a target already names its request.
            raise failure if failure.target else failure.at("Downloading the killed sessions", self._target) from None

    def _fill(self, file: NewFile) -> None:
        sink = BytesSink(file) if self._settings["format"] == "raw" else TextSink(file)

        def find() -> str:
            record, reasons = find_task(self._settings, self._connection, self._transport, self._target["task_id"])
            if record is None:
                missing = "; the list may not be complete (%s)" % ", ".join(reasons) if reasons else ""
                raise SourceError(
                    "not_found", "no such killing task in this window of time%s" % missing,
                    hint="Check task_id, instance_id, node_id, start_time and end_time.",
                )
            link = link_of(record)
            if link is None:
                raise SourceError("not_found", "the killing task has no link")
            return link

        follow_link(self._transport, find, sink, self._settings["max_bytes"], self._keep_secret)


def find_task(
    settings: Settings, connection: Connection, transport: Transport, task_id: str
) -> tuple[Row | None, list[str]]:
    """Find a killing task in the list of its node, or of all nodes.

    :param settings: the options of that list.
    :returns: its record, null if it is not there, and why the list may not be complete.
    :raises SourceError: if the source refuses.
    """
    _option, endpoint = next(each for each in SOURCE.endpoints if each[0] is None or settings[each[0]])
    listings = [Listing(endpoint, settings, connection, target) for target in endpoint.targets(settings)]

    def send(listing: Listing, request: Request) -> tuple[Any, int]:
        return transport.send(request, connection.auth, listing.read, listing.endpoint.max_body).data, 0

    fetch = Fetch(listings, send, settings["concurrency"])
    pages = fetch.records()
    for page in pages:
        for record in page:
            if str(record.get("task_id")) == task_id:
                pages.close()
                return record, []
    return None, sorted({reason for listing in fetch.listings for reason in listing.reasons})


def link_of(record: Row) -> str | None:
    """Return the link in a killing task's record; null if it has none."""
    link = record.get("download_link")
    return link if isinstance(link, str) and link else None


def follow_link(
    transport: Transport, find: Callable[[], str], sink: BytesSink, max_bytes: int, keep_secret: Callable[[str], None]
) -> None:
    """Download by a link, and by a second one if the first fails: a link may be valid for one request only.

    :param find: returns a new link.
    :param keep_secret: masks links, and every part of them.
    :raises SourceError: if there is no link, or both fail.
    """
    for last in (False, True):
        link = find()
        keep_secret(link)
        try:
            # The link is its own credential. Its host must not get any other.
            transport.stream(_request_for(link), Auth(), sink, max_bytes, once=True)
            return
        except SourceError as failure:
            is_expired = failure.status in _EXPIRED
            if last or not (is_expired or failure.kind in _MAY_PASS):
                if is_expired:
                    failure.hint = "The link in the task's record is refused: it may have expired."
                raise


def _request_for(link: str) -> Request:
    """Return the request for a link, byte for byte, because links are signed."""
    try:
        parts = urlsplit(link)
        # Reading the port checks it.
        usable = parts.scheme in ("http", "https") and parts.hostname and not parts.username and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not re.fullmatch("[!-~]+", link):
        raise SourceError("protocol", "the killing task's link can't be used")
    target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    return Request("%s://%s" % (parts.scheme, parts.netloc), target, headers=(("Accept", "*/*"),))


def convert_settings(settings: Settings) -> Settings:
    """Return the settings as options of the list of killing tasks."""
    node = settings["node_id"]
    more = {
        "instance_id": [settings["instance_id"]], "node_id": [node] if node else None,
        "targets": None, "include_links": True, "max_records": None,
    }
    return Settings({**settings.values, **more}, settings.origin, settings.now)
