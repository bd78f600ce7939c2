# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions that begin while somebody looks: so many in each second of the gateway's clock."""

from __future__ import annotations

from ..records import Store
from ..settings import Settings
from .hoop_data import arrived


class Arrivals:
    """What came since the last list that was asked for."""

    def __init__(self, settings: Settings, store: Store):
        self._settings = settings
        self._store = store
        self._count = 0
        self._until: float | None = None

    def clear(self) -> None:
        self._count, self._until = 0, None

    def catch_up(self) -> None:
        """Let begin what is due by now."""
        rate, now = self._settings.arrivals_per_second, self._settings.now("hoop")
        if not rate:
            self._until = None
            return
        self._until = now if self._until is None else self._until
        while self._until + 1 / rate <= now:
            self._until += 1 / rate
            self._count += 1
            row = arrived(self._count, int(self._until * 1000000))
            newer = (index for index, each in enumerate(self._store.rows) if (each.time, each.id) < (row.time, row.id))
            self._store.insert(next(newer, len(self._store.rows)), row)
