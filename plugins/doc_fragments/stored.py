# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # What a store on a database server needs
    DOCUMENTATION = r"""
options: {}
requirements:
  - psycopg (Python library), 3.1 or newer, for a store on PostgreSQL
  - PyMySQL (Python library), 1.0 or newer, for a store on MySQL or MariaDB
"""

    # Which records of a store to take
    RECORDS = r"""
options:
  sources:
    description:
      - Whose records to take. Name those that are archived, because RV(complete) is V(false) if nothing is known of one of them.
    type: list
    elements: str
    choices:
      taurusdb_killed_session: What M(opsaudit.sessions.taurusdb_killed_session_archive) keeps.
      dataarts_sql_session: What M(opsaudit.sessions.dataarts_sql_session_archive) keeps.
      hoop_session: What M(opsaudit.sessions.hoop_session_archive) keeps.
      bcc_action_run: What M(opsaudit.sessions.bcc_action_run_archive) keeps.
    default: [taurusdb_killed_session, dataarts_sql_session, hoop_session, bcc_action_run]
  start_time:
    description:
      - Only records that began at this time or later.
      - If not specified, there is no such limit. Completeness is then told from where each scope was ever to be archived.
    type: str
  end_time:
    description:
      - Only records that began before this time, so that the end of one month can be the start of the next.
      - If not specified, there is no such limit. Completeness is then told up to where each scope was ever to be archived.
    type: str
"""
