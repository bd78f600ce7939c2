# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way in which a source can fail, and what a task then says."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import BCC, DATAARTS, HOOP, SOURCES, TAURUSDB

#: What is asked and what comes back, whatever ansible-core runs the task.
pytestmark = pytest.mark.any_core

#: status -> kind, and the code that each module's source gives with it.
REFUSED = {
    401: ("auth", {TAURUSDB: "APIGW.0301", DATAARTS: "APIG.1002", HOOP: None, BCC: "AccessDenied"}),
    403: ("permission", {TAURUSDB: None, DATAARTS: "403", HOOP: None, BCC: "AccessDenied"}),
    404: ("not_found", {TAURUSDB: None, DATAARTS: "common.01000001", HOOP: None, BCC: "ResourceNotFound"}),
}
BUSY = {
    408: ("server", {DATAARTS: "common.00000408"}),
    429: ("rate_limited", {TAURUSDB: "APIGW.0308", BCC: "TooManyRequests"}),
    500: ("server", {TAURUSDB: "DBS.05000000", DATAARTS: "common.00000500", BCC: "InternalError"}),
    503: ("server", {BCC: "ServiceUnavailable"}),
}
#: Answers that are none: the fault, its options, what the failure is, and a part of its message.
WRONG = {
    "truncated": ("truncated_json", {}, 200, "instead of JSON"),
    "html": ("html", {}, 200, "web page"),
    "no_object": ("not_json_object", {}, 200, ""),
    "no_list": ("missing_list", {}, 200, "lacks"),
    "redirect": ("redirect", {}, 302, "redirects to"),
    "moved": ("redirect", {"status": 308}, 308, "redirects to"),
    "endless_body": ("endless_body", {}, 200, "larger than 64 MB"),
    "endless_headers": ("endless_headers", {}, None, ""),
    "huge_header": ("endless_headers", {"variant": "huge"}, None, ""),
    "gzip_bomb": ("gzip_bomb", {}, 200, "larger than 64 MB"),
    "list_bomb": ("list_bomb", {}, 200, "so many values"),
    "gzip_twice": ("gzip_twice", {}, None, "only gzip was requested"),
    "odd_length": ("odd_length", {}, None, "Content-Length is no number"),
    "switching": ("interim", {"status": 101}, None, "another protocol"),
    "endless_interim": ("interim", {"count": 9}, None, "more than 8 interim answers"),
}


#: How large an answer may be is the same for all sources, and what they share is slow to show.
LARGE = ("endless_body", "gzip_bomb", "list_bomb")


def fault(module, kind, **options):
    return [("fault", {"kind": kind, "dialect": SOURCES[module][0], **options})]


def check_line(result):
    """One line, which says what the dictionary says."""
    failure = result["failure"]
    assert "\n" not in result["msg"]
    assert set(failure) == {"kind", "status", "code", "message", "request_id", "hint", "target"}
    assert failure["message"] in result["msg"]
    for part in (failure["code"], failure["request_id"]):
        assert part is None or part in result["msg"]
    assert failure["status"] is None or "HTTP %d" % failure["status"] in result["msg"]


@pytest.mark.parametrize("module", SOURCES)
def test_refusals_are_final(tasks, module):
    scenes = {str(status): tasks.scene(module, fault(module, "status", status=status)) for status in REFUSED}
    if module in (TAURUSDB, DATAARTS):
        for variant in ("document", "plain"):
            scenes[variant] = tasks.scene(module, fault(module, "status", status=403, variant=variant))
    run = tasks.scenes(scenes)
    for status, (kind, codes) in REFUSED.items():
        kept = run[str(status)]
        check_line(kept.result)
        assert (kept.failure["kind"], kept.failure["status"]) == (kind, status)
        if codes[module]:
            assert kept.failure["code"] == codes[module]
        assert len(kept.log) == 1
        # hoop has no ids of requests.
        assert bool(kept.failure["request_id"]) is (module != HOOP)
        assert kept.failure["hint"]
    for name in set(scenes) - {str(status) for status in REFUSED}:
        kept = run[name]
        check_line(kept.result)
        assert (kept.failure["kind"], kept.failure["status"], len(kept.log)) == ("permission", 403, 1)
    if "document" in scenes:
        assert run["document"].failure["code"] == "403"
        assert run["document"].failure["message"] == "X-Auth-Token is invalid in the request"
    target = run["404"].failure["target"]
    assert set(target) >= {TAURUSDB: {"instance_id", "node_id"}, DATAARTS: {"workspace_id"}, BCC: {"type"}}.get(module, set())


