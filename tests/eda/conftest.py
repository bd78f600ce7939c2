# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real ansible-rulebook, and an emulator of the sources."""

from __future__ import annotations

import os
import shutil

import pytest

pytest.register_assert_rewrite("ansible_collections.opsaudit.sessions.tests.eda.support")

from ansible_collections.opsaudit.sessions.tests.eda.support import Rulebook
from ansible_collections.opsaudit.sessions.tests.emulator.client import Emulator


@pytest.fixture(scope="session")
def java():
    if shutil.which("java") is None:
        reported = "there is no Java here, which ansible-rulebook needs; on Debian: apt-get install default-jre-headless"
        pytest.fail(reported) if os.environ.get("CI") == "true" else pytest.skip(reported)


@pytest.fixture
def emulator(java):
    with Emulator() as running:
        running.reset()
        yield running


@pytest.fixture
def rulebook(tmp_path, tmp_path_factory, emulator):
    """Starts rulebooks, and sees to it that none is left."""
    made = []
    # Not in the folder that it runs in, which it copies there with a playbook.
    temporary = str(tmp_path_factory.mktemp("temporary"))

    def start(*arguments, **env):
        made.append(Rulebook(tmp_path, emulator.urls, *arguments, number=len(made), TMPDIR=temporary, **env))
        return made[-1]

    yield start
    for each in made:
        each.kill()
