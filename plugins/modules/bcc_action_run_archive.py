#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bcc_action_run_archive
short_description: Keep the action runs of Baidu AI Cloud Assistant in a database
version_added: 1.0.0
description:
  - Reads what Baidu AI Cloud Assistant (CA) keeps about commands that were run, and files that were uploaded, and keeps it in a database
    that outlives the source's own history.
  - Each run reads only what the store lacks, and the action runs that were not over when they were last seen.
  - With O(children=true) the child runs are kept as well, as part of the action run that they belong to.
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
  child_state:
    description:
      - Keeps only child runs in this state with the details of a run.
      - The run itself is kept in any case, even if none of its child runs matches.
    type: str
    choices:
      - FAILED
      - RUNNING
      - SUCCESS
  with_log:
    description:
      - Whether to ask for the log of each child run with the details of a run.
      - C(children[].output) is cut after 4 KB. The log is not.
    type: bool
    default: false
  type:
    description:
      - The sorts of runs to list. Each costs a listing of its own.
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
      - Keeps only runs in one of these states. One that leaves the state is not seen again.
      - The source filters by V(FAILED), V(RUNNING) or V(SUCCESS), and by one of them only. For everything else the module
        reads the runs in all states and picks those that match.
    type: list
    elements: str
    choices:
      FAILED: The run failed.
      RUNNING: The run is under way.
      SUCCESS: The run has ended well everywhere.
      PARTIAL_FAILED: The run failed on some of its instances.
      PENDING: The run has not begun.
  start_time:
    description:
      - Where to begin on the first run. Later runs go on where the last one ended, unless this is earlier than ever before.
      - If not specified, the first run begins with the source's oldest record.
    type: str
  end_time:
    description:
      - Up to where to read. A time to come counts as now.
      - If not specified, the task reads up to its own start.
    type: str
  ascending:
    description:
      - Whether to list the oldest runs first, instead of the newest.
    type: bool
    default: false
  children:
    description:
      - Whether to fetch the details of every run in the list, with all of its child runs.
      - This costs at least one more request for each run. Narrow the list before you use it.
    type: bool
    default: false
notes:
  - Commands, their parameters, files and output are kept as they were recorded and may contain secrets. Take care who can read the store.
  - The region in RV(coverage[].scope) is the one in the name of the host that is asked.
    If there is none in it, the scope holds the host instead.
  - The columns of C(record) are filled like this. C(kind) is the type of the action, C(state) is the state, C(target) names the instances of the child runs
    as far as those are kept, C(summary) is the name of the action, or else its command or file. C(outcome) is V(success) for V(SUCCESS),
    V(failure) for V(FAILED) and V(PARTIAL_FAILED), V(running) for V(RUNNING), V(waiting) for V(PENDING).
    C(actor) is null, because the source does not tell who ran it.
seealso:
  - name: Historical records of Cloud Assistant
    description: The API that this module reads.
    link: https://intl.cloud.baidu.com/en/doc/BCC/s/Jlu6ciqrj-intl-en
  - module: opsaudit.sessions.bcc_action_run_info
"""

EXAMPLES = r"""
# From the command line, with credentials in the environment:
# ansible localhost -m opsaudit.sessions.bcc_action_run_archive -a 'start_time=-30d store=sessions.db'

- name: Keep everything that was run or uploaded, in one file
  opsaudit.sessions.bcc_action_run_archive:
    region: bj
    access_key: "{{ vault_baiducloud_access_key }}"
    secret_key: "{{ vault_baiducloud_secret_key }}"
    start_time: "2026-01-01"
    store: /var/lib/audit/sessions.db
  register: runs

- name: Stop if the record has a gap
  ansible.builtin.assert:
    that: runs.gaps | length == 0

- name: See first what would be added by the runs on all instances
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
    - V(failed_targets) - at least one listing or action run could not be read, see RV(failed_targets).
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
      description: What could not be read. The type of the listing, as C(type), or the ID of the run whose details could not be read, as C(id).
      returned: always
      type: dict
      sample: {type: COMMAND}
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
      description: The region (or the host, as C(host)) and the type, as C(region) and C(type). Filters that were used are part of it.
      returned: always
      type: dict
      sample: {region: bj, type: COMMAND}
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
      sample: {region: bj, type: COMMAND}
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
  description: Records that are new in the store, at most O(return_new). They look as M(opsaudit.sessions.bcc_action_run_info) returns them.
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
        - V(store) - the store's database can't be used.
      returned: always
      type: str
      choices: [auth, permission, not_found, invalid_request, rate_limited, server, network, tls, protocol, store]
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
      sample: SignatureDoesNotMatch
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
      sample: {type: COMMAND}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.task import ArchiveTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.archive import ARCHIVE


def main():
    run_module(ArchiveTask(ARCHIVE))


if __name__ == "__main__":
    main()
