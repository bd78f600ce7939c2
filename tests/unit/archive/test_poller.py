# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events: each new record once, whatever fails or dies in between, and whoever else archives."""

from __future__ import annotations

import contextlib
import logging

import pytest
from exporting import BEGIN, DAY, session
from fake_wire import refused

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive import task as archive_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.events import poller
from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.events.poller import Events, EventSourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import outbox
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

ARCHIVE = ARCHIVES["hoop_session"]
MINUTE = 60_000
ONCE = ". Polling goes on; this is logged once, and its end."


class Kill(BaseException):
    """The end of a process."""


def params(store, **given):
    defaults = {name: each.get("default") for name, each in ARCHIVE.source.all_options.items()}
    return {**defaults, "endpoint": "http://h", "token": "t0ken-l0ng", "store": store, **given}


def events(store, **given):
    """A process that has just been started."""
    return Events(ARCHIVE, params(store, **given), {})


def archive(store, **given):
    """An archive task of somebody else."""
    result = run_task(archive_task.ArchiveTask(ARCHIVE), params(store, **given), {}).result
    assert not result.get("failed"), result
    return result


def turn(source, fail_at=None):
    """The ids of what a turn emits; it is killed before event number C(fail_at)."""
    reported = []

    def emit(event):
        if len(reported) == fail_at:
            raise Kill
        reported.append(event["record"]["id"])

    with contextlib.suppress(Kill):
        source.turn(emit)
    return reported


def some(*numbers, **more):
    return [session(number, BEGIN + number * MINUTE, **more) for number in numbers]


def ids(*numbers):
    return ["s%04d" % number for number in numbers]


def test_each_new_record_once(gateway, clock, any_store):
    gateway.sessions = some(2, 0, 1)
    source = events(any_store)
    reported = []
    source.turn(reported.append)
    # The oldest first, as the info module returns them.
    assert [each["record"]["id"] for each in reported] == ids(0, 1, 2)
    record = {**session(0, BEGIN), "session_state": "finished"}
    assert reported[0] == {"source": "hoop_session", "scope": {"org": "b79ff037"}, "record": record}
    assert turn(source) == []
    gateway.sessions += [session(3, clock[0])]
    # What is known changes, and no event is emitted.
    gateway.sessions[0]["exit_code"] = 7
    assert turn(source) == ids(3)
    assert turn(events(any_store)) == []
    assert {row["emitted_at"] is None for row in rows(any_store, "SELECT * FROM outbox")} == {False}


def test_what_came_while_nothing_ran_comes_once(gateway, clock, tmp_path):
    store = str(tmp_path / "s.db")
    gateway.sessions = some(*range(3))
    turn(events(store))
    gateway.sessions += [session(number, clock[0] + number) for number in range(100, 350)]
    assert turn(events(store)) == ids(*range(100, 350))
    assert turn(events(store)) == []


@pytest.mark.parametrize("died_at", [0, 2])
def test_killed_before_an_event_was_taken(gateway, clock, any_store, died_at):
    gateway.sessions = some(*range(4))
    before = turn(events(any_store), fail_at=died_at)
    assert len(rows(any_store, "SELECT * FROM record")) == 4
    assert before + turn(events(any_store)) == ids(*range(4))
    assert turn(events(any_store)) == []


def test_killed_before_it_was_noted_that_an_event_was_taken(gateway, clock, tmp_path, monkeypatch):
    store = str(tmp_path / "s.db")
    gateway.sessions = some(*range(3))

    def dies(*given, **more):
        raise Kill

    with monkeypatch.context() as dying:
        dying.setattr(outbox, "note_emitted", dies)
        assert turn(events(store)) == ids(0)
    # At least once, not at most once.
    assert turn(events(store)) == ids(0, 1, 2)


def test_killed_while_a_page_is_kept(gateway, clock, tmp_path, monkeypatch):
    store = str(tmp_path / "s.db")
    gateway.sessions = some(*range(3))

    def dies(*given):
        raise Kill

    with monkeypatch.context() as dying:
        dying.setattr(outbox, "note", dies)
        assert turn(events(store)) == []
    assert rows(store, "SELECT * FROM record") == rows(store, "SELECT * FROM outbox") == []
    assert turn(events(store)) == ids(0, 1, 2)


def test_a_store_that_fails_after_an_event_was_taken(gateway, clock, tmp_path, monkeypatch, caplog):
    store = str(tmp_path / "s.db")
    gateway.sessions = some(*range(3))
    source = events(store)

    def fails(*given, **more):
        raise SourceError("server", "database or disk is full").at("Using the store", {})

    with monkeypatch.context() as failing:
        failing.setattr(outbox, "note_emitted", fails)
        assert turn(source) == ids(0)
    assert [each.getMessage() for each in caplog.records] == ["Using the store failed: database or disk is full" + ONCE]
    # The process lives, and knows what it has handed on.
    assert turn(source) == ids(1, 2)