@pytest.mark.parametrize("module", SOURCES)
def test_a_busy_source_is_asked_again(tasks, module):
    few = {"retries": 1, "retry_budget": 1}
    scenes = {str(status): tasks.scene(module, fault(module, "status", status=status), **few) for status in BUSY}
    scenes.update(
        recovers=tasks.scene(module, fault(module, "status", status=503, times=2)),
        waits=tasks.scene(module, fault(module, "status", status=429, times=1, headers={"Retry-After": "2"})),
        never=tasks.scene(module, fault(module, "status", status=503), retries=0),
        torn=tasks.scene(module, fault(module, "reset", times=1)),
        torn_midway=tasks.scene(module, fault(module, "reset", times=1, mid_body=True)),
        torn_always=tasks.scene(module, fault(module, "reset"), **few),
    )
    run = tasks.scenes(scenes)
    for status, (kind, codes) in BUSY.items():
        kept = run[str(status)]
        check_line(kept.result)
        assert (kept.failure["kind"], kept.failure["status"]) == (kind, status)
        assert kept.failure["code"] == codes.get(module, kept.failure["code"])
        assert [(entry["status"], entry["fault"] is not None) for entry in kept.log] == [(int(status), True)] * 2
    for name in ("recovers", "waits", "torn", "torn_midway"):
        kept = run[name]
        assert kept.ok()["complete"] is True and kept.ok()["count"] > 0
        assert kept.ok()["requests"] == len(kept.log)
        assert len(kept.log) > 1
    first, second = run["waits"].log[:2]
    assert second["started"] - first["ended"] >= 1.9
    if module != HOOP:
        # The two are seconds apart: signed afresh.
        assert first["headers"]["authorization"] != second["headers"]["authorization"]
        stamp = "x-bce-date" if module == BCC else "x-sdk-date"
        assert first["headers"][stamp] < second["headers"][stamp]
    assert (run["never"].failure["status"], len(run["never"].log)) == (503, 1)
    check_line(run["torn_always"].result)
    assert (run["torn_always"].failure["kind"], run["torn_always"].failure["status"]) == ("network", None)


def test_waiting_has_an_end(tasks, emulator):
    """A source that wants more patience than there is, or that answers too slowly."""
    scenes = {
        "too_long": tasks.scene(
            TAURUSDB, fault(TAURUSDB, "status", status=429, headers={"Retry-After": "3600"}), retry_budget=1, retries=10
        ),
        "slow": tasks.scene(HOOP, fault(HOOP, "slow", seconds=4), timeout=1, retries=0),
        "slow_once": tasks.scene(BCC, fault(BCC, "slow", seconds=4, times=1), timeout=1),
        "drip": tasks.scene(DATAARTS, fault(DATAARTS, "drip", interval=0.02), timeout=1, retries=0),
        "many": tasks.scene(
            HOOP, fault(HOOP, "status", status=503, after=1), id=emulator.ids("hoop"), retry_budget=1, retries=10,
            on_error="continue",
        ),
    }
    run = tasks.both(scenes)
    for name in ("too_long", "slow", "drip"):
        run.same(name)
    for host in ("action/", "module/"):
        assert run[host + "too_long"].failure["kind"] == "rate_limited"
        for name in ("slow", "drip"):
            kept = run[host + name]
            check_line(kept.result)
            assert (kept.failure["kind"], kept.failure["status"]) == ("network", None)
        assert "within 1 second" in run[host + "slow"].failure["message"]
        assert run[host + "slow_once"].ok()["complete"] is True
        # The waits of all requests together, or each of them had ten more tries.
        assert len(run[host + "many"].log) < 5 * len(emulator.ids("hoop"))
        assert len(run[host + "many"].ok()["failed_targets"]) == len(emulator.ids("hoop")) - 1


@pytest.mark.parametrize("module", SOURCES)
def test_an_answer_that_is_none_is_no_empty_list(tasks, module):
    # On the way, and at the very first page.
    listed = {"match": {"path": "sessions"}} if module == HOOP else {}
    wrong = {name: case for name, case in WRONG.items() if module == HOOP or name not in LARGE}
    scenes = {name: tasks.scene(module, fault(module, kind, **options, **listed)) for name, (kind, options, *_rest) in wrong.items()}
    later = fault(module, "html", after=1, **listed)
    scope = {"node_id": tasks.access(TAURUSDB)["node_id"]} if module == TAURUSDB else {}
    seed = [("seed", {"dialect": SOURCES[module][0], "count": 250, **scope})]
    scenes["later"] = tasks.scene(module, seed + later)
    run = tasks.scenes(scenes)
    for name, (_kind, _options, status, part) in wrong.items():
        kept = run[name]
        check_line(kept.result)
        assert kept.failure["kind"] == "protocol", name
        assert part in kept.failure["message"], name
        assert kept.failure["status"] == status, name
        # A request id was in the answer's headers.
        assert bool(kept.failure["request_id"]) is (name == "no_list" and module != HOOP) or name != "no_list", name
        assert len(kept.listed) == 1, name
        assert not kept.asked("elsewhere")
    assert run["later"].failure["kind"] == "protocol"


