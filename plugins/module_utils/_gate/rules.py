# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse the rules of a gate: named conditions, and JMESPath. Knows neither Ansible nor SQL."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from .._base import times
from .._base.errors import OptionError
from .._base.jmespath_query import is_true
from .._base.options import find_near, invalid, out_of_range
from .._records.canonical import shorten_key, write_canonical
from .._records.condition import compile_expression
from .._records.entry import BLOCKED, FAILURE, KILLED, WAITING
from .._records.shape import Row
from .._sources.archives import ARCHIVES
from .._store.database.schema import LONGEST_RULE
from .._store.findings import Query

_WORDS = re.compile(r"[\w\s]+", re.ASCII)

Test = Callable[[Row], bool]


class Rule(NamedTuple):
    """One condition on the records of one source, and how many records may match it."""

    source: str
    when: str
    at_most: int
    #: The name of the condition in the store.
    name: str
    #: What one of its records is.
    noun: str = "record"
    #: The expression for the number that a record counts for; null if each counts for one.
    weight: str | None = None
    #: Applies it to a whole record.
    measure: Callable[[Row], Any] | None = None
    outcome: str | None = None
    #: Duration in milliseconds that a matching record exceeds.
    longer: int | None = None
    #: Tests a whole record, for conditions that SQL cannot express.
    test: Test | None = None
    #: Whether the rule counts gaps in place of records.
    incomplete: bool = False
    #: Age in milliseconds that a gap must have; null for every gap.
    min_age: int | None = None
    #: What to call it in messages.
    place: str = "rules[0]"

    @property
    def age(self) -> str:
        """Return the age that a gap must have, as it was written; empty for every gap."""
        return self.when.partition(" ")[2] if self.incomplete else ""

    @property
    def needs_raw(self) -> bool:
        return self.test is not None or self.measure is not None

    def query(self, gate: str) -> Query:
        """Return the part of the rule that SQL evaluates.

        :param gate: the name of the gate in the store.
        """
        return Query(gate, self.source, self.name, self.outcome, self.longer, self.needs_raw)

    def weigh(self, record: Row) -> int:
        """Return the number that a record counts for.

        :raises OptionError: if the expression gives no such number.
        """
        if self.measure is None:
            return 1
        value = self.measure(record)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or value != int(value):
            raise OptionError(
                "%s.weight: %s is %s for the record %s of %s (write an expression that is a whole number, 0 or more, for every record)"
                % (self.place, self.weight, write_canonical(value)[:100], record["record_id"], self.source)
            )
        return int(value)


class _Condition(NamedTuple):
    """A named condition: whether it takes a duration, and the fields of a rule that it sets."""

    duration: str  # never, always, maybe
    make: Callable[[int | None], dict[str, Any]]


#: Conditions on the outcome, for sources whose records can have that outcome.
_OUTCOMES = {"failed": FAILURE, "killed": KILLED, "blocked": BLOCKED}
#: For sources whose records wait before they run.
_WAITING = {"waiting": _Condition("maybe", lambda duration: {"outcome": WAITING, "longer": duration})}
#: Conditions that every source has.
_GENERAL = {
    "longer": _Condition("always", lambda duration: {"longer": duration}),
    "incomplete": _Condition("maybe", lambda duration: {"incomplete": True, "min_age": duration}),
}
_FORMS = {"never": "%s", "always": "%s with a duration such as 8h", "maybe": "%s with or without a duration"}


def _conditions(source: str) -> dict[str, _Condition]:
    """Return the named conditions that the records of a source can match."""
    archive = ARCHIVES[source]
    return {
        **{name: _make_outcome_condition(outcome) for name, outcome in _OUTCOMES.items() if outcome in archive.outcomes},
        **(_WAITING if WAITING in archive.outcomes else {}),
        **{name: _make_test_condition(test) for name, test in archive.conditions.items()},
        **_GENERAL,
    }


def _make_outcome_condition(outcome: str) -> _Condition:
    return _Condition("never", lambda _duration: {"outcome": outcome})


def _make_test_condition(test: Test) -> _Condition:
    return _Condition("never", lambda _duration: {"test": test})


def parse_rule(source: str, when: str, at_most: int, weight: str | None = None, place: str = "rules[0]") -> Rule:
    """Parse a rule.

    :param source: a name of the registry.
    :param when: the condition.
    :param at_most: number of new records that may match.
    :param weight: JMESPath for the number that a record counts for.
    :param place: what to call the rule in messages.
    :raises OptionError: if the condition is invalid, or no record of this source could ever match it.
    :raises MissingLibrary: without the library jmespath, if it is needed.
    """
    if at_most < 0:
        raise out_of_range(place + ".at_most", at_most, 0)
    measure = compile_expression(weight, place + ".weight") if weight else None
    counted: dict[str, Any] = {"weight": weight or None, "measure": measure, "noun": ARCHIVES[source].noun, "place": place}
    words = when.split(None, 1) if _WORDS.fullmatch(when) else []
    if not words:
        search = compile_expression(when, place + ".when")
        return Rule(source, when, at_most, shorten_key(when.strip(), LONGEST_RULE), test=lambda record: is_true(search(record)), **counted)
    word, more = words[0], words[1].rstrip() if len(words) > 1 else ""
    conditions = _conditions(source)
    condition = conditions.get(word)
    try:
        duration = times.parse_duration(more) if more else None
    except ValueError:
        condition = None
    if condition is None or (duration is None) != (condition.duration == "never") and condition.duration != "maybe":
        allowed = ", ".join(_FORMS[each.duration] % name for name, each in sorted(conditions.items()))
        near = find_near(word, conditions) if word not in conditions else None
        hint = "did you mean %s? " % near if near else ""
        instead = "%swrite %s, or a JMESPath expression with a comparison, such as actor != null" % (hint, allowed)
        raise invalid(place + ".when", when, "a condition of %s" % source, instead)
    name = word if duration is None else "%s %s" % (word, more)
    made = Rule(source, name, at_most, name, **{**counted, **condition.make(duration)})
    if made.incomplete and weight:
        raise OptionError("%s.weight: %s counts gaps, which have no weight (leave weight out)" % (place, name))
    return made
