# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A condition on records: JMESPath over the columns of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .._base.jmespath_query import compile_query, is_true
from .._base.options import Declaration, invalid
from .shape import Row

#: Whether a record, with its columns C(scope) and C(raw) parsed, meets a condition.
Test = Callable[[Row], bool]
#: The option that selects records.
WHERE: Declaration = {"type": "str"}
#: The warning that a misspelt name deserves.
NO_MATCH = "where: no record in the window meets it. Check the names of columns and the spelling of values."

_BARE_WORD = re.compile(r"\s*\w+\s*", re.ASCII)


def parse_condition(text: str, option: str = "where") -> Test:
    """Parse a condition.

    :param option: the option that it was given with.
    :raises OptionError: if it is no JMESPath, or a bare word: a misspelt name would never match.
    :raises MissingLibrary: without the library jmespath.
    """
    if _BARE_WORD.fullmatch(text):
        word = text.strip()
        raise invalid(option, text, "a condition", "write %s != null, or a comparison such as target == 'orders-db'" % word)
    search = compile_query(text, option, "a record")

    def test(record: Row) -> bool:
        value: Any = search(record)
        return is_true(value)

    return test
