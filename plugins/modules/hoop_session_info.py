#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: hoop_session_info
short_description: Gather information about access sessions of a hoop.dev gateway
version_added: 1.0.0
description:
  - Lists the sessions of a hoop.dev gateway. They show who accessed which connection and when, what was run, who approved it, and how it ended.
  - With O(id), fetches the details of these sessions, on request with their recording and input. O(id) and filters of the list are mutually exclusive.
    O(start_time) and O(end_time), which may come from C(module_defaults), have no effect with O(id).
  - With O(extension), returns download links of the recordings instead. Nothing is changed on the gateway.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.attributes.info
  - opsaudit.sessions.attributes.actiongroup_hoop
  - opsaudit.sessions.hoop
  - opsaudit.sessions.common
  - opsaudit.sessions.common.info
  - opsaudit.sessions.common.requests
  - opsaudit.sessions.times
options:
  id:
    description:
      - IDs (UUIDs) of the sessions to fetch details of.
      - If not specified, the sessions that match the filters are listed, newest first.
    type: list
    elements: str
  user:
    description:
      - Filters the list by the identifier (RV(sessions[].user_id)) or e-mail address (RV(sessions[].user)) of a user.
      - The gateway filters by identifier. With local users that is the e-mail address, with an identity provider it is the identifier of the provider.
        A value with V(@) is therefore not sent; the module filters the sessions of the window.
      - In this and the following filters, the gateway treats V(%) and V(_) as wildcards. The module filters again, and returns only exact matches.
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
      - Filters the list by the e-mail address of a user. Sessions to be reviewed by one of that user's groups are returned.
    type: str
  jira_issue_key:
    description:
      - Filters the list by Jira issues, for example V(OPS-4502). Upper and lower case are the same.
    type: list
    elements: str
  batch_id:
    description:
      - Filters the list by the batch in which sessions were run together, see RV(sessions[].session_batch_id).
      - Needs gateway 1.48.0 or newer.
    type: str
  correlation_id:
    description:
      - Filters the list by the external workflow or task that the sessions belong to, see RV(sessions[].correlation_id).
      - Needs gateway 1.59.0 or newer.
    type: str
  start_time:
    description:
      - Only sessions that were created at this time or later.
      - If not specified, there is no limit.
    type: str
  end_time:
    description:
      - Only sessions that were created before this time. It can be used without O(start_time).
      - If not specified, the list ends with the last full second before the task starts.
    type: str
  expand:
    description:
      - What to include in the details of the sessions in O(id).
      - If only V(event_stream) is listed, the gateway omits the input, and C(data) in RV(sessions[].script) is empty. List both to get both.
        If neither this option nor O(event_stream) is used, the details contain the input and no recording.
    type: list
    elements: str
    choices:
      event_stream: The recording, RV(sessions[].event_stream). It can be large. Check RV(sessions[].event_size) first.
      session_input: The input, RV(sessions[].script).
  event_stream:
    description:
      - How to render the recording of the sessions in O(id). This option includes the recording, whether or not O(expand) lists it.
      - If not specified, a recording is a list of single events with their times.
    type: str
    choices:
      utf8:
        - A list with one text, all output and error events joined.
        - The gateway cannot render text with control characters, which most terminal sessions contain. The module then decodes
          the recording itself and returns a warning.
      base64: A list with one item, all output and error events joined and encoded in Base64. It works for any content.
      raw-queries: A list of events with the queries found in the wire protocol of a database. Only PostgreSQL is supported by the gateway.
  extension:
    description:
      - Returns download links of the recordings of the sessions in O(id) as RV(downloads), instead of the sessions.
      - The value is the extension of the file, such as V(txt). V(json) gives a JSON list of events. V(csv) replaces each tab by a comma,
        which is not always valid CSV. Any other extension returns the recording as it is.
    type: str
  newline:
    description:
      - Whether to add a line break after each event of the file. Only together with O(extension).
      - If not specified, the gateway adds none.
    type: bool
  event_time:
    description:
      - Whether to add the time before each event of the file. Only together with O(extension).
      - If not specified, the gateway adds none.
    type: bool
  events:
    description:
      - Which events to include in the file. Only together with O(extension).
      - If not specified, the gateway includes output and errors.
    type: list
    elements: str
    choices:
      i: Input.
      o: Output, including what a command writes to its standard error.
      e: Errors of the session itself, such as the reason why it was closed.
