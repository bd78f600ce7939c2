# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch the list of the sessions that a killing task killed: it is behind a link, which the task's record has only for a while."""

from __future__ import annotations

import re

from ..._base.errors import SourceError
from ..._base.options import Settings
from ..._fetch.archive_spec import AttachmentSpec, Wanted
from ..._files.atomic_file import NewFile
from ..._files.sinks import BytesSink
from ..._records.attachment_state import EMPTY, GONE, KEPT
from ..._records.shape import Row
from .download import convert_settings, find_task, follow_link, link_of
from .endpoints import ID

#: The link's own answers if there is nothing behind it any more.
_NO_MORE = (404, 410)
#: How much more than the largest file is received: that the file is too large, it says itself.
_ROOM_BESIDE = 2**20


class _Gone(Exception):
    """The source no longer has the list."""


def _fetch_list(wanted: Wanted, file: NewFile) -> str:
    """Write the bytes of the list."""
    record = wanted.record
    target = {"task_id": str(record.get("task_id"))}
    settings = _window_of(record, wanted.settings)

    def find() -> str:
        # Links are short-lived: each is requested when it is needed.
        found, reasons = find_task(settings, wanted.connection, wanted.transport, target["task_id"])
        if found is None and reasons:
            raise SourceError("protocol", "the list may not be complete (%s)" % ", ".join(reasons))
        link = link_of(found) if found is not None else None
        if link is None:
            raise _Gone
        return link

    try:
        follow_link(wanted.transport, find, BytesSink(file), wanted.max_bytes + _ROOM_BESIDE, wanted.keep_secret)
    except _Gone:
        return GONE
    except SourceError as failure:
        if failure.target is None and failure.status in _NO_MORE:
            return GONE
        raise failure if failure.target else failure.at("Downloading the killed sessions", target) from None
    return KEPT if file.size else EMPTY


def _window_of(record: Row, settings: Settings) -> Settings:
    """Return the options of the shortest list that has a task: its node, in the second in which it began."""
    start = record.get("start_time")
    ids = record.get("instance_id"), record.get("node_id")
    if not isinstance(start, int) or not all(isinstance(each, str) and re.fullmatch(ID, each) for each in ids):
        raise SourceError("protocol", "the killing task lacks its instance, its node or its start")
    instance, node = ids
    given = {"instance_id": instance, "node_id": node, "start_time": start * 1000, "end_time": start * 1000 + 1000}
    return convert_settings(Settings({**settings.values, **given}, settings.origin, settings.now))


ATTACHMENTS = (AttachmentSpec("killed_list", "raw", _fetch_list),)
