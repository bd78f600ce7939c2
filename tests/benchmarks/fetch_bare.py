# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch pages and drop them: the least that a client with eight connections needs.

    fetch_bare.py HOST:PORT FILE        FILE has a target a line; prints what it measured itself, as JSON

The first page goes alone, as everywhere; then each of eight threads has a connection that it keeps. Nothing is signed,
checked or parsed, which an emulator accepts that gives its answers again (C(replay)).
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from pathlib import Path

IN_FLIGHT = 8


def main() -> None:
    place, targets = sys.argv[1], Path(sys.argv[2]).read_text().split()
    host, _colon, port = place.partition(":")
    answered: list[int] = []

    def work(waiting: list[str]) -> None:
        connection = http.client.HTTPConnection(host, int(port))
        while waiting:
            try:
                target = waiting.pop(0)
            except IndexError:
                break
            connection.request("GET", target)
            answer = connection.getresponse()
            if answer.status == 200 and answer.read():
                answered.append(answer.status)
        connection.close()

    started, worked = time.perf_counter(), time.process_time()
    work(targets[:1])
    rest = targets[1:]
    threads = [threading.Thread(target=work, args=(rest,)) for _number in range(IN_FLIGHT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"wall": time.perf_counter() - started, "cpu": time.process_time() - worked, "ids": len(answered)}))


if __name__ == "__main__":
    main()