@pytest.mark.parametrize("module", SOURCES)
def test_each_request_gets_its_own_answer(tasks, module):
    """Interim answers before each one."""
    scope = {"node_id": tasks.access(TAURUSDB)["node_id"]} if module == TAURUSDB else {}
    seed = [("seed", {"dialect": SOURCES[module][0], "count": 450, **scope})]
    run = tasks.scenes({
        "good": tasks.scene(module, seed),
        "early_hints": tasks.scene(module, seed + fault(module, "interim")),
        "twice_continue": tasks.scene(module, seed + fault(module, "interim", status=100, count=2, delay=0)),
    })
    good = run["good"].ok()
    assert good["count"] >= 450 and good["complete"] is True
    for name in ("early_hints", "twice_continue"):
        assert {**run[name].ok(), "window": None} == {**good, "window": None}


def test_baidus_code_in_a_good_answer(tasks):
    scenes = {
        "internal": tasks.scene(BCC, fault(BCC, "baidu_code")),
        "refused": tasks.scene(BCC, fault(BCC, "baidu_code", code="AccessDenied", message="no"), id="r-N0UrpENajU7kQ2xB"),
        "odd": tasks.scene(BCC, fault(BCC, "baidu_code", code="Strange", message="what")),
        "expired": tasks.scene(
            BCC, fault(BCC, "status", status=400, body={"code": "RequestExpired", "message": "late", "requestId": "too-late-7f3a"})
        ),
        "expired_once": tasks.scene(
            BCC, fault(BCC, "status", status=400, body={"code": "RequestExpired", "message": "late"}, times=1)
        ),
        "clock": tasks.scene(BCC, [("config", {"clock_skew": {"bcc": 7200}})]),
    }
    run = tasks.both(scenes)
    internal = run.same("internal").failure
    assert (internal["kind"], internal["status"], internal["code"]) == ("server", 200, "InternalError")
    refused = run.same("refused").failure
    assert (refused["kind"], refused["code"], refused["target"]) == ("permission", "AccessDenied", {"id": "r-N0UrpENajU7kQ2xB"})
    assert run.same("odd").failure["code"] == "Strange"
    # Once more, for it may only have been late.
    assert run.same("expired").failure["kind"] == "auth"
    assert len(run["action/expired"].log) == 2
    assert run.same("expired_once").ok()["requests"] == 3
    assert "clock" in run["action/clock"].failure["hint"]


def test_the_module_path_fails_in_the_same_way(tasks):
    """One fault of each sort, and not the source's own request ids."""
    kinds = {
        "403": ("status", {"status": 403}, {}),
        "429": ("status", {"status": 429}, {"retries": 1, "retry_budget": 1}),
        "reset": ("reset", {}, {"retries": 1, "retry_budget": 1}),
        "no_list": ("missing_list", {}, {}),
        "redirect": ("redirect", {}, {}),
        "huge_header": ("endless_headers", {"variant": "huge"}, {}),
        "slow": ("slow", {"seconds": 3}, {"timeout": 1, "retries": 0}),
    }
    scenes = {
        "%s %s" % (module, name): tasks.scene(module, fault(module, kind, **options), **args)
        for module, (name, (kind, options, args)) in zip(list(SOURCES) * 2, kinds.items())
    }
    run = tasks.both(scenes)
    for name in scenes:
        failure = run.same(name).failure
        assert failure["kind"] in ("permission", "rate_limited", "network", "protocol")
        assert not run["module/" + name].asked("elsewhere")


@pytest.mark.parametrize("module", SOURCES)
def test_never_more_in_flight_than_allowed_and_the_first_alone(tasks, module):
    dialect = SOURCES[module][0]
    scope = {"node_id": tasks.access(TAURUSDB)["node_id"]} if module == TAURUSDB else {}
    seed = [("seed", {"dialect": dialect, "count": 1900, **scope}), ("latency", {"seconds": 0.04})]
    scenes = {str(limit): tasks.scene(module, seed, concurrency=limit, query="length(@)") for limit in (1, 3, 8)}
    if module == TAURUSDB:
        fleet = [("seed", {"dialect": dialect, "count": 30, "instances": 12}), ("latency", {"seconds": 0.04})]
        ids = ["%032xin07" % number for number in range(12)]
        scenes["fleet"] = tasks.scene(module, fleet, instance_id=ids, node_id=None, concurrency=5, query="length(@)")
    run = tasks.scenes(scenes)
    for name in scenes:
        kept = run[name]
        limit = 5 if name == "fleet" else int(name)
        assert kept.ok()["result"] == {"fleet": 12 * 2 * 30}.get(name, 1900 + 2 * (module == BCC))
        assert kept.stats["dialects"][dialect]["max_in_flight"] <= limit
        assert limit == 1 or kept.stats["max_in_flight"] > 1
        first, *others = kept.listed
        assert all(entry["started"] >= first["ended"] for entry in others)
