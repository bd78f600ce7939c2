#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: taurusdb_killed_session_archive
short_description: Keep the intelligently killed sessions of Huawei Cloud TaurusDB nodes in a database
version_added: 1.0.0
description:
  - Reads what Huawei Cloud TaurusDB keeps about intelligently killed sessions, and keeps it in a database that outlives the source's own history.
  - Each run reads only what the store lacks. Every node has a history of its own, and a coverage of its own.
  - The links for downloading what was killed are not kept. They expire, and whoever has one needs no further login.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.attributes.store
  - opsaudit.sessions.attributes.actiongroup_huaweicloud
  - opsaudit.sessions.huaweicloud
  - opsaudit.sessions.common
  - opsaudit.sessions.common.requests
  - opsaudit.sessions.archive
  - opsaudit.sessions.stored
  - opsaudit.sessions.times
options:
  endpoint:
    description:
      - Base URL of the TaurusDB API, for example V(https://gaussdb.ap-southeast-3.myhuaweicloud.com). It takes precedence over O(region).
      - If neither it nor O(region) is specified, the value of the environment variable E(TAURUSDB_ENDPOINT) is used,
        and if that is not set either, the host of the region in E(HW_REGION_NAME).
        The hosts of V(af-south-1), V(ap-southeast-1), V(ap-southeast-2), V(ap-southeast-3), V(ap-southeast-4), V(cn-east-3), V(cn-east-5),
        V(cn-north-2), V(cn-north-4), V(cn-north-9), V(cn-north-11), V(cn-south-1), V(cn-south-4), V(cn-southwest-2), V(cn-southwest-3),
        V(la-north-2), V(me-east-1), V(ru-northwest-2), V(sa-brazil-1) and V(tr-west-1) are known. Any other region needs an endpoint.
    type: str
  instance_id:
    description:
      - IDs of the instances, 36 letters and digits that end in C(in07).
      - Either this option or O(targets) is needed. They are mutually exclusive.
    type: list
    elements: str
  node_id:
    description:
      - IDs of the nodes, 36 letters and digits that end in C(no07).
      - Needs exactly one O(instance_id). Use O(targets) for certain nodes of several instances.
      - If not specified, all nodes of each instance are read. They are looked up first, with one more request for each instance.
    type: list
    elements: str
  targets:
    description:
      - Pairs of instance and node, instead of O(instance_id) and O(node_id).
    type: list
    elements: dict
    suboptions:
      instance_id:
        description: ID of the instance.
        type: str
        required: true
      node_id:
        description: ID of the node.
        type: str
        required: true
  start_time:
    description:
      - Where to begin on the first run. Later runs go on where the last one ended, unless this is earlier than ever before.
    type: str
    required: true
  end_time:
    description:
      - Up to where to read. A time to come counts as now.
    type: str
    default: now
  language:
    description:
      - Language in which the source answers. Its own default is V(en-us).
    type: str
    choices:
      - en-us
      - zh-cn
notes:
  - The user needs the permission C(gaussdbformysql:instance:showIntelligentKillSession) for the instances, and the one to see their details
    if O(node_id) and O(targets) are not given.
  - The columns of C(record) are filled like this. C(kind) is V(killing_task), C(outcome) is V(killed), C(target) is the instance and the node.
    C(state), C(actor) and C(summary) are null, because the source does not tell them.
seealso:
  - name: Querying Intelligently Killed Sessions
    description: The API that this module reads.
    link: https://support.huaweicloud.com/intl/en-us/api-taurusdb/ListIntelligentKillSessionHistory.html
  - module: opsaudit.sessions.taurusdb_killed_session_info
"""

EXAMPLES = r"""
# From the command line, with credentials in the environment:
# ansible localhost -m opsaudit.sessions.taurusdb_killed_session_archive \
#   -a 'region=ap-southeast-3 instance_id=17b6bbb64d2f4c14a83a88f19da8dcc8in07 start_time=-30d store=sessions.db'

- name: Keep what was killed on all nodes of an instance, in one file
  opsaudit.sessions.taurusdb_killed_session_archive:
    region: ap-southeast-3
    access_key: "{{ vault_huaweicloud_access_key }}"
    secret_key: "{{ vault_huaweicloud_secret_key }}"
    instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07
    start_time: "2026-01-01"
    store: /var/lib/audit/sessions.db
  register: killed

- name: Stop if the record of this year has a gap
  ansible.builtin.assert:
    that: killed.gaps | length == 0
    fail_msg: "Not proven complete: {{ killed.gaps }}"

- name: All instances of a list, into a database that several jobs share
  opsaudit.sessions.taurusdb_killed_session_archive:
    region: ap-southeast-3
    instance_id: "{{ taurusdb_instance_ids }}"
    start_time: -30d
    store: "postgresql://audit:{{ vault_store_password | urlencode }}@db.example.com/audit"
    on_error: continue
    return_new: 20
  register: fleet

- name: Tell of what is new
  ansible.builtin.debug:
    msg: "{{ item.node_id }}: a killing task at {{ item.start_time_iso }}"
  loop: "{{ fleet.new_records }}"
  loop_control:
    label: "{{ item.task_id }}"
"""

RETURN = r"""
added:
  description: How many records are new in the store.
  returned: success
  type: int
  sample: 12
updated:
  description: How many records of the store were altered, because the source tells something new of them.
  returned: success
  type: int
  sample: 1
unchanged:
  description: How many records were read that the store had already.
  returned: success
  type: int
  sample: 3
complete:
  description:
    - Whether everything that this run had to read is known to have been read.
    - If it is V(false), RV(incomplete_reasons) tells why, and RV(gaps) what is missing.
  returned: success
  type: bool
  sample: true
incomplete_reasons:
  description:
    - Why RV(complete) is V(false). Empty if it is V(true).
    - V(failed_targets) - at least one instance or node could not be read, see RV(failed_targets).
    - V(total_changed) - the number of records kept changing while they were read, so that some may have slipped through.
    - V(source_limit) - the source would not hand out more.
  returned: success
  type: list
  elements: str
  choices: [failed_targets, total_changed, source_limit]
  sample: []
failed_targets:
  description: What could not be read. Empty unless O(on_error=continue) let the task go on.
  returned: success
  type: list
  elements: dict
  contains:
    target:
      description: What could not be read. The instance, and the node if it is known, as C(instance_id) and C(node_id).
      returned: always
      type: dict
      sample: {instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07, node_id: d476fd181dad42cbb67e804953fb39ebno07}
    failure:
      description: What went wrong, with the same keys as RV(failure).
      returned: always
      type: dict
  sample: []
coverage:
  description:
    - For each scope of this task, the windows of time that were ever proven complete, as few as possible.
    - In check mode, those that would be after this run.
  returned: success
  type: list
  elements: dict
  contains:
    scope:
      description: The instance and the node, as C(instance_id) and C(node_id). Filters that were used are part of it.
      returned: always
      type: dict
      sample: {instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07, node_id: d476fd181dad42cbb67e804953fb39ebno07}
    windows:
      description: The windows, in order.
      returned: always
      type: list
      elements: dict
      contains:
        start:
          description: First instant in ISO 8601, UTC. V(1970-01-01T00:00:00.000Z) means from the beginning.
          returned: always
          type: str
          sample: "2026-03-01T00:00:00.000Z"
        end:
          description: Last instant in ISO 8601, UTC.
          returned: always
          type: str
          sample: "2026-04-01T00:00:00.250Z"
gaps:
  description:
    - What of the time since the first O(start_time) that was ever asked for is not covered. The next run reads it again.
    - Empty if nothing is missing.
  returned: success
  type: list
  elements: dict
  contains:
    scope:
      description: As in RV(coverage[].scope).
      returned: always
      type: dict
      sample: {instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07, node_id: d476fd181dad42cbb67e804953fb39ebno07}
    start:
      description: First instant in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2026-03-30T12:00:00.000Z"
    end:
      description: Last instant in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2026-03-30T13:00:00.000Z"
  sample: []
new_records:
  description: Records that are new in the store, at most O(return_new). They look as M(opsaudit.sessions.taurusdb_killed_session_info) returns them.
  returned: success
  type: list
  elements: dict
  sample: []
requests:
  description: How many HTTP requests the task sent.
  returned: success
  type: int
  sample: 2
msg:
  description:
    - What was being done and what went wrong, in one line, with the status, the source's code and message, the request ID and a hint as far as there are any.
  returned: failure
  type: str
failure:
  description:
    - What went wrong, for conditions in a playbook. Never contains credentials.
    - If it is the store that failed, V(kind) is V(network) if its database cannot be reached, and V(server) otherwise.
  returned: failure, unless Ansible itself refuses an option
  type: dict
  contains:
    kind:
      description:
        - The sort of failure.
        - V(auth) - the credentials were refused.
        - V(permission) - they are good but may not do this.
        - V(not_found) - there is no such thing, or nothing at this URL.
        - V(invalid_request) - an option's value is not allowed; it was refused here, or by the source.
        - V(rate_limited) - there were too many requests, and waiting did not help.
        - V(server) - the source failed.
        - V(network) - no connection or no answer in time.
        - V(tls) - the connection could not be secured.
        - V(protocol) - the answer is not one that this API gives. Something else may be answering at this URL.
        - V(file) - the file with the credentials can't be used.
        - V(store) - the store's database can't be used.
      returned: always
      type: str
      choices: [auth, permission, not_found, invalid_request, rate_limited, server, network, tls, protocol, file, store]
      sample: auth
    status:
      description: HTTP status, V(null) if there was no answer.
      returned: always
      type: int
      sample: 401
    code:
      description: The source's own error code, V(null) if it gave none.
      returned: always
      type: str
      sample: APIGW.0301
    message:
      description: The source's own message, or what happened instead of an answer.
      returned: always
      type: str
      sample: Incorrect IAM authentication information
    request_id:
      description: ID to name to the provider's support, V(null) if the answer has none.
      returned: always
      type: str
      sample: 5ba60ed8b28fd96ae2ab3ddbd1a3f5e7
    hint:
      description: What may help, V(null) if there is nothing to say.
      returned: always
      type: str
      sample: Check the credentials; five wrong ones in a row can lock a key.
    target:
      description: As in RV(failed_targets[].target); V(null) if it is none of them that failed.
      returned: always
      type: dict
      sample: {instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07, node_id: d476fd181dad42cbb67e804953fb39ebno07}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.task import ArchiveTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb.archive import ARCHIVE


def main():
    run_module(ArchiveTask(ARCHIVE))


if __name__ == "__main__":
    main()
