# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draft the additions of an inventory plugin, so that all of them are added, or none if one fails."""

from __future__ import annotations

from collections.abc import Iterable

from ansible.inventory.data import InventoryData
from ansible.inventory.group import Group


def draft_of(inventory: InventoryData, hosts: Iterable[str]) -> InventoryData:
    """Return a separate inventory, with the groups and variables that some hosts already have.

    :param hosts: names of the hosts to add; another inventory source may have added some of them already.
    """
    draft = InventoryData()
    draft.current_source = inventory.current_source
    for name in hosts:
        known = inventory.hosts.get(name)
        if known is not None:
            draft.add_host(name)
            draft.hosts[name].vars.update(known.vars)
            for group in _own(known.groups):
                draft.add_child(draft.add_group(group.name), name)
    return draft


def adopt(inventory: InventoryData, draft: InventoryData) -> None:
    """Add everything in a draft to an inventory.

    :raises AnsibleError: if groups of both would contain each other; then no host is added.
    """
    own = _own(draft.groups.values())
    for group in own:
        inventory.add_group(group.name)
    for group in own:
        for child in group.child_groups:
            inventory.add_child(group.name, child.name)
    for host in draft.hosts.values():
        inventory.add_host(host.name)
        for name, value in host.vars.items():
            inventory.set_variable(host.name, name, value)
    for group in own:
        for host in group.hosts:
            # It may be a member already, through a group in between.
            if inventory.groups[group.name] not in inventory.hosts[host.name].groups:
                inventory.add_child(group.name, host.name)


def _own(groups: Iterable[Group]) -> list[Group]:
    """Return the groups without those that every inventory has."""
    return [group for group in groups if group.name not in ("all", "ungrouped")]
