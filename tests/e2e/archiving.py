# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive tasks in processes of their own, so that they can be killed; the work is the action plugins'."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive import task as archive_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc import archive as bcc
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.dataarts import archive as dataarts
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop import archive as hoop
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb import archive as taurusdb
from ansible_collections.opsaudit.sessions.tests.e2e.support import INSTANCE, NODE, WORKSPACE
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

# What Ansible does with the controller's processes: no start of an interpreter for each.
_PROCESSES = multiprocessing.get_context("fork")

HUAWEI = {
    "access_key": credentials.HUAWEI_AK, "secret_key": credentials.HUAWEI_SK, "project_id": credentials.PROJECT_ID,
}
HOUR = 3_600_000
#: 2026-03-01, where what is made up for the tests begins.
BEGIN = 1772323200000


@dataclass
class Case:
    """One source: what asks it, the emulator's name of it, and how its rows move on."""

    archive: Any
    dialect: str
    options: dict[str, Any]
    scope: dict[str, Any] = field(default_factory=dict)
    #: What a row looks like that is over, and one that isn't.
    over: dict[str, Any] = field(default_factory=dict)
    under_way: dict[str, Any] = field(default_factory=dict)


CASES = {
    "taurusdb": Case(
        taurusdb.ARCHIVE, "taurusdb", {**HUAWEI, "instance_id": [INSTANCE], "node_id": [NODE], "start_time": str(BEGIN)},
        {"instance_id": INSTANCE, "node_id": NODE},
    ),
    "dataarts": Case(
        dataarts.ARCHIVE, "fabric", {**HUAWEI, "workspace_id": [WORKSPACE]}, {"workspace_id": WORKSPACE},
        {"status": "CLOSED"}, {"status": "RUNNING"},
    ),
    "hoop": Case(
        hoop.ARCHIVE, "hoop", {"token": credentials.HOOP_TOKEN, "start_time": str(BEGIN)}, {},
        {"status": "done", "end_date": "2026-03-01T09:00:00Z", "exit_code": 0}, {"status": "open", "end_date": None, "exit_code": None},
    ),
    "bcc": Case(
        bcc.ARCHIVE, "bcc",
        {"access_key": credentials.BAIDU_AK, "secret_key": credentials.BAIDU_SK, "type": ["COMMAND"], "start_time": str(BEGIN)},
        {"type": "COMMAND"}, {"state": "SUCCESS", "finishedTimestamp": BEGIN}, {"state": "RUNNING"},
    ),
}


def params(case: Case, urls: dict[str, Any], store: str, **more: Any) -> dict[str, Any]:
    """All options of a task, as Ansible would hand them over."""
    defaults = {name: declaration.get("default") for name, declaration in case.archive.source.all_options.items()}
    return {**defaults, "endpoint": urls[case.dialect], **case.options, "store": store, **more}


class Task:
    """An archive task that is under way."""

    def __init__(self, case: Case, given: dict[str, Any], now: int, check: bool = False) -> None:
        self._result, there = _PROCESSES.Pipe(duplex=False)
        self._process = _PROCESSES.Process(target=_work, args=(case, given, now, check, there))
        self._process.start()
        there.close()

    def kill(self) -> bool:
        """As the kernel does; whether it was in time."""
        os.kill(self._process.pid or 0, signal.SIGKILL)
        self._process.join()
        return self._process.exitcode == -signal.SIGKILL

    def result(self) -> dict[str, Any]:
        """What it returned."""
        result: dict[str, Any] = json.loads(self._result.recv())
        self._process.join()
        return result


def _work(case: Case, given: dict[str, Any], now: int, check: bool, there: Any) -> None:
    outcome = run_task(archive_task.ArchiveTask(case.archive), given, {}, check=check, now=now)
    there.send(json.dumps(outcome.result))


def archive(case: Case, given: dict[str, Any], now: int, check: bool = False) -> dict[str, Any]:
    """What a task returns that is left in peace."""
    return Task(case, given, now, check).result()


def duration(case: Case, given: dict[str, Any], now: int) -> float:
    """How long a task takes, in seconds, that writes nothing."""
    started = time.monotonic()
    archive(case, given, now, check=True)
    return time.monotonic() - started
