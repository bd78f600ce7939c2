# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: to_ocsf
short_description: Convert records to OCSF events
version_added: 1.0.0
description:
  - Converts records to events of the L(Open Cybersecurity Schema Framework, https://schema.ocsf.io/1.8.0/) (OCSF), version 1.8.0.
  - The events are those of M(opsaudit.sessions.session_export), without the gateway and the region, which only a store contains.
author:
  - The opsaudit.sessions developers (@opsaudit)
positional: _input
options:
  _input:
    description:
      - A list of records as an info module returns them, or an archive module in C(new_records).
    type: list
    elements: dict
    required: true
  source:
    description:
      - The source of the records. The records themselves do not show it.
    type: str
    required: true
    choices:
      taurusdb_killed_session: Records of M(opsaudit.sessions.taurusdb_killed_session_info).
      dataarts_sql_session: Records of M(opsaudit.sessions.dataarts_sql_session_info).
      hoop_session: Records of M(opsaudit.sessions.hoop_session_info).
      bcc_action_run: Records of M(opsaudit.sessions.bcc_action_run_info).
notes:
  - Records must be whole. A C(query) that removes their ID or scope makes the conversion fail.
  - An action run of Baidu Cloud Assistant with its child runs becomes one event for each child run, so there may be more events than records.
  - Download links are omitted, because they contain credentials.
seealso:
  - module: opsaudit.sessions.session_export
"""

EXAMPLES = r"""
- name: List sessions of the last hour
  opsaudit.sessions.hoop_session_info:
    endpoint: https://hoop.example.com
    start_time: -1h
  register: recent

- name: Send them to a collector of events
  ansible.builtin.uri:
    url: https://siem.example.com/ocsf
    method: POST
    body_format: json
    body: "{{ recent.sessions | opsaudit.sessions.to_ocsf(source='hoop_session') }}"
"""

RETURN = r"""
_value:
  description: The events, in the order of the records.
  type: list
  elements: dict
"""

from ansible.errors import AnsibleFilterError


def to_ocsf(records, source):
    """Return the events of a list of records.

    :raises AnsibleFilterError: if they are no records of this source.
    """
    # Not with the file: a task that uses any filter of a collection loads all of them.
    from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import not_a_choice
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.ocsf import build_events

    if source not in ARCHIVES:
        raise AnsibleFilterError("to_ocsf: %s" % not_a_choice("source", source, ARCHIVES))
    if not isinstance(records, list):
        raise AnsibleFilterError("to_ocsf: a list of records is needed, and this is %s" % type(records).__name__)
    events: list[dict] = []
    for number, record in enumerate(records):
        try:
            if not isinstance(record, dict):
                raise ValueError("it is %s, and no record" % type(record).__name__)
            events += build_events(source, record)
        except ValueError as problem:
            raise AnsibleFilterError("to_ocsf: element %d: %s" % (number, problem)) from problem
    return events


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """Return the filter by its name."""
        return {"to_ocsf": to_ocsf}
