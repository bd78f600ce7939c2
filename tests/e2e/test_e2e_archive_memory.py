# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Five times as many records take no more memory, whether a list can be cut by time or not."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.archiving import BEGIN, CASES, HOUR, params

#: What is asked and what is kept, whatever ansible-core runs the task.
pytestmark = pytest.mark.any_core

NOW = BEGIN + 30 * 24 * HOUR

#: Archives, and says the most memory that it took, in KB.
PROGRAM = """
import json, sys
from ansible_collections.opsaudit.sessions.plugins.module_utils._archive import listing
from ansible_collections.opsaudit.sessions.plugins.module_utils._archive import task as archive_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.tests.e2e.archiving import CASES
from ansible_collections.opsaudit.sessions.tests.memory import peak
source, given, now = json.loads(sys.argv[1])
# A list is cut by time where it is longer than the first of the two.
listing.LONGEST_LIST, listing._PART = 10_000, 5_000
result = run_task(archive_task.ArchiveTask(CASES[source].archive), given, {}, now=now).result
print(json.dumps([result.get("msg"), result.get("added"), result.get("complete"), peak()]))
"""


@pytest.mark.parametrize("source", ["taurusdb", "dataarts"])
def test_memory_does_not_grow_with_the_number_of_records(emulator, tmp_path, source):
    case = CASES[source]
    peaks = []
    for count in (4_000, 20_000):
        emulator.seed(case.dialect, count, **case.scope, start=BEGIN, end=NOW)
        given = params(case, emulator.urls, str(tmp_path / ("%d.db" % count)))
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM, json.dumps([source, given, NOW])], capture_output=True, text=True, check=True
        )
        *reported, peak = json.loads(ran.stdout)
        assert reported == [None, count, True]
        peaks.append(peak)
    assert peaks[1] < 1.1 * peaks[0], peaks
    # In KB: Python and its libraries take most of it.
    assert peaks[1] < 120_000
