# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath over the finished list."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import Any

from .errors import MissingLibrary, OptionError
from .options import invalid

try:
    import jmespath
except ImportError:
    _PROBLEM: str | None = traceback.format_exc()
else:
    _PROBLEM = None


def compile_query(query: str, option: str = "query", over: str = "the list") -> Callable[[Any], Any]:
    """Return what applies a query.

    :param option: the option that it was given with.
    :param over: what it is applied to.
    :raises OptionError: if it is no JMESPath, or can't be applied to the records, or gives what JSON can't hold.
    :raises MissingLibrary: without the library jmespath.
    """
    if _PROBLEM is not None:
        raise MissingLibrary("jmespath", _PROBLEM)
    try:
        expression = jmespath.compile(query)
    except Exception as problem:
        raise _bad(option, query, over, problem) from None

    def search(records: Any) -> Any:
        # Functions of JMESPath run into whatever Python's own run into: overflow, endless depth, missing methods.
        try:
            value = expression.search(records)
            if isinstance(value, (str, bool, type(None))):
                return value
            # An expression (&name), or a number without end, is no result that a task can return.
            json.dumps(value, allow_nan=False)
        except Exception as problem:
            raise _bad(option, query, over, problem) from None
        return value

    return search


def _bad(option: str, query: str, over: str, problem: Exception) -> OptionError:
    text = " ".join(str(problem).split()) or type(problem).__name__
    return invalid(option, query, "a JMESPath expression over " + over, text)


def is_true(value: Any) -> bool:
    """Return whether JMESPath treats a value as true."""
    return value is not None and value is not False and value not in ("", [], {})