notes:
  - A link in RV(downloads) is valid for five minutes and one request, C(HEAD) requests included. A new link invalidates the older one of the session.
    If the gateway has several replicas, only the replica that created the link knows it. Whoever has a link can use it, so set C(no_log) on the task.
  - Reviewers get the details and the input of a session, but not the recording. RV(sessions[].event_stream_state) is then V(withheld).
  - Which fields a session has depends on the version of the gateway. Fields that are not listed here are returned as they are.
seealso:
  - name: hoop.dev documentation
    description: Documentation of the gateway and its API.
    link: https://hoop.dev/docs
"""

EXAMPLES = r"""
# From the command line, with HOOP_APIURL and HOOP_APIKEY in the environment:
# ansible localhost -m opsaudit.sessions.hoop_session_info -a 'connection=orders-pg-prod start_time=-24h'

- name: Get details of one session
  opsaudit.sessions.hoop_session_info:
    endpoint: https://hoop.example.com
    api_key: "{{ vault_hoop_api_key }}"
    id: 11d337d0-1f45-5203-8630-eccd7c816bf8
  register: session

- name: Fail if the session did not succeed
  ansible.builtin.assert:
    that:
      - session.sessions[0].session_state == 'finished'
      - session.sessions[0].exit_code == 0
    fail_msg: "{{ session.sessions[0].user }} on {{ session.sessions[0].connection }}: {{ session.sessions[0].session_state }}"

- name: Set gateway and key once for several tasks
  module_defaults:
    group/opsaudit.sessions.hoop:
      endpoint: https://hoop.example.com
      api_key: "{{ vault_hoop_api_key }}"
  block:
    - name: List what was run on a connection in the last week
      opsaudit.sessions.hoop_session_info:
        connection: orders-pg-prod
        start_time: -7d
      register: week

    - name: Save the records
      ansible.builtin.copy:
        content: "{{ week.sessions | to_nice_json }}"
        dest: /var/lib/audit/hoop_sessions.json
        mode: "0600"

    - name: List who is waiting for a review, and since when
      opsaudit.sessions.hoop_session_info:
        review_status: PENDING
        query: "[].{id: id, user: user, connection: connection, since: start_date}"
      register: waiting

    - name: Remind the reviewers
      ansible.builtin.debug:
        msg: "{{ item.user }} waits for {{ item.connection }} since {{ item.since }}"
      loop: "{{ waiting.result }}"
      loop_control:
        label: "{{ item.id }}"
      when: waiting.result | length > 0

    - name: Get several sessions, even if one does not exist or must not be read
      opsaudit.sessions.hoop_session_info:
        id:
          - 11d337d0-1f45-5203-8630-eccd7c816bf8
          - 4ea8f841-e7a2-5275-b70e-85e3cf35ee71
        on_error: continue
      register: several

    - name: Show those that could not be read
      ansible.builtin.debug:
        msg: "{{ item.target.id }}: {{ item.failure.kind }}"
      loop: "{{ several.failed_targets }}"
      loop_control:
        label: "{{ item.target.id }}"

    # The recording, in three renderings and as single events

    - name: Get the output of a session as text
      opsaudit.sessions.hoop_session_info:
        id: 11d337d0-1f45-5203-8630-eccd7c816bf8
        event_stream: utf8
      register: as_text

    - name: Save the output
      ansible.builtin.copy:
        content: "{{ as_text.sessions[0].event_stream | first }}"
        dest: /var/lib/audit/11d337d0-1f45-5203-8630-eccd7c816bf8.txt
        mode: "0600"
      when: as_text.sessions[0].event_stream_state in ['present', 'decoded_here']

    - name: Get the output of a session in Base64, for content that is not text
      opsaudit.sessions.hoop_session_info:
        id: 4ea8f841-e7a2-5275-b70e-85e3cf35ee71
        event_stream: base64
      register: encoded

    - name: Get the queries of a native PostgreSQL session
      opsaudit.sessions.hoop_session_info:
        id: 81a9860c-2a64-53c7-bfe2-65c8ff056d93
        event_stream: raw-queries
      register: queries

    - name: Show the queries
      ansible.builtin.debug:
        msg: "{{ item.2 | b64decode }}"
      loop: "{{ queries.sessions[0].event_stream | default([], true) }}"

    - name: Get the single events with their times, and the input
      opsaudit.sessions.hoop_session_info:
        id: d77c8aad-8141-541d-bb14-4ae97364580a
        expand:
          - event_stream
          - session_input
      register: recorded

    # The recording as a download

    - name: Get a download link
      opsaudit.sessions.hoop_session_info:
        id: 11d337d0-1f45-5203-8630-eccd7c816bf8
        extension: txt
        newline: true
        event_time: true
        events:
          - o
          - e
      no_log: true
      register: link

    - name: Use the link at once, because it is valid for one request within five minutes
      ansible.builtin.get_url:
        url: "{{ link.downloads[0].download_url }}"
        dest: /var/lib/audit/{{ link.downloads[0].id }}.txt
        mode: "0600"
      no_log: true
      when: not ansible_check_mode
