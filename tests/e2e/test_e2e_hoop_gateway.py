# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""hoop: what a gateway that really ran did: who sees how much, what sessions look like, and its bad minutes."""

from __future__ import annotations

import json

import pytest

pytest.register_assert_rewrite("ansible_collections.opsaudit.sessions.tests.e2e.download")

from ansible_collections.opsaudit.sessions.tests.e2e.download import Downloads, same
from ansible_collections.opsaudit.sessions.tests.e2e.support import HOOP
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.emulator.auth.hoop import OTHER_ORG
from ansible_collections.opsaudit.sessions.tests.emulator.dialects.hoop_shapes import SHAPES

pytestmark = pytest.mark.any_core

ANA = {"user_id": "auth0|64f0a1b2c3d4", "user": "ana.ruiz@example.com"}
LI = {"user_id": "auth0|77aa01", "user": "li.wei@example.com", "review": None}
STATES = {
    "open": "running", "just_begun": "running", "pending": "waiting_for_review", "ready": "ready", "access_request": "waiting_for_review",
    "credential": "running", "ai_block": "blocked", "exec_failed_at_once": "finished", "guardrail_mssql": "finished",
    "guardrail_rdp": "finished", "proxy_blocked": "finished", "rejected": "rejected", "rejected_unattended": "rejected",
    "lost": "finished", "restarted": "finished", "not_recorded": "finished",
}


def seed(count=1, **options):
    return ("seed", {"dialect": "hoop", "count": count, **options})


def shapes(**options):
    """One session of each shape, each with its shape as its correlation."""
    far = {"metadata": {"credentials_expire_at": "2999-01-01T00:00:00Z"}}
    return [
        seed(shape=name, seed=number, keep=number > 0, values={"correlation_id": name, **(far if name == "credential" else {})}, **options)
        for number, name in enumerate(SHAPES)
    ]


def test_who_sees_how_much(tasks):
    before = [seed(5, values=LI), seed(3, seed=1, keep=True, values=ANA), seed(2, org=OTHER_ORG, seed=2)]
    tokens = {
        "admin": credentials.HOOP_ADMIN_TOKEN, "auditor": credentials.HOOP_TOKEN, "user": credentials.HOOP_USER_TOKEN,
        "bare": credentials.HOOP_BARE_KEY, "other": credentials.HOOP_OTHER_TOKEN, "unregistered": credentials.HOOP_UNREGISTERED_TOKEN,
    }
    scenes = {name: tasks.scene(HOOP, before, token=token) for name, token in tokens.items()}
    scenes["static"] = tasks.scene(HOOP, before, token=credentials.HOOP_LEGACY_KEY)
    scenes["mail"] = tasks.scene(HOOP, before, user=ANA["user"])
    scenes["id"] = tasks.scene(HOOP, before, user=ANA["user_id"])
    scenes["nobody"] = tasks.scene(HOOP, before, user="nobody@example.com")
    run = tasks.both(scenes)
    seen = {name: run.same(name).ok() for name in scenes if name != "unregistered"}
    assert {name: (each["count"], each["viewer"]["role"], each["viewer"]["sees_all"]) for name, each in seen.items()} == {
        "admin": (8, "admin", True), "auditor": (8, "auditor", True), "user": (3, "standard", False), "bare": (0, "standard", False),
        "other": (2, "admin", True), "static": (8, "admin", True), "mail": (3, "auditor", True), "id": (3, "auditor", True),
        "nobody": (0, "auditor", True),
    }
    warned = {name for name, each in seen.items() if any("sees only its own sessions" in line for line in each.get("warnings", ()))}
    assert warned == {"user", "bare"}
    failure = run.same("unregistered").failure
    assert failure["kind"] == "permission" and "does not know this user" in failure["message"]
    assert credentials.HOOP_DIGEST not in json.dumps([kept.result for kept in run.kept.values()])
    assert [entry["target"].partition("?")[0] for entry in run["action/admin"].log] == ["/api/userinfo", "/api/sessions"]


def test_each_shape_of_a_session(tasks):
    run = tasks.both({"list": tasks.scene(HOOP, shapes())})
    result = run.same("list").ok()
    assert {session["correlation_id"]: session["session_state"] for session in result["sessions"]} == STATES
    starts = [session["start_date"][:19] for session in result["sessions"]]
    assert starts == sorted(starts, reverse=True)
    # The list, who asks, and the two that look like an AI block.
    assert result["requests"] == 4 and result["complete"] is True


def test_each_recording(tasks, emulator):
    """What is saved of each shape, and by whom it may be seen."""
    downloads = Downloads(tasks)
    review = {"review": SHAPES["pending"][0]["review"]}
    emulator.seed("hoop", 1, shape="lost")
    (session,) = emulator.ids("hoop")
    scenes = {
        name: downloads.scene(name, [seed(shape=name)], id=session, format=form)
        for name, form in (("lost", "raw"), ("restarted", "txt"), ("not_recorded", "jsonl"), ("just_begun", "raw"), ("pending", "txt"))
    }
    reviewer = {"token": credentials.HOOP_REVIEWER_TOKEN, "id": session}
    for name in ("restarted", "not_recorded"):
        scenes["reviewer " + name] = downloads.scene("withheld", [seed(shape=name, values=review)], format="txt", **reviewer)
    run = tasks.both(scenes)
    reported = {name: same(run, name) for name in scenes}
    for name in ("lost", "restarted", "not_recorded", "just_begun", "pending"):
        assert not reported[name].result.get("failed"), reported[name].result
    assert b"line 0" in downloads.saved("restarted")
    assert [downloads.saved(name) for name in ("lost", "not_recorded", "just_begun", "pending")] == [b""] * 4
    warnings = {name: " ".join(each.result.get("warnings", ())) for name, each in reported.items()}
    assert "is lost" in warnings["lost"] and "so far" in warnings["just_begun"] and "did not run" in warnings["pending"]
    assert "Nothing was recorded" in warnings["not_recorded"] and warnings["restarted"] == ""
    for name in ("reviewer restarted", "reviewer not_recorded"):
        assert reported[name].failure["kind"] == "permission" and "not its recording" in reported[name].failure["message"]
    assert "withheld" not in downloads.names()


def test_a_gateway_whose_database_is_away(tasks):
    away = {"kind": "status", "dialect": "hoop", "status": 500, "variant": "database"}
    scenes = {
        "short": tasks.scene(HOOP, [("fault", {**away, "times": 3})]),
        "seconds": tasks.scene(HOOP, [("fault", {**away, "lasts": 2})]),
        "long": tasks.scene(HOOP, [("fault", away)], retries=1),
        "wrong path": tasks.scene(HOOP, [("config", {"base_path": "/gw"})]),
    }
    run = tasks.scenes(scenes)
    assert run["short"].ok()["count"] == run["seconds"].ok()["count"] == 18
    assert run["long"].failure["kind"] == "server" and "cannot reach its database" in run["long"].failure["hint"]
    assert run["wrong path"].failure["kind"] == "not_found" and "does not know this path" in run["wrong path"].failure["hint"]


def test_a_gateway_in_use_is_read_whole(tasks):
    """More sessions than it counts, and ten new ones a second in the window, for its clock is behind: nothing is missing, and that is proven."""
    config = ("config", {"arrivals_per_second": 10, "clock_skew": {"hoop": -30}})
    busy = tasks.scene(HOOP, [seed(12_500), config], query="length([*].id)")
    result = tasks.scenes({"busy": busy})["busy"].ok()
    assert (result["complete"], result["incomplete_reasons"]) == (True, [])
    assert result["result"] >= 12_500
    assert result["requests"] < 150
