# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On a build machine a test that is skipped is a failure, wherever it is skipped."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.any_core

TESTS = """
import pytest

@pytest.fixture
def missing():
    pytest.skip("no server here")

@pytest.mark.skip(reason="by its mark")
def test_marked(): pass

@pytest.mark.skipif(True, reason="by a condition")
def test_on_condition(): pass

def test_by_a_fixture(missing): pass

def test_inside(): pytest.skip("in the middle")

@pytest.mark.xfail(reason="known")
def test_that_is_known_to_fail(): assert False

def test_good(): pass
"""


@pytest.mark.parametrize("ci, counts", [("true", "1 failed, 1 passed, 1 xfailed, 4 errors"), ("", "1 passed, 5 skipped, 1 xfailed")])
def test_a_skip_fails_on_a_build_machine(tmp_path, ci, counts):
    (tmp_path / "test_skips.py").write_text(TESTS)
    (tmp_path / "test_module.py").write_text("import pytest\npytest.importorskip('no_such_library')\n")
    plugin = "ansible_collections.opsaudit.sessions.tests.conftest"
    command = [sys.executable, "-m", "pytest", "-p", plugin, "-p", "no:cacheprovider", "--continue-on-collection-errors", "--rootdir", tmp_path, tmp_path]
    ran = subprocess.run(command, cwd=tmp_path, env={**os.environ, "CI": ci}, capture_output=True, text=True, check=False)
    assert counts in ran.stdout, ran.stdout
    assert ran.returncode == (1 if ci else 0)
