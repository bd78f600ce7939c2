# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fifth source, as data and one class to authenticate: what adding one takes, and no more."""

from __future__ import annotations

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.endpoint_url import base_url
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import (
    instant,
    secret,
    text,
    texts,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch.endpoint import (
    Connection,
    Endpoint,
    Follow,
    Source,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch.time_filter import TimeFilter
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.auth import HeaderAuth
from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import OffsetLimit, PageNumber
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.shape import Shape


class TicketAuth(HeaderAuth):
    """The fifth source's own header."""

    name = "ticket"
    header = "X-Ticket"


LOGINS = Endpoint(
    "Listing logins",
    "/hosts/{host}/logins",
    params={"shell": "shell"},
    fan_out=("host",),
    paging=OffsetLimit("skip", "take"),
    rows=("data", "logins"),
    total=("data", "count"),
    id="loginId",
    time=TimeFilter("from", "until", "s"),
    scope=("host",),
    shape=Shape(times={"beganAt": "s"}, opaque=("labels",)),
)

DETAILS = Endpoint(
    "Getting the login",
    "/logins/{id}",
    fan_out=("id",),
    paging=PageNumber("page", "per"),
    rows=("login", "commands"),
    total=("login", "commandCount"),
    record=("login",),
    nest="commands",
    id="loginId",
    echoes=True,
    requires=("loginId",),
)

SOURCE = Source(
    "fifth_login",
    "logins",
    options={
        "endpoint": text(required=True),
        "ticket": secret(env=("FIFTH_TICKET",)),
        "host": texts(),
        "id": texts(),
        "shell": text(),
        "start_time": instant(),
        "end_time": instant(),
        "commands": {"type": "bool", "default": False},
    },
    connect=lambda settings, environ: Connection(
        base_url("endpoint", settings["endpoint"]), TicketAuth(settings["ticket"] or "none")
    ),
    endpoints=(
        ("id", DETAILS),
        ("commands", LOGINS._replace(
            follow=lambda row, values: Follow(DETAILS, {"id": row["loginId"]}, lambda listed, details: {**listed, **details}),
        )),
        (None, LOGINS),
    ),
)


def logins(count: int, host: str = "a") -> list[dict]:
    """Logins of a host, newest first."""
    return [
        {"loginId": "%s-%d" % (host, each), "beganAt": 1775000000 - each, "labels": {"userKey": each}}
        for each in range(count)
    ]


class Hosts:
    """Answers for the fifth source: so many logins per host."""

    def __init__(self, **counts: int) -> None:
        self.counts = counts

    def __call__(self, sent):
        if "/hosts/" not in sent.path:
            return self.details(sent)
        host = sent.path.split("/")[-2]
        rows = logins(self.counts[host], host)
        skip, take = int(sent.query["skip"]), int(sent.query["take"])
        return {"data": {"logins": rows[skip : skip + take], "count": len(rows)}}

    def details(self, sent):
        name = sent.path.rpartition("/")[2]
        commands = [{"commandText": "%s %d" % (name, each)} for each in range(3)]
        first = (int(sent.query["page"]) - 1) * int(sent.query["per"])
        return {"login": {
            "loginId": name, "exitCode": 0, "commandCount": 3,
            "commands": commands[first : first + int(sent.query["per"])],
        }}
