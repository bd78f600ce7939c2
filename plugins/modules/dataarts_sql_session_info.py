#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dataarts_sql_session_info
short_description: Gather information about SQL sessions of Huawei Cloud DataArts Fabric
version_added: 1.0.0
description:
  - Lists the SQL sessions of one or more DataArts Fabric workspaces, with their status, creation time and SQL endpoint. Nothing is changed on the source.
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
      - Base URL of the DataArts Fabric SQL API, for example V(https://fabric-ep.cn-north-4.myhuaweicloud.com). It takes precedence over O(region).
        This is the service, not one of the SQL endpoints in a workspace; for those see O(endpoint_id).
      - If neither it nor O(region) is specified, the value of the environment variable E(DATAARTS_FABRIC_ENDPOINT) is used,
        and if that is not set either, the host C(fabric-ep) of the region in E(HW_REGION_NAME).
        The regions V(cn-north-4) and V(cn-southwest-2) are known. Any other region needs an endpoint.
    type: str
  workspace_id:
    description:
      - IDs of the workspaces, of up to 36 letters, digits and hyphens.
    type: list
    elements: str
    required: true
  endpoint_id:
    description:
      - Only sessions of the SQL endpoint with this ID.
    type: str
  status:
    description:
      - Only sessions in one of these states.
      - The source filters by one state at a time, so each state needs a listing of its own.
      - If not specified, sessions in all states are returned, including states that are not listed here.
    type: list
    elements: str
    choices:
      - RUNNING
      - CLOSED
      - WAITING
      - CREATING
      - FAIL
  session_id:
    description:
      - Only the session with this ID.
    type: str
  start_time:
    description:
      - Only sessions that were created at this time or later.
      - The API has no such filter. The module applies it to RV(sql_sessions[].create_time), so the whole list is read in any case.
      - If not specified, there is no limit.
    type: str
  end_time:
    description:
      - Only sessions that were created before this time. Applied in the same way as O(start_time).
      - If not specified, there is no limit.
    type: str
notes:
  - The user needs the permission C(DataArtsFabric:workspace:listSqlSessions), and with it C(DataArtsFabric:workspace:list)
    and C(DataArtsFabric:endpoint:show).
  - O(project_id) does not select records, the workspace does. It can be omitted for the default project of the region.
seealso:
  - name: Querying the SQL Session List
    description: The API that this module reads.
    link: https://support.huaweicloud.com/intl/en-us/api-fabric/ListSqlSessions.html
  - module: opsaudit.sessions.taurusdb_killed_session_info
"""

EXAMPLES = r"""
# From the command line:
# ansible localhost -m opsaudit.sessions.dataarts_sql_session_info -a 'workspace_id=2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12 region=cn-north-4'

- name: List all SQL sessions of a workspace
  opsaudit.sessions.dataarts_sql_session_info:
    region: cn-north-4
    access_key: "{{ vault_huaweicloud_access_key }}"
    secret_key: "{{ vault_huaweicloud_secret_key }}"
    workspace_id: 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12
  register: fabric

- name: Save the records
  ansible.builtin.copy:
    content: "{{ fabric.sql_sessions | to_nice_json }}"
    dest: /var/lib/audit/fabric_sql_sessions.json
    mode: "0600"

- name: List sessions that failed since yesterday, with an IAM token
  opsaudit.sessions.dataarts_sql_session_info:
    region: cn-north-4
    token: "{{ vault_huaweicloud_token }}"
    workspace_id: 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12
    status: FAIL
    start_time: -24h
  register: failed_sessions

- name: Fail if there are any, or if the list is not complete
  ansible.builtin.assert:
    that:
      - failed_sessions.complete
      - failed_sessions.count == 0
    fail_msg: "Failed: {{ failed_sessions.sql_sessions | map(attribute='session_id') | join(', ') }}"

- name: Set region and credentials once for several tasks
  module_defaults:
    group/opsaudit.sessions.huaweicloud:
      region: cn-southwest-2
      access_key: "{{ vault_huaweicloud_access_key }}"
      secret_key: "{{ vault_huaweicloud_secret_key }}"
  block:
    - name: List sessions of one SQL endpoint that are running or waiting
      opsaudit.sessions.dataarts_sql_session_info:
        workspace_id: 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12
        endpoint_id: 0470d220-aaaa-410e-a417-0d69a0215683
        status:
          - RUNNING
          - WAITING
          - CREATING
      register: busy

    - name: Continue only if nothing is running
      ansible.builtin.include_tasks: maintenance.yml
      when:
        - busy.complete
        - busy.count == 0

- name: Return the SQL endpoints in use of several workspaces, even if one cannot be read
  opsaudit.sessions.dataarts_sql_session_info:
    region: cn-north-4
    workspace_id:
      - 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12
      - 8f0b6d2c-1e3a-47c5-b9d4-5a7e2c1f6b30
    on_error: continue
    query: "[?status == 'RUNNING'].{workspace: workspace_id, session: session_id, endpoint: endpoint_info.name}"
  register: in_use

- name: Show the endpoints
  ansible.builtin.debug:
    var: in_use.result
"""

RETURN = r"""
sql_sessions:
  description: The sessions, without duplicates.
  returned: success, unless O(query) is given
  type: list
  elements: dict
  contains:
    session_id:
      description: ID of the session.
      returned: always
      type: str
      sample: 4e4b2770-702f-48b7-9737-db107cf63e24
    status:
      description:
        - State of the session, as the source gives it.
        - V(RUNNING), V(CLOSED), V(WAITING), V(CREATING) and V(FAIL) are documented. Others are possible.
      returned: always
      type: str
      sample: CLOSED
    create_time:
      description: When the session was created. The source gives this time as text, with its offset from UTC.
      returned: always
      type: str
      sample: "2025-07-22T06:13:47.000+00:00"
    endpoint_info:
      description: The SQL endpoint on which the session was created.
      returned: always
      type: dict
      contains:
        id:
          description: ID of the endpoint.
          returned: always
          type: str
          sample: 0470d220-aaaa-410e-a417-0d69a0215683
        name:
          description: Name of the endpoint.
          returned: always
          type: str
          sample: test2
    workspace_id:
      description: The workspace that the session belongs to.
      returned: always
      type: str
      sample: 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12
  sample:
    - session_id: 4e4b2770-702f-48b7-9737-db107cf63e24
      status: CLOSED
      create_time: "2025-07-22T06:13:47.000+00:00"
      endpoint_info:
        id: 0470d220-aaaa-410e-a417-0d69a0215683
        name: test2
      workspace_id: 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12
count:
  description: Number of records before O(query) is applied.
  returned: success
  type: int
  sample: 2
total:
  description:
    - Number of records that the source reports, for all listings together, without regard to O(start_time) and O(end_time).
    - V(null) if the source reports no number.
  returned: success
  type: int
  sample: 15
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
    - V(failed_targets) - at least one workspace could not be read, see RV(failed_targets).
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
      description: The workspace, as C(workspace_id).
      returned: always
      type: dict
      sample: {workspace_id: 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12}
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
      sample: {workspace_id: 5b7c2a54-1f0e-4c3a-9d5e-6a7b8c9d0e1f}
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
      description: What starts at this time or later was read. Null without O(start_time).
      returned: always
      type: str
      sample: '2026-03-01T00:00:00.000Z'
    end:
      description: What starts before this time was read. Without O(end_time) it is null.
      returned: always
      type: str
      sample: '2026-03-02T00:00:00.000Z'
requests:
  description: Number of HTTP requests that the task sent.
  returned: success
  type: int
  sample: 1
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
      sample: APIG.1002
    message:
      description: Message of the source, or what happened instead of a response.
      returned: always
      type: str
      sample: Incorrect token or token resolution failed
    request_id:
      description: Request ID for the provider's support, V(null) if the response has none.
      returned: always
      type: str
      sample: 7c1e2a8d4f6b49e0a3d5c7b9e1f20344
    hint:
      description: The next step, V(null) if there is no suggestion.
      returned: always
      type: str
      sample: Check the credentials; five wrong ones in a row can lock a key.
    target:
      description: The workspace, as C(workspace_id); V(null) if the failure is not of one target.
      returned: always
      type: dict
      sample: {workspace_id: 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._info import InfoTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.dataarts.endpoints import SOURCE


def main():
    run_module(InfoTask(SOURCE))


if __name__ == "__main__":
    main()
