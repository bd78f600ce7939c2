# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The object storage behind TaurusDB's download links: it knows which of them are still valid."""

from __future__ import annotations

from collections.abc import Iterable

from ..exchange import Answer
from ..settings import Settings


class Storage:
    """The lists of killed sessions, and the links that were handed out for them."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._valid: set[str] = set()

    def clear(self) -> None:
        self._valid.clear()

    def hand_out(self, task_ids: Iterable[str]) -> None:
        """Each listing hands out a new link for each task."""
        if self._settings.links_once:
            self._valid.update(task_ids)

    def redeem(self, task_id: str) -> Answer:
        if self._settings.links_once:
            if task_id not in self._valid:
                text = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
                return Answer(403, text, content_type="application/xml")
            self._valid.discard(task_id)
        content = killed_sessions(task_id)
        if self._settings.killed_size is not None:
            content = (content * (self._settings.killed_size // len(content) + 1))[: self._settings.killed_size]
        return Answer(200, content, content_type="application/octet-stream")


def killed_sessions(task_id: str) -> str:
    """What the link of a killing task downloads. The document does not say its form; this is a plain table."""
    rows = "".join(f"{number},app,10.0.0.{number},orders,{number * 3},SELECT {task_id}\n" for number in range(1, 4))
    return "id,user,host,db,time,info\n" + rows
