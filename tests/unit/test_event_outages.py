# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source while its source, its store or its credentials fail for an hour: it goes on, and says so once."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from functools import partial

import pytest
from exporting import session
from fake_wire import refused

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.events.outages import THE_SOURCE, Outages
from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.events.poller import Events
from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import outbox
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import store as store_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database import sqlite_file
from ansible_collections.opsaudit.sessions.plugins.plugin_utils import _event_source
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

SECRET = "s3cret-s3cret"
HOUR = 60
DOWN = ("network", "h: Connection refused", None)
ONCE = ". Polling goes on; this is logged once, and its end."


class Scene:
    """An event source with a clock of its own, whose polls are a minute apart."""

    def __init__(self, wire, monkeypatch, caplog, store):
        self.wire, self.store, self._log = wire, store, caplog
        self.sessions = []
        self.taken = []
        self.waited = []
        self._now = 0.0
        self._sleep = asyncio.sleep
        self._polls = []
        self.access = {"endpoint": "http://h", "token": SECRET}
        wire.answer = self.page
        wire.fixed["/api/userinfo"] = {"id": "auditor@example.com", "role": "auditor", "org_id": "o"}
        monkeypatch.setattr(_event_source, "Events", partial(Events, clock=lambda: self._now))
        monkeypatch.setattr(_event_source.asyncio, "sleep", self._pass_time)
        caplog.set_level(logging.WARNING, "opsaudit.sessions.sessions")

    def page(self, sent):
        listed = self.sessions if sent.query["offset"] == "0" else []
        return {"data": listed, "total": len(self.sessions), "total_is_capped": False, "has_next_page": False}

    def arrive(self, count=1, age=0):
        """So many records that began just now, or some milliseconds ago."""
        number = len(self.sessions)
        self.sessions += [session(each, times.now_ms() - age) for each in range(number, number + count)]

    async def _pass_time(self, seconds):
        self.waited.append(seconds)
        self._now += seconds
        await self._sleep(0)
        if not self._polls:
            raise asyncio.CancelledError
        self._polls.pop(0)()

    def run(self, *polls):
        """What happens before each poll."""
        first, *self._polls = polls
        first()
        queue = asyncio.Queue()
        given = {"source": "hoop_session", "options": self.access, "store": self.store}
        try:
            with pytest.raises(asyncio.CancelledError):
                asyncio.run(_event_source.run(queue, given))
        finally:
            self.taken += [queue.get_nowait()["record"]["id"] for _number in range(queue.qsize())]

    @property
    def lines(self):
        return [record.getMessage() for record in self._log.records]

    def has_all_once(self):
        return sorted(self.taken) == sorted(each["id"] for each in self.sessions)


@pytest.fixture
def scene(wire, monkeypatch, caplog, tmp_path):
    return Scene(wire, monkeypatch, caplog, str(tmp_path / "s.db"))


def nothing():
    """What happens before a poll where nothing does."""


@pytest.mark.parametrize("failure, polls, length", [
    (DOWN, HOUR, "1 h 0 min"), (("network", "the host name h does not exist", None), 3, "3 min 0 s"),
    (("network", "no answer within 30 seconds", None), 3, "3 min 0 s"), (("server", "no", 500), 3, "3 min 0 s"),
    (("rate_limited", "slowly", 429), 3, "3 min 0 s"), (("permission", "no", 403), 3, "3 min 0 s"),
    (("protocol", "the answer is no JSON", 200), 3, "3 min 0 s"), (("tls", "the server's certificate is refused: expired", None), 3, "3 min 0 s"),
    (("not_found", "no", 404), 3, "3 min 0 s"), (("invalid_request", "no", 400), 3, "3 min 0 s"),
])
def test_a_source_that_is_down(scene, failure, polls, length):
    kind, message, status = failure

    def go_down():
        scene.wire.answer = refused(kind, message + " " + SECRET, status)

    def come_back():
        scene.wire.answer = scene.page
        scene.arrive()

    scene.arrive(2)
    scene.run(nothing, go_down, *[scene.arrive] * (polls - 1), come_back, nothing)
    begun, ended = scene.lines
    assert message in begun and begun.endswith(ONCE) and SECRET not in begun
    assert ended == "The source can be read again, after %s (failed polls: %d)." % (length, polls)
    assert scene.has_all_once() and len(scene.taken) == polls + 2
    assert scene.waited == [60] * (polls + 3)


def test_it_can_be_down_from_the_start(scene):
    scene.wire.answer = refused(*DOWN)
    scene.arrive(3)
    scene.run(*[nothing] * 3, lambda: setattr(scene.wire, "answer", scene.page))
    assert len(scene.lines) == 2 and scene.has_all_once()


def test_another_failure_is_another_line_and_none_comes_back_in_turns(scene):
    def fail(kind, status, message="no"):
        return lambda: setattr(scene.wire, "answer", refused(kind, message, status))

    refuses, errs = fail("network", None, "h: Connection refused"), fail("server", 503)
    scene.run(refuses, errs, refuses, errs, fail("server", 503, "no, request 4711"), fail("network", None, "the answer broke off"))
    assert ["Connection refused" in line for line in scene.lines] == [True, False, False] and "HTTP 503" in scene.lines[1]


def test_the_next_outage_is_said_again(scene):
    def down():
        scene.wire.answer = refused()

    def up():
        scene.wire.answer = scene.page

    scene.run(down, up, down, nothing, up)
    assert [line.rpartition(", after ")[2] for line in scene.lines[1::2]] == ["1 min 0 s (failed polls: 1).", "2 min 0 s (failed polls: 2)."]


