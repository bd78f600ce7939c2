# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest

# Databases for unit tests and end-to-end tests alike: each server is started once.
pytest_plugins = ("ansible_collections.opsaudit.sessions.tests.stores.fixtures",)

# A test that is skipped proves nothing: on a build machine that is a failure, wherever the skip happens.
SKIPS_FAIL = os.environ.get("CI") == "true"


def no_skip(report):
    if SKIPS_FAIL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"not allowed with CI=true: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return no_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return no_skip((yield))
