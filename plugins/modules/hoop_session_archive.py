#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: hoop_session_archive
short_description: Archive access sessions of a hoop.dev gateway in a database
version_added: 1.0.0
description:
  - Lists the sessions of a hoop.dev gateway, and archives them in a database that outlives the history of the gateway.
  - Each run reads only what is new, and the sessions that were not over in the last run. Nothing is changed on the gateway.
  - Records are archived as the gateway lists them, without inputs unless O(details=true). O(attachments) keeps recordings and inputs as files.
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
  - opsaudit.sessions.attachments
  - opsaudit.sessions.stored
  - opsaudit.sessions.times
options:
  user:
    description:
      - Filters the list by the identifier (C(user_id)) or e-mail address (C(user)) of a user.
      - The gateway filters by identifier. A value with V(@) is not sent; the module filters the sessions of the window.
      - In this and the following filters, the gateway treats V(%) and V(_) as wildcards. The module filters again, and archives only exact matches.
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
      - Filters the list by the e-mail address of a user. Sessions to be reviewed by one of that user's groups are archived.
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
  details:
    description:
      - Whether to fetch the details of every session, with its input, as M(opsaudit.sessions.hoop_session_info) does with an ID.
      - This needs one more request for each session. Sessions of the window that were archived without details, or changed since, get them, too.
    type: bool
    default: false
  attachments:
    description:
      - What to fetch for each session that has ended, beside its record, and to keep in O(attachments_dest).
    type: list
    elements: str
    choices:
      recording:
        - What was recorded, without loss. The file has a line of JSON for the session, and one for each event (its time, its type, and its bytes in Base64).
        - M(opsaudit.sessions.session_download) converts it to text, CSV, an asciicast or a page, without the gateway, see
          O(opsaudit.sessions.session_download#module:attachment).
      input: What the session was given to run, such as a script, as UTF-8.
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
  - A scope is an organization of the gateway. The URL is no part of it, so a gateway can be reached by several URLs.
  - A user that is neither admin nor auditor of the gateway can read only a part of the sessions. The user ID is then part of the view, as C(viewer),
    and a warning says so. Such a task reads its whole window in each run, and exports and reports call the scope incomplete (C(partial_view)).
  - Columns of the table C(record) - C(kind) is the type of the connection, C(state) is the status, C(actor) is the user,
    C(target) is the connection. C(outcome) is V(waiting) for a session that waits for its review or is ready to run, and V(running) until it has an end
    (for a session with credentials, until these expire). Then it is V(blocked) if a guardrail, the analysis or a reviewer stopped it,
    V(success) with the exit code 0, V(failure) with any other, and V(unknown) without one, or for an interactive session that did not end with 0.
    A guardrail that matched without ending the session does not change the outcome; the condition V(guardrail) of M(opsaudit.sessions.session_gate) finds it.
    C(summary) is null, because the list does not contain the input.
  - The details of a session that an analysis may have blocked are fetched, because lists do not contain the analysis.
seealso:
  - module: opsaudit.sessions.hoop_session_info
"""

EXAMPLES = r"""
# From the command line, with credentials in the environment:
# ansible localhost -m opsaudit.sessions.hoop_session_archive -a 'start_time=-30d store=sessions.db'

- name: Archive all sessions of a gateway of this year in one file
  opsaudit.sessions.hoop_session_archive:
    endpoint: https://hoop.example.com
    api_key: "{{ vault_hoop_api_key }}"
    start_time: "2026-01-01"
    store: /var/lib/audit/sessions.db
    return_new: 100
  register: hoop

- name: Keep what was typed and shown, too
  opsaudit.sessions.hoop_session_archive:
    endpoint: https://hoop.example.com
    api_key: "{{ vault_hoop_api_key }}"
    start_time: "2026-01-01"
    store: /var/lib/audit/sessions.db
    attachments: [recording, input]
    attachments_dest: /var/lib/audit/attachments

- name: Show new sessions on production
  ansible.builtin.debug:
    msg: "{{ item.user }} on {{ item.connection }} at {{ item.start_date }}"
  loop: "{{ hoop.new_records | selectattr('connection', 'search', 'prod') }}"
  loop_control:
    label: "{{ item.id }}"

- name: Fail if something may be missing
  ansible.builtin.assert:
    that: hoop.gaps | length == 0
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
    - V(failed_targets) - at least one listing could not be read, see RV(failed_targets).
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
      description: Empty, because there is only one listing.
      returned: always
      type: dict
      sample: {}
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
      description: The ID of the organization, as C(org).
      returned: always
      type: dict
      sample: {org: 2b6f0a5c-3f2d-4e0e-9d55-0d2f6f6d7c11}
    view:
      description: What the task can read of the scope - the user that cannot read all sessions, as C(viewer), and the filters. Empty means everything.
      returned: always
      type: dict
      sample: {connection: orders-db}
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
      sample: {org: 2b6f0a5c-3f2d-4e0e-9d55-0d2f6f6d7c11}
    view:
      description: As in RV(coverage[].view).
      returned: always
      type: dict
      sample: {connection: orders-db}
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
  description: New records, at most O(return_new), in the form in which M(opsaudit.sessions.hoop_session_info) returns them.
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
      sample: {}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.task import ArchiveTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.archive import ARCHIVE


def main():
    run_module(ArchiveTask(ARCHIVE))


if __name__ == "__main__":
    main()
