# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How AWX runs a workflow: which jobs it starts, and whether the workflow has failed in the end."""

from __future__ import annotations

from collections.abc import Mapping

_FOLLOWERS = {True: ("success_nodes", "always_nodes"), False: ("failure_nodes", "always_nodes")}


def run_workflow(nodes: list[dict], works: Mapping[str, bool]) -> tuple[list[str], bool]:
    """Run a workflow whose jobs succeed or fail as configured.

    A node starts once all nodes before it are over or will not run, if one of them leads to it by its result.
    A job that failed makes the workflow fail unless it has a node for failures, or one for any result.

    :param works: whether the job of a node succeeds, by its identifier.
    :returns: the identifiers of the jobs that ran, in order, and whether the workflow succeeded.
    """
    related = {node["identifier"]: node.get("related", {}) for node in nodes}
    before: dict[str, set[str]] = {name: set() for name in related}
    for name, edges in related.items():
        for each in sum(edges.values(), []):
            before[each["identifier"]].add(name)
    decided: dict[str, bool] = {}
    ran: list[str] = []
    while len(decided) < len(related):
        ready = [name for name in related if name not in decided and before[name] <= decided.keys()]
        for name in ready:
            led = not before[name] or any(name in _led_to(related[each], works[each]) for each in before[name] if each in ran)
            decided[name] = led
            if led:
                ran.append(name)
    failed = [name for name in ran if not works[name] and not _led_to(related[name], False)]
    return ran, not failed


def _led_to(edges: dict[str, list[dict]], works: bool) -> set[str]:
    return {each["identifier"] for kind in _FOLLOWERS[works] for each in edges.get(kind, ())}
