# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to watching a store: its alert rules are Prometheus's, and each fires when it should and is silent when it should be."""

from __future__ import annotations

import re

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.prometheus import write_metrics
from ansible_collections.opsaudit.sessions.tests import guides
from ansible_collections.opsaudit.sessions.tests.promql import evaluate

#: 2026-03-05, in seconds.
NOW = 1772668800.0
HEALTHY = {
    "source": "hoop_session", "scope": {"org": "o"}, "label": "prod", "state": "active", "count": 4, "covered_until": "2026-03-04T23:45:00.000Z",
    "gaps": [], "gap_seconds": 0, "seconds_behind": 900, "last_run": "2026-03-04T23:45:01.000Z", "last_success": "2026-03-04T23:45:01.000Z",
    "last_error": None, "attachments_missing": 0,
}


def rules():
    (found,) = [each for each in guides.documents("guide_watching") if isinstance(each, dict) and "groups" in each]
    return found["groups"]


RULES = {rule["alert"]: rule for group in rules() for rule in group["rules"]}


def metrics(sealed_at="2026-03-04T04:00:00.000Z", **changed):
    seal = sealed_at and {"number": 3, "statement_sha256": "0" * 64, "sealed_at": sealed_at}
    return write_metrics({"scopes": [{**HEALTHY, **changed}], "last_seal": seal, "store_id": "s", "version": 1})


def firing(exposition, now=NOW):
    return {name for name, rule in RULES.items() if evaluate(rule["expr"], exposition, now)}


def test_the_rules_are_what_prometheus_takes():
    assert [group.keys() for group in rules()] == [{"name", "rules"}]
    for name, rule in RULES.items():
        assert re.fullmatch(r"[A-Z]\w+", name)
        assert rule.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}
        assert re.fullmatch(r"\d+[mhd]", rule.get("for", "1m"))
        assert all(isinstance(each, str) for part in ("labels", "annotations") for each in rule[part].values())
        assert set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))) <= {"source", "scope", "label"}
        # What has no labels can't name any.
        assert "absent(" not in rule["expr"] or "$labels" not in str(rule["annotations"])


@pytest.mark.parametrize("exposition, alerts", [
    (metrics(), set()),
    (metrics(covered_until="2026-03-04T17:00:00.000Z"), {"AuditScopeBehind"}),
    (metrics(last_error={"message": "HTTP 401"}), {"AuditRunFailed"}),
    (metrics(covered_until=None, seconds_behind=None), {"AuditNeverRead"}),
    (metrics(gaps=[{}]), {"AuditGap"}),
    (metrics(attachments_missing=2), {"AuditAttachmentsMissing"}),
    (metrics("2026-03-03T23:59:00.000Z"), {"AuditSealOld"}),
    (metrics(None), {"AuditNeverSealed"}),
    ("", {"AuditMetricsMissing", "AuditNeverSealed"}),
    # Whatever a retired scope is like.
    (metrics(state="retired", covered_until="2025-01-01T00:00:00.000Z", gaps=[{}], last_error={"message": "gone"}), set()),
    (metrics(state="retired", covered_until=None, seconds_behind=None), set()),
])
def test_each_alert_fires_when_it_should(exposition, alerts):
    assert firing(exposition) == alerts


def test_every_alert_fires_in_some_case():
    (cases,) = [mark.args[1] for mark in test_each_alert_fires_when_it_should.pytestmark if mark.name == "parametrize"]
    assert set().union(*(alerts for _exposition, alerts in cases)) == RULES.keys()


def test_a_file_that_is_not_written_any_more_fires():
    """The numbers stay what they were: it is the time that goes on."""
    assert firing(metrics(), NOW + 2 * 86400) == {"AuditScopeBehind", "AuditSealOld"}


def test_the_alert_names_the_scope():
    (labels,) = evaluate(RULES["AuditGap"]["expr"], metrics(gaps=[{}]), NOW)
    assert dict(labels) == {"source": "hoop_session", "scope": "org=o", "label": "prod"}


def test_every_metric_is_described():
    described = set(re.findall(r"``(opsaudit_\w+)``", guides.GUIDES["guide_watching"].partition("These are the alert rules")[0]))
    assert described == set(re.findall(r"^# TYPE (\w+)", metrics(), re.M))


@pytest.mark.parametrize("expression", ["sum(opsaudit_gaps)", "rate(a[5m]) > 1", "a > b", "a or b"])
def test_what_the_evaluation_does_not_know_is_an_error(expression):
    with pytest.raises(ValueError, match="not known"):
        evaluate(expression, "", NOW)