"""

RETURN = r"""
sessions:
  description:
    - The sessions, without duplicates. In the order of O(id), or newest first if they are listed.
    - Always an empty list with O(extension).
  returned: success, unless O(query) is given
  type: list
  elements: dict
  contains:
    id:
      description: ID of the session.
      returned: always
      type: str
      sample: 11d337d0-1f45-5203-8630-eccd7c816bf8
    org_id:
      description: ID of the organization.
      returned: always
      type: str
      sample: b79ff037-d0ed-5c31-84f8-95d42c0e5426
    session_state:
      description:
        - State of the session, determined by the module. RV(sessions[].status) and RV(sessions[].end_date) alone do not distinguish a running session
          from one that is waiting for its review.
        - V(running) - it is running, or its credentials have not expired.
        - V(waiting_for_review) - nothing is running, the review is pending.
        - V(ready) - it was approved and can be run.
        - V(blocked) - a guardrail rule or the analysis stopped it. If a rule matched and the session continued, it is V(finished).
        - V(rejected) - the review rejected it, or the approval was revoked before it ran.
        - V(finished) - it has ended.
        - In a list, the module fetches the details of sessions that an analysis may have blocked, because lists do not contain the analysis.
      returned: always
      type: str
      choices: [running, waiting_for_review, ready, blocked, rejected, finished]
      sample: finished
    event_stream_state:
      description:
        - State of the recording, determined by the module.
        - V(not_requested) - neither O(expand) nor O(event_stream) requested it.
        - V(present) - it is included.
        - V(partial) - the session is still running, and this is the recording so far. The module returns a warning.
        - V(withheld) - there is a recording, but the credentials do not allow reading it. The module returns a warning.
        - V(lost) - the gateway has lost the recording, and keeps a placeholder, which is in RV(sessions[].event_stream). The module returns a warning.
        - V(empty) - nothing was recorded, or nothing so far.
        - V(unknown) - there is none, or it is withheld; the gateway's response is the same. M(opsaudit.sessions.session_download) distinguishes them.
          The module returns a warning.
        - V(decoded_here) - the gateway could not render it as V(utf8), so the module decoded it and returned a warning.
      returned: with O(id)
      type: str
      choices: [not_requested, present, partial, withheld, lost, empty, unknown, decoded_here]
      sample: present
    user:
      description: E-mail address of the user, or the name of the API key or machine. May be empty.
      returned: always
      type: str
      sample: ana.ruiz@example.com
    user_id:
      description: Subject identifier of the user. May be empty.
      returned: always
      type: str
      sample: auth0|64f0a1b2c3d4
    user_name:
      description: Display name of the user. May be empty.
      returned: always
      type: str
      sample: Ana Ruiz
    identity_type:
      description: Whether a human (V(user)) or a machine identity (V(machine)) created the session.
      returned: with gateway 1.63.0 or newer
      type: str
      sample: user
    machine_identity_id:
      description: ID of the machine identity.
      returned: if a machine identity created the session, with gateway 1.63.0 or newer
      type: str
      sample: BF997324-5A27-4778-806A-41EE83598494
    type:
      description: Type of the connection.
      returned: always
      type: str
      sample: database
    connection_subtype:
      description: Subtype of the connection. May be empty.
      returned: with gateway 1.31.34 or newer
      type: str
      sample: postgres
    connection:
      description: Name of the connection.
      returned: always
      type: str
      sample: orders-pg-prod
    role_name:
      description: The same as RV(sessions[].connection), which it is going to replace.
      returned: with gateway 1.49.11 or newer
      type: str
      sample: orders-pg-prod
    resource_name:
      description: Name of the resource behind the connection. Empty if the connection no longer exists.
      returned: with gateway 1.49.11 or newer
      type: str
      sample: orders-pg
    connection_tags:
      description: Tags of the connection, with their own names as keys. V(null) if it has none.
      returned: with gateway 1.34.2 or newer
      type: dict
      sample: {env: prod, team: orders}
    verb:
      description: V(exec) for a command or script that was run once, V(connect) for an interactive session or a forwarded port.
      returned: always
      type: str
      sample: exec
    status:
      description: Status in the gateway, V(open), V(ready) or V(done). RV(sessions[].session_state) is more precise.
      returned: always
      type: str
      sample: done
    exit_code:
      description:
        - Exit code of what was run, V(null) if it has not ended.
        - V(254) means an error of the gateway or its agent, a blocked session, or often the normal end of an interactive session.
      returned: always
      type: int
      sample: 0
    start_date:
      description: When the session was created. It may have been run later, after its review.
      returned: always
      type: str
      sample: "2026-03-02T09:14:07.120331Z"
    end_date:
      description: When the session ended, V(null) if it has not ended. It may not even have started, see RV(sessions[].session_state).
      returned: always
      type: str
      sample: "2026-03-02T09:14:08.904117Z"
    script:
      description:
        - The input. V(null) in lists, and with some gateways (1.45.0 to 1.51.0) unless O(expand) contains V(session_input).
        - Empty for interactive sessions, and if O(expand) or O(event_stream) expands the recording without the input.
      returned: always
      type: dict
      contains:
        data:
          description: Text of the input.
          returned: always
          type: str
          sample: SELECT count(*) FROM orders WHERE status = 'open';
    script_size:
      description: Size of the input as the gateway stores it, with line breaks and quotes counted twice.
      returned: with gateway 1.45.0 or newer
      type: int
      sample: 50
    event_stream:
      description:
        - The recording. V(null) is possible with O(event_stream=raw-queries), if no query was found.
        - Without O(event_stream), and with V(raw-queries), a list of events. Each is a list of three items. The first is the time in seconds, as a fraction,
          since the client connected, which may be later than RV(sessions[].start_date). The second is V(i) for input, V(o) for output, V(e) for an error
          of the session, or V(b) for a picture of a remote desktop. The third is the content in Base64.
        - With O(event_stream=utf8) and O(event_stream=base64), a list with one string.
      returned: with O(id), if it was requested and there is a recording that the credentials allow reading
      type: list
      elements: raw
      sample:
        - [0.412907115, o, IGNvdW50IAotLS0tLS0tCiAgIDMxOAooMSByb3cpCgo=]
        - [0.413551902, o, VGltZTogMTEuNDAyIG1zCg==]
    event_size:
      description: Size of the recording in bytes, V(0) while the session runs. If the recording is rendered, the size of the result.
      returned: always
      type: int
      sample: 111
    metrics:
      description: Measurements of the session, V(null) until it has ended. There may be more keys than these.
      returned: always
      type: dict
      contains:
        event_size:
          description: Size of the recording in bytes, however it is rendered.
          returned: if measured
          type: int
          sample: 356
        truncated:
          description: Whether the recording was cut because it grew too large.
          returned: if measured
          type: bool
          sample: false
        data_masking:
          description: What the gateway masked in the output.
          returned: if measured
          type: dict
          contains:
            err_count:
              description: Number of errors while masking.
              returned: always
              type: int
              sample: 0
            info_types:
              description: Number of maskings for each kind of information, with the kinds as keys.
              returned: always
              type: dict
              sample: {EMAIL_ADDRESS: 1}
            total_redact_count:
              description: Number of maskings in total.
              returned: always
              type: int
              sample: 1
            transformed_bytes:
              description: Number of bytes that were masked.
              returned: always
              type: int
              sample: 31
        data_analyzer:
          description: Number of findings for each kind of information, with the kinds as keys.
          returned: if the gateway analyzed the data
          type: dict
          sample: {EMAIL_ADDRESS: 1}
        ai_analyzer:
          description: Summary of the gateway's analysis of the requests of the session.
          returned: if the gateway analyzed the requests
          type: dict
          sample: {total_requests: 5120, blocked_count: 2, risk_counts: {low: 5001, medium: 117, high: 2}}
    review:
      description: The review of the session, V(null) if it needs none.
      returned: always
      type: dict
      contains:
        id:
          description: ID of the review.
          returned: always
          type: str
          sample: 937e02b6-f0c3-519e-9012-e33e3a31b07d
        type:
          description: V(onetime) for one execution, V(jit) for access during some time.
          returned: always
          type: str
          sample: onetime
        status:
          description: State of the review, V(PENDING), V(APPROVED), V(REJECTED), V(REVOKED), V(PROCESSING), V(EXECUTED) or V(UNKNOWN).
          returned: always
          type: str
          sample: PENDING
        access_duration:
          description: For V(jit), how long access lasts, in nanoseconds. Otherwise V(0).
          returned: always
          type: int
          sample: 0
        created_at:
          description: When the review was created.
          returned: always
          type: str
          sample: "2026-03-02T13:05:10.2Z"
        revoke_at:
          description: When access ends, V(null) if that is not set.
          returned: always
          type: str
          sample: "2026-03-02T15:05:10.2Z"
        review_groups_data:
          description: The groups that review the session, with their decisions.
          returned: always
          type: list
          elements: dict
          contains:
            id:
              description: ID of the entry.
              returned: always
              type: str
              sample: 0265c0ec-4aea-5791-be19-cf7d0e5e72e8
            group:
              description: Name of the group.
              returned: always
              type: str
              sample: security
            status:
              description: The group's decision.
              returned: always
              type: str
              sample: APPROVED
            reviewed_by:
              description: Who decided for the group, V(null) if nobody has.
              returned: always
              type: dict
              contains:
                id:
                  description: Subject identifier of the reviewer.
                  returned: if known
                  type: str
                  sample: auth0|77aa00
                name:
                  description: Name of the reviewer.
                  returned: if known
                  type: str
                  sample: Noor Said
                email:
                  description: E-mail address of the reviewer.
                  returned: always
                  type: str
                  sample: noor.said@example.com
                slack_id:
                  description: Slack ID of the reviewer. May be empty.
                  returned: always
                  type: str
                  sample: ""
            review_date:
              description: When the group decided, V(null) if it has not.
              returned: always
              type: str
              sample: "2026-03-02T13:09:55.71Z"
            forced_review:
              description: Whether the decision was forced by somebody entitled to do so.
              returned: with gateway 1.48.0 or newer
              type: bool
              sample: false
        time_window:
          description: When the session may be run, V(null) if at any time, and always V(null) in lists.
          returned: with gateway 1.46.7 or newer
          type: dict
          contains:
            type:
              description: Kind of window.
              returned: always
              type: str
              sample: time_range
            configuration:
              description: Start and end of the window, hours and minutes in UTC.
              returned: always
              type: dict
              sample: {start_time: "20:00", end_time: "23:30"}
        access_request_rule_name:
          description: Name of the rule that required the review. May be V(null), and is always V(null) in lists.
          returned: with gateway 1.50.0 or newer
          type: str
          sample: prod-write
        min_approvals:
          description: How many approvals are needed. May be V(null), and is always V(null) in lists.
          returned: with gateway 1.50.0 or newer
          type: int
          sample: 2
        force_approval_groups:
          description: Groups that may force the decision. May be V(null), and is always V(null) in lists.
          returned: with gateway 1.50.0 or newer
          type: list
          elements: str
          sample: [sre-lead]
        rejection_reason:
          description: Why the session was rejected.
          returned: if a reason was given, with gateway 1.56.1 or newer
          type: str
          sample: Please use the reporting replica.
    guardrails_info:
      description: The guardrail rules that matched, V(null) if none did. If there are any, the session was blocked by at least one.
      returned: with gateway 1.55.0 or newer
      type: list
      elements: dict
      contains:
        rule_name:
          description: Name of the rule.
          returned: always
          type: str
          sample: no-bulk-delete
        rule:
          description: The rule.
          returned: always
          type: dict
          contains:
            type:
              description: V(deny_words_list) or V(pattern_match).
              returned: always
              type: str
              sample: deny_words_list
            words:
              description: The forbidden words.
              returned: for V(deny_words_list)
              type: list
              elements: str
              sample: [DELETE]
            pattern_regex:
              description: The forbidden pattern.
              returned: for V(pattern_match)
              type: str
              sample: "[0-9]{13,16}"
        direction:
          description: Whether the rule matched the V(input) or the V(output).
          returned: always
          type: str
          sample: input
        matched_words:
          description: The words that were found.
          returned: if there are any
          type: list
          elements: str
          sample: [DELETE]
        message:
          description: Message of the rule.
          returned: if the rule has one, with gateway 1.109.0 or newer
          type: str
          sample: Deletes need a runbook
    ai_analysis:
      description: The gateway's analysis of the session, V(null) if there was none, and always V(null) in lists.
      returned: with gateway 1.52.0 or newer
      type: dict
      contains:
        risk_level:
          description: Level of risk.
          returned: always
          type: str
          sample: medium
        title:
          description: The finding in few words.
          returned: always
          type: str
          sample: Copies a data directory
        explanation:
          description: The finding in detail.
          returned: always
          type: str
          sample: The script sends a whole tree to another host.
        action:
          description: What the gateway did, for example V(allow_execution) or V(block_execution).
          returned: always
          type: str
          sample: allow_execution
        summary:
          description: Summary of the analysis.
          returned: if there is one
          type: str
          sample: One file transfer
        model:
          description: The model that was used.
          returned: if known
          type: str
          sample: example-model-1
        steps:
          description: The steps of the analysis.
          returned: if there are any, with gateway 1.142.0 or newer
          type: list
          elements: dict
          contains:
            type:
              description: Kind of step.
              returned: always
              type: str
              sample: thinking
            thinking:
              description: What the model considered.
              returned: depending on the kind
              type: str
            tool_name:
              description: The tool that was used.
              returned: depending on the kind
              type: str
            tool_input:
              description: What the tool was given.
              returned: depending on the kind
              type: raw
            tool_output:
              description: What the tool gave back.
              returned: depending on the kind
              type: raw
            is_error:
              description: Whether the tool failed.
              returned: depending on the kind
              type: bool
            timestamp:
              description: When the step took place, as the gateway gives it.
              returned: always
              type: raw
    session_batch_id:
      description: The batch in which the session was run together with others.
      returned: if it belongs to one, with gateway 1.48.0 or newer
      type: str
      sample: batch-abc-123
    correlation_id:
      description: The external workflow or task that the session belongs to.
      returned: if it is set, with gateway 1.59.0 or newer
      type: str
      sample: task-12345
    metadata:
      description: Metadata from the client and the gateway, with their own keys. May be V(null).
      returned: always
      type: dict
      sample: {ticket: OPS-4411}
    integrations_metadata:
      description: Metadata from integrations, for example the Jira issue. May be V(null).
      returned: always
      type: dict
      sample: {jira_issue_key: OPS-4502, jira_issue_url: "https://jira.example.com/browse/OPS-4502"}
    labels:
      description: Labels, which the gateway no longer uses. May be V(null).
      returned: always
      type: dict
  sample:
    - id: 11d337d0-1f45-5203-8630-eccd7c816bf8
      org_id: b79ff037-d0ed-5c31-84f8-95d42c0e5426
      session_state: finished
      event_stream_state: not_requested
      user: ana.ruiz@example.com
      user_id: auth0|64f0a1b2c3d4
      user_name: Ana Ruiz
      identity_type: user
      type: database
      connection_subtype: postgres
      connection: orders-pg-prod
      role_name: orders-pg-prod
      resource_name: orders-pg
      connection_tags: {env: prod, team: orders}
      verb: exec
      status: done
      exit_code: 0
      start_date: "2026-03-02T09:14:07.120331Z"
      end_date: "2026-03-02T09:14:08.904117Z"
      script: {data: SELECT count(*) FROM orders WHERE status = 'open';}
      script_size: 50
      event_size: 96
      metrics:
        data_masking: {err_count: 0, info_types: {}, total_redact_count: 0, transformed_bytes: 0}
        event_size: 96
        truncated: false
      review: null
      guardrails_info: null
      ai_analysis: null
      metadata: {ticket: OPS-4411}
      integrations_metadata: null
      labels: null
