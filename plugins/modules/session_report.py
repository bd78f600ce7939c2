#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_report
short_description: Create an HTML report of archived records
version_added: 1.0.0
description:
  - Writes the records of a O(store), or a list of O(records), in a time window to O(dest), one HTML file with a timeline, charts and a table.
    O(where) selects records.
  - The first lines say whether the report is complete, where gaps are and how long they are, when the store was last sealed, and what was pruned.
  - The file is self-contained. It can be mailed, kept as evidence, and opened offline. The same store and the same window produce the same bytes.
  - The store is only read. No request is sent to a source.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.stored
  - opsaudit.sessions.stored.records
  - opsaudit.sessions.times
  - opsaudit.sessions.file
attributes:
  check_mode:
    details:
      - In check mode the records are read and nothing is written. The result is a prediction.
  diff_mode:
    support: full
    details:
      - Shows size, checksum and mode before and after, but not the content.
  idempotent:
    support: full
    details:
      - A file that already has the right content is not written.
      - A relative time such as V(-7d) is another window each time, and therefore another page.
options:
  store:
    description:
      - The database that the archive modules write to. A path is an SQLite file. A URL is V(sqlite:///path),
        V(postgresql://user:password@host/database), V(mysql://user:password@host/database) or V(mariadb://user:password@host/database).
      - C(postgresql) needs the Python library psycopg (C(psycopg[binary])), C(mysql) and C(mariadb) need PyMySQL.
      - It must exist, and is only read. A store of a newer version of this collection is refused.
      - Either this option or O(records) is required. If neither is specified, the value of the environment variable E(OPSAUDIT_STORE) is used.
    type: str
  records:
    description:
      - A list of records instead of a store, as an info module returns them. O(sources) must then be the one source that they are from.
        O(where) can use the columns that do not depend on a store, and C(raw).
      - A list cannot prove that nothing is missing from it, so RV(complete) is always V(false) and the whole window is a gap.
      - Neither a database nor SQLAlchemy is needed.
    type: list
    elements: dict
  dest:
    description:
      - Absolute path of the file, or of an existing folder. In a folder the file is named C(session-report.html).
      - The folder must exist. A symbolic link is neither followed nor replaced.
      - An earlier report is replaced. With any other file the task fails before the records are read, except with O(force=true).
    type: path
    required: true
  force:
    description:
      - Replace the file at O(dest) regardless of its content, but never the SQLite database that the report reads.
    type: bool
    default: false
  title:
    description:
      - Title of the page, 1 to 200 characters in one line.
    type: str
    default: Session report
  attachments:
    description:
      - Absolute path of the folder that holds the attachments of the records, as C(attachments_dest) of the archive modules.
      - The details of a record link to its attachments there. The links are relative to O(dest), so the page and the folder can be moved together.
      - Without this option the page says which attachments a record has, and has no links.
    type: path
  replays:
    description:
      - Absolute path of a folder with pages that play recordings, as M(opsaudit.sessions.session_download) makes them from attachments
        with O(opsaudit.sessions.session_download#module:format=html). The page of a recording C(ID.recording.jsonl) is C(ID.html).
      - Each record in the table links to its page, if it is there. If the folder has more pages, the report says how many, and links to the folder.
        The links are relative to O(dest).
    type: path
  seal:
    description:
      - The registered result of M(opsaudit.sessions.session_seal) with O(opsaudit.sessions.session_seal#module:verify=true), of the same store.
        Then the page says by whose key the last seal is signed and when it was verified, or what is not as it was sealed.
      - Without this option, or if the store has got another seal since, the page names the last seal that the store knows, and says that it was not verified.
    type: dict
  timezone:
    description:
      - Time zone of the times and days on the page. An IANA name such as V(Europe/Berlin).
      - It has no effect on O(start_time) and O(end_time).
      - For any value except V(UTC), the machine that does the work needs a time zone database.
    type: str
    default: UTC
requirements:
  - SQLAlchemy (Python library), 2.0 or newer, unless O(records) is specified
  - jmespath (Python library), for O(where)
notes:
  - Counts and charts include all records. The table has up to 5,000. If there are more, failed, killed and blocked records come first, then the newest,
    and the page says so. Texts longer than 200 characters are truncated, names in their middle. The details of a record have the whole,
    for as many records as fit into the page, in the same order; up to 20,000 characters of a text, and the 5 newest earlier versions.
    Use M(opsaudit.sessions.session_export) for everything.
  - The page names the last seal of the store and its time, and how to verify it. It says that it was verified only with O(seal).
    It is a page - it repeats what its task was given, and proves nothing by itself. Who can write to the store can't make it say so.
  - Records contain what people typed, which may include secrets. Only the owner can read the file, unless O(mode) is changed.
    Signed links are masked. The file has at most 1.5 MB, and is replaced in one step.
  - Records without a start time are included in every window. Those, and records that started before 1971 or after 2099, are in no chart of times.
  - In a checkout of the repository, C(make report) builds the script of the page first. An installed collection contains it.
seealso:
  - name: Reports, alerts and evidence
    description: The guide to reports.
    link: https://github.com/opsaudit/sessions/blob/main/docs/docsite/rst/guide_acting.rst
  - module: opsaudit.sessions.session_export
  - module: opsaudit.sessions.taurusdb_killed_session_archive
  - module: opsaudit.sessions.dataarts_sql_session_archive
  - module: opsaudit.sessions.hoop_session_archive
  - module: opsaudit.sessions.bcc_action_run_archive
"""

EXAMPLES = r"""
# From the command line:
# ansible localhost -m opsaudit.sessions.session_report -a 'store=/var/lib/audit/sessions.db dest=/srv/reports sources=hoop_session start_time=-30d'

- name: Create a report of March
  opsaudit.sessions.session_report:
    store: /var/lib/audit/sessions.db
    dest: /srv/reports/2026-03.html
    sources: [hoop_session, bcc_action_run]
    start_time: "2026-03-01T00:00:00+01:00"
    end_time: "2026-04-01T00:00:00+02:00"
    timezone: Europe/Berlin
    title: Access and jobs in March 2026
    mode: "0644"
  register: march

- name: Create a report of what was done in one database
  opsaudit.sessions.session_report:
    store: /var/lib/audit/sessions.db
    dest: /srv/reports/orders-db.html
    sources: hoop_session
    start_time: -30d
    where: target == 'orders-db'
    title: Who touched orders-db
    owner: root
    group: www-data
    mode: "0640"

- name: Compare the store with its seals
  opsaudit.sessions.session_seal:
    store: /var/lib/audit/sessions.db
    dest: /srv/seals
    verify: true
    allowed_signers: /etc/audit/allowed_signers
  register: verified

- name: Report on it, with who signed the last seal and when it was verified
  opsaudit.sessions.session_report:
    store: /var/lib/audit/sessions.db
    dest: /srv/reports/all.html
    seal: "{{ verified }}"

- name: Fail if something is missing
  ansible.builtin.assert:
    that: march.complete
    fail_msg: "Not archived: {{ march.gaps }}"

- name: List the sessions of a day
  opsaudit.sessions.hoop_session_info:
    endpoint: https://hoop.example.com
    api_key: "{{ vault_hoop_api_key }}"
    start_time: -24h
  register: today

- name: Create a report without a store
  opsaudit.sessions.session_report:
    records: "{{ today.sessions }}"
    sources: hoop_session
    dest: /srv/reports/today.html
    title: Sessions of a day
"""

RETURN = r"""
dest:
  description: Path of the file.
  returned: success
  type: str
  sample: /srv/reports/2026-03.html
size:
  description: Its size in bytes.
  returned: success
  type: int
  sample: 917798
count:
  description: Number of records in the report.
  returned: success
  type: int
  sample: 5000
complete:
  description:
    - Whether all records that the sources had in the window are provably in the report, for every scope that the store knows.
    - Also V(false) if the store knows no scope of a source in O(sources), or no source at all, if records of the window were pruned, and with O(records).
  returned: success
  type: bool
  sample: true
gaps:
  description: Time windows of scopes in which records may be missing. Empty if RV(complete) is V(true). A retired scope has none after it was retired.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: The source, as in O(sources).
      returned: always
      type: str
      sample: hoop_session
    scope:
      description: The scope, such as an organization, workspace or node, as the archive modules return it. Empty if the store knows none of this source.
      returned: always
      type: dict
      sample: {org: 2b6f0a5c-3f2d-4e0e-9d55-0d2f6f6d7c11}
    start:
      description: Start in ISO 8601, UTC. V(null) if no archive task ran for it and there is no O(start_time).
      returned: always
      type: str
      sample: "2026-03-30T12:00:00.000Z"
    end:
      description: End in ISO 8601, UTC. V(null) if no archive task ran for it and there is no O(end_time).
      returned: always
      type: str
      sample: "2026-03-30T13:00:00.000Z"
    reasons:
      description:
        - Why it is a gap, as far as the store knows. Empty if no task has read the window yet.
        - V(failed_targets), V(total_changed), V(source_limit) - as the archive task returned it as C(incomplete_reasons).
        - V(records_missing) - the window was complete, but the store now has fewer records in it, because somebody deleted them.
        - V(beyond_retention) - it is older than the source keeps its records.
        - V(partial_view) - only tasks with a filter, or of a user that cannot read all records, have read it.
      returned: always
      type: list
      elements: str
      sample: [failed_targets]
  sample: []
pruned:
  description:
    - Prunes that reach into the window (M(opsaudit.sessions.session_prune)). Records that started before were deleted. It is no gap.
    - RV(complete) is V(false) if records of the window were pruned and not archived again.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: The source, as in O(sources).
      returned: always
      type: str
      sample: hoop_session
    scope:
      description: The scope, as in RV(gaps[].scope).
      returned: always
      type: dict
      sample: {org: 2b6f0a5c-3f2d-4e0e-9d55-0d2f6f6d7c11}
    before:
      description: Records that started before this time were deleted, in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2025-03-01T00:00:00.000Z"
    records:
      description: How many.
      returned: always
      type: int
      sample: 1204
    pruned_at:
      description: When, in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2026-03-30T12:00:00.000Z"
    reason:
      description: Why, V(null) if no reason was given.
      returned: always
      type: str
      sample: kept 400 days
  sample: []
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
        - V(invalid_request) - the value of an option is not allowed, there is no such store, or the checkout of the collection was not built.
        - V(store) - the database of the store cannot be used, or its contents were altered.
        - V(file) - the file could not be read or written.
      returned: always
      type: str
      choices: [invalid_request, store, file]
      sample: store
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
      sample: database is locked, and was for 50 seconds
    request_id:
      description: Always V(null), because no request is sent to a source.
      returned: always
      type: str
    hint:
      description: The next step, V(null) if there is no suggestion.
      returned: always
      type: str
      sample: Run the task again.
    target:
      description: The file that failed, as C(dest). V(null) if the file did not fail.
      returned: always
      type: dict
      sample: {dest: /srv/reports/2026-03.html}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.task import ReportTask


def main():
    run_module(ReportTask())


if __name__ == "__main__":
    main()
