# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch killed sessions as a task does, without Ansible around it.

    fetch_ours.py OPTIONS        JSON; prints what it measured itself, as JSON
"""

from __future__ import annotations

import json
import sys
import time

from ansible_collections.opsaudit.sessions.plugins.module_utils import _info
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb import endpoints as taurusdb


def main() -> None:
    given = json.loads(sys.argv[1])
    options = {name: declared.get("default") for name, declared in taurusdb.SOURCE.all_options.items()}
    started, worked = time.perf_counter(), time.process_time()
    result = run_task(_info.InfoTask(taurusdb.SOURCE), {**options, **given}, {}).result
    measured = {"wall": time.perf_counter() - started, "cpu": time.process_time() - worked}
    ids = {record["task_id"] for record in result.get("killed_sessions", ())}
    print(json.dumps({**measured, "ids": len(ids), "complete": result.get("complete"), "requests": result.get("requests")}))


if __name__ == "__main__":
    main()
