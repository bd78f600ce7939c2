# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instant sends the same bytes in any notation, to any source."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from fake_wire import NOW
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.endpoints import SOURCE as BCC
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.endpoints import SOURCE as HOOP
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb.endpoints import SOURCE as TAURUSDB

CASES = {
    "taurusdb": (
        TAURUSDB, {"total_count": 0, "intelligent_kill_session_histories": []},
        {"instance_id": ["17b6bbb64d2f4c14a83a88f19da8dcc8in07"], "node_id": ["d476fd181dad42cbb67e804953fb39ebno07"],
         "endpoint": "http://h", "project_id": "0" * 32, "token": "t0ken"},
    ),
    "hoop": (HOOP, {"data": [], "total": 0}, {"endpoint": "http://h", "token": "t0ken"}),
    "bcc": (
        BCC, {"code": "success", "result": {"data": [], "totalCount": 0}},
        {"endpoint": "http://h", "access_key": "ak", "secret_key": "sk", "type": ["COMMAND"]},
    ),
}
#: From here on ten digits are seconds.
FIRST = 10**9
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def notations(seconds, minutes):
    """An instant of a whole second as people write it, here and in another zone."""
    here = EPOCH + timedelta(seconds=seconds)
    there = here.astimezone(timezone(timedelta(minutes=minutes)))
    return [
        str(seconds), str(seconds * 1000), here.strftime("%Y-%m-%dT%H:%M:%SZ"), here.strftime("%Y-%m-%d %H:%M:%S"),
        here.strftime("%Y%m%dT%H%M%SZ"), here.strftime("%Y%m%d%H%M%S"), there.isoformat(), there.strftime("%Y%m%dT%H%M%S%z"),
        here.strftime("%Y-%m-%dT%H:%M:%S.000+00:00"),
    ]


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(FIRST + 1, NOW // 1000 - 1), st.integers(-23 * 60, 23 * 60), st.booleans())
def test_the_same_bytes(wire, name, seconds, minutes, is_start):
    source, empty, options = CASES[name]
    wire.answer = lambda sent: empty
    wire.fixed["/api/userinfo"] = {"id": "a", "role": "admin", "org_id": "o"}
    sent = set()
    for text in notations(seconds, minutes):
        wire.sent.clear()
        window = {"start_time": text} if is_start else {"start_time": "1970-01-01", "end_time": text}
        wire.result(source, **options, **window)
        sent.add(repr([(each.method, each.url, each.body) for each in wire.sent]))
    assert len(sent) == 1


@pytest.mark.parametrize("text", ["2026-03-01", "20260301", "20260301T000000", "20260301000000"])
def test_a_compact_date_is_a_date(wire, text):
    source, empty, options = CASES["taurusdb"]
    wire.answer = lambda sent: empty
    wire.result(source, **options, start_time=text)
    assert wire.sent[0].query["start_time"] == "1772323200000"


def test_the_epoch_is_sent_as_an_end(wire):
    source, empty, options = CASES["taurusdb"]
    wire.answer = lambda sent: empty
    wire.result(source, **options, start_time="1969-01-01", end_time="1970-01-01T00:00:00Z")
    assert wire.sent[0].query["end_time"] == "0"


def test_other_digits_are_refused_before_any_request(wire):
    source, _empty, options = CASES["taurusdb"]
    assert wire.refusal(source, **options, start_time="202603010000") == (
        "start_time: '202603010000' is not a time (write 2026-03-01, 2026-03-01T12:00:00Z, 10 digits of seconds or 13 of milliseconds, -24h or now)"
    )
