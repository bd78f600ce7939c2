# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole state of one emulator process: its systems, their settings, the log, the faults."""

from __future__ import annotations

from typing import Any

from .auth.huawei_gate import HuaweiGate
from .dialects.base import Dialect
from .dialects.bcc import Bcc
from .dialects.chat import Chat
from .dialects.elsewhere import Elsewhere
from .dialects.fabric import Fabric
from .dialects.hoop import Hoop
from .dialects.iam import Iam
from .dialects.storage import Storage
from .dialects.taurusdb import TaurusDb
from .faults import FaultBook
from .journal import Journal
from .mutate import Mutations
from .settings import Settings


class World:
    """What the listeners share and the control changes."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.journal = Journal()
        self.faults = FaultBook()
        self.mutations = Mutations()
        self.gate = HuaweiGate(self.settings)
        #: listener -> URL, once they listen
        self.urls: dict[str, Any] = {}
        storage = Storage(self.settings)
        dialects: tuple[Dialect, ...] = (
            Iam(self.settings, self.gate),
            TaurusDb(self.settings, self.gate, storage),
            Fabric(self.settings, self.gate),
            Hoop(self.settings),
            Bcc(self.settings),
            Chat(self.settings),
            Elsewhere(self.settings, storage),
        )
        self.dialects = {dialect.name: dialect for dialect in dialects}

    def reset(self) -> None:
        """As freshly started, without the records of --records."""
        self.settings.reset()
        self.faults.clear()
        self.mutations.clear()
        self.gate.reset()
        for dialect in self.dialects.values():
            dialect.reset()
        self.journal.reset()

    def dialect(self, name: Any) -> Dialect:
        if name not in self.dialects:
            raise ValueError(f"unknown dialect {name!r}; known: {', '.join(self.dialects)}")
        return self.dialects[name]
