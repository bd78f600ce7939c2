# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide's commands for backups: what they restore is what was there, in each database."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.guides import blocks
from ansible_collections.opsaudit.sessions.tests.stores import look, sample
from ansible_collections.opsaudit.sessions.tests.stores.servers import PASSWORD, USER, find

RECORDS = 50
SAVE, RESTORE, POSTGRESQL, MARIADB = [block for block in blocks("guide_archive", "shell") if re.search("backup|dump", block)]


def run(commands, folder, **env):
    programs = os.pathsep.join([env.pop("programs", ""), "/usr/bin", "/bin"])
    done = subprocess.run(
        ["/bin/bash", "-e", "-c", commands], cwd=folder, env={"PATH": programs, "HOME": str(folder), "LC_ALL": "C.UTF-8", **env},
        capture_output=True, text=True, check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def spoil(store):
    """What the restore has to undo: records that are gone, and one that is altered."""
    with look.connected(store) as connection:
        connection.cursor().execute("DELETE FROM record WHERE record_id IN (SELECT record_id FROM (SELECT record_id FROM record LIMIT 5) AS first)")
        connection.cursor().execute("UPDATE record SET actor = 'nobody'")
        connection.commit()


@pytest.fixture
def filled(any_store):
    sample.fill(any_store, sample.rows(RECORDS))
    return any_store


@pytest.mark.parametrize("any_store", ["sqlite"], indirect=True)
def test_sqlite(filled, tmp_path):
    backup = tmp_path / "backup"
    backup.mkdir()

    def here(commands):
        # The user of the guide is nobody here.
        return commands.replace("/var/lib/opsaudit/sessions.db", filled).replace("/backup/", "%s/" % backup).replace("-o opsaudit ", "")

    before = look.dump(filled)
    run(here(SAVE), tmp_path)
    assert (backup / "sessions.db").stat().st_mode & 0o777 == 0o600
    spoil(filled)
    assert look.dump(filled) != before
    run(here(RESTORE), tmp_path)
    assert look.dump(filled) == before and Path(filled).stat().st_mode & 0o777 == 0o600


def with_name(commands, store):
    """The same for the database of a store."""
    return re.sub(r"\bsessions\b(?!\.)", store.rpartition("/")[2], commands)


@pytest.mark.parametrize("any_store", ["postgresql"], indirect=True)
def test_postgresql(filled, postgresql_server, tmp_path):
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(postgresql_server.port), "PGUSER": USER, "PGPASSWORD": PASSWORD}
    restores(filled, with_name(POSTGRESQL, filled), tmp_path, programs=str(Path(find("initdb")).resolve().parent), **where)


@pytest.mark.parametrize("any_store", ["mariadb"], indirect=True)
def test_mariadb(filled, mariadb_server, tmp_path):
    (tmp_path / ".my.cnf").write_text("[client]\nhost=127.0.0.1\nport=%d\nuser=%s\npassword=%s\n" % (mariadb_server.port, USER, PASSWORD))
    restores(filled, with_name(MARIADB, filled), tmp_path)


def restores(store, commands, folder, **env):
    save, restore = commands.splitlines()
    before = look.rows(store, "SELECT * FROM record_view ORDER BY source, scope_key, record_id")
    assert len(before) == RECORDS
    run(save, folder, **env)
    spoil(store)
    run(restore, folder, **env)
    assert look.rows(store, "SELECT * FROM record_view ORDER BY source, scope_key, record_id") == before
    # A task can use it.
    with open_store(store, lambda secret: None, writes=True) as opened:
        assert opened.transact(lambda connection: opened.writes)
