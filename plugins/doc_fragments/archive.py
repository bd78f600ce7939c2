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
      - Where the records are kept. A path is the file of an SQLite database, which is made if it is not there, and which only its owner can read.
        Its folder must exist. Anything with C(://) is a URL, V(sqlite:///path), V(postgresql://user:password@host/database),
        V(mysql://user:password@host/database) or V(mariadb://user:password@host/database).
      - A URL with C(postgresql) needs the Python library psycopg (C(psycopg[binary])), one with C(mysql) or C(mariadb) needs PyMySQL.
        The database must exist. The tables in it are made by the first task that uses it.
      - One store can hold the records of all sources.
      - This option is required. If not specified, the value of the environment variable E(OPSAUDIT_STORE) is used.
    type: str
  overlap:
    description:
      - How far to look back before the place where the last run ended, so that records are found that the source showed late.
        A number and a unit, V(s), V(m), V(h), V(d) or V(w).
    type: str
    default: 10m
  return_new:
    description:
      - How many of the new records to return as RV(new_records), at most V(1000000). The store has all of them in any case.
    type: int
    default: 0
requirements:
  - SQLAlchemy (Python library), 2.0 or newer
notes:
  - Records are written page by page, each page with its bookkeeping as one transaction. A task that is killed loses nothing of what it has written,
    and the next run goes on from there.
  - A run reads what was never proven complete, and goes back to the first O(start_time) that was ever asked for if it has to. If there is no such gap,
    it begins where the last run ended, less O(overlap). So O(start_time) matters on the first run of a scope, and afterwards only if it is earlier.
    RV(coverage) and RV(gaps) tell what is proven and what is missing.
  - A record that was not over when it was seen, such as a running session, is looked for again by later runs until it is. If the source does not list it
    any more, its outcome becomes V(unknown).
  - A record keeps what was once known of it. A field that a later listing leaves out, or returns as null, is not taken away.
  - Options that leave out records, such as filters, have a coverage of their own, because they prove nothing of what they leave out.
    The records themselves are kept only once.
  - Several tasks may use one store at the same time. They write one after the other.
  - The tables C(record), C(coverage) and C(run) are made to be queried. All times in them are milliseconds since the epoch, UTC.
    They are only readable for who may read the database; records can contain secrets that other people typed.
"""
