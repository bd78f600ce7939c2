# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the table of ratios.

    run.py [--quick] [--only N]... [--rounds R] [--archived N] [--guide]

Costs are compared and never stated alone: a ratio holds on another machine, too.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from pathlib import Path

import archives
import attachments
import fetching
import fleets
import ledgers
import schedules
import stores
import tasks
from table import Row, circumstances, readme_table, simple_table

import playbooks

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_performance.rst"
_BEGIN, _END = ".. What make bench measured, from here", ".. to here"

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
    14: schedules.scheduled,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--rounds", type=int, help="so many rounds (default 3)")
    parser.add_argument("--only", type=int, action="append", choices=sorted(GROUPS), help="only this group of rows")
    parser.add_argument("--archived", type=int, default=archives.MANY, help="records of row 8 (default %(default)s)")
    parser.add_argument("--guide", action="store_true", help="also write the table into the guide")
    given = parser.parse_args()
    archives.MANY = given.archived
    rounds = given.rounds or (1 if given.quick else 3)
    before, started = circumstances(rounds), time.monotonic()
    rows: list[Row] = []
    failed = []
    for number, group in GROUPS.items():
        if given.only and number not in given.only:
            continue
        print("group %d, %d s, load %.2f ..." % (number, time.monotonic() - started, os.getloadavg()[0]), file=sys.stderr, flush=True)
        try:
            rows += group(rounds)
        except Exception:
            # The other groups are worth their time.
            traceback.print_exc()
            failed.append(number)
    text = "%s, after %.2f.\n\n%s\n" % (before, os.getloadavg()[0], simple_table(rows))
    print(text)
    print("What has a goal, for a README:\n")
    print(readme_table(rows))
    if failed:
        print("\nGroups that failed: %s" % ", ".join(map(str, failed)), file=sys.stderr)
    elif given.guide:
        write_into_guide(text)
    return 1 if failed else 0


def write_into_guide(text: str) -> None:
    """Replace what the guide shows between its two comments."""
    before, begin, rest = GUIDE.read_text("utf-8").partition(_BEGIN)
    _old, end, after = rest.partition(_END)
    if not begin or not end:
        raise RuntimeError("%s lacks its comments around the table" % GUIDE)
    GUIDE.write_text("".join((before, begin, "\n\n", text, "\n", end, after)), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
