#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_gate
short_description: Find new records that break a rule
version_added: 1.0.0
description:
  - Counts archived records that match a rule and have not been reported yet.
  - A gate is two tasks. The first one has O(rules), and returns RV(alert) if there is something to report. Then the playbook notifies somebody,
    for example with M(opsaudit.sessions.session_notify). The second task has O(notified=alert). Later tasks do not count these findings again.
  - If the notification fails, the second task has O(release=alert) instead. The next task with O(rules) then returns the same findings again.
    Without a second task it does so when O(claim) has passed.
  - The role P(opsaudit.sessions.gate#role) does all of this, and is the usual way to use this module.
  - No request is sent to a source. In the store only the table C(finding) is written.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.stored
  - opsaudit.sessions.times
attributes:
  check_mode:
    details:
      - In check mode the store is read and nothing is written. The result is a prediction.
      - With O(notified) and O(release), check mode always reports a change, because findings of a task in check mode are not in the store.
  diff_mode:
    details:
      - Findings are in RV(rules).
  idempotent:
    support: full
    details:
      - A task with O(rules) never reports a change. It returns findings once, and again after O(claim) or a task with O(release).
      - A task with O(notified) or O(release) reports a change only the first time.
options:
  store:
    description:
      - The database that the archive modules write to. A path is an SQLite file. A URL is V(sqlite:///path),
        V(postgresql://user:password@host/database), V(mysql://user:password@host/database) or V(mariadb://user:password@host/database).
      - C(postgresql) needs the Python library psycopg (C(psycopg[binary])), C(mysql) and C(mariadb) need PyMySQL.
      - It must exist. The privilege to write to its table C(finding) is needed only if there are findings.
      - This option is required. If not specified, the value of the environment variable E(OPSAUDIT_STORE) is used.
    type: str
  name:
    description:
      - The name of the gate. Gates with different names are independent, and each reports every finding.
      - Letters, digits and C(._-), at most 47 characters.
    type: str
    default: default
  recipient:
    description:
      - Who is notified, such as the URL of a webhook. Each recipient of a gate has findings of its own, so that one that could not be notified
        does not make others get the same twice.
      - The store has a hash of it only, which is another one in each store.
      - If it changes, what is in the window is new to it.
    type: str
  start_time:
    description:
      - Include only records that started at this time or later, and the part of gaps that is after it.
      - If not specified, there is no such limit.
    type: str
  end_time:
    description:
      - Include only records that started before this time, and the part of gaps that is before it.
      - If not specified, there is no such limit.
    type: str
  rules:
    description:
      - The rules to check. Each pair of a source and a condition can be used once.
      - Exactly one of this option, O(notified) and O(release) is required.
    type: list
    elements: dict
    suboptions:
      source:
        description:
          - The source whose records to check.
        type: str
        required: true
        choices:
          taurusdb_killed_session: Records of M(opsaudit.sessions.taurusdb_killed_session_archive).
          dataarts_sql_session: Records of M(opsaudit.sessions.dataarts_sql_session_archive).
          hoop_session: Records of M(opsaudit.sessions.hoop_session_archive).
          bcc_action_run: Records of M(opsaudit.sessions.bcc_action_run_archive).
      when:
        description:
          - The condition. V(failed), V(killed) and V(blocked) are outcomes of a record. Only hoop blocks, and only TaurusDB kills.
          - V(guardrail) - a guardrail or an analysis of hoop matched, regardless of the outcome.
          - V(unreviewed) - a session of hoop without a review, or with a review that is pending.
          - V(waiting 2h) - the record has been waiting for longer, for its review or its turn, and is not running yet. V(waiting) has no limit.
            TaurusDB's records never wait.
          - V(longer 8h) - the record took longer, or is running for longer. Waiting does not count. Any number and V(s), V(m), V(h), V(d) or V(w).
          - V(incomplete) - a gap, which is a time window in which records may be missing, up to the end of the last archive task.
            Each gap is a finding.
          - V(incomplete 6h) - the same up to six hours ago. Gaps since then are ignored, and a source that was not archived for six hours is found.
          - Anything else is a JMESPath expression over one record. The record has the columns of the table C(record), with C(scope) and C(raw) as objects.
            Values that are false in JMESPath, such as null and an empty list, do not match.
          - A name that is not a column is rejected, because it would never match. So is a text without quotes. Write C(outcome == 'blocked').
          - A bare word is rejected, too. Write C(actor != null) instead of C(actor).
        type: str
        required: true
      at_most:
        description:
          - Number of new findings that are allowed. They stay new, and count again in later tasks as long as they are in the window.
        type: int
        default: 0
      weight:
        description:
          - A JMESPath expression over one record, as in O(rules[].when), for the number that it counts for. If not specified, each record counts for 1.
          - For example V(length(raw.children)) counts the instances of an action run instead of the run.
          - It must be a whole number, V(0) or more, for each record that matches. A gap has no weight.
        type: str
  claim:
    description:
      - For how long the findings that a task returns belong to it. Another task of this gate does not return them during that time,
        so that two jobs that run at once do not notify twice.
      - Longer than a notification takes. A job that was killed in between leaves its findings claimed for this time.
    type: str
    default: 15m
  return_findings:
    description:
      - Number of findings to return for each rule, at most V(10000). RV(rules[].count) includes all of them in any case.
    type: int
    default: 100
  notified:
    description:
      - The RV(alert) of an earlier task whose findings were reported.
    type: str
  release:
    description:
      - The RV(alert) of an earlier task whose findings could not be reported. They are new again at once.
    type: str
requirements:
  - SQLAlchemy (Python library), 2.0 or newer
  - jmespath (Python library), if a condition is an expression, or a rule has a weight
notes:
  - A finding is a record (or a gap) and a condition. Each finding is reported once by each gate, by whichever task or role reports it first.
    A record that matches two conditions is two findings.
  - A record of TaurusDB is a task that killed any number of sessions. The source does not say how many, so killing tasks are counted.
  - Findings of rules that are not broken are not claimed.
  - A gap that was reported is not reported again while any part of it is open. When it is closed, it is returned once in RV(rules[].closed).
    That is no breach.
  - Records without a start time are included in every window.
  - Findings do not contain what people typed. Look it up in the store by C(source), C(scope) and C(record_id).
seealso:
  - module: opsaudit.sessions.session_export
  - module: opsaudit.sessions.hoop_session_archive
"""

EXAMPLES = r"""
- name: Find new records that break a rule
  opsaudit.sessions.session_gate:
    store: /var/lib/audit/sessions.db
    start_time: -7d
    rules:
      - {source: hoop_session, when: blocked}
      - {source: hoop_session, when: longer 8h, at_most: 2}
      - {source: bcc_action_run, when: incomplete 6h}
      - {source: dataarts_sql_session, when: "outcome == 'failure' && target != 'playground'"}
      - {source: bcc_action_run, when: failed, at_most: 5, weight: length(raw.children)}
  register: gate

- name: Notify somebody, and mark the findings as reported
  when: gate.alert is not none
  block:
    - name: Notify somebody
      opsaudit.sessions.session_notify:
        urls: ["{{ vault_webhook_url }}"]
        text: "{{ gate.summary }}"

    - name: Mark the findings as reported
      opsaudit.sessions.session_gate:
        store: /var/lib/audit/sessions.db
        notified: "{{ gate.alert }}"
  rescue:
    - name: Report them in the next run
      opsaudit.sessions.session_gate:
        store: /var/lib/audit/sessions.db
        release: "{{ gate.alert }}"
"""

RETURN = r"""
breached:
  description: Whether any rule has more new findings than allowed.
  returned: success
  type: bool
  sample: true
alert:
  description:
    - The value for O(notified) after the notification, or for O(release) if it failed.
    - V(null) if there is nothing to report, neither a breach nor a closed gap.
  returned: success
  type: str
  sample: 8c0d1f7f4e1e4f0b9a3d3a8f6f1c2b7e
summary:
  description:
    - A text for people. A line for each broken rule, and for each rule with closed gaps.
      Then a line for each finding of the broken rules, at most 20, with start, source, label or scope, ID of the record, actor, target and condition;
      then how many more there are. A gap says until when it lasts, or that it is still open, and the last error of its scope.
      The last line says what to do next.
    - With the condition C(incomplete) it also says what was pruned in the window. That alone is nothing to report.
    - V(null) if there is nothing to report.
  returned: success
  type: str
  sample: |-
    hoop_session: 1 new record matches blocked, 0 allowed
    2026-03-30T12:00:00.000Z | hoop_session | prod gateway | 4ea8f841-e7a2-5275-b70e-85e3cf35ee71 | ada@example.com | orders-db | blocked
    Next: look at the records in the report or the store. Each finding is reported once.
rules:
  description: The result of each rule, in the order of O(rules). Empty with O(notified) and O(release).
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: As given.
      returned: always
      type: str
      sample: hoop_session
    when:
      description: As given.
      returned: always
      type: str
      sample: blocked
    at_most:
      description: As given.
      returned: always
      type: int
      sample: 0
    count:
      description: Number of new findings, or the sum of their weights.
      returned: always
      type: int
      sample: 1
    breached:
      description: Whether there are more new findings than allowed.
      returned: always
      type: bool
      sample: true
    findings:
      description: The findings, at most O(return_findings), ordered by start.
      returned: always
      type: list
      elements: dict
      contains:
        scope:
          description: The scope, such as an organization, workspace or node, as the archive modules return it. Empty if the source was never archived.
          returned: always
          type: dict
          sample: {org: 2b6f0a5c-3f2d-4e0e-9d55-0d2f6f6d7c11}
        label:
          description: Its label. V(null) if it has none.
          returned: always
          type: str
          sample: prod gateway
        record_id:
          description: ID of the record in the store. V(null) for a gap.
          returned: always
          type: str
          sample: 4ea8f841-e7a2-5275-b70e-85e3cf35ee71
        kind:
          description: The column of that name, V(null) if the source does not return it, and for a gap.
          returned: always
          type: str
          sample: database
        state:
          description: The column of that name, V(null) if the source does not return it, and for a gap.
          returned: always
          type: str
          sample: done
        outcome:
          description: The column of that name, V(null) for a gap.
          returned: always
          type: str
          sample: blocked
        actor:
          description: The column of that name, truncated after 100 characters. V(null) if the source does not return it, and for a gap.
          returned: always
          type: str
          sample: ada@example.com
        target:
          description: The column of that name, truncated after 100 characters. V(null) if the source does not return it, and for a gap.
          returned: always
          type: str
          sample: orders-db
        started_at:
          description: Start in ISO 8601, UTC. V(null) if it is not known.
          returned: always
          type: str
          sample: "2026-03-30T12:00:00.000Z"
        ended_at:
          description: End in ISO 8601, UTC. V(null) if it has not ended, or if the end is not known.
          returned: always
          type: str
          sample: "2026-03-30T12:00:07.000Z"
    closed:
      description: Gaps that were reported, and are closed now, at most O(return_findings). Only with the condition C(incomplete).
      returned: always
      type: list
      elements: dict
      contains:
        scope:
          description: The scope. Empty if the source was not archived yet when the gap was reported.
          returned: always
          type: dict
          sample: {org: 2b6f0a5c-3f2d-4e0e-9d55-0d2f6f6d7c11}
        label:
          description: Its label. V(null) if it has none.
          returned: always
          type: str
          sample: prod gateway
        started_at:
          description: Start in ISO 8601, UTC. V(null) if it had no start.
          returned: always
          type: str
          sample: "2026-03-30T00:00:00.000Z"
        ended_at:
          description: End in ISO 8601, UTC, when it was reported. V(null) if it had no end.
          returned: always
          type: str
          sample: "2026-03-31T00:00:00.000Z"
msg:
  description: What was being done and what failed, in one line, with a hint if there is one.
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
        - V(invalid_request) - the value of an option is not allowed, or there is no such store.
        - V(store) - the database of the store cannot be used, or its contents were altered.
      returned: always
      type: str
      choices: [invalid_request, store]
      sample: invalid_request
    status:
      description: Always V(null), because no request is sent to a source.
      returned: always
      type: int
    code:
      description: Always V(null), because no request is sent to a source.
      returned: always
      type: str
    message:
      description: What failed, without what was being done.
      returned: always
      type: str
      sample: "rules[0].at_most: -1 is out of range (0 or more)"
    request_id:
      description: Always V(null), because no request is sent to a source.
      returned: always
      type: str
    hint:
      description: The next step, V(null) if there is no suggestion.
      returned: always
      type: str
      sample: Check that the store's database can be reached. What was written before is kept.
    target:
      description: Always V(null).
      returned: always
      type: dict
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._gate.task import GateTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module


def main():
    run_module(GateTask())


if __name__ == "__main__":
    main()
