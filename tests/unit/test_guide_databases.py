# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to the databases: its statements run, and have the effect that it says."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests import guides
from ansible_collections.opsaudit.sessions.tests.stores.servers import PASSWORD, USER


def blocks(language):
    """The statements of a language; in this guide they are parts of lists."""
    text = guides.GUIDES["guide_databases"]
    found = [part.lstrip("\n").partition("\n")[0].strip() for part in text.split(".. code-block:: %s\n" % language)[1:]]
    assert found and all(each.split()[0] in ("CREATE", "GRANT", "SELECT") for each in found), found
    return found


def make_tables(url):
    with open_store(url, lambda secret: None, writes=True):
        pass


@pytest.mark.parametrize("grants", [0, 1])
def test_postgresql(postgresql_server, grants):
    create, *rights = blocks("postgresql")
    name = "guide%d" % grants
    postgresql_server.execute(create.replace("DATABASE sessions", "DATABASE " + name))
    postgresql_server.execute("CREATE ROLE %s_owner LOGIN PASSWORD '%s'" % (name, PASSWORD))
    url = postgresql_server.url(name).replace("//%s:" % USER, "//%s_owner:" % name)
    with pytest.raises(SourceError, match="permission denied"):
        make_tables(url)
    postgresql_server.execute(rights[grants].replace("audit_owner", name + "_owner"), name)
    make_tables(url)


def test_mariadb(mariadb_server):
    grant, find = blocks("mysql")
    mariadb_server.execute("CREATE DATABASE guide")
    mariadb_server.execute("CREATE USER guide_owner IDENTIFIED BY '%s'" % PASSWORD)
    url = mariadb_server.url("guide").replace("//%s:" % USER, "//guide_owner:")
    with pytest.raises(SourceError, match="denied"):
        make_tables(url)
    mariadb_server.execute(grant.replace("sessions", "guide").replace("audit_owner", "guide_owner"))
    make_tables(url)
    mariadb_server.execute(find)


def test_who_holds_a_file(tmp_path):
    (command,) = guides.blocks("guide_databases", "shell")
    with closing(sqlite3.connect(tmp_path / "sessions.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE some (thing TEXT)")
        done = subprocess.run(
            command.replace("/var/lib/opsaudit", str(tmp_path)), shell=True, check=True, capture_output=True, text=True, timeout=60,
        )
    assert str(os.getpid()) in done.stdout + done.stderr
