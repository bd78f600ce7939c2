# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users write without the collection, or without its options."""

from __future__ import annotations

from collections.abc import Iterator

from measure import interleaved
from plays import Plays
from sources import TAURUSDB, emulator, killed_sessions, with_token
from table import Row

PAGE = 100
URI_RECORDS = 1_000
QUERY_RECORDS = 10_000
KEPT = 100
#: Tasks in a play, where one would be little beside the play itself.
TASKS = 5


def uri_loop(rounds: int) -> Iterator[Row]:
    """A thousand records by one task, and by ansible.builtin.uri, which has to page by itself."""
    with emulator(0.02) as running, Plays() as plays:
        options = with_token(killed_sessions(running, URI_RECORDS))
        url = "%s/v3/%s/instances/%s/intelligent-kill-session/history" % (
            options["endpoint"], options["project_id"], options["instance_id"][0],
        )
        query = "node_id=%s&start_time=1767225600000&end_time=1798675200000&limit=%d&offset={{ item }}"
        loop = {
            "ansible.builtin.uri": {
                "url": "%s?%s" % (url, query % (options["node_id"][0], PAGE)),
                "headers": {"X-Auth-Token": options["token"]},
                "return_content": True,
            },
            # As if it were known how many there are.
            "loop": list(range(0, URI_RECORDS, PAGE)),
            "register": "pages",
        }
        joined = {"ansible.builtin.set_fact": {
            "sessions": "{{ pages.results | map(attribute='json.intelligent_kill_session_histories') | flatten }}",
        }}
        check = {"ansible.builtin.assert": {"that": "sessions | length == %d" % URI_RECORDS}}
        own_check = {"ansible.builtin.assert": {"that": "found.count == %d and found.complete" % URI_RECORDS}}
        own = {TAURUSDB: options, "register": "found"}
        for verified in (plays.play("uri-checked", [loop, joined, check]), plays.play("own-checked", [own, own_check])):
            verified()
        medians = interleaved({
            "empty": plays.play("empty", []),
            "one": plays.play("own", [own]),
            "of five": plays.play("own-five", [own] * TASKS),
            "loop": plays.play("uri", [loop]),
        }, rounds, {"of five": TASKS})
    for name, text, kind, goal in (
        ("one", "one task", "wall", 25), ("one", "one task", "cpu", None), ("of five", "each of five tasks", "wall", None),
    ):
        yield Row(
            4, "%s records, 20 ms: %s, faster than a loop of uri over the %d pages" % (
                f"{URI_RECORDS:,}", text, URI_RECORDS // PAGE,
            ),
            kind, medians.ratio(kind, "loop", name, "empty"), medians.spread(kind, "loop", name, "empty"), ">=", goal,
            "%.2f s against %.2f s" % tuple(getattr(medians.cost(each, "empty"), kind) for each in (name, "loop")),
        )


def cut_by_query(rounds: int) -> Iterator[Row]:
    """Ten thousand records of which a hundred are wanted."""
    with emulator() as running, Plays() as plays:
        options = killed_sessions(running, QUERY_RECORDS)
        returned = [{TAURUSDB: options, "register": "found"}]
        kept = {"ansible.builtin.set_fact": {"kept": "{{ found.killed_sessions[:%d] }}" % KEPT}}
        query = [{TAURUSDB: {**options, "query": "[?start_time > `0`] | [:%d]" % KEPT}, "register": "found"}]
        check = {"ansible.builtin.assert": {"that": "found.result | length == %d and found.count == %d" % (KEPT, QUERY_RECORDS)}}
        plays.play("checked", [*query, check])()
        # All is fetched, and next to nothing returned.
        counted = [{TAURUSDB: {**options, "query": "length(@)"}, "register": "found"}]
        medians = interleaved({
            "empty": plays.play("empty", []),
            "query": plays.play("query", query * TASKS),
            "counted": plays.play("counted", counted * TASKS),
            "all": plays.play("all", returned * TASKS),
            "filtered": plays.play("filtered", [*returned, kept] * TASKS),
        }, rounds, dict.fromkeys(("query", "counted", "all", "filtered"), TASKS))
    yield Row(
        7, "%s records cut to %d by query: over a task that only counts them (%d tasks in a play)" % (f"{QUERY_RECORDS:,}", KEPT, TASKS),
        "cpu", medians.ratio("cpu", "query", "counted", "empty"), medians.spread("cpu", "query", "counted", "empty"), "<=", 1.3,
        "%.2f s against %.2f s" % tuple(medians.cost(each, "empty").cpu for each in ("query", "counted")),
    )
    for name, text in (
        ("all", "returning and registering all"), ("filtered", "returning all and cutting them in the playbook"),
    ):
        for kind in ("cpu", "wall"):
            yield Row(
                7, "%s records cut to %d by query: cheaper than %s (%d tasks in a play)" % (
                    f"{QUERY_RECORDS:,}", KEPT, text, TASKS,
                ), kind,
                medians.ratio(kind, name, "query", "empty"), medians.spread(kind, name, "query", "empty"), ">=",
                None,
                "%.2f s against %.2f s" % tuple(getattr(medians.cost(each, "empty"), kind) for each in ("query", name)),
            )
