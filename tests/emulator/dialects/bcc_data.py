# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cloud Assistant's action runs and their children: the document's examples, and any number of made-up ones."""

from __future__ import annotations

import copy
import random
from typing import Any

from ..records import Record
from .base import fake_uuid, load, maker, mask, spread

_STATES = ("SUCCESS", "FAILED", "RUNNING", "PARTIAL_FAILED", "PENDING")
_FINISHED = ("SUCCESS", "FAILED", "PARTIAL_FAILED")
_COMMANDS = ("uptime", "df -h", "systemctl restart nginx", "echo 'hello world'")


def example_runs() -> dict[str, list[Record]]:
    """The data file's runs by type, newest first."""
    runs: dict[str, list[Record]] = {"COMMAND": [], "FILE_UPLOAD": []}
    for run in load("bcc.json")["runs"]:
        runs[run["action"]["type"]].append(_record(run))
    for kind, rows in runs.items():
        runs[kind] = sorted(rows, key=lambda row: (row.time, row.id), reverse=True)
    return runs


def row_of(run: dict[str, Any]) -> dict[str, Any]:
    """A run as lists show it: counts instead of children, and no parameters of the execution."""
    row = {key: value for key, value in run.items() if key not in ("children", "generated")}
    command = run["action"].get("command")
    if command and "execParams" in command:
        kept = {key: value for key, value in command.items() if key != "execParams"}
        row["action"] = {**run["action"], "command": kept}
    row["statistics"] = statistics_of(run)
    return row


def statistics_of(run: dict[str, Any]) -> dict[str, int]:
    if "generated" in run:
        return {"totalTargetCount": run["generated"]["count"], "failedTargetCount": run["generated"]["failed"]}
    children = run["children"]
    failed = sum(child["state"] == "FAILED" for child in children)
    return {"totalTargetCount": len(children), "failedTargetCount": failed}


def children_of(run: dict[str, Any]) -> list[dict[str, Any]]:
    """A run's children; a generated run's are made when first asked for."""
    if "generated" in run:
        plan = run.pop("generated")
        run["children"] = make_children(run, plan["count"], plan["failed"])
    return run["children"]


def make_runs(count: int, kind: str, options: dict[str, Any]) -> list[Record]:
    """`count` runs of a type, newest first."""
    rng = maker("bcc", kind, options.get("seed", 0))
    return [_record(_make_run(rng, kind, moment)) for moment in reversed(spread(count, options))]


def make_children(run: dict[str, Any], count: int, failed: int | None = None) -> list[dict[str, Any]]:
    """Children of a run: `failed` of them failed, or about a tenth when not given."""
    rng = maker("bcc", "children", run["id"])
    failed = count // 10 if failed is None else failed
    states = ["FAILED"] * failed + ["SUCCESS"] * (count - failed)
    if run["state"] in ("RUNNING", "PENDING"):
        states = ["RUNNING"] * count
    rng.shuffle(states)
    return [_make_child(rng, run, state, number) for number, state in enumerate(states)]


def respawn(like: Record, number: int, moment: int) -> Record:
    """Another run like this one, at another time."""
    run = copy.deepcopy(like.data)
    run["id"] = f"r-{mask(maker('bcc', 'respawn', like.id, number), 16)}"
    run["createdTimestamp"] = moment
    if "finishedTimestamp" in run:
        run["finishedTimestamp"] = moment + 2000
    return _record(run)


def log_of(child: dict[str, Any]) -> str:
    output = child.get("output", {})
    return f"{output.get('stdout', '')}{output.get('stderr', '')}"


def _record(run: dict[str, Any]) -> Record:
    return Record(run["id"], run["createdTimestamp"], run)


def _make_run(rng: random.Random, kind: str, moment: int) -> dict[str, Any]:
    state = rng.choices(_STATES, (80, 6, 4, 8, 2))[0]
    count = rng.choice((1, 1, 2, 3, 12))
    failed = {"FAILED": count, "PARTIAL_FAILED": max(count // 2, 1)}.get(state, 0)
    run: dict[str, Any] = {
        "id": f"r-{mask(rng, 16)}",
        "state": state,
        "action": _command(rng, moment) if kind == "COMMAND" else _upload(rng, moment),
        "createdTimestamp": moment,
    }
    if state in _FINISHED:
        run["finishedTimestamp"] = moment + rng.randrange(500, 60000)
    run["generated"] = {"count": count, "failed": failed}
    return run


def _command(rng: random.Random, moment: int) -> dict[str, Any]:
    number = rng.randrange(50)
    return {
        "id": f"c-{mask(maker('bcc', 'command', number), 16)}",
        "type": "COMMAND",
        "name": f"auto_run_{number:03d}",
        "description": "",
        "timeoutSecond": 300,
        "command": {
            "type": "SHELL",
            "content": rng.choice(_COMMANDS),
            "scope": "INDIVIDUAL",
            "enableParameter": True,
            "workDir": "/",
            "execParams": {"myKey": "A1", "snake_key": "B2"},
            "user": "root",
        },
        "createdTimestamp": moment - 2000,
        "updatedTimestamp": moment - 1000,
    }


def _upload(rng: random.Random, moment: int) -> dict[str, Any]:
    return {
        "type": "FILE_UPLOAD",
        "timeoutSecond": 60,
        "fileUpload": {
            "os": "LINUX",
            "filename": f"app-{rng.randrange(20):02d}.conf",
            "filepath": "/etc/app",
            "bosBucketName": "ops-uploads",
            "bosFilePath": f"conf/{fake_uuid(rng)}",
            "bosEtag": mask(rng, 32).lower(),
            "user": "root",
            "group": "root",
            "mode": "0644",
            "overwrite": True,
        },
        "createdTimestamp": moment - 1000,
        "updatedTimestamp": moment - 1000,
    }


def _make_child(rng: random.Random, run: dict[str, Any], state: str, number: int) -> dict[str, Any]:
    created = run["createdTimestamp"] + number
    child: dict[str, Any] = {
        "id": f"d-{mask(rng, 12)}",
        "state": state,
        "target": {
            "instanceType": "BCC",
            "instanceId": f"i-{mask(rng, 8)}",
            "instanceName": f"web-{number:04d}",
            "internalIp": f"192.168.{number // 250}.{number % 250 + 1}",
            "bandwidth": "1",
        },
        "createdTimestamp": created,
    }
    if state == "RUNNING":
        return child
    child["finishedTimestamp"] = created + 73
    failed = state == "FAILED"
    child["output"] = {
        "exitCode": 1 if failed else 0,
        "stdout": "" if failed else f"ok {number}\n",
        "stderr": "boom\n" if failed else "",
        "isTruncated": number % 7 == 6,
    }
    if failed:
        child["failReason"] = "exit code is not 0"
        child["errorCode"] = "ExitCodeNonzero"
    return child