def test_refused_credentials_are_not_sent_again_and_again(scene):
    """Five refusals in a row lock a key; a refusal that was a mistake is one all the same."""
    scene.arrive()
    scene.run(
        lambda: setattr(scene.wire, "answer", refused("auth", "no, " + SECRET, 401)), *[nothing] * (HOUR - 1),
        lambda: setattr(scene.wire, "answer", scene.page),
    )
    begun, ended = scene.lines
    assert "HTTP 401" in begun and SECRET not in begun
    assert begun.endswith("Other credentials are tried in the next poll, the same after 15 minutes" + ONCE)
    assert ended == "The source can be read again, after 1 h 0 min (failed polls: 4)." and scene.has_all_once()


def test_a_token_file_is_mended(scene, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    scene.access = {"endpoint": "http://h"}
    file = tmp_path / ".hoop" / "config.toml"
    file.parent.mkdir()

    def write(text):
        return lambda: file.write_text(text)

    def answer(sent):
        if sent.headers["Authorization"] == "Bearer " + SECRET:
            raise SourceError("auth", "expired, " + SECRET, 401)
        return scene.page(sent)

    scene.wire.answer = answer
    scene.arrive()
    good, old = ('api_url = "http://h"\ntoken = "%s"\n' % token for token in ("n3w-t0ken", SECRET))
    scene.run(write("token = " + SECRET), write('api_url = "http://h"\n'), write(old), *[nothing] * 5, write(good), write("token = "), write(good))
    assert ["is no TOML file" in scene.lines[0], "holds no token" in scene.lines[1], "HTTP 401" in scene.lines[2]] == [True] * 3
    assert scene.lines[3] == "The source can be read again, after 8 min 0 s (failed polls: 3)." and len(scene.lines) == 6
    assert not [line for line in scene.lines if SECRET in line]
    # The expired one was sent once, and its successor at the first poll after it was there.
    assert [sent.headers["Authorization"] for sent in scene.wire.sent].count("Bearer " + SECRET) == 1 and scene.has_all_once()


def test_an_option_that_was_right_once_may_be_right_again(scene, tmp_path, monkeypatch):
    certificates = tmp_path / "ca.pem"
    monkeypatch.setenv("HOOP_TLSCA", "file://%s" % certificates)
    good = partial(certificates.write_text, "-----BEGIN CERTIFICATE-----\n")
    monkeypatch.setattr("ansible_collections.opsaudit.sessions.plugins.module_utils._fetch.client.find_trust", lambda *given: True)
    scene.arrive()
    scene.run(good, certificates.unlink, nothing, good)
    assert "HOOP_TLSCA: holds no certificate that can be read" in scene.lines[0] and len(scene.lines) == 2 and scene.has_all_once()
    certificates.unlink()
    with pytest.raises(_event_source.EventSourceError, match="HOOP_TLSCA: holds no certificate"):
        scene.run(nothing)


@pytest.fixture
def impatient(monkeypatch):
    """A store that waits for a lock for no time at all."""
    monkeypatch.setattr(sqlite_file, "WAIT", 0)
    monkeypatch.setattr(store_module, "_PATIENCE", 0)


def test_a_store_that_is_locked_for_an_hour(scene, impatient):
    holder = sqlite3.connect(scene.store, isolation_level=None)

    def lock():
        scene.arrive()
        holder.execute("BEGIN EXCLUSIVE")

    def unlock():
        holder.execute("COMMIT")

    scene.arrive(2)
    scene.run(nothing, lock, *[scene.arrive] * (HOUR - 1), unlock, nothing)
    holder.close()
    begun, ended = scene.lines
    assert "database is locked" in begun and begun.endswith(ONCE)
    assert ended == "The store can be used again, after 1 h 0 min (failed polls: 60)." and scene.has_all_once()


def test_a_store_that_fails_when_an_event_was_emitted(scene, monkeypatch):
    """What was emitted is marked before a record that began earlier, and was found later, is emitted."""
    unbroken = store_module.Store.transact
    broken = []

    def transact(store, work):
        if broken and getattr(work, "func", None) is broken[0]:
            raise SourceError("store", "disk is full, 1 of 2 GB")
        return unbroken(store, work)

    monkeypatch.setattr(store_module.Store, "transact", transact)

    def fill_disk():
        broken.append(outbox.note_emitted)
        scene.arrive(2)

    scene.run(nothing, fill_disk, lambda: scene.arrive(age=1000), broken.clear)
    assert ["disk is full" in scene.lines[0], len(scene.lines)] == [True, 2]
    assert scene.has_all_once() and len(rows(scene.store, "SELECT * FROM outbox WHERE emitted_at IS NOT NULL")) == 3


def test_many_targets_share_a_line():
    lines, now = [], [0.0]
    outages = Outages(lines.append, lambda: now[0])

    def failed(*names, status=503):
        failure = {"kind": "server", "status": status, "code": None, "message": "no"}
        return {"%s can be read" % name: (failure, "Reading (%s) failed: no." % name) for name in names}

    for part, known in ((failed("a", "b", "c"), True), ({}, False), (failed("a", "b", "c", "d"), True), (failed("c", status=404), True), ({}, True)):
        outages.note_poll(part, lambda subject, known=known: known or subject == THE_SOURCE)
        now[0] += 100_000
    assert lines == [
        "Reading (a) failed: no. The same for 2 more" + ONCE,
        "Reading (d) failed: no" + ONCE,
        "Reading (c) failed: no" + ONCE,
        "a can be read again, and 1 more, after 3 d 11 h (failed polls: 2).",
        "d can be read again, after 1 d 3 h (failed polls: 1).",
        "c can be read again, after 4 d 15 h (failed polls: 3).",
    ]
