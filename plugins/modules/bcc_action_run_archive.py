#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bcc_action_run_archive
short_description: Archive action runs of Baidu AI Cloud Assistant in a database
version_added: 1.0.0
description:
  - Lists the commands that Cloud Assistant (CA) ran, and the files that it uploaded, and archives them in a database that outlives the history of the source.
  - Each task reads only what is new, and the action runs that were not over in the last task. Nothing is changed on the source.
  - With O(children=true) the child runs are archived as well, as part of their action run.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.attributes.store
  - opsaudit.sessions.attributes.actiongroup_baiducloud
  - opsaudit.sessions.baiducloud
  - opsaudit.sessions.common
  - opsaudit.sessions.common.requests
  - opsaudit.sessions.archive
  - opsaudit.sessions.stored
  - opsaudit.sessions.times
options:
  account:
    description:
      - A name for the account that O(access_key) belongs to, up to 64 letters, digits, dots, underscores, hyphens and C(@).
        It is part of the scope, because Baidu does not return whose key it is.
      - If not specified, the name is V(default). A different access key than before is then refused before any request. Set V(default) if the key was
        replaced, another name if it belongs to another account. If all keys before had a name, write the name of the key that was replaced.
      - A key that was used under one name is refused under another.
      - Required with O(security_token).
    type: str
  with_log:
    description:
      - Whether to fetch the log of each child run.
      - C(children[].output) is truncated after 4 KB. The log is not.
      - Runs in the window that were archived with children but without logs are fetched again.
    type: bool
    default: false
  type:
    description:
      - The types of runs to list. Each type needs a listing of its own.
    type: list
    elements: str
    choices:
      COMMAND: Executions of commands.
      FILE_UPLOAD: Uploads of files.
    default:
      - COMMAND
      - FILE_UPLOAD
  action_id:
    description:
      - Lists only runs of the saved command with this ID, which begins with C(c-). Only runs of type V(COMMAND) can match.
    type: str
  name:
    description:
      - Lists only runs of the command with this name. Only runs of type V(COMMAND) can match.
    type: str
  filename:
    description:
      - Lists only uploads of a file with this name. Only runs of type V(FILE_UPLOAD) can match.
    type: str
  state:
    description:
      - Archives only runs in one of these states. A run that leaves the state is not updated any more.
      - The source filters by one of V(FAILED), V(RUNNING) and V(SUCCESS). For anything else the module
        reads the runs in all states and filters them itself.
    type: list
    elements: str
    choices:
      FAILED: The run failed.
      RUNNING: The run is not over.
      SUCCESS: The run succeeded on all of its instances.
      PARTIAL_FAILED: The run failed on some of its instances.
      PENDING: The run has not started.
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
  ascending:
    description:
      - Whether to list the oldest runs first, instead of the newest.
    type: bool
    default: false
  children:
    description:
      - Whether to fetch the details of every run in the list, with all of its child runs.
      - This needs at least one more request for each run. Use filters to limit the list.
      - Runs of the window that were archived without their child runs, or changed since, get them, too.
    type: bool
    default: false
notes:
  - The region in RV(coverage[].scope) is the one in the host name of the URL. If the host name has none, the scope has the host instead.
  - Columns of the table C(record) - C(kind) is the type of the action, C(state) is the state, C(target) names the instances of the child runs
    as far as those are archived, C(summary) is the name of the action, or else its command or file. C(outcome) is V(success) for V(SUCCESS),
    V(failure) for V(FAILED) and V(PARTIAL_FAILED), V(running) for V(RUNNING), V(waiting) for V(PENDING).
    C(actor) is null, because the source does not return who ran it.
seealso:
  - name: Historical records of Cloud Assistant
    description: The API that this module reads.
    link: https://intl.cloud.baidu.com/en/doc/BCC/s/Jlu6ciqrj-intl-en
  - module: opsaudit.sessions.bcc_action_run_info
"""

EXAMPLES = r"""
# From the command line, with credentials in the environment:
# ansible localhost -m opsaudit.sessions.bcc_action_run_archive -a 'start_time=-30d store=sessions.db'

- name: Archive all commands and uploads in one file
  opsaudit.sessions.bcc_action_run_archive:
    region: bj
    access_key: "{{ vault_baiducloud_access_key }}"
    secret_key: "{{ vault_baiducloud_secret_key }}"
    start_time: "2026-01-01"
    store: /var/lib/audit/sessions.db
  register: runs

- name: Fail if something may be missing
  ansible.builtin.assert:
    that: runs.gaps | length == 0

- name: Check first how many runs would be added, with the result on every instance
  opsaudit.sessions.bcc_action_run_archive:
    region: gz
    start_time: -7d
    children: true
    store: /var/lib/audit/sessions.db
  check_mode: true
  register: forecast
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
    - V(failed_targets) - at least one listing or action run could not be read, see RV(failed_targets).
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
      description: What could not be read. The type of the listing, as C(type), or the ID of the run whose details could not be read, as C(id).
      returned: always
      type: dict
      sample: {type: COMMAND}
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
      description: The account, as C(account), unless it is V(default), the region (or the host, as C(host)), and the type, as C(region) and C(type).
      returned: always
      type: dict
      sample: {region: bj, type: COMMAND}
    view:
      description: What the task can read of the scope, its filters for example. Empty means everything.
      returned: always
      type: dict
      sample: {name: deploy}
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
      sample: {region: bj, type: COMMAND}
    view:
      description: As in RV(coverage[].view).
      returned: always
      type: dict
      sample: {name: deploy}
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
  description: New records, at most O(return_new), in the form in which M(opsaudit.sessions.bcc_action_run_info) returns them.
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
        - V(store) - the database of the store cannot be used.
      returned: always
      type: str
      choices: [auth, permission, not_found, invalid_request, rate_limited, server, network, tls, protocol, store]
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
      sample: SignatureDoesNotMatch
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
      sample: {type: COMMAND}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.task import ArchiveTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.archive import ARCHIVE


def main():
    run_module(ArchiveTask(ARCHIVE))


if __name__ == "__main__":
    main()
