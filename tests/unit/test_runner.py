# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options to a result: what the transport is made with, what is reported, and how it ends."""

from __future__ import annotations

import json
import sys

import pytest
from fake_wire import refused
from fifth.endpoints import SOURCE
from fifth_hosts import Hosts, logins

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import (
    ErrorCodes,
    MissingLibrary,
    OptionError,
    SourceError,
)

BASE = {"endpoint": "https://fifth.example.com", "ticket": "t1cket", "host": ["a"]}


def test_the_options_reach_the_transport(wire):
    wire.answer = Hosts(a=1)
    wire.result(SOURCE, **BASE, timeout=7, retries=2, retry_budget=9, validate_certs=False, concurrency=3)
    assert wire.made_with == (7, 2, 9, False, 3, ErrorCodes())
    wire.result(SOURCE, **BASE)
    assert wire.made_with == (30, 6, 120, True, 8, ErrorCodes())


def test_the_transport_is_stopped_however_it_ends(wire):
    wire.answer = Hosts(a=1)
    wire.result(SOURCE, **BASE)
    assert wire.stopped == 1
    wire.answer = refused()
    wire.failure(SOURCE, **BASE)
    assert wire.stopped == 2


def test_a_result_can_be_written_as_json(wire):
    wire.answer = Hosts(a=150)
    result = wire.result(SOURCE, **BASE)
    assert json.loads(json.dumps(result)) == result
    assert result["changed"] is False


@pytest.mark.parametrize("query, value", [
    ("[].login_id", ["a-0", "a-1"]), ("length(@)", 2), ("[?login_id=='none']", []), ("[0].nothing", None), ("@", "all"),
    ("{first: [0].login_id}", {"first": "a-0"}),
])
def test_a_query(wire, query, value):
    wire.answer = Hosts(a=2)
    result = wire.result(SOURCE, **BASE, query=query)
    assert result["result"] == (wire.result(SOURCE, **BASE)["logins"] if value == "all" else value)
    assert "logins" not in result
    assert (result["count"], result["complete"]) == (2, True)


@pytest.mark.parametrize("query", ["[", "a b", "foo(@)[", "[?x", "\x00", "'"])
def test_a_query_that_is_none(wire, query):
    message = wire.refusal(SOURCE, **BASE, query=query)
    assert message.startswith("query: ") and "is not a JMESPath expression" in message


@pytest.mark.parametrize("query", ["sum([].login_id)", "unknown(@)", "abs(@)"])
def test_a_query_that_does_not_fit_the_records(wire, query):
    wire.answer = Hosts(a=2)
    result = wire.failure(SOURCE, **BASE, query=query)
    assert result["msg"].startswith("query: ")


@pytest.mark.parametrize("skew, warnings", [
    (None, 0), (0.0, 0), (59.0, 0), (-60.0, 0), (61.0, 1), (-3600.0, 1),
])
def test_a_clock_that_is_wrong(wire, skew, warnings):
    wire.answer = Hosts(a=1)
    wire.set_clock(skew)
    outcome = wire.run(SOURCE, **BASE)
    assert len(outcome.warnings) == warnings
    if skew == -3600:
        assert "3600 seconds behind this machine's" in outcome.warnings[0]


def test_a_failure_is_reported_without_secrets(wire):
    def answer(sent):
        raise SourceError("auth", "bad ticket t1cket\nin https://h/x?sig=1", 401, "C-t1cket", "r-t1cket")

    wire.answer = answer
    result = wire.failure(SOURCE, **BASE)
    assert "t1cket" not in json.dumps(result)
    assert "sig=1" not in json.dumps(result)


def test_a_target_that_failed_is_reported_without_secrets(wire):
    def answer(sent):
        if "/b/" in sent.path:
            raise SourceError("server", "bad ticket t1cket", 500)
        return Hosts(a=1)(sent)

    wire.answer = answer
    result = wire.result(SOURCE, **{**BASE, "host": ["a", "b"]}, on_error="continue")
    assert "t1cket" not in json.dumps(result)
    assert result["failed_targets"][0]["failure"]["message"] == "bad ticket ********"


@pytest.mark.parametrize("totals, total", [((1, 2), 3), ((0, 0), 0), ((1, None), None), ((None, None), None)])
def test_the_total_is_the_sum_or_unknown(wire, totals, total):
    def answer(sent):
        place = "ab".index(sent.path.split("/")[-2])
        rows = logins(totals[place] or 0, "ab"[place])
        return {"data": {"logins": rows[int(sent.query["skip"]) :], "count": totals[place]}}

    wire.answer = answer
    assert wire.result(SOURCE, **{**BASE, "host": ["a", "b"]})["total"] == total


def test_a_missing_library_gets_through(wire):
    def connect(settings, environ):
        raise MissingLibrary("tomli", "traceback")

    with pytest.raises(MissingLibrary):
        wire.run(SOURCE._replace(connect=connect), **BASE)


def test_a_rule_between_options(wire):
    def verify(settings):
        raise OptionError("a and b: one of them")

    assert wire.refusal(SOURCE._replace(verify=verify), **BASE) == "a and b: one of them"


def test_a_secret_of_a_refused_option_is_not_reported(wire):
    """The value of one option in another one's message."""
    assert "t1cket" not in wire.refusal(SOURCE, **{**BASE, "endpoint": "ftp://t1cket"})


def test_every_option_is_checked_before_the_first_request(wire):
    for options in ({"page_size": 0}, {"concurrency": 33}, {"timeout": 0}, {"retries": 11}, {"max_records": 0}, {"retry_budget": -1},
                    {"endpoint": "x"}, {"start_time": "soon"}, {"ca_path": "/nonexistent"}, {"query": "["}):
        wire.refusal(SOURCE, **{**BASE, **options})


def test_connections_look_things_up_before_the_first_request(wire):
    def connect(settings, environ):
        connection = SOURCE.connect(settings, environ)
        return connection._replace(prepare=lambda transport: {"shell": "found"})

    wire.answer = Hosts(a=1)
    wire.result(SOURCE._replace(connect=connect), **BASE)
    assert wire.sent[0].query["shell"] == "found"


def test_a_query_without_its_library(wire, monkeypatch):
    from ansible_collections.opsaudit.sessions.plugins.module_utils._base import jmespath_query

    monkeypatch.setattr(jmespath_query, "_PROBLEM", "the traceback")
    with pytest.raises(MissingLibrary) as caught:
        wire.run(SOURCE, **BASE, query="@")
    assert (caught.value.library, caught.value.problem) == ("jmespath", "the traceback")
    assert wire.sent == []
    wire.answer = Hosts(a=1)
    assert wire.result(SOURCE, **BASE)["count"] == 1, "who has no query needs none"


def test_an_answer_that_is_nested_deeply(wire):
    """What is too deep in a record is kept as text: never a traceback."""
    deep: list = []
    for _each in range(sys.getrecursionlimit() * 2):
        deep = [deep]
    wire.answer = lambda sent: {"data": {"logins": [{"loginId": "x", "deep": deep}], "count": 1}}
    run = wire.run(SOURCE, **BASE)
    assert run.result["complete"] is True and run.result["count"] == 1
    assert len(run.warnings) == 1 and run.warnings[0].startswith("Record x has values that cannot be stored as JSON")
