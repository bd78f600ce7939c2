# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath over the finished list."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

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


class Lookup(NamedTuple):
    """A name that an expression looks up in what it is applied to."""

    name: str
    #: The name that it is compared with, which is looked up in the same place; null if there is none.
    compared_with: str | None = None


def list_lookups(query: str) -> list[Lookup]:
    """Return the names that an expression looks up in what it is applied to, not in a value within.

    :param query: a JMESPath that can be compiled.
    """
    return list(_find_lookups(jmespath.compile(query).parsed))


def _find_lookups(node: dict[str, Any]) -> Iterator[Lookup]:
    kind, children = node["type"], node["children"]
    if kind == "field":
        yield Lookup(node["value"])
    elif kind in ("subexpression", "pipe", "projection", "value_projection", "filter_projection"):
        # What stands behind the first is applied to its result.
        is_same = kind in ("subexpression", "pipe") and children[0]["type"] in ("current", "identity")
        for child in children if is_same else children[:1]:
            yield from _find_lookups(child)
    elif kind == "comparator" and all(each["type"] == "field" for each in children):
        left, right = (each["value"] for each in children)
        yield from (Lookup(left, right), Lookup(right, left))
    elif kind in _SAME_PLACE:
        for child in children:
            yield from _find_lookups(child)


#: The nodes whose parts are all applied to what the node is applied to. Parts of others are not known to be.
_SAME_PLACE = (
    "comparator", "and_expression", "or_expression", "not_expression", "function_expression", "flatten", "index_expression",
    "multi_select_list", "multi_select_dict", "key_val_pair",
)


def _bad(option: str, query: str, over: str, problem: Exception) -> OptionError:
    text = " ".join(str(problem).split()) or type(problem).__name__
    return invalid(option, query, "a JMESPath expression over " + over, text)


def is_true(value: Any) -> bool:
    """Return whether JMESPath treats a value as true."""
    return value is not None and value is not False and value not in ("", [], {})
