# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the listings of an archive task: each for a window of its scope, and short enough for the memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._base.options import Settings
from .._fetch.endpoint import Connection, Endpoint, Follow
from .._fetch.listing import Listing
from .._paging.hash_set import HashSet
from .._paging.styles import Page, Slice
from .._records.shape import Row
from .._store.ledger.windows import Window, cut
from .plan import WindowPart

#: The longest list that is read as one: its ids take memory.
LONGEST_LIST = 20_000
#: The length of the parts that a longer list is split into.
_PART = 10_000
_MOST_PARTS = 32
#: The same, if the source counts only up to a limit.
_PARTS_OF_UNKNOWN = 8

#: Returns the listings of a target's scope.
Plan = Callable[[Endpoint, dict[str, Any]], list["ArchiveListing"]]


class ArchiveListing(Listing):
    """A listing of a window of a scope; one without a window looks up the scopes to list."""

    def __init__(
        self,
        plan: Plan,
        endpoint: Endpoint,
        settings: Settings,
        connection: Connection,
        target: dict[str, Any],
        part: WindowPart | None = None,
        after: Listing | None = None,
        origin: tuple[Row, Follow] | None = None,
    ) -> None:
        if part is not None:
            settings = _limit_to(settings, part.window, endpoint)
        super().__init__(endpoint, settings, connection, target, after, origin)
        self.part = part
        #: Whether the window is read when this listing ends; the request for a row's details is only a part of it.
        self.owns = part is not None and origin is None
        self._plan = plan
        self._original = settings
        if part is not None and self.owns:
            part.listings += 1
            # An empty answer may be that of something on the way, and would prove that nothing happened.
            self.doubts_nothing = True

    def _new_id_set(self) -> HashSet:
        return HashSet()

    def _follow(self, record: Row, follow: Follow) -> list[Listing]:
        if follow.merge is None:
            return list(self._plan(follow.endpoint, follow.target))
        return [self._open_again(follow.endpoint, follow.target, self.part, (record, follow))]

    def _open_again(
        self, endpoint: Endpoint, target: dict[str, Any], part: WindowPart | None, origin: tuple[Row, Follow] | None
    ) -> ArchiveListing:
        return ArchiveListing(
            self._plan, endpoint, self._original, self._connection, target, part, origin=origin
        )

    def _feed(self, slice_: Slice, record: Row | None, page: Page | None) -> None:
        parts = self._parts(page) if page is not None and self._pager is None else []
        if self.part is None or not parts:
            super()._feed(slice_, record, page)
            return
        self.part.was_cut = True
        self.part.run.cuts -= len(parts)
        for each in parts:
            self._followed.append(self._open_again(self.endpoint, self.target, WindowPart(self.part.run, each), None))
        self.done = True

    def _parts(self, page: Page) -> list[Window]:
        """Return the windows to read one by one instead, if the list is too long; empty otherwise."""
        if self.part is None or not self.owns or not lists_by_time(self.endpoint) or self.part.run.cuts <= 0:
            return []
        if len(page.rows) < self._size:
            # A total that the rows contradict is no reason for more requests.
            return []
        if page.total is None:
            wanted = _PARTS_OF_UNKNOWN if page.at_least else 1
        else:
            wanted = min(_MOST_PARTS, page.total // _PART + 1) if page.total > LONGEST_LIST else 1
        parts = cut(self.part.window, wanted)
        return parts if len(parts) > 1 else []


def lists_by_time(endpoint: Endpoint) -> bool:
    """Return whether the source can list a window."""
    return endpoint.time is not None and bool(endpoint.time.start and endpoint.time.end)


def grain_of(endpoint: Endpoint) -> int:
    """Return the resolution of the source's times, in milliseconds."""
    return 1 if endpoint.time is None or endpoint.time.unit == "ms" else 1000


def _limit_to(settings: Settings, window: Window, endpoint: Endpoint) -> Settings:
    """Return the options for a window. A start in 1970 means no start, which needs no parameter."""
    values = {**settings.values, "start_time": window[0] or None}
    if lists_by_time(endpoint):
        values["end_time"] = window[1]
    return Settings(values, settings.origin, settings.now)
