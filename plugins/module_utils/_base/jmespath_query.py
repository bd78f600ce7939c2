# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath over the finished list."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from .errors import MissingLibrary, OptionError

try:
    import jmespath
except ImportError:
    _PROBLEM: str | None = traceback.format_exc()
else:
    _PROBLEM = None


def compiled(query: str, option: str = "query", over: str = "the list") -> Callable[[Any], Any]:
    """What applies a query.

    :param option: the option that it was given with.
    :param over: what it is applied to.
    :raises OptionError: if it is no JMESPath, or can't be applied to the records.
    :raises MissingLibrary: without the library jmespath.
    """
    if _PROBLEM is not None:
        raise MissingLibrary("jmespath", _PROBLEM)
    try:
        expression = jmespath.compile(query)
    except jmespath.exceptions.JMESPathError as problem:
        raise _bad(option, query, over, problem) from None

    def search(records: Any) -> Any:
        try:
            return expression.search(records)
        except (jmespath.exceptions.JMESPathError, TypeError, ValueError) as problem:
            raise _bad(option, query, over, problem) from None

    return search


def _bad(option: str, query: str, over: str, problem: Exception) -> OptionError:
    text = " ".join(str(problem).split())
    return OptionError("%s: %r is not allowed; allowed: a JMESPath expression over %s (%s)" % (option, query[:200], over, text[:200]))
