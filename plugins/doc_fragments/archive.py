# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # What all modules share that keep records in a store
    DOCUMENTATION = r"""
options:
  store:
    description:
      - The database to archive the records in. A path is an SQLite file. It is created if it does not exist, readable by its owner only;
        its folder must exist. A URL is V(sqlite:///path), V(postgresql://user:password@host/database),
        V(mysql://user:password@host/database) or V(mariadb://user:password@host/database).
      - A database on a server must exist. The first task that uses it creates the tables.
        C(postgresql) needs the Python library psycopg (C(psycopg[binary])), C(mysql) and C(mariadb) need PyMySQL.
      - One store can hold the records of all sources.
      - This option is required. If not specified, the value of the environment variable E(OPSAUDIT_STORE) is used.
    type: str
  overlap:
    description:
      - How far to read back before the end of the last run, to find records that the source lists late.
        A number and a unit, V(s), V(m), V(h), V(d) or V(w).
    type: str
    default: 10m
  return_new:
    description:
      - How many of the new records to return as RV(new_records), at most V(1000000). The store contains all of them in any case.
    type: int
    default: 0
  reread:
    description:
      - Whether to read the whole window from O(start_time) to O(end_time) again, including what is proven complete.
    type: bool
    default: false
  recheck:
    description:
      - How much of the time before the end of the window to read again in each run, for records that change after their end. For example V(7d).
        A number and a unit, V(s), V(m), V(h), V(d) or V(w).
      - If not specified, only new and open records are read.
    type: str
  abandon_after:
    description:
      - Records that are still open after this time are not looked up any more, and their outcome becomes V(unknown).
        A number and a unit, V(s), V(m), V(h), V(d) or V(w).
    type: str
    default: 30d
  retention:
    description:
      - How long the source keeps its records, if you know it. For example V(30d). What is older is read and archived, but is a gap,
        because the source may have deleted some of it.
      - If not specified, everything that the source lists can be proven complete.
    type: str
  label:
    description:
      - A name for the scopes of this task, 1 to 200 characters in one line.
    type: str
requirements:
  - SQLAlchemy (Python library), 2.0 or newer
notes:
  - Run the task as often as you like. Each run continues where the last one ended, and reads again what was not proven complete.
    RV(coverage) and RV(gaps) list what is proven and what is missing.
  - Filters have a coverage of their own, because they prove nothing about the records that they leave out.
  - Records can contain secrets that people typed. Protect the database as you protect the source.
seealso:
  - name: Keeping twelve months
    description: The guide to the archive. Schedule, database privileges, queries, alerts, backup.
    link: https://github.com/opsaudit/sessions/blob/main/docs/docsite/rst/guide_archive.rst
"""
