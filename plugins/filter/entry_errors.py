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
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import (
    build_argument_spec,
    check_window,
    resolve,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES


def entry_errors(entries, defaults=None):
    """Return a line for each error of the entries.

    :param defaults: options for entries that do not have them.
    :raises AnsibleFilterError: if the entries are no list of dictionaries.
    """
    # Ansible's own types of text (tagged, unsafe, from a vault) become plain, as for a module.
    entries, defaults = json.loads(json.dumps([entries, defaults or {}], default=str))
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise AnsibleFilterError("entry_errors: a list of dictionaries is needed, each with source")
    lines = []
    for number, entry in enumerate(entries):
        source = entry.get("source")
        if source not in ARCHIVES:
            lines.append("audit_sources[%d]: source: %r is not a source (%s)" % (number, source, ", ".join(ARCHIVES)))
            continue
        given = {**defaults, **{name: value for name, value in entry.items() if name != "source"}}
        lines += ["audit_sources[%d] (%s): %s" % (number, source, line) for line in _errors_of(ARCHIVES[source].source, given)]
    return lines


def _errors_of(source, given):
    declared = {name: declaration for name, declaration in source.all_options.items() if name != "store"}
    known = {alias for name, declaration in declared.items() for alias in (name, *declaration.get("aliases", ()))}
    lines = ["%s: there is no such option" % name for name in given if name not in known]
    checked = ArgumentSpecValidator(build_argument_spec(declared)).validate({name: value for name, value in given.items() if name in known})
    lines += checked.error_messages
    if not lines:
        lines += _invalid_values(source, declared, checked.validated_parameters)
    return remove_values(lines, checked._no_log_values)


def _invalid_values(source, declared, params):
    """Return a line for each value that is not valid, else for options that do not fit together."""
    lines = []
    for name, declaration in declared.items():
        try:
            resolve({name: declaration}, params, {}, None)
        except OptionError as error:
            lines.append(str(error))
    if lines:
        return lines
    settings = resolve(declared, params, {}, None)
    settings.values.update(source.fixed)
    try:
        check_window(settings)
        if source.verify is not None:
            source.verify(settings)
    except OptionError as error:
        lines.append(str(error))
    return lines


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """Return the filter by its name."""
        return {"entry_errors": entry_errors}
