# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter that leaves nothing: whether it ever matched anything is checked by one more request."""

from __future__ import annotations

import pytest
from fifth.endpoints import LOGINS, SOURCE
from fifth_hosts import Hosts, logins

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.endpoints import SOURCE as BCC
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.dataarts.endpoints import SOURCE as DATAARTS

BASE = {"endpoint": "https://fifth.example.com", "ticket": "t1cket"}
WINDOW = {"start_time": "2026-03-01", "end_time": "2026-03-02"}


def source_of(endpoint):
    return SOURCE._replace(endpoints=((None, endpoint),))


def listed(rows_of):
    """Answers with the rows that a test gives for a request; what it gives is the whole list."""
    def answer(sent):
        rows = rows_of(sent)
        skip, take = int(sent.query["skip"]), int(sent.query["take"])
        return {"data": {"logins": rows[skip : skip + take], "count": len(rows)}}

    return answer


def test_a_value_that_never_was_is_reported_and_named(wire):
    wire.answer = listed(lambda sent: [] if "shell" in sent.query else logins(3))
    outcome = wire.run(source_of(LOGINS), **BASE, **WINDOW, host=["a"], shell="zhs")
    assert (outcome.result["logins"], outcome.result["complete"]) == ([], True)
    assert outcome.warnings == ["shell: 'zhs' has never matched any record of host a. Check how it is written."]
    first, check = wire.sent
    assert outcome.result["requests"] == 2
    assert check.query == {"shell": "zhs", "skip": "0", "take": "1", "until": "1775001600"}, "one record, without the window"
    assert first.query["from"] == "1772323200"


def test_a_value_that_matched_before_the_window_is_no_warning(wire):
    wire.answer = listed(lambda sent: [] if "from" in sent.query else logins(3))
    outcome = wire.run(source_of(LOGINS), **BASE, **WINDOW, host=["a"], shell="zsh")
    assert (outcome.result["count"], outcome.result["requests"], outcome.warnings) == (0, 2, [])


@pytest.mark.parametrize("options, rows", [
    ({"shell": "zsh"}, 1), ({}, 0), ({"start_time": "2026-03-01"}, 0),
])
def test_nothing_is_checked_where_something_was_found_or_nothing_filtered(wire, options, rows):
    wire.answer = Hosts(a=rows)
    outcome = wire.run(source_of(LOGINS), **BASE, host=["a"], **options)
    assert (outcome.result["requests"], outcome.warnings) == (1, [])


def test_each_scope_is_checked_once(wire):
    """Two listings of each host: only a host of which neither shows anything is checked."""
    endpoint = LOGINS._replace(
        fan_out=("host", "state"), in_turn=True, params={**LOGINS.params, "state": "state"}, choice_filters=("state",)
    )
    source = source_of(endpoint)._replace(options={**SOURCE.options, "state": {"type": "list", "elements": "str"}})
    wire.answer = listed(lambda sent: logins(1) if "/b/" in sent.path and sent.query.get("state") == "OPEN" else [])
    outcome = wire.run(source, **BASE, host=["a", "b", "c"], state=["OPEN", "CLOSED"], shell="zhs")
    assert [line.partition(".")[0] for line in outcome.warnings] == [
        "shell: 'zhs' has never matched any record of host a", "shell: 'zhs' has never matched any record of host c",
    ]
    assert outcome.result["requests"] == 6 + 2
    assert all("state" not in sent.query for sent in wire.sent[6:]), "a fixed value can't be misspelt"


def test_a_filter_that_the_source_takes_for_a_pattern(wire):
    """What the source shows for it is looked at here: no record meets it."""
    endpoint = LOGINS._replace(where={"shell": ("shell",)})
    rows = [{**row, "shell": "z-h"} for row in logins(30)]
    wire.answer = listed(lambda sent: [] if "from" in sent.query else rows)
    outcome = wire.run(source_of(endpoint), **BASE, **WINDOW, host=["a"], shell="z_h")
    assert outcome.warnings == ["shell: 'z_h' has never matched any record of host a. Check how it is written."]
    assert [sent.query["take"] for sent in wire.sent] == ["100", "1", "100"]
    rows[20]["shell"] = "z_h"
    assert wire.run(source_of(endpoint), **BASE, **WINDOW, host=["a"], shell="z_h").warnings == []


def test_a_filter_that_is_only_applied_here(wire):
    """The source lists what it has; nobody can look through all of that, and the warning says how far it was looked at."""
    endpoint = LOGINS._replace(where={"shell": ("shell",)}, params={})
    wire.answer = listed(lambda sent: [{**row, "shell": "sh"} for row in logins(250)])
    outcome = wire.run(source_of(endpoint), **BASE, **WINDOW, host=["a"], shell="zsh")
    assert outcome.warnings == [
        "shell: 'zsh' matches none of the 250 records of host a that the source listed, and none of its newest 100."
        " Check how it is written."
    ]


def test_an_empty_list_that_shows_something_the_second_time_is_not_complete(wire):
    """Without a window the check is the same request: an answer got lost on its way, or the list changed."""
    wire.answer = listed(lambda sent: logins(3) if len(wire.sent) > 1 else [])
    result = wire.result(source_of(LOGINS), **BASE, host=["a"], shell="zsh")
    assert (result["complete"], result["incomplete_reasons"]) == (False, ["total_changed"])


def test_a_check_that_fails_fails_nothing(wire):
    def answer(sent):
        if "from" not in sent.query:
            raise SourceError("server", "no", 500)
        return {"data": {"logins": [], "count": 0}}

    wire.answer = answer
    outcome = wire.run(source_of(LOGINS), **BASE, **WINDOW, host=["a"], shell="zsh")
    assert outcome.result["complete"] is True
    (line,) = outcome.warnings
    assert line.startswith("shell: 'zsh': nothing was found, and whether there ever was anything could not be checked: ")


def test_a_target_that_failed_is_not_checked(wire):
    def answer(sent):
        raise SourceError("not_found", "no", 404)

    wire.answer = answer
    outcome = wire.run(source_of(LOGINS), **BASE, host=["a"], shell="zsh", on_error="continue")
    assert (outcome.result["requests"], outcome.warnings) == (1, [])


@pytest.mark.parametrize("option", ["endpoint_id", "session_id"])
def test_dataarts(wire, option):
    wire.answer = lambda sent: {"sessions": [], "total": 0}
    options = {"region": "cn-north-4", "token": "t0ken", "workspace_id": ["w-1"], "status": ["RUNNING", "FAIL"]}
    outcome = wire.run(DATAARTS, **options, **{option: "e-1"})
    assert outcome.warnings == ["%s: 'e-1' has never matched any record of workspace_id w-1. Check how it is written." % option]
    assert wire.sent[-1].query == {option: "e-1", "limit": "1", "offset": "0"}


@pytest.mark.parametrize("option", ["action_id", "name", "filename"])
def test_bcc(wire, option):
    wire.answer = lambda sent: {"code": "success", "result": {"data": [], "totalCount": 0}}
    outcome = wire.run(BCC, access_key="ak", secret_key="sk", **{option: "nightly"}, state=["FAILED"], start_time="-1h")
    assert [line for line in outcome.warnings if option in line] == [
        "%s: 'nightly' has never matched any record. Check how it is written." % option
    ]
    check = wire.sent[-1].body
    assert (check["pageSize"], "state" in check, "startTime" in check) == (1, False, False)
