# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many requests at once: how many, in which order, and what is left when it ends early."""

from __future__ import annotations

import threading

import pytest
from fake_wire import FakeWire
from fifth.endpoints import SOURCE
from fifth_hosts import Hosts

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError

BASE = {"endpoint": "https://fifth.example.com", "ticket": "t1cket"}


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


class Gate:
    """Answers when a test lets it, so that a test sees what is under way."""

    def __init__(self, hosts: Hosts, expected: int) -> None:
        self.hosts = hosts
        self.barrier = threading.Barrier(expected, timeout=10)
        self.first = True
        self.lock = threading.Lock()

    def __call__(self, sent):
        with self.lock:
            alone, self.first = self.first, False
        if not alone:
            # Passes only if so many requests are under way at the same time.
            self.barrier.wait()
        return self.hosts(sent)


@pytest.mark.parametrize("concurrency", [2, 3, 8])
def test_as_many_at_once_as_allowed_and_no_more(wire, concurrency):
    """After the first, requests come in groups of exactly that size."""
    pages = 1 + 4 * concurrency
    wire.answer = Gate(Hosts(a=9 * (pages - 1) + 5), concurrency)
    result = wire.result(SOURCE, **BASE, host=["a"], concurrency=concurrency, page_size=10)
    assert result["requests"] == pages
    assert wire.most_in_flight == concurrency
    assert result["complete"] is True


def test_one_at_a_time(wire):
    wire.answer = Hosts(a=1000)
    result = wire.result(SOURCE, **BASE, host=["a"], concurrency=1)
    assert wire.most_in_flight == 1
    assert [int(sent.query["skip"]) for sent in wire.sent] == [99 * page for page in range(11)]
    assert result["count"] == 1000


@pytest.mark.parametrize("hosts", [1, 3, 50])
def test_the_first_request_goes_alone(wire, hosts):
    """Nothing else is sent until it was answered: the key may be wrong."""
    names = ["h%d" % each for each in range(hosts)]
    source = Hosts(**dict.fromkeys(names, 250))
    in_flight_when_first_ended = []

    def answer(sent):
        if len(wire.sent) == 1:
            in_flight_when_first_ended.append(len(wire.sent))
        return source(sent)

    wire.answer = answer
    result = wire.result(SOURCE, **BASE, host=names)
    assert in_flight_when_first_ended == [1]
    assert result["count"] == 250 * hosts
    assert wire.most_in_flight <= 8


def test_requests_stay_alone_until_one_succeeds(wire):
    """With on_error=continue, a target that fails proves nothing of the key."""
    def answer(sent):
        host = sent.path.split("/")[-2]
        if host in ("h0", "h1", "h2"):
            assert wire.most_in_flight == 1
            raise SourceError("not_found", "no", 404)
        return Hosts(**dict.fromkeys(("h3", "h4"), 1))(sent)

    wire.answer = answer
    result = wire.result(SOURCE, **BASE, host=["h%d" % each for each in range(5)], on_error="continue")
    assert [each["target"] for each in result["failed_targets"]] == [{"host": "h0"}, {"host": "h1"}, {"host": "h2"}]
    assert [record["host"] for record in result["logins"]] == ["h3", "h4"]
    assert result["complete"] is False
    assert result["incomplete_reasons"] == ["failed_targets"]


def test_records_come_in_order_though_answers_do_not(wire):
    """The last page is answered first."""
    source = Hosts(a=300, b=1)
    release = threading.Event()

    def answer(sent):
        skip = int(sent.query["skip"])
        if "/b/" in sent.path:
            release.set()
        elif skip:
            assert release.wait(20), "the second host is not asked while pages of the first are under way"
        return source(sent)

    wire.answer = answer
    result = wire.result(SOURCE, **BASE, host=["a", "b"])
    assert [record["login_id"] for record in result["logins"]] == ["a-%d" % each for each in range(300)] + ["b-0"]


def test_a_failure_ends_the_task(wire):
    def answer(sent):
        if int(sent.query["skip"]) == 297:
            raise SourceError("server", "broken", 500)
        return Hosts(a=2503)(sent)

    wire.answer = answer
    result = wire.failure(SOURCE, **BASE, host=["a"])
    assert result["msg"] == "Listing logins (host a) failed: HTTP 500: broken"
    assert "logins" not in result
    assert wire.stopped >= 1
    assert len(wire.sent) < 26


