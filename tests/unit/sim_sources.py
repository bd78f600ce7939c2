# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated gateway of hoop and a simulated account of Baidu, whose records come, change and go as a test says."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError

HOOP, BCC = "hoop_session", "bcc_action_run"


class Place(NamedTuple):
    """A scope by its source and its key in the store."""

    source: str
    key: str


class Viewer(NamedTuple):
    """Who looks at a gateway."""

    id: str
    role: str
    org: str

    @property
    def sees_all(self) -> bool:
        return self.role in ("admin", "auditor")


VIEWERS = {
    each.id: each
    for each in (
        Viewer("auditor-a", "auditor", "org-a"), Viewer("ana", "standard", "org-a"), Viewer("bob", "standard", "org-a"),
        Viewer("auditor-b", "auditor", "org-b"),
    )
}
#: Whose each access key is.
ACCOUNTS = {"AK-first-1": "default", "AK-first-2": "default", "AK-other-1": "acme"}
USERS, TARGETS = ("ana", "bob"), ("orders", "users")


class Record:
    """One record at a source, and how it is at this moment."""

    def __init__(self, place: Place, number: int, start: int, user: str, target: str, is_open: bool, like_ai_block: bool = False) -> None:
        self.place = place
        self.start = start
        #: Of a run: a map with keys of the user's own.
        self.params: dict[str, str] = {}
        #: Whether the source says when it began.
        self.has_start = True
        self.user = user
        self.target = target
        self.is_open = is_open
        self.end = None if is_open else start + 500
        self.like_ai_block = like_ai_block and not is_open
        #: Grows with every change; what is stored must be of the version that was read last.
        self.version = 1
        # The same ids in different scopes.
        self.id = "00000000-0000-4000-8000-%012d" % number if place.source == HOOP else "r-%04d" % number

    def finish(self, now: int) -> None:
        self.is_open, self.end = False, max(self.start, now)
        self.version += 1

    @property
    def listed(self) -> dict[str, Any]:
        """It as a list shows it."""
        if self.place.source == BCC:
            return {
                "id": self.id, "state": "RUNNING" if self.is_open else "SUCCESS", "createdTimestamp": self.start if self.has_start else None,
                "execParams": self.params, "finishedTimestamp": self.end, "action": {"type": "COMMAND", "name": self.target},
                "version": self.version, "place": self.place.key,
            }
        return {
            "id": self.id, "start_date": times.to_iso(self.start, "ms") if self.has_start else None, "status": "open" if self.is_open else "done",
            "end_date": None if self.end is None else times.to_iso(self.end, "ms"),
            "exit_code": None if self.is_open else 254 if self.like_ai_block else 0, "verb": "exec", "type": "database",
            "user_id": self.user, "user": self.user + "@example.com", "connection": self.target,
            "event_size": 0 if self.like_ai_block else 7, "metrics": None if self.like_ai_block else {},
            "version": self.version, "place": self.place.key,
        }

    @property
    def details(self) -> dict[str, Any]:
        """What only its details show."""
        if self.place.source == BCC:
            return {"children": [{"id": "c-" + self.id, "state": self.listed["state"], "version": self.version}]}
        more = {"ai_analysis": {"action": "block_execution"}} if self.like_ai_block else {}
        return {"script": {"data": "select %d" % self.version}, **more}


class Sources:
    """All sources, behind the wire without sockets."""

    def __init__(self, wire: Any) -> None:
        self.wire = wire
        self.records: dict[Place, dict[str, Record]] = {}
        self.viewer = VIEWERS["auditor-a"]
        #: Records whose details were asked for and shown.
        self.detailed: set[tuple[Place, str]] = set()
        #: The number of the request that is refused; null for none.
        self.refused: int | None = None
        #: The number of the request that is answered with an empty list, as by something on the way; null for none.
        self.emptied: int | None = None
        wire.answer = self._answer

    def look_as(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.wire.fixed["/api/userinfo"] = {"id": viewer.id, "role": viewer.role, "org_id": viewer.org}

    def add(self, record: Record) -> None:
        self.records.setdefault(record.place, {})[record.id] = record

    def of_view(self, place: Place, view: dict[str, str]) -> list[Record]:
        """What a view shows of a scope at this moment, by the model and not by what was asked."""
        viewer = view.get("viewer")
        target = view.get("connection" if place.source == HOOP else "name")
        return [
            each for each in self.records.get(place, {}).values()
            if viewer in (None, each.user) and target in (None, each.target)
        ]

    def _answer(self, sent: Any) -> Any:
        if self.refused is not None and len(self.wire.sent) == self.refused:
            raise SourceError("server", "not now", 500)
        if sent.path.startswith("/api/sessions"):
            return self._session(sent) if sent.path.count("/") > 2 else self._sessions(sent)
        account = ACCOUNTS[re.search("bce-auth-v1/([^/]+)/", sent.headers["Authorization"])[1]]  # type: ignore[index]
        key = "region=bj,type=COMMAND" if account == "default" else "account=%s,region=bj,type=COMMAND" % account
        place = Place(BCC, key)
        result = self._children(place, sent) if sent.path.endswith("/actionRun") else self._runs(place, sent)
        return {"requestId": "q", "code": "success", "success": True, "result": result}

    def _session(self, sent: Any) -> dict[str, Any]:
        place = Place(HOOP, "org=" + self.viewer.org)
        return self._shown(place, sent.path.rsplit("/", 1)[1], {} if self.viewer.sees_all else {"viewer": self.viewer.id})

    def _shown(self, place: Place, name: str, view: dict[str, str]) -> dict[str, Any]:
        found = {each.id: each for each in self.of_view(place, view)}.get(name)
        if found is None:
            raise SourceError("not_found", "no such record", 404)
        self.detailed.add((place, name))
        return {**found.listed, **found.details}

    def _sessions(self, sent: Any) -> dict[str, Any]:
        asked = sent.query
        first, last = (times.parse_iso(asked[name]) for name in ("start_date", "end_date"))
        view = {} if self.viewer.sees_all else {"viewer": self.viewer.id}
        view.update((name, asked[name]) for name in ("connection",) if name in asked)
        found = [each for each in self.of_view(Place(HOOP, "org=" + self.viewer.org), view) if first <= each.start <= last]
        at, size = int(asked["offset"]), int(asked["limit"])
        rows = [] if self.emptied == len(self.wire.sent) else _newest_first(found)
        return {
            "data": rows[at : at + size], "total": len(rows), "total_is_capped": False, "has_next_page": at + size < len(rows),
        }

    def _runs(self, place: Place, sent: Any) -> dict[str, Any]:
        asked = sent.body
        view = {"name": asked["action"]["name"]} if "name" in asked["action"] else {}
        found = [
            each for each in self.of_view(place, view)
            if asked.get("startTime", 0) <= each.start <= asked.get("endTime", each.start)
        ]
        rows, at = [] if self.emptied == len(self.wire.sent) else _newest_first(found), (asked["pageNo"] - 1) * asked["pageSize"]
        return {"totalCount": len(rows), "data": rows[at : at + asked["pageSize"]]}

    def _children(self, place: Place, sent: Any) -> dict[str, Any]:
        shown = self._shown(place, sent.query["id"], {})
        if sent.query.get("withLog") == "true":
            shown["children"] = [{**each, "log": "line %d" % each["version"]} for each in shown["children"]]
        return {**shown, "totalCount": len(shown["children"])}


def _newest_first(records: list[Record]) -> list[dict[str, Any]]:
    return [each.listed for each in sorted(records, key=lambda each: (-each.start, each.id))]
