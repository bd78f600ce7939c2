# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are not what they should be, limits over several targets, and what follows from a row."""

from __future__ import annotations

import pytest
from fake_wire import NOW
from fifth.endpoints import DETAILS, LOGINS, SOURCE, TicketAuth
from fifth_hosts import Hosts, logins

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import Settings
from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch.endpoint import Connection, Follow
from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch.listing import Listing
from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import Page

BASE = {"endpoint": "https://fifth.example.com", "ticket": "t1cket"}


def source_of(endpoint):
    return SOURCE._replace(endpoints=((None, endpoint),))


@pytest.mark.parametrize("answer", [
    None, [], "text", 7, True, {}, {"data": None}, {"data": []}, {"data": "x"}, {"data": {}}, {"data": {"count": 3}},
    {"data": {"logins": {}}}, {"data": {"logins": "text"}}, {"data": {"logins": 5}}, {"data": {"logins": False}},
    {"data": {"logins": {"0": {}}, "count": 1}}, {"logins": []}, {"data": {"logins": None, "count": 5}},
])
def test_an_answer_without_its_list_is_no_empty_list(wire, answer):
    wire.answer = lambda sent: answer
    result = wire.failure(SOURCE, **BASE, host=["a"])
    assert result["failure"]["kind"] == "protocol"
    assert "data.logins" in result["msg"]


@pytest.mark.parametrize("rows", [[None], [1], ["x"], [[]], [{"loginId": "1"}, "x"], [True]])
def test_a_list_of_what_is_no_record(wire, rows):
    wire.answer = lambda sent: {"data": {"logins": rows, "count": len(rows)}}
    result = wire.failure(SOURCE, **BASE, host=["a"])
    assert result["failure"]["kind"] == "protocol"


@pytest.mark.parametrize("total", ["3", "", -1, True, False, 2.5, [], {}])
def test_a_total_that_is_no_number(wire, total):
    wire.answer = lambda sent: {"data": {"logins": logins(3), "count": total}}
    result = wire.failure(SOURCE, **BASE, host=["a"])
    assert result["failure"]["kind"] == "protocol"
    assert "total" in result["msg"]


@pytest.mark.parametrize("body", [{"data": {"logins": []}}, {"data": {"logins": [], "count": None}}])
def test_no_total_at_all_is_no_failure(wire, body):
    wire.answer = lambda sent: body
    result = wire.result(SOURCE, **BASE, host=["a"])
    assert (result["logins"], result["total"], result["complete"]) == ([], None, True)


@pytest.mark.parametrize("row", [
    {"loginId": None}, {}, {"loginId": ""}, {"other": 1},
])
def test_rows_without_an_id(wire, row):
    """They are told apart by what they hold."""
    rows = [{**row, "n": 1}, {**row, "n": 2}]
    wire.answer = lambda sent: {"data": {"logins": rows, "count": 2}}
    result = wire.result(SOURCE, **BASE, host=["a"])
    assert [record["n"] for record in result["logins"]] == [1, 2]


@pytest.mark.parametrize("limit, hosts, requests", [
    (1, ["a"], 1), (5, ["a"], 1), (5, ["a", "b"], 1), (10, ["a", "b"], 1), (150, ["a"], 2),
])
def test_a_limit_asks_for_no_more_than_it_needs(wire, limit, hosts, requests):
    wire.answer = Hosts(a=1000, b=1000)
    result = wire.result(SOURCE, **BASE, host=hosts, max_records=limit, concurrency=1)
    assert result["count"] == len(result["logins"]) == limit
    assert result["requests"] == requests
    assert (result["complete"], result["incomplete_reasons"]) == (False, ["max_records"])
    assert wire.sent[0].query["take"] == str(min(100, limit)), "no larger page than the limit"


@pytest.mark.parametrize("counts, limit, cut", [
    ({"a": 3, "b": 3}, 6, False), ({"a": 3, "b": 3}, 7, False), ({"a": 3, "b": 3}, 5, True), ({"a": 3, "b": 3}, 3, True),
    ({"a": 6, "b": 0}, 6, True), ({"a": 0, "b": 6}, 6, False), ({"a": 1}, 1, False), ({"a": 0}, 1, False),
])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_limit_over_several_targets(wire, counts, limit, cut, concurrency):
    """Whether it cut something: a target that was not asked may have held more."""
    wire.answer = Hosts(**counts)
    result = wire.result(SOURCE, **BASE, host=list(counts), max_records=limit, concurrency=concurrency)
    assert result["count"] == min(limit, sum(counts.values()))
    if cut and concurrency == 1 or result["count"] < sum(counts.values()):
        assert result["incomplete_reasons"] == ["max_records"]
    elif not cut:
        assert result["complete"] is True


