# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hoop: what a gateway did when it was run, beyond its documents: viewers, organisations, shapes, bad hours."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.emulator import credentials
from tests.emulator.auth.hoop import ORG, OTHER_ORG
from tests.emulator.client import Emulator
from tests.emulator.dialects.hoop_shapes import SHAPES

ANA = {"user_id": "auth0|64f0a1b2c3d4", "user": "ana.ruiz@example.com"}


def rows(wire: Any, token: str = credentials.HOOP_TOKEN, query: str = "") -> list[dict[str, Any]]:
    answer = wire.hoop(f"/api/sessions?limit=100{query}", token)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


@pytest.mark.parametrize(
    ("token", "role", "is_admin", "groups", "id", "email"),
    [
        (credentials.HOOP_ADMIN_TOKEN, "admin", True, ["admin"], "admin@example.com", "admin@example.com"),
        (credentials.HOOP_TOKEN, "auditor", False, ["auditor"], "auditor@example.com", "auditor@example.com"),
        (credentials.HOOP_STRANGER_TOKEN, "standard", False, ["dev"], "stranger@example.com", "stranger@example.com"),
        (credentials.HOOP_API_KEY, "auditor", False, ["auditor"], "0a4e6c1e-3d0b-4c4f-9a37-6f1f5f0d0001", "audit-key"),
        (credentials.HOOP_ADMIN_KEY, "admin", True, ["admin"], "0a4e6c1e-3d0b-4c4f-9a37-6f1f5f0d0002", "admin-key"),
        (credentials.HOOP_DEV_KEY, "standard", False, ["dev"], "0a4e6c1e-3d0b-4c4f-9a37-6f1f5f0d0003", "dev-key"),
        (credentials.HOOP_BARE_KEY, "standard", False, [], "0a4e6c1e-3d0b-4c4f-9a37-6f1f5f0d0004", "bare-key"),
    ],
)
def test_userinfo(wire: Any, token: str, role: str, is_admin: bool, groups: list[str], id: str, email: str) -> None:
    body = wire.hoop("/api/userinfo", token).json()
    found = tuple(body[name] for name in ("role", "is_admin", "groups", "id", "email", "org_id"))
    assert found == (role, is_admin, groups, id, email, ORG)


def test_userinfo_of_a_legacy_key_of_another_organisation_and_of_nobody(wire: Any) -> None:
    legacy = wire.send("hoop", "/api/userinfo", headers={"Api-Key": credentials.HOOP_LEGACY_KEY}).json()
    assert (legacy["id"], legacy["role"]) == ("API_KEY", "admin")
    assert wire.hoop("/api/userinfo", credentials.HOOP_OTHER_TOKEN).json()["org_id"] == OTHER_ORG
    nobody = wire.hoop("/api/userinfo", credentials.HOOP_UNREGISTERED_TOKEN).json()
    assert (nobody["role"], nobody["org_id"]) == ("unregistered", "")
    assert wire.hoop("/api/userinfo", "wrong").status_code == 401


def test_a_limited_viewer_sees_own_sessions_and_those_to_review(wire: Any, emulator: Emulator) -> None:
    """And nothing in the answer says that there are more."""
    emulator.seed("hoop", 30, values={"user_id": "auth0|77aa01", "review": None})
    emulator.seed("hoop", 4, values=ANA, keep=True, seed=1)
    emulator.seed("hoop", 2, shape="pending", keep=True, seed=2, values={"user_id": "auth0|77aa01"})
    assert len(rows(wire)) == 36
    assert {row["user_id"] for row in rows(wire, credentials.HOOP_USER_TOKEN)} == {ANA["user_id"]}
    page = wire.hoop("/api/sessions", credentials.HOOP_USER_TOKEN).json()
    assert (page["total"], page["total_is_capped"], page["has_next_page"]) == (4, False, False)
    assert {row["review"]["status"] for row in rows(wire, credentials.HOOP_REVIEWER_TOKEN)} == {"PENDING"}
    bare = wire.hoop("/api/sessions", credentials.HOOP_BARE_KEY)
    assert (bare.status_code, bare.json()["data"], bare.json()["total"]) == (200, [], 0)
    (own, *_others) = rows(wire, credentials.HOOP_USER_TOKEN)
    assert wire.hoop(f"/api/sessions/{own['id']}/result/stream", credentials.HOOP_USER_TOKEN).status_code == 200


def test_two_organisations_behind_one_url(wire: Any, emulator: Emulator) -> None:
    emulator.seed("hoop", 3, org=OTHER_ORG)
    others = rows(wire, credentials.HOOP_OTHER_TOKEN)
    assert [row["org_id"] for row in others] == [OTHER_ORG] * 3
    assert {row["org_id"] for row in rows(wire)} == {ORG} and len(rows(wire)) == 18
    assert wire.hoop(f"/api/sessions/{others[0]['id']}").status_code == 404
    assert wire.hoop(f"/api/sessions/{others[0]['id']}", credentials.HOOP_OTHER_TOKEN).status_code == 200
    assert rows(wire, credentials.HOOP_UNREGISTERED_TOKEN) == []


