#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: taurusdb_killed_session_info
short_description: Gather information about killed sessions of Huawei Cloud TaurusDB
version_added: 1.0.0
description:
  - Lists the intelligent killing tasks of TaurusDB nodes in a time window. Each record is one killing task, with its start, its end and, on request,
    the link to the list of killed sessions.
  - Reads one node, several nodes, or all nodes of one or more instances. Nothing is changed on the source.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.attributes.info
  - opsaudit.sessions.attributes.actiongroup_huaweicloud
  - opsaudit.sessions.huaweicloud
  - opsaudit.sessions.common
  - opsaudit.sessions.common.info
  - opsaudit.sessions.common.requests
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
  start_time:
    description:
      - Start of the time window. What starts in the second of this time is in the window.
    type: str
    required: true
  end_time:
    description:
      - End of the time window. It must be later than O(start_time). What starts at this time is not in the window.
    type: str
    default: now
  include_links:
    description:
      - Whether to return RV(killed_sessions[].download_link).
      - A link needs no login. Whoever has it can download the list of killed sessions. Treat it like a password, and set C(no_log) on the task.
    type: bool
    default: false
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
seealso:
  - name: Querying Intelligently Killed Sessions
    description: The API that this module reads.
    link: https://support.huaweicloud.com/intl/en-us/api-taurusdb/ListIntelligentKillSessionHistory.html
  - module: opsaudit.sessions.dataarts_sql_session_info
"""

EXAMPLES = r"""
# From the command line:
# ansible localhost -m opsaudit.sessions.taurusdb_killed_session_info -a 'region=cn-north-4 instance_id=17b6bbb64d2f4c14a83a88f19da8dcc8in07 start_time=-24h'

- name: List the killing tasks on all nodes of an instance in the last day
  opsaudit.sessions.taurusdb_killed_session_info:
    region: ap-southeast-3
    access_key: "{{ vault_huaweicloud_access_key }}"
    secret_key: "{{ vault_huaweicloud_secret_key }}"
    instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07
    start_time: -24h
  register: killed

- name: Fail if sessions were killed, or if the list is not complete
  ansible.builtin.assert:
    that:
      - killed.complete
      - killed.count == 0
    fail_msg: "{{ killed.count }} killing tasks since yesterday, incomplete because of {{ killed.incomplete_reasons }}"

- name: List killing tasks of two nodes in a fixed time window, with credentials from the environment
  opsaudit.sessions.taurusdb_killed_session_info:
    region: ap-southeast-3
    instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07
    node_id:
      - d476fd181dad42cbb67e804953fb39ebno07
      - 2f6e2a9c3a9f4d1a8f1f4c5a7be1d0aano07
    start_time: "2026-03-26T12:35:15Z"
    end_time: "2026-04-01T07:28:35Z"

- name: Set region, project and credentials once for several tasks
  module_defaults:
    group/opsaudit.sessions.huaweicloud:
      region: ap-southeast-3
      project_id: 054e292c9880d4992f02c0196d3ea468
      access_key: "{{ vault_huaweicloud_access_key }}"
      secret_key: "{{ vault_huaweicloud_secret_key }}"
  block:
    - name: List killing tasks of many instances, and continue if one of them cannot be read
      opsaudit.sessions.taurusdb_killed_session_info:
        instance_id: "{{ taurusdb_instance_ids }}"
        start_time: -7d
        on_error: continue
      register: week

    - name: Show what could not be read
      ansible.builtin.debug:
        msg: "{{ item.target.instance_id }}: {{ item.failure.message }}"
      loop: "{{ week.failed_targets }}"
      loop_control:
        label: "{{ item.target.instance_id }}"

    - name: Save the records
      ansible.builtin.copy:
        content: "{{ week.killed_sessions | to_nice_json }}"
        dest: /var/lib/audit/taurusdb_killed_sessions.json
        mode: "0600"

- name: Return only the IDs and times of killing tasks that took longer than a minute
  opsaudit.sessions.taurusdb_killed_session_info:
    region: ap-southeast-3
    targets:
      - instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07
        node_id: d476fd181dad42cbb67e804953fb39ebno07
      - instance_id: 9ad5ec2f6bb24d3b8a0c7b8f3e1d2c4bin07
        node_id: 5c1f0a7be2d94f6a9b3c8d7e6f5a4b3cno07
    start_time: -30d
    query: "[?end_time > sum([start_time, `60`])].{task: task_id, node: node_id, from: start_time_iso}"
  register: slow

- name: Log in as an IAM user and return the download links as well
  opsaudit.sessions.taurusdb_killed_session_info:
    region: ap-southeast-3
    username: auditor
    password: "{{ vault_huaweicloud_password }}"
    domain_name: example-corp
    instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07
    start_time: -24h
    include_links: true
  no_log: true
  register: with_links
