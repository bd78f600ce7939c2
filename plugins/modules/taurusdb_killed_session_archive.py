#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: taurusdb_killed_session_archive
short_description: Archive killed sessions of Huawei Cloud TaurusDB in a database
version_added: 1.0.0
description:
  - Lists the intelligent killing tasks of TaurusDB nodes, and archives them in a database that outlives the history of the source.
  - Each run reads only what is new. Each node has a coverage of its own. Nothing is changed on the source.
  - Download links of killed sessions are not archived. They expire, and whoever has one needs no login. O(attachments) keeps the lists behind them.
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
  - opsaudit.sessions.attachments
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
      - Exactly one of this option and O(targets) is required.
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
  attachments:
    description:
      - What to fetch for each killing task, beside its record, and to keep in O(attachments_dest).
      - The list of killed sessions is behind a link that expires. The link is requested when it is needed, used once, sent to its own host without credentials,
        and never stored or shown.
    type: list
    elements: str
    choices:
      killed_list: The list of the sessions that were killed, as the source provides it.
  start_time:
    description:
      - Start of the first run. Later runs continue where the last one ended, unless this is earlier than ever before.
    type: str
    required: true
  end_time:
    description:
      - End of the time window to read. A time in the future counts as now.
    type: str
    default: now
  language:
    description:
      - Language of the source's responses. The default of the source is V(en-us).
    type: str
    choices:
      - en-us
      - zh-cn
notes:
  - The user needs the permission C(gaussdbformysql:instance:showIntelligentKillSession) for the instances, and the permission to show
    their details if neither O(node_id) nor O(targets) is given.
  - Columns of the table C(record) - C(kind) is V(killing_task), C(outcome) is V(killed), C(target) is the instance and the node.
    C(state), C(actor) and C(summary) are null, because the source does not return them.
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

- name: Archive the killing tasks of all nodes of an instance in one file
  opsaudit.sessions.taurusdb_killed_session_archive:
    region: ap-southeast-3
    access_key: "{{ vault_huaweicloud_access_key }}"
    secret_key: "{{ vault_huaweicloud_secret_key }}"
    instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07
    start_time: "2026-01-01"
    store: /var/lib/audit/sessions.db
  register: killed

- name: Fail if something may be missing
  ansible.builtin.assert:
    that: killed.gaps | length == 0
    fail_msg: "Not proven complete: {{ killed.gaps }}"

- name: Archive many instances in a database that several jobs share
  opsaudit.sessions.taurusdb_killed_session_archive:
    region: ap-southeast-3
    instance_id: "{{ taurusdb_instance_ids }}"
    start_time: -30d
    store: "postgresql://audit:{{ vault_store_password | urlencode }}@db.example.com/audit"
    on_error: continue
    return_new: 20
  register: fleet

- name: Show new killing tasks
  ansible.builtin.debug:
    msg: "{{ item.node_id }}: a killing task at {{ item.start_time_iso }}"
  loop: "{{ fleet.new_records }}"
  loop_control:
    label: "{{ item.task_id }}"
"""

RETURN = r"""
added:
  description: Number of records that are new in the store.
  returned: success
  type: int
  sample: 12
updated:
  description: Number of stored records that were updated, because the source reports something new.
  returned: success
  type: int
  sample: 1
unchanged:
  description: Number of records that were read and are already in the store, unchanged.
  returned: success
  type: int
  sample: 3
abandoned:
  description: Number of open records that were given up after O(abandon_after).
  returned: success
  type: int
  sample: 0
gone:
  description: Number of records that the source no longer lists. They stay in the store.
  returned: success
  type: int
  sample: 0
complete:
  description:
    - Whether everything that this run had to read was read, provably.
    - If it is V(false), RV(incomplete_reasons) lists the reasons, and RV(gaps) lists what is missing.
  returned: success
  type: bool
  sample: true
incomplete_reasons:
  description:
    - Why RV(complete) is V(false). Empty if it is V(true).
    - V(failed_targets) - at least one instance or node could not be read, see RV(failed_targets).
    - V(total_changed) - the list changed while it was read, so that records may be missing.
    - V(source_limit) - the source does not return more records, or its clock is more than a minute behind this machine's.
    - V(records_missing) - the store has fewer records in a proven window than were archived, because somebody deleted them. The run read that window
      again, and the source no longer lists all of them.
    - V(beyond_retention) - a part of the window is older than O(retention).
    - V(attachments) - at least one attachment could not be fetched. All records were read.
  returned: success
  type: list
  elements: str
  choices: [failed_targets, total_changed, source_limit, records_missing, beyond_retention, attachments]
  sample: []
