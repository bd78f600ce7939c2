# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all unit tests share: the same examples on every run, and a home with nothing in it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The helpers beside this file are imported by name, wherever pytest was started.
sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile(
    "unit", derandomize=True, deadline=None, max_examples=60, database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unit")

_PREFIXES = (
    "HUAWEICLOUD_", "HW_", "BCE_", "BAIDUCLOUD_", "HOOP_", "OPSAUDIT_", "TAURUSDB_", "DATAARTS_", "HTTP_PROXY", "HTTPS_PROXY",
    "NO_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT",
)


class Compiled(dict):
    """Compiled statements, by the kind of database and not by the engine that executes them."""

    def get(self, key, default=None):
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key, statement):
        super().__setitem__((type(key[0]), *key[1:]), statement)


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once():
    """A task has an engine of its own, and a test many tasks: to compile the same statements for each would take a quarter of the time."""
    import sqlalchemy

    compiled, create_engine = Compiled(), sqlalchemy.create_engine

    def create(url, **options):
        engine = create_engine(url, **options)
        if engine.dialect.name == "sqlite":
            engine.update_execution_options(compiled_cache=compiled)
        return engine

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sqlalchemy, "create_engine", create)
        yield


@pytest.fixture(autouse=True)
def nobodys_home(monkeypatch, tmp_path_factory):
    """No test sees the credentials, the proxies or the files of whoever runs it."""
    import os

    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("HOME", str(home))
    for name in list(os.environ):
        if name.upper().startswith(_PREFIXES):
            monkeypatch.delenv(name)


@pytest.fixture
def wire(monkeypatch):
    """A wire without sockets, in place of the transport."""
    from fake_wire import FakeWire

    from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch import client as client_module

    fake = FakeWire()
    monkeypatch.setattr(client_module, "Transport", fake)
    return fake


@pytest.fixture
def inventory(tmp_path):
    """An inventory file that the plugin parses."""
    from inventories import Inventory

    return Inventory(tmp_path)


@pytest.fixture
def server():
    """A server on loopback."""
    from loopback import Loopback

    running = Loopback()
    yield running
    running.close()


@pytest.fixture
def client():
    """A transport whose waiting takes no time."""
    from loopback import Client

    made = Client()
    yield made
    made.transport.stop()
