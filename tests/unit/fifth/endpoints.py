# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fifth source, as data and one class to authenticate: what adding one takes, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.endpoint_url import normalize_base_url
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import (
    Settings,
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
    text_filters=("shell",),
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


def _scope(target: Mapping[str, Any], settings: Settings, connection: Connection) -> dict[str, str]:
    return {"host": target["host"]}


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
        normalize_base_url("endpoint", settings["endpoint"]), TicketAuth(settings["ticket"] or "none")
    ),
    endpoints=(
        ("id", DETAILS),
        ("commands", LOGINS._replace(
            follow=lambda row, values: Follow(DETAILS, {"id": row["loginId"]}, lambda listed, details: {**listed, **details}),
        )),
        (None, LOGINS),
    ),
    scope=_scope,
)
