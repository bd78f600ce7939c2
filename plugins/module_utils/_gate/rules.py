# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gate looks for: conditions that have a name, and JMESPath. Knows neither Ansible nor SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .._base import times
from .._base.errors import OptionError
from .._base.jmespath_query import compiled
from .._fetch.endpoint import Row
from .._records.entry import BLOCKED, FAILURE, KILLED, key
from .._store.schema import LONGEST_RULE

_TAURUSDB, _DATAARTS, _HOOP, _BCC = "taurusdb_killed_session", "dataarts_sql_session", "hoop_session", "bcc_action_run"
#: A review in one of these states is none yet.
_NOT_REVIEWED = (None, "", "PENDING", "UNKNOWN")
_WORDS = re.compile(r"\s*(\w+)(?:\s+([\w\s]+?))?\s*", re.ASCII)

Test = Callable[[Row], bool]


class Rule(NamedTuple):
    """One condition on the records of one source, and how many may meet it."""

    source: str
    when: str
    at_most: int
    #: The condition as it is known in the store.
    name: str
    outcome: str | None = None
    #: Longer than so many milliseconds.
    longer: int | None = None
    #: Whether a whole record meets it, for what SQL can't tell.
    test: Test | None = None
    #: It is about gaps, not about records: those that lie so many milliseconds back, or all.
    incomplete: bool = False
    patience: int | None = None


class _Named(NamedTuple):
    """A condition that has a name: whose records can meet it at all, and whether it takes a length of time."""

    sources: tuple[str, ...]
    parameter: str  # never, always, maybe
    make: Callable[[int | None], dict[str, Any]]


def _guardrail(record: Row) -> bool:
    return bool(_raw(record).get("guardrails_info"))


def _unreviewed(record: Row) -> bool:
    review = _raw(record).get("review")
    return not isinstance(review, dict) or review.get("status") in _NOT_REVIEWED


def _raw(record: Row) -> Mapping[str, Any]:
    raw = record["raw"]
    return raw if isinstance(raw, dict) else {}


_ALL = (_TAURUSDB, _DATAARTS, _HOOP, _BCC)
_NAMED = {
    "failed": _Named((_DATAARTS, _HOOP, _BCC), "never", lambda _span: {"outcome": FAILURE}),
    "killed": _Named((_TAURUSDB,), "never", lambda _span: {"outcome": KILLED}),
    "blocked": _Named((_HOOP,), "never", lambda _span: {"outcome": BLOCKED}),
    "guardrail": _Named((_HOOP,), "never", lambda _span: {"test": _guardrail}),
    "unreviewed": _Named((_HOOP,), "never", lambda _span: {"test": _unreviewed}),
    "longer": _Named(_ALL, "always", lambda span: {"longer": span}),
    "incomplete": _Named(_ALL, "maybe", lambda span: {"incomplete": True, "patience": span}),
}
_ALLOWED = (
    "failed, killed, blocked, guardrail, unreviewed, longer and a length of time such as 8h, incomplete with or without one,"
    " or a JMESPath expression of more than words, such as actor != null"
)


def rule(source: str, when: str, at_most: int) -> Rule:
    """What is to be looked for.

    :raises OptionError: if it is nothing that can be, or nothing that this source's records could ever meet.
    :raises MissingLibrary: without the library jmespath, if it is needed.
    """
    if at_most < 0:
        raise OptionError("rules.at_most: %d is not allowed; allowed: 0 or more" % at_most)
    words = _WORDS.fullmatch(when)
    if not words:
        search = compiled(when, "rules.when", "a record")
        return Rule(source, when, at_most, key(when.strip(), LONGEST_RULE), test=lambda record: _true(search(record)))
    named = _NAMED.get(words[1])
    try:
        span = times.span(words[2]) if words[2] else None
    except ValueError:
        named = None
    if named is None or (span is None) != (named.parameter == "never") and named.parameter != "maybe":
        raise OptionError("rules.when: %r is not allowed; allowed: %s" % (when[:200], _ALLOWED))
    if source not in named.sources:
        raise OptionError(
            "rules.when: no record of %s can be %s; allowed: %s" % (source, words[1], ", ".join(named.sources))
        )
    name = words[1] if span is None else "%s %s" % (words[1], words[2])
    return Rule(source, name, at_most, name, **named.make(span))


def _true(value: Any) -> bool:
    """What JMESPath takes for true."""
    return value is not None and value is not False and value not in ("", [], {})
