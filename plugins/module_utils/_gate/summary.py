# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a rule, and the text that says it to people: a line for each broken rule, and one for each finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from typing import Any

from .._base.redaction import printable
from .._records.canonical import write_canonical
from .._store.findings import Key, Query
from .key_spool import KeySpool
from .rules import Rule

#: The most findings that a summary has a line for.
MOST_LINES = 20
#: The longest text in a finding, in characters.
_LONGEST_TEXT = 100
_UNKNOWN = "-"


class Result:
    """The result of a rule: the keys of all new findings, those that are returned, the closed gaps, and what was pruned."""

    def __init__(self, rule: Rule, query: Query) -> None:
        self.rule = rule
        self.query = query
        self.keys = KeySpool()
        #: The number that all new findings together count for.
        self.count = 0
        self.findings: list[dict[str, Any]] = []
        #: What a person should know of each of them: of a gap, until when it lasts, and why it is there.
        self.notes: list[str] = []
        self.closed_keys: list[Key] = []
        self.closed: list[dict[str, Any]] = []
        self.pruned: list[dict[str, Any]] = []

    def add(self, key: Key, weight: int) -> None:
        """Count a new finding."""
        self.keys.append(key)
        self.count += weight

    @property
    def breached(self) -> bool:
        return self.count > self.rule.at_most

    @property
    def is_to_report(self) -> bool:
        """Return whether there is anything to report."""
        return self.breached or bool(self.closed_keys)

    @property
    def keys_to_report(self) -> Iterator[Key]:
        """Return the keys of what is to be reported: the findings of a broken rule, and the closed gaps."""
        return chain(self.keys if self.breached else (), self.closed_keys)

    def as_dict(self, limit: int) -> dict[str, Any]:
        """Return it as the task does.

        :param limit: number of findings.
        """
        return {
            "source": self.rule.source, "when": self.rule.when, "at_most": self.rule.at_most, "count": self.count,
            "breached": self.breached, "findings": self.findings[:limit], "closed": self.closed,
        }


def truncate(text: str | None) -> str | None:
    """Return the beginning of a text that may name thousands of machines."""
    return text if text is None or len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 3] + "..."


def write_summary(results: Sequence[Result]) -> str:
    """Return the broken rules, the closed gaps, and what was found, in lines; no text of a source begins a line of its own."""
    broken = [each for each in results if each.breached]
    closed = [each for each in results if each.closed_keys]
    pruned = [each for each in results if each.pruned]
    lines = chain(map(_describe_breach, broken), map(_describe_closed, closed), map(_describe_pruned, pruned), _list_findings(broken))
    return "\n".join(map(printable, chain(lines, _list_next_steps(broken))))


def _describe_breach(result: Result) -> str:
    rule, number = result.rule, len(result.keys)
    if rule.incomplete:
        found = _count(number, "gap") + (" older than %s" % rule.age if rule.age else "")
    else:
        found = "%s match%s %s" % (_count(number, "new " + rule.noun), "es" if number == 1 else "", rule.when)
    together = " (together %d)" % result.count if rule.weight else ""
    return "%s: %s%s, %d allowed" % (rule.source, found, together, rule.at_most)


def _describe_closed(result: Result) -> str:
    number = len(result.closed_keys)
    return "%s: %s that %s reported %s closed" % (
        result.rule.source, _count(number, "gap"), "was" if number == 1 else "were", "is" if number == 1 else "are",
    )


def _count(number: int, noun: str) -> str:
    return "%d %s%s" % (number, noun, "" if number == 1 else "s")


def _list_next_steps(broken: Sequence[Result]) -> Iterator[str]:
    """Yield a line that says what to do with the findings."""
    steps = []
    if any(not each.rule.incomplete for each in broken):
        steps.append("look at the records in the report or the store")
    if any(each.rule.incomplete for each in broken):
        steps.append("archive again, which reads gaps again; session_store_info says what failed")
    if steps:
        yield "Next: %s. Each finding is reported once." % "; ".join(steps)


def _describe_pruned(result: Result) -> str:
    """Return what was pruned in the window of a rule, which is neither a gap nor complete."""
    last = max(result.pruned, key=lambda each: str(each["pruned_at"]))
    return "%s: pruned before %s on %s, %d records%s" % (
        result.rule.source, max(str(each["before"]) for each in result.pruned), last["pruned_at"], sum(each["records"] for each in result.pruned),
        "" if last["reason"] is None else ", " + last["reason"],
    )


def _list_findings(results: Sequence[Result]) -> Iterator[str]:
    """Yield a line for each finding, at most so many; each rule has its share of them."""
    numbered = [[(number, line) for line in _lines_of(result)] for number, result in enumerate(results)]
    in_turn = [each for round_ in zip_longest(*numbered) for each in round_ if each is not None]
    shown = sorted(in_turn[:MOST_LINES], key=lambda each: each[0])
    yield from (line for _number, line in shown)
    more = sum(len(each.keys) for each in results) - len(shown)
    if more > 0:
        yield "and %d more" % more


def _lines_of(result: Result) -> Iterator[str]:
    """Yield what each finding is: time, source, scope, record, actor, target, rule."""
    for found, note in zip(result.findings[:MOST_LINES], result.notes):
        place = found["label"] or "/".join(each if isinstance(each, str) else write_canonical(each) for each in found["scope"].values())
        parts = [found["started_at"], result.rule.source, place]
        if result.rule.incomplete:
            parts.append(note)
        else:
            parts += [found["record_id"], found["actor"], found["target"]]
        yield " | ".join(each or _UNKNOWN for each in (*parts, truncate(result.rule.when)))
