# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make texts into cells of a table: none is a formula for a spreadsheet, none is longer than a cell can be."""

from __future__ import annotations

import re

#: The beginning of a formula, with full-width forms and leading blanks.
_FORMULA = re.compile("[\\s\\ufeff\\u200b-\\u200f\\u2060]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
#: The most characters of a cell, in units of UTF-16, as spreadsheets count. A longer one breaks the rows after it.
LONGEST = 32_767
#: The end of a text that was cut.
CUT = "\u2026 [cut]"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def escape_cell(text: str) -> str:
    """Return a text as a cell: an apostrophe before what looks like a formula, U+FFFD for each control character."""
    if not text.isprintable():
        text = _CONTROL.sub("\ufffd", text)
    return "'" + text if _FORMULA.match(text) else text


def shorten_cell(text: str) -> str:
    """Return a text that fits into a cell, with a mark at its end if it was cut."""
    if len(text) * 2 <= LONGEST:
        return text
    units = text.encode("utf-16-le", "replace")
    if len(units) <= LONGEST * 2:
        return text
    # Half of a character in two units is left out.
    return units[: (LONGEST - len(CUT)) * 2].decode("utf-16-le", "ignore") + CUT
