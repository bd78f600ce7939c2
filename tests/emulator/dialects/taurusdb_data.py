# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TaurusDB's instances, nodes and killed sessions: the document's example, and any number of made-up ones."""

from __future__ import annotations

import copy
from typing import Any

from ..records import Record
from .base import load, maker, mask, spread

#: Keys of an instance that only the detail call, or only the list call, gives.
_DETAIL_ONLY = ("project_id", "alias", "node_count", "nodes", "maintenance_window", "configuration_id")
_LIST_ONLY = ("type", "db_user_name", "flavor_ref", "flavor_info", "volume", "region", "tags", "eos_tag", "charge_info")


def example_instances() -> list[dict[str, Any]]:
    return load("taurusdb.json")["instances"]


def summary_of(instance: dict[str, Any]) -> dict[str, Any]:
    """An instance as the list shows it: no nodes, public_ips an array, port a string."""
    row = {key: value for key, value in instance.items() if key not in _DETAIL_ONLY}
    return {**row, "public_ips": []}


def detail_of(instance: dict[str, Any]) -> dict[str, Any]:
    """An instance as the detail call shows it: with nodes, public_ips a string."""
    row = {key: value for key, value in instance.items() if key not in _LIST_ONLY}
    return {**row, "public_ips": "", "node_count": len(instance["nodes"])}


def make_instance(
    instance_id: str, *, node_ids: list[str] | None = None, nodes: int = 2, number: int = 0
) -> dict[str, Any]:
    """An instance like the first example, with one master and as many slaves as asked."""
    example = copy.deepcopy(example_instances()[0])
    example.pop("history", None)
    master = example["nodes"][0]
    node_ids = node_ids or [f"{instance_id[8:32]}{index:08x}no07" for index in range(nodes)]
    example.update(
        id=instance_id,
        name=f"taurus-{number:04d}",
        private_ips=[f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"],
        tags=[{"key": "env", "value": ("prod", "stage", "dev")[number % 3]}],
    )
    example["nodes"] = [
        {**master, "id": node_id, "name": f"taurus-{number:04d}_node{index}", "type": "slave" if index else "master"}
        for index, node_id in enumerate(node_ids)
    ]
    return example


def make_records(count: int, instance_id: str, node_id: str, options: dict[str, Any]) -> list[Record]:
    """`count` killings of a node, oldest first; their links lead to `storage`, a URL."""
    rng = maker("taurusdb", instance_id, node_id, options.get("seed", 0))
    salt = rng.randrange(1000)
    records = []
    for index, moment in enumerate(spread(count, options, unit=1000)):
        # the task is created shortly before the killing starts, as in the document's example
        task_id = f"{moment - 12000 - rng.randrange(50) * 1000 + salt}{index:06d}"
        records.append(_record(task_id, moment, rng.randrange(4), options["storage"]))
    return records


def respawn(like: Record, number: int, moment: int) -> Record:
    """Another killing like this one, at another time."""
    storage = like.data["download_link"].partition("/killed-sessions/")[0]
    return _record(f"{moment}9{number:05d}{like.id[-6:]}", moment, 0, storage)


def _record(task_id: str, moment: int, seconds: int, storage: str) -> Record:
    start = moment // 1000
    signature = f"AccessKeyId=EMULATORLINK&Expires={start + 3600}&Signature=NeverPrint{mask(maker(task_id), 24)}"
    link = f"{storage}/killed-sessions/{task_id}?{signature}"
    row = {"task_id": task_id, "start_time": start, "end_time": start + seconds, "download_link": link}
    return Record(task_id, start * 1000, row)
