# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TaurusDB: every parameter and constraint of its document, as requests and records."""

from __future__ import annotations

import pytest
from fake_wire import NOW

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb.endpoints import SOURCE

PROJECT = "054e292c9880d4992f02c0196d3ea468"
INSTANCE = "17b6bbb64d2f4c14a83a88f19da8dcc8in07"
OTHER = "27b6bbb64d2f4c14a83a88f19da8dcc8in07"
NODE = "d476fd181dad42cbb67e804953fb39ebno07"
NODE2 = "2f6e2a9c3a9f4d1a8f1f4c5a7be1d0aano07"
HOST = "https://gaussdb.cn-north-4.myhuaweicloud.com"
BASE = {"region": "cn-north-4", "project_id": PROJECT, "token": "t0ken"}
WINDOW = {"start_time": "1774528515000", "end_time": "1775028515000"}

#: The document's own answer.
EXAMPLE = {
    "total_count": 2,
    "intelligent_kill_session_histories": [
        {"task_id": "1774873478588", "start_time": 1774873540, "end_time": 1774873540,
         "download_link": "https://download_link_1"},
        {"task_id": "1774873605464", "start_time": 1774873618, "end_time": 1774873618,
         "download_link": "https://download_link_2"},
    ],
}
EMPTY = {"total_count": 0, "intelligent_kill_session_histories": []}


def history_path(instance=INSTANCE):
    return "/v3/%s/instances/%s/intelligent-kill-session/history" % (PROJECT, instance)


def test_the_documents_example(wire):
    wire.answer = lambda sent: EXAMPLE
    result = wire.result(SOURCE, **BASE, **WINDOW, instance_id=[INSTANCE], node_id=[NODE], page_size=10)
    (sent,) = wire.sent
    assert sent.method == "GET"
    assert sent.url == HOST + history_path() + (
        "?end_time=1775028515000&limit=10&node_id=%s&offset=0&start_time=1774528515000" % NODE
    )
    assert sent.headers == {"X-Auth-Token": "t0ken"}
    assert sent.body is None
    assert result["killed_sessions"] == [
        {"task_id": "1774873478588", "start_time": 1774873540, "start_time_iso": "2026-03-30T12:25:40Z",
         "end_time": 1774873540, "end_time_iso": "2026-03-30T12:25:40Z", "instance_id": INSTANCE, "node_id": NODE},
        {"task_id": "1774873605464", "start_time": 1774873618, "start_time_iso": "2026-03-30T12:26:58Z",
         "end_time": 1774873618, "end_time_iso": "2026-03-30T12:26:58Z", "instance_id": INSTANCE, "node_id": NODE},
    ]
    assert (result["count"], result["total"], result["complete"]) == (2, 2, True)


@pytest.mark.parametrize("start, end", [
    ("2026-03-26T12:35:15Z", "2026-04-01T07:28:35+00:00"), ("1774528515", "1775028515000"),
    ("2026-03-26 12:35:15", "2026-04-01T15:28:35+08:00"), ("1774528515000", "1775028515"),
])
def test_any_notation_sends_the_same_bytes(wire, start, end):
    wire.answer = lambda sent: EMPTY
    wire.result(SOURCE, **BASE, instance_id=[INSTANCE], node_id=[NODE], start_time=start, end_time=end)
    assert wire.sent[0].query == {
        "node_id": NODE, "start_time": "1774528515000", "end_time": "1775028515000", "limit": "100", "offset": "0",
    }


