# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import fcntl
import os
from contextlib import closing

import pytest

pytest.register_assert_rewrite("ansible_collections.opsaudit.sessions.tests.e2e.in_process", "ansible_collections.opsaudit.sessions.tests.e2e.support")

from ansible_collections.opsaudit.sessions.tests.e2e.in_process import InProcess
from ansible_collections.opsaudit.sessions.tests.e2e.support import Ansible
from ansible_collections.opsaudit.sessions.tests.e2e.warm_start import WarmStart
from ansible_collections.opsaudit.sessions.tests.emulator.client import Emulator


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """Makes a folder that tests share, by its name: once for all processes of pytest, however they share out the tests."""

    def made_once(name, make):
        base = tmp_path_factory.getbasetemp()
        folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / ("once-" + name)
        folder.mkdir(exist_ok=True)
        with open(folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "made").exists():
                make(folder)
                (folder / "made").touch()
        return folder

    return made_once


@pytest.fixture(scope="session")
def running_emulator():
    with Emulator(tls=True) as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator):
    """An emulator as if freshly started."""
    running_emulator.reset()
    return running_emulator


@pytest.fixture(scope="session")
def warm_start():
    with closing(WarmStart()) as warm_start:
        yield warm_start


@pytest.fixture
def ansible(tmp_path, emulator, warm_start):
    """The ansible commands, in a scratch folder."""
    ansible = Ansible(tmp_path, emulator.urls, warm_start)
    with ansible.scratch:
        yield ansible


@pytest.fixture
def tasks(tmp_path, emulator, warm_start):
    """Tasks of the collection without ansible-playbook, in a scratch folder."""
    tasks = InProcess(tmp_path, emulator, warm_start)
    with tasks.scratch:
        yield tasks
