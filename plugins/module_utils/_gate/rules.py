# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gate looks for: conditions that have a name, and JMESPath. Knows neither Ansible nor SQL."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from .._base import times
from .._base.jmespath_query import compiled
from .._base.options import invalid, out_of_range
from .._records.canonical import short_key
from .._records.entry import BLOCKED, FAILURE, KILLED, WAITING
from .._records.shape import Row
from .._sources.archives import ARCHIVES
from .._store.findings import Query
from .._store.schema import LONGEST_RULE

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

    @property
    def query(self) -> Query:
        """What of it SQL can find."""
        return Query(self.source, self.name, self.outcome, self.longer, self.test is not None)


class _Condition(NamedTuple):
    """A condition that has a name: whether it takes a duration, and what it makes of a rule."""

    duration: str  # never, always, maybe
    make: Callable[[int | None], dict[str, Any]]


#: Conditions on the outcome, for the sources whose records can have it.
_OUTCOMES = {"failed": FAILURE, "killed": KILLED, "blocked": BLOCKED}
#: Beside it, for sources whose records wait before they run.
_WAITING = {"waiting": _Condition("maybe", lambda duration: {"outcome": WAITING, "longer": duration})}
#: Conditions that every source has.
_GENERAL = {
    "longer": _Condition("always", lambda duration: {"longer": duration}),
    "incomplete": _Condition("maybe", lambda duration: {"incomplete": True, "patience": duration}),
}
_FORMS = {"never": "%s", "always": "%s with a duration such as 8h", "maybe": "%s with or without a duration"}


def _conditions(source: str) -> dict[str, _Condition]:
    """Return the named conditions that the records of a source can meet."""
    archive = ARCHIVES[source]
    return {
        **{name: _outcome(outcome) for name, outcome in _OUTCOMES.items() if outcome in archive.outcomes},
        **(_WAITING if WAITING in archive.outcomes else {}),
        **{name: _test(test) for name, test in archive.conditions.items()},
        **_GENERAL,
    }


def _outcome(outcome: str) -> _Condition:
    return _Condition("never", lambda _duration: {"outcome": outcome})


def _test(test: Test) -> _Condition:
    return _Condition("never", lambda _duration: {"test": test})


def rule(source: str, when: str, at_most: int) -> Rule:
    """Read a rule.

    :param source: a name of the registry.
    :raises OptionError: if it is none, or nothing that this source's records could ever meet.
    :raises MissingLibrary: without the library jmespath, if it is needed.
    """
    if at_most < 0:
        raise out_of_range("rules.at_most", at_most, 0)
    words = _WORDS.fullmatch(when)
    if not words:
        search = compiled(when, "rules.when", "a record")
        return Rule(source, when, at_most, short_key(when.strip(), LONGEST_RULE), test=lambda record: _true(search(record)))
    conditions = _conditions(source)
    condition = conditions.get(words[1])
    try:
        duration = times.parse_duration(words[2]) if words[2] else None
    except ValueError:
        condition = None
    if condition is None or (duration is None) != (condition.duration == "never") and condition.duration != "maybe":
        allowed = ", ".join(_FORMS[each.duration] % name for name, each in sorted(conditions.items()))
        instead = "write %s, or a JMESPath expression of more than words, such as actor != null" % allowed
        raise invalid("rules.when", when, "a condition of %s" % source, instead)
    name = words[1] if duration is None else "%s %s" % (words[1], words[2])
    return Rule(source, name, at_most, name, **condition.make(duration))


def _true(value: Any) -> bool:
    """What JMESPath takes for true."""
    return value is not None and value is not False and value not in ("", [], {})
