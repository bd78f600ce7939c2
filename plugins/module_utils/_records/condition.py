# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A condition on records: JMESPath over the columns of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .._base.errors import OptionError
from .._base.jmespath_query import compile_query, is_true, list_lookups
from .._base.options import Declaration, find_near, invalid
from .shape import Row

#: Whether a record, with its columns C(scope) and C(raw) parsed, meets a condition.
Test = Callable[[Row], bool]
#: The option that selects records.
WHERE: Declaration = {"type": "str"}
#: The warning that a misspelt value deserves.
NO_MATCH = "where: no record in the window meets it. Check the spelling of values, and of names in raw and scope."
#: The columns of the table C(record).
COLUMNS = (
    "source", "scope_key", "record_id", "scope", "kind", "state", "outcome", "started_at", "ended_at", "actor", "target", "summary",
    "raw", "content_hash", "row_hash", "first_seen", "last_seen", "changed_at", "detailed_at",
)

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
    search = compile_expression(text, option)

    def test(record: Row) -> bool:
        value: Any = search(record)
        return is_true(value)

    return test


def compile_expression(text: str, option: str) -> Callable[[Row], Any]:
    """Return what applies an expression to a record.

    :param option: the option that it was given with.
    :raises OptionError: if it is no JMESPath, or looks up a column that there is not: it would never match.
    :raises MissingLibrary: without the library jmespath.
    """
    search = compile_query(text, option, "a record")
    # C(null) is a name as well, of nothing: what is compared with it is compared with null, as it reads.
    unknown = [each for each in list_lookups(text) if each.name not in COLUMNS and each.name != "null"]
    if unknown:
        name, compared_with = unknown[0]
        raise OptionError("%s: %r is not a column of a record (%s)" % (option, name, _suggest(name, compared_with)))
    return search


def _suggest(name: str, compared_with: str | None) -> str:
    """Return what to write in place of a name that is not a column."""
    if name in ("true", "false"):
        return "write `%s`, in backquotes" % name
    if compared_with in COLUMNS:
        return "a text has single quotes: %s == '%s'" % (compared_with, name)
    near = find_near(name, COLUMNS)
    return "did you mean %s?" % near if near else "there are %s; what the source gave is in raw: raw.%s" % (", ".join(COLUMNS), name)
