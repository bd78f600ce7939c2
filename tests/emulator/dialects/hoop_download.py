# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hoop's download links: single use, one per session, short-lived, and the credential in themselves."""

from __future__ import annotations

import re
import secrets

from ..exchange import Answer
from ..records import Record
from ..settings import Settings
from .hoop_data import events_of
from .hoop_stream import download, format_time, letters, microseconds, parse_time


class Links:
    """The pending links of one gateway process."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._pending: dict[str, tuple[str, float]] = {}

    def clear(self) -> None:
        self._pending.clear()

    def issue(self, session_id: str, query: dict[str, str], own_url: str) -> Answer:
        """A link for the stream, or for the input; it replaces the session's earlier one."""
        token = secrets.token_hex(32)
        expires = self._settings.now("hoop") + self._settings.link_lifetime
        self._pending[session_id] = (token, expires)
        host = self._settings.download_host
        host = own_url if host == "self" else host  # scheme and host only: a base path is lost, as in the real one
        path = f"{host}/api/sessions/{session_id}/download"
        if query.get("blob-type") == "session_input":
            url = f"{path}/input?token={token}"
        else:  # plain text insertion: nothing is URL-encoded
            flags = "&".join(f"{name}={int(query.get(name) == '1')}" for name in ("newline", "event-time"))
            wanted = letters(query.get("events", ""))
            url = f"{path}?token={token}&extension={query['extension']}&{flags}&events={wanted}"
        return Answer(200, {"download_url": url, "expire_at": format_time(int(expires * 1000000))})

    def redeem(self, session_id: str, query: dict[str, str], record: Record | None, is_input: bool) -> Answer:
        """Any request for a link uses it up, whether it gets the content or not."""
        pending = self._pending.pop(session_id, None)
        if pending is None or record is None:
            return _error(404, "not found")
        token, expires = pending
        if query.get("token") != token:
            return _error(401, "unauthorized")
        if self._settings.now("hoop") > expires:
            return _error(410, "session download link expired")
        session = record.data["session"]
        if is_input:
            content = ((session["script"] or {}).get("data") or "").encode()
        else:
            content = download(events_of(record), session["start_date"], query)
        extension = "txt" if is_input else query.get("extension", "")
        moment = microseconds(parse_time(session["end_date"] or session["start_date"]))
        stamp = re.sub(r"[-:]", "", format_time(moment)[:19]).replace("T", "-")
        name = f"{session['connection']}-{session['id']}-{stamp}.{extension}"
        headers = {"Content-Disposition": f"attachment; filename={name}", "Accept-Length": str(len(content))}
        return Answer(200, content, headers, content_type="application/octet-stream")


def _error(status: int, message: str) -> Answer:
    return Answer(status, {"status": status, "message": message})
