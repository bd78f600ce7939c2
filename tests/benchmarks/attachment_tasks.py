# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive hoop sessions with their recordings, without Ansible around it, and the same by hand.

    attachment_tasks.py ours OPTIONS FOLDER      OPTIONS as JSON; the store and the files are made anew in FOLDER
    attachment_tasks.py bare TARGETS FOLDER      TARGETS is a file with the target of each of its requests in a line

Bare is a loop that sends the same requests over as many kept connections, the list's first, and writes each answer to a file
of the same name; nothing is signed, checked or parsed, and no store says what is kept. Prints what was measured, as JSON.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import sys
import threading
from pathlib import Path

from archive_ours import measured

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive import task as archive_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.archive import ARCHIVE

IN_FLIGHT = 8
RECORDING = "event_stream"


def ours(given: dict, folder: str) -> dict:
    now = given.pop("now")
    defaults = {name: declared.get("default") for name, declared in ARCHIVE.source.all_options.items()}
    mine = {"store": os.path.join(folder, "s.db"), "attachments": ["recording"], "attachments_dest": os.path.join(folder, "files")}
    with measured() as cost:
        result = run_task(archive_task.ArchiveTask(ARCHIVE), {**defaults, **given, **mine}, {}, now=now).result
    if result.get("failed") or not result["complete"]:
        raise RuntimeError(str({name: result.get(name) for name in ("msg", "incomplete_reasons")}))
    return {**cost, "ids": result["attachments"]["kept"]}


def bare(place: str, targets: list[str], folder: str) -> dict:
    host, _colon, port = place.partition(":")
    month = Path(folder, "files", "hoop_session", "2026-03")
    month.mkdir(parents=True)
    kept: list[str] = []

    def work(waiting: list[str]) -> None:
        connection = http.client.HTTPConnection(host, int(port))
        while waiting:
            try:
                target = waiting.pop(0)
            except IndexError:
                break
            connection.request("GET", target)
            body = connection.getresponse().read()
            if RECORDING in target:
                path = month / (target.partition("?")[0].rpartition("/")[2] + ".recording.json")
                path.write_bytes(body)
                kept.append(path.name)
        connection.close()

    with measured() as cost:
        work([target for target in targets if RECORDING not in target])
        rest = [target for target in targets if RECORDING in target]
        threads = [threading.Thread(target=work, args=(rest,)) for _number in range(IN_FLIGHT)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return {**cost, "ids": len(kept)}


if __name__ == "__main__":
    kind, given, folder = sys.argv[1:]
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    if kind == "ours":
        print(json.dumps(ours(json.loads(given), folder)))
    else:
        place, *targets = Path(given).read_text().split()
        print(json.dumps(bare(place, targets, folder)))
