# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: to_prometheus
short_description: Write the state of a store as Prometheus metrics
version_added: 1.0.0
description:
  - Converts the result of M(opsaudit.sessions.session_store_info) to the text format of Prometheus, for the textfile collector of node_exporter
    or for a Pushgateway.
author:
  - The opsaudit.sessions developers (@opsaudit)
positional: _input
options:
  _input:
    description:
      - The result of M(opsaudit.sessions.session_store_info), without C(query).
    type: dict
    required: true
notes:
  - Every metric of a scope has the labels C(source), C(scope) (as text, such as C(org=6f1c2b4e)) and C(label) (empty if the scope has none).
  - C(opsaudit_records), C(opsaudit_covered_until_timestamp_seconds), C(opsaudit_behind_seconds), C(opsaudit_gaps), C(opsaudit_gap_seconds),
    C(opsaudit_last_run_timestamp_seconds), C(opsaudit_last_success_timestamp_seconds), C(opsaudit_last_run_success), C(opsaudit_attachments_missing)
    and C(opsaudit_scope_retired) (1 or 0) are those of a scope. C(opsaudit_last_seal_timestamp_seconds) and C(opsaudit_store_info{store_id,version})
    are those of the store. All are gauges.
  - What is V(null) in the result has no sample. A scope of which nothing is proven has no C(opsaudit_covered_until_timestamp_seconds).
  - C(opsaudit_behind_seconds) is as old as the file. An alert that must also fire when no new file is written uses C(time()) and
    C(opsaudit_covered_until_timestamp_seconds).
seealso:
  - module: opsaudit.sessions.session_store_info
"""

EXAMPLES = r"""
- name: Look at the store
  opsaudit.sessions.session_store_info:
    store: /var/lib/audit/sessions.db
  register: store

- name: Push its metrics
  ansible.builtin.uri:
    url: https://pushgateway.example.com/metrics/job/opsaudit
    method: PUT
    body: "{{ store | opsaudit.sessions.to_prometheus }}"
    headers: {Content-Type: text/plain; version=0.0.4}
"""

RETURN = r"""
_value:
  description: The metrics, one in each line.
  type: str
"""

from ansible.errors import AnsibleFilterError


def to_prometheus(info):
    """Return the metrics of a store.

    :raises AnsibleFilterError: if it is no result of session_store_info.
    """
    # Not with the file: a task that uses any filter of a collection loads all of them.
    from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.prometheus import write_metrics

    if not isinstance(info, dict) or "scopes" not in info or "store_id" not in info:
        raise AnsibleFilterError("to_prometheus: the result of session_store_info is needed, without query")
    try:
        return write_metrics(info)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise AnsibleFilterError("to_prometheus: this is no result of session_store_info (%s)" % problem) from problem


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """Return the filter by its name."""
        return {"to_prometheus": to_prometheus}
