# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hoop gateway with recordings and inputs, behind the wire without sockets, and tasks that archive them."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

from exporting import BEGIN, DAY, session
from gateway import Gateway

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.task import ArchiveTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

NOW = BEGIN + 10 * DAY
LOST = [[0, "e", base64.b64encode(b"no log found on disk").decode()]]


def uuid(number):
    return "00000000-0000-4000-8000-%012d" % number


def recorded(number, start=None, **more):
    """A session that a task can fetch the recording of; it took a minute."""
    start = BEGIN + number * 3_600_000 if start is None else start
    return session(number, start, **{"id": uuid(number), "metrics": {}, "end_date": times.to_iso(start + 60_000, "ms"), **more})


def event(seconds, kind, text):
    return [seconds, kind, base64.b64encode(text.encode()).decode()]


class Recordings(Gateway):
    """A gateway that has recordings; what it lacks, refuses or breaks is as a test says."""

    def __init__(self, wire) -> None:
        super().__init__(wire)
        self.events = {}
        self.inputs = {}
        #: Failures by session: raised when its details are requested.
        self.failing = {}
        #: What was requested of which session, in order.
        self.asked = []
        self._lock = threading.Lock()

    def answer(self, sent):
        if sent.path == "/api/sessions":
            return super().answer(sent)
        name = sent.path.split("/")[3]
        if sent.path.endswith("/result/stream"):
            raise SourceError("permission", "user is not allowed to stream this session", 403)
        if sent.path.endswith("/download/input"):
            return self.download(sent, name)
        if not sent.query:
            return next(each for each in self.sessions if each["id"] == name)
        what = "link" if "extension" in sent.query else sent.query["expand"]
        with self._lock:
            self.asked.append((what, name))
        if name in self.failing:
            raise self.failing[name]
        if what == "link":
            return {"download_url": "http://else/api?token=%s" % ("t" * 40), "expire_at": "2026-04-01T00:00:00Z"}
        listed = next(each for each in self.sessions if each["id"] == name)
        if what == "session_input":
            text = self.inputs.get(name, "select 1")
            return {**listed, "script": None if text is None else {"data": text}}
        found = self.events.get(name, [event(0.5, "o", "hello " + name)])
        return {"id": name, **({} if found is None else {"event_stream": found}), "metrics": listed.get("metrics")}

    def download(self, sent, name):
        return b"by link"

    def names(self, what="event_stream"):
        return [name for kind, name in self.asked if kind == what]


class Archiving:
    """A store and a folder of attachments, and tasks on them."""

    def __init__(self, folder: Path, source="hoop_session") -> None:
        self.store = str(folder / "s.db")
        self.dest = folder / "kept"
        self.archive = ARCHIVES[source]

    def outcome(self, now=NOW, check=False, watch=lambda fetch: None, **given):
        defaults = {name: each.get("default") for name, each in self.archive.source.all_options.items()}
        options = {
            **defaults, "endpoint": "http://h", "token": "t0ken-l0ng", "store": self.store, "start_time": str(BEGIN),
            "attachments": ["recording"], "attachments_dest": str(self.dest), **given,
        }
        return run_task(ArchiveTask(self.archive), options, {}, check=check, now=now, watch=watch)

    def run(self, now=NOW, check=False, **given):
        result = self.outcome(now, check, **given).result
        assert not result.get("failed"), result
        return result

    def states(self, name="recording"):
        found = rows(self.store, "SELECT * FROM attachment WHERE name = '%s'" % name)
        return {each["record_id"]: each["state"] for each in found}

    def row(self, record_id, name="recording"):
        return rows(self.store, "SELECT * FROM attachment WHERE record_id = '%s' AND name = '%s'" % (record_id, name))[0]

    def files(self):
        """All files below the folder, by their relative paths."""
        return {str(path.relative_to(self.dest)): path for path in sorted(self.dest.rglob("*")) if path.is_file()}
