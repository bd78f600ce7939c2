#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: hoop_session_archive
short_description: Keep the access sessions of a hoop.dev gateway in a database
version_added: 1.0.0
description:
  - Reads the sessions of a hoop.dev gateway, and keeps them in a database that outlives the gateway's own history.
  - Each run reads only what the store lacks, and the sessions that were not over when they were last seen.
  - What is kept is what the gateway lists. Recordings and inputs are not in it.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.attributes.store
  - opsaudit.sessions.attributes.actiongroup_hoop
  - opsaudit.sessions.hoop
  - opsaudit.sessions.common
  - opsaudit.sessions.common.requests
  - opsaudit.sessions.archive
  - opsaudit.sessions.stored
  - opsaudit.sessions.times
options:
  user:
    description:
      - Filters the list by the user, whose identifier (C(user_id)) or e-mail address (C(user)) this is.
      - The gateway filters by identifier. A value with V(@) is compared here, with the sessions of the window, and not sent.
      - The gateway takes V(%) and V(_) in this and the following filters for wildcards. The module compares again, so that only equal values are kept.
    type: str
  connection:
    description:
      - Filters the list by the name of the connection (role).
    type: str
  type:
    description:
      - Filters the list by the type of the connection, for example V(database), V(application), V(custom) or V(httpproxy).
    type: str
  review_status:
    description:
      - Filters the list by the state of the session's review.
    type: str
    choices:
      - PENDING
      - APPROVED
      - REJECTED
      - REVOKED
      - PROCESSING
      - EXECUTED
      - UNKNOWN
  review_approver:
    description:
      - Filters the list by the e-mail address of a user. Sessions to be reviewed by one of that user's groups are kept.
    type: str
  jira_issue_key:
    description:
      - Filters the list by Jira issues, for example V(OPS-4502). Upper and lower case are the same.
    type: list
    elements: str
  batch_id:
    description:
      - Filters the list by the batch in which sessions were run together, see C(session_batch_id).
      - Needs gateway 1.48.0 or newer.
    type: str
  correlation_id:
    description:
      - Filters the list by the external workflow or task that the sessions belong to, see C(correlation_id).
      - Needs gateway 1.59.0 or newer.
    type: str
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
notes:
  - The gateway belongs to the identity of what is kept. One that is reached by two URLs is kept twice.
  - The columns of C(record) are filled like this. C(kind) is the type of the connection, C(state) is the status, C(actor) is the user,
    C(target) is the connection. C(outcome) is V(waiting) for a session that waits for its review or is ready to run, and V(running) until it has an end
    (for a session with credentials, until these expire). Then it is V(blocked) if a guardrail, the analysis or a reviewer stopped it,
    V(success) with the exit code 0, V(failure) with any other, and V(unknown) without one, or for an interactive session that did not end with 0.
    A guardrail that matched without ending the session does not change the outcome; the condition V(guardrail) of M(opsaudit.sessions.session_gate) finds it.
    C(summary) is null, because the list does not hold the input.
  - The details of a session that looks as if an analysis had blocked it are fetched, because lists do not hold the analysis.
seealso:
  - module: opsaudit.sessions.hoop_session_info
"""

EXAMPLES = r"""
# From the command line, with credentials in the environment:
# ansible localhost -m opsaudit.sessions.hoop_session_archive -a 'start_time=-30d store=sessions.db'

- name: Keep all sessions of a gateway since the beginning of the year, in one file
  opsaudit.sessions.hoop_session_archive:
    endpoint: https://hoop.example.com
    api_key: "{{ vault_hoop_api_key }}"
    start_time: "2026-01-01"
    store: /var/lib/audit/sessions.db
    return_new: 100
  register: hoop

- name: Tell of new sessions on production
  ansible.builtin.debug:
    msg: "{{ item.user }} on {{ item.connection }} at {{ item.start_date }}"
  loop: "{{ hoop.new_records | selectattr('connection', 'search', 'prod') }}"
  loop_control:
    label: "{{ item.id }}"

- name: Stop if the record has a gap
  ansible.builtin.assert:
    that: hoop.gaps | length == 0
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
    - V(failed_targets) - at least one listing could not be read, see RV(failed_targets).
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
      description: What could not be read. Empty, there is only one listing.
      returned: always
      type: dict
      sample: {}
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
      description: The base URL of the gateway, as C(gateway). Filters that were used are part of it.
      returned: always
      type: dict
      sample: {gateway: https://hoop.example.com}
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
      sample: {gateway: https://hoop.example.com}
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
  description: Records that are new in the store, at most O(return_new). They look as M(opsaudit.sessions.hoop_session_info) returns them.
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
      sample: {}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.task import ArchiveTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.archive import ARCHIVE


def main():
    run_module(ArchiveTask(ARCHIVE))


if __name__ == "__main__":
    main()
