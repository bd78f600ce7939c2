#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_gate
short_description: Tell whether too much that is new in a store meets a rule
version_added: 1.0.0
description:
  - Looks at the records that the archive modules have kept, and counts those that meet a rule and that nobody was told of yet.
    What to do about it is up to the playbook.
  - The role P(opsaudit.sessions.gate#role) does it in three ways, and is the usual way to use this module.
  - It takes two tasks. The first has O(rules), and returns RV(alert) if there is something to tell.
    The second has O(notified=alert), and is run when that was told. What it notes is not counted again by any task.
  - If the second task is not run, because the alert failed, the next one with O(rules) tells of the same once more.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.stored
  - opsaudit.sessions.times
attributes:
  check_mode:
    details:
      - In check mode the store is read, and nothing is written to it. The result tells what would be.
      - With O(notified), check mode always tells of a change, because the findings that a task in check mode has told of are in no store.
  diff_mode:
    details:
      - There is nothing to show but the findings, which are in RV(rules).
  idempotent:
    support: full
    details:
      - A task with O(rules) is never a change. Until it is noted that its findings were told, the next task finds the same.
      - A task with O(notified) is a change only the first time.
options:
  store:
    description:
      - Where the records are, as in the archive modules. A path is the file of an SQLite database. Anything with C(://) is a URL, V(sqlite:///path),
        V(postgresql://user:password@host/database), V(mysql://user:password@host/database) or V(mariadb://user:password@host/database).
      - A URL with C(postgresql) needs the Python library psycopg (C(psycopg[binary])), one with C(mysql) or C(mariadb) needs PyMySQL.
      - It must be there. What was told is kept in its table C(finding). While there is nothing to tell, reading is enough.
      - This option is required. If not specified, the value of the environment variable E(OPSAUDIT_STORE) is used.
    type: str
  start_time:
    description:
      - Only records that began at this time or later, and gaps as far as they lie after it.
      - If not specified, there is no such limit.
    type: str
  end_time:
    description:
      - Only records that began before this time, and gaps as far as they lie before it.
      - If not specified, there is no such limit.
    type: str
  rules:
    description:
      - What to look for. Each pair of a source and a condition can be there once.
      - Either this option or O(notified) is required.
    type: list
    elements: dict
    suboptions:
      source:
        description:
          - Whose records the rule is about.
        type: str
        required: true
        choices:
          taurusdb_killed_session: What M(opsaudit.sessions.taurusdb_killed_session_archive) keeps.
          dataarts_sql_session: What M(opsaudit.sessions.dataarts_sql_session_archive) keeps.
          hoop_session: What M(opsaudit.sessions.hoop_session_archive) keeps.
          bcc_action_run: What M(opsaudit.sessions.bcc_action_run_archive) keeps.
      when:
        description:
          - The condition. V(failed), V(killed) and V(blocked) are outcomes of a record. Only hoop blocks, and only TaurusDB kills.
          - V(guardrail) - a guardrail or an analysis of hoop matched, whatever the outcome is.
          - V(unreviewed) - a session of hoop that nobody has reviewed. It has no review, or one that is still waiting.
          - V(waiting 2h) - it has waited for longer than that, for its review or its turn, and does not run yet. V(waiting) is the same without a limit.
            TaurusDB's records never wait.
          - V(longer 8h) - it took longer than that, or is running for longer. Waiting does not count. Any number and V(s), V(m), V(h), V(d) or V(w).
          - V(incomplete) - a stretch of time in which something may be missing, up to where the source was last to be archived.
            Each gap is a finding.
          - V(incomplete 6h) - the same, but up to six hours ago. What is missing since then can wait, and a source that was not archived for so long is found.
          - Anything else is a JMESPath expression over one record, with the columns of the table C(record), C(scope) and C(raw) as objects.
            What JMESPath takes for false, such as null and an empty list, is not met.
          - An expression of nothing but words is refused, lest a misspelt name be one that never holds. Write C(actor != null) for C(actor).
        type: str
        required: true
      at_most:
        description:
          - How many new findings are no breach. They remain new, and count again the next time for as long as they are in the window.
        type: int
        default: 0
  return_findings:
    description:
      - How many findings to return for each rule, at most V(10000). All of them are counted in any case.
    type: int
    default: 100
  notified:
    description:
      - The RV(alert) of an earlier task, to note that what it found was told.
    type: str
requirements:
  - SQLAlchemy (Python library), 2.0 or newer
  - jmespath (Python library), if a condition is an expression
notes:
  - This module asks no source. What it writes to the store is its own table.
  - A finding is a record (or a gap) and a condition. It counts once for a store, whichever task or role tells of it first, and however many there are.
    A record that meets two conditions is two findings, so no rule takes anything away from another with a different condition.
  - Two tasks that look at the same instant, before either has told, may both tell of the same.
  - A gap that was told of counts as told for as long as any of it is open. One that opens later is another.
    When nothing of it is left, that is told of as well, once, in RV(rules[].closed). It is no breach.
  - A record that does not tell when it began is in every window, and counts once like any other.
  - What people typed is not returned, so that an alert carries as few secrets as can be. It is in the store, by C(source), C(scope) and C(record_id).
seealso:
  - module: opsaudit.sessions.session_export
  - module: opsaudit.sessions.hoop_session_archive
"""

EXAMPLES = r"""
- name: Look for what must not happen
  opsaudit.sessions.session_gate:
    store: /var/lib/audit/sessions.db
    start_time: -7d
    rules:
      - {source: hoop_session, when: blocked}
      - {source: hoop_session, when: longer 8h, at_most: 2}
      - {source: bcc_action_run, when: incomplete 6h}
      - {source: dataarts_sql_session, when: "outcome == 'failure' && target != 'playground'"}
  register: gate

- name: Tell somebody
  ansible.builtin.uri:
    url: https://alerts.example.com/audit
    method: POST
    body_format: json
    body: {text: "{{ gate.summary }}"}
  when: gate.alert is not none

- name: Note that it was told
  opsaudit.sessions.session_gate:
    store: /var/lib/audit/sessions.db
    notified: "{{ gate.alert }}"
  when: gate.alert is not none
"""

RETURN = r"""
breached:
  description: Whether any rule has more new findings than are allowed.
  returned: success
  type: bool
  sample: true
alert:
  description: What to give to O(notified) when it was told. V(null) if there is nothing to tell, neither a breach nor a gap that is closed.
  returned: success
  type: str
  sample: 8c0d1f7f4e1e4f0b9a3d3a8f6f1c2b7e
summary:
  description: The rules that are broken, and how many gaps are closed, in one line. V(null) if there is nothing to tell.
  returned: success
  type: str
  sample: "hoop_session: 1 new with blocked, at most 0 allowed"
rules:
  description: What came of each rule, in the order of O(rules). Empty with O(notified).
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
      description: How many findings are new.
      returned: always
      type: int
      sample: 1
    breached:
      description: Whether those are more than are allowed.
      returned: always
      type: bool
      sample: true
    findings:
      description: The findings, at most O(return_findings), in the order in which they began.
      returned: always
      type: list
      elements: dict
      contains:
        scope:
          description: The gateway, workspace, node and so on, as the archive modules return it. Empty if nothing of the source was ever archived.
          returned: always
          type: dict
          sample: {gateway: https://hoop.example.com}
        record_id:
          description: The record's ID in the store. V(null) for a gap.
          returned: always
          type: str
          sample: 4ea8f841-e7a2-5275-b70e-85e3cf35ee71
        kind:
          description: The column of that name, V(null) if the source does not tell, and for a gap.
          returned: always
          type: str
          sample: database
        state:
          description: The column of that name, V(null) if the source does not tell, and for a gap.
          returned: always
          type: str
          sample: done
        outcome:
          description: The column of that name, V(null) for a gap.
          returned: always
          type: str
          sample: blocked
        actor:
          description: The column of that name, cut after 100 characters. V(null) if the source does not tell, and for a gap.
          returned: always
          type: str
          sample: ada@example.com
        target:
          description: The column of that name, cut after 100 characters. V(null) if the source does not tell, and for a gap.
          returned: always
          type: str
          sample: orders-db
        started_at:
          description: When it began, in ISO 8601, UTC. V(null) if that is not known.
          returned: always
          type: str
          sample: "2026-03-30T12:00:00.000Z"
        ended_at:
          description: When it ended, in ISO 8601, UTC. V(null) if it did not, or that is not known.
          returned: always
          type: str
          sample: "2026-03-30T12:00:07.000Z"
    closed:
      description: Gaps that were told of, and that are closed since. At most O(return_findings). Empty with all conditions but C(incomplete).
      returned: always
      type: list
      elements: dict
      contains:
        scope:
          description: Where it was. Empty if nothing of the source had been archived when it was told of.
          returned: always
          type: dict
          sample: {gateway: https://hoop.example.com}
        started_at:
          description: When it began, in ISO 8601, UTC. V(null) if it was open to that side.
          returned: always
          type: str
          sample: "2026-03-30T00:00:00.000Z"
        ended_at:
          description: When it ended as it was told of, in ISO 8601, UTC. V(null) if it was open to that side.
          returned: always
          type: str
          sample: "2026-03-31T00:00:00.000Z"
msg:
  description: What was being done and what went wrong, in one line, with a hint if there is one.
  returned: failure
  type: str
failure:
  description: What went wrong, for conditions in a playbook. Never contains credentials.
  returned: failure, unless Ansible itself refuses an option
  type: dict
  contains:
    kind:
      description:
        - The sort of failure.
        - V(invalid_request) - an option's value is not allowed, or there is no such store.
        - V(store) - the store's database can't be used.
        - V(server) - what is in the store was altered.
      returned: always
      type: str
      choices: [invalid_request, store, server]
      sample: invalid_request
    status:
      description: Always V(null), for no source is asked.
      returned: always
      type: int
    code:
      description: Always V(null), for no source is asked.
      returned: always
      type: str
    message:
      description: What went wrong, without what was being done.
      returned: always
      type: str
      sample: "rules.at_most: -1 is out of range (0 or more)"
    request_id:
      description: Always V(null), for no source is asked.
      returned: always
      type: str
    hint:
      description: What may help, V(null) if there is nothing to say.
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
