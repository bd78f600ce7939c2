# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch what belongs to a session but is not in its record: its recording, and its input."""

from __future__ import annotations

import re
from typing import Any

from ...._base.errors import SourceError
from ...._fetch.archive_spec import AttachmentSpec, Wanted
from ...._files.atomic_file import NewFile
from ...._files.sinks import BytesSink
from ...._http.request import Request
from ...._records.attachment_state import EMPTY, GONE, KEPT, TOO_LARGE
from ...._records.shape import Row
from ..endpoints import DETAILS, UUID
from ..recording.kept import KeptSink
from ..recording.state import read_stored_size
from .download_link import follow_link
from .result_stream import refuse_withheld

#: How much larger a session's JSON may be than its recording in a file: blanks, and the other fields.
_ROOM = 2
_ROOM_BESIDE = 2**24


def _fetch_recording(wanted: Wanted, file: NewFile) -> str:
    """Write the events of a session, as they were recorded."""
    session = wanted.record
    if read_stored_size(session) > wanted.max_bytes:
        return TOO_LARGE
    sink = KeptSink(file, session)
    try:
        parser = wanted.transport.stream(
            _request(wanted, "event_stream"), wanted.connection.auth, sink, wanted.max_bytes * _ROOM + _ROOM_BESIDE
        ).data
    except SourceError as failure:
        if failure.status == 404:
            return GONE
        raise failure.at("Getting the recording", {"id": session.get("id")}) from None
    _check_id(session, parser.others)
    if sink.is_lost:
        return GONE
    if sink.events:
        return KEPT
    if not parser.found and not wanted.connection.values["viewer"]["sees_all"]:
        refuse_withheld(
            wanted.transport, wanted.connection, session["id"], read_stored_size(session), file, wanted.max_bytes * _ROOM
        )
    return EMPTY


def _fetch_input(wanted: Wanted, file: NewFile) -> str:
    """Write what a session was given to run."""
    session = wanted.record

    def read(data: Any) -> str | None:
        _check_id(session, data if isinstance(data, dict) else {})
        script = data.get("script")
        text = script.get("data") if isinstance(script, dict) else None
        return text if isinstance(text, str) else None

    try:
        text = wanted.transport.send(_request(wanted, "session_input"), wanted.connection.auth, read, DETAILS.max_body).data
    except SourceError as failure:
        if failure.status == 404:
            return GONE
        raise failure.at("Getting the input", {"id": session.get("id")}) from None
    if text is None:
        # Some gateways leave it out.
        follow_link(
            wanted.transport, wanted.connection, session["id"], None, BytesSink(file), wanted.max_bytes * _ROOM + _ROOM_BESIDE, wanted.keep_secret
        )
    else:
        file.write(text.encode("utf-8", "replace"))
    return KEPT if file.size else EMPTY


def _request(wanted: Wanted, expand: str) -> Request:
    session_id = wanted.record.get("id")
    if not isinstance(session_id, str) or not re.fullmatch(UUID, session_id):
        raise SourceError("protocol", "the session's id is no UUID")
    values = {"id": session_id, "expand": [expand], "event_stream": None}
    return DETAILS.request(wanted.connection.base, values, {})


def _check_id(session: Row, answer: Row) -> None:
    if str(answer.get("id")).lower() != str(session.get("id")).lower():
        raise SourceError("protocol", "the answer is about another session")


ATTACHMENTS = (AttachmentSpec("recording", "jsonl", _fetch_recording), AttachmentSpec("input", "txt", _fetch_input))