def test_on_error_continue_leaves_out_one_target(wire):
    def answer(sent):
        if "/b/" in sent.path:
            raise SourceError("permission", "not yours", 403, "Code.1", "req-1")
        return Hosts(a=150, c=150)(sent)

    wire.answer = answer
    result = wire.result(SOURCE, **BASE, host=["a", "b", "c"], on_error="continue")
    assert result["count"] == 300
    assert result["complete"] is False
    assert result["failed_targets"] == [{"target": {"host": "b"}, "failure": {
        "kind": "permission", "status": 403, "code": "Code.1", "message": "not yours", "request_id": "req-1",
        "hint": "The credentials are known, but lack the right to read this.", "target": {"host": "b"},
    }}]


def test_a_target_that_fails_halfway_keeps_what_came(wire):
    """Its first pages are returned, and the task says that it is not complete."""
    def answer(sent):
        if int(sent.query["skip"]) >= 198:
            raise SourceError("server", "broken", 500)
        return Hosts(a=500, b=2)(sent)

    wire.answer = answer
    result = wire.result(SOURCE, **BASE, host=["a", "b"], on_error="continue", concurrency=1)
    assert [record["host"] for record in result["logins"]].count("b") == 2
    assert result["logins"][0]["login_id"] == "a-0"
    assert result["incomplete_reasons"] == ["failed_targets"]


@pytest.mark.parametrize("on_error", ["fail", "continue"])
def test_a_refused_login_ends_everything(wire, on_error):
    """Five wrong ones lock a key: no other target is tried."""
    def answer(sent):
        raise SourceError("auth", "who are you", 401)

    wire.answer = answer
    result = wire.failure(SOURCE, **BASE, host=["a", "b", "c"], on_error=on_error)
    assert len(wire.sent) == 1
    assert result["failure"]["kind"] == "auth"


def test_all_targets_fail(wire):
    def answer(sent):
        raise SourceError("not_found", "no", 404)

    wire.answer = answer
    result = wire.result(SOURCE, **BASE, host=["a", "b"], on_error="continue")
    assert result["logins"] == []
    assert result["total"] is None
    assert result["complete"] is False
    assert len(result["failed_targets"]) == 2


def test_ctrl_c_in_a_thread_or_between_pages(wire):
    """It gets through, and nothing is left behind."""
    source = Hosts(a=2503)

    def watch(fetch):
        if fetch.progress.pages_done >= 3:
            raise KeyboardInterrupt

    wire.answer = source
    with pytest.raises(KeyboardInterrupt):
        wire.run(SOURCE, **BASE, host=["a"], watch=watch)
    assert wire.stopped >= 1


def test_a_bug_in_a_thread_gets_through():
    """What is no SourceError is nobody's answer."""
    wire = FakeWire()
    from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch import client

    def answer(sent):
        if int(sent.query["skip"]):
            raise ZeroDivisionError
        return Hosts(a=2503)(sent)

    wire.answer = answer
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "Transport", wire)
        with pytest.raises(ZeroDivisionError):
            wire.run(SOURCE, **BASE, host=["a"])
    assert wire.stopped >= 1


def test_an_early_end_asks_for_no_more(wire):
    """Enough records: what is under way is stopped, what was to come is not asked for."""
    wire.answer = Hosts(**{"h%d" % each: 100 for each in range(50)})
    names = ["h%d" % each for each in range(50)]
    result = wire.result(SOURCE, **BASE, host=names, max_records=150, concurrency=2)
    assert result["count"] == 150
    assert result["incomplete_reasons"] == ["max_records"]
    assert len(wire.sent) < 20


def test_progress_is_reported_after_every_answer(wire):
    reported = []
    wire.answer = Hosts(a=250)
    wire.result(SOURCE, **BASE, host=["a"], concurrency=1, watch=lambda fetch: reported.append(fetch.progress))
    # Two answers may have come when it looks.
    pages = [(each.pages_done, each.pages_known) for each in reported]
    assert pages[0] == (1, 3) and pages[-1] == (3, 3) and pages == sorted(pages)
    records = [each.records for each in reported]
    assert records[0] == 0 and records == sorted(records)


def test_reading_ahead_is_bounded(wire):
    """One slow page does not let the core read all other targets into memory."""
    names = ["h%d" % each for each in range(400)]
    source = Hosts(**{**dict.fromkeys(names, 1), "h0": 150})
    seen = []

    def answer(sent):
        if "/h0/" in sent.path and int(sent.query["skip"]):
            # Slow: until nothing else is asked for any more.
            while True:
                seen.append(len(wire.sent))
                if len(seen) > 50 and len(set(seen[-50:])) == 1:
                    break
                threading.Event().wait(0.002)
        return source(sent)

    wire.answer = answer
    result = wire.result(SOURCE, **BASE, host=names, concurrency=4)
    assert result["count"] == 549
    assert max(seen) <= 2 + 4 * 4 + 4
