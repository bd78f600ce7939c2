# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check filters that matched no record: the value may never have existed.

One more request, without a window of time, lists one record with the same filters. Filters with
fixed values can't be misspelt, and are left out of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._base.errors import SourceError
from .._base.options import Settings
from .._base.task import TOTAL_CHANGED
from .._paging.styles import LARGEST_PAGE, Page, Slice
from .client import Client
from .listing import Listing

Group = tuple[Any, ...]


class FilterCheck:
    """The filters of a task, and what they left of its lists."""

    def __init__(self, client: Client, redact: Callable[[object], str]) -> None:
        """Begin without a listing.

        :param redact: masks secrets in a line.
        """
        self._client = client
        self._redact = redact
        settings = client.settings
        self._filters = {name: settings[name] for name in client.endpoint.text_filters if settings[name]}
        #: How many records were listed of each scope of which none was kept; null where one was, or where that is not certain.
        self._listed: dict[Group, int | None] = {}
        #: Why a list that was empty may not be complete: the same request has found something since.
        self.reasons: set[str] = set()

    def note(self, listing: Listing) -> None:
        """Count the records of a listing that has ended."""
        if not self._filters or listing.endpoint is not self._client.endpoint:
            return
        group = self._group(listing.target)
        before = self._listed.get(group, 0)
        is_empty = not (listing.kept or listing.failure or listing.reasons) and before is not None
        self._listed[group] = (before or 0) + listing.listed if is_empty else None

    def warnings(self) -> list[str]:
        """Check the filters that left nothing, and say which have never matched anything."""
        settings = self._client.settings
        without = dict.fromkeys(("start_time", "end_time", *self._client.endpoint.choice_filters))
        is_same = all(settings.values.get(name) is None for name in without)
        anytime = Settings({**settings.values, **without}, settings.origin, settings.now)
        warnings = []
        for target in self._client.endpoint.targets(anytime) if self._listed else ():
            listed = self._listed.get(self._group(target))
            if listed is not None:
                listing = Listing(self._client.endpoint, anytime, self._client.connection, target)
                found = self._check(listing, listed)
                warnings += found
                if is_same and not found:
                    self.reasons.add(TOTAL_CHANGED)
        return warnings

    def _check(self, listing: Listing, listed: int) -> list[str]:
        given = ", ".join("%s: %r" % item for item in self._filters.items())
        scope = "".join(" of %s %s" % (name, listing.target.get(name)) for name in self._client.endpoint.scope)
        try:
            page = self._page(listing, 1)
            if page.rows and not any(map(listing.keeps, page.rows)):
                # The source filters less exactly.
                page = self._page(listing, LARGEST_PAGE)
        except SourceError as failure:
            line = self._redact(failure.at(listing.endpoint.doing, listing.target).line())
            return ["%s: nothing was found, and whether there ever was anything could not be checked: %s" % (given, line)]
        if any(map(listing.keeps, page.rows)):
            return []
        if len(page.rows) == page.length or not page.rows:
            return ["%s has never matched any record%s. Check how it is written." % (given, scope)]
        return [
            "%s matches none of the %d records%s that the source listed, and none of its newest %d. Check how it is written."
            % (given, listed, scope, len(page.rows))
        ]

    def _page(self, listing: Listing, size: int) -> Page:
        _record, page = self._client.send(listing, listing.request(Slice(0, size)))
        return page or Page([])

    def _group(self, target: dict[str, Any]) -> Group:
        return tuple(target.get(name) for name in self._client.endpoint.scope)
