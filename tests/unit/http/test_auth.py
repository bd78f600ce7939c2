# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to authenticate without a signature."""

from __future__ import annotations

import json

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.auth import Auth
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.request import Request
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.auth import ApiKeyAuth, BearerAuth
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.huaweicloud.auth_iam_password import (
    IamPasswordAuth,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.huaweicloud.auth_token import TokenAuth

REQUEST = Request("https://example.com", "/x")
IAM = "https://iam.cn-north-4.myhuaweicloud.com"


@pytest.mark.parametrize("auth, headers", [
    (Auth(), {}),
    (TokenAuth("s3cret"), {"X-Auth-Token": "s3cret"}),
    (BearerAuth("s3cret"), {"Authorization": "Bearer s3cret"}),
    (ApiKeyAuth("s3cret"), {"Api-Key": "s3cret"}),
])
def test_one_header_and_no_other(auth, headers):
    assert auth.sign(REQUEST, 0.0) == headers
    assert auth.secrets() == (("s3cret",) if headers else ())
    assert "s3cret" not in repr(auth)


def test_headers_are_new_for_every_request():
    auth = TokenAuth("s3cret")
    auth.sign(REQUEST, 0.0).clear()
    assert auth.sign(REQUEST, 0.0) == {"X-Auth-Token": "s3cret"}


@pytest.mark.parametrize("auth", [Auth(), TokenAuth("s3cret"), BearerAuth("s3cret")])
def test_nothing_is_asked_before_the_first_request(auth):
    auth.login(lambda *request: pytest.fail("asked %r" % (request,)))


class Iam:
    """Answers one login."""

    def __init__(self, headers=None, data=None):
        self.headers = {"x-subject-token": "MINTED"} if headers is None else headers
        self.data = {"token": {"project": {"id": "p" * 32}}} if data is None else data
        self.asked = []

    def __call__(self, request, auth):
        self.asked.append((request, auth))
        return self.headers, self.data


def password_auth(project):
    return IamPasswordAuth(IAM, "auditor", "pässw\"ord", "acme", project)


@pytest.mark.parametrize("project", [{"id": "0" * 32}, {"name": "cn-north-4"}])
def test_the_login_of_an_iam_user(project):
    iam, auth = Iam(), password_auth(project)
    auth.login(iam)
    (request, asked_as), = iam.asked
    assert (request.method, request.url) == ("POST", IAM + "/v3/auth/tokens?nocatalog=true")
    assert request.headers == (("Content-Type", "application/json;charset=utf8"),)
    assert json.loads(request.body) == {"auth": {
        "identity": {
            "methods": ["password"],
            "password": {"user": {"name": "auditor", "password": "pässw\"ord", "domain": {"name": "acme"}}},
        },
        "scope": {"project": project},
    }}
    assert asked_as.sign(request, 0.0) == {}, "a login is nobody's request yet"
    assert auth.sign(REQUEST, 0.0) == {"X-Auth-Token": "MINTED"}
    assert auth.project_id == "p" * 32
    assert set(auth.secrets()) == {"pässw\"ord", "MINTED"}


@pytest.mark.parametrize("headers", [{}, {"x-subject-token": ""}, {"x-auth-token": "MINTED"}])
def test_an_answer_without_a_token_is_none(headers):
    auth = password_auth({"name": "cn-north-4"})
    with pytest.raises(SourceError) as caught:
        auth.login(Iam(headers))
    assert caught.value.kind == "protocol"
    assert "X-Subject-Token" in caught.value.message
    assert "pässw" not in caught.value.line() + repr(caught.value) + repr(caught.value.as_dict())


@pytest.mark.parametrize("data", [
    [], "text", 7, {}, {"token": None}, {"token": []}, {"token": {"project": "p"}}, {"token": {"project": {"id": 5}}},
])
def test_a_token_whose_body_tells_no_project(data):
    auth = password_auth({"name": "cn-north-4"})
    auth.login(Iam(data=data))
    assert auth.project_id is None
    assert auth.sign(REQUEST, 0.0) == {"X-Auth-Token": "MINTED"}


def test_a_refusal_is_passed_on():
    def refuse(request, auth):
        raise SourceError("auth", "wrong", 401)

    auth = password_auth({"name": "cn-north-4"})
    with pytest.raises(SourceError) as caught:
        auth.login(refuse)
    assert caught.value.status == 401
    assert auth.secrets() == ("pässw\"ord", None)


def test_neither_password_nor_token_shows():
    auth = password_auth({"name": "cn-north-4"})
    auth.login(Iam())
    for text in (repr(auth), str(auth)):
        assert "pässw" not in text and "MINTED" not in text
