# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch killed sessions with the official SDK, which leaves paging to its caller.

    fetch_sdk.py sequential|threads OPTIONS        OPTIONS as for fetch_ours.py

The SDK's own asynchronous client is a pool of eight threads; as here, its caller asks for the first page alone,
to learn how many there are.
"""

from __future__ import annotations

import json
import sys

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkgaussdb.v3 import GaussDBAsyncClient, GaussDBClient, ListIntelligentKillSessionHistoryRequest

PAGE = 100


def request(given: dict, offset: int) -> ListIntelligentKillSessionHistoryRequest:
    return ListIntelligentKillSessionHistoryRequest(
        instance_id=given["instance_id"][0], node_id=given["node_id"][0], start_time=given["start_ms"],
        end_time=given["end_ms"], limit=str(PAGE), offset=str(offset),
    )


def client(kind: type, given: dict):
    credentials = BasicCredentials(given["access_key"], given["secret_key"], given["project_id"])
    return kind.new_builder().with_credentials(credentials).with_endpoints([given["endpoint"]]).build()


def sequential(given: dict) -> list:
    database = client(GaussDBClient, given)
    rows: list = []
    while True:
        answer = database.list_intelligent_kill_session_history(request(given, len(rows)))
        rows += answer.intelligent_kill_session_histories
        if not answer.intelligent_kill_session_histories or len(rows) >= answer.total_count:
            return rows


def threads(given: dict) -> list:
    database = client(GaussDBAsyncClient, given)
    first = database.list_intelligent_kill_session_history_async(request(given, 0)).result()
    offsets = range(PAGE, first.total_count, PAGE)
    waiting = [database.list_intelligent_kill_session_history_async(request(given, offset)) for offset in offsets]
    rows = list(first.intelligent_kill_session_histories)
    for future in waiting:
        rows += future.result().intelligent_kill_session_histories
    return rows


if __name__ == "__main__":
    found = {"sequential": sequential, "threads": threads}[sys.argv[1]](json.loads(sys.argv[2]))
    print(json.dumps({"ids": len({row.task_id for row in found})}))
