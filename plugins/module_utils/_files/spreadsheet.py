# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Escape texts of a table, so that no spreadsheet takes one for a formula."""

from __future__ import annotations

import re

#: The beginning of a formula, with full-width forms and leading blanks.
_FORMULA = re.compile("[\\s\\ufeff\\u200b-\\u200f\\u2060]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def harmless_cell(text: str) -> str:
    """Return a text as a cell: an apostrophe before what looks like a formula, U+FFFD for each control character."""
    if not text.isprintable():
        text = _CONTROL.sub("\ufffd", text)
    return "'" + text if _FORMULA.match(text) else text
