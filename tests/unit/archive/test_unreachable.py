# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source that can't even say who reads leaves a run that failed, and a gap, in the scope that these credentials read before."""

from __future__ import annotations

import pytest
from exporting import BEGIN, DAY, done, session
from fake_wire import refused
from gateway import Gateway

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.task import ArchiveTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.tests.stores.look import rows
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of

ACCESS = {"endpoint": "http://h", "token": "l0ng-t0ken", "retries": 0}


@pytest.fixture
def gateway(wire):
    return Gateway(wire)


def archive(store, now, **given):
    return result_of(ArchiveTask(ARCHIVES["hoop_session"]), {**ACCESS, "store": store, **given}, now=now)


def test_the_scope_of_these_credentials_has_a_gap(gateway, wire, tmp_path):
    store = str(tmp_path / "s.db")
    gateway.sessions = [session(1)]
    assert archive(store, BEGIN + DAY)["complete"] is True
    good, wire.answer = wire.fixed.pop("/api/userinfo"), refused("server", "down", 503)
    assert archive(store, BEGIN + 2 * DAY)["failed"] is True
    (run,) = rows(store, "SELECT * FROM run WHERE complete = 0")
    assert (run["scope_key"], run["view"], run["reasons"]) == ("org=b79ff037", "", '["failed_targets"]') and "down" in run["error"]
    (gap,) = done(store, tmp_path / "e", sources=["hoop_session"])["gaps"]
    assert (gap["start"], gap["end"], gap["reasons"]) == ("2026-03-02T00:00:00.000Z", "2026-03-03T00:00:00.000Z", ["failed_targets"])
    wire.fixed["/api/userinfo"], wire.answer = good, gateway.answer
    assert archive(store, BEGIN + 3 * DAY)["gaps"] == []


def test_credentials_that_never_read_anything_leave_nothing(gateway, wire, tmp_path):
    store = str(tmp_path / "s.db")
    archive(store, BEGIN + DAY)
    del wire.fixed["/api/userinfo"]
    wire.answer = refused("server", "down", 503)
    assert archive(store, BEGIN + 2 * DAY, token="an0ther-t0ken")["failed"] is True
    assert len(rows(store, "SELECT * FROM run")) == 1