viewer:
  description:
    - The user of the credentials. Administrators and auditors see all sessions of the organization.
      Everybody else sees only own sessions and those to review. The module returns a warning then.
  returned: success, when sessions are listed
  type: dict
  contains:
    id:
      description: Identifier of the user, or of the API key.
      returned: always
      type: str
      sample: 0a4e6c1e-3d0b-4c4f-9a37-6f1f5f0d0001
    role:
      description: Role at the gateway, for example V(admin), V(auditor) or V(standard).
      returned: always
      type: str
      sample: auditor
    sees_all:
      description: Whether these credentials see every session of the organization.
      returned: always
      type: bool
      sample: true
downloads:
  description: Download links of the recordings.
  returned: success, if O(extension) is given
  type: list
  elements: dict
  contains:
    id:
      description: ID of the session.
      returned: always
      type: str
      sample: 11d337d0-1f45-5203-8630-eccd7c816bf8
    download_url:
      description:
        - The link, with O(endpoint) as its host, because the gateway does not always know its own URL.
        - It contains a credential. Treat it as a secret.
      returned: always
      type: str
      sample: https://hoop.example.com/api/sessions/11d337d0-1f45-5203-8630-eccd7c816bf8/download?token=<token>&extension=csv&newline=1&event-time=0&events=o,e
    expire_at:
      description: When the link expires.
      returned: always
      type: str
      sample: "2024-07-25T15:56:35.317601Z"
