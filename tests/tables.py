# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads CSV that may hold anything: the csv module of Python 3.10 refuses NUL."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

#: Stands for NUL while the csv module looks; no test writes it.
_NUL = "\U0010fffd"


def csv_rows(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """The rows below the header, of a text opened with newline=""."""
    csv.field_size_limit(2**24)
    for row in csv.DictReader(line.replace("\0", _NUL) for line in lines):
        yield {name: cell.replace(_NUL, "\0") for name, cell in row.items()}
