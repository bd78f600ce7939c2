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

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import (
    build_argument_spec,
    check_window,
    missing,
    not_a_choice,
    resolve,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.redaction import Redactor
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import OptionCheck


def entry_errors(entries, defaults=None):
    """Return a line for each error of the entries.

    :param defaults: options for entries that do not have them.
    :raises AnsibleFilterError: if the entries are no list of dictionaries.
    """
    # Not with the file: a task that uses any filter of a collection loads all of them.
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES

    # Ansible's own types of text (tagged, unsafe, from a vault) become plain, as for a module.
    entries, defaults = json.loads(json.dumps([entries, defaults or {}], default=str))
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise AnsibleFilterError("entry_errors: a list of dictionaries is needed, each with source")
    lines = []
    for number, entry in enumerate(entries):
        source = entry.get("source")
        if source not in ARCHIVES:
            problem = missing("source", "one of " + ", ".join(ARCHIVES)) if source is None else not_a_choice("source", source, ARCHIVES)
            lines.append("audit_sources[%d]: %s" % (number, problem))
            continue
        given = {**defaults, **{name: value for name, value in entry.items() if name != "source"}}
        lines += ["audit_sources[%d] (%s): %s" % (number, source, line) for line in _errors_of(ARCHIVES[source].source, given)]
    return lines


def _errors_of(source, given):
    declared = {name: declaration for name, declaration in source.all_options.items() if name != "store"}
    checked = OptionCheck(declared, given)
    # What is wrong already is left out: the values of the others are checked in the same run.
    params = {}
    for name, declaration in declared.items():
        one, own = {name: declaration}, {each: given[each] for each in (name, *declaration.get("aliases", ())) if each in given}
        if own and not OptionCheck(one, own).problems:
            params.update(ArgumentSpecValidator(build_argument_spec(one)).validate(own).validated_parameters)
    values = _list_invalid_values(source, declared, params, not checked.problems)
    redactor = Redactor(checked.secrets)
    return checked.problems + [redactor.whole_line(line) for line in values]


def _list_invalid_values(source, declared, params, is_whole):
    """Return a line for each value that is not valid, else for options that do not fit together.

    :param is_whole: whether all options are there, so that they can be looked at together.
    """
    lines = []
    for name, declaration in declared.items():
        try:
            resolve({name: declaration}, params, {}, None)
        except OptionError as error:
            lines.append(str(error))
    if lines or not is_whole:
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
