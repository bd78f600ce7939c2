# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source that the core has never seen works end to end, from options to records."""

from __future__ import annotations

import pytest
from fake_wire import NOW, refused
from fifth.endpoints import LOGINS, SOURCE
from fifth_hosts import Hosts

BASE = {"endpoint": "https://fifth.example.com/base", "ticket": "s3cret-t1cket"}


def test_one_page(wire):
    wire.answer = Hosts(a=2)
    result = wire.result(SOURCE, **BASE, host=["a"], start_time="2026-03-31T00:00:00Z", shell="bash")
    (sent,) = wire.sent
    assert (sent.method, sent.body) == ("GET", None)
    assert sent.url == (
        "https://fifth.example.com/base/hosts/a/logins?from=1774915200&shell=bash&skip=0&take=100&until=1775001600"
    )
    assert sent.headers == {"X-Ticket": "s3cret-t1cket"}
    assert result == {
        "changed": False,
        "logins": [
            {"login_id": "a-0", "began_at": 1775000000, "began_at_iso": "2026-03-31T23:33:20Z", "labels": {"userKey": 0},
             "host": "a"},
            {"login_id": "a-1", "began_at": 1774999999, "began_at_iso": "2026-03-31T23:33:19Z", "labels": {"userKey": 1},
             "host": "a"},
        ],
        "count": 2, "total": 2, "complete": True, "incomplete_reasons": [], "failed_targets": [], "requests": 1,
        "window": {"start": "2026-03-31T00:00:00.000Z", "end": "2026-04-01T00:00:00.000Z"},
        "scopes": [{"scope": {"host": "a"}, "view": {"shell": "bash"}}],
    }


def test_several_targets_in_order(wire):
    wire.answer = Hosts(b=250, a=3, c=0)
    result = wire.result(SOURCE, **BASE, host=["b", "a", "c"], concurrency=4)
    assert [record["login_id"] for record in result["logins"]] == (
        ["b-%d" % each for each in range(250)] + ["a-0", "a-1", "a-2"]
    )
    assert (result["count"], result["total"], result["requests"]) == (253, 253, 5)
    assert wire.sent[0].path.endswith("/hosts/b/logins"), "the first target first"


def test_its_credentials_come_from_the_environment(wire):
    wire.answer = Hosts(a=1)
    wire.result(SOURCE, endpoint=BASE["endpoint"], host=["a"], environ={"FIFTH_TICKET": "fr0m-env"})
    assert wire.sent[0].headers == {"X-Ticket": "fr0m-env"}


def test_details_with_all_that_is_nested(wire):
    wire.answer = Hosts()
    result = wire.result(SOURCE, **BASE, id=["x", "y"], page_size=2)
    assert result["logins"] == [
        {"login_id": name, "exit_code": 0, "command_count": 3,
         "commands": [{"command_text": "%s %d" % (name, each)} for each in range(3)]}
        for name in ("x", "y")
    ]
    assert result["total"] is None, "commands are no records"
    assert result["complete"] is True


def test_rows_that_lead_to_details(wire):
    wire.answer = Hosts(a=3)
    result = wire.result(SOURCE, **BASE, host=["a"], commands=True)
    assert [record["login_id"] for record in result["logins"]] == ["a-0", "a-1", "a-2"]
    assert result["logins"][1] == {
        "login_id": "a-1", "began_at": 1774999999, "began_at_iso": "2026-03-31T23:33:19Z", "labels": {"userKey": 1},
        "host": "a", "exit_code": 0, "command_count": 3,
        "commands": [{"command_text": "a-1 %d" % each} for each in range(3)],
    }
    assert (result["count"], result["total"], result["requests"]) == (3, 3, 4)


def test_a_query_instead_of_the_list(wire):
    wire.answer = Hosts(a=5)
    result = wire.result(SOURCE, **BASE, host=["a"], query="[?began_at > `1774999998`].login_id")
    assert result["result"] == ["a-0", "a-1"]
    assert "logins" not in result
    assert result["count"] == 5


def test_its_failure(wire):
    wire.answer = refused("not_found", "no such host", 404)
    result = wire.failure(SOURCE, **BASE, host=["a"])
    assert result["msg"].startswith("Listing logins (host a) failed: HTTP 404: no such host")
    assert result["failure"]["target"] == {"host": "a"}


def test_its_secret_is_known_to_whoever_prints(wire):
    wire.answer = Hosts(a=1)
    assert "s3cret-t1cket" in wire.run(SOURCE, **BASE, host=["a"]).secrets


def test_a_bad_query_costs_no_request(wire):
    assert "query" in wire.refusal(SOURCE, **BASE, host=["a"], query="[?")


def test_the_end_is_pinned_to_the_start_of_the_task(wire):
    wire.answer = Hosts(a=1)
    wire.result(SOURCE, **BASE, host=["a"], now=NOW + 5_000)
    assert wire.sent[0].query["until"] == "1775001605"


@pytest.mark.parametrize("ids, path", [
    ("a/b", "/hosts/a%2Fb/logins"), ("a b", "/hosts/a%20b/logins"), ("?x=1#", "/hosts/%3Fx%3D1%23/logins"),
    ("../..", "/hosts/..%2F../logins"), ("ü", "/hosts/%C3%BC/logins"),
])
def test_whatever_an_id_holds_it_stays_one_part_of_the_path(wire, ids, path):
    wire.answer = lambda sent: {"data": {"logins": [], "count": 0}}
    wire.result(SOURCE, **BASE, host=[ids])
    assert wire.sent[0].path == "/base" + path


def test_nothing_to_ask_for_is_reported(wire):
    nothing = SOURCE._replace(endpoints=((None, LOGINS._replace(applies=lambda target, settings: False)),))
    assert "exclude each other" in wire.refusal(nothing, **BASE, host=["a"])