def test_the_end_is_now_by_default_and_the_start_may_be_relative(wire):
    wire.answer = lambda sent: EMPTY
    wire.result(SOURCE, **BASE, instance_id=[INSTANCE], node_id=[NODE], start_time="-24h")
    # The history counts in whole seconds: the window begins with one.
    assert wire.sent[0].query["start_time"] == str(NOW // 1000 * 1000 - 86_400_000)
    assert wire.sent[0].query["end_time"] == str(NOW)


def test_what_starts_at_the_end_is_dropped_and_what_starts_at_the_start_is_not(wire):
    """Rows have whole seconds, and the source's end is inclusive as far as anybody knows."""
    rows = [{"task_id": str(second), "start_time": second} for second in (1775000000, 1775000001, 1775000002, 1775000003)]
    wire.answer = lambda sent: {"intelligent_kill_session_histories": rows, "total_count": 4}
    target = {**BASE, "instance_id": [INSTANCE], "node_id": [NODE]}
    for start, end, expected in (
        ("1775000001000", "1775000003000", ["1775000001", "1775000002"]),
        ("1775000001400", "1775000003000", ["1775000001", "1775000002"]),
        ("1775000001000", "1775000002001", ["1775000001", "1775000002"]),
    ):
        result = wire.result(SOURCE, **target, start_time=start, end_time=end)
        assert [record["task_id"] for record in result["killed_sessions"]] == expected
        assert wire.sent[-1].query["start_time"] == "1775000001000"
        assert wire.sent[-1].query["end_time"] == end
    assert result["window"] == {"start": "2026-03-31T23:33:21.000Z", "end": "2026-03-31T23:33:22.001Z"}


@pytest.mark.parametrize("language", ["en-us", "zh-cn"])
def test_the_language_is_a_header(wire, language):
    wire.answer = lambda sent: {"instance": {"nodes": [{"id": NODE}]}} if "v3.1" in sent.path else EMPTY
    wire.result(SOURCE, **BASE, **WINDOW, instance_id=[INSTANCE], language=language)
    assert [sent.headers["X-Language"] for sent in wire.sent] == [language, language]


def test_links_only_if_asked_for(wire):
    wire.answer = lambda sent: EXAMPLE
    options = {**BASE, **WINDOW, "instance_id": [INSTANCE], "node_id": [NODE]}
    plain = wire.result(SOURCE, **options)["killed_sessions"]
    assert ["download_link" in record for record in plain] == [False, False]
    linked = wire.result(SOURCE, **options, include_links=True)["killed_sessions"]
    assert [record["download_link"] for record in linked] == ["https://download_link_1", "https://download_link_2"]


def test_all_nodes_of_an_instance(wire):
    """One request lists the nodes, then each is listed."""
    def answer(sent):
        if sent.path == "/v3.1/%s/instances/%s" % (PROJECT, INSTANCE):
            return {"instance": {"id": INSTANCE, "nodes": [{"id": NODE, "type": "master"}, {"id": NODE2}]}}
        return EXAMPLE if sent.query["node_id"] == NODE2 else EMPTY

    wire.answer = answer
    result = wire.result(SOURCE, **BASE, **WINDOW, instance_id=[INSTANCE], concurrency=1)
    assert [(sent.path, sent.query.get("node_id")) for sent in wire.sent] == [
        ("/v3.1/%s/instances/%s" % (PROJECT, INSTANCE), None), (history_path(), NODE), (history_path(), NODE2),
    ]
    assert wire.sent[0].query == {}
    assert [record["node_id"] for record in result["killed_sessions"]] == [NODE2, NODE2]
    assert (result["total"], result["complete"], result["requests"]) == (2, True, 3)


def test_several_instances_and_their_nodes_in_order(wire):
    def answer(sent):
        if "v3.1" in sent.path:
            return {"instance": {"nodes": [{"id": NODE}, {"id": NODE2}]}}
        return EXAMPLE

    wire.answer = answer
    result = wire.result(SOURCE, **BASE, **WINDOW, instance_id=[INSTANCE, OTHER])
    scopes = [(record["instance_id"], record["node_id"]) for record in result["killed_sessions"]]
    assert scopes == [(i, n) for i in (INSTANCE, OTHER) for n in (NODE, NODE2) for _each in range(2)]
    assert result["requests"] == 6


@pytest.mark.parametrize("instance", [
    {}, {"nodes": None}, {"nodes": {}}, {"nodes": ["x"]}, {"nodes": [{"name": "x"}]}, {"nodes": [{"id": "../x"}]},
])
def test_nodes_that_cannot_be_asked_for(wire, instance):
    wire.answer = lambda sent: {"instance": instance}
    result = wire.failure(SOURCE, **BASE, **WINDOW, instance_id=[INSTANCE])
    assert result["failure"]["kind"] in ("protocol", "not_found")
    assert result["failure"]["target"] == {"instance_id": INSTANCE}
    assert len(wire.sent) == 1


def test_an_instance_without_nodes_is_no_empty_answer(wire):
    wire.answer = lambda sent: {"instance": {"nodes": []}}
    result = wire.failure(SOURCE, **BASE, **WINDOW, instance_id=[INSTANCE])
    assert result["failure"]["kind"] == "not_found"


def test_pairs_of_instance_and_node(wire):
    wire.answer = lambda sent: EMPTY
    pairs = [{"instance_id": INSTANCE, "node_id": NODE}, {"instance_id": OTHER, "node_id": NODE2}]
    wire.result(SOURCE, **BASE, **WINDOW, targets=pairs, concurrency=1)
    assert [(sent.path, sent.query["node_id"]) for sent in wire.sent] == [
        (history_path(), NODE), (history_path(OTHER), NODE2),
    ]


def test_an_endpoint_with_a_path_wins_over_the_region(wire):
    wire.answer = lambda sent: EMPTY
    wire.result(SOURCE, **BASE, **WINDOW, endpoint="https://private.example.com/db/", instance_id=[INSTANCE], node_id=[NODE])
    assert wire.sent[0].url.startswith("https://private.example.com/db" + history_path() + "?")


BAD = [
    ({"instance_id": ["x"]}, "instance_id: 'x' is not "),
    ({"instance_id": [INSTANCE + "x"]}, "instance_id"),
    ({"instance_id": ["../../../../../../../../../../../etc/pass"]}, "instance_id"),
    ({"instance_id": [NODE]}, "instance_id: '%s' is not 36 letters and digits, ending in in07" % NODE),
    ({"instance_id": [INSTANCE], "node_id": [INSTANCE]}, "node_id: '%s'" % INSTANCE),
    ({"instance_id": [INSTANCE, OTHER], "node_id": [NODE]}, "node_id"),
    ({"node_id": [NODE]}, "instance_id: missing"),
    ({}, "instance_id: missing"),
    ({"instance_id": [INSTANCE], "targets": [{"instance_id": INSTANCE, "node_id": NODE}]}, "targets: excludes"),
    ({"targets": [{"instance_id": NODE, "node_id": NODE}]}, "instance_id"),
    ({"targets": [{"instance_id": INSTANCE, "node_id": "x"}]}, "targets[0].node_id: 'x' is not "),
    ({"instance_id": [INSTANCE], "project_id": "short"}, "project_id: 'short' is not "),
    ({"instance_id": [INSTANCE], "start_time": "1775028515000", "end_time": "1774528515000"}, "start_time"),
    ({"instance_id": [INSTANCE], "start_time": "now", "end_time": "now"}, "start_time"),
    ({"instance_id": [INSTANCE], "end_time": "1774528515"}, "start_time"),
    ({"instance_id": [INSTANCE], "start_time": "yesterday"}, "start_time: 'yesterday' is not "),
    ({"instance_id": [INSTANCE], "page_size": 0}, "page_size: 0 is out of range (1 to 100)"),
    ({"instance_id": [INSTANCE], "page_size": 101}, "page_size"),
]


@pytest.mark.parametrize("options, reported", BAD)
def test_what_cannot_be_right_is_refused_before_any_request(wire, options, reported):
    assert wire.refusal(SOURCE, **{**BASE, **WINDOW, **options}).startswith(reported)


def test_an_instance_without_the_usual_ending_may_be_a_private_clouds(wire):
    wire.answer = lambda sent: EMPTY
    wire.result(SOURCE, **BASE, **WINDOW, instance_id=["a" * 36], node_id=["b" * 36])
    assert wire.sent[0].query["node_id"] == "b" * 36


def test_instances_given_twice_are_asked_once(wire):
    wire.answer = lambda sent: EMPTY
    wire.result(SOURCE, **BASE, **WINDOW, instance_id=[INSTANCE], node_id=[NODE, NODE, NODE2], concurrency=1)
    assert [sent.query["node_id"] for sent in wire.sent] == [NODE, NODE2]
