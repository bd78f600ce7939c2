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
      - The sources whose records to include. If not specified, those that the store knows, so a source that was never archived is not missing.
      - RV(complete) is V(false) if the store knows nothing about one that is listed here, and if it knows no source at all.
    type: list
    elements: str
    choices:
      taurusdb_killed_session: Records of M(opsaudit.sessions.taurusdb_killed_session_archive).
      dataarts_sql_session: Records of M(opsaudit.sessions.dataarts_sql_session_archive).
      hoop_session: Records of M(opsaudit.sessions.hoop_session_archive).
      bcc_action_run: Records of M(opsaudit.sessions.bcc_action_run_archive).
  where:
    description:
      - Include only records for which this JMESPath expression is true. It is evaluated over each record as in the rules of M(opsaudit.sessions.session_gate).
        The record has the columns of the table C(record), with C(scope) and C(raw), what the source sent, as objects.
      - V(target == 'orders-db') is a connection, V(actor == 'ana@example.com') a person, V(contains(summary || '', 'payments'\)) a table in what was typed,
        and V(raw.exit_code != `0`) any field of the source.
      - A bare word, a name that is not a column and a text without quotes are refused, because they would never match.
      - If no record matches, the task succeeds with a warning.
      - RV(complete), RV(gaps) and RV(pruned) are those of whole scopes. They say whether a record that matches could be missing.
      - Needs the Python library jmespath.
    type: str
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
