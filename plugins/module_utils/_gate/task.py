# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find new records in a store that break a rule. Knows neither Ansible nor SQL."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from .._base import times as times_module
from .._base.errors import OptionError
from .._base.options import STORE, Declaration, Settings, check_window, instant, require_store
from .._base.strict_json import parse_json
from .._base.task import Call
from .._sources.archives import ARCHIVES
from .._store.findings import (
    LONGEST_NAME,
    Query,
    claim,
    count_waiting,
    find_candidates,
    gate_of,
    list_claimed,
    list_reported,
    note_notified,
    release,
)
from .._store.ledger.completeness import list_proofs
from .._store.ledger.returned import Exported, pruned_of
from .._store.ledger.scopes import load
from .._store.reader import parse_stored, read_known, report_altered_rows, snapshot
from .._store.store import open_store
from .gaps import Spans, find_closed_gaps, find_gaps, is_reported, parse_reported_spans
from .reasons import describe_gap, find_failures
from .rules import Rule, parse_rule
from .summary import MOST_LINES, Result, truncate, write_summary

_ALERT = {"type": "str", "pattern": "[0-9a-f]{32}", "allowed": "what an earlier task returned as alert"}

_OPTIONS: dict[str, Declaration] = {
    "store": STORE,
    "name": {
        "type": "str", "default": "default", "pattern": "[A-Za-z0-9][A-Za-z0-9._-]{0,%d}" % (LONGEST_NAME - 1),
        "allowed": "1 to %d letters, digits and . _ -, beginning with a letter or digit" % LONGEST_NAME,
    },
    "recipient": {"type": "str", "no_log": True},
    "start_time": instant(),
    "end_time": instant(),
    "rules": {
        "type": "list",
        "elements": "dict",
        "options": {
            "source": {"type": "str", "required": True, "choices": list(ARCHIVES)},
            "when": {"type": "str", "required": True},
            "at_most": {"type": "int", "default": 0},
            "weight": {"type": "str"},
        },
    },
    "claim": {
        "type": "str", "default": "15m", "pattern": "[0-9]{1,9}[smhdw]", "allowed": "a duration such as 15m (a number and s, m, h, d or w)",
    },
    "return_findings": {"type": "int", "default": 100, "within": (0, 10**4)},
    "notified": _ALERT,
    "release": _ALERT,
}


class GateTask:
    """Finds new records that break a rule."""

    options = _OPTIONS

    def run(self, call: Call) -> dict[str, Any]:
        """Look for findings, or store that those of an alert were reported."""
        settings = call.resolve(_OPTIONS)
        require_store(settings)
        given = [name for name in ("rules", "notified", "release") if settings[name]]
        if not given and call.params.get("rules") is not None:
            raise OptionError("rules: the list is empty (write - {source: ..., when: ...})")
        if len(given) != 1:
            raise OptionError("rules: give exactly one of rules, notified and release%s" % (given and ", not " + " and ".join(given) or ""))
        check_window(settings)
        gate = _Gate(settings, call)
        return gate.find() if settings["rules"] else gate.end_claim()


