#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_store_info
short_description: Show what a store holds, which scopes lag, and which runs failed
version_added: 1.0.0
description:
  - Returns for each scope of a store how many records there are, which time is proven complete, where gaps are, and how its last run ended.
  - Lists the scopes that lag, for monitoring. The filter P(opsaudit.sessions.to_prometheus#filter) makes metrics of the result.
  - Read-only. Makes no requests to a source.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.attributes.info
  - opsaudit.sessions.stored
options:
  store:
    description:
      - The database that the archive modules write to. A path is an SQLite file. A URL is V(sqlite:///path),
        V(postgresql://user:password@host/database), V(mysql://user:password@host/database) or V(mariadb://user:password@host/database).
      - C(postgresql) needs the Python library psycopg (C(psycopg[binary])), C(mysql) and C(mariadb) need PyMySQL.
      - It must exist. A user who may only read is enough.
      - This option is required. If not specified, the value of the environment variable E(OPSAUDIT_STORE) is used.
    type: str
  sources:
    description:
      - The sources to show, such as V(hoop_session). If not specified, all that the store knows.
      - A source that the store does not know makes the task fail, because a misspelt name would never be stale.
    type: list
    elements: str
  stale_after:
    description:
      - How far the proven time of a scope may be behind the present before the scope is in RV(stale). A number and V(s), V(m), V(h), V(d) or V(w).
      - Use twice the interval of the archive job, or more.
    type: str
    default: 6h
  query:
    description:
      - A JMESPath expression over the list RV(scopes). Its value is returned as RV(result) instead of the list.
    type: str
requirements:
  - jmespath (Python library), for O(query)
  - SQLAlchemy (Python library), 2.0 or newer
notes:
  - All is read in one transaction that sees the store as it was at one instant, with a fixed number of statements for each source,
    whatever the number of scopes.
  - A scope that was retired is never stale, and has no RV(scopes[].last_error). Its gaps end at the time when it was retired.
  - The failure of a view ends with the next success of that view, or of the whole scope. A view that nobody has read for O(stale_after),
    while others of its scope were read, is not waited for.
  - A run that is under way is not counted as failed. One that has not ended when the next one starts, or after 24 hours, is.
seealso:
  - module: opsaudit.sessions.session_prune
  - module: opsaudit.sessions.session_scope
  - module: opsaudit.sessions.session_seal
  - module: opsaudit.sessions.session_report
  - plugin: opsaudit.sessions.to_prometheus
    plugin_type: filter
"""

EXAMPLES = r"""
# From the command line:
# ansible localhost -m opsaudit.sessions.session_store_info -a 'store=/var/lib/audit/sessions.db'

- name: Look at the store
  opsaudit.sessions.session_store_info:
    store: /var/lib/audit/sessions.db
    stale_after: 2h
  register: store

- name: Fail if a scope lags
  ansible.builtin.assert:
    that: store.stale | length == 0
    fail_msg: "{{ store.stale | map(attribute='scope') | list }}"

- name: Show only the scopes whose last run failed
  opsaudit.sessions.session_store_info:
    store: /var/lib/audit/sessions.db
    query: "[?last_error].{scope: scope, why: last_error.message, since: last_error.since}"
"""

RETURN = r"""
scopes:
  description: The scopes, in the order of their sources and keys.
  returned: success, unless O(query) is given
  type: list
  elements: dict
  contains:
    source:
      description: The source.
      returned: always
      type: str
      sample: hoop_session
    scope: &scope
      description: The gateway, workspace, node and so on, as the archive modules return it.
      returned: always
      type: dict
      sample: {org: 6f1c2b4e-0d55-4b57-9a44-2a9f5a1f7f10}
    label: &label
      description: The name that was given to it with C(label). V(null) if there is none.
      returned: always
      type: str
      sample: prod gateway
    state:
      description: Whether it is archived, or was retired.
      returned: always
      type: str
      choices: [active, retired]
      sample: active
    retired_at:
      description: When it was retired. V(null) if it was not.
      returned: always
      type: str
      sample: '2026-03-30T00:00:00.000Z'
    count:
      description: How many records it has.
      returned: always
      type: int
      sample: 1204
    gone:
      description:
        - How many of them the source no longer listed when their time was read again (O(opsaudit.sessions.hoop_session_archive#module:recheck),
          O(opsaudit.sessions.hoop_session_archive#module:reread)). They stay in the store.
      returned: always
      type: int
      sample: 0
    covered_from:
      description: Start of the first window that is proven complete. V(null) if there is none.
      returned: always
      type: str
      sample: '2026-03-01T00:00:00.000Z'
    covered_until:
      description: End of the last window that is proven complete. V(null) if there is none.
      returned: always
      type: str
      sample: '2026-03-30T12:00:00.000Z'
    listed_late:
      description:
        - The windows that were first read more than 7 days after their end. They are complete as the source listed them then.
          Nobody knows what it had dropped before.
      returned: always
      type: list
      elements: dict
      contains:
        start:
          description: Its first instant.
          returned: always
          type: str
          sample: '2026-03-01T00:00:00.000Z'
        end:
          description: The first instant after it.
          returned: always
          type: str
          sample: '2026-03-15T00:00:00.000Z'
        listed_on:
          description: When it was read.
          returned: always
          type: str
          sample: '2026-03-30T12:00:00.000Z'
    views:
      description: What runs that saw only a part of the scope (filters, a viewer with fewer rights) have proven for that part.
      returned: always
      type: list
      elements: dict
      contains:
        view:
          description: The viewer and the filters.
          returned: always
          type: dict
          sample: {connection: orders-db}
        covered_from:
          description: Start of the first window that is proven for it.
          returned: always
          type: str
          sample: '2026-03-01T00:00:00.000Z'
        covered_until:
          description: End of the last window that is proven for it.
          returned: always
          type: str
          sample: '2026-03-30T12:00:00.000Z'
    gaps:
      description: Where something may be missing, from the first time that the scope was to be archived from to the last that it was to be archived to.
      returned: always
      type: list
      elements: dict
      contains:
        start:
          description: Its first instant. V(null) if nothing was ever to be read.
          returned: always
          type: str
          sample: '2026-03-10T00:00:00.000Z'
        end:
          description: The first instant after it. V(null) if nothing was ever to be read.
          returned: always
          type: str
          sample: '2026-03-11T00:00:00.000Z'
        reasons:
          description: Why, as far as that is known. As in C(incomplete_reasons) of the archive modules.
          returned: always
          type: list
          elements: str
          sample: [failed_targets]
    gap_seconds:
      description: How long all gaps are together, in seconds. V(null) if one has no beginning or no end.
      returned: always
      type: int
      sample: 86400
    pruned:
      description: What M(opsaudit.sessions.session_prune) removed from it. No gap, and not complete.
      returned: always
      type: list
      elements: dict
      contains:
        before:
          description: Records that started before this time were removed.
          returned: always
          type: str
          sample: '2025-03-01T00:00:00.000Z'
        records:
          description: How many.
          returned: always
          type: int
          sample: 3120
        pruned_at:
          description: When.
          returned: always
          type: str
          sample: '2026-03-02T04:00:00.000Z'
        reason:
          description: Why, as it was declared. V(null) if no reason was given.
          returned: always
          type: str
          sample: kept for one year
    seconds_behind:
      description:
        - How long ago C(covered_until) is, in seconds. Of a scope of which only a part was ever read, how long ago the latest C(views[].covered_until) is.
        - V(null) if nothing is proven, or the scope was retired.
      returned: always
      type: int
      sample: 840
    last_run:
      description: When a run of it ended last. V(null) if none ever did.
      returned: always
      type: str
      sample: '2026-03-30T12:00:07.113Z'
    last_success:
      description: When a run of it ended last that read all it was to read. V(null) if none ever did.
      returned: always
      type: str
      sample: '2026-03-30T12:00:07.113Z'
    last_error:
      description: How its last run failed. V(null) if it did not, or the scope was retired.
      returned: always
      type: dict
      contains:
        message:
          description: What went wrong.
          returned: always
          type: str
          sample: "Listing hoop_session: HTTP 401 Unauthorized"
        reasons:
          description: Why it is not complete, as in C(incomplete_reasons) of the archive modules.
          returned: always
          type: list
          elements: str
          sample: [failed_targets]
        since:
          description: When the first run started that failed since the last success.
          returned: always
          type: str
          sample: '2026-03-29T20:00:00.000Z'
    attachments_missing:
      description:
        - How many attachments (recordings, inputs, lists) could not be fetched yet, or were never requested.
        - In a scope of which a kind of attachment was ever fetched, each ended record should have it. A task with C(attachments) and a window
          that reaches far enough back fetches what is missing.
      returned: always
      type: int
      sample: 0
count:
  description: How many scopes there are.
  returned: success
  type: int
  sample: 1
result:
  description: The value of O(query).
  returned: success, if O(query) is given
  type: raw
stale:
  description: The scopes that are further behind than O(stale_after), or of which nothing is proven. Without those that were retired.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: The source.
      returned: always
      type: str
      sample: hoop_session
    scope: *scope
    label: *label
    seconds_behind:
      description: How far it is behind, in seconds. V(null) if nothing is proven.
      returned: always
      type: int
      sample: 90000
complete:
  description:
    - Whether there are scopes, none of them has a gap or was pruned where something was to be read, and no attachment is missing.
    - Says nothing about how far they reach.
  returned: success
  type: bool
  sample: true
last_seal:
  description: The last seal, as the store knows it. V(null) if it was never sealed. To verify it use M(opsaudit.sessions.session_seal).
  returned: success
  type: dict
  contains:
    number:
      description: Its number.
      returned: always
      type: int
      sample: 17
    statement_sha256:
      description: SHA-256 of its statement.
      returned: always
      type: str
      sample: 08ce5c390adaa38b44f89b5798eeceddf8045bd98fb712820a61a0c17e2ca5e6
    sealed_at:
      description: When it was made.
      returned: always
      type: str
      sample: '2026-03-30T04:00:00.000Z'
store_id:
  description: ID of the store, made with its tables.
  returned: success
  type: str
  sample: 0b8f2e6c-7a8e-4c35-8a38-9d4d7a8b1f10
version:
  description: Version of its tables.
  returned: success
  type: int
  sample: 1
msg:
  description: What was being done and what went wrong, in one line, with a hint if there is one.
  returned: failure
  type: str
failure:
  description: What went wrong, for conditions in a playbook. Never contains credentials.
  returned: failure, unless a Python library is missing
  type: dict
  contains:
    kind:
      description:
        - The sort of failure.
        - V(invalid_request) - an option's value is not allowed, or there is no such store.
        - V(store) - the store's database can't be used.
      returned: always
      type: str
      choices: [invalid_request, store]
      sample: store
    status:
      description: Always V(null), because no request is sent.
      returned: always
      type: int
    code:
      description: Always V(null), because no request is sent.
      returned: always
      type: str
    message:
      description: What went wrong, without what was being done.
      returned: always
      type: str
      sample: "connection refused"
    request_id:
      description: Always V(null), because no request is sent.
      returned: always
      type: str
    hint:
      description: What may help, V(null) if there is nothing to say.
      returned: always
      type: str
      sample: Check that the store's database can be reached. What was written before is kept.
    target:
      description: The database as C(database), V(null) if it is not about one.
      returned: always
      type: dict
      sample: {database: sessions.db}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.store_info import StoreInfoTask


def main():
    run_module(StoreInfoTask())


if __name__ == "__main__":
    main()
