# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a store of each kind, empty for each test. A plugin of pytest that the tests' conftest names."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.opsaudit.sessions.tests.stores import databases, servers

_NUMBERS = itertools.count(1)


def _running(make: Callable[..., servers.Server]) -> Any:
    try:
        with servers.running(make) as server:
            yield server
    except servers.NotInstalled as missing:
        pytest.skip("no %s here: install the database server to test with it" % missing)


@pytest.fixture(scope="session")
def postgresql_server():
    yield from _running(databases.PostgreSql)


@pytest.fixture(scope="session")
def mariadb_server():
    with pytest.MonkeyPatch.context() as patched:
        _read_certificates_once(patched)
        yield from _running(databases.MariaDb)


def _read_certificates_once(patched: pytest.MonkeyPatch) -> None:
    """Share what PyMySQL makes for each connection that names no certificate: to read the system's takes longer than most tests."""
    from pymysql.connections import Connection

    create, made = Connection._create_ssl_ctx, []

    def create_once(self: Connection, given: dict[str, Any]) -> Any:
        if given:
            return create(self, given)
        made[:] = made or [create(self, given)]
        return made[0]

    patched.setattr(Connection, "_create_ssl_ctx", create_once)


@pytest.fixture(scope="session")
def pgbouncer_server(postgresql_server):
    """PgBouncer before the PostgreSQL of the other tests; databases are made there."""
    yield from _running(lambda folder, user: databases.PgBouncer(folder, user, postgresql_server))


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def any_store(request, tmp_path):
    """What to give as the option C(store): a new one in each of the databases."""
    if request.param == "sqlite":
        return str(tmp_path / "sessions.db")
    return _database(request.getfixturevalue(request.param + "_server"))


@pytest.fixture(params=["postgresql", "mariadb"])
def server_and_store(request):
    """A server that can be killed, and what to give as the option C(store): a new one in it."""
    server = request.getfixturevalue(request.param + "_server")
    return server, _database(server)


def _database(server: servers.Server) -> str:
    name = "store%d" % next(_NUMBERS)
    server.execute("CREATE DATABASE " + name)
    return server.url(name)
