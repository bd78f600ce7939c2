# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: entry_errors
short_description: List what is wrong with entries of audit_sources
version_added: 1.0.0
description:
  - Checks each entry of C(audit_sources), the variable of the role P(opsaudit.sessions.audit#role), as its archive module does, and returns all errors at once.
  - Makes no request, and does not look at the environment. Missing credentials are found by the archive module.
author:
  - The opsaudit.sessions developers (@opsaudit)
positional: _input
options:
  _input:
    description:
      - The entries. Each has C(source), and options of its archive module.
    type: list
    elements: dict
    required: true
  defaults:
    description:
      - Options for entries that do not have them, such as C(start_time).
    type: dict
    default: {}
notes:
  - Secrets are not shown in errors.
seealso:
  - plugin: opsaudit.sessions.audit
    plugin_type: role
"""

EXAMPLES = r"""
- name: Check the entries before anything else
  ansible.builtin.assert:
    that: errors | length == 0
    fail_msg: "{{ errors | join('; ') }}"
  vars:
    errors: "{{ audit_sources | opsaudit.sessions.entry_errors(defaults={'start_time': '2026-01-01'}) }}"
"""

RETURN = r"""
_value:
  description: A line for each error. Empty if there is none.
  type: list
  elements: str
"""

import json

from ansible.errors import AnsibleFilterError


def entry_errors(entries, defaults=None):
    """Return a line for each error of the entries.

    :param defaults: options for entries that do not have them.
    :raises AnsibleFilterError: if the entries are no list of dictionaries.
    """
    # Not with the file: a task that uses any filter of a collection loads all of them.
    from ansible_collections.opsaudit.sessions.plugins.plugin_utils._entry_check import check_entry

    # Ansible's own types of text (tagged, unsafe, from a vault) become plain, as for a module.
    entries, defaults = json.loads(json.dumps([entries, defaults or {}], default=str))
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise AnsibleFilterError("entry_errors: a list of dictionaries is needed, each with source")
    return [line for number, entry in enumerate(entries) for line in check_entry("audit_sources[%d]" % number, entry, defaults)]


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """Return the filter by its name."""
        return {"entry_errors": entry_errors}