class _Gate:
    """One task of a gate."""

    def __init__(self, settings: Settings, call: Call) -> None:
        self._settings = settings
        self._secret = call.redactor.add
        self._call = call
        self._start, self._end = settings["start_time"], settings["end_time"]

    def find(self) -> dict[str, Any]:
        """Evaluate the rules, and claim the findings that are to be reported."""
        rules, until = self._parse_rules(), self._settings.now + times_module.parse_duration(self._settings["claim"])
        alert = secrets.token_hex(16)

        def find(connection: Any, to_its_end: bool) -> list[Result]:
            gate = gate_of(connection, self._settings["name"], self._settings["recipient"])
            return [self._find(connection, each, each.query(gate), to_its_end) for each in rules]

        def find_and_claim(connection: Any) -> list[Result]:
            found = find(connection, True)
            for each in found:
                if each.is_to_report:
                    claim(connection, each.query, each.keys_to_report, alert, self._settings.now, until)
            return found

        # Read first: a task without findings needs no write permission, and waits for no lock. What is to be claimed is looked for again then.
        found = snapshot(self._settings["store"], self._secret, lambda connection: find(connection, self._call.check))
        if not self._call.check and any(each.is_to_report for each in found):
            with open_store(self._settings["store"], self._secret, writes=True) as store:
                found = store.transact(find_and_claim)
        to_report = any(each.is_to_report for each in found)
        return {
            "breached": any(each.breached for each in found),
            "alert": alert if to_report else None, "summary": write_summary(found) if to_report else None,
            "rules": [each.as_dict(self._settings["return_findings"]) for each in found],
        }

    def end_claim(self) -> dict[str, Any]:
        """Store that the findings of an alert were reported, or that they were not, and are new again."""
        alert, end = (self._settings["notified"], note_notified) if self._settings["notified"] else (self._settings["release"], release)
        if self._call.check:
            # In check mode the findings were not stored, so that there is no alert to look up.
            snapshot(self._settings["store"], self._secret, lambda connection: None)
            self._call.changed = True
            return _NO_FINDINGS
        # Read first: a store that does not exist must not be created.
        count = snapshot(
            self._settings["store"], self._secret, lambda connection: count_waiting(connection, alert)
        )
        if count:
            with open_store(self._settings["store"], self._secret, writes=True) as store:
                count = store.transact(lambda connection: end(connection, alert, self._settings.now))
        self._call.changed = bool(count)
        return _NO_FINDINGS

    def _parse_rules(self) -> list[Rule]:
        rules = [
            parse_rule(each["source"], each["when"], each["at_most"], each.get("weight"), "rules[%d]" % number)
            for number, each in enumerate(self._settings["rules"])
        ]
        names = [(each.source, each.name) for each in rules]
        for each in rules:
            if names.count((each.source, each.name)) > 1:
                raise OptionError("rules: %s of %s is there twice (write each once)" % (each.when, each.source))
            if each.min_age is not None and self._start is not None and self._until(each) <= self._start:
                raise OptionError("%s.when: %s is longer than the window (write a shorter duration)" % (each.place, each.when))
        return rules

    def _until(self, rule: Rule) -> int:
        """Return up to when there must be no gap, in milliseconds since the epoch."""
        latest = self._settings.now - (rule.min_age or 0)
        return latest if self._end is None else min(latest, self._end)

    def _find(self, connection: Any, rule: Rule, query: Query, to_its_end: bool) -> Result:
        found = Result(rule, query)
        if rule.incomplete:
            self._find_gaps(connection, found)
        else:
            self._find_records(connection, found, to_its_end)
        return found

    def _find_records(self, connection: Any, found: Result, to_its_end: bool) -> None:
        """Find the records that match.

        :param to_its_end: whether to go on when it is known that the rule is broken.
        """
        rule = found.rule
        labels = {scope.key: each.life.label for scope, each in load(connection, rule.source).items()}
        scopes: dict[str, Any] = {}
        for row in find_candidates(connection, found.query, self._start, self._end, self._settings.now):
            with report_altered_rows(rule.source, "the record %s" % row["record_id"]):
                if row["scope"] not in scopes:
                    scopes[row["scope"]] = parse_json(row["scope"].encode())
                row["scope"] = scopes[row["scope"]]
                if rule.needs_raw:
                    row["raw"] = parse_stored(row["raw"])
            if rule.test is None or rule.test(row):
                found.add((row["scope_key"], row["record_id"]), rule.weigh(row))
                self._add_finding(found, row["scope"], labels.get(row["scope_key"]), row["started_at"], row["ended_at"], row)
                if found.breached and not to_its_end:
                    break

    def _find_gaps(self, connection: Any, found: Result) -> None:
        rule = found.rule
        before, others = list_reported(connection, found.query), list_claimed(connection, found.query, self._settings.now)
        with report_altered_rows(rule.source, "a scope"):
            scopes = read_known(connection, rule.source)
            window = self._start, self._end if rule.min_age is None else self._until(rule)
            everything = None, None if rule.min_age is None else self._settings.now
            parts = list_proofs(scopes, *window)
            found.pruned.extend(pruned_of([Exported(rule.source, 0, parts)]))
            wholes = parts if window == everything else list_proofs(scopes, *everything)
            spans: dict[str, Spans] = {}
            failures: dict[str, str] | None = None
            for gap in find_gaps(parts, wholes):
                if gap.scope_key not in spans:
                    spans[gap.scope_key] = parse_reported_spans([*before.get(gap.scope_key, ()), *others.get(gap.scope_key, ())])
                if not is_reported(gap, spans[gap.scope_key]):
                    found.add((gap.scope_key, gap.name), 1)
                    failures = find_failures(connection, rule.source, scopes, self._settings.now) if failures is None else failures
                    note = describe_gap(gap, rule.age, self._settings.now, failures)
                    self._add_finding(found, gap.scope, gap.label, gap.part.start, gap.part.end, {}, note)
            for gone in find_closed_gaps(before, wholes):
                if gone.name in others.get(gone.scope_key, ()):
                    continue
                found.closed_keys.append((gone.scope_key, gone.name))
                if len(found.closed) < self._settings["return_findings"]:
                    found.closed.append({"scope": gone.scope, "label": gone.label, **_times_of(*gone.span)})

    def _add_finding(
        self, found: Result, scope: Any, label: str | None, start: int | None, end: int | None, row: Mapping[str, Any], note: str = ""
    ) -> None:
        if len(found.findings) < max(self._settings["return_findings"], MOST_LINES):
            named = {name: row.get(name) for name in ("record_id", "kind", "state", "outcome")}
            cut = {name: truncate(row.get(name)) for name in ("actor", "target")}
            found.notes.append(note)
            found.findings.append({"scope": scope, "label": label, **named, **cut, **_times_of(start, end)})


_NO_FINDINGS: dict[str, Any] = {"breached": False, "alert": None, "summary": None, "rules": []}


def _times_of(start: int | None, end: int | None) -> dict[str, str | None]:
    times = {"started_at": start, "ended_at": end}
    return {name: None if each is None else times_module.to_iso(each, "ms") for name, each in times.items()}
