#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dataarts_sql_session_archive
short_description: Archive SQL sessions of Huawei Cloud DataArts Fabric in a database
version_added: 1.0.0
description:
  - Lists the SQL sessions of DataArts Fabric workspaces, and archives them in a database that outlives the history of the source.
  - The API cannot list sessions by time. Each run reads the whole list of a workspace, and writes what is new or changed. Nothing is changed on the source.
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
      - Archive only sessions in one of these states. A session that leaves the state is not updated any more.
      - The source filters by one state at a time, so each state needs a listing of its own.
      - If not specified, sessions in all states are archived, including states that are not listed here.
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
      - Start of the first run. Later runs continue where the last one ended, unless this is earlier than ever before.
      - If not specified, the first run starts with the oldest record of the source.
    type: str
  end_time:
    description:
      - End of the time window to read. A time in the future counts as now.
      - If not specified, the window ends when the task starts.
    type: str
notes:
  - The user needs the permission C(DataArtsFabric:workspace:listSqlSessions), and with it C(DataArtsFabric:workspace:list)
    and C(DataArtsFabric:endpoint:show).
  - O(overlap) has no effect, because every run reads the whole list.
  - Columns of the table C(record) - C(kind) is V(sql_session), C(state) is the status, C(target) is the name of the SQL endpoint.
    C(outcome) is V(success) for V(CLOSED), V(failure) for V(FAIL), V(waiting) for V(CREATING) and V(WAITING), V(running) for V(RUNNING),
    and V(unknown) for all others.
    C(ended_at), C(actor) and C(summary) are null, because the source does not return them.
seealso:
  - name: Querying the SQL Session List
    description: The API that this module reads.
    link: https://support.huaweicloud.com/intl/en-us/api-fabric/ListSqlSessions.html
  - module: opsaudit.sessions.dataarts_sql_session_info
"""

EXAMPLES = r"""
# From the command line, with credentials in the environment:
# ansible localhost -m opsaudit.sessions.dataarts_sql_session_archive -a 'region=cn-north-4 workspace_id=2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12 store=sessions.db'

- name: Archive the SQL sessions of a workspace in one file
  opsaudit.sessions.dataarts_sql_session_archive:
    region: cn-north-4
    access_key: "{{ vault_huaweicloud_access_key }}"
    secret_key: "{{ vault_huaweicloud_secret_key }}"
    workspace_id: 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12
    store: /var/lib/audit/sessions.db
  register: fabric

- name: Stop if it is not certain that all sessions are there
  ansible.builtin.assert:
    that: fabric.complete

- name: Several workspaces, into a database that several jobs share
  opsaudit.sessions.dataarts_sql_session_archive:
    region: cn-north-4
    workspace_id: "{{ fabric_workspace_ids }}"
    store: "mariadb://audit:{{ vault_store_password | urlencode }}@db.example.com/audit"
    on_error: continue
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
    - V(failed_targets) - at least one workspace could not be read, see RV(failed_targets).
    - V(total_changed) - the list changed while it was read, so that records may be missing.
    - V(source_limit) - the source does not return more records, or its clock is more than a minute behind this machine's.
    - V(records_missing) - the store has fewer records in a proven window than were archived, because somebody deleted them. The run read that window
      again, and the source no longer lists all of them.
    - V(beyond_retention) - a part of the window is older than O(retention).
  returned: success
  type: list
  elements: str
  choices: [failed_targets, total_changed, source_limit, records_missing, beyond_retention]
  sample: []
failed_targets:
  description: What could not be read. Always empty with O(on_error=fail).
  returned: success
  type: list
  elements: dict
  contains:
    target:
      description: What could not be read. The workspace, as C(workspace_id), and the state if O(status) is given.
      returned: always
      type: dict
      sample: {workspace_id: 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12}
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
      description: The workspace, as C(workspace_id).
      returned: always
      type: dict
      sample: {workspace_id: 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12}
    view:
      description: What the task can read of the scope, its filters for example. Empty means everything.
      returned: always
      type: dict
      sample: {status: FAIL}
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
      sample: {workspace_id: 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12}
    view:
      description: As in RV(coverage[].view).
      returned: always
      type: dict
      sample: {status: FAIL}
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
  description: Attachments of the records in the window of this run. This source has none, so all numbers are V(0).
  returned: success
  type: dict
  contains:
    kept:
      description: Number of attachments that this run fetched and kept.
      returned: always
      type: int
      sample: 0
    missing:
      description: Number of attachments that are neither kept nor empty.
      returned: always
      type: int
      sample: 0
new_records:
  description: New records, at most O(return_new), in the form in which M(opsaudit.sessions.dataarts_sql_session_info) returns them.
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
        - V(file) - the file with the credentials cannot be used.
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
      sample: {workspace_id: 2d5a0c4e-7b1f-4e0e-9a53-6f1d8c9b0a12}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.task import ArchiveTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.dataarts.archive import ARCHIVE


def main():
    run_module(ArchiveTask(ARCHIVE))


if __name__ == "__main__":
    main()
