# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin as Ansible's loader makes it, and inventories that it fills."""

from __future__ import annotations

import importlib

import pytest
import yaml
from ansible import constants as C
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import fragment_loader
from taurusdb_cloud import BASE

from ansible_collections.opsaudit.sessions.plugins.inventory import taurusdb

NAME = taurusdb.InventoryModule.NAME
FIRST, SECOND = "%032din07" % 1, "%032din07" % 2
EVIL = "{{ lookup('ansible.builtin.pipe', 'echo evaluated') }}"


def options():
    """The options that are documented, by the fragments too."""
    reported = yaml.safe_load(taurusdb.DOCUMENTATION)
    found = reported["options"]
    for name in reported["extends_documentation_fragment"]:
        own, _dot, part = name.removeprefix("opsaudit.sessions.").partition(".")
        if name.startswith("opsaudit."):
            holder = importlib.import_module("ansible_collections.opsaudit.sessions.plugins.doc_fragments." + own).ModuleDocFragment
        else:
            holder = fragment_loader.get(name)
        for option, each in yaml.safe_load(getattr(holder, (part or "documentation").upper()))["options"].items():
            found.setdefault(option, each)
    return found


def plugin():
    """A plugin as Ansible's loader makes it, which knows no collection outside its own commands."""
    if not C.config.has_configuration_definition("inventory", NAME):
        C.config.initialize_plugin_configuration_definitions("inventory", NAME, options())
    made = taurusdb.InventoryModule()
    made._load_name = made.ansible_name = NAME
    made._redirected_names = [NAME]
    return made


class Inventory:
    """Parses inventory files, and keeps what resulted from the last one."""

    def __init__(self, folder):
        self._folder = folder
        self.data = InventoryData()
        #: Adds what other sources have added before.
        self.before = lambda data: None

    def parse(self, from_cache=True, **config):
        path = self._folder / "x.taurusdb.yml"
        path.write_text(yaml.safe_dump({"plugin": NAME, **BASE, **config}, sort_keys=False))
        self.data = InventoryData()
        self.before(self.data)
        made = plugin()
        made.parse(self.data, DataLoader(), str(path), cache=from_cache)
        if config.get("cache"):
            made.update_cache_if_changed()
        return {name: host.vars for name, host in self.data.hosts.items()}

    def fails(self, **config):
        with pytest.raises(AnsibleParserError) as caught:
            self.parse(**config)
        message = str(caught.value)
        assert "\n" not in message
        return message
