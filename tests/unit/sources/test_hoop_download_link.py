# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A download link of hoop is good for one request: which are followed, where to, and when there is a second one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.auth import Auth
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.downloads.download_link import follow_link

FIRST, SECOND = "first-t0ken_0123456789", "second-t0ken_0123456789"


class Gateway:
    """Answers with links, and what these give: nothing, or a failure."""

    def __init__(self, links, outcomes=()):
        self.links, self.outcomes = list(links), list(outcomes)
        self.asked, self.followed, self.secrets = [], [], []

    def send(self, request, auth, read):
        assert auth == "credentials"
        self.asked.append(request)
        return SimpleNamespace(data=read(self.links.pop(0)))

    def stream(self, request, auth, sink, max_bytes, once):
        assert type(auth).sign is Auth.sign and (sink, max_bytes, once) == ("sink", 7, True)
        self.followed.append(request)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome

    def follow(self, events):
        connection = SimpleNamespace(base="https://gw.example.com/prefix", auth="credentials")
        follow_link(self, connection, "s1", events, "sink", 7, self.secrets.append)

    @property
    def tokens(self):
        return [dict(request.query)["token"] for request in self.followed]


def link(token):
    return {"download_url": "http://elsewhere.example.com/api/sessions/s1/download?token=" + token}


def test_a_link_is_followed_on_the_endpoint_that_was_given_and_kept_secret():
    gateway = Gateway([link(FIRST)])
    gateway.follow(["o", "e"])
    (asked,), (followed,) = gateway.asked, gateway.followed
    assert (asked.path, asked.query) == ("/api/sessions/s1", (("extension", "txt"), ("events", "o,e")))
    assert (followed.base, followed.path) == ("https://gw.example.com/prefix", "/api/sessions/s1/download")
    assert followed.query == (("token", FIRST), ("extension", "txt"), ("newline", "0"), ("event-time", "0"), ("events", "o,e"))
    assert gateway.secrets == [link(FIRST)["download_url"], FIRST]


def test_the_input_has_a_link_of_its_own():
    gateway = Gateway([link(FIRST)])
    gateway.follow(None)
    assert gateway.asked[0].query == (("extension", "txt"), ("blob-type", "session_input"))
    assert (gateway.followed[0].path, gateway.followed[0].query) == ("/api/sessions/s1/download/input", (("token", FIRST),))


@pytest.mark.parametrize("token", ["a" * 16, "Z" * 256])
def test_the_shortest_and_the_longest_token(token):
    gateway = Gateway([link(token)])
    gateway.follow(None)
    assert gateway.tokens == [token]


@pytest.mark.parametrize("answer, message", [
    *((answer, "the answer has no link") for answer in (None, [], {}, "https://h/d?token=" + FIRST, {"download_url": None}, {"download_url": 5})),
    *(
        ({"download_url": url}, "the answer's link can't be used")
        for url in ("", "https://h/d", "https://[h/d?token=" + FIRST, "/d?token=" + "a" * 15, "/d?token=" + "a" * 257, "/d?token=" + FIRST + "%0a")
    ),
])
def test_what_is_no_link_is_not_followed(answer, message):
    gateway = Gateway([answer])
    with pytest.raises(SourceError) as caught:
        gateway.follow(None)
    assert (caught.value.kind, caught.value.message, gateway.followed) == ("protocol", message, [])


@pytest.mark.parametrize("kind, status", [
    ("auth", 401), ("not_found", 404), ("other", 410), ("network", None), ("server", 502), ("rate_limited", 429),
])
def test_a_link_that_is_used_up_is_replaced_once(kind, status):
    gateway = Gateway([link(FIRST), link(SECOND)], [SourceError(kind, "no", status)])
    gateway.follow(["o"])
    assert gateway.tokens == [FIRST, SECOND]
    gateway = Gateway([link(FIRST), link(SECOND)], [SourceError(kind, "no", status), SourceError(kind, "again", status)])
    with pytest.raises(SourceError, match="again"):
        gateway.follow(["o"])
    assert gateway.tokens == [FIRST, SECOND]


@pytest.mark.parametrize("kind, status", [("permission", 403), ("invalid_request", 400), ("too_large", None)])
def test_a_refusal_is_no_used_up_link(kind, status):
    gateway = Gateway([link(FIRST), link(SECOND)], [SourceError(kind, "no", status)])
    with pytest.raises(SourceError, match="no"):
        gateway.follow(["o"])
    assert gateway.tokens == [FIRST]
