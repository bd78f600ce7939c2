# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the table of ratios.

    run.py [--quick] [--only N]... [--rounds R] [--archived N]

Costs are compared and never stated alone: a ratio holds on another machine, too.
"""

from __future__ import annotations

import argparse
import os
import sys

import archives
import attachments
import fetching
import fleets
import ledgers
import stores
import tasks
from table import Row, circumstances, readme_table, simple_table

import playbooks

GROUPS = {
    1: tasks.action_path,
    2: tasks.module_path,
    3: fetching.bare_client,
    4: playbooks.uri_loop,
    5: fetching.official_sdk,
    6: tasks.many_ids,
    7: playbooks.cut_by_query,
    8: archives.memory,
    9: archives.storing,
    10: fleets.growth,
    11: ledgers.growth,
    12: stores.reading,
    13: attachments.keeping,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument("--rounds", type=int, help="so many rounds (default 5)")
    parser.add_argument("--only", type=int, action="append", choices=sorted(GROUPS), help="only this group of rows")
    parser.add_argument("--archived", type=int, default=archives.MANY, help="records of row 8 (default %(default)s)")
    given = parser.parse_args()
    archives.MANY = given.archived
    rounds = given.rounds or (3 if given.quick else 5)
    before = circumstances(rounds)
    rows: list[Row] = []
    for number, group in GROUPS.items():
        if given.only and number not in given.only:
            continue
        print("group %d, load %.2f ..." % (number, os.getloadavg()[0]), file=sys.stderr, flush=True)
        rows += group(rounds)
    print("%s, after %.2f.\n" % (before, os.getloadavg()[0]))
    print(simple_table(rows))
    print("\nWhat has a goal, for a README:\n")
    print(readme_table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