def test_a_source_that_fails_costs_nothing(gateway, wire, clock, any_store, caplog):
    gateway.sessions = some(0)
    source = events(any_store)
    turn(source)
    wire.answer = refused("server", "down, t0ken-l0ng", 503)
    gateway.sessions += [session(1, clock[0])]
    assert turn(source) == turn(source) == []
    assert caplog.messages == ["Listing sessions failed: HTTP 503: down, ********" + ONCE]
    wire.answer = gateway.answer
    gateway.sessions += [session(2, clock[0])]
    assert turn(source) == ids(1, 2)


def test_what_was_not_taken_comes_though_the_source_is_down(gateway, wire, clock, tmp_path):
    store = str(tmp_path / "s.db")
    gateway.sessions = some(0, 1)
    turn(events(store), fail_at=1)
    wire.answer = refused()
    assert turn(events(store)) == ids(1)


def test_what_cannot_be_mended_by_trying_again(wire, clock, tmp_path):
    wire.answer = refused("invalid_request", "no", 400)
    with pytest.raises(EventSourceError, match="HTTP 400: no"):
        turn(events(str(tmp_path / "s.db")))


@pytest.mark.parametrize("given, line", [
    ({"page_size": 500}, "page_size: 500 is out of range (1 to 100)"),
    ({"start_time": "soon"}, "start_time: 'soon' is not "),
    ({"store": ""}, "store: missing (a path, or the URL of a database"),
    ({"store": "/nowhere/s.db"}, "store: there can be no file at this path (write a file in a folder that exists"),
])
def test_a_wrong_option(wire, tmp_path, given, line):
    with pytest.raises(EventSourceError) as problem:
        turn(events(**{"store": str(tmp_path / "s.db"), **given}))
    assert str(problem.value).startswith(line) and "\n" not in str(problem.value)
    assert wire.sent == []


def test_what_was_kept_before_anybody_listened_is_not_new(gateway, clock, any_store):
    gateway.sessions = some(0, status="open", end_date=None, exit_code=None) + some(1)
    archive(any_store)
    assert rows(any_store, "SELECT * FROM outbox") == []
    # The open one is looked at again, and the overlap.
    gateway.sessions += [session(2, clock[0])]
    source = events(any_store)
    assert turn(source) == ids(2)
    gateway.sessions[0].update(status="done", end_date="2026-03-02T00:00:00Z", exit_code=0)
    assert turn(source) == []


def test_what_others_archive_comes_too(gateway, clock, any_store):
    source = events(any_store)
    turn(source)
    gateway.sessions = [session(0, clock[0])]
    # It proves this window, so that nobody will read it again.
    assert archive(any_store)["added"] == 1
    gateway.sessions = []
    clock[0] += DAY
    assert turn(source) == ids(0)
    assert turn(source) == []


def test_a_filter_lets_through_what_it_lets_through(gateway, clock, any_store):
    prod, dev = events(any_store, connection="prod"), events(any_store, connection="dev")
    turn(prod), turn(dev)
    gateway.sessions = [session(0, clock[0], connection="prod"), session(1, clock[0], connection="dev")]
    archive(any_store)
    assert (turn(prod), turn(dev)) == (ids(0), ids(1))
    assert (turn(prod), turn(dev)) == ([], [])


def test_nobody_who_only_looks_notes_anything(gateway, clock, tmp_path):
    store = str(tmp_path / "s.db")
    source = events(store)
    turn(source)
    gateway.sessions = some(0)
    run_task(archive_task.ArchiveTask(ARCHIVE), params(store), {}, check=True)
    assert rows(store, "SELECT * FROM outbox") == []


def test_a_hostile_record_is_kept_out_whole(gateway, clock, tmp_path):
    """A source may repeat what it was sent."""
    gateway.sessions = some(0, user="who has t0ken-l0ng")
    reported = []
    events(str(tmp_path / "s.db")).turn(reported.append)
    assert reported[0]["record"]["user"] == "who has ********"


def test_stopped_while_a_request_is_under_way(gateway, wire, clock, tmp_path):
    source = events(str(tmp_path / "s.db"))

    def answer(sent):
        source.stop()
        raise SourceError("network", "the task was stopped")

    wire.answer = answer
    assert turn(source) == []
    assert wire.stopped > 0


def test_no_more_than_a_page_is_held(gateway, clock, tmp_path, monkeypatch):
    asked = []
    waiting = outbox.list_waiting

    def spied(connection, stream, most):
        asked.append(most)
        return waiting(connection, stream, most)

    monkeypatch.setattr(outbox, "list_waiting", spied)
    gateway.sessions = some(*range(250))
    assert turn(events(str(tmp_path / "s.db"))) == ids(*range(250))
    assert asked == [poller._PAGE] * 4


def test_what_is_reported_in_the_log(gateway, wire, clock, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    gateway.sessions = some(0)
    wire.set_clock(1000.0)
    source = events(str(tmp_path / "s.db"))
    turn(source), turn(source)
    assert caplog.messages == [
        "The source's clock is 1000 seconds ahead of this machine's: a window that ends now ends there at another time.",
        "1 new, 0 altered, 1 requests", "0 new, 0 altered, 3 requests",
    ]