failed_targets:
  description: What could not be read. Always empty with O(on_error=fail).
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
      description: Why it failed, with the same keys as RV(failure).
      returned: always
      type: dict
  sample: []
coverage:
  description:
    - For each scope of this task, the time windows that are proven complete.
    - In check mode, as they would be after this run.
  returned: success
  type: list
  elements: dict
  contains:
    scope:
      description: The instance and the node, as C(instance_id) and C(node_id).
      returned: always
      type: dict
      sample: {instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07, node_id: d476fd181dad42cbb67e804953fb39ebno07}
    view:
      description: What the task can read of the scope, its filters for example. Empty means everything.
      returned: always
      type: dict
      sample: {}
    windows:
      description: The windows, in order.
      returned: always
      type: list
      elements: dict
      contains:
        start:
          description: Start in ISO 8601, UTC. V(1970-01-01T00:00:00.000Z) means from the first record.
          returned: always
          type: str
          sample: "2026-03-01T00:00:00.000Z"
        end:
          description: End in ISO 8601, UTC.
          returned: always
          type: str
          sample: "2026-04-01T00:00:00.250Z"
        listed_on:
          description:
            - When the window was read, in ISO 8601, UTC, if that was more than 7 days after its end. What the source had deleted by then is not known.
            - V(null) if it was read in time.
          returned: always
          type: str
          sample: null
gaps:
  description:
    - Time windows since the earliest O(start_time) ever used that are not proven complete. The next run reads them again.
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
    view:
      description: As in RV(coverage[].view).
      returned: always
      type: dict
      sample: {}
    start:
      description: Start in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2026-03-30T12:00:00.000Z"
    end:
      description: End in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2026-03-30T13:00:00.000Z"
    reasons:
      description:
        - Why it is a gap, if that is known. Those of RV(incomplete_reasons) that concern the scope.
        - V(records_missing) - the store has fewer records in it than were archived.
        - V(beyond_retention) - it is older than O(retention).
      returned: always
      type: list
      elements: str
      sample: []
  sample: []
attachments:
  description: Attachments of the records in the window of this run, see O(attachments).
  returned: success
  type: dict
  contains:
    kept:
      description: Number of attachments that this run fetched and kept.
      returned: always
      type: int
      sample: 12
    missing:
      description: Number of attachments that are neither kept nor empty.
      returned: always
      type: int
      sample: 0
new_records:
  description: New records, at most O(return_new), in the form in which M(opsaudit.sessions.taurusdb_killed_session_info) returns them.
  returned: success
  type: list
  elements: dict
  sample: []
requests:
  description: Number of HTTP requests that the task sent.
  returned: success
  type: int
  sample: 2
msg:
  description:
    - What was being done and what failed, in one line, with the status, the source's code and message, the request ID and a hint where there are any.
  returned: failure
  type: str
failure:
  description:
    - Details of the failure, for conditions in a playbook. Never contains credentials.
  returned: failure, unless a Python library is missing
  type: dict
  contains:
    kind:
      description:
        - The kind of failure.
        - V(auth) - the credentials were refused.
        - V(permission) - the credentials are valid, but do not allow this.
        - V(not_found) - the object does not exist, or there is nothing at this URL.
        - V(invalid_request) - the value of an option is not allowed. The module or the source rejected it.
        - V(rate_limited) - there were too many requests, and retries did not help.
        - V(server) - the source failed.
        - V(network) - no connection, or no response in time.
        - V(tls) - the TLS connection could not be verified.
        - V(protocol) - the response is not what this API returns. Another service may be responding at this URL.
        - V(file) - the file with the credentials, or a file of an attachment, cannot be used.
        - V(store) - the database of the store cannot be used.
      returned: always
      type: str
      choices: [auth, permission, not_found, invalid_request, rate_limited, server, network, tls, protocol, file, store]
      sample: auth
    status:
      description: HTTP status, V(null) if there was no response.
      returned: always
      type: int
      sample: 401
    code:
      description: Error code of the source, V(null) if there is none.
      returned: always
      type: str
      sample: APIGW.0301
    message:
      description: Message of the source, or what happened instead of a response.
      returned: always
      type: str
      sample: Incorrect IAM authentication information
    request_id:
      description: Request ID for the provider's support, V(null) if the response has none.
      returned: always
      type: str
      sample: 5ba60ed8b28fd96ae2ab3ddbd1a3f5e7
    hint:
      description: The next step, V(null) if there is no suggestion.
      returned: always
      type: str
      sample: Check the credentials; five wrong ones in a row can lock a key.
    target:
      description: As in RV(failed_targets[].target); V(null) if the failure is not of one target.
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