def test_a_limit_counts_what_is_kept_here(wire):
    """Rows that are dropped here do not count towards it."""
    filtered = LOGINS._replace(where={"shell": ("labels", "userKey")})
    wire.answer = Hosts(a=300)
    result = wire.result(source_of(filtered), **BASE, host=["a"], shell=250, max_records=1)
    assert [record["login_id"] for record in result["logins"]] == ["a-250"]


@pytest.mark.parametrize("given, expected", [(None, 3), ("x", 1), (["x", "y"], 2), ([], 3)])
def test_rows_are_looked_at_again_here(wire, given, expected):
    rows = [{"loginId": each, "deep": {"shell": each}} for each in ("x", "y", "z")]
    wire.answer = lambda sent: {"data": {"logins": rows, "count": 3}}
    endpoint = LOGINS._replace(where={"shell": ("deep", "shell")}, params={})
    result = wire.result(source_of(endpoint), **BASE, host=["a"], shell=given)
    assert result["count"] == expected
    assert result["total"] == 3, "as the source says it"


@pytest.mark.parametrize("endpoint", [LOGINS, DETAILS], ids=["a list", "a list within a record"])
def test_more_rows_than_requested_is_no_answer(wire, endpoint):
    """Whatever else a source does: more than was asked for is not an answer to it."""
    wire.answer = lambda sent: {
        "data": {"logins": logins(101), "count": 101}, "login": {"loginId": "x", "commands": [{}] * 101, "commandCount": 101},
    }
    option = {"host": ["a"]} if endpoint is LOGINS else {"id": ["x"]}
    result = wire.failure(SOURCE, **BASE, **option)
    assert result["failure"]["kind"] == "protocol"
    assert "101 rows where 100 were requested" in result["msg"]


def test_more_rows_than_requested_on_a_later_page(wire):
    hosts = Hosts(a=500)

    def answer(sent):
        body = hosts(sent)
        if sent.query["skip"] == "198":
            body["data"]["logins"] *= 2
        return body

    wire.answer = answer
    assert wire.failure(SOURCE, **BASE, host=["a"])["failure"]["kind"] == "protocol"


@pytest.mark.parametrize("record", [
    None, [], "x", {}, {"loginId": None}, {"loginId": ""}, {"loginId": "y"}, {"loginId": 5},
])
def test_a_record_that_is_not_what_was_asked_for(wire, record):
    wire.answer = lambda sent: {"login": record}
    result = wire.failure(SOURCE, **BASE, id=["x"])
    assert result["failure"]["kind"] == "protocol"
    assert result["failure"]["target"] == {"id": "x"}


def test_an_id_is_echoed_in_any_case_of_letters(wire):
    wire.answer = lambda sent: {"login": {"loginId": "ABC", "commands": [], "commandCount": 0}}
    assert wire.result(SOURCE, **BASE, id=["abc"])["logins"][0]["login_id"] == "ABC"


@pytest.mark.parametrize("more", [{}, {"commands": None}, {"commandCount": 0}, {"commands": [], "commandCount": 0}])
def test_nothing_nested_is_an_empty_list(wire, more):
    wire.answer = lambda sent: {"login": {"loginId": "x", **more}}
    (record,) = wire.result(SOURCE, **BASE, id=["x"])["logins"]
    assert record["commands"] == []


def test_something_nested_that_is_missing_is_a_failure(wire):
    wire.answer = lambda sent: {"login": {"loginId": "x", "commandCount": 3}}
    assert wire.failure(SOURCE, **BASE, id=["x"])["failure"]["kind"] == "protocol"


def test_a_listed_row_stays_when_its_details_fail(wire):
    hosts = Hosts(a=3)

    def answer(sent):
        if sent.path == "/logins/a-1":
            raise SourceError("not_found", "gone", 404)
        return hosts(sent)

    wire.answer = answer
    result = wire.result(SOURCE, **BASE, host=["a"], commands=True, on_error="continue")
    assert [record["login_id"] for record in result["logins"]] == ["a-0", "a-1", "a-2"]
    assert ["commands" in record for record in result["logins"]] == [True, False, True]
    assert result["incomplete_reasons"] == ["failed_targets"]
    assert [each["target"] for each in result["failed_targets"]] == [{"id": "a-1"}]