"""

RETURN = r"""
killed_sessions:
  description: The killing tasks in the time window, without duplicates.
  returned: success, unless O(query) is given
  type: list
  elements: dict
  contains:
    task_id:
      description: ID of the killing task.
      returned: always
      type: str
      sample: "1774873478588"
    start_time:
      description: When the killing started, in seconds since the epoch.
      returned: always
      type: int
      sample: 1774873540
    start_time_iso:
      description: The same time in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2026-03-30T12:25:40Z"
    end_time:
      description: When the killing ended, in seconds since the epoch.
      returned: always
      type: int
      sample: 1774873540
    end_time_iso:
      description: The same time in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2026-03-30T12:25:40Z"
    download_link:
      description: URL of the list of killed sessions. It needs no login, so treat it as a secret.
      returned: if O(include_links=true)
      type: str
      sample: https://download_link_1
    instance_id:
      description: The instance that the record belongs to.
      returned: always
      type: str
      sample: 17b6bbb64d2f4c14a83a88f19da8dcc8in07
    node_id:
      description: The node that the record belongs to.
      returned: always
      type: str
      sample: d476fd181dad42cbb67e804953fb39ebno07
  sample:
    - task_id: "1774873478588"
      start_time: 1774873540
      start_time_iso: "2026-03-30T12:25:40Z"
      end_time: 1774873540
      end_time_iso: "2026-03-30T12:25:40Z"
      instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07
      node_id: d476fd181dad42cbb67e804953fb39ebno07
    - task_id: "1774873605464"
      start_time: 1774873618
      start_time_iso: "2026-03-30T12:26:58Z"
      end_time: 1774873618
      end_time_iso: "2026-03-30T12:26:58Z"
      instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07
      node_id: d476fd181dad42cbb67e804953fb39ebno07
count:
  description: Number of records before O(query) is applied.
  returned: success
  type: int
  sample: 2
total:
  description:
    - Number of records that the source reports, for all nodes together.
    - V(null) if the source reports no number.
  returned: success
  type: int
  sample: 2
complete:
  description:
    - Whether all matching records were read, provably.
    - If it is V(false), RV(incomplete_reasons) lists the reasons.
  returned: success
  type: bool
  sample: true
incomplete_reasons:
  description:
    - Why RV(complete) is V(false). Empty if it is V(true).
    - V(max_records) - reading stopped at O(max_records).
    - V(failed_targets) - at least one instance or node could not be read, see RV(failed_targets).
    - V(total_changed) - the list changed while it was read, so that records may be missing.
    - V(source_limit) - the source does not return more records.
  returned: success
  type: list
  elements: str
  choices: [max_records, failed_targets, total_changed, source_limit]
  sample: []
failed_targets:
  description: What could not be read. Always empty with O(on_error=fail).
  returned: success
  type: list
  elements: dict
  contains:
    target:
      description: The instance, and the node if it is known, as C(instance_id) and C(node_id).
      returned: always
      type: dict
      sample: {instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07, node_id: d476fd181dad42cbb67e804953fb39ebno07}
    failure:
      description: Why it failed, with the same keys as RV(failure).
      returned: always
      type: dict
  sample: []
scopes:
  description:
    - What was listed, so that an empty list can be checked. Empty if records were read by their IDs.
  returned: success
  type: list
  elements: dict
  contains:
    scope:
      description: Where the records live, as in the store of the archive modules.
      returned: always
      type: dict
      sample: {instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07, node_id: d476fd181dad42cbb67e804953fb39ebno07}
    view:
      description:
        - What could be seen of the scope, with the filters of the task. Empty for everything.
      returned: always
      type: dict
      sample: {}
window:
  description: The window of time that was read, in UTC.
  returned: success
  type: dict
  contains:
    start:
      description: What starts at this time or later was read. The start of a second, as the history counts in whole seconds.
      returned: always
      type: str
      sample: '2026-03-01T00:00:00.000Z'
    end:
      description: What starts before this time was read.
      returned: always
      type: str
      sample: '2026-03-02T00:00:00.000Z'
requests:
  description: Number of HTTP requests that the task sent.
  returned: success
  type: int
  sample: 2
result:
  description: Value of the expression in O(query).
  returned: success, if O(query) is given
  type: raw
msg:
  description:
    - What was being done and what failed, in one line, with the status, the source's code and message, the request ID and a hint where there are any.
  returned: failure
  type: str
failure:
  description: Details of the failure, for conditions in a playbook. Never contains credentials.
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
        - V(file) - the file with the credentials cannot be used.
      returned: always
      type: str
      choices: [auth, permission, not_found, invalid_request, rate_limited, server, network, tls, protocol, file]
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
      description: The instance, and the node if it is known, as C(instance_id) and C(node_id); V(null) if the failure is not of one target.
      returned: always
      type: dict
      sample: {instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07, node_id: d476fd181dad42cbb67e804953fb39ebno07}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._info import InfoTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb.endpoints import SOURCE


def main():
    run_module(InfoTask(SOURCE))


if __name__ == "__main__":
    main()
