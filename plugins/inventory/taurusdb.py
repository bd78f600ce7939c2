# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: taurusdb
short_description: Inventory of Huawei Cloud TaurusDB instances or nodes
version_added: 1.0.0
description:
  - Adds each TaurusDB instance of a project as a host, with the IDs of its nodes, or adds each node as a host.
  - Use these hosts with M(opsaudit.sessions.taurusdb_killed_session_info) and M(opsaudit.sessions.taurusdb_killed_session_archive)
    on a local connection, to distribute many instances over forks, and over the slices of an AWX job.
  - The inventory file is YAML, and its name ends in C(taurusdb.yml) or C(taurusdb.yaml), after a dot if anything comes before it.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.huaweicloud
  - opsaudit.sessions.common.requests
  - constructed
  - inventory_cache
options:
  plugin:
    description:
      - Marks the file as one for this plugin.
    type: str
    required: true
    choices: [opsaudit.sessions.taurusdb]
  endpoint:
    description:
      - Base URL of the TaurusDB API, for example V(https://gaussdb.ap-southeast-3.myhuaweicloud.com). It takes precedence over O(region).
      - If not specified, the value of the environment variable E(TAURUSDB_ENDPOINT) is used, and if that is not set either, the host of O(region).
        The regions that are known are those of M(opsaudit.sessions.taurusdb_killed_session_info).
    type: str
  hosts:
    description:
      - What to add as a host.
    type: str
    choices:
      instances: Each instance. The variable C(taurusdb_node_ids) lists its nodes.
      nodes: Each node. The variable C(taurusdb_node_id) is its ID. An instance without nodes, such as one that is being created, is omitted.
    default: instances
  filters:
    description:
      - Filters for the instances. The source applies them, and an instance must match all of them.
    type: dict
    suboptions:
      id:
        description: ID of the instance. With C(*) in front, a part of the ID.
        type: str
      name:
        description: Name of the instance. With C(*) in front, a part of the name.
        type: str
      vpc_id:
        description: ID of the virtual private cloud.
        type: str
      subnet_id:
        description: ID of the subnet.
        type: str
      private_ip:
        description: Private address for reading and writing.
        type: str
      readonly_private_ip:
        description: Private address for reading.
        type: str
      proxy_ip:
        description: Address of the proxy.
        type: str
      tags:
        description: Tags and their values, all of which the instance must have. None of these texts may contain a comma.
        type: dict
notes:
  - The name of a host is the ID of the instance or node, which is unique and never changes. Use O(keyed_groups) for groups by name.
  - A host has the variables C(taurusdb_instance_id), C(taurusdb_instance_name), C(taurusdb_instance_status), C(taurusdb_region), C(taurusdb_tags)
    (a dictionary), and with O(hosts=instances) C(taurusdb_node_ids) (a list), with O(hosts=nodes) C(taurusdb_node_id) and
    C(taurusdb_node_type), V(master) or V(slave).
  - The hosts are not machines to log in to. Set C(connection=local) in the play, or C(ansible_connection) with O(compose), as in the examples.
  - The inventory is complete, or it fails with one line. Ansible treats a failed inventory as an empty one, with a warning, unless
    E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) is V(true), or C(any_unparsed_is_failed) in the section C([inventory]) of C(ansible.cfg).
    AWX sets this itself.
  - Names and tags are text that other people wrote, and are never evaluated as templates. The key of a tag that begins with C(_ansible) or
    C(__ansible) is prefixed with C(x), because Ansible reserves such keys.
  - With O(strict=true), an expression that fails for one host fails the whole inventory.
  - With O(cache) no request is sent until the cache expires. The cache contains no credentials. A cache that was altered or damaged is not used,
    with a warning.
  - Keep secrets out of the file. Options that are texts can be templates, such as a lookup. If the file cannot be parsed, Ansible may show lines of it.
  - The credentials need the permissions C(gaussdbformysql:instance:list) and C(gaussdbformysql:instance:get).
seealso:
  - name: API document of the list
    description: Querying DB Instances.
    link: https://support.huaweicloud.com/intl/en-us/api-taurusdb/ListGaussMySqlInstancesUnifyStatus.html
  - name: API document of the details
    description: Querying Details of DB Instances in Batches.
    link: https://support.huaweicloud.com/intl/en-us/api-taurusdb/ListGaussMySqlInstanceDetailInfoUnifyStatus.html
  - module: opsaudit.sessions.taurusdb_killed_session_archive
"""

EXAMPLES = r"""
# production.taurusdb.yml: all instances with a tag, credentials from the environment
plugin: opsaudit.sessions.taurusdb
region: ap-southeast-3
filters:
  tags:
    env: prod
compose:
  # Tasks are run by the controller.
  ansible_connection: "'local'"
  ansible_python_interpreter: ansible_playbook_python

---
# replicas.taurusdb.yml: nodes, in groups by tag and by the name of their instance, kept for an hour
plugin: opsaudit.sessions.taurusdb
region: ap-southeast-3
access_key: "{{ lookup('ansible.builtin.file', '/run/secrets/access_key') }}"
secret_key: "{{ lookup('ansible.builtin.file', '/run/secrets/secret_key') }}"
hosts: nodes
strict: true
keyed_groups:
  - key: taurusdb_tags
    prefix: tag
  - key: taurusdb_instance_name
    prefix: instance
