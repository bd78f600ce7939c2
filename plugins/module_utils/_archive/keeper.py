# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Share the store and counters between the scopes of an archive task."""

from __future__ import annotations

from collections.abc import Callable, Collection

from .._fetch.archive_spec import Archive
from .._store.outbox import Stream
from .._store.store import Store


class Keeper:
    """The store and the counters of one run of an archive task."""

    def __init__(
        self,
        store: Store,
        archive: Archive,
        secrets: Collection[str],
        now: int,
        wanted: int,
        requests: Callable[[], int],
        streams: set[Stream] | None = None,
    ) -> None:
        """:param wanted: the number of new records to return.

        :param requests: returns how many requests the task has sent so far.
        :param streams: where to put what is listened to from now on, if anything is.
        """
        self.store = store
        self.archive = archive
        self.secrets = secrets
        self.now = now
        #: The number of new records that may still be returned.
        self.wanted = wanted
        self.streams = streams
        #: Records in which a secret was masked: their scopes' keys, and their own.
        self.masked: set[tuple[str, str]] = set()
        self._requests = requests
        self._counted = 0

    def take_requests(self) -> int:
        """Return how many requests were sent since the last call."""
        before, self._counted = self._counted, self._requests()
        return self._counted - before
