# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of ratios."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import version
from typing import NamedTuple


class Row(NamedTuple):
    """One measured ratio; C(ratio) is null where it could not be measured."""

    number: int
    what: str
    kind: str
    ratio: float | None
    spread: tuple[float, float] | None = None
    sense: str = ""
    goal: float | None = None
    detail: str = ""

    @property
    def verdict(self) -> str:
        if self.ratio is None:
            return "not measured"
        if self.goal is None:
            return ""
        reached = self.ratio <= self.goal if self.sense == "<=" else self.ratio >= self.goal
        return "reached" if reached else "MISSED"

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        return (
            str(self.number),
            self.what,
            self.kind,
            "" if self.ratio is None else _number(self.ratio),
            "" if self.spread is None else "%s to %s" % tuple(map(_number, self.spread)),
            "" if self.goal is None else "%s %s" % (self.sense, _number(self.goal)),
            self.verdict,
            self.detail,
        )


HEADER = ("row", "what", "of", "ratio", "in any round", "goal", "", "medians")


def _number(value: float) -> str:
    return "%.1f" % value if abs(value) >= 9.95 else "%.2f" % value


def simple_table(rows: list[Row]) -> str:
    """The rows as a simple table of reStructuredText, that is readable as it is, and in docs/docsite/rst/guide_performance.rst."""
    lines = [HEADER, *(row.cells() for row in rows)]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(HEADER))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    rule = "  ".join("=" * width for width in widths)
    return "\n".join((rule, text[0], rule, *text[1:], rule))


def readme_table(rows: list[Row]) -> str:
    """The rows that have a goal, as a table of Markdown that fits a README."""
    lines = [("What", "Of", "Measured", "Goal", "")]
    lines += [
        (row.what, row.kind, "-" if row.ratio is None else _number(row.ratio), "%s %s" % (row.sense, _number(row.goal)), row.verdict)
        for row in rows if row.goal is not None
    ]
    text = ["| %s |" % " | ".join(line) for line in lines]
    return "\n".join((text[0], "|---|---|---|---|---|", *text[1:]))


def circumstances(rounds: int) -> str:
    """When, where and with what was measured."""
    with open("/proc/cpuinfo") as file:
        models = {line.partition(":")[2].strip() for line in file if line.startswith("model name")}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join("%s %s" % (name, version(name)) for name in ("ansible-core", "requests", "urllib3"))
    return "Measured %s UTC: %d cores (%s), %.0f GB; Python %s, %s; medians of %d rounds; load before %.2f" % (
        time.strftime("%Y-%m-%d %H:%M", time.gmtime()), os.cpu_count() or 0, ", ".join(models) or "unknown", memory,
        platform.python_version(), versions, rounds, os.getloadavg()[0],
    )
