# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the scopes of a store that options name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._base.errors import OptionError
from .._base.options import not_a_choice
from .._base.strict_json import parse_json
from .._records.scope import read_scope, write_scope
from .._store.ledger.coverage import Scope
from .._store.ledger.scopes import KnownScope
from .._store.reader import report_altered_rows

#: So many scopes are named in a message.
_NAMED = 10


def select_scopes(
    known: Mapping[Scope, KnownScope], sources: Iterable[str] | None, wanted: Mapping[str, Any] | None, option: str = "sources"
) -> list[Scope]:
    """Return the scopes of some sources, or the one that is named.

    :param known: all scopes of the store.
    :param sources: null for all.
    :param wanted: the dictionary of a scope; null for all.
    :param option: the option that names sources.
    :raises OptionError: if the store does not know a source, or the scope.
    """
    there = sorted({scope.source for scope in known})
    for source in sources or ():
        if source not in there:
            raise not_a_choice(option, source, there, "this store has no other") if there else OptionError(
                "%s: the store has no records of any source yet" % option
            )
    among = [scope for scope in known if sources is None or scope.source in sources]
    if wanted is None:
        return among
    texts = _texts(wanted)
    found = [scope for scope in among if _texts(dictionary_of(scope, known)) == texts]
    if not found:
        raise OptionError("scope: %s is not in this store (%s)" % (write_scope(wanted) or "an empty dictionary", _name_scopes(among)))
    return found


def dictionary_of(scope: Scope, known: Mapping[Scope, KnownScope]) -> dict[str, Any]:
    """Return a scope as the archive modules return it."""
    if scope not in known:
        return dict(read_scope(scope.key))
    with report_altered_rows(scope.source, "a scope"):
        return dict(parse_json(known[scope].text.encode()))


def _texts(scope: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of a scope as texts: YAML makes a number of an id that is one."""
    return {name: write_scope({name: value}) for name, value in scope.items()}


def _name_scopes(among: list[Scope]) -> str:
    if not among:
        return "it knows none"
    more = len(among) - _NAMED
    return "it knows %s%s" % ("; ".join(scope.key for scope in among[:_NAMED]), " and %d more" % more if more > 0 else "")
