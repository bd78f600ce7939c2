# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""hoop: who looks at a list, and how much of it that is; which user a list is of."""

from __future__ import annotations

import pytest
from fake_wire import refused

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.connection import connect
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.endpoints import SOURCE

BASE = {"endpoint": "https://hoop.example.com/gw", "token": "t0ken"}
PATH = "/gw/api/userinfo"
ORG = "b79ff037-d0ed-5c31-84f8-95d42c0e5426"
EMPTY = {"data": [], "total": 0, "total_is_capped": False, "has_next_page": False}
ID = "11d337d0-1f45-5203-8630-eccd7c816bf8"


def userinfo(role, **more):
    return {"id": "ana@example.com", "role": role, "groups": [], "org_id": ORG, "intercom_hmac_digest": "d1gest", **more}


@pytest.mark.parametrize("role", ["admin", "auditor"])
def test_who_sees_all(wire, role):
    """Whatever the groups are called: one request, before the list."""
    wire.fixed[PATH] = userinfo(role)
    wire.answer = lambda sent: EMPTY
    outcome = wire.run(SOURCE, **BASE)
    assert outcome.result["viewer"] == {"id": "ana@example.com", "role": role, "sees_all": True}
    assert outcome.warnings == [] and len(wire.looked_up) == 1
    assert wire.looked_up[0].headers["Authorization"] == "Bearer t0ken"
    assert "d1gest" not in repr(outcome)


@pytest.mark.parametrize("role", ["standard", "reviewer", "a role of the future"])
def test_who_sees_a_part_is_warned(wire, role):
    wire.fixed[PATH] = userinfo(role, groups=["auditor"])
    wire.answer = lambda sent: EMPTY
    outcome = wire.run(SOURCE, **BASE)
    assert outcome.result["viewer"]["sees_all"] is False
    (warning,) = outcome.warnings
    assert warning.startswith("ana@example.com (role %s) sees only its own sessions" % role)


def test_a_user_of_no_organization_is_refused(wire):
    wire.fixed[PATH] = userinfo("unregistered", org_id="")
    failure = wire.failure(SOURCE, **BASE)
    assert failure["failure"]["kind"] == "permission" and wire.sent == []
    assert "the gateway does not know this user (role unregistered)" in failure["msg"]


@pytest.mark.parametrize("answer", [
    [], None, {}, userinfo(None), userinfo("admin", id=""), userinfo("admin", id=7), userinfo("admin", org_id=None),
])
def test_an_answer_that_does_not_say_who(wire, answer):
    wire.fixed[PATH] = answer
    failure = wire.failure(SOURCE, **BASE)["failure"]
    assert failure["kind"] == "protocol" and wire.sent == []


def test_a_refusal_says_what_was_being_done(wire):
    wire.answer = refused("auth", "access denied", 401)
    assert wire.failure(SOURCE, **BASE)["msg"].startswith("Getting the current user")


@pytest.mark.parametrize("options", [{"id": [ID]}, {"id": [ID], "extension": "txt"}])
def test_nobody_is_looked_up_for_single_sessions(wire, options):
    wire.answer = lambda sent: {"id": ID, "download_url": "http://x/y?token=1", "expire_at": "x"}
    result = wire.result(SOURCE, **BASE, **options)
    assert len(wire.sent) == 1 and "viewer" not in result


def test_the_connection_knows_the_organization_and_the_viewer(wire):
    from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import Settings

    wire.fixed[PATH] = userinfo("standard")
    settings = Settings({"endpoint": BASE["endpoint"], "token": "t0ken", "api_key": None}, {"token": "option"}, 0)
    connection = connect(settings, {})
    assert connection.prepare(wire) == {
        "org": ORG, "viewer": {"id": "ana@example.com", "role": "standard", "sees_all": False},
    }


def test_a_user_by_e_mail_is_looked_for_here(wire):
    """The gateway would look for a user whose id that is, and find none."""
    wire.fixed[PATH] = userinfo("admin")
    rows = [{"id": str(place), "user": user, "user_id": "auth0|%d" % place} for place, user in enumerate(
        ("ana@example.com", "Ana@example.com", "li@example.com", None, "ana@example.com"))]
    wire.answer = lambda sent: {"data": rows, "total": 5}
    result = wire.result(SOURCE, **BASE, user="ana@example.com")
    assert [record["id"] for record in result["sessions"]] == ["0", "4"]
    assert "user" not in wire.sent[0].query


def test_a_user_by_id_is_looked_for_by_the_gateway(wire):
    wire.fixed[PATH] = userinfo("admin")
    rows = [{"id": "0", "user": "ana@example.com", "user_id": "auth0|1"}, {"id": "1", "user": "auth0|1", "user_id": "auth0-1"}]
    wire.answer = lambda sent: {"data": rows, "total": 2}
    result = wire.result(SOURCE, **BASE, user="auth0|1")
    assert [record["id"] for record in result["sessions"]] == ["0"]
    assert wire.sent[0].query["user"] == "auth0|1"
