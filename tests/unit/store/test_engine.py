# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths and URLs that can be no store, and libraries that one lacks: reported before anything is asked or written."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import MissingLibrary, OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import store as store_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database import engine as engine_module


def opened(store, writes=True):
    return store_module.open_store(store, lambda secret: None, writes)


@pytest.mark.parametrize("store, reported", [
    ("oracle://h/d", "'oracle' is not a database that can be used (write a path"),
    ("postgresql+asyncpg://h/d", "is not a database that can be used"),
    ("mysql+mysqldb://h/d", "is not a database that can be used"),
    ("http://h/d", "'http' is not a database that can be used"),
    ("://", "no URL of a database"),
    ("postgresql://h:x/d", "no URL of a database"),
    ("sqlite://", "only a path can follow"),
    ("sqlite:///x.db?mode=rw", "only a path can follow"),
    ("sqlite+aiosqlite:///x.db", "only a path can follow"),
    ("no/such/folder/s.db", "there can be no file at this path"),
    ("a\0b.db", "there can be no file at this path"),
    ("mariadb://u:p@h/d?sslmode=require", "what follows the ? in the URL (TypeError: write parameters"),
    ("mariadb://u:p@h/d?connect_timeout=soon", "what follows the ? in the URL (ValueError: write parameters"),
    ("mariadb://u:p@h/d?ssl_ca=/no/such/file", "what follows the ? in the URL (FileNotFoundError: write parameters"),
    ("mariadb://u:p@h/d?plugin=x", "what follows the ? in the URL (NoSuchModuleError: write parameters"),
    ("postgresql://u:never@print@h/d", "more than one @"),
    ("postgresql://u:ne?ver@print@h/d", "more than one @"),
    ("/", "there can be no file at this path"),
])
def test_what_can_be_no_store(store, reported, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for writes in (True, False):
        with pytest.raises(OptionError) as problem, opened(store, writes):
            pass
        assert str(problem.value).startswith("store: ") and reported in str(problem.value)
        assert "print" not in str(problem.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("store, library", [
    ("postgresql://h/d", "psycopg[binary]"), ("mysql://h/d", "PyMySQL"), ("mariadb://h/d", "PyMySQL"),
])
def test_a_driver_that_is_missing(store, library, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(engine_module, "import_module", missing)
    with pytest.raises(MissingLibrary) as problem, opened(store):
        pass
    assert problem.value.library == library


def test_a_missing_sqlalchemy(monkeypatch):
    monkeypatch.setattr(engine_module, "SQLALCHEMY_PROBLEM", "traceback")
    with pytest.raises(MissingLibrary) as problem, opened("s.db"):
        pass
    assert problem.value.library == "sqlalchemy"