groups:
  replicas: taurusdb_node_type == 'slave'
compose:
  ansible_connection: "'local'"
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible/taurusdb
cache_timeout: 3600

---
# keep.yml: a playbook for the first of them
- name: Keep what was killed
  hosts: all
  gather_facts: false
  tasks:
    - name: Keep what was killed on all nodes of an instance
      opsaudit.sessions.taurusdb_killed_session_archive:
        region: "{{ taurusdb_region }}"
        instance_id: "{{ taurusdb_instance_id }}"
        node_id: "{{ taurusdb_node_ids }}"
        start_time: "2026-01-01"
        store: /var/lib/audit/sessions.db
"""

import json
import os

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._base.errors import MissingLibrary
from ..module_utils._base.options import build_argument_spec, unknown_option
from ..module_utils._base.task import run_task
from ..module_utils._module import OptionCheck
from ..module_utils._sources.taurusdb.cached_instances import dump_instances, load_instances
from ..module_utils._sources.taurusdb.instances import InstancesTask, hosts_of
from ..plugin_utils._inventory_draft import adopt, draft_of


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Instances or nodes as hosts."""

    NAME = "opsaudit.sessions.taurusdb"
    #: Set by Ansible before it calls any other method.
    inventory: InventoryData

    def verify_file(self, path):
        """Return whether a file is for this plugin, by its name."""
        name = "." + os.path.basename(path)
        return super().verify_file(path) and name.endswith((".taurusdb.yml", ".taurusdb.yaml"))

    def parse(self, inventory, loader, path, cache=True):
        """Add the hosts.

        :raises AnsibleParserError: if not all of them can be found.
        """
        super().parse(inventory, loader, path, cache)
        try:
            self._read_config_data(path)
        except AnsibleError as problem:
            # Without lines of the file, which Ansible might show.
            raise AnsibleParserError(_line(problem)) from None
        uses_cache = self.get_option("cache")
        cached = (lambda key: self._read_cache(self._find_named(path, key))) if uses_cache and cache else (lambda key: None)
        try:
            result = run_task(InstancesTask(cached), self._params, os.environ).result
        except MissingLibrary as missing:
            raise AnsibleParserError(missing_required_lib(missing.library)) from None
        if result.get("failed"):
            raise AnsibleParserError(result["msg"])
        if uses_cache and result["fresh"]:
            self._cache[self._find_named(path, result["key"])] = dump_instances(result["instances"])
        self._add_all(dict(hosts_of(result["instances"], self._params["hosts"])))

    def set_options(self, task_keys=None, var_options=None, direct=None):
        """Set the options, after evaluating templates and checking them as a module's options."""
        if direct is not None:
            self._params = self._check(direct)
            direct = {**direct, **{name: value for name, value in self._params.items() if name in direct}}
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)

    def _check(self, given):
        unknown = sorted(set(given) - set(self.option_definitions))
        if unknown:
            raise AnsibleParserError(str(unknown_option(unknown[0], self.option_definitions)))
        own = {name: self._evaluate(name, given[name]) for name in InstancesTask.options if given.get(name) is not None}
        checked = OptionCheck(InstancesTask.options, own)
        if checked.problems:
            raise AnsibleParserError(checked.line)
        return ArgumentSpecValidator(build_argument_spec(InstancesTask.options)).validate(own).validated_parameters

    def _evaluate(self, name, value):
        """Return a value with its templates evaluated, as plain types."""
        try:
            return json.loads(json.dumps(self.templar.template(value), default=str))
        except AnsibleError as problem:
            raise AnsibleParserError("%s: can't be evaluated: %s" % (name, _line(problem))) from None

    def _find_named(self, path, key):
        return "%s_%s" % (self.get_cache_key(path), key)

    def _read_cache(self, name):
        """Return the instances that are cached under a name, None if there are none or they were altered."""
        try:
            try:
                return load_instances(self._cache[name])
            except KeyError:
                # Ansible takes an entry without content for a missing one.
                if self._cache._plugin.contains(name):
                    raise ValueError("it has no content") from None
                return None
        # Caches are plugins, too, and may raise anything.
        except Exception as problem:
            self.display.warning("cache: %s cannot be used (%s); the instances are read from the source instead" % (name, _line(problem)))
            return None

    def _add_all(self, found):
        """Add all hosts with their groups and variables, or none if one fails."""
        inventory, self.inventory = self.inventory, draft_of(self.inventory, found)
        try:
            for name, variables in found.items():
                self._add(name, variables)
            adopt(inventory, self.inventory)
        except AnsibleError as problem:
            raise AnsibleParserError(_line(problem)) from None
        finally:
            self.inventory = inventory

    def _add(self, name, variables):
        """Add a host with its groups and variables."""
        self.inventory.add_host(name)
        variables = {key: wrap_var(value) for key, value in variables.items()}
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict)


def _line(problem):
    """Return the message of an exception as one line."""
    return " ".join(str(getattr(problem, "message", problem)).split())
