# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find new records in a store that break a rule. Knows neither Ansible nor SQL."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from .._base import times as times_module
from .._base.errors import OptionError
from .._base.options import STORE, Declaration, Settings, check_window, instant, required_store, resolve
from .._base.strict_json import parse_json
from .._base.task import Call
from .._sources.archives import ARCHIVES
from .._store.findings import Key, candidates, note, note_notified, reported, waiting
from .._store.ledger.completeness import Exported, proofs, pruned_of
from .._store.ledger.scopes import load
from .._store.reader import as_written, known, snapshot
from .._store.store import opened_store
from .gaps import Spans, find_closed_gaps, find_gaps, is_reported, reported_spans
from .rules import Rule, parse_rule

#: The longest text in a finding, in characters.
_LONGEST_TEXT = 100

_OPTIONS: dict[str, Declaration] = {
    "store": STORE,
    "start_time": instant(),
    "end_time": instant(),
    "rules": {
        "type": "list",
        "elements": "dict",
        "options": {
            "source": {"type": "str", "required": True, "choices": list(ARCHIVES)},
            "when": {"type": "str", "required": True},
            "at_most": {"type": "int", "default": 0},
        },
    },
    "return_findings": {"type": "int", "default": 100, "within": (0, 10**4)},
    "notified": {"type": "str", "pattern": "[0-9a-f]{32}", "allowed": "what an earlier task returned as alert"},
}


class GateTask:
    """Finds new records that break a rule."""

    options = _OPTIONS

    def run(self, call: Call) -> dict[str, Any]:
        """Look for findings, or store that those of an alert were reported."""
        settings = resolve(_OPTIONS, call.params, call.environ, call.now)
        call.warnings += settings.warnings
        call.redactor.add(settings["store"])
        required_store(settings)
        if bool(settings["rules"]) == bool(settings["notified"]):
            raise OptionError("rules: give either rules or notified, and not both")
        check_window(settings)
        gate = _Gate(settings, call)
        return gate.note_notified() if settings["notified"] else gate.find()


class _Found(NamedTuple):
    """The result of a rule: the keys of all new findings, those that are returned, the closed gaps, and what was pruned."""

    rule: Rule
    keys: list[Key]
    findings: list[dict[str, Any]]
    closed_keys: list[Key]
    closed: list[dict[str, Any]]
    pruned: list[dict[str, Any]]

    @property
    def breached(self) -> bool:
        return len(self.keys) > self.rule.at_most

    @property
    def to_report(self) -> list[Key]:
        return [*(self.keys if self.breached else ()), *self.closed_keys]


