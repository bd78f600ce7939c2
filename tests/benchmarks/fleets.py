# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the cost grows with the number of instances: the inventory, a task for each host, and one task for all nodes."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import Cost, environment, interleaved, spend
from sources import emulator
from table import Row

from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.emulator.client import Emulator

LATENCY = 0.02
NODES = 3
#: Instances in the inventory, and instances whose nodes are archived: each of those is more than one request.
LISTED = (100, 1_000, 10_000)
ARCHIVED = (40, 160)
ARCHIVE = "opsaudit.sessions.taurusdb_killed_session_archive"


class Fleet:
    """So many instances, an inventory of them with a cache, and a folder to work in."""

    def __init__(self, running: Emulator, folder: str, instances: int) -> None:
        self._running = running
        self.folder = Path(folder, str(instances))
        self.folder.mkdir()
        self.targets = running.seed("taurusdb", 1, instances=instances, nodes=NODES)["targets"]
        self._bin = Path(sys.executable).parent
        self.inventory = self.folder / "fleet.taurusdb.yml"
        self.inventory.write_text(json.dumps({
            "plugin": "opsaudit.sessions.taurusdb",
            "cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(self.folder / "cache"),
        }))

    def _run(self, command: str, *arguments: str) -> tuple[Cost, int]:
        """What a command cost, and how many requests it sent."""
        before = self._running.stats()["requests"]
        env = environment({
            "TAURUSDB_ENDPOINT": self._running.urls["taurusdb"], "HUAWEICLOUD_SDK_AK": credentials.HUAWEI_AK,
            "HUAWEICLOUD_SDK_SK": credentials.HUAWEI_SK, "HUAWEICLOUD_SDK_PROJECT_ID": credentials.PROJECT_ID,
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true", "ANSIBLE_NOCOLOR": "true", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        })
        cost = spend([str(self._bin / command), *arguments], env, str(self.folder)).cost
        return cost, self._running.stats()["requests"] - before

    def listed(self) -> tuple[Cost, int]:
        """The inventory, from the cache if it was there before."""
        return self._run("ansible-inventory", "-i", str(self.inventory), "--list", "--output", str(self.folder / "listed"))

    def listed_from_file(self) -> tuple[Cost, int]:
        """The same hosts and variables from a static inventory."""
        static = self.folder / "static.yml"
        if not static.exists():
            self._run("ansible-inventory", "-i", str(self.inventory), "--list", "--yaml", "--export", "--output", str(static))
        return self._run("ansible-inventory", "-i", str(static), "--list", "--output", str(self.folder / "listed"))

    def play(self, hosts: str, store: str, task: dict[str, Any]) -> tuple[Cost, int]:
        """A play with one task that archives."""
        options = {"start_time": "2026-01-01", "store": str(self.folder / store), **task}
        path = self.folder / "play.yml"
        tasks = [{ARCHIVE: options}] if task else []
        path.write_text(json.dumps([{"hosts": hosts, "connection": "local", "gather_facts": False, "tasks": tasks}]))
        inventory = str(self.inventory) if hosts == "all" else "localhost,"
        return self._run("ansible-playbook", "-i", inventory, str(path))


def growth(rounds: int) -> Iterator[Row]:
    """Each once, but for the inventories side by side: what matters is how much more ten times as many cost."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, emulator(LATENCY) as running:
        warm = {}
        for count in LISTED:
            fleet = Fleet(running, folder, count)
            (cold, requests), (warm[count], none) = fleet.listed(), fleet.listed()
            if none:
                raise RuntimeError("%d requests in spite of the cache" % none)
            yield Row(
                10, "inventory of %s instances with %d nodes each, 20 ms" % (f"{count:,}", NODES), "requests", requests,
                sense="<=", goal=60 if count == 1_000 else None,
                detail="%.1f s (%.1f s CPU), then %.1f s (%.1f s CPU) and no request" % (*cold, *warm[count]),
            )
        few, many = LISTED[-2:]
        yield Row(
            10, "inventory of %s over %s instances, from the cache" % (f"{many:,}", f"{few:,}"), "cpu", warm[many].cpu / warm[few].cpu,
            detail="%.1f s against %.1f s" % (warm[many].cpu, warm[few].cpu),
        )
        medians = interleaved({"cached": lambda: fleet.listed()[0], "static": lambda: fleet.listed_from_file()[0]}, min(rounds, 2))
        yield Row(
            10, "inventory of %s instances, from the cache, over a static YAML inventory of the same hosts" % f"{many:,}", "cpu",
            medians.ratio("cpu", "cached", "static"), medians.spread("cpu", "cached", "static"), "<=", 1.3,
            "%.1f s against %.1f s" % (medians.cost("cached").cpu, medians.cost("static").cpu),
        )
        yield from _archived(running, folder)


def _archived(running: Emulator, folder: str) -> Iterator[Row]:
    """The same nodes, by a task for each instance and by one task; less what the play costs without it."""
    own = {"instance_id": "{{ taurusdb_instance_id }}", "node_id": "{{ taurusdb_node_ids }}"}
    costs: dict[tuple[str, int], Cost] = {}
    for count in ARCHIVED:
        fleet = Fleet(running, folder, count)
        fleet.listed()
        ids = list(dict.fromkeys(target["instance_id"] for target in fleet.targets))
        for kind, hosts, task, each in (
            ("a task for each instance, 5 forks", "all", own, NODES), ("one task", "localhost", {"instance_id": ids}, NODES + 1),
        ):
            less, _requests = fleet.play(hosts, "", {})
            whole, requests = fleet.play(hosts, "%s.db" % hosts, task)
            cost = costs[kind, count] = whole - less
            if requests != count * each:
                raise RuntimeError("%d requests for %d instances" % (requests, count))
            yield Row(
                10, "%d instances with %d nodes each archived by %s, 20 ms" % (count, NODES, kind), "requests", requests,
                detail="%.1f s (%.1f s CPU), %.0f ms (%.0f ms CPU) an instance" % (*cost, *(1000 * part / count for part in cost)),
            )
    few, many = ARCHIVED
    for kind in dict.fromkeys(kind for kind, _count in costs):
        yield Row(
            10, "%d over %d instances archived by %s" % (many, few, kind), "cpu", costs[kind, many].cpu / costs[kind, few].cpu,
            detail="%.1f s against %.1f s" % (costs[kind, many].cpu, costs[kind, few].cpu),
        )
