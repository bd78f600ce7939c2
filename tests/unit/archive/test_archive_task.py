# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive tasks one after the other: what they prove, what they look at again, and what they say of it."""

from __future__ import annotations

import pytest
from exporting import BEGIN, DAY, session
from gateway import Gateway

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive import task as archive_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.completeness import (
    join_windows,
    read_listed,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.reader import read_known, snapshot
from ansible_collections.opsaudit.sessions.tests.stores.look import connected, rows

ARCHIVE = ARCHIVES["hoop_session"]
HOUR = 3_600_000
NOW = BEGIN + 10 * DAY


@pytest.fixture
def gateway(wire):
    return Gateway(wire)


@pytest.fixture
def store(tmp_path):
    return str(tmp_path / "s.db")


def ran(store, now=NOW, check=False, **given):
    defaults = {name: each.get("default") for name, each in ARCHIVE.source.all_options.items()}
    options = {**defaults, "endpoint": "http://h", "token": "t0ken-l0ng", "store": store, "start_time": str(BEGIN), **given}
    return run_task(archive_task.ArchiveTask(ARCHIVE), options, {}, check=check, now=now)


def archive(store, now=NOW, check=False, **given):
    result = ran(store, now, check, **given).result
    assert not result.get("failed"), result
    return result


def iso(instant):
    return times.to_iso(instant, "ms")


def remove(store, *names):
    with connected(store) as connection:
        for name in names:
            connection.execute("DELETE FROM record WHERE record_id = ?", (name,))
        connection.commit()


def running(number, start):
    return session(number, start, status="open", end_date=None, exit_code=None)


def windows(result):
    (each,) = result["coverage"]
    return [(window["start"], window["end"], window["listed_on"]) for window in each["windows"]]


def in_store(store):
    (scope,) = snapshot(store, lambda secret: None, lambda connection: read_known(connection, "hoop_session"))
    listed = join_windows(read_listed(row) for row in scope.rows if not row.missing)
    return [(iso(each.start), iso(each.end), None if each.listed_on is None else iso(each.listed_on)) for each in listed]


def test_what_is_read_late_says_so_in_results_and_in_the_store(gateway, store):
    gateway.sessions = [session(1, BEGIN + HOUR), session(2, NOW - HOUR)]
    expected = [(iso(BEGIN), iso(BEGIN + 3 * DAY), iso(NOW)), (iso(BEGIN + 3 * DAY), iso(NOW), None)]
    assert windows(archive(store, check=True)) == expected
    assert windows(archive(store)) == expected == in_store(store)
    later = NOW + HOUR
    expected[1] = (iso(BEGIN + 3 * DAY), iso(later), None)
    assert windows(archive(store, later)) == expected == in_store(store)


def test_deleted_records_are_a_gap_that_the_next_run_reads_again(gateway, store):
    gateway.sessions = [session(number, BEGIN + 5 * DAY + number) for number in range(5)]
    assert archive(store)["complete"]
    remove(store, "s0001", "s0002")
    # One of the two is gone from the source, too.
    gateway.sessions = [each for each in gateway.sessions if each["id"] != "s0002"]
    result = archive(store, NOW + HOUR)
    assert (result["added"], result["complete"], result["incomplete_reasons"]) == (1, False, ["records_missing"])
    assert [(gap["start"], gap["end"], gap["reasons"]) for gap in result["gaps"]] == [
        (iso(BEGIN + 3 * DAY), iso(NOW), ["records_missing"])
    ]
    assert archive(store, NOW + 2 * HOUR)["incomplete_reasons"] == ["records_missing"]
    gateway.sessions.append(session(2, BEGIN + 5 * DAY + 2))
    mended = archive(store, NOW + 3 * HOUR)
    assert (mended["added"], mended["complete"], mended["gaps"]) == (1, True, [])
    assert windows(mended) == in_store(store)
    assert archive(store, NOW + 4 * HOUR)["complete"]


def test_beyond_retention_is_read_and_kept_and_not_proven(gateway, store):
    gateway.sessions = [session(1, BEGIN + HOUR), session(2, NOW - HOUR)]
    for now, added in ((NOW, 2), (NOW + HOUR, 0)):
        result = archive(store, now, retention="5d")
        assert (result["added"], result["complete"], result["incomplete_reasons"]) == (added, False, ["beyond_retention"])
        assert [(gap["start"], gap["end"], gap["reasons"]) for gap in result["gaps"]] == [
            (iso(BEGIN), iso(NOW - 5 * DAY), ["beyond_retention"])
        ]
    # Idle runs add no rows, although none of them can be complete.
    assert archive(store, NOW + 2 * HOUR, retention="5d")["complete"] is False
    assert len(rows(store, "SELECT * FROM run")) == 2


def test_a_limited_viewer_reads_its_whole_window_each_time(gateway, wire, store):
    wire.fixed["/api/userinfo"] = {"id": "ana", "role": "standard", "org_id": "b79ff037"}
    gateway.sessions = [session(1, BEGIN + DAY)]
    first = ran(store)
    assert (first.result["complete"], first.result["coverage"][0]["view"]) == (True, {"viewer": "ana"})
    assert any("sees only its own sessions" in warning for warning in first.warnings)
    # A review made one visible that began long ago.
    gateway.sessions.append(session(2, BEGIN + 2 * DAY))
    assert archive(store, NOW + HOUR)["added"] == 1
    # What it no longer sees is not gone: it may be there for others.
    gateway.sessions = [running(3, BEGIN + 3 * DAY)]
    archive(store, NOW + 2 * HOUR)
    gateway.sessions = []
    result = archive(store, NOW + 3 * HOUR)
    assert (result["gone"], result["updated"]) == (0, 0)
    assert [row["outcome"] for row in rows(store, "SELECT outcome FROM record WHERE record_id = 's0003'")] == ["running"]


def test_what_a_full_view_no_longer_lists_is_gone_and_stays(gateway, store):
    gateway.sessions = [running(1, NOW - HOUR), session(2, NOW - HOUR)]
    archive(store)
    gateway.sessions = []
    result = archive(store, NOW + 60_000, reread=True)
    assert (result["gone"], result["updated"], result["changed"]) == (2, 1, True)
    found = {row["record_id"]: row["outcome"] for row in rows(store, "SELECT * FROM record")}
    assert found == {"s0001": "unknown", "s0002": "success"}


def test_an_open_record_is_abandoned_in_the_end(gateway, wire, store):
    gateway.sessions = [running(1, NOW - HOUR)]
    archive(store)
    wire.fixed["/api/sessions/s0001"] = gateway.sessions[0]
    gateway.sessions[0] = {**gateway.sessions[0]}
    late = NOW + 31 * DAY
    for check in (True, False):
        result = archive(store, late, check=check, overlap="1m")
        assert (result["abandoned"], result["changed"], result["complete"]) == (1, True, True)
    assert [row["outcome"] for row in rows(store, "SELECT outcome FROM record")] == ["unknown"]
    again = archive(store, late + HOUR, overlap="1m")
    assert (again["abandoned"], again["changed"]) == (0, False)
    # A run that changed a record is no idle one.
    assert rows(store, "SELECT updated FROM run ORDER BY started_at")[1] == {"updated": 1}


def test_a_secret_in_records_is_masked_and_a_warning_counts_them(gateway, store):
    gateway.sessions = [session(number, BEGIN + number, labels={"note": "t0ken-l0ng"} if number < 2 else {}) for number in range(4)]
    result = ran(store)
    assert "A secret of this task was masked in 2 records." in result.warnings
    assert "t0ken-l0ng" not in str(rows(store, "SELECT * FROM record"))
    assert not ran(store, NOW + HOUR).warnings


def test_a_proof_of_everything_covers_a_filter(gateway, store):
    gateway.sessions = [session(1, NOW - DAY), session(2, NOW - DAY, connection="other")]
    narrow = archive(store, connection="other")
    assert (narrow["added"], narrow["coverage"][0]["view"], narrow["complete"]) == (1, {"connection": "other"}, True)
    # The filter proves nothing of the rest.
    whole = archive(store, NOW + HOUR)
    assert (whole["added"], whole["unchanged"], whole["coverage"][0]["view"]) == (1, 1, {})
    assert len(rows(store, "SELECT * FROM record")) == 2
    again = archive(store, NOW + 2 * HOUR, connection="other")
    assert again["complete"] and again["unchanged"] == 0