class _Gate:
    """One task of a gate."""

    def __init__(self, settings: Settings, call: Call) -> None:
        self._settings = settings
        self._secret = call.redactor.add
        self._call = call
        self._start, self._end = settings["start_time"], settings["end_time"]

    def find(self) -> dict[str, Any]:
        """Evaluate the rules, and store the findings that are to be reported."""
        rules = self._parse_rules()

        def find(connection: Any) -> list[_Found]:
            return [self._find(connection, each) for each in rules]

        def find_and_note(connection: Any) -> list[_Found]:
            found = find(connection)
            for each in found:
                if each.to_report:
                    note(connection, each.rule.query, each.to_report, alert, self._settings.now)
            return found

        # Read first: a task without findings needs no write permission, and waits for no lock.
        found = snapshot(self._settings["store"], self._secret, find)
        alert = secrets.token_hex(16)
        if not self._call.check and any(each.to_report for each in found):
            with opened_store(self._settings["store"], self._secret, writes=True) as store:
                found = store.transact(find_and_note)
        to_report = any(each.to_report for each in found)
        return {
            "breached": any(each.breached for each in found),
            "alert": alert if to_report else None, "summary": _summary(found) if to_report else None,
            "rules": [_as_dict(each) for each in found],
        }

    def note_notified(self) -> dict[str, Any]:
        """Store that the findings of an alert were reported."""
        alert = self._settings["notified"]
        if self._call.check:
            # In check mode the findings were not stored, so that there is no alert to look up.
            snapshot(self._settings["store"], self._secret, lambda connection: None)
            self._call.changed = True
            return _NO_FINDINGS
        # Read first: a store that does not exist must not be created.
        count = snapshot(
            self._settings["store"], self._secret, lambda connection: waiting(connection, alert)
        )
        if count:
            with opened_store(self._settings["store"], self._secret, writes=True) as store:
                count = store.transact(lambda connection: note_notified(connection, alert, self._settings.now))
        self._call.changed = bool(count)
        return _NO_FINDINGS

    def _parse_rules(self) -> list[Rule]:
        rules = [parse_rule(each["source"], each["when"], each["at_most"]) for each in self._settings["rules"]]
        names = [(each.source, each.name) for each in rules]
        for each in rules:
            if names.count((each.source, each.name)) > 1:
                raise OptionError("rules: %s of %s is there twice (write each once)" % (each.when, each.source))
            if each.min_age is not None and self._start is not None and self._until(each) <= self._start:
                raise OptionError("rules.when: %s is longer than the window (write a shorter duration)" % each.when)
        return rules

    def _until(self, rule: Rule) -> int:
        """Return up to when there must be no gap, in milliseconds since the epoch."""
        latest = self._settings.now - (rule.min_age or 0)
        return latest if self._end is None else min(latest, self._end)

    def _find(self, connection: Any, rule: Rule) -> _Found:
        return (self._find_gaps if rule.incomplete else self._find_records)(connection, rule)

    def _find_records(self, connection: Any, rule: Rule) -> _Found:
        found = _Found(rule, [], [], [], [], [])
        labels: dict[str, str | None] = {scope.key: each.life.label for scope, each in load(connection, rule.source).items()}
        for row in candidates(connection, rule.query, self._start, self._end, self._settings.now):
            with as_written(rule.source, "the record %s" % row["record_id"]):
                row["scope"] = parse_json(row["scope"].encode())
                if rule.test is not None:
                    row["raw"] = parse_json(row["raw"].encode())
            if rule.test is None or rule.test(row):
                found.keys.append((row["scope_key"], row["record_id"]))
                self._add_finding(found, row["scope"], labels.get(row["scope_key"]), row["started_at"], row["ended_at"], row)
        return found

    def _find_gaps(self, connection: Any, rule: Rule) -> _Found:
        found = _Found(rule, [], [], [], [], [])
        before = reported(connection, rule.query)
        with as_written(rule.source, "a scope"):
            scopes = known(connection, rule.source)
            parts = proofs(scopes, self._start, self._end if rule.min_age is None else self._until(rule))
            found.pruned.extend(pruned_of([Exported(rule.source, 0, parts)]))
            wholes = proofs(scopes, None, None if rule.min_age is None else self._settings.now)
            spans: dict[str, Spans] = {}
            for gap in find_gaps(parts, wholes):
                if gap.scope_key not in spans:
                    spans[gap.scope_key] = reported_spans(before.get(gap.scope_key, ()))
                if not is_reported(gap, spans[gap.scope_key]):
                    found.keys.append((gap.scope_key, gap.name))
                    self._add_finding(found, gap.scope, gap.label, gap.part.start, gap.part.end, {})
            for gone in find_closed_gaps(before, wholes):
                found.closed_keys.append((gone.scope_key, gone.name))
                if len(found.closed) < self._settings["return_findings"]:
                    found.closed.append({"scope": gone.scope, "label": gone.label, **_times_of(*gone.span)})
        return found

    def _add_finding(
        self, found: _Found, scope: Any, label: str | None, start: int | None, end: int | None, row: Mapping[str, Any]
    ) -> None:
        if len(found.findings) < self._settings["return_findings"]:
            named = {name: row.get(name) for name in ("record_id", "kind", "state", "outcome")}
            cut = {name: _truncate(row.get(name)) for name in ("actor", "target")}
            found.findings.append({"scope": scope, "label": label, **named, **cut, **_times_of(start, end)})


_NO_FINDINGS: dict[str, Any] = {"breached": False, "alert": None, "summary": None, "rules": []}


def _truncate(text: str | None) -> str | None:
    """Return the beginning of a text that may name thousands of machines."""
    return text if text is None or len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 3] + "..."


def _times_of(start: int | None, end: int | None) -> dict[str, str | None]:
    times = {"started_at": start, "ended_at": end}
    return {name: None if each is None else times_module.to_iso(each, "ms") for name, each in times.items()}


def _as_dict(found: _Found) -> dict[str, Any]:
    return {
        "source": found.rule.source, "when": found.rule.when, "at_most": found.rule.at_most, "count": len(found.keys),
        "breached": found.breached, "findings": found.findings, "closed": found.closed,
    }


def _summary(found: list[_Found]) -> str:
    """Return the broken rules and the closed gaps as one line."""
    wrong = [
        "%s: %d new with %s, at most %d allowed" % (each.rule.source, len(each.keys), each.rule.when, each.rule.at_most)
        for each in found if each.breached
    ]
    right = [
        "%s: %d reported with %s, now closed" % (each.rule.source, len(each.closed_keys), each.rule.when)
        for each in found if each.closed_keys
    ]
    pruned = [_pruned_line(each) for each in found if each.pruned]
    return "; ".join([*wrong, *right, *pruned])


def _pruned_line(found: _Found) -> str:
    """Return what was pruned in the window of a rule, which is neither a gap nor complete."""
    last = max(found.pruned, key=lambda each: str(each["pruned_at"]))
    return "%s: pruned before %s on %s, %d records%s" % (
        found.rule.source, max(str(each["before"]) for each in found.pruned), last["pruned_at"], sum(each["records"] for each in found.pruned),
        "" if last["reason"] is None else ", " + last["reason"],
    )
