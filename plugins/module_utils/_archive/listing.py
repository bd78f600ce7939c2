# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings as they are archived: each for a window of its scope, and never too long to be held in memory."""

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
from .scope import Piece

#: A list that is longer than this is cut; what is known of one list while it is read takes memory.
LONGEST_LIST = 20_000
#: How long the pieces are to be.
_PIECE = 10_000
_MOST_PIECES = 32
#: Where the source counts only so far.
_PIECES_OF_UNKNOWN = 8

#: What there is to list of a target: the listings of its scope.
Plan = Callable[[Endpoint, dict[str, Any]], list["ArchiveListing"]]


class ArchiveListing(Listing):
    """A listing that knows which window of which scope it reads; one without a window looks up what there is to list."""

    def __init__(
        self,
        plan: Plan,
        endpoint: Endpoint,
        settings: Settings,
        connection: Connection,
        target: dict[str, Any],
        piece: Piece | None = None,
        after: Listing | None = None,
        origin: tuple[Row, Follow] | None = None,
    ) -> None:
        if piece is not None:
            settings = _within(settings, piece.window, endpoint)
        super().__init__(endpoint, settings, connection, target, after, origin)
        self.piece = piece
        #: Whether the window is read when this has ended; what a row leads to is only part of it.
        self.owns = piece is not None and origin is None
        self._plan = plan
        self._original = settings
        if piece is not None and self.owns:
            piece.listings += 1
            # An empty answer may be that of something on the way, and would prove that nothing happened.
            self.doubts_nothing = True

    def _new_id_set(self) -> HashSet:
        return HashSet()

    def _follow(self, record: Row, follow: Follow) -> list[Listing]:
        if follow.merge is None:
            return list(self._plan(follow.endpoint, follow.target))
        return [self._another(follow.endpoint, follow.target, self.piece, (record, follow))]

    def _another(
        self, endpoint: Endpoint, target: dict[str, Any], piece: Piece | None, origin: tuple[Row, Follow] | None
    ) -> ArchiveListing:
        return ArchiveListing(
            self._plan, endpoint, self._original, self._connection, target, piece, origin=origin
        )

    def _feed(self, slice_: Slice, record: Row | None, page: Page | None) -> None:
        pieces = self._pieces(page) if page is not None and self._pager is None else []
        if self.piece is None or not pieces:
            super()._feed(slice_, record, page)
            return
        self.piece.was_cut = True
        self.piece.run.cuts -= len(pieces)
        for each in pieces:
            self._followed.append(self._another(self.endpoint, self.target, Piece(self.piece.run, each), None))
        self.done = True

    def _pieces(self, page: Page) -> list[Window]:
        """The windows to read one by one instead, if the list is too long for one."""
        if self.piece is None or not self.owns or not by_time(self.endpoint) or self.piece.run.cuts <= 0:
            return []
        if len(page.rows) < self._size:
            # A total that isn't borne out by what is there is no reason to ask for more of it.
            return []
        if page.total is None:
            wanted = _PIECES_OF_UNKNOWN if page.at_least else 1
        else:
            wanted = min(_MOST_PIECES, page.total // _PIECE + 1) if page.total > LONGEST_LIST else 1
        pieces = cut(self.piece.window, wanted)
        return pieces if len(pieces) > 1 else []


def by_time(endpoint: Endpoint) -> bool:
    """Whether the source lists what happened in a window."""
    return endpoint.time is not None and bool(endpoint.time.start and endpoint.time.end)


def grain_of(endpoint: Endpoint) -> int:
    """Return how finely the source counts time, in milliseconds."""
    return 1 if endpoint.time is None or endpoint.time.unit == "ms" else 1000


def _within(settings: Settings, window: Window, endpoint: Endpoint) -> Settings:
    """The same options for a window. From 1970 on means from the beginning, which needs no parameter."""
    values = {**settings.values, "start_time": window[0] or None}
    if by_time(endpoint):
        values["end_time"] = window[1]
    return Settings(values, settings.origin, settings.now)
