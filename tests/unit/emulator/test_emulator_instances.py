# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TaurusDB's list of instances, and their details in batches."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import credentials
from tests.emulator.client import Emulator

LIST = f"/v3.1/{credentials.PROJECT_ID}/instances"
INSTANCE = "17b6bbb64d2f4c14a83a88f19da8dcc8in07"


def listed(wire: Any, query: str = "") -> Any:
    answer = wire.token("taurusdb", f"{LIST}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_large_fleet(wire: Any, emulator: Emulator) -> None:
    targets = emulator.seed("taurusdb", 1, instances=1000, nodes=3)["targets"]
    assert len({target["node_id"] for target in targets}) == 3000
    rows = [row for page in range(10) for row in listed(wire, f"offset={page * 100}")["instances"]]
    assert [row["id"] for row in rows] == emulator.ids("taurusdb", list="instances")
    ids = ",".join(row["id"] for row in rows[:20])
    found = wire.token("taurusdb", f"{LIST}/details?instance_ids={ids}").json()["instances"]
    assert [[node["id"] for node in row["nodes"]] for row in found] == [
        [target["node_id"] for target in targets[start : start + 3]] for start in range(0, 60, 3)
    ]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "instance_ids=",
        "instance_ids=x",
        f"instance_ids={INSTANCE}&limit=1",
        "instance_ids=" + ",".join(f"{number:032}in07" for number in range(21)),
    ],
)
def test_details_are_strict(wire: Any, query: str) -> None:
    answer = wire.token("taurusdb", f"{LIST}/details?{query}")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.280001")


def test_details_leave_out_what_is_not_there(wire: Any) -> None:
    answer = wire.token("taurusdb", f"{LIST}/details?instance_ids={'0' * 32}in07,{INSTANCE}").json()
    assert [row["id"] for row in answer["instances"]] == [INSTANCE]
    assert wire.send("taurusdb", f"{LIST}/details?instance_ids={INSTANCE}").status_code == 401


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("tags=env=prod", ["orders-prod"]),
        ("tags=env%3Dprod%2Cteam%3Dorders", ["orders-prod"]),
        ("tags=env=prod,team=none", []),
        ("id=*17b6", ["orders-prod"]),
        ("private_ip=192.168.0.91", ["orders-prod"]),
        ("proxy_ip=192.168.0.91", []),
        ("type=Cluster&datastore_type=gaussdb-mysql", ["orders-prod", "billing-stage"]),
    ],
)
def test_filters(wire: Any, query: str, names: list[str]) -> None:
    found = listed(wire, query)
    assert [row["name"] for row in found["instances"]] == names
    assert found["total_count"] == len(names)


@pytest.mark.parametrize("query", ["tags=env", "tags=a=b,a=c", "id=*", "name=*", "limit=0", "limit=101", "status=normal"])
def test_filters_are_strict(wire: Any, query: str) -> None:
    assert wire.token("taurusdb", f"{LIST}?{query}").status_code == 400


def test_the_list_can_change_while_it_is_read(wire: Any, emulator: Emulator) -> None:
    emulator.seed("taurusdb", 1, instances=5, nodes=2)
    emulator.mutate("taurusdb", scope={"list": "instances"}, insert=1, delete=1, at="head", times=1)
    before = [row["id"] for row in listed(wire)["instances"]]
    now = [row["id"] for row in listed(wire)["instances"]]
    assert len(now) == 5 and now[1:] == before[1:] and now[0] not in before
    found = wire.token("taurusdb", f"{LIST}/details?instance_ids={before[0]},{now[0]}").json()["instances"]
    assert [row["id"] for row in found] == [now[0]] and len(found[0]["nodes"]) == 2