def test_the_database_is_away_and_comes_back(wire: Any, emulator: Emulator) -> None:
    emulator.fault("status", "hoop", status=500, variant="database", match={"path": "^/api/(?!healthz)"}, times=2)
    for path in ("/api/userinfo", "/api/sessions"):
        answer = wire.hoop(path)
        assert (answer.status_code, answer.json()) == (500, {"message": "internal server error, failed loading IDP provider"})
    assert wire.hoop("/api/healthz").status_code == wire.hoop("/api/sessions").status_code == 200
    emulator.clear_faults()
    emulator.fault("status", "hoop", status=500, lasts=3600)
    assert {wire.hoop("/api/sessions").status_code for _step in range(3)} == {500}
    emulator.clear_faults()
    emulator.fault("status", "hoop", status=500, lasts=0)
    assert wire.hoop("/api/sessions").status_code == 200


def test_a_refusal_between_good_answers(wire: Any, emulator: Emulator) -> None:
    emulator.fault("status", "hoop", status=401, after=1, times=1)
    assert [wire.hoop("/api/sessions").status_code for _step in range(3)] == [200, 401, 200]


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape(wire: Any, emulator: Emulator, shape: str) -> None:
    emulator.seed("hoop", 1, shape=shape)
    (row,) = rows(wire)
    body = wire.hoop(f"/api/sessions/{row['id']}").json()
    fields, raw = SHAPES[shape]
    assert {name: body[name] for name in fields if name not in ("script", "script_size")} == {
        name: value for name, value in fields.items() if name not in ("script", "script_size")
    }
    assert row["ai_analysis"] is None and (row["end_date"] is None) == (fields.get("end_date", "") is None)
    stream = wire.hoop(f"/api/sessions/{row['id']}?expand=event_stream").json()
    if "events" in raw:
        assert stream.get("event_stream") == raw["events"] and ("event_stream" in stream) == (raw["events"] is not None)
    else:
        assert stream["event_stream"]


def test_a_credential_session_has_no_end_until_its_credentials_expire(wire: Any, emulator: Emulator) -> None:
    emulator.seed("hoop", 1, shape="credential")
    (row,) = rows(wire)
    assert (row["status"], row["end_date"], row["exit_code"]) == ("done", None, None)
    assert row["metadata"]["credentials_expire_at"] > row["start_date"]
    emulator.alter("hoop", [row["id"]], {"end_date": row["metadata"]["credentials_expire_at"]})
    assert rows(wire)[0]["end_date"]


def test_only_the_result_stream_says_whether_there_is_a_recording(wire: Any, emulator: Emulator) -> None:
    """The size is 0 either way, and the stream is absent."""
    mine = credentials.HOOP_REVIEWER_TOKEN
    review = {"review": SHAPES["pending"][0]["review"]}
    for shape, token, status in (("restarted", mine, 403), ("not_recorded", credentials.HOOP_TOKEN, 200)):
        emulator.seed("hoop", 1, shape=shape, values=review)
        (row,) = rows(wire)
        body = wire.hoop(f"/api/sessions/{row['id']}?expand=event_stream", token).json()
        assert "event_stream" not in body and body["event_size"] == 0
        answer = wire.hoop(f"/api/sessions/{row['id']}/result/stream", token)
        assert answer.status_code == status and (status == 403 or answer.content == b"")


def test_the_second_name_after_a_blank_is_unknown(wire: Any) -> None:
    (row,) = rows(wire, query="&batch_id=batch-20260302-01")
    body = wire.hoop(f"/api/sessions/{row['id']}?expand=session_input,%20event_stream").json()
    assert "event_stream" not in body and body["script"]["data"]


def test_the_input_of_a_command_is_an_event_and_its_failure_the_last(wire: Any, emulator: Emulator) -> None:
    emulator.seed("hoop", 1, shape="restarted", values={"exit_code": 3})
    (row,) = rows(wire)
    stream = wire.hoop(f"/api/sessions/{row['id']}?expand=event_stream").json()["event_stream"]
    assert stream[0][:2] == [0.017, "i"] and stream[-1][1:] == ["e", base64.b64encode(b"exit status 3").decode()]


def test_sessions_begin_while_somebody_looks(wire: Any, emulator: Emulator) -> None:
    emulator.config(arrivals_per_second=10)
    before = rows(wire)
    emulator.config(clock_skew={"hoop": 5})
    after = wire.hoop("/api/sessions?limit=100").json()
    assert after["total"] >= len(before) + 50
    starts = [row["start_date"] for row in after["data"]]
    assert starts == sorted(starts, reverse=True)
    assert [row["id"] for row in after["data"]][-18:] == [row["id"] for row in before][-18:]


def test_sessions_that_are_gone(wire: Any, emulator: Emulator) -> None:
    first, *others = [row["id"] for row in rows(wire)]
    emulator.forget("hoop", [first])
    assert [row["id"] for row in rows(wire)] == others
    assert wire.hoop(f"/api/sessions/{first}").status_code == 404
