#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_report
short_description: Make one HTML page of records that a browser opens offline
version_added: 1.0.0
description:
  - Writes what the archive modules have kept, or a list of records, to one HTML file with charts and a table. Its window of time can be chosen.
  - The page tells whether it is complete, and shows gaps on an axis of time. It has a timeline of sessions and runs by actor, target or scope,
    their outcomes in each period, rates of failure and killing, the most frequent actors, targets and scopes, and how long they took.
    The table can be sorted, searched and filtered. A click on a chart, or a shorter time on the timeline, filters it.
  - The file needs nothing else and asks for nothing. It can be mailed, kept as evidence, and opened without a network.
  - The same store and the same window make the same bytes. Nothing in the file tells when it was made.
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
      - In check mode the records are read and nothing is written. The result tells what would be.
  diff_mode:
    support: full
    details:
      - Shows size, checksum and mode before and after, and never the content.
  idempotent:
    support: full
    details:
      - A file that has the right content already is left alone.
      - A relative time such as V(-7d) is another window each time, and so another page.
options:
  store:
    description:
      - Where the records are, as in the archive modules. A path is the file of an SQLite database. Anything with C(://) is a URL, V(sqlite:///path),
        V(postgresql://user:password@host/database), V(mysql://user:password@host/database) or V(mariadb://user:password@host/database).
      - A URL with C(postgresql) needs the Python library psycopg (C(psycopg[binary])), one with C(mysql) or C(mariadb) needs PyMySQL.
      - It is only read, and must be there. A store of a newer version of this collection is refused.
      - Either this option or O(records) is required. If neither is specified, the value of the environment variable E(OPSAUDIT_STORE) is used.
    type: str
  records:
    description:
      - The records themselves instead of a store, as an info module returns them. O(sources) must then name the one source that they are from.
      - A list can't prove that nothing was left out of it, so RV(complete) is always V(false) and the whole window is a gap.
      - Neither a database nor SQLAlchemy is needed for this.
    type: list
    elements: dict
  dest:
    description:
      - Absolute path of the file, or of a folder that exists. In a folder the file is called C(session-report.html).
      - Its folder must exist. A link is not followed, and not replaced.
      - An earlier report at this path is replaced. Any other file makes the task fail before the records are read, unless O(force=true).
    type: path
    required: true
  force:
    description:
      - Replace the file at O(dest) whatever it is, but never the SQLite database that the report is made of.
    type: bool
    default: false
  title:
    description:
      - What the page is called, 1 to 200 characters in one line.
    type: str
    default: Session report
  timezone:
    description:
      - In which time zone the page shows times, and where its days begin and end. An IANA name such as V(Europe/Berlin).
      - This has no influence on O(start_time) and O(end_time).
      - The machine that does the work needs a time zone database for any other than V(UTC).
    type: str
    default: UTC
requirements:
  - SQLAlchemy (Python library), 2.0 or newer, unless O(records) is specified
notes:
  - This module never writes to the store, and asks no source.
  - All records are read in one transaction that sees the store as it was at one instant, also while an archive task is writing to it.
    Memory grows with the number of different actors, targets and scopes, and not with the number of records.
  - The file is for its owner alone unless O(mode) says otherwise, so that a web server can serve it for example.
    It appears whole or not at all, and only if it differs from what is there.
  - All counts and charts are of all records. The table has up to 5,000 of them. If there are more,
    those that failed, were killed or were blocked come before all others, then the newest, and the page says so.
    The timeline then shows counts instead of single records, for which all records are read a second time, in the same transaction.
  - The file has at most 1.5 MB. Texts longer than 200 characters are cut, and to still fewer characters if it would be larger.
    If that is not enough, fewer records are in the table. The whole of a record is never in it.
    Export it with M(opsaudit.sessions.session_export).
  - A record that does not tell when it began is in every window, because nobody can say that it does not belong there. It is in no chart of times.
  - Texts of records are never markup. A Content-Security-Policy in the file allows its own script and style and nothing else,
    so that it loads and sends nothing.
  - Records contain what people typed. They may hold secrets, and so does the file.
  - The script of the page contains Apache ECharts. Its license and notice are in the file and in the folder C(licenses) of the collection.
  - In a checkout of the collection's repository, C(make report) builds the script first. A built collection has it.
seealso:
  - module: opsaudit.sessions.session_export
  - module: opsaudit.sessions.taurusdb_killed_session_archive
  - module: opsaudit.sessions.dataarts_sql_session_archive
  - module: opsaudit.sessions.hoop_session_archive
  - module: opsaudit.sessions.bcc_action_run_archive
"""

EXAMPLES = r"""
# From the command line:
# ansible localhost -m opsaudit.sessions.session_report -a 'store=/var/lib/audit/sessions.db dest=/srv/reports sources=hoop_session start_time=-30d'

- name: Report on March
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

- name: Stop if something is missing
  ansible.builtin.assert:
    that: march.complete
    fail_msg: "Not archived: {{ march.gaps }}"

- name: Read the sessions of a day
  opsaudit.sessions.hoop_session_info:
    endpoint: https://hoop.example.com
    api_key: "{{ vault_hoop_api_key }}"
    start_time: -24h
  register: today

- name: Look at them without a store
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
  description: How many records it reports on.
  returned: success
  type: int
  sample: 5000
complete:
  description:
    - Whether all that the sources had in the window is known to be in the report, for every scope that the store knows.
    - V(false) also if the store knows no scope of a source in O(sources), and with O(records).
  returned: success
  type: bool
  sample: true
gaps:
  description: What is not proven to be in the report. Empty if RV(complete) is V(true).
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
      description: The gateway, workspace, node and so on, as the archive modules return it. Empty if none of this source is known.
      returned: always
      type: dict
      sample: {gateway: https://hoop.example.com}
    start:
      description: First instant in ISO 8601, UTC. V(null) if nothing was ever to be archived and there is no O(start_time).
      returned: always
      type: str
      sample: "2026-03-30T12:00:00.000Z"
    end:
      description: Last instant in ISO 8601, UTC. V(null) if nothing was ever to be archived and there is no O(end_time).
      returned: always
      type: str
      sample: "2026-03-30T13:00:00.000Z"
  sample: []
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
        - V(invalid_request) - an option's value is not allowed, there is no such store, or a checkout of the collection was not built.
        - V(store) - the store's database can't be used.
        - V(server) - what is in the store was altered.
        - V(file) - the file could not be read or written.
      returned: always
      type: str
      choices: [invalid_request, store, server, file]
      sample: store
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
      sample: database is locked, and was for 50 seconds
    request_id:
      description: Always V(null), for no source is asked.
      returned: always
      type: str
    hint:
      description: What may help, V(null) if there is nothing to say.
      returned: always
      type: str
      sample: Run the task again.
    target:
      description: The file as C(dest), V(null) if it is not the file that failed.
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
