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
      - The sources whose records to include. List only those that are archived. RV(complete) is V(false) if the store knows nothing about one of them.
    type: list
    elements: str
    choices:
      taurusdb_killed_session: Records of M(opsaudit.sessions.taurusdb_killed_session_archive).
      dataarts_sql_session: Records of M(opsaudit.sessions.dataarts_sql_session_archive).
      hoop_session: Records of M(opsaudit.sessions.hoop_session_archive).
      bcc_action_run: Records of M(opsaudit.sessions.bcc_action_run_archive).
    default: [taurusdb_killed_session, dataarts_sql_session, hoop_session, bcc_action_run]
  start_time:
    description:
      - Include only records that started at this time or later.
      - If not specified, there is no limit. Completeness is then checked from the first time that each scope was to be archived from.
    type: str
  end_time:
    description:
      - Include only records that started before this time, so that the end of one month can be the start of the next.
      - If not specified, there is no limit. Completeness is then checked up to the last time that each scope was to be archived to.
    type: str
"""
