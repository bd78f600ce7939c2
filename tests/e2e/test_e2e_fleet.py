# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet: several controllers, each with a slice of the instances, archive into one database on a schedule."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.fleet import Fleet

pytestmark = pytest.mark.any_core

#: C(make bench) does the same with ten thousand.
INSTANCES, RECORDS = 24, 4
#: The slices of each run: their number changes while the fleet is archived.
SLICES = (3, 4, 2)
#: The run in which a controller dies.
KILLED = 1


@pytest.fixture(params=["directly", "through PgBouncer"])
def store(request, postgresql_server):
    name = "fleet_%s" % request.param.rpartition(" ")[2].lower()
    postgresql_server.execute("CREATE DATABASE " + name)
    server = postgresql_server if request.param == "directly" else request.getfixturevalue("pgbouncer_server")
    return server.url(name)


def test_nothing_is_lost_or_there_twice_and_the_lag_is_bounded(emulator, store):
    fleet = Fleet(emulator, store, INSTANCES, RECORDS, len(SLICES))
    for turn, slices in enumerate(SLICES):
        fleet.run(turn, slices, kill=turn == KILLED)
    fleet.check(INSTANCES)
