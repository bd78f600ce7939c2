# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: variable_errors
short_description: List what is wrong with the variables of a role
version_added: 1.0.0
description:
  - Compares variables with a specification, as in C(meta/argument_specs.yml) of a role.
  - Returns all errors at once, in the words of the modules of this collection.
author:
  - The opsaudit.sessions developers (@opsaudit)
positional: _input, options
options:
  _input:
    description:
      - The variables that were given, by name.
    type: dict
    required: true
  options:
    description:
      - The C(options) of the specification.
    type: dict
    required: true
notes:
  - Values with C(no_log) are not shown in errors.
seealso:
  - plugin: opsaudit.sessions.entry_errors
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Check the variables before anything else
  ansible.builtin.assert:
    that: errors | length == 0
    fail_msg: "{{ errors | join('; ') }}"
  vars:
    errors: "{{ {'backup_dest': backup_dest} | opsaudit.sessions.variable_errors({'backup_dest': {'type': 'path', 'required': true}}) }}"
"""

RETURN = r"""
_value:
  description: A line for each error. Empty if there is none.
  type: list
  elements: str
"""

import json
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError


def variable_errors(variables, options):
    """Return a line for each error of the variables.

    :param options: the specification of each.
    :raises AnsibleFilterError: if one of them is no dictionary.
    """
    # Not with the file: a task that uses any filter of a collection loads all of them.
    from ansible_collections.opsaudit.sessions.plugins.module_utils._module import OptionCheck

    if not isinstance(variables, Mapping) or not isinstance(options, Mapping):
        raise AnsibleFilterError("variable_errors: two dictionaries are needed, the variables and their specification")
    # Ansible's own types of text (tagged, unsafe, from a vault) become plain, as for a module.
    given, declared = json.loads(json.dumps([dict(variables), dict(options)], default=str))
    return OptionCheck(declared, given).problems


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """Return the filter by its name."""
        return {"variable_errors": variable_errors}