count:
  description: Number of records before O(query) is applied. With O(extension) the number of download links.
  returned: success
  type: int
  sample: 1
total:
  description:
    - Number of sessions that the gateway reports for the filters. It may be more than in RV(sessions), because the gateway compares less strictly.
    - V(null) if the source reports no number.
  returned: success
  type: int
  sample: 3
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
    - V(failed_targets) - at least one session could not be read, see RV(failed_targets).
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
      description: The session, as C(id).
      returned: always
      type: dict
      sample: {id: 11d337d0-1f45-5203-8630-eccd7c816bf8}
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
      sample: {org: 6f1d0c52-7a3b-4c58-9d2e-0b8a4f5e6c7d}
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
      description: What starts at this time or later was read. Null without O(start_time), and for O(id).
      returned: always
      type: str
      sample: '2026-03-01T00:00:00.000Z'
    end:
      description: What starts before this time was read. Without O(end_time) it is the last full second before the task began. Null for O(id).
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
      sample: permission
    status:
      description: HTTP status, V(null) if there was no response.
      returned: always
      type: int
      sample: 403
    code:
      description: Error code of the source, V(null) if there is none.
      returned: always
      type: str
    message:
      description: Message of the source, or what happened instead of a response.
      returned: always
      type: str
      sample: user is not allowed to access this session
    request_id:
      description: Request ID for the provider's support, V(null) if the response has none.
      returned: always
      type: str
    hint:
      description: The next step, V(null) if there is no suggestion.
      returned: always
      type: str
      sample: The credentials are known, but lack the right to read this.
    target:
      description: The session, as C(id); V(null) if the failure is not of one target.
      returned: always
      type: dict
      sample: {id: 11d337d0-1f45-5203-8630-eccd7c816bf8}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._info import InfoTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.endpoints import SOURCE


def main():
    run_module(InfoTask(SOURCE))


if __name__ == "__main__":
    main()