def test_a_limit_holds_for_what_follows(wire):
    wire.answer = Hosts(a=30)
    result = wire.result(SOURCE, **BASE, host=["a"], commands=True, max_records=4, concurrency=1)
    assert [record["login_id"] for record in result["logins"]] == ["a-0", "a-1", "a-2", "a-3"]
    assert result["incomplete_reasons"] == ["max_records"]
    assert result["requests"] <= 9, "one listing, four details, and what was queued already"


def test_rows_that_are_replaced_by_others(wire):
    """Without a merge the rows of the other endpoint stand in their place."""
    lookup = DETAILS._replace(
        path="/hosts", paging=None, record=None, nest=None, fan_out=("shell",), rows=("hosts",), echoes=False, requires=(),
        follow=lambda row, values: Follow(LOGINS, {"host": row["name"]}), replaces_rows=True, doing="Looking up hosts",
    )
    hosts = Hosts(a=150, b=0, c=2)

    def answer(sent):
        if sent.path == "/hosts":
            return {"hosts": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}
        return hosts(sent)

    wire.answer = answer
    result = wire.result(source_of(lookup), **BASE)
    assert [record["host"] for record in result["logins"]] == ["a"] * 150 + ["c"] * 2
    assert (result["count"], result["total"], result["requests"]) == (152, 152, 5)


def test_nothing_to_follow_is_reported(wire):
    lookup = DETAILS._replace(
        path="/hosts", paging=None, record=None, nest=None, fan_out=(), rows=("hosts",), echoes=False, requires=(),
        follow=lambda row, values: Follow(LOGINS, {"host": row["name"]}), replaces_rows=True, doing="Looking up hosts",
    )
    wire.answer = lambda sent: {"hosts": []}
    assert wire.failure(source_of(lookup), **BASE)["failure"]["kind"] == "not_found"


@pytest.mark.parametrize("statuses", [["OPEN", "CLOSED"]])
def test_listings_in_turn_show_each_record_once_as_seen_last(wire, statuses):
    """A login that closes between the two listings is in both; the later one counts."""
    endpoint = LOGINS._replace(fan_out=("host", "shell"), in_turn=True)

    def answer(sent):
        status = sent.query["shell"]
        rows = [{"loginId": "moved", "shell": status}, {"loginId": "only " + status, "shell": status}]
        return {"data": {"logins": rows, "count": 2}}

    wire.answer = answer
    result = wire.result(
        SOURCE._replace(
            endpoints=((None, endpoint),), options={**SOURCE.options, "shell": {"type": "list", "elements": "str"}}
        ), **BASE, host=["a", "b"], shell=statuses,
    )
    order = [(sent.path.split("/")[2], sent.query["shell"]) for sent in wire.sent]
    assert order.index(("a", "OPEN")) < order.index(("a", "CLOSED"))
    assert order.index(("b", "OPEN")) < order.index(("b", "CLOSED"))
    assert [(each["host"], each["login_id"], each["shell"]) for each in result["logins"]] == [
        ("a", "moved", "CLOSED"), ("a", "only OPEN", "OPEN"), ("a", "only CLOSED", "CLOSED"),
        ("b", "moved", "CLOSED"), ("b", "only OPEN", "OPEN"), ("b", "only CLOSED", "CLOSED"),
    ]


@pytest.mark.parametrize("second", [3, 0])
def test_nothing_where_much_was_expected_takes_a_second_look(second):
    """A part of a list that is known to be long: an empty answer may be one of something on the way."""
    values = {name: declaration.get("default") for name, declaration in SOURCE.all_options.items()}
    listing = Listing(LOGINS, Settings(values, {}, NOW), Connection("https://fifth.example.com", TicketAuth("t")), {"host": "a"})
    listing.doubts_nothing = True
    listing.feed(listing.next_slice(), (None, Page([], 0)))
    assert not listing.done
    assert listing.reasons == set()
    listing.feed(listing.next_slice(), (None, Page(logins(second), second)))
    assert listing.done
    assert (listing.kept, listing.reasons, listing.next_slice()) == (second, set(), None)
